//===- WriteArtifact.cpp - host function -> launches of a program ---------===//
#include "msa/Target/WriteArtifact.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

namespace mlir::msa {
namespace {
using ::msa::Expr;
using ::msa::ParamSpec;

/// A memref of the host function: an argument or temporary seen through subviews and reshapes.
struct View {
  ::msa::ViewSpec spec;
  SmallVector<int> rootDim; ///< per dimension: the root's dimension whose stride it has; -1: none has
  SmallVector<Expr> sizes;
};

FailureOr<::msa::Dtype> dtypeOf(Type type) {
  if (type.isBF16()) return ::msa::Dtype::BF16;
  if (type.isF16()) return ::msa::Dtype::F16;
  if (type.isF32()) return ::msa::Dtype::F32;
  if (type.isInteger(32)) return ::msa::Dtype::I32;
  return failure();
}

class HostReader {
public:
  HostReader(func::FuncOp host, ::msa::Program &program) : host(host), program(program) {}

  LogicalResult read() {
    if (!llvm::hasSingleElement(host.getBody())) return misfit(host, "one block", "there are more");
    if (host.getNumResults() != 0) return misfit(host, "outputs as arguments", "it returns values");
    if (host.getNumArguments() != program.arguments.size())
      return misfit(host, std::to_string(program.arguments.size()) + " arguments, inputs then outputs",
                    "it has " + std::to_string(host.getNumArguments()));
    for (auto [i, argument] : llvm::enumerate(host.getArguments()))
      if (failed(readArgument(i, argument))) return failure();
    return readBlock(host.getBody().front());
  }

private:
  static LogicalResult misfit(Operation *op, const std::string &need, const std::string &have) {
    return op->emitError("[host-function] needs " + need + ", but " + have);
  }

  LogicalResult readArgument(int number, Value argument) {
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!type) return misfit(host, "memref arguments", "argument " + std::to_string(number) + " is none");
    View view;
    view.spec.index = number;
    view.spec.offset.assign(type.getRank(), 0);
    for (int64_t d = 0; d < type.getRank(); ++d) {
      view.rootDim.push_back(d);
      view.sizes.push_back(type.isDynamicDim(d) ? Expr::dim(number, d) : Expr::constant(type.getDimSize(d)));
    }
    views[argument] = view;
    return success();
  }

  LogicalResult readBlock(Block &block) {
    for (Operation &op : block)
      if (failed(readOp(&op))) return failure();
    return success();
  }

  LogicalResult readOp(Operation *op) {
    return TypeSwitch<Operation *, LogicalResult>(op)
        .Case<arith::ConstantOp, func::ReturnOp, memref::DeallocOp, scf::YieldOp>([](auto) { return success(); })
        .Case<scf::ForOp>([&](auto loop) { return readLoop(loop); })
        .Case<memref::DimOp, memref::AllocOp, memref::CastOp, memref::SubViewOp, memref::CollapseShapeOp,
              memref::ExpandShapeOp, gpu::LaunchFuncOp>([&](auto typed) { return readTyped(typed); })
        .Case<arith::IndexCastOp>([&](auto cast) { return setExpr(cast.getResult(), exprOf(cast.getIn())); })
        .Case<arith::AddIOp>([&](auto) { return readBinary(op, Expr::Kind::Add); })
        .Case<arith::SubIOp>([&](auto) { return readBinary(op, Expr::Kind::Sub); })
        .Case<arith::MulIOp>([&](auto) { return readBinary(op, Expr::Kind::Mul); })
        .Case<arith::CeilDivSIOp, arith::CeilDivUIOp>([&](auto) { return readBinary(op, Expr::Kind::CeilDiv); })
        .Case<arith::FloorDivSIOp, arith::DivUIOp, arith::DivSIOp>(
            [&](auto) { return readBinary(op, Expr::Kind::FloorDiv); })
        .Case<arith::MinSIOp, arith::MinUIOp>([&](auto) { return readBinary(op, Expr::Kind::Min); })
        .Case<arith::MaxSIOp, arith::MaxUIOp>([&](auto) { return readBinary(op, Expr::Kind::Max); })
        .Default([](Operation *other) {
          return misfit(other, "launches, allocations, views and sizes only",
                        "there is " + other->getName().getStringRef().str());
        });
  }

  //===--- sizes ---===//

  FailureOr<Expr> exprOf(OpFoldResult value) {
    if (std::optional<int64_t> constant = getConstantIntValue(value)) return Expr::constant(*constant);
    auto found = exprs.find(cast<Value>(value));
    if (found == exprs.end()) return failure();
    return found->second;
  }
  LogicalResult setExpr(Value value, FailureOr<Expr> expr) {
    if (failed(expr))
      return misfit(value.getDefiningOp(), "sizes computed from the arguments' shapes", "an operand is none");
    exprs[value] = *expr;
    return success();
  }
  LogicalResult readBinary(Operation *op, Expr::Kind kind) {
    FailureOr<Expr> lhs = exprOf(op->getOperand(0)), rhs = exprOf(op->getOperand(1));
    if (failed(lhs) || failed(rhs)) return setExpr(op->getResult(0), failure());
    return setExpr(op->getResult(0), Expr::binary(kind, *lhs, *rhs));
  }

  //===--- views ---===//

  FailureOr<View> viewOf(Operation *user, Value value) {
    auto found = views.find(value);
    if (found != views.end()) return found->second;
    return misfit(user, "a view of an argument or temporary", "an operand is none");
  }

  LogicalResult readTyped(memref::DimOp op) {
    FailureOr<View> view = viewOf(op, op.getSource());
    std::optional<int64_t> dim = op.getConstantIndex();
    if (failed(view)) return failure();
    if (!dim) return misfit(op, "a constant dimension", "it is computed");
    return setExpr(op, view->sizes[*dim]);
  }
  LogicalResult readTyped(memref::AllocOp op) {
    FailureOr<::msa::Dtype> dtype = dtypeOf(op.getType().getElementType());
    if (failed(dtype) || !op.getType().getLayout().isIdentity())
      return misfit(op, "contiguous temporaries of bf16, f16, f32 or i32", "this is none");
    ::msa::TemporarySpec temporary;
    temporary.dtype = *dtype;
    View view;
    view.spec.isTemporary = true;
    view.spec.index = program.temporaries.size();
    view.spec.offset.assign(op.getType().getRank(), 0);
    for (auto [d, size] : llvm::enumerate(op.getMixedSizes())) {
      FailureOr<Expr> expr = exprOf(size);
      if (failed(expr)) return misfit(op, "sizes computed from the arguments' shapes", "one is none");
      view.rootDim.push_back(d);
      view.sizes.push_back(*expr);
      temporary.shape.push_back(*expr);
    }
    program.temporaries.push_back(std::move(temporary));
    views[op] = view;
    return success();
  }
  LogicalResult readTyped(memref::CastOp op) {
    FailureOr<View> view = viewOf(op, op.getSource());
    if (failed(view)) return failure();
    views[op] = *view;
    return success();
  }
  LogicalResult readTyped(memref::SubViewOp op) {
    FailureOr<View> source = viewOf(op, op.getSource());
    if (failed(source)) return failure();
    View view = *source;
    view.rootDim.clear();
    view.sizes.clear();
    llvm::SmallBitVector dropped = op.getDroppedDims();
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets(), sizes = op.getMixedSizes(),
                              strides = op.getMixedStrides();
    for (size_t d = 0; d < offsets.size(); ++d) {
      std::optional<int64_t> offset = getConstantIntValue(offsets[d]);
      FailureOr<Expr> size = exprOf(sizes[d]);
      if (!offset || getConstantIntValue(strides[d]) != 1 || failed(size))
        return misfit(op, "a static offset, step 1 and a size from the arguments' shapes",
                      "dimension " + std::to_string(d) + " has none");
      if (*offset != 0 && source->rootDim[d] < 0)
        return misfit(op, "an offset along a dimension of the argument", "it was reshaped");
      if (source->rootDim[d] >= 0) view.spec.offset[source->rootDim[d]] += *offset;
      if (dropped.test(d)) continue;
      view.rootDim.push_back(source->rootDim[d]);
      view.sizes.push_back(*size);
    }
    views[op] = view;
    return success();
  }
  LogicalResult readTyped(memref::CollapseShapeOp op) {
    FailureOr<View> source = viewOf(op, op.getSrc());
    if (failed(source)) return failure();
    View view = *source;
    view.rootDim.clear();
    view.sizes.clear();
    for (const ReassociationIndices &group : op.getReassociationIndices()) {
      Expr size = source->sizes[group.front()];
      for (int64_t d : llvm::drop_begin(group)) size = product(size, source->sizes[d]);
      view.rootDim.push_back(source->rootDim[group.back()]); // the group's innermost stride
      view.sizes.push_back(size);
    }
    views[op] = view;
    return success();
  }
  LogicalResult readTyped(memref::ExpandShapeOp op) {
    FailureOr<View> source = viewOf(op, op.getSrc());
    if (failed(source)) return failure();
    View view = *source;
    view.rootDim.assign(op.getResultType().getRank(), -1);
    view.sizes.clear();
    for (OpFoldResult size : op.getMixedOutputShape()) {
      FailureOr<Expr> expr = exprOf(size);
      if (failed(expr)) return misfit(op, "sizes computed from the arguments' shapes", "one is none");
      view.sizes.push_back(*expr);
    }
    for (auto [d, group] : llvm::enumerate(op.getReassociationIndices()))
      view.rootDim[group.back()] = source->rootDim[d]; // outer ones have a multiple of it, which no parameter can say
    views[op] = view;
    return success();
  }
  static Expr product(const Expr &lhs, const Expr &rhs) {
    if (lhs.kind == Expr::Kind::Constant && rhs.kind == Expr::Kind::Constant)
      return Expr::constant(lhs.value * rhs.value);
    return Expr::binary(Expr::Kind::Mul, lhs, rhs);
  }

  //===--- launches ---===//

  /// Launches in turn, over temporaries made before.
  LogicalResult readLoop(scf::ForOp op) {
    if (loop >= 0 || op.getNumResults() != 0 || getConstantIntValue(op.getLowerBound()) != 0 ||
        getConstantIntValue(op.getStep()) != 1 || !op.getOps<memref::AllocOp>().empty())
      return misfit(op, "loops from 0 in steps of 1, of launches, that stand in no other", "one is none");
    FailureOr<Expr> turns = exprOf(op.getUpperBound());
    if (failed(turns)) return misfit(op, "turns computed from the arguments' shapes", "a loop's are not");
    exprs[op.getInductionVar()] = Expr::turn();
    loop = int(program.loops.size());
    program.loops.push_back(*turns);
    LogicalResult status = readBlock(*op.getBody());
    loop = -1;
    return status;
  }

  LogicalResult readTyped(gpu::LaunchFuncOp op) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(op, op.getKernelAttr());
    if (!kernel) return misfit(op, "an llvm.func kernel", "there is no " + op.getKernelName().str());
    auto params = kernel->getAttrOfType<ArrayAttr>("msa.params");
    auto threads = kernel->getAttrOfType<IntegerAttr>("msa.threads"),
         smem = kernel->getAttrOfType<IntegerAttr>("msa.smem_bytes");
    if (!params || !threads || !smem)
      return misfit(op, "a kernel with msa.params, msa.threads and msa.smem_bytes",
                    op.getKernelName().str() + " lacks some");
    if (params.size() != kernel.getNumArguments())
      return misfit(op, std::to_string(kernel.getNumArguments()) + " entries of msa.params, one a parameter",
                    "there are " + std::to_string(params.size()));
    ::msa::LaunchSpec launch;
    launch.kernel = kernel.getName().str();
    launch.loop = loop;
    launch.threads = threads.getInt();
    launch.smemBytes = smem.getInt();
    Value grid[3] = {op.getGridSizeX(), op.getGridSizeY(), op.getGridSizeZ()};
    for (int axis = 0; axis < 3; ++axis) {
      FailureOr<Expr> expr = exprOf(grid[axis]);
      if (failed(expr))
        return misfit(op, "a grid computed from the arguments' shapes", "axis " + std::to_string(axis) + " is not");
      launch.grid[axis] = *expr;
    }
    auto align = kernel->getAttrOfType<ArrayAttr>("msa.align");
    for (auto text : params.getAsRange<StringAttr>())
      if (failed(readParam(op, text.getValue(), align, launch))) return failure();
    program.launches.push_back(std::move(launch));
    return success();
  }

  LogicalResult readParam(gpu::LaunchFuncOp op, StringRef text, ArrayAttr align, ::msa::LaunchSpec &launch) {
    SmallVector<StringRef> parts;
    text.split(parts, ':');
    unsigned number = 0, dim = 0, rows = 0;
    bool known = parts.size() == (parts[0] == "map"      ? 4
                                  : parts[0] == "stride" ? 3
                                                         : 2) &&
                 !parts[1].getAsInteger(10, number) && (parts.size() < 3 || !parts[2].getAsInteger(10, dim)) &&
                 (parts.size() < 4 || !parts[3].getAsInteger(10, rows)) && number < op.getKernelOperands().size();
    if (!known)
      return misfit(op, "parameters as ptr:i, stride:i:d, map:i:d:rows, size:i or f32:i",
                    "one is '" + text.str() + "'");
    Value operand = op.getKernelOperands()[number];
    ParamSpec param;
    if (parts[0] == "ptr" || parts[0] == "stride") {
      FailureOr<View> view = viewOf(op, operand);
      if (failed(view)) return failure();
      param.view = view->spec;
      if (llvm::all_of(param.view.offset, [](int64_t o) { return o == 0; })) param.view.offset.clear();
      if (parts[0] == "stride") {
        param.kind = ParamSpec::Kind::Stride;
        if (dim >= view->rootDim.size() || view->rootDim[dim] < 0)
          return misfit(op, "a stride of an argument or temporary", "'" + text.str() + "' is of a reshaped dimension");
        param.dimension = view->rootDim[dim];
      } else {
        param.kind = ParamSpec::Kind::Pointer;
        size_t pointers = launch.alignBytes.size();
        Type element = cast<MemRefType>(operand.getType()).getElementType();
        int64_t bytes = element.isBF16() || element.isF16() ? 16 : (element.getIntOrFloatBitWidth() + 7) / 8;
        if (align && pointers < align.size()) bytes = cast<IntegerAttr>(align[pointers]).getInt();
        launch.alignBytes.push_back(bytes);
      }
    } else if (parts[0] == "map") {
      FailureOr<View> view = viewOf(op, operand);
      if (failed(view)) return failure();
      param.kind = ParamSpec::Kind::TensorMap;
      param.view = view->spec;
      if (llvm::all_of(param.view.offset, [](int64_t o) { return o == 0; })) param.view.offset.clear();
      if (failed(readMap(op, *view, cast<MemRefType>(operand.getType()), dim, rows, param.map))) return failure();
    } else if (parts[0] == "size") {
      FailureOr<Expr> expr = exprOf(operand);
      if (failed(expr))
        return misfit(op, "sizes computed from the arguments' shapes", "operand " + parts[1].str() + " is none");
      param.kind = ParamSpec::Kind::Size;
      param.expr = *expr;
    } else {
      FloatAttr number;
      if (parts[0] != "f32" || !matchPattern(operand, m_Constant(&number)))
        return misfit(op, "constants for f32 parameters", "'" + text.str() + "' is none");
      param.kind = ParamSpec::Kind::F32;
      param.number = number.getValueAsDouble();
    }
    launch.params.push_back(std::move(param));
    return success();
  }

  /// Boxes of `rows` along dimension `rowDim`, as a swizzled tile lies in shared memory: panels of 128 bytes of every row. The order of
  /// dimensions is that of TileToNVVM's coordinates.
  LogicalResult readMap(gpu::LaunchFuncOp op, const View &view, MemRefType type, int64_t rowDim, int64_t rows,
                        ::msa::TensorMapSpec &map) {
    constexpr int64_t kPanelBytes = 128;
    int64_t last = type.getRank() - 1, panel = kPanelBytes * 8 / type.getElementTypeBitWidth();
    if (rowDim >= last || type.isDynamicDim(last) || type.getDimSize(last) % panel != 0 ||
        llvm::is_contained(view.rootDim, -1))
      return misfit(op, "tensor maps of arguments and temporaries whose rows are whole panels of 128 bytes",
                    "one is not");
    int64_t panels = type.getDimSize(last) / panel;
    map.swizzleBytes = kPanelBytes;
    map.dims = {{view.rootDim[last], 1, Expr::constant(panel), panel},
                {view.rootDim[rowDim], 1, view.sizes[rowDim], rows},
                {view.rootDim[last], panel, Expr::constant(panels), panels}};
    for (int64_t d = last - 1; d >= 0; --d)
      if (d != rowDim) map.dims.push_back({view.rootDim[d], 1, view.sizes[d], 1});
    return success();
  }

  func::FuncOp host;
  ::msa::Program &program;
  DenseMap<Value, View> views;
  DenseMap<Value, Expr> exprs;
  int loop = -1; ///< the loop that is being read
};
} // namespace

LogicalResult writeLaunches(func::FuncOp host, ::msa::Program &program) { return HostReader(host, program).read(); }

FailureOr<std::vector<::msa::ArgumentSpec>> readArguments(func::FuncOp host) {
  std::vector<::msa::ArgumentSpec> arguments;
  for (auto [i, type] : llvm::enumerate(host.getArgumentTypes())) {
    auto shaped = dyn_cast<ShapedType>(type);
    FailureOr<::msa::Dtype> dtype = failure();
    if (shaped && shaped.hasRank()) dtype = dtypeOf(shaped.getElementType());
    if (failed(dtype))
      return host.emitError("[host-function] needs arguments of bf16, f16, f32 or i32 with a rank, but argument ")
             << i << " is " << type;
    ::msa::ArgumentSpec argument;
    argument.name = "arg" + std::to_string(i);
    argument.dtype = *dtype;
    argument.isOutput = host.getArgAttr(i, "msa.output") != nullptr;
    for (auto [d, size] : llvm::enumerate(shaped.getShape())) {
      bool free = ShapedType::isDynamic(size);
      argument.shape.push_back(free ? ::msa::kDynamic : size);
      // The caller made the output: its own sizes are the best description left.
      if (argument.isOutput) argument.outputShape.push_back(free ? Expr::dim(i, d) : Expr::constant(size));
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

} // namespace mlir::msa
