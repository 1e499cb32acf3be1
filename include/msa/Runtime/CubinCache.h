//===- CubinCache.h - what PTX was assembled to, on disk --------*- C++ -*-===//
//
// One file a module and GPU, named by what it was made of. An entry that is cut, changed or refused by the driver is removed and made again,
// and a folder that cannot be written only costs time: nothing here is an error. Any number of processes may share the folder, and anybody
// may empty it at any time.
//
//===----------------------------------------------------------------------===//
#ifndef MSA_RUNTIME_CUBINCACHE_H
#define MSA_RUNTIME_CUBINCACHE_H
#include "msa/Artifact/Manifest.h"
#include "msa/Runtime/Device.h"
#include <optional>
#include <string>

namespace msa {

class CubinCache {
public:
  /// In `folder`; without one it holds nothing.
  explicit CubinCache(std::string folder) : folder(std::move(folder)) {}
  /// MSA_CACHE_DIR (empty: no cache), else $XDG_CACHE_HOME/msa, else $HOME/.cache/msa.
  static CubinCache ofEnvironment();

  bool enabled() const { return !folder.empty(); }
  /// Where the entry of `key` is.
  std::string pathOf(const std::string &key) const;
  /// The entry, whole, or nothing.
  std::optional<std::string> find(const std::string &key) const;
  /// Writes a file of its own and renames it, so that readers see all of it or nothing.
  void store(const std::string &key, const std::string &cubin) const;
  void discard(const std::string &key) const;

private:
  std::string folder;
};

/// What turns PTX into a cubin at load time: the ptxas at MSA_PTXAS_PATH if that is set, else the driver.
class PtxAssembler {
public:
  explicit PtxAssembler(const Device &device);
  /// Everything that decides what comes out: the assembler and its version, the GPU, the PTX.
  std::string keyOf(const ModuleSpec &ptx) const;
  /// The cubin, or nothing and why. The device's context is current.
  std::optional<std::string> assemble(const ModuleSpec &ptx, std::string &error) const;
  bool isPtxas() const { return !ptxas.empty(); }

private:
  std::string chipOf(const ModuleSpec &ptx) const;
  std::optional<std::string> link(const std::string &ptx, std::string &error) const;
  std::optional<std::string> runPtxas(const ModuleSpec &ptx, std::string &error) const;

  const Device &device;
  std::string ptxas;
};

} // namespace msa
#endif
