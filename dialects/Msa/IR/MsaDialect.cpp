#include "dialects/Msa/IR/MsaDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialects/Msa/IR/MsaDialect.cpp.inc"
#include "dialects/Msa/IR/MsaEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Msa/IR/MsaAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Msa/IR/MsaOps.cpp.inc"

using namespace mlir;
using namespace mlir::msa;

void MsaDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Msa/IR/MsaAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Msa/IR/MsaOps.cpp.inc"
      >();
}
