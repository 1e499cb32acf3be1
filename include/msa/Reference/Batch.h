//===- Batch.h - requests, positions and visible blocks ---------*- C++ -*-===//
//
// Where each query token sits and what it may see: the part of the definition that all ops share.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_REFERENCE_BATCH_H
#define MSA_REFERENCE_BATCH_H
#include "msa/Reference/Tensor.h"
#include "msa/Support/Problem.h"
#include <optional>

namespace msa::reference {

/// The operands that say how many requests there are and where their tokens lie; absent ones are empty tensors.
struct BatchOperands {
  Tensor cuSeqlensQ; ///< [batch + 1] i32
  Tensor cuSeqlensK; ///< [batch + 1] i32
  Tensor pageTable;  ///< [batch, max_pages] i32
  Tensor sequsedK;   ///< [batch] i32
};

/// One request; units are tokens.
struct Request {
  int64_t qBegin = 0, qLen = 0;  ///< its packed query tokens
  int64_t kBegin = 0, kvLen = 0; ///< its keys; kBegin only where keys are packed
  int64_t positionOf(int64_t token) const {
    return kvLen - qLen + token - qBegin;
  } ///< negative: sees nothing when causal
};

/// What one query token may see of its request.
struct Visibility {
  int64_t position = 0;
  int64_t numKeys = 0;     ///< keys [0, numKeys) are visible
  int64_t numBlocks = 0;   ///< blocks [0, numBlocks) have a visible key
  int64_t localBlock = -1; ///< the query's own block, or -1
};

/// All requests of a call.
struct Batch {
  std::vector<Request> requests;
  std::vector<int32_t> requestOf; ///< of each packed query token; -1 past the last request
  bool causal = true;

  /// Of a token that belongs to a request.
  Visibility visibility(int64_t token, int64_t blockSize) const;
};

/// Reads and checks lengths. `totalQ`: packed query tokens. `query` and `key` may be empty tensors; `key` has a heads dimension (see
/// withHeads). On failure returns nothing and says in `error` what was expected and found.
std::optional<Batch> readBatch(const BatchOperands &operands, int64_t totalQ, const Tensor &query, const Tensor &key,
                               bool causal, std::string &error);
/// Request count: of the first operand that says it; checked to agree by readBatch. 1 where none does.
int64_t batchSizeOf(const BatchOperands &operands, const Tensor &query, const Tensor &key);

/// Packed or dense query tokens: how many, and where token `t` begins.
int64_t totalQOf(const Tensor &query);
int64_t tokenOffset(const Tensor &query, int64_t token);

/// Index keys with a heads dimension of size 1 where keys have theirs.
Tensor withHeads(const Tensor &indexKey, bool paged);
KvLayout kvLayoutOf(const Tensor &key, bool paged);
/// Keys a request can have at most.
int64_t capacityOf(const Tensor &key, const Tensor &pageTable);
/// Element offset of key `j` of a request for one KV head.
int64_t keyOffset(const Tensor &key, const BatchOperands &operands, const Request &request, int64_t requestIndex,
                  int64_t head, int64_t j);
/// What is wrong with an operand, named as the op's definition names it: "'page_table': expects pages below 512, but [3, 7] is 600".
/// Places are indices into the operand.
std::string operandFault(const std::string &name, const std::string &expected, const std::string &found);
/// "" or what is wrong with cumulative lengths [batch + 1] over `total` rows.
std::string checkCumulative(const char *name, const Tensor &cu, int64_t total);
/// "" or what is wrong with the page ids that visible keys go through.
std::string checkPageTable(const BatchOperands &operands, const Batch &batch, const Tensor &key);

/// How a call is carried out; never changes a result.
struct Options {
  const std::vector<int64_t> *rows =
      nullptr;        ///< compute only these packed query tokens; the results' other rows are left alone
  int numThreads = 0; ///< 0: one per core
};

} // namespace msa::reference
#endif
