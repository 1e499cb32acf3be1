#include "FakeCuda.h"

FakeCuda *fakeCuda() { return nullptr; }
