// The transposed selection: for each row (a block of a request) the tokens that chose it, ascending. Nothing is counted with
// atomics whose order shows: a chunk of tokens is entered into sets of bits, a set's size is a count and a member's place
// among the others its place in the list. Budget and measurements: BuildK2q.md.
#include "msa/Kernels/Kernels.h"
#include "msa/Kernels/TileBuilder.h"

namespace mlir::tile {

SmallVector<Type> K2qTypes::list() const {
  SmallVector<Type> all;
  for (MemRefType type : {selection, cuSeqlensQ, rowOffsets, queryIds, slots, worklist, numItems, counts, sums, begins,
                          groupSums, groupParts})
    if (type) all.push_back(type);
  return all;
}

namespace {
class K2qPen {
public:
  K2qPen(OpBuilder &builder, Location loc, StringRef name, const K2qSizes &sizes, const K2qTypes &types, int64_t warps)
      : b(loc, builder), sizes(sizes), threads(warps * 32) {
    SmallVector<Type> args = types.list();
    args.append(6, b.getIndexType());
    kernel = KernelOp::create(b, name, b.getFunctionType(args, {}), warps);
    b.setInsertionPointToStart(&kernel.getBody().front());
    unsigned next = 0;
    auto take = [&](MemRefType type) { return type ? Value(kernel.getBody().getArgument(next++)) : Value(); };
    selection = take(types.selection), cuSeqlensQ = take(types.cuSeqlensQ), rowOffsets = take(types.rowOffsets);
    queryIds = take(types.queryIds), slots = take(types.slots), worklist = take(types.worklist);
    numItems = take(types.numItems), counts = take(types.counts), sums = take(types.sums), begins = take(types.begins);
    groupSums = take(types.groupSums), groupParts = take(types.groupParts);
    auto size = [&] { return b.wrap(kernel.getBody().getArgument(next++)); };
    totalQ = size(), firstToken = size(), tokens = size(), batch = size(), maxBlocks = size(), capacity = size();
    rows = batch * maxBlocks;
    chunks = ceilDiv(tokens, sizes.chunk), spans = max(ceilDiv(tokens, sizes.span), b.index(1));
    groups = max(ceilDiv(rows, K2qSizes::kGroup), b.index(1));
  }

  KernelOp count() {
    Scalar chunk = b.programId(0), head = b.programId(1), firstRow = b.programId(2) * sizes.window;
    Value sets = markChosen(chunk, head, firstRow);
    b.parallel(min(rows - firstRow, b.index(sizes.window)), [&](Scalar r) {
      b.write(counts, {head, chunk, firstRow + r}, b.countBits(sets, r, b.index(sizes.chunk)));
    });
    return finish();
  }

  KernelOp sum() {
    Scalar group = b.programId(0), span = b.programId(1), head = b.programId(2);
    Scalar firstRow = group * K2qSizes::kGroup, here = min(rows - firstRow, b.index(K2qSizes::kGroup));
    Scalar firstChunk = span * chunksOfSpan(), ofSpan = min(chunks - firstChunk, b.index(chunksOfSpan()));
    Value lists = b.collect(K2qSizes::kGroup, here, [&](Scalar r) {
      Scalar row = firstRow + r;
      Scalar size = addUp(ofSpan, [&](Scalar c) { return b.read(counts, {head, firstChunk + c, row}); });
      b.write(sums, {head, span, row}, size);
      return size;
    });
    writeOnce(groupSums, {(head * groups + group) * spans + span}, b.scan(lists).second);
    if (worklist) {
      Value parts =
          b.collect(K2qSizes::kGroup, here, [&](Scalar r) { return ceilDiv(b.at(lists, r), sizes.maxQueries); });
      writeOnce(groupParts, {(head * spans + span) * groups + group}, b.scan(parts).second);
    }
    return finish();
  }

  KernelOp offset() {
    Scalar group = b.programId(0), span = b.programId(1), head = b.programId(2), zero = b.index(0), one = b.index(1);
    Scalar firstRow = group * K2qSizes::kGroup, here = min(rows - firstRow, b.index(K2qSizes::kGroup));
    auto ofSpans = [&](Scalar row, Scalar count) {
      return addUp(count, [&](Scalar s) { return b.read(sums, {head, s, row}); });
    };
    // Where each row's list begins: behind the groups before, and the rows before.
    std::pair<Value, Scalar> starts =
        b.scan(b.collect(K2qSizes::kGroup, here, [&](Scalar r) { return ofSpans(firstRow + r, spans); }));
    Scalar firstGroup = head * groups * spans;
    Scalar before = addUpShared(group * spans, [&](Scalar i) { return b.read(groupSums, {firstGroup + i}); });
    std::pair<Value, Scalar> parts;
    Scalar partsBefore;
    if (worklist) {
      parts = b.scan(b.collect(K2qSizes::kGroup, here, [&](Scalar r) {
        return ceilDiv(b.read(sums, {head, span, firstRow + r}), sizes.maxQueries);
      }));
      partsBefore =
          addUpShared((head * spans + span) * groups + group, [&](Scalar i) { return b.read(groupParts, {i}); });
    }
    b.parallel(here, [&](Scalar r) {
      Scalar row = firstRow + r, start = before + b.at(starts.first, r), begin = start + ofSpans(row, span);
      b.write(begins, {head, span, row}, begin);
      b.ifThen(span == zero, [&] { b.write(rowOffsets, {head, row}, start); });
      if (!worklist) return;
      // Equal parts: with a fixed size and a rest, thread blocks that meet rests would wait for the others.
      Scalar size = b.read(sums, {head, span, row}), mine = ceilDiv(size, sizes.maxQueries);
      Scalar partSize = ceilDiv(size, max(mine, one)), item = partsBefore + b.at(parts.first, r);
      b.forEach(mine, {}, [&](Scalar part, ValueRange) -> SmallVector<Value> {
        Scalar first = part * partSize;
        writeItem(item + part, {head, row, begin + first, min(partSize, size - first)});
        return {};
      });
    });
    b.parallel(one, [&](Scalar) {
      Scalar lastGroup = group + 1 == groups;
      b.ifThen(lastGroup & (span == zero), [&] { b.write(rowOffsets, {head, rows}, before + starts.second); });
      if (!worklist) return;
      Scalar isLast = lastGroup & (span + 1 == spans) & (head == b.index(sizes.heads - 1));
      b.ifThen(isLast, [&] { b.write(numItems, {zero}, partsBefore + parts.second); });
    });
    return finish();
  }

  KernelOp scatter() {
    Scalar chunk = b.programId(0), head = b.programId(1), window = b.programId(2), firstRow = window * sizes.window;
    Value sets = markChosen(chunk, head, firstRow);
    Scalar span = chunk / chunksOfSpan(), firstChunk = span * chunksOfSpan();
    Value next = b.collect(sizes.window, min(rows - firstRow, b.index(sizes.window)), [&](Scalar r) {
      Scalar row = firstRow + r;
      return b.read(begins, {head, span, row}) +
             addUp(chunk - firstChunk, [&](Scalar c) { return b.read(counts, {head, firstChunk + c, row}); });
    });
    Scalar size = b.index(sizes.window);
    b.parallel(b.index(sizes.chunk * sizes.topk), [&](Scalar i) {
      Choice choice = choose(chunk, head, firstRow, i);
      b.ifThen(choice.row < size, [&] {
        Scalar entry = b.at(next, choice.row) + b.countBits(sets, choice.row, choice.tokenInChunk);
        b.write(queryIds, {head, entry}, choice.token);
        if (slots) b.write(slots, {head, entry}, choice.slot);
      });
    });
    fillRest(chunk, head, window);
    return finish();
  }

private:
  /// One of the chunk's tokens' blocks.
  struct Choice {
    Scalar token, tokenInChunk, slot;
    Scalar row; ///< in the window; its size where there is none, or not here
  };

  Choice choose(Scalar chunk, Scalar head, Scalar firstRow, Scalar i) {
    Choice choice;
    choice.tokenInChunk = i / sizes.topk, choice.slot = i % sizes.topk;
    Scalar place = chunk * sizes.chunk + choice.tokenInChunk;
    choice.token = firstToken + place;
    Scalar token = min(choice.token, totalQ - 1); // one that there is
    Scalar block = b.read(selection, {head, token, choice.slot}), nothing = b.index(-1);
    Scalar request = b.index(0), isThere = (place < tokens) & (nothing < block) & (block < maxBlocks);
    if (cuSeqlensQ) {
      if (!sizes.oneRequest) request = b.wrap(SearchSortedOp::create(b, b.getIndexType(), cuSeqlensQ, batch, token));
      isThere = isThere & (token < b.read(cuSeqlensQ, {request + 1}));
    } else if (!sizes.oneRequest) {
      request = token / max(totalQ / batch, b.index(1));
      isThere = isThere & (request < batch);
    }
    Scalar row = request * maxBlocks + block, size = b.index(sizes.window);
    isThere = isThere & (firstRow < row + 1) & (row < firstRow + size);
    choice.row = select(isThere, row - firstRow, size);
    return choice;
  }

  /// The sets of the window's rows: which of the chunk's tokens chose each.
  Value markChosen(Scalar chunk, Scalar head, Scalar firstRow) {
    Value sets = b.makeBits(sizes.window, sizes.chunk);
    b.parallel(b.index(sizes.chunk * sizes.topk), [&](Scalar i) {
      Choice choice = choose(chunk, head, firstRow, i);
      b.setBit(sets, choice.row, choice.tokenInChunk);
    });
    return sets;
  }

  /// -1 past the last entry of a head's lists, and past the last work item.
  void fillRest(Scalar chunk, Scalar head, Scalar window) {
    Scalar last = b.read(rowOffsets, {head, rows}), nothing = b.index(-1), zero = b.index(0);
    Scalar isFirst = window == zero; // one thread block a chunk and head does it
    Scalar firstEntry = chunk * (sizes.chunk * sizes.topk), end = tokens * sizes.topk;
    b.parallel(select(isFirst, b.index(sizes.chunk * sizes.topk), zero), [&](Scalar i) {
      Scalar entry = firstEntry + i;
      b.ifThen((last < entry + 1) & (entry < end), [&] {
        b.write(queryIds, {head, entry}, nothing);
        if (slots) b.write(slots, {head, entry}, nothing);
      });
    });
    if (!worklist) return;
    Scalar items = b.read(numItems, {zero}), share = ceilDiv(capacity, chunks * sizes.heads);
    Scalar firstItem = (chunk * sizes.heads + head) * share;
    b.parallel(select(isFirst, share, zero), [&](Scalar i) {
      Scalar item = firstItem + i;
      b.ifThen((items < item + 1) & (item < capacity), [&] { writeItem(item, {nothing, nothing, nothing, nothing}); });
    });
  }

  void writeItem(Scalar item, ArrayRef<Scalar> columns) {
    for (auto [column, value] : llvm::enumerate(columns)) b.write(worklist, {item, b.index(column)}, value);
  }
  void writeOnce(Value view, ArrayRef<Scalar> coords, Scalar value) {
    b.parallel(b.index(1), [&](Scalar) { b.write(view, coords, value); });
  }

  /// The sum of read(0 .. count - 1), with eight reads in flight.
  Scalar addUp(Scalar count, const std::function<Scalar(Scalar)> &read) {
    constexpr int64_t kReads = 8;
    Scalar zero = b.index(0);
    return b.wrap(b.forEach(ceilDiv(count, kReads), {zero}, [&](Scalar i, ValueRange carried) -> SmallVector<Value> {
      Scalar sum = b.wrap(carried[0]);
      for (int64_t n = 0; n < kReads; ++n) {
        Scalar number = i * kReads + b.index(n);
        sum = sum + select(number < count, read(min(number, count - 1)), zero);
      }
      return {sum};
    })[0]);
  }

  /// The same of many, shared out to all threads.
  Scalar addUpShared(Scalar count, const std::function<Scalar(Scalar)> &read) {
    Value shares = b.collect(threads, b.index(threads), [&](Scalar t) {
      return addUp(ceilDiv(max(count - t, b.index(0)), threads), [&](Scalar i) { return read(i * threads + t); });
    });
    return b.scan(shares).second;
  }

  int64_t chunksOfSpan() const { return sizes.span / sizes.chunk; }

  KernelOp finish() {
    ReturnOp::create(b);
    return kernel;
  }

  TileBuilder b;
  const K2qSizes &sizes;
  int64_t threads;
  KernelOp kernel;
  Value selection, cuSeqlensQ, rowOffsets, queryIds, slots, worklist, numItems, counts, sums, begins, groupSums,
      groupParts;
  Scalar totalQ, firstToken, tokens, batch, maxBlocks, capacity, rows, chunks, spans, groups;
};
} // namespace

K2qKernels buildK2q(OpBuilder &builder, Location loc, StringRef name, const K2qSizes &sizes, const K2qTypes &types,
                    int64_t warps) {
  auto pen = [&](StringRef step, int64_t warps) {
    return K2qPen(builder, loc, (name + "_" + step).str(), sizes, types, warps);
  };
  constexpr int64_t kGroupWarps = K2qSizes::kGroup / 32; // a thread a row
  return {pen("count", warps).count(), pen("sum", kGroupWarps).sum(), pen("offset", kGroupWarps).offset(),
          pen("scatter", warps).scatter()};
}

} // namespace mlir::tile
