//===- MeaningPrograms.cpp - CPU programs that interpret their meaning -----===//
#include "../Reference/TestMeanings.h"
#include "msa/Reference/Interpreter.h"
#include <atomic>
#include <cstdio>
#include <cstdlib>

using namespace msa;
using namespace msa::reference;

/// An MLIR memref descriptor of any rank.
static Tensor tensorOf(const ArgumentSpec &spec, void *descriptor) {
  auto *words = static_cast<int64_t *>(descriptor);
  auto *address = reinterpret_cast<char *>(words[1]) + words[2] * byteSize(spec.dtype);
  size_t rank = spec.shape.size();
  return Tensor(address, elementOf(spec.dtype), {words + 3, words + 3 + rank},
                {words + 3 + rank, words + 3 + 2 * rank});
}

static void interpret(const Program &program, void **descriptors) {
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < program.arguments.size(); ++i)
    tensors.push_back(tensorOf(program.arguments[i], descriptors[i]));
  Interpreter interpreter(program, tensors);
  std::string problem = interpreter.run();
  if (!problem.empty()) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    std::abort();
  }
  for (size_t i = 0; i < tensors.size(); ++i)
    for (int64_t j = 0; program.arguments[i].isOutput && j < tensors[i].numElements(); ++j)
      tensors[i].set(tensors[i].offsetOf(j), interpreter.expected(int(i)).get(j));
}

extern "C" {
__attribute__((visibility("default"))) void run_decode(void **descriptors) { interpret(decodeMeaning(), descriptors); }
__attribute__((visibility("default"))) void run_prefill(void **descriptors) {
  interpret(prefillMeaning(), descriptors);
}

/// One value of the output's last row is off by an eighth.
__attribute__((visibility("default"))) void run_wrong(void **descriptors) {
  Program program = prefillMeaning();
  interpret(program, descriptors);
  Tensor out = tensorOf(program.arguments[5], descriptors[5]);
  if (!out.numElements()) return;
  int64_t last = out.offsetOf(out.numElements() - 1);
  out.set(last, out.get(last) + 0.125);
}

/// Within the tolerances, but never twice the same.
__attribute__((visibility("default"))) void run_unsteady(void **descriptors) {
  static std::atomic<int> round{0};
  Program program = prefillMeaning();
  interpret(program, descriptors);
  static_cast<uint16_t *>(tensorOf(program.arguments[5], descriptors[5]).data)[0] += uint16_t(round++ % 2);
}
}
