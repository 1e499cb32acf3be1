#include "AttendTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "msa/Support/ResourceModel.h"
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
  auto kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), config.mathWarps());
  b.setInsertionPointToStart(&kernel.getBody().front());
  return kernel;
}

AttendTile::AttendTile(TileBuilder &b, const ::msa::Problem &problem, const ::msa::TileConfig &config,
                       const AttendTypes &types, KernelOp kernel, Scalar firstToken, Scalar kvHead)
    : b(b), problem(problem), config(config), requests{b, problem}, firstToken(firstToken), kvHead(kvHead) {
  parts = ::msa::keyParts(problem, config);
  partRows = llvm::alignTo(tileRows(config.queryTile, problem.group()), config.rowMultiple());
  rows = parts * partRows;
  scale = problem.softmaxScale * M_LOG2E;
  rowPiece = partRows % problem.group() == 0 ? problem.group() : 1; // whole tokens where tokens fill the tile
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

AttendTile::Walk AttendTile::begin(Scalar first, int64_t stride) {
  int64_t partKeys = config.kvTile / parts;
  Walk walk;
  walk.first = first, walk.stride = stride;
  Value q = b.load(query, partRows, problem.headDim, rowPiece, 1, [&](Scalar row) { return queryRow(row); });

  auto list = VisitUnionOp::create(b, ListType::get(b.getContext(), config.queryTile * problem.topk), selection,
                                   config.queryTile);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &block = list.getTokenMap().emplaceBlock();
    Scalar tokenInTile = b.wrap(block.addArgument(b.getIndexType(), b.getLoc()));
    b.setInsertionPointToStart(&block);
    Scalar there = exists(tokenInTile);
    Scalar token = min(firstToken + tokenInTile, requests.totalQ - 1);
    YieldOp::create(b, ValueRange{requests.requestOfToken(token).id, kvHead, token, there});
  }
  walk.list = list.getResult();
  Scalar entries = b.wrap(ListSizeOp::create(b, b.getIndexType(), walk.list));
  walk.turns = ceilDiv(max(entries * (problem.blockSize / config.kvTile) - first, b.index(0)), stride);

  // Row r sees the keys below limit[r] of its request, counted from where its part's share of a KV tile begins.
  walk.limit = b.rows(rows, [&](Scalar row) {
    Scalar token = min(firstToken + row % partRows / problem.group(), requests.totalQ - 1);
    Scalar keys = requests.visibleKeys(requests.requestOfToken(token), token);
    return parts == 1 ? keys : keys - b.toI32(row / partRows * partKeys);
  });
  walk.query = ::msa::keepsQueryInRegisters(problem, config) ? b.toFrag(q, rows) : q;
  return walk;
}

AttendTile::Turn AttendTile::turn(const Walk &walk, Scalar i) {
  int64_t tilesPerBlock = problem.blockSize / config.kvTile;
  Scalar tile = walk.first + i * walk.stride;
  Scalar position = tile / tilesPerBlock;
  auto entry = ListEntryOp::create(b, b.getIndexType(), b.getIndexType(), b.getI32Type(), walk.list, position.value);
  Scalar firstKey = b.wrap(entry.getBlock()) * problem.blockSize + (tile % tilesPerBlock) * config.kvTile;
  return {requests.request(b.wrap(entry.getRequest())), firstKey, entry.getMembers()};
}

Value AttendTile::visibleKeys(const Walk &walk, const Turn &turn) {
  return b.map(walk.limit, [&](Scalar row, ArrayRef<Scalar> in) {
    Scalar token = row % partRows / problem.group();
    if (partRows > 32 * problem.group()) token = min(token, b.index(31)); // padding lies beyond the mask's last bit
    Scalar bit = b.toI32(token);
    Scalar member = b.wrap(arith::ShRUIOp::create(b, turn.members, bit.value)) & b.i32(1);
    return select(member == b.i32(1), in[0] - b.toI32(turn.firstKey), b.i32(0));
  });
}

AttendTile::Result AttendTile::attend(Scalar first, int64_t stride) {
  Scalar zero = b.f32(0);
  Walk walk = begin(first, stride);
  if (config.overlap) return finish(attendOverlapped(walk));
  Value top = b.splatRows(b.negativeInfinity(), rows), sum = b.splatRows(zero, rows);
  Value out = b.splatFrag(zero, rows, problem.headDim);
  auto results = b.forEach(walk.turns, {top, sum, out}, [&](Scalar i, ValueRange carried) -> SmallVector<Value> {
    Turn now = turn(walk, i);
    Value k = requests.loadKeys(key, now.request, kvHead, now.firstKey, config.kvTile, problem.headDim);
    Value v = requests.loadKeys(value, now.request, kvHead, now.firstKey, config.kvTile, problem.headDim);
    Value visible = visibleKeys(walk, now);
    // A warp none of whose tokens chose this block has nothing to do.
    return b.ifRows(visible, carried, [&]() -> SmallVector<Value> {
      State next = step({carried[0], carried[1], carried[2]}, walk.query, k, v, visible);
      return {next.top, next.sum, next.out};
    });
  });
  return finish(mergeParts({results[0], results[1], results[2]}));
}

AttendTile::Result AttendTile::finish(State state) {
  Scalar zero = b.f32(0);
  Value inverse =
      b.map(state.sum, [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == zero, zero, b.f32(1) / in[0]); });
  Result result;
  result.output = b.map({state.out, inverse}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });
  result.lse = b.map({state.top, state.sum}, [&](Scalar, ArrayRef<Scalar> in) {
    return select(in[1] == zero, b.negativeInfinity(), fma(in[0], b.f32(scale), log2(in[1])) * b.f32(M_LN2));
  });
  return result;
}

AttendTile::State AttendTile::step(State state, Value q, Value k, Value v, Value visible) {
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0);

  Value s = b.mma(q, k, b.splatFrag(zero, rows, config.kvTile / parts), /*transposeB=*/true, parts);
  s = b.maskCols(s, visible);

  // What is accumulated is rescaled only in a row whose maximum has grown by more than the slack (or that sees its first key).
  Value max = b.rowMax(s);
  Value grown = b.map({state.top, max}, [&](Scalar, ArrayRef<Scalar> in) {
    return select(in[0] + b.f32(kSlack / scale) < in[1], b.i32(1), b.i32(0));
  });
  auto rescaled = b.ifRows(grown, {state.top, state.sum, state.out}, [&]() -> SmallVector<Value> {
    Value top = b.map({state.top, max, grown},
                      [&](Scalar, ArrayRef<Scalar> in) { return select(in[2] == b.i32(1), in[1], in[0]); });
    Value decay = b.map({state.top, top, grown}, [&](Scalar, ArrayRef<Scalar> in) {
      return select(in[2] == b.i32(1), exp2((in[0] - in[1]) * b.f32(scale)), b.f32(1));
    });
    auto times = [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; };
    return {top, b.map({state.sum, decay}, times), b.map({state.out, decay}, times)};
  });

  // A row that has seen no key is taken against 0 instead, so that no -inf minus -inf appears.
  Value shift = b.map(rescaled[0], [&](Scalar, ArrayRef<Scalar> in) {
    return select(in[0] == minusInf, zero, zero - in[0] * b.f32(scale));
  });
  Value p = b.map({s, shift}, [&](Scalar, ArrayRef<Scalar> in) { return exp2(fma(in[0], b.f32(scale), in[1])); });
  Value sum = b.map({rescaled[1], b.rowSum(p)}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] + in[1]; });
  Value out = b.mma(b.convert(p, typeOf(b.getContext(), problem.dtype)), v, rescaled[2], /*transposeB=*/false, parts);
  return {rescaled[0], sum, out};
}

/// The parts' softmaxes of the same rows become one.
AttendTile::State AttendTile::mergeParts(State state) {
  if (parts == 1) return state;
  Value tops = b.toSmem(state.top), sums = b.toSmem(state.sum), outs = b.toSmem(state.out);
  Scalar minusInf = b.negativeInfinity(), zero = b.f32(0);
  SmallVector<Value> partTop;
  Value top = b.splatRows(minusInf, partRows);
  for (int64_t part = 0; part < parts; ++part) {
    partTop.push_back(b.toRows(tops, partRows, part * partRows));
    top = b.map({top, partTop.back()}, [&](Scalar, ArrayRef<Scalar> in) { return max(in[0], in[1]); });
  }
  Value sum = b.splatRows(zero, partRows), out = b.splatFrag(zero, partRows, problem.headDim);
  for (int64_t part = 0; part < parts; ++part) {
    Value weight = b.map({partTop[part], top}, [&](Scalar, ArrayRef<Scalar> in) {
      return select(in[0] == minusInf, zero, exp2((in[0] - in[1]) * b.f32(scale)));
    });
    auto plus = [&](Scalar, ArrayRef<Scalar> in) { return fma(in[1], in[2], in[0]); };
    sum = b.map({sum, b.toRows(sums, partRows, part * partRows), weight}, plus);
    out = b.map({out, b.toFrag(outs, partRows, part * partRows), weight}, plus);
  }
  return {top, sum, out};
}

void AttendTile::store(Result result, Scalar split) {
  std::optional<Scalar> part;
  if (split.b) part = split;
  int64_t lead = part ? 1 : 0;
  Type element = cast<MemRefType>(output.getType()).getElementType();
  b.store(b.convert(result.output, element), output, rowPiece, lead + 1,
          [&](Scalar row) { return queryRow(row, part); });
  if (lse) b.storeRows(result.lse, lse, rowPiece, lead + 1, [&](Scalar row) { return queryRow(row, part, false); });
}

} // namespace mlir::tile
