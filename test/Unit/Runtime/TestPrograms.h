//===- TestPrograms.h - programs for the runtime's tests --------*- C++ -*-===//
#ifndef MSA_TEST_UNIT_RUNTIME_TESTPROGRAMS_H
#define MSA_TEST_UNIT_RUNTIME_TESTPROGRAMS_H
#include "msa/Artifact/Manifest.h"
#include <fstream>
#include <iterator>

namespace msa {

inline std::string fileBytes(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The program of TestProgram.cpp.
inline Program scaleProgram() {
  Program program;
  program.name = "scale";
  program.target = "cpu";
  program.arguments = {{"x", Dtype::F32, {kDynamic, kDynamic}, false, {}},
                       {"n", Dtype::I32, {1}, false, {}},
                       {"out0", Dtype::F32, {kDynamic, kDynamic}, true, {Expr::dim(0, 0), Expr::dim(0, 1)}}};
  program.modules = {{"elf", "x86-64", fileBytes(MSA_TEST_PROGRAM)}};
  program.cpuEntry = "msa_scale";
  return program;
}

/// A GPU program with one kernel and one temporary, without code that would run.
inline Program gpuProgram(const char *target = "sm_80") {
  Program program;
  program.name = "attend";
  program.target = target;
  program.arguments = {
      {"q", Dtype::BF16, {kDynamic, 4, 64}, false, {}},
      {"kv", Dtype::BF16, {kDynamic, 128}, false, {}},
      {"out0", Dtype::BF16, {kDynamic, 4, 64}, true, {Expr::dim(0, 0), Expr::constant(4), Expr::constant(64)}}};
  program.temporaries = {{Dtype::F32, {Expr::constant(3)}},
                         {Dtype::F32, {Expr::constant(2), Expr::dim(0, 0), Expr::constant(4)}}};
  LaunchSpec launch;
  launch.kernel = "split";
  launch.grid[0] = Expr::binary(Expr::Kind::CeilDiv, Expr::dim(0, 0), Expr::constant(2));
  launch.grid[1] = Expr::constant(4);
  launch.grid[2] = Expr::constant(1);
  launch.threads = 128;
  launch.smemBytes = 1024;
  ParamSpec q, stride, value, partial, partialStride, size, scale;
  q.view = {false, 0, {}};
  stride.kind = ParamSpec::Kind::Stride, stride.view = q.view, stride.dimension = 0;
  value.view = {false, 1, {0, 64}}; // the second half of an interleaved cache
  partial.view = {true, 1, {}};
  partialStride.kind = ParamSpec::Kind::Stride, partialStride.view = partial.view, partialStride.dimension = 0;
  size.kind = ParamSpec::Kind::Size, size.expr = Expr::dim(1, 0);
  scale.kind = ParamSpec::Kind::F32, scale.number = 0.125;
  launch.params = {q, stride, value, partial, partialStride, size, scale};
  launch.alignBytes = {16, 16, 16};
  program.launches = {launch};
  program.modules = {{"ptx", target, ".version 7.0\n"}};
  return program;
}

} // namespace msa
#endif
