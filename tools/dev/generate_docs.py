#!/usr/bin/env python3
"""Keeps what the README lists the same as what the code says: a block between two markers is written by this script.

  generate_docs.py ROOT MSA_OPT            rewrites the blocks of ROOT/README.md
  generate_docs.py ROOT MSA_OPT --check    exits 1, with the command that mends it, if that would change anything
"""
import importlib.util
import pathlib
import re
import subprocess
import sys


def support(root, msa_opt):
    """The verifiers' own table (dialects/Msa/IR/MsaSupport.def), printed by msa-opt."""
    run = subprocess.run([msa_opt, "--msa-support-matrix"], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{msa_opt} --msa-support-matrix: {run.stderr.strip()}")
    return run.stdout.strip()


def targets_support(root, msa_opt):
    """What each target can do for each op: the answers of the pass that decides, printed by msa-compile."""
    msa_compile = pathlib.Path(msa_opt).with_name("msa-compile")
    run = subprocess.run([msa_compile, "--support"], capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{msa_compile} --support: {run.stderr.strip()}")
    return run.stdout.strip()


def phases(root, msa_opt):
    """The phases, in order (include/msa/Pipelines/Phases.def)."""
    text = (root / "include/msa/Pipelines/Phases.def").read_text()
    rows = re.findall(r'^MSA_PHASE\(\w+, "(.*?)", "(.*?)", "(.*?)", "(.*?)"\)', text, re.M)
    routes = {"G": "GPU", "C": "CPU", "R": "reader"}
    table = [f"| `{flag}` | {', '.join(routes[r] for r in where)} | {what} | {maker} |" for flag, where, what, maker in rows]
    return "\n".join(["| phase | on the way to | what the IR looks like | made by |", "|---|---|---|---|"] + table)


def targets(root, msa_opt):
    """The chips (lib/Support/GpuSpec.cpp)."""
    text = (root / "lib/Support/GpuSpec.cpp").read_text()
    return ", ".join(["`cpu`"] + [f"`{chip}`" for chip in re.findall(r'\{"(sm_\w+)"', text)])


def knobs(root, msa_opt):
    """The environment variables (python/msac/config.py)."""
    spec = importlib.util.spec_from_file_location("knobs", root / "python/msac/config.py")
    module = sys.modules["knobs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = [f"| `{knob.variable}` | {knob.meaning} |" for knob in module.KNOBS.values()]
    return "\n".join(["| variable | meaning |", "|---|---|"] + rows)


BLOCKS = {"support": support, "phases": phases, "targets": targets, "targets-support": targets_support, "knobs": knobs}


def main(root, msa_opt, check=False):
    readme = root / "README.md"
    old = new = readme.read_text()
    for name, write in BLOCKS.items():
        block = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.S)
        new, count = block.subn(lambda m: m.group(1) + write(root, msa_opt) + "\n" + m.group(2), new)
        if count != 1:
            sys.exit(f"{readme}: expects one block '{name}', but has {count}")
    if check and old != new:
        sys.exit(f"{readme}: a generated block is not what the code says; mend it with: tools/dev/generate_docs.py . {msa_opt}")
    if not check:
        readme.write_text(new)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2], "--check" in sys.argv[3:])
