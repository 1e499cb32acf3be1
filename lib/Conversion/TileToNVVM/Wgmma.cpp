// wgmma m64nNk16: four warps multiply 64 rows, operands from swizzled shared memory, the left one also from registers.
#include "KernelEmitter.h"
#include "dialects/Tile/IR/TileContracts.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

namespace mlir::tile {

// A matrix descriptor counts bytes in sixteens.
static constexpr int64_t kUnit = 16;
// Layout type in bits 62 and 63: 1 is the 128-byte swizzle.
static constexpr uint64_t kSwizzle128 = uint64_t(1) << 62;
// 8 rows of 128 bytes: the swizzle's pattern.
static constexpr int64_t kPatternBytes = 1024;

/// start address in bits 0 to 13, leading byte offset in 16 to 29, stride byte offset in 32 to 45.
Value KernelEmitter::descriptor(Value sharedAddress, int64_t leadingBytes, int64_t strideBytes) {
  Value start = arith::AndIOp::create(b, arith::ShRUIOp::create(b, sharedAddress, i32(4)), i32(0x3fff));
  uint64_t rest = uint64_t(leadingBytes / kUnit) << 16 | uint64_t(strideBytes / kUnit) << 32 | kSwizzle128;
  return arith::OrIOp::create(b, arith::ExtUIOp::create(b, b.getI64Type(), start),
                              arith::ConstantIntOp::create(b, int64_t(rest), 64));
}

static std::string list(int64_t first, int64_t count) {
  std::string text = "{";
  for (int64_t n = 0; n < count; ++n) text += (n ? ", $" : "$") + std::to_string(first + n);
  return text + "}";
}

/// "=f,=f,...,0,1,...": the operands that come first are the results' old values, in the same registers.
static std::string tied(int64_t count) {
  std::string text;
  for (int64_t n = 0; n < count; ++n) text += "=f,";
  for (int64_t n = 0; n < count; ++n) text += std::to_string(n) + ",";
  return text;
}

static bool isZero(Value acc) {
  auto splat = acc.getDefiningOp<SplatOp>();
  return splat && matchPattern(splat.getValue(), m_AnyZeroFloat());
}

LogicalResult KernelEmitter::emitWgmma(MmaOp op) {
  SmemType bType = op.getB().getType();
  FragType accType = op.getAcc().getType();
  Type element = bType.getElementType();
  int64_t n = accType.getCols(), k = op.getTransposeB() ? bType.getCols() : bType.getRows();
  auto fromShared = dyn_cast<SmemType>(op.getA().getType());
  if (!element.isBF16() && !element.isF16())
    return op.emitOpError("multiplies bf16 or f16 on this target, but got ") << element;
  if (op.getFirstCol())
    return op.emitOpError("multiplies all columns on this target, but got some from ") << *op.getFirstCol();
  if (warps % 4 != 0 || accType.getRows() % (warps * 16) != 0)
    return op.emitOpError("deals 64 rows to every four warps, but ")
           << accType.getRows() << " rows meet " << warps << " warps";
  if (n % 8 != 0 || n > 256 || k % 16 != 0)
    return op.emitOpError("expects N of 8 to 256 and K in multiples of 16, but got ") << n << " and " << k;
  auto isSwizzled = [](SmemType type) { return type.getLayout() == SharedLayout::Swizzled; };
  if (!isSwizzled(bType) || (fromShared && !isSwizzled(fromShared)))
    return op.emitOpError("reads swizzled tiles: run assign-swizzle first");

  // B as [N][K] has rows of K: 32 bytes a step, then the next panel. B as [K][N] has rows of N, whose panels are `leading` apart:
  // 16 rows a step.
  int64_t panel = bType.getRows() * 128;
  Value bStart = descriptor(addressOf(one(op.getB())), op.getTransposeB() ? kUnit : panel, kPatternBytes);
  auto bOffset = [&](int64_t t) { return op.getTransposeB() ? t / 4 * panel + t % 4 * 32 : t * 2 * kPatternBytes; };
  Value aStart;
  int64_t aPanel = 0;
  if (fromShared) {
    aPanel = fromShared.getRows() * 128;
    Value group = arith::DivUIOp::create(b, warp, index(4));
    Value offset = toI32(mul(group, index(accType.getRows() / warps * 4 * 128)));
    aStart = descriptor(add(addressOf(one(op.getA())), offset), kUnit, kPatternBytes);
  }
  auto advance = [&](Value start, int64_t bytes) {
    return bytes == 0 ? start : add(start, arith::ConstantIntOp::create(b, bytes / kUnit, 64));
  };

  Values acc = get(op.getAcc()), a;
  if (!fromShared)
    for (Value pair : get(op.getA())) a.push_back(LLVM::BitcastOp::create(b, b.getI32Type(), pair));
  int64_t tiles = subtiles(accType.getRows()), per = n / 2; // accumulators of a thread and 64 rows
  std::string name = "wgmma.mma_async.sync.aligned.m64n" + std::to_string(n) + "k16.f32." +
                     (element.isBF16() ? "bf16.bf16 " : "f16.f16 ");
  std::string transpose = op.getTransposeB() ? ", 0" : ", 1";
  NVVM::WgmmaFenceAlignedOp::create(b);
  bool fresh = isZero(op.getAcc());
  SmallVector<Type> f32s(per, b.getF32Type());
  for (int64_t i = 0; i < tiles; ++i) {
    for (int64_t t = 0; t < k / 16; ++t) {
      bool first = fresh && t == 0; // nothing to add to: the old registers are not read
      Values operands;
      if (!first) llvm::append_range(operands, ArrayRef<Value>(acc).slice(i * per, per));
      int64_t next = first ? per : 2 * per;
      std::string text = name + list(0, per) + ", ", constraints;
      if (first)
        for (int64_t r = 0; r < per; ++r) constraints += "=f,";
      else constraints = tied(per);
      if (fromShared) {
        operands.push_back(advance(aStart, i * 64 * 128 + t / 4 * aPanel + t % 4 * 32));
        text += "$" + std::to_string(next++);
        constraints += "l,";
      } else {
        for (int64_t r = 0; r < 4; ++r) operands.push_back(a[(i * (k / 8) + 2 * t + r / 2) * 2 + r % 2]);
        text += list(next, 4);
        next += 4;
        constraints += "r,r,r,r,";
      }
      operands.push_back(advance(bStart, bOffset(t)));
      text += ", $" + std::to_string(next) + (first ? ", 0" : ", 1") + ", 1, 1" + (fromShared ? ", 0" : "") +
              transpose + ";";
      Values made = inlineAsm(text, constraints + "l", operands, f32s);
      std::copy(made.begin(), made.end(), acc.begin() + i * per);
    }
    NVVM::WgmmaGroupSyncAlignedOp::create(b);
  }
  set(op.getResult(), op.getAsync() ? acc : waitForMma(acc, 0));
  return success();
}

/// The accumulators go through the wait, so that nothing that reads them can come before it.
Values KernelEmitter::waitForMma(ValueRange acc, int64_t pending) {
  return inlineAsm("wgmma.wait_group.sync.aligned " + std::to_string(pending) + ";", tied(acc.size()) + "~{memory}",
                   acc, acc.getTypes());
}

/// A product of several times 64 rows is as many groups: what is waited for is never less than what was asked. Where its columns are folded
/// next, each group is folded under those that follow.
void KernelEmitter::emitWaitMma(WaitMmaOp op) {
  Values acc = get(op.getValue());
  if (!wgmma) { // mma.sync ends where it stands
    set(op.getResult(), acc);
    return;
  }
  int64_t tiles = subtiles(op.getResult().getType().getRows()), per = acc.size() / tiles;
  auto fold = op->hasOneUse() ? dyn_cast<FoldColsOp>(*op->user_begin()) : FoldColsOp();
  if (tiles == 1 || !fold || fold->getBlock() != op->getBlock() || op.getPending() != 0) {
    set(op.getResult(), waitForMma(acc, op.getPending()));
    return;
  }
  Values folded;
  for (int64_t i = 0; i < tiles; ++i)
    llvm::append_range(folded, foldSubtile(fold, waitForMma(ValueRange(acc).slice(i * per, per), tiles - 1 - i)));
  set(fold.getResult(), folded);
}

/// Copies write as threads do; wgmma reads by the asynchronous way and must be told.
void KernelEmitter::fenceCopies() {
  if (wgmma) inlineAsm("fence.proxy.async.shared::cta;", "~{memory}", {});
}

/// True for all threads of a warpgroup if `condition` is for one. Named barriers 1 and 2 are the roles'.
Value KernelEmitter::warpgroupVote(Value condition) {
  Value group = arith::DivUIOp::create(b, warp, index(4));
  Value id = toI32(add(group, index(3)));
  Value some = arith::ExtUIOp::create(b, b.getI32Type(), condition);
  Value any = inlineAsm("{\n\t.reg .pred one, any;\n\tsetp.ne.b32 one, $2, 0;\n\tbarrier.cta.red.or.pred any, $1, 128, "
                        "one;\n\tselp.b32 $0, 1, 0, any;\n}",
                        "=r,r,r,~{memory}", ValueRange{id, some}, b.getI32Type())
                  .front();
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, any, i32(0));
}

} // namespace mlir::tile
