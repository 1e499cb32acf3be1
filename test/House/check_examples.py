#!/usr/bin/env python3
"""The examples in the op descriptions parse: check_examples.py ROOT [LLVM_INCLUDE].

An example shows an op without what makes its operands and without the op around it: names that are never defined and a
missing parent are the only faults allowed.
"""
import re
import subprocess

import check_documented as documented
import house

ALLOWED = "undeclared SSA value name|expects parent op"


def faults(example):
    """What msa-opt says of an example, as a snippet in a function or as a whole module."""
    best = None
    for source in (f"func.func @example() {{\n{example}\nreturn\n}}\n", example):
        run = subprocess.run(["msa-opt", "-", "-o", "/dev/null", "--verify-each=false"], input=source, capture_output=True, text=True)
        errors = re.findall(r"^<stdin>:\d+:\d+: error: (.*)$", run.stderr, re.M)
        errors = [e for e in errors if not re.search(ALLOWED, e)]
        if run.returncode and not errors and not re.search(ALLOWED, run.stderr):
            errors = [run.stderr.strip().split("\n")[0]]
        if best is None or len(errors) < len(best):
            best = errors
    return best


def check(root, include="/usr/lib/llvm-22/include"):
    findings, count = [], 0
    for td in sorted(root.glob("dialects/*/IR/*Ops.td")):
        if td.name != f"{td.parent.parent.name}Ops.td":
            continue
        for op, where in documented.own(documented.records(root, td, include), "Op", td.parent):
            for example in documented.EXAMPLE.findall(op["description"] or ""):
                count += 1
                where = str(where).removeprefix(str(root) + "/")
                findings += [f"{where}: the example of {op['opName']} does not parse: {fault}" for fault in faults(example)]
    return findings if count else [f"{root}: found no example"]


if __name__ == "__main__":
    house.main(check, "every example parses")
