// What a loop's copies need of the loop: the producer's program.
#ifndef MSA_LIB_TILETRANSFORMS_PRODUCERSLICE_H
#define MSA_LIB_TILETRANSFORMS_PRODUCERSLICE_H
#include "dialects/Tile/IR/TileDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::msa {

/// Values that are spread over the threads that compute: a thread of another role does not have them.
bool isDealt(Type type);

class ProducerSlice {
public:
  /// `consumers` are the kernel's ops that only consumers run; `loop` is one of them.
  ProducerSlice(scf::ForOp loop, const llvm::SetVector<Operation *> &consumers) : loop(loop), consumers(consumers) {}

  /// Fails, with a diagnostic, where a copy depends on what consumers compute.
  LogicalResult find();
  /// The loops again, with their copies and what these need.
  void clone(OpBuilder &builder);

private:
  void need(Operation *op);
  LogicalResult follow(Value value);
  void cloneOps(Block &from, OpBuilder &builder, IRMapping &mapping);
  void cloneLoop(scf::ForOp from, OpBuilder &builder, IRMapping &mapping);

  scf::ForOp loop;
  const llvm::SetVector<Operation *> &consumers;
  DenseSet<Operation *> ops;
  DenseSet<Value> arguments; ///< of loops, carried
  SmallVector<Value> todo;
};

} // namespace mlir::msa
#endif
