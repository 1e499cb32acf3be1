//===- TestProgram.cpp - a CPU program with the compiler's ABI -------------===//
//
// scale(x: f32[?, ?], n: i32[1]) -> f32[?, ?]: out = x * n, one row an item of the parallel loop.
//
//===----------------------------------------------------------------------===//
#include <cstdint>

namespace {
template <int rank> struct MemRef {
  void *allocated, *aligned;
  int64_t offset, sizes[rank], strides[rank];
};
struct Context {
  MemRef<2> *x, *out;
  MemRef<1> *n;
};

void scaleRow(int64_t row, void *opaque) {
  auto &context = *static_cast<Context *>(opaque);
  auto *x = static_cast<float *>(context.x->aligned) + context.x->offset + row * context.x->strides[0];
  auto *out = static_cast<float *>(context.out->aligned) + context.out->offset + row * context.out->strides[0];
  int32_t n = static_cast<int32_t *>(context.n->aligned)[context.n->offset];
  for (int64_t i = 0; i < context.x->sizes[1]; ++i)
    out[i * context.out->strides[1]] = x[i * context.x->strides[1]] * float(n);
}
} // namespace

extern "C" {
__attribute__((visibility("default"))) void (*msa_parallel_for)(int64_t n, void (*body)(int64_t i, void *context),
                                                                void *context) = nullptr;

__attribute__((visibility("default"))) void msa_scale(void **descriptors) {
  Context context = {static_cast<MemRef<2> *>(descriptors[0]), static_cast<MemRef<2> *>(descriptors[2]),
                     static_cast<MemRef<1> *>(descriptors[1])};
  msa_parallel_for(context.x->sizes[0], scaleRow, &context);
}
}
