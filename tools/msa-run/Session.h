//===- Session.h - the steps of one msa-run ---------------------*- C++ -*-===//
#ifndef MSA_TOOLS_MSA_RUN_SESSION_H
#define MSA_TOOLS_MSA_RUN_SESSION_H
#include "Options.h"
#include "Report.h"

namespace msa {

/// Runs one program name of the manifest on the targets asked for: inputs, run, comparison, timing.
class Session {
public:
  Session(const Manifest &manifest, const RunOptions &options) : manifest(manifest), options(options) {}
  /// One result a target.
  std::vector<RunResult> run(const std::string &name);

private:
  std::string makeInputs(const Program &program);
  std::string loadInputs(const Program &program);
  std::string saveTensors(const Program &program) const;
  RunResult runOn(const std::string &name, const std::string &target);
  std::string runAndCompare(std::shared_ptr<const Executable> executable, RunResult &result);
  std::string execute(std::shared_ptr<const Executable> executable, RunResult &result);
  void verify(const Program &program, RunResult &result);
  std::vector<int64_t> chooseRows(const Program &program, const reference::Interpreter &interpreter, int64_t totalQ,
                                  double flops) const;

  const Manifest &manifest;
  const RunOptions &options;
  std::vector<reference::OwnedTensor> loaded; ///< from --inputs
  reference::RandomInputs random;             ///< else
  std::vector<reference::Tensor> tensors;     ///< one an argument
  std::vector<TensorRef> refs;
  std::string sizes;
};

} // namespace msa
#endif
