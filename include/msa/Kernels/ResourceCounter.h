//===- ResourceCounter.h - what a tile kernel uses --------------*- C++ -*-===//
//
// The second reader of a tile program: bytes, registers and work, counted on the IR. `ResourceModel` guesses the same
// before a kernel exists; ptxas knows the registers after.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_KERNELS_RESOURCECOUNTER_H
#define MSA_KERNELS_RESOURCECOUNTER_H
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::tile {
class KernelOp;
}

namespace msa {

/// What one thread block does, every row of every piece taken as valid and every condition as met.
struct BlockWork {
  int64_t mmaFlops = 0;     ///< of tile.mma, a multiply-add being two
  int64_t otherFlops = 0;   ///< of maps and row reductions
  int64_t exponentials = 0; ///< and logarithms: what the special function units do
  int64_t readBytes = 0;    ///< from global memory; searches are not counted
  int64_t writtenBytes = 0; ///< to global memory

  BlockWork &operator+=(const BlockWork &other);
  BlockWork operator*(int64_t times) const;
  bool operator==(const BlockWork &other) const;
};

/// The work of a loop's body (or of the kernel), with the loops that it holds in the order of the text.
struct LoopWork {
  int64_t trips = 1; ///< kUnknown where the bounds are not constants
  BlockWork once;    ///< of one turn, inner loops left out
  std::vector<LoopWork> loops;
  static constexpr int64_t kUnknown = -1;

  /// The whole of it; loops of unknown length take the next of `unknownTrips` in the order of the text (0 if there is
  /// none left).
  BlockWork total(const std::vector<int64_t> &unknownTrips) const;
};

/// A kernel's use of one thread block.
struct KernelUse {
  int64_t threads = 0;
  int64_t smemBytes = 0; ///< every tile, ring and list in a place of its own
  /// Of a thread, estimated: the most fragments alive at once, and 40 for addresses and scalars. A kernel can do with
  /// about as many; where nothing holds it to fewer, ptxas takes up to a quarter more to keep loads in flight.
  int64_t registers = 0;
  LoopWork work;

  /// "128 threads, 71680 bytes of shared memory, 166 registers a thread; n0 * 1048576 mma flops; ...": n0, n1 are
  /// the turns of loops of unknown length.
  std::string describe() const;
};

/// Counts a kernel in any phase, sequential or staged. (A staged one issues its first copies before the loop: they are
/// counted there once more.)
KernelUse countResources(mlir::tile::KernelOp kernel);

} // namespace msa
#endif
