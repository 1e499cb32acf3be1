//===- Options.h - msa-run's command line -----------------------*- C++ -*-===//
#ifndef MSA_TOOLS_MSA_RUN_OPTIONS_H
#define MSA_TOOLS_MSA_RUN_OPTIONS_H
#include "msa/Reference/RandomInputs.h"

namespace msa {

struct RunOptions {
  std::string artifact;        ///< path of the .msab
  std::string program;         ///< "" : all
  std::string target = "auto"; ///< "auto", "all" or one of the artifact's
  int device = 0;
  bool list = false, check = false, verify = false, bench = false, perLaunch = false, deterministic = false,
       json = false;
  int repeat = 1;
  int64_t verifyRows = 0;      ///< query tokens to verify; 0: as many as take a few seconds
  std::string inputs, outputs; ///< folders of .npy files
  reference::RandomSettings random;
};

/// Reads the command line. "" or what is wrong; sets `help` where --help was given.
std::string parseOptions(int count, char **texts, RunOptions &options, bool &help);
/// What --help prints.
const char *helpText();

} // namespace msa
#endif
