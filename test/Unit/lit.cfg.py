"""lit: every GoogleTest program below this folder of the build."""
import os

import lit.formats

config.name = "MSA-Unit"
config.suffixes = []
config.test_source_root = os.path.join(config.msa_obj_root, "test", "Unit")
config.test_exec_root = config.test_source_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
for name in ("HOME", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
