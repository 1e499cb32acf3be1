//===- Keys.h - tiles of keys or values, wherever they lie ------*- C++ -*-===//
#ifndef MSA_LIB_CONVERSION_MSATOLINALG_KEYS_H
#define MSA_LIB_CONVERSION_MSATOLINALG_KEYS_H
#include "Requests.h"

namespace mlir::msa {

/// Keys, values or index keys of all requests.
struct Keys {
  Value tensor;
  KeyShape shape;
  Value pageTable; ///< null unless paged
  int64_t tile;    ///< most keys that are read at once; divides the block size

  Keys(Value tensor, KeyShape shape, Value pageTable, int64_t blockSize);

  /// Keys [first, first + count) of a request as a tensor [count, dim]; `count` <= `tile`, and they lie in one tile of a block.
  /// A slice of `tensor` where they lie in a row; else gathered page by page, as f32. `head` is null for index keys.
  /// Reads exactly these keys and the page ids they need.
  Value read(TensorBuilder &b, Value request, const Requests::Bounds &bounds, Value head, Value first,
             Value count) const;

private:
  Value readPages(TensorBuilder &b, Value request, Value head, Value first, Value count) const;
  /// A run of `count` keys of one page, [count, dim].
  Value readPage(TensorBuilder &b, Value request, Value head, Value first, Value count) const;
};

} // namespace mlir::msa
#endif
