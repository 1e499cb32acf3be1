"""lit: every file test. Features gate what this machine may lack; test.sh lists which were found and which not."""
import os
import sys

import lit.formats

config.name = "MSA"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Unit", "Python", "Inputs"]  # Unit has its own lit.cfg.py, Python its pytest
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.msa_obj_root, "test")

bin_dir = os.path.join(config.msa_obj_root, "bin")
lib_dir = os.path.join(config.msa_obj_root, "lib")
# FileCheck, not, count, split-file, mlir-opt and mlir-tblgen stand in LLVM's tool folder.
config.environment["PATH"] = os.pathsep.join([bin_dir, config.llvm_tools_dir, os.environ.get("PATH", "")])
for name in ("HOME", "CUDA_HOME", "MSA_PTXAS_PATH", "CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
config.environment["FILECHECK_OPTS"] = "--enable-var-scope"

config.substitutions += [
    ("%src", config.msa_src_root),
    ("%bin", bin_dir),
    ("%lib", lib_dir),
    ("%python", config.python),
    ("%llvm_include", os.path.join(os.path.dirname(config.llvm_tools_dir), "include")),
    ("%plugin", os.path.join(lib_dir, "MsaPlugin.so")),
]

sys.path.insert(0, os.path.join(config.msa_src_root, "tools", "dev"))
import features  # noqa: E402

config.substitutions.append(("%ptxas", str(features.ptxas())))
config.available_features |= features.found(config.msa_obj_root, config.msa_build_compiler)
