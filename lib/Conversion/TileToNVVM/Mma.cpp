// mma.sync m16n8k16 with operands from registers or, through ldmatrix, from shared memory.
#include "KernelEmitter.h"

namespace mlir::tile {

/// Four 8x8 matrices of 16-bit elements, one register each; lane l gives the address of row l mod 8 of matrix l / 8.
Values KernelEmitter::ldmatrix(Value pointer, bool transposed) {
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  Value loaded =
      NVVM::LdMatrixOp::create(b, type, pointer, 4, transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
                               NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8), NVVM::LdStMatrixEltType::B16);
  Values registers;
  for (int64_t r = 0; r < 4; ++r) registers.push_back(LLVM::ExtractValueOp::create(b, loaded, r));
  return registers;
}

LogicalResult KernelEmitter::emitMma(MmaOp op) {
  SmemType bType = op.getB().getType();
  FragType accType = op.getAcc().getType();
  Type element = bType.getElementType();
  if (!element.isBF16() && !element.isF16())
    return op.emitOpError("multiplies bf16 or f16 on this target, but got ") << element;
  int64_t parts = op.getParts(), rows = accType.getRows(), warpRows = rows / rowWarps(rows);
  int64_t n = accType.getCols(), k = op.getTransposeB() ? bType.getCols() : bType.getRows() / parts;
  if (columnWarps(rows) > 1)
    return op.emitOpError("accumulates rows that one warp holds, but several share those of ") << accType;
  if (rows / parts % warpRows != 0)
    return op.emitOpError("expects the rows of a warp in one part, but a part has ")
           << rows / parts << " and a warp " << warpRows;
  if (n % 16 != 0 || k % 16 != 0)
    return op.emitOpError("expects N and K to be multiples of 16, but got ") << n << " and " << k;
  int64_t mTiles = subtiles(accType.getRows()), nTiles = n / 8, bPitch = pitchOf(bType.getCols(), element);

  // B: two column tiles and one k-step of 16 per ldmatrix, registers (tile 0, k low), (tile 0, k high), (tile 1, k low), (tile 1, k high).
  Value low = arith::RemUIOp::create(b, lane, index(8));
  Value middle = arith::RemUIOp::create(b, arith::DivUIOp::create(b, lane, index(8)), index(2));
  Value high = arith::DivUIOp::create(b, lane, index(16));
  Value bRow = add(low, mul(op.getTransposeB() ? high : middle, index(8)));
  Value bColumn = op.getTransposeB() ? middle : high;
  if (parts > 1) { // this warp's part of b
    Value part = arith::DivUIOp::create(b, firstRow(rows), index(rows / parts));
    bRow = add(bRow, mul(part, index(bType.getRows() / parts)));
  }
  Value bBase = at(one(op.getB()), toI32(add(mul(bRow, index(bPitch)), mul(bColumn, index(16)))));
  if (op.getFirstCol()) bBase = at(bBase, int64_t(*op.getFirstCol()) * 2);
  auto loop = op->getParentOfType<scf::ForOp>();
  bool stays = loop && !loop->isAncestor(op.getB().getDefiningOp()); // b is the same in every turn
  if (stays) bBase = ofThisTurn(bBase);

  Values a;
  Value aBase;
  int64_t aPitch = 0;
  if (auto frag = dyn_cast<FragType>(op.getA().getType())) {
    a = get(op.getA());
  } else {
    auto smemType = cast<SmemType>(op.getA().getType());
    aPitch = pitchOf(smemType.getCols(), element);
    Value row = sharedRow(rows, 0, arith::RemUIOp::create(b, lane, index(16)), 0, smemType.getRows(), aPitch);
    aBase = at(one(op.getA()), toI32(add(row, mul(high, index(16)))));
    if (stays) aBase = ofThisTurn(aBase);
  }

  Values acc = get(op.getAcc());
  auto accStruct = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  Type operandType = element.isBF16() ? Type(b.getI32Type()) : Type(VectorType::get({2}, element));
  auto asOperand = [&](Value value) {
    return value.getType() == operandType ? value : Value(LLVM::BitcastOp::create(b, operandType, value));
  };
  NVVM::MMATypes ptxType = element.isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
  for (int64_t t = 0; t < k / 16; ++t) {
    SmallVector<Values> aFragments;
    for (int64_t i = 0; i < mTiles; ++i) {
      Values fragment;
      if (aBase) fragment = ldmatrix(at(aBase, i * 16 * aPitch + t * 32), false);
      else
        for (int64_t r = 0; r < 4; ++r) fragment.push_back(a[(i * (k / 8) + 2 * t + r / 2) * 2 + r % 2]);
      for (Value &value : fragment) value = asOperand(value);
      aFragments.push_back(fragment);
    }
    for (int64_t j = 0; j < nTiles; j += 2) {
      int64_t offset = op.getTransposeB() ? j * 8 * bPitch + t * 32 : t * 16 * bPitch + j * 16;
      Values bFragment = ldmatrix(at(bBase, offset), !op.getTransposeB());
      for (Value &value : bFragment) value = asOperand(value);
      for (int64_t i = 0; i < mTiles; ++i)
        for (int64_t side = 0; side < 2; ++side) {
          int64_t place = (i * nTiles + j + side) * 4;
          Value result = NVVM::MmaOp::create(
              b, accStruct, aFragments[i], ValueRange(bFragment).slice(side * 2, 2), ValueRange(acc).slice(place, 4),
              ArrayRef<int64_t>{16, 8, 16}, std::nullopt, std::nullopt, std::array<NVVM::MMATypes, 2>{ptxType, ptxType},
              std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row, NVVM::MMALayout::col});
          for (int64_t e = 0; e < 4; ++e) acc[place + e] = LLVM::ExtractValueOp::create(b, result, e);
        }
    }
  }
  set(op.getResult(), acc);
  return success();
}

} // namespace mlir::tile
