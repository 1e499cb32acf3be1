//===- Manifest.h - what compiler and runtime agree on ----------*- C++ -*-===//
//
// An artifact (.msab) is one JSON file: programs compiled for one or more targets, their kernels, the symbolic plan that
// launches them, and the meaning of the program in terms of `lib/Reference`, so that anyone can check it.
// This header is the only thing compiler and runtime share.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_ARTIFACT_MANIFEST_H
#define MSA_ARTIFACT_MANIFEST_H
#include "msa/Support/Dtype.h"
#include "msa/Support/Problem.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace msa {

inline constexpr int kManifestVersion = 1;
inline constexpr int64_t kDynamic = -1; ///< a size known only at run time

/// An integer over the shapes of a program's arguments, evaluated by the plan. JSON: a number, ["dim", argument, dimension],
/// ["add"|"sub"|"mul"|"ceildiv"|"floordiv"|"min"|"max", lhs, rhs], or for launches of a loop "turn", the number of the turn.
struct Expr {
  enum class Kind { Constant, Dim, Turn, Add, Sub, Mul, CeilDiv, FloorDiv, Min, Max };
  Kind kind = Kind::Constant;
  int64_t value = 0;               ///< Constant
  int argument = 0, dimension = 0; ///< Dim
  std::vector<Expr> operands;      ///< two, for the others
  static Expr constant(int64_t value);
  static Expr dim(int argument, int dimension);
  static Expr turn();
  static Expr binary(Kind kind, Expr lhs, Expr rhs);
};

/// One tensor at the program's door, in order: inputs, then outputs (the caller owns all of them).
struct ArgumentSpec {
  std::string name; ///< "q", "page_table", "out0", ...
  Dtype dtype = Dtype::BF16;
  std::vector<int64_t> shape; ///< kDynamic where free
  bool isOutput = false;
  std::vector<Expr> outputShape; ///< outputs: each size as a function of the inputs' shapes
  /// Dimensions d that the program takes as one axis with d + 1: stride(d) must be shape(d + 1) * stride(d + 1). So it is with
  /// dense [batch, seqlen, ...] tensors, whose requests follow one another. The plan checks it.
  std::vector<int64_t> adjacent;
};

/// A temporary in the workspace; 256-byte aligned, contiguous, row-major.
struct TemporarySpec {
  Dtype dtype = Dtype::F32;
  std::vector<Expr> shape;
};

/// A view handed to a kernel: an argument or temporary, seen from an element offset (interleaved K|V are two such views).
struct ViewSpec {
  bool isTemporary = false;
  int index = 0;               ///< into arguments or temporaries
  std::vector<int64_t> offset; ///< elements, one per dimension; empty means zero
};

/// How TMA sees a view: the kernel parameter is CUDA's CUtensorMap by value, 128 bytes, `.param .align 64 .b8 map[128]` in PTX and
/// `!llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64, nvvm.grid_constant}` in MLIR. Elements have the view's type. The
/// plan checks and encodes the map, run() puts the address in; no copy of it lies in device memory, so no fence is needed.
///
/// Dimensions stand innermost first, in the order in which a box lies in shared memory and in which copy instructions name
/// coordinates. A coordinate is relative to the view's first element, and what lies outside of the sizes reads as zero and is not
/// written. A view dimension may appear several times, in steps: a [rows, 128] matrix of bf16 whose halves lie one after the other in
/// shared memory, each with 128-byte rows (the tile that wgmma reads), is
///
///     dims: {dimension 1, step 1, size 64, box 64}, {dimension 0, step 1, size rows, box R}, {dimension 1, step 64, size 2, box 2}
///     swizzleBytes: 128
///
/// and a paged cache [num_pages, num_kv_heads, page_size, 128] adds {dimension 1, box 1} and {dimension 0, box 1}: five, the most there
/// may be. Query heads of one group are {dimension 1, step 1, size G} and {dimension 1, step G, size num_kv_heads}.
///
/// Refused by the parser: fewer than 1 or more than 5 dimensions, a box not in 1 to 256, a step below 1, an innermost box that is no
/// multiple of 16 bytes or, swizzled, wider than the swizzle. Refused by the plan, since they depend on the caller's tensors: an
/// innermost stride other than 1, other strides that are no multiple of 16 bytes, negative or 2^40 bytes and more, sizes beyond 2^32,
/// an address that is no multiple of 16 bytes. A map with a size of 0 is all zeros, and the kernel must not copy through it.
struct TensorMapSpec {
  struct Dim {
    int dimension = 0; ///< of the argument or temporary: whose stride this dimension has, times `step`
    int64_t step = 1;
    Expr size;       ///< how many steps there are
    int64_t box = 1; ///< how many one copy moves
  };
  std::vector<Dim> dims;
  int swizzleBytes = 0; ///< 0, 32, 64 or 128: 16-byte chunks are permuted within rows of as many bytes
};

/// One kernel parameter, in order.
struct ParamSpec {
  enum class Kind {
    Pointer,   ///< 64-bit address of `view`'s first element
    Stride,    ///< i64, elements, of `view` along `dimension`
    Size,      ///< i64 `expr`
    F32,       ///< `number`
    TensorMap, ///< 128 bytes: `view` as `map` says
  };
  Kind kind = Kind::Pointer;
  ViewSpec view;
  int dimension = 0;
  Expr expr;
  double number = 0;
  TensorMapSpec map;
};

/// What a GPU view must satisfy, checked by the plan before any launch: last stride 1, and address and every other stride
/// a multiple of `alignBytes`.
struct LaunchSpec {
  std::string kernel; ///< symbol in the module
  int module = 0;     ///< index into Program::modules
  Expr grid[3];
  int64_t threads = 0;
  int64_t smemBytes = 0; ///< dynamic shared memory
  std::vector<ParamSpec> params;
  std::vector<int64_t> alignBytes; ///< one per pointer parameter, in order of the Pointer params
  int loop = -1;                   ///< index into Program::loops; -1: launched once
};

/// Code for one target. kind "ptx": text; "cubin" and "elf" (a shared object): bytes.
struct ModuleSpec {
  std::string kind;
  std::string chip;                  ///< "sm_90a", or the CPU's name
  std::string bytes;                 ///< base64 in JSON unless kind is "ptx"
  std::vector<std::string> features; ///< elf: those of CpuFeatures.h that its code may use
};

/// One op of the meaning, in terms of lib/Reference. Values are numbered: arguments first (inputs and outputs as above), then results that
/// are no argument, from numArguments up.
struct MeaningOp {
  std::string op;                      ///< "index_scores", "select_blocks", "attend", "combine", "transpose_selection",
                                       ///< "relayout_selection", "slice"
  std::map<std::string, int> operands; ///< ODS operand name -> value ("query", "key", "page_table", ...)
  std::vector<int> results;            ///< values, in the op's result order
  std::map<std::string, int64_t>
      integers; ///< "block_size", "topk", "sink_blocks", "local_blocks", "causal", "max_blocks", "batch", "splits",
                ///< "max_queries", "sub_chunk"
  std::map<std::string, double> numbers;      ///< "softmax_scale"
  std::map<std::string, std::string> strings; ///< "selection": "hqk/ascending", "from", "to"
  std::vector<int64_t> offsets, sizes;        ///< "slice": of operand "source"; size kDynamic keeps the source's
};

/// One function for one target.
struct Program {
  std::string name;   ///< the func.func's symbol
  std::string target; ///< "cpu", "sm_90a", ...
  std::vector<ArgumentSpec> arguments;
  std::vector<TemporarySpec> temporaries;
  std::vector<LaunchSpec> launches; ///< GPU targets; in stream order
  std::vector<Expr> loops; ///< how many turns: in each, the launches of the loop, which follow one another, go in order
  std::string cpuEntry;    ///< CPU: symbol `void entry(void **memrefDescriptors)`, one pointer an argument
  std::vector<ModuleSpec> modules;
  std::vector<MeaningOp> meaning;
  std::map<std::string, std::string> notes; ///< --explain: strategy, registers, shared-memory map, flops, bytes
};

struct Manifest {
  std::string producer; ///< "msa-compile 0.1.0 (LLVM 22.1.8)"
  std::vector<Program> programs;
};

/// Text of the .msab file.
std::string serialize(const Manifest &manifest);
/// Parses and checks a .msab file's text. On failure returns nothing and says what was expected and found in `error`, with a
/// fixed id first: "[artifact-truncated] ...", "[artifact-version] ...", "[artifact-format] ...".
std::optional<Manifest> parseManifest(const std::string &text, std::string &error);
/// The value of `expr` for the given argument shapes, in a turn of a loop.
int64_t evaluate(const Expr &expr, const std::vector<std::vector<int64_t>> &shapes, int64_t turn = 0);

} // namespace msa
#endif
