#include "AttendTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <cmath>

namespace mlir::tile {

int64_t tileRows(int64_t queryTokens, int64_t group) { return (queryTokens * group + 15) / 16 * 16; }

SmallVector<Type> AttendTypes::list() const {
  SmallVector<Type> all;
  for (MemRefType type : {query, key, value, selection, cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable, output, lse})
    if (type) all.push_back(type);
  return all;
}

KernelOp startAttendKernel(TileBuilder &b, StringRef name, const ::msa::TileConfig &config, const AttendTypes &types) {
  SmallVector<Type> args = types.list();
  args.append(3, b.getIndexType());
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), config.warps);
  b.setInsertionPointToStart(&kernel.getBody().front());
  return kernel;
}

AttendTile::AttendTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config, const AttendTypes &types,
                       KernelOp kernel, Scalar firstToken, Scalar kvHead)
    : b(b), problem(problem), config(config), requests{b, problem}, firstToken(firstToken), kvHead(kvHead) {
  rows = tileRows(config.queryTile, problem.group());
  rowPiece = rows % problem.group() == 0 ? problem.group() : 1; // whole tokens where tokens fill the tile
  unsigned next = 0;
  auto take = [&](MemRefType type) { return type ? Value(kernel.getBody().getArgument(next++)) : Value(); };
  query = take(types.query), key = take(types.key), value = take(types.value), selection = take(types.selection);
  requests.cuSeqlensQ = take(types.cuSeqlensQ), requests.cuSeqlensK = take(types.cuSeqlensK);
  requests.seqUsedK = take(types.seqUsedK), requests.pageTable = take(types.pageTable);
  output = take(types.output), lse = take(types.lse);
  requests.totalQ = b.wrap(kernel.getBody().getArgument(next));
  requests.batch = b.wrap(kernel.getBody().getArgument(next + 1));
  requests.seqlenK = b.wrap(kernel.getBody().getArgument(next + 2));
}

/// 1 where token number `tokenInTile` of the tile is a token, else 0.
Scalar AttendTile::exists(Scalar tokenInTile) {
  Scalar inside = (firstToken + tokenInTile) < requests.totalQ;
  Scalar named = tokenInTile < config.queryTile; // rows beyond the last token are padding
  return select(inside & named, b.index(1), b.index(0));
}

/// Row r's place in query, output (with columns) or LSE (without).
RowPlace AttendTile::queryRow(Scalar row, std::optional<Scalar> split, bool withColumns) {
  Scalar tokenInTile = row / problem.group();
  RowPlace place;
  if (split) place.coords.push_back(*split);
  place.coords.push_back(firstToken + tokenInTile);
  place.coords.push_back(kvHead * problem.group() + row % problem.group());
  place.valid = exists(tokenInTile) * rowPiece;
  return place;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

AttendTile::Result AttendTile::attend(Scalar first, int64_t step) {
  int64_t tilesPerBlock = problem.blockSize / config.kvTile;
  Scalar scale = b.f32(problem.softmaxScale * M_LOG2E); // softmax in base 2
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0), one = b.f32(1);

  Value q = b.load(query, rows, problem.headDim, rowPiece, 1, [&](Scalar row) { return queryRow(row); });

  auto list = VisitUnionOp::create(b, ListType::get(b.getContext(), config.queryTile * problem.topk), selection, config.queryTile);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &block = list.getTokenMap().emplaceBlock();
    Scalar tokenInTile = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
    b.setInsertionPointToStart(&block);
    Scalar there = exists(tokenInTile);
    Scalar token = min(firstToken + tokenInTile, requests.totalQ - 1);
    YieldOp::create(b, ValueRange{requests.requestOfToken(token).id, kvHead, token, there});
  }
  Scalar entries = b.wrap(ListSizeOp::create(b, b.getIndexType(), list.getResult()));
  Scalar mine = ceilDiv(max(entries - first, b.index(0)), step);

  // Row r sees the keys below limit[r] of its request.
  Value limit = b.rows(rows, [&](Scalar row) {
    Scalar token = min(firstToken + row / problem.group(), requests.totalQ - 1);
    return requests.visibleKeys(requests.requestOfToken(token), token);
  });

  Value qa = problem.headDim <= 128 ? b.toFrag(q) : q; // 128 columns are 32 registers a thread; beyond, read them again each step
  Value max0 = b.splatRows(minusInf, rows), sum0 = b.splatRows(zero, rows);
  Value out0 = b.splatFrag(zero, rows, problem.headDim);
  auto results = b.forEach(mine * tilesPerBlock, {max0, sum0, out0}, [&](Scalar i, ValueRange carried) -> SmallVector<Value> {
    Value rowMax = carried[0], rowSum = carried[1], out = carried[2];
    Scalar position = first + (i / tilesPerBlock) * step;
    auto entry = ListEntryOp::create(b, b.getIndexType(), b.getIndexType(), b.getI32Type(), list.getResult(), position.value);
    Scalar firstKey = b.wrap(entry.getBlock()) * problem.blockSize + (i % tilesPerBlock) * config.kvTile;
    Request r = requests.request(b.wrap(entry.getRequest()));
    Value k = requests.loadKeys(key, r, kvHead, firstKey, config.kvTile, problem.headDim);
    Value v = requests.loadKeys(value, r, kvHead, firstKey, config.kvTile, problem.headDim);

    Value visible = b.map(limit, [&](Scalar row, ArrayRef<Scalar> in) {
      Scalar bit = b.toI32(row / problem.group());
      Scalar member = b.wrap(arith::ShRUIOp::create(b, entry.getMembers(), bit.value)) & b.i32(1);
      return select(member == b.i32(1), in[0] - b.toI32(firstKey), b.i32(0));
    });
    // A warp none of whose tokens chose this block has nothing to do.
    return b.ifRows(visible, carried, [&]() -> SmallVector<Value> {
      Value s = b.mma(qa, k, b.splatFrag(zero, rows, config.kvTile), /*transposeB=*/true);
      s = b.maskCols(s, visible);

      Value newMax = b.map({rowMax, b.rowMax(s)}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
      // A row that has seen no key has maximum -inf; it scales by 0 instead, so that no -inf minus -inf appears.
      Value shift = b.map(newMax, [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == minusInf, zero, zero - in[0] * scale); });
      Value p = b.map({s, shift}, [&](Scalar, ArrayRef<Scalar> in) { return exp2(fma(in[0], scale, in[1])); });
      Value decay = b.map({rowMax, shift}, [&](Scalar, ArrayRef<Scalar> in) { return exp2(fma(in[0], scale, in[1])); });
      rowSum = b.map({rowSum, decay, b.rowSum(p)}, [&](Scalar, ArrayRef<Scalar> in) { return fma(in[0], in[1], in[2]); });
      out = b.map({out, decay}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });
      out = b.mma(b.convert(p, typeOf(b.getContext(), problem.dtype)), v, out);
      return {newMax, rowSum, out};
    });
  });

  Value inverse = b.map(results[1], [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == zero, zero, one / in[0]); });
  Result result;
  result.output = b.map({results[2], inverse}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });
  result.lse = b.map({results[0], results[1]}, [&](Scalar, ArrayRef<Scalar> in) {
    return select(in[1] == zero, minusInf, fma(in[0], scale, log2(in[1])) * b.f32(M_LN2));
  });
  return result;
}

void AttendTile::store(Result result, Scalar split) {
  std::optional<Scalar> part;
  if (split.b) part = split;
  int64_t lead = part ? 1 : 0;
  Type element = cast<MemRefType>(output.getType()).getElementType();
  b.store(b.convert(result.output, element), output, rowPiece, lead + 1, [&](Scalar row) { return queryRow(row, part); });
  if (lse) b.storeRows(result.lse, lse, rowPiece, lead + 1, [&](Scalar row) { return queryRow(row, part, false); });
}

} // namespace mlir::tile
