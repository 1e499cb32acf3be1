#!/usr/bin/env python3
"""How long each recipe takes from MLIR to PTX: processor time of msa-compile, a process a compilation, on one core.

  compile_times.py MSA_COMPILE [--targets=sm_80,sm_90a] [--limit=S] [--repeat=N] [--random=N] [--only=WORD]

Prints a markdown table: a row a recipe, seconds for each target, at the MiniMax-M3 shape and at the slowest of some at the ends of what the dialect
accepts; with --random, also at the slowest of N shapes drawn as gpu_suite.py draws them. A graph's kernels are compiled together: the seconds are those
of all of them, and the limit counts for each. Exits 1 where a kernel took longer than the limit, or where nothing was compiled.
"""
import argparse
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
from msac.testing import Case, Problem, stages  # noqa: E402
from msac.testing.graphs import attend_graph  # noqa: E402

M3 = Problem(num_kv_heads=4, group=16)
#: What is served, and the ends of what the dialect accepts.
M3_LABEL = "M3"
SHAPES = {
    M3_LABEL: M3,
    "group 64, dim 256, index dim 256": Problem(group=64, head_dim=256, index_dim=256),
    "8 KV heads, group 1, dim 64, block 16, k 64, pages of 16": Problem(num_kv_heads=8, group=1, head_dim=64, index_dim=64, block_size=16, topk=64,
                                                                page_size=16),
    "f16, group 5, dim 96, block 80, k 3, dense, not causal": Problem(dtype="f16", group=5, head_dim=96, index_dim=96, block_size=80, topk=3,
                                                                      kv_layout="dense", causal=False),
    "2 KV heads, group 8, dim 192, block 256, k 33, packed": Problem(num_kv_heads=2, group=8, head_dim=192, index_dim=192, block_size=256, topk=33,
                                                                kv_layout="packed", has_cu_seqlens_k=True),
}


def graphs(problem):
    """{recipe: text}: prefill has ragged queries, decode one token a request."""
    decode = dataclasses.replace(problem, q_layout="dense")
    case = Case(problem, (70, 130), (70, 130) if problem.kv_layout == "packed" else (900, 900))
    one = Case(decode, (1, 1), (900, 900))
    outer = {"strategy": '#msa.strategy<kind = prefill_kv_outer, target = "any">'}
    stage = lambda name, of=case, **more: stages.graph(stages.Variant(name, **more), of.problem, of).text  # noqa: E731
    return {
        "index_score, prefill": stage("scores"),
        "index_score, decode": stage("scores", one, static=True),
        "select_top_k": stage("select"),
        "index and selection, prefill": stage("select_fused"),
        "index and selection, decode": stage("select_fused", one, static=True),
        "build_k2q": stage("transpose", slots=True, max_queries=64),
        "relayout_rows": stage("relayout", contract=("qhk", "any"), to=("hqk", "ascending")),
        "prefill_query_tile": stage("attend"),
        "prefill_kv_outer": attend_graph(problem, more=outer).text,
        "decode_split_kv": stage("attend", one, static=True),
        "combine": stage("combine", splits=8),
    }


def compile_once(msa_compile, text, target):
    """(processor seconds, kernels), or (None, why not)."""
    core = min(os.sched_getaffinity(0))
    process = subprocess.Popen([msa_compile, "-", f"--target={target}", "--emit=ptx", "--no-progress"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    before = os.times()
    ptx, said = process.communicate(text)
    after = os.times()
    if process.returncode:
        return None, said.strip().split("\n")[0]
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, re.findall(r"\.entry (\w+)", ptx)


def drawn(count):
    """(label, recipe, text) of random problems."""
    import gpu_suite
    for n in range(count):
        stage = ("attend", "scores", "attend", "select", "transpose")[n % 5]
        problem, variant, mode = gpu_suite.draw(n, stage)
        text = stages.graph(variant, problem, gpu_suite.draw_cases(n, problem, variant, mode, 1)[0]).text
        yield f"random {n}: {mode}, group {problem.group}, dim {problem.head_dim}, block {problem.block_size}, {problem.kv_layout}", stage, text


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("msa_compile")
    parser.add_argument("--targets", default="sm_80,sm_90a")
    parser.add_argument("--limit", type=float, default=1.0)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    targets = options.targets.split(",")
    named = [(label, recipe, text) for label, problem in SHAPES.items() for recipe, text in graphs(problem).items()]
    rows, complaints, measured = {}, [], 0
    for label, recipe, text in [*named, *drawn(options.random)]:
        if options.only not in f"{label}: {recipe}":
            continue
        for target in targets:
            runs = [compile_once(options.msa_compile, text, target) for _ in range(options.repeat)]
            seconds, kernels = min(runs, key=lambda run: run[0] or 0)
            if seconds is None:
                print(f"refused: {recipe} ({label}) for {target}: {kernels}", file=sys.stderr)
                continue
            measured += bool(kernels)
            if kernels and seconds / len(kernels) > options.limit:
                complaints.append(f"{recipe} ({label}) takes {seconds:.2f} s for {target}, {len(kernels)} kernels: over {options.limit} s each")
            column = 0 if label == M3_LABEL else 1 if label in SHAPES else 2
            row = rows.setdefault(recipe, {"kernels": len(kernels), "cells": {}})
            row["kernels"] = max(row["kernels"], len(kernels))
            row["cells"][column, target] = max(row["cells"].get((column, target), 0), seconds)
    columns = ["M3 shape", "slowest of the others"] + (["slowest of the random ones"] if options.random else [])
    print(f"| asked for | kernels | {' | '.join(columns)} |\n|---|---|" + "---|" * len(columns))
    for recipe, row in rows.items():
        cells = [" / ".join(f"{row['cells'][n, target]:.2f}" for target in targets if (n, target) in row["cells"]) for n in range(len(columns))]
        print(f"| {recipe} | {row['kernels']} | {' | '.join(cells)} |")
    for line in complaints:
        print(line)
    sys.exit(1 if complaints or not measured else 0)


if __name__ == "__main__":
    main()
