#include "OpToLaunch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::msa {

Value LaunchPen::constant(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }

Value LaunchPen::size(Value view, int64_t axis) {
  return getValueOrCreateConstantIndexOp(*this, getLoc(), sizeOf(*this, getLoc(), view, axis));
}

Value LaunchPen::withUnitStride(Value view) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) || strides.empty() || strides.back() == 1) return view;
  strides.back() = 1;
  auto unit = MemRefType::get(type.getShape(), type.getElementType(),
                              StridedLayoutAttr::get(getContext(), offset, strides), type.getMemorySpace());
  return memref::CastOp::create(*this, unit, view);
}

void LaunchPen::pass(Value value, MemRefType &type, bool contiguousRows) {
  if (!value) return;
  arguments.push_back(contiguousRows ? withUnitStride(value) : value);
  type = cast<MemRefType>(arguments.back().getType());
}

OpBuilder LaunchPen::kernelBuilder() {
  OpBuilder builder(module.getBodyRegion());
  builder.setInsertionPointToStart(module.getBody());
  return builder;
}

std::string LaunchPen::uniqueName(StringRef base, StringRef suffix) {
  std::string name = base.str();
  for (int64_t n = 1; SymbolTable::lookupSymbolIn(module, name + suffix.str()); ++n)
    name = (base + "_" + Twine(n)).str();
  return name;
}

void LaunchPen::launch(tile::KernelOp kernel, Value x, Value y, Value z) {
  tile::LaunchOp::create(*this, kernel.getSymName(), x, y, z, arguments);
}

} // namespace mlir::msa
