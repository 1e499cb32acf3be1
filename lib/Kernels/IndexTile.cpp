#include "IndexTile.h"

namespace mlir::tile {

SmallVector<Type> IndexTypes::list() const {
  SmallVector<Type> all;
  for (MemRefType type : {query, key, cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable, scores, selected})
    if (type) all.push_back(type);
  return all;
}

KernelOp IndexTile::startKernel(TileBuilder &b, StringRef name, const ::msa::TileConfig &config,
                                const IndexTypes &types, int64_t more) {
  SmallVector<Type> args = types.list();
  args.append(4 + more, b.getIndexType());
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), config.mathWarps());
  b.setInsertionPointToStart(&kernel.getBody().front());
  return kernel;
}

IndexTile::IndexTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config,
                     const IndexTypes &types, KernelOp kernel, Scalar turn)
    : problem(problem), config(config), requests{b, problem}, heads(problem.numQHeads), b(b) {
  rows = llvm::alignTo(tileRows(config.queryTile, heads), config.rowMultiple());
  rowPiece = rows % heads == 0 ? heads : 1; // whole tokens where tokens fill the tile
  unsigned next = 0;
  auto take = [&](MemRefType type) { return type ? Value(kernel.getBody().getArgument(next++)) : Value(); };
  query = take(types.query), key = take(types.key);
  requests.cuSeqlensQ = take(types.cuSeqlensQ), requests.cuSeqlensK = take(types.cuSeqlensK);
  requests.seqUsedK = take(types.seqUsedK), requests.pageTable = take(types.pageTable);
  scores = take(types.scores), selected = take(types.selected);
  for (Scalar *size : {&requests.totalQ, &requests.batch, &requests.seqlenK, &maxBlocks})
    *size = b.wrap(kernel.getBody().getArgument(next++));

  // The last tokens see the most keys: their tiles go first.
  firstToken = (ceilDiv(requests.totalQ, config.queryTile) - 1 - turn) * config.queryTile;
  endToken = min(firstToken + config.queryTile, requests.totalQ);
  auto place = [&](Scalar row) -> RowPlace {
    Scalar token = firstToken + row / heads;
    return {{token, row % heads}, select(token < endToken, b.index(rowPiece), b.index(0))};
  };
  queries = isWgmma() ? b.load(query, rows, problem.indexDim, rowPiece, 1, place)
                      : b.loadFrag(query, rows, problem.indexDim, rowPiece, 1, place);
}

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

SmallVector<Value> IndexTile::forEachRequest(
    ValueRange state, const std::function<SmallVector<Value>(const Segment &, ValueRange)> &body) {
  auto segmentOf = [&](const Request &r) {
    Segment segment;
    segment.request = r;
    segment.first = max(firstToken, r.qBegin);
    Scalar end = min(endToken, r.qBegin + r.qLen);
    Scalar some = segment.first < end;
    segment.end = select(some, end, b.index(0));
    auto seen = [&](Scalar token) {
      return select(some, max(b.toIndex(requests.visibleKeys(r, token)), b.index(0)), b.index(0));
    };
    segment.fewest = seen(segment.first), segment.most = seen(end - 1);
    return segment;
  };
  Request first = requests.requestOfToken(firstToken);
  if (config.queryTile == 1) return body(segmentOf(first), state);
  Scalar count = requests.requestOfToken(endToken - 1).id - first.id + 1;
  return b.forEach(count, state, [&](Scalar i, ValueRange carried) {
    return body(segmentOf(requests.request(first.id + i)), carried);
  });
}

Value IndexTile::visible(const Segment &segment) const {
  return b.rows(rows, [&](Scalar row) {
    Scalar token = firstToken + row / heads;
    Scalar mine = (token < segment.end) & (segment.first < token + 1);
    return select(mine, requests.visibleKeys(segment.request, token), b.i32(0));
  });
}

RowPlace IndexTile::place(const Segment &segment, Scalar row) const {
  Scalar token = firstToken + row / heads;
  Scalar mine = (token < segment.end) & (segment.first < token + 1);
  return {{row % heads, token}, select(mine, b.index(rowPiece), b.index(0))};
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// For each block of a step (or for its part of one) the maxima of the columns that are equal modulo 8, of the keys that are `visible`
/// (null: all are).
SmallVector<Value> IndexTile::scoreStep(Value visible, Value keys, Scalar firstKey) {
  // 8 independent products in flight a warp: 32 rows x 32 keys or 16 x 64, 32 registers. Their maxima are taken under the next slice's
  // products.
  // wgmma takes the whole tile: its accumulators wait for nobody, and warpgroups take turns.
  int64_t width = std::min(problem.blockSize, config.kvTile);
  int64_t slice = isWgmma() ? config.kvTile : rows / config.warps >= 32 ? 32 : 64;
  while (width % slice != 0) slice /= 2;
  SmallVector<Value> parts;
  for (int64_t at = 0; at < config.kvTile; at += slice) {
    Value zero = b.splatFrag(b.f32(0), rows, slice);
    Value s = b.mma(queries, slice == config.kvTile ? keys : b.slice(keys, at, slice), zero, /*transposeB=*/true);
    if (visible) {
      Value left = b.map(visible, [&](Scalar, ArrayRef<Scalar> in) { return in[0] - b.toI32(firstKey + at); });
      s = isWgmma() ? maskWithoutBranch(s, left) : b.maskCols(s, left);
    }
    Value best = b.foldMax(s);
    if (at % width == 0) parts.push_back(best);
    else parts.back() = b.map({parts.back(), best}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
  }
  return parts;
}

/// A branch around the accumulators would hold them twice.
Value IndexTile::maskWithoutBranch(Value scores, Value count) {
  return b.mapCols({scores, count}, [&](Scalar, Scalar col, ArrayRef<Scalar> in) {
    return select(b.toI32(col) < in[1], in[0], b.negativeInfinity());
  });
}

SmallVector<Value> IndexTile::forEachBlock(const Segment &segment, Scalar first, Scalar count, ValueRange state,
                                           const Epilogue &epilogue) {
  // Two loops: most blocks are seen whole by every row, and run straight through.
  Scalar whole = segment.fewest / problem.blockSize;
  whole = min(max(whole - first, b.index(0)) / blocksAStep() * blocksAStep(), count);
  SmallVector<Value> now = forBlocks(segment, first, b.index(0), whole, false, state, epilogue);
  return forBlocks(segment, first, whole, count, true, now, epilogue);
}

SmallVector<Value> IndexTile::forEachWholeBlock(const Segment &segment, Scalar first, Scalar count, ValueRange state,
                                                const Epilogue &epilogue) {
  return forBlocks(segment, first, b.index(0), count, false, state, epilogue);
}

/// Blocks `begin` to `end`, counted from `first`.
SmallVector<Value> IndexTile::forBlocks(const Segment &segment, Scalar first, Scalar begin, Scalar end, bool masked,
                                        ValueRange state, const Epilogue &epilogue) {
  int64_t blocks = blocksAStep(), steps = std::max<int64_t>(problem.blockSize / config.kvTile, 1);
  Value nothing = b.splatFrag(b.negativeInfinity(), rows, 8);
  SmallVector<Value> init(state);
  Value seen = masked ? visible(segment) : Value();
  if (steps > 1) init.push_back(nothing); // the block's maxima so far
  Scalar turns = steps > 1 ? (end - begin) * steps : ceilDiv(end - begin, blocks);
  SmallVector<Value> result = b.forEach(turns, init, [&](Scalar i, ValueRange carried) -> SmallVector<Value> {
    Scalar firstKey = (first + begin) * problem.blockSize + i * config.kvTile;
    Value keys = requests.loadKeys(key, segment.request, std::nullopt, firstKey, config.kvTile, problem.indexDim);
    SmallVector<Value> parts = scoreStep(seen, keys, firstKey);
    if (steps == 1) {
      SmallVector<Value> now(carried);
      for (int64_t m = 0; m < blocks; ++m) now = epilogue(begin + i * blocks + m, b.rowMax(parts[m]), now);
      return now;
    }
    Value best = b.map({carried.back(), parts[0]}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
    return b.ifElse(
        i % steps == b.index(steps - 1),
        [&] {
          SmallVector<Value> now = epilogue(begin + i / steps, b.rowMax(best), carried.drop_back());
          now.push_back(nothing);
          return now;
        },
        [&] {
          SmallVector<Value> now(carried.drop_back());
          now.push_back(best);
          return now;
        });
  });
  if (steps > 1) result.pop_back();
  return result;
}

} // namespace mlir::tile
