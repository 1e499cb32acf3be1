#!/usr/bin/env python3
"""What this machine has that some tests need. `found` serves lit and pytest; run as a program it prints the list.

A feature is a word; a test names it in a REQUIRES line and is skipped where it is missing:
  compiler     this build has the compiler (not so in the `runtime` preset)
  msa-compile, msa-run, msa-tune, msa-lsp-server, plugin   that door is built
  ptxas        NVIDIA's assembler: PTX is also assembled, and its registers and spills are read
  cuda         a driver and at least one GPU;  cuda-sm80, cuda-sm90  one of at least that capability
"""
import ctypes
import os
import shutil
import sys

DOORS = ["msa-compile", "msa-run", "msa-tune", "msa-lsp-server"]


def ptxas():
    """The assembler's path, searched as the compiler searches it; None where there is none."""
    places = [os.environ.get("MSA_PTXAS_PATH"), shutil.which("ptxas")]
    for home in (os.environ.get("CUDA_HOME"), os.environ.get("CUDA_ROOT"), "/usr/local/cuda"):
        places.append(home and os.path.join(home, "bin", "ptxas"))
    return next((p for p in places if p and os.access(p, os.X_OK)), None)


def gpu():
    """(capability as major*10+minor, None) of the first GPU, or (None, why there is none)."""
    try:
        cuda = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return None, "no NVIDIA driver (libcuda.so.1)"
    count, device, major, minor = (ctypes.c_int() for _ in range(4))
    if cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count)) or not count.value:
        return None, "an NVIDIA driver, but no GPU that it can use"
    cuda.cuDeviceGet(ctypes.byref(device), 0)
    cuda.cuDeviceGetAttribute(ctypes.byref(major), 75, device)  # COMPUTE_CAPABILITY_MAJOR
    cuda.cuDeviceGetAttribute(ctypes.byref(minor), 76, device)  # COMPUTE_CAPABILITY_MINOR
    return major.value * 10 + minor.value, None


def survey(build, compiler):
    """{feature: (found, what was found or why not)} for a build folder."""
    table = {"compiler": (compiler, "built" if compiler else "the `runtime` preset builds no compiler")}
    for door in DOORS:
        there = os.access(os.path.join(build, "bin", door), os.X_OK)
        table[door] = (there, "built" if there else "not built")
    there = os.path.exists(os.path.join(build, "lib", "MsaPlugin.so"))
    table["plugin"] = (there, "built" if there else "not built")
    path = ptxas()
    table["ptxas"] = (bool(path), path or "no ptxas in MSA_PTXAS_PATH, PATH or CUDA_HOME: PTX is checked as text only")
    capability, why = gpu()
    table["cuda"] = (capability is not None, why or f"compute capability {capability / 10}")
    for arch in (80, 90):
        enough = capability is not None and capability >= arch
        table[f"cuda-sm{arch}"] = (enough, "as cuda" if enough else why or f"the GPU has {capability / 10}")
    return table


def found(build, compiler):
    return {name for name, (there, _) in survey(build, compiler).items() if there}


if __name__ == "__main__":
    for name, (there, detail) in survey(sys.argv[1], True).items():
        print(f"  {'found  ' if there else 'missing'}  {name:<15} {detail}")
