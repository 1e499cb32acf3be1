// Small programs of one op each, which the support table asks about.
#ifndef MSA_LIB_COMPILER_SUPPORTPROBES_H
#define MSA_LIB_COMPILER_SUPPORTPROBES_H
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::msa {

/// The problem of one probe. A default is what every recipe is made for.
struct Probe {
  std::string dtype = "bf16", queries = "ragged", keys = "paged", selection = "hqk/ascending", to = "hqk/ascending";
  int64_t blockSize = 128, topk = 16, group = 16, headDim = 128, indexDim = 128, pageSize = 128, splits = 4;
};

/// One op: its name, the text of a program of it, and which of a probe's members it reads.
struct ProbedOp {
  std::string name;
  std::string (*text)(const Probe &);
  std::vector<std::string> axes; ///< names of `ProbeAxis`
};
const std::vector<ProbedOp> &probedOps();

/// One member of a probe with values to try.
struct ProbeAxis {
  std::string name;
  std::vector<std::string> values;
  void (*set)(Probe &, const std::string &);
};
const std::vector<ProbeAxis> &probeAxes();

} // namespace mlir::msa
#endif
