"""A kernel from MLIR to PTX takes well under a second on one core; this fails where that is lost by far, on a busy machine too."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

MSA_COMPILE = Path(os.environ.get("MSA_BUILD_DIR", ROOT / "build")) / "bin" / "msa-compile"
SCRIPT = ROOT / "tools" / "dev" / "compile_times.py"


def run(*options):
    return subprocess.run([sys.executable, SCRIPT, MSA_COMPILE, *options], capture_output=True, text=True, timeout=300)


@pytest.mark.usefixtures("compiler")
@pytest.mark.parametrize("target", ["sm_80", "sm_90a"])
def test_each_recipe_compiles_fast(target):
    done = run(f"--targets={target}", "--limit=2.5")
    print(done.stdout + done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\n| ") == 11, done.stdout  # every recipe has its row


@pytest.mark.usefixtures("compiler")
def test_what_is_slow_is_named():
    done = run("--targets=sm_80", "--limit=0.001", "--only=M3: combine")
    assert done.returncode == 1 and "combine (M3) takes " in done.stdout and ": over 0.001 s each" in done.stdout, done.stdout
