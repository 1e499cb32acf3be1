//===- CpuFeatures.h - what CPU code may need beyond x86-64 -----*- C++ -*-===//
#ifndef MSA_SUPPORT_CPUFEATURES_H
#define MSA_SUPPORT_CPUFEATURES_H

/// X(name) for each instruction set that an artifact's CPU code may use and not every x86-64 CPU has, as LLVM and `__builtin_cpu_supports` spell
/// it. The compiler records those it may use; the runtime refuses code that asks for one that the machine lacks, which would end in SIGILL.
#define MSA_CPU_FEATURES(X)                                                                                            \
  X("sse4.2")                                                                                                          \
  X("popcnt")                                                                                                          \
  X("avx") X("avx2") X("fma") X("f16c") X("bmi") X("bmi2") X("avx512f") X("avx512cd") X("avx512bw") X("avx512dq")      \
      X("avx512vl") X("avx512ifma") X("avx512vbmi") X("avx512vbmi2") X("avx512vnni") X("avx512bitalg")                 \
          X("avx512vpopcntdq") X("avx512bf16") X("avx512fp16")

#endif
