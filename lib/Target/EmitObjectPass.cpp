#include "msa/Target/EmitObject.h"
#include "msa/Target/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::msa {
#define GEN_PASS_DEF_EMITOBJECT
#include "msa/Target/Passes.h.inc"

namespace {

struct EmitObject : impl::EmitObjectBase<EmitObject> {
  using EmitObjectBase::EmitObjectBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    EmitObjectBase::getDependentDialects(registry);
    registerObjectTranslations(registry);
  }

  void runOnOperation() override {
    ObjectOptions options;
    options.cpu = cpu;
    options.lldPath = lld;
    FailureOr<SharedObject> object = emitSharedObject(getOperation(), options);
    if (failed(object)) return signalPassFailure();
    std::error_code error;
    llvm::raw_fd_ostream os(file, error);
    os << object->bytes;
    os.flush();
    if (error || os.has_error()) {
      getOperation().emitError("emit-object: cannot write '")
          << file << "': " << (error ? error : os.error()).message();
      return signalPassFailure();
    }
  }
};

} // namespace
} // namespace mlir::msa
