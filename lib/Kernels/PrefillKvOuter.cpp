// Prefill attention from the keys' side: a thread block keeps one KV block in shared memory and meets the queries that chose
// it, a part of the transposed selection's list. Each (token, slot) leaves a partial result that `combine` merges. K and V
// are read once a part instead of once a query. Budget and measurements: PrefillKvOuter.md.
#include "Requests.h"
#include "msa/Kernels/Kernels.h"
#include <cmath>

namespace mlir::tile {

SmallVector<Type> KvOuterTypes::list() const {
  SmallVector<Type> all;
  for (MemRefType type : {query, key, value, selection, cuSeqlensQ, cuSeqlensK, seqUsedK, pageTable, queryIds, slots,
                          worklist, partial, partialLse})
    if (type) all.push_back(type);
  return all;
}

namespace {
class KvOuter {
public:
  KvOuter(TileBuilder &b, StringRef name, const ::msa::Problem &problem, const ::msa::TileConfig &config,
          const KvOuterTypes &types, int64_t warps)
      : b(b), problem(problem), config(config), requests{b, problem}, group(problem.group()) {
    SmallVector<Type> args = types.list();
    args.append(6, b.getIndexType());
    kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), warps);
    b.setInsertionPointToStart(&kernel.getBody().front());
    unsigned next = 0;
    auto take = [&](MemRefType type) { return type ? Value(kernel.getBody().getArgument(next++)) : Value(); };
    query = take(types.query), key = take(types.key), value = take(types.value), selection = take(types.selection);
    requests.cuSeqlensQ = take(types.cuSeqlensQ), requests.cuSeqlensK = take(types.cuSeqlensK);
    requests.seqUsedK = take(types.seqUsedK), requests.pageTable = take(types.pageTable);
    queryIds = take(types.queryIds), slots = take(types.slots), worklist = take(types.worklist);
    partial = take(types.partial), partialLse = take(types.partialLse);
    auto size = [&] { return b.wrap(kernel.getBody().getArgument(next++)); };
    requests.totalQ = size(), requests.batch = size(), requests.seqlenK = size();
    maxBlocks = size(), firstToken = size(), tokens = size();
    wgmma = config.mma == ::msa::MmaKind::Wgmma;
    rows = llvm::alignTo(tileRows(config.queryTile, group), config.rowMultiple());
    rowPiece = rows % group == 0 ? group : 1; // whole tokens where tokens fill the tile
  }

  /// One work item: a KV head, a block of a request, a part of its list.
  void attend() {
    Scalar item = b.programId(0), none = b.index(0);
    auto column = [&](int64_t n) { return max(b.read(worklist, {item, b.index(n)}), none); }; // -1 past the last item
    head = column(0), first = column(2), count = column(3);
    row = column(1);
    // Roles are all that a kernel ends with: a thread block that has no item then brings keys for nobody, and makes no turn.
    if (wgmma) meetAll();
    else b.ifThen(none < count, [&] { meetAll(); });
  }

  /// The LSE of slots that no work item writes: no query chose a block there. Grid: x = ceil(tokens / queryTile), y = heads.
  void clear() {
    Scalar begin = b.programId(0) * config.queryTile, slotsOfTile = b.index(config.queryTile * problem.topk);
    head = b.programId(1);
    b.parallel(slotsOfTile, [&](Scalar i) {
      Scalar place = begin + i / problem.topk, slot = i % problem.topk;
      Scalar token = min(firstToken + place, requests.totalQ - 1), block = b.read(selection, {head, token, slot});
      Scalar absent = (block < 0) | (maxBlocks < block + 1);
      if (requests.cuSeqlensQ) absent = absent | (b.read(requests.cuSeqlensQ, {requests.batch}) < token + 1);
      b.ifThen((place < tokens) & absent, [&] {
        b.forEach(b.index(group), {}, [&](Scalar g, ValueRange) -> SmallVector<Value> {
          b.write(partialLse, {slot, place, head * group + g}, b.negativeInfinity());
          return {};
        });
      });
    });
  }

  KernelOp finish() {
    ReturnOp::create(b);
    return kernel;
  }

private:
  void meetAll() {
    Scalar blocks = max(maxBlocks, b.index(1)); // a call without keys has items all the same, for nobody
    Request request = requests.request(row / blocks);
    Scalar firstKey = row % blocks * problem.blockSize;
    // Who the queries are and where they go, read once: the copies of the next ones then wait for no list.
    ids = b.collect(kMaxQueries, count, [&](Scalar i) { return b.read(queryIds, {head, first + i}); });
    places = b.collect(kMaxQueries, count, [&](Scalar i) { return b.read(slots, {head, first + i}); });
    Value k = requests.loadKeys(key, request, head, firstKey, problem.blockSize, problem.headDim);
    Value v = requests.loadKeys(value, request, head, firstKey, problem.blockSize, problem.headDim);
    b.forEach(ceilDiv(count, config.queryTile), {}, [&](Scalar tile, ValueRange) -> SmallVector<Value> {
      meet(tile, k, v, request, firstKey);
      return {};
    });
  }

  /// A tile of the list's tokens against the block's keys: one softmax over this block alone.
  void meet(Scalar tile, Value k, Value v, const Request &request, Scalar firstKey) {
    Scalar minusInf = b.negativeInfinity(), zero = b.f32(0), scale = b.f32(problem.softmaxScale * M_LOG2E);
    auto entry = [&](Scalar row) { return tile * config.queryTile + row / group; };
    auto tokenOf = [&](Scalar row) { return b.at(ids, min(entry(row), count - 1)); };
    auto rowsOf = [&](Scalar row) { // of a piece
      Scalar there = (entry(row) < count) & (row / group < config.queryTile);
      return select(there, b.index(rowPiece), b.index(0));
    };
    auto headOf = [&](Scalar row) { return head * group + row % group; };

    Value q = b.load(query, rows, problem.headDim, rowPiece, 1,
                     [&](Scalar row) -> RowPlace { return {{tokenOf(row), headOf(row)}, rowsOf(row)}; });
    Value s = b.mma(q, k, b.splatFrag(zero, rows, problem.blockSize), /*transposeB=*/true);
    Value visible =
        b.rows(rows, [&](Scalar row) { return requests.visibleKeys(request, tokenOf(row)) - b.toI32(firstKey); });
    s = b.maskCols(s, visible);
    Value top = b.rowMax(s);
    // A row that sees no key is taken against 0 instead, so that no -inf minus -inf appears.
    Value shift =
        b.map(top, [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == minusInf, zero, zero - in[0] * scale); });
    Value p = b.map({s, shift}, [&](Scalar, ArrayRef<Scalar> in) { return exp2(fma(in[0], scale, in[1])); });
    Value sum = b.rowSum(p);
    p = b.convert(p, typeOf(b.getContext(), problem.dtype));
    Value inverse =
        b.map(sum, [&](Scalar, ArrayRef<Scalar> in) { return select(in[0] == zero, zero, b.f32(1) / in[0]); });
    Value lse = b.map({top, sum}, [&](Scalar, ArrayRef<Scalar> in) {
      return select(in[1] == zero, minusInf, fma(in[0], scale, log2(in[1])) * b.f32(M_LN2));
    });
    auto place = [&](Scalar row) -> RowPlace {
      Scalar slot = b.at(places, min(entry(row), count - 1));
      return {{slot, tokenOf(row) - firstToken, headOf(row)}, rowsOf(row)};
    };
    // Some columns at a time: none is carried on, so that few registers hold them. A warp of a wgmma has 16 rows: few enough.
    const int64_t step = wgmma ? problem.headDim : 64;
    for (int64_t column = 0; column < problem.headDim; column += step) {
      int64_t columns = std::min(step, problem.headDim - column);
      Value fresh = b.splatFrag(zero, rows, columns);
      Value out = wgmma ? b.mma(p, v, fresh) : b.mmaColumns(p, v, fresh, column);
      out = b.map({out, inverse}, [&](Scalar, ArrayRef<Scalar> in) { return in[0] * in[1]; });
      b.storeNative(b.convert(out, cast<MemRefType>(partial.getType()).getElementType()), partial, column, rowPiece, 2,
                    place);
    }
    b.storeRows(lse, partialLse, rowPiece, 2, place);
  }

  TileBuilder &b;
  const ::msa::Problem &problem;
  const ::msa::TileConfig &config;
  Requests requests;
  int64_t group, rows, rowPiece;
  bool wgmma;
  KernelOp kernel;
  Value query, key, value, selection, queryIds, slots, worklist, partial, partialLse;
  Scalar maxBlocks, firstToken, tokens;
  Scalar head, row, first, count; ///< of the item; row: of the transposed selection
  Value ids, places;              ///< of its queries: token and slot
};
} // namespace

KvOuterKernels buildPrefillKvOuter(OpBuilder &builder, Location loc, StringRef name, const ::msa::Problem &problem,
                                   const ::msa::TileConfig &config, const KvOuterTypes &types) {
  TileBuilder clearing(loc, builder), attending(loc, builder);
  KvOuter clear(clearing, (name + "_clear").str(), problem, config, types, /*warps=*/4);
  clear.clear();
  KvOuter attend(attending, name, problem, config, types, config.mathWarps());
  attend.attend();
  return {clear.finish(), attend.finish()};
}

} // namespace mlir::tile
