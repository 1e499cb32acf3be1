//===- ResourceCounter.cpp - counts a tile kernel on its IR ---------------===//
#include "msa/Kernels/ResourceCounter.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace mlir::tile;

namespace msa {

BlockWork &BlockWork::operator+=(const BlockWork &other) {
  mmaFlops += other.mmaFlops, otherFlops += other.otherFlops, exponentials += other.exponentials;
  readBytes += other.readBytes, writtenBytes += other.writtenBytes;
  return *this;
}

BlockWork BlockWork::operator*(int64_t times) const {
  return {mmaFlops * times, otherFlops * times, exponentials * times, readBytes * times, writtenBytes * times};
}

bool BlockWork::operator==(const BlockWork &other) const {
  return mmaFlops == other.mmaFlops && otherFlops == other.otherFlops && exponentials == other.exponentials &&
         readBytes == other.readBytes && writtenBytes == other.writtenBytes;
}

static BlockWork total(const LoopWork &loop, const std::vector<int64_t> &unknownTrips, size_t &next) {
  int64_t trips = loop.trips;
  if (trips == LoopWork::kUnknown) {
    trips = next < unknownTrips.size() ? unknownTrips[next] : 0;
    ++next;
  }
  BlockWork turn = loop.once;
  for (const LoopWork &inner : loop.loops) turn += total(inner, unknownTrips, next);
  return turn * trips;
}

BlockWork LoopWork::total(const std::vector<int64_t> &unknownTrips) const {
  size_t next = 0;
  return msa::total(*this, unknownTrips, next);
}

/// "12 + n0 * (34 + n1 * 56)"; empty for nothing. `next` is the number of the next loop of unknown length.
static std::string spell(const LoopWork &loop, int64_t BlockWork::*field, int64_t &next) {
  int64_t known = loop.once.*field, terms = 0;
  std::string text;
  std::string turns = loop.trips == LoopWork::kUnknown ? "n" + std::to_string(next++) : std::to_string(loop.trips);
  for (const LoopWork &inner : loop.loops) {
    std::string spelled = spell(inner, field, next);
    if (spelled.empty()) continue;
    if (spelled.find('n') == std::string::npos) {
      known += std::stoll(spelled);
    } else {
      text += (terms++ ? " + " : "") + spelled;
    }
  }
  if (text.empty()) {
    if (known == 0) return "";
    if (loop.trips != LoopWork::kUnknown) return std::to_string(known * loop.trips);
  }
  if (known != 0 || text.empty()) {
    text = std::to_string(known) + (text.empty() ? "" : " + ") + text;
    ++terms;
  }
  if (loop.trips == 1) return text;
  return turns + " * " + (terms > 1 ? "(" + text + ")" : text);
}

std::string KernelUse::describe() const {
  std::string text = std::to_string(threads) + " threads, " + std::to_string(smemBytes) + " bytes of shared memory, " +
                     std::to_string(registers) + " registers a thread";
  const std::pair<int64_t BlockWork::*, const char *> fields[] = {{&BlockWork::mmaFlops, "mma flops"},
                                                                  {&BlockWork::otherFlops, "other flops"},
                                                                  {&BlockWork::exponentials, "exponentials"},
                                                                  {&BlockWork::readBytes, "bytes read"},
                                                                  {&BlockWork::writtenBytes, "bytes written"}};
  for (auto [field, name] : fields) {
    int64_t next = 0;
    std::string amount = spell(work, field, next);
    if (!amount.empty()) text += "; " + amount + " " + name;
  }
  return text;
}

namespace {
int64_t bytesOf(Type element) { return (element.getIntOrFloatBitWidth() + 7) / 8; }

int64_t elementBytes(Value view) {
  Type element = cast<MemRefType>(view.getType()).getElementType();
  return element.isIndex() ? 8 : bytesOf(element);
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

/// What one evaluation of a region of scalars costs.
BlockWork workOfScalars(Region &region) {
  BlockWork work;
  region.walk([&](Operation *op) {
    if (auto load = dyn_cast<memref::LoadOp>(op)) {
      work.readBytes += elementBytes(load.getMemRef());
    } else if (isa<math::Exp2Op, math::ExpOp, math::Log2Op, math::LogOp>(op)) {
      ++work.exponentials;
    } else if (isa<math::FmaOp>(op)) {
      work.otherFlops += 2;
    } else if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp, arith::MaxNumFOp, arith::MinNumFOp,
                   arith::MaximumFOp, arith::MinimumFOp, arith::NegFOp>(op)) {
      ++work.otherFlops;
    }
  });
  return work;
}

/// A move of `bytes` whose row map is evaluated once a piece.
template <typename MoveOp> BlockWork workOfMove(MoveOp op, int64_t rows, int64_t bytes, bool writes) {
  BlockWork work = workOfScalars(op.getRowMap()) * (rows / int64_t(op.getPiece()));
  (writes ? work.writtenBytes : work.readBytes) += bytes;
  return work;
}

BlockWork workOf(Operation *op) {
  auto tileBytes = [](auto type) { return type.getRows() * type.getCols() * bytesOf(type.getElementType()); };
  return llvm::TypeSwitch<Operation *, BlockWork>(op)
      .Case<MmaOp>([](auto op) {
        SmemType b = op.getB().getType();
        int64_t k = op.getTransposeB() ? b.getCols() : b.getRows() / int64_t(op.getParts());
        return BlockWork{2 * op.getType().getRows() * op.getType().getCols() * k};
      })
      .Case<MapOp>([](auto op) {
        auto frag = dyn_cast<FragType>(op.getType());
        return workOfScalars(op.getBody()) * (rowsOf(op.getType()) * (frag ? frag.getCols() : 1));
      })
      .Case<RowReduceOp, FoldColsOp>(
          [](auto op) { return BlockWork{0, op.getValue().getType().getRows() * op.getValue().getType().getCols()}; })
      .Case<ColReduceOp>([](auto op) {
        auto frag = dyn_cast<FragType>(op.getType());
        return BlockWork{0, rowsOf(op.getType()) * (frag ? frag.getCols() : 1)};
      })
      .Case<LoadOp, LoadFragOp>(
          [&](auto op) { return workOfMove(op, op.getType().getRows(), tileBytes(op.getType()), false); })
      .Case<LoadAsyncOp>([&](auto op) {
        RingType ring = op.getRing().getType();
        return workOfMove(op, ring.getRows(), tileBytes(ring), false);
      })
      .Case<LoadRowsOp>([](auto op) {
        int64_t rows = op.getType().getRows();
        return workOfMove(op, rows, rows * bytesOf(op.getType().getElementType()), false);
      })
      .Case<StoreOp>([&](auto op) {
        return workOfMove(op, op.getValue().getType().getRows(), tileBytes(op.getValue().getType()), true);
      })
      .Case<StoreRowsOp>([](auto op) {
        int64_t rows = op.getValue().getType().getRows();
        return workOfMove(op, rows, rows * bytesOf(op.getValue().getType().getElementType()), true);
      })
      .Case<VisitUnionOp>([](auto op) {
        BlockWork work = workOfScalars(op.getTokenMap()) * int64_t(op.getTokens());
        work.readBytes += op.getType().getCapacity() * elementBytes(op.getLists());
        return work;
      })
      .Case<MoveListsOp>([](auto op) {
        BlockWork work = workOfScalars(op.getRowMap()) * int64_t(op.getRows());
        int64_t bytes = op.getRows() * cast<MemRefType>(op.getSource().getType()).getShape().back() * 4;
        work.readBytes += bytes, work.writtenBytes += bytes;
        return work;
      })
      .Case<TopKInsertOp>(
          [](auto op) { return BlockWork{0, op.getType().getRows()}; }) // what does not enter is compared once
      .Case<TopKStoreOp>([](auto op) {
        int64_t rows = op.getBest().getType().getRows();
        BlockWork work = workOfScalars(op.getRowMap()) * rows;
        work.writtenBytes += rows * op.getK() * 4;
        return work;
      })
      .Case<TopKOp>([](auto op) {
        BlockWork work = workOfScalars(op.getRowMap()) * int64_t(op.getRows());
        work.writtenBytes += op.getRows() * op.getK() * (op.getValues() ? 8 : 4);
        return work;
      })
      .Case<memref::LoadOp>([](auto op) { return BlockWork{0, 0, 0, elementBytes(op.getMemRef())}; })
      .Case<memref::StoreOp>([](auto op) { return BlockWork{0, 0, 0, 0, elementBytes(op.getMemRef())}; })
      .Default([](Operation *) { return BlockWork{}; });
}

/// A top-k's rows are as long as the run says: a loop over a row's entries, a comparison each, and the lists that it writes.
LoopWork workOfEntries(TopKOp op) {
  LoopWork entries;
  entries.trips = LoopWork::kUnknown;
  entries.once = BlockWork{0, int64_t(op.getRows()), 0, int64_t(op.getRows()) * 4};
  return entries;
}

void countWork(Block &block, LoopWork &into) {
  for (Operation &op : block) {
    into.once += workOf(&op);
    if (auto topK = dyn_cast<TopKOp>(op)) into.loops.push_back(workOfEntries(topK));
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      std::optional<llvm::APInt> trips = loop.getStaticTripCount();
      LoopWork inner;
      inner.trips = trips ? trips->getSExtValue() : LoopWork::kUnknown;
      countWork(*loop.getBody(), inner);
      into.loops.push_back(std::move(inner));
    } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
      LoopWork inner;
      inner.trips = LoopWork::kUnknown;
      countWork(*loop.getBeforeBody(), inner);
      countWork(*loop.getAfterBody(), inner);
      into.loops.push_back(std::move(inner));
    } else if (auto turns = dyn_cast<ParallelOp>(op)) {
      LoopWork inner;
      inner.trips = getConstantIntValue(turns.getCount()).value_or(LoopWork::kUnknown);
      countWork(turns.getBody().front(), inner);
      into.loops.push_back(std::move(inner));
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      countWork(*branch.thenBlock(), into); // taken; the else branch is the cheap one where there is one
    } else if (auto rows = dyn_cast<IfRowsOp>(op)) {
      countWork(rows.getBody().front(), into);
    } else if (auto roles = dyn_cast<RolesOp>(op)) {
      for (Region &role : roles->getRegions()) countWork(role.front(), into);
    }
  }
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

/// The most registers a thread needs for fragments at any point of the program, by the lives of its values.
class RegisterCounter {
public:
  explicit RegisterCounter(int64_t warps) : warps(warps) {}

  /// `base` registers are taken from outside; `alive` are the values at the block's start that end in it.
  int64_t most(Block &block, int64_t base, llvm::SetVector<Value> alive) {
    int64_t here = base, most = base;
    for (Value value : alive) here += registersOf(value.getType());
    for (Operation &op : block) {
      most = std::max(most, here);
      llvm::SmallVector<Value> dying;
      for (Value value : alive) {
        Operation *last = lastUse(value, block);
        if (!last || last == &op) dying.push_back(value);
      }
      for (Region &region : op.getRegions())
        if (!region.empty()) most = std::max(most, mostInside(op, region.front(), here, dying));
      for (Value value : dying) here -= registersOf(value.getType()), alive.remove(value);
      // What a result takes over from an operand that ends here is not counted twice: both are walked element by
      // element.
      for (Value value : op.getResults())
        if (registersOf(value.getType()) != 0 && !isa<SplatOp>(op))
          here += registersOf(value.getType()), alive.insert(value);
    }
    return std::max(most, here);
  }

private:
  int64_t mostInside(Operation &op, Block &inner, int64_t here, ArrayRef<Value> dying) {
    llvm::SetVector<Value> entering;
    if (isa<LoopLikeOpInterface>(op)) {
      // What ends here was the loop's first value, now its argument; what the body uses stays for all turns.
      for (Value value : dying)
        if (!lastUse(value, inner)) here -= registersOf(value.getType());
      for (Value argument : inner.getArguments()) entering.insert(argument);
    } else {
      for (Value value : dying) {
        here -= registersOf(value.getType());
        if (lastUse(value, inner)) entering.insert(value);
      }
    }
    return most(inner, here, entering);
  }

  int64_t registersOf(Type type) const {
    int64_t threads = 32 * warps;
    if (auto frag = dyn_cast<FragType>(type))
      return llvm::divideCeil(frag.getRows() * frag.getCols() * bytesOf(frag.getElementType()), 4 * threads);
    // Two rows of each 16, the same ones in the four lanes that share a row.
    if (auto rows = dyn_cast<RowsType>(type)) return llvm::divideCeil(rows.getRows(), 8 * warps);
    // Of each row that a lane holds a quarter of its list, words and positions, and the bar.
    if (auto best = dyn_cast<BestType>(type))
      return llvm::divideCeil(best.getRows(), 8 * warps) * (2 * llvm::divideCeil(best.getK(), 4) + 1);
    return 0;
  }

  static Operation *lastUse(Value value, Block &block) {
    Operation *last = nullptr;
    for (Operation *user : value.getUsers()) {
      Operation *here = block.findAncestorOpInBlock(*user);
      if (here && (!last || last->isBeforeInBlock(here))) last = here;
    }
    return last;
  }

  int64_t warps;
};
} // namespace

KernelUse countResources(KernelOp kernel) {
  // Addresses, loop counters, operands on their way to an mma: what ptxas adds to the fragments of the attend recipes.
  constexpr int64_t kScalarRegisters = 40;
  KernelUse use;
  use.threads = kernel.getWarps() * 32;
  use.smemBytes = kernel.getSmemBytes().value_or(sharedBytes(kernel));
  use.registers = kScalarRegisters + RegisterCounter(kernel.mathWarps()).most(kernel.getBody().front(), 0, {});
  countWork(kernel.getBody().front(), use.work);
  return use;
}

} // namespace msa
