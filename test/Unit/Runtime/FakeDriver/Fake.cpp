#include "FakeCuda.h"
#include <cstdlib>
#include <dlfcn.h>

/// Before main: the driver is opened once a process, by whoever is first.
static const bool chosen = setenv("MSA_LIBCUDA_PATH", MSA_FAKE_CUDA, 1) == 0;

FakeCuda *fakeCuda() {
  using State = FakeCuda *();
  auto *state = chosen ? reinterpret_cast<State *>(dlsym(dlopen(MSA_FAKE_CUDA, RTLD_NOW | RTLD_LOCAL), "fakeCudaState"))
                       : nullptr;
  return state ? state() : nullptr;
}
