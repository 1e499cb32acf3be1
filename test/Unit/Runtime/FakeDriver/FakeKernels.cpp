//===- FakeKernels.cpp - GpuPrograms.h's PTX again, in C++ -----------------===//
#include "FakeKernels.h"
#include <cstdint>
#include <cstring>

namespace {

void scale(unsigned block, unsigned threads, const FakeParam *params) {
  auto *x = params[0].as<float *>() + block * params[1].as<int64_t>(),
       *out = params[2].as<float *>() + block * params[3].as<int64_t>();
  for (int64_t i = 0; i < int64_t(threads) && i < params[4].as<int64_t>(); ++i) out[i] = x[i] * params[5].as<float>();
}

void pageSum(unsigned block, unsigned threads, const FakeParam *params) {
  auto *cache = params[0].as<float *>(), *out = params[5].as<float *>();
  auto *table = params[1].as<int32_t *>(), *lens = params[2].as<int32_t *>();
  int64_t maxPages = params[3].as<int64_t>(), pageSize = params[4].as<int64_t>();
  for (unsigned i = 0; i < threads; ++i) {
    float sum = 0;
    for (int64_t j = 0; j < lens[block]; ++j)
      sum += cache[(table[block * maxPages + j / pageSize] * pageSize + j % pageSize) * threads + i];
    out[block * threads + i] = sum;
  }
}

/// A box of bf16 {64, rows, 2} from row `firstRow` on, 16-byte chunks permuted within 128-byte rows.
void copyTile(unsigned, unsigned, const FakeParam *params) {
  auto map = params[0].as<FakeTensorMap>();
  auto *out = params[1].as<uint16_t *>();
  int64_t firstRow = params[2].as<int64_t>();
  for (int64_t half = 0; half < map.box[2]; ++half)
    for (int64_t row = 0; row < map.box[1]; ++row)
      for (int64_t i = 0; i < map.box[0]; ++i) {
        uint16_t value = 0;
        if (firstRow + row < int64_t(map.sizes[1]) && half < int64_t(map.sizes[2]))
          std::memcpy(&value,
                      reinterpret_cast<char *>(map.address) + (firstRow + row) * map.strides[1] +
                          half * map.strides[2] + i * 2,
                      2);
        int64_t chunk = map.swizzle == 3 ? (i / 8) ^ (row % 8) : i / 8;
        out[(half * map.box[1] + row) * map.box[0] + chunk * 8 + i % 8] = value;
      }
}

const FakeKernel kernels[] = {{"scale", {8, 8, 8, 8, 8, 4}, scale},
                              {"page_sum", {8, 8, 8, 8, 8, 8}, pageSum},
                              {"copy_tile", {128, 8, 8}, copyTile}};

} // namespace

const FakeKernel *findFakeKernel(const std::string &name) {
  for (const FakeKernel &kernel : kernels)
    if (name == kernel.name) return &kernel;
  return nullptr;
}
