//===- Requests.h - which request, which position, which keys ---*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_REQUESTS_H
#define MSA_LIB_CONVERSION_MSATOLINALG_REQUESTS_H
#include "TensorBuilder.h"
#include "dialects/Msa/IR/MsaContracts.h"

namespace mlir::msa {

/// The requests of one op, as IR. Units are tokens; all values are `index`.
class Requests {
public:
  /// `count`: how many there are; `totalQ`: query tokens of all of them; `capacity`: keys a request has where no operand says
  /// (packed keys of one request, dense keys).
  Requests(TensorBuilder &b, BatchOperands operands, Value count, Value totalQ, Value capacity, bool causal)
      : operands(operands),
        count(count),
        totalQ(totalQ),
        capacity(capacity),
        causal(causal),
        tokensEach(operands.cuSeqlensQ ? Value() : b.div(totalQ, b.max(count, b.index(1)))) {}

  /// The request of a packed query token; `count` for tokens past the last request.
  Value requestOf(TensorBuilder &b, Value token) const;

  /// One request's tokens and keys.
  struct Bounds {
    Value qBegin, qLen;
    Value kBegin; ///< its first row where keys are packed, else 0
    Value kvLen;
  };
  /// All zero for request `count`.
  Bounds boundsOf(TensorBuilder &b, Value request) const;

  /// How many keys of its request a token may see: a prefix, 0 to kvLen.
  Value visibleKeys(TensorBuilder &b, const Bounds &bounds, Value token) const;
  /// kvLen - qLen + (token - qBegin); negative where a causal token sees nothing.
  static Value positionOf(TensorBuilder &b, const Bounds &bounds, Value token);

  Value numRequests() const { return count; }
  bool isCausal() const { return causal; }
  Value pageTable() const { return operands.pageTable; }

private:
  BatchOperands operands;
  Value count, totalQ, capacity;
  bool causal;
  Value tokensEach; ///< where cu_seqlens_q is absent
};

} // namespace mlir::msa
#endif
