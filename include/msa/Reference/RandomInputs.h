//===- RandomInputs.h - valid random inputs of a program --------*- C++ -*-===//
//
// A program's meaning says what each input is, so its inputs can be made up: lengths that add up, page tables that are permutations,
// selections without duplicates, data whose index scores are exact. What a program may not read is poisoned.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_REFERENCE_RANDOMINPUTS_H
#define MSA_REFERENCE_RANDOMINPUTS_H
#include "msa/Reference/Interpreter.h"

namespace msa::reference {

/// What a draw of inputs should look like. Sizes that the program fixes win.
struct RandomSettings {
  uint64_t seed = 1;
  int64_t batch = 0;   ///< requests; 0: 2
  int64_t qLen = 0;    ///< query tokens of a request; 0: 4, or kvLen where queries and keys share their lengths
  int64_t kvLen = 0;   ///< keys of a request; 0: about four blocks, none of them whole
  bool ragged = false; ///< lengths vary up to those, with 0, 1 and block - 1, block, block + 1 among them
  double overlap = 0;  ///< chance that a query keeps a block of the query before it (selections that are inputs)
  enum class Kind {
    Auto,     ///< index queries and keys and scores are integers, so that selections are exact; the rest is normal
    Normal,   ///< everything is normal with variance 1
    Integers, ///< everything is a small integer
  } kind = Kind::Auto;
  /// How K and V lie in memory where they are two arguments: each for itself, with room between rows, K and V of a row or of a page side
  /// by side, or rows and heads the other way round. Index keys get room between rows in all but the first.
  enum class KvMemory { Plain, Padded, Interleaved, Stacked, Swapped } kvMemory = KvMemory::Plain;
  int64_t kvPool = 0; ///< pages in all, shared by the requests; 0: each page belongs to one request
  bool poison = true; ///< NaN where no visible key lies, -1 in unused page table entries
  std::map<std::string, int64_t>
      sizes; ///< further sizes by name: "total_q", "seqlen_k", "num_pages", "max_pages", "topk", ...
};

/// One request's lengths.
struct RandomLengths {
  std::vector<int64_t> q, kv;
  std::vector<int64_t>
      room; ///< packed keys between two entries of cu_seqlens_k: kv, or more where seqused_k says how many are used
};

/// Named sizes of a program ("batch", "total_q", "num_pages", ...) and its requests' lengths.
struct ChosenSizes {
  std::map<std::string, int64_t> sizes;
  RandomLengths lengths;
  std::vector<std::vector<int64_t>> shapes; ///< one an argument, outputs too
  bool sharesPages = false;
};
/// Fails ("" is success) where a dynamic size has no name the settings could give it by, or sizes contradict each other.
std::string chooseSizes(const Program &program, const RandomSettings &settings, ChosenSizes &chosen);

/// Owns one tensor an argument: inputs filled, outputs poisoned (NaN; 0x5a5a5a5a for integers).
class RandomInputs {
public:
  std::string make(const Program &program, const RandomSettings &settings);
  std::vector<Tensor> tensors() const;
  /// "batch 8, total_q 8, kv 32768 to 32768".
  std::string summary() const;
  /// Poisons the outputs again.
  void poisonOutputs();

  ChosenSizes chosen;

  RandomInputs();
  ~RandomInputs();

private:
  const Program *program = nullptr;
  std::unique_ptr<struct ArgumentMemory> memory;
};
/// Fills row-major memory with what no program should leave there.
void poison(const Tensor &tensor);

} // namespace msa::reference
#endif
