#!/usr/bin/env python3
"""Random problems through compiled kernels, against the NumPy reference: made where there is a compiler, run where there is a GPU.

  gpu_suite.py make FOLDER [--count=N] [--stages=A,B] [--targets=sm_80,sm_90a] [--first=SEED] [--jobs=N] [--assemble] [--overlap=PERCENT]
  gpu_suite.py run  FOLDER [--cases=N] [--stages=A,B] [--jobs=N] [--log=FILE] [--only=SEED] [--sample=N]
  gpu_suite.py show FOLDER SEED    the graph of that seed

`make` draws N problems of each stage and a graph of it (msac.testing), compiles each for one of the targets in turn and keeps the artifact;
what is refused is kept by its id; with --overlap=0 long prefills are worked off from the keys' side. It goes on from what the folder holds. Target "reader" is the GPU recipe read as loops on the CPU.
With --assemble ptxas sees it too, and a register that spills or a warning of the C75xx kind is a failure.
`run` needs Python, NumPy and libmsart.so: each artifact gets several ragged batches, runs twice on each, must give the same bits and agree with
the reference; an output that a run leaves unwritten differs between the two. Prints a table by stage and exits 1 where anything failed or
nothing ran. A seed is all that is needed to meet a problem again; --log lists them with each case's errors.
"""
import argparse
import collections
import dataclasses
import gzip
import json
import os
import re
import sys
import time
from pathlib import Path

import numpy as np

import msac
from msac.testing import RandomChooser, draw_case, draw_problem, stages
from msac.testing.problems import DATA, Case, Problem
from workers import spread

DECODE_TOKENS = 16
# Shapes that are served, under tensor parallelism from 1 to 16 ranks: (KV heads, group).
SERVED = ((4, 16), (2, 16), (1, 16), (1, 8), (1, 4))


LONG_STAGES = ("scores", "select", "select_fused", "attention")
LONGEST = 16 * 16384  # keys: rows of 16K blocks


# A seed's problem, graph and cases.

def draw(seed, stage):
    """(problem, variant, mode): every third problem has a served shape; modes are decode, prefill and, now and then, long rows."""
    choose = RandomChooser(seed)
    mode = choose.one_of(("decode", "prefill"))
    if stage in LONG_STAGES and choose.integer(0, 7) == 7:
        problem = Problem(dtype=choose.one_of(("bf16", "f16")), num_kv_heads=1, group=1, head_dim=64, index_dim=64, block_size=16,
                          topk=choose.one_of((16, 1, 64, 33)), sink_blocks=0, page_size=choose.one_of((16, 128, 64)), q_layout="uniform",
                          causal=choose.one_of((True, False)))
        return problem, stages.draw_variant(choose, stage, problem), "long"
    problem = draw_problem(choose, dtypes=("bf16", "f16"),
                           q_layouts=("uniform", "dense") if mode == "decode" else ("ragged", "ragged", "uniform", "dense"), **stages.limits(stage))
    if choose.integer(0, 2) == 2:
        heads, group = choose.one_of(SERVED)
        page_size = choose.one_of((128, 128, 64, 16)) if problem.kv_layout == "paged" else 0
        problem = dataclasses.replace(problem, num_kv_heads=heads, group=group, head_dim=128, index_dim=128, block_size=128, topk=16,
                                      sink_blocks=0, local_blocks=1, page_size=page_size)
    return problem, stages.draw_variant(choose, stage, problem), mode


def draw_cases(seed, problem, variant, mode, count, small=False):
    """`count` cases; where sizes are written down, one with other data each time. `small`: short queries and contexts, for tools that watch
    every access."""
    choose = RandomChooser(seed + 1)
    if mode == "long":
        lengths = (LONGEST, LONGEST - 5, 16 * 4097, 16 * 8192 + 1, 100_000)
        tokens = choose.integer(1, 3)
        return [Case(problem, (tokens,), (LONGEST if variant.static else choose.one_of(lengths),), seed=seed + n, data=choose.one_of(DATA))
                for n in range(-(-count // 4))]
    limits = dict(max_q_len=DECODE_TOKENS if mode == "decode" else 400, work=1 << 21, max_requests=6)
    if variant.static:
        case = draw_case(choose, problem, **limits)
        return [dataclasses.replace(case, seed=case.seed + n, data=DATA[n % len(DATA)]) for n in range(count)]
    if variant.stage == "transpose":  # its number of rows is written down, the number of tokens is not
        case = draw_case(choose, problem, **limits)
        equal = problem.q_layout != "ragged"
        longest = 24 if small else 200
        lens = [[choose.integer(0, longest)] * case.batch if equal else [choose.integer(0, longest) for _ in range(case.batch)]
                for _ in range(count)]
        return [dataclasses.replace(case, seed=case.seed + n, q_lens=tuple(lens[n])) for n in range(count)]
    if small:
        limits = dict(max_q_len=3 if mode == "decode" else 40, work=1 << 14, max_requests=3)
    return [draw_case(choose, problem, **limits) for _ in range(count)]


def compile_one(task):
    """One seed: the line that the folder keeps of it."""
    folder, seed, stage, target, assemble, overlap = task
    problem, variant, mode = draw(seed, stage)
    graph = stages.graph(variant, problem, draw_cases(seed, problem, variant, mode, 1)[0])
    line = dict(seed=seed, stage=stage, mode=mode, target=target, problem=dataclasses.asdict(problem), variant=dataclasses.asdict(variant),
                inputs=graph.inputs, outputs=graph.outputs)
    options = dict(target="cpu", reader=True, recipe_target="sm_90a") if target == "reader" else dict(target=target, assemble=assemble)
    start = time.monotonic()
    try:
        artifact = msac.compile(graph.text, explain=True, overlap=overlap, **options)
    except msac.CompileError as error:
        return {**line, "refused": error.id or "?", "why": str(error)}
    name = f"{stage}-{seed}.msab.gz"
    (folder / name).write_bytes(gzip.compress(artifact.text, 6, mtime=0))
    registers = artifact.notes().get("registers", "")
    return {**line, "file": name, "compile_s": round(time.monotonic() - start, 2), "registers": registers,
            "complaints": [use for use in registers.split("\n") if "spilled" in use and ", 0 bytes spilled" not in use] + [str(d) for d in artifact.diagnostics if "C75" in d.message]}


def make(folder, arguments):
    folder.mkdir(parents=True, exist_ok=True)
    known = {(line["stage"], line["seed"]): line for line in lines_of(folder)}
    tasks = []
    for stage in arguments.stages:
        first = arguments.first + 1_000_000 * stages.STAGES.index(stage)
        tasks += [(folder, first + n, stage, arguments.targets[n % len(arguments.targets)], arguments.assemble, arguments.overlap)
                  for n in range(arguments.count) if (stage, first + n) not in known]
    broken = []
    with open(folder / "problems.jsonl", "a") as file:
        for task, line, why in spread(compile_one, tasks, arguments.jobs, limit_s=300):
            if line is None:
                broken.append(f"{task[2]}, seed {task[1]}, {task[3]}: the compiler {why}")
                continue
            file.write(json.dumps(line) + "\n")
            file.flush()
            known[line["stage"], line["seed"]] = line
    kept = [line for line in known.values() if line["stage"] in arguments.stages]
    refused = collections.Counter((line["stage"], line["refused"]) for line in kept if "refused" in line)
    print(f"{sum('file' in line for line in kept)} artifacts in {folder}; refused: "
          + (", ".join(f"{stage} [{id}] {count}" for (stage, id), count in sorted(refused.items())) or "none"))
    broken += [f"{line['stage']}, seed {line['seed']}, {line['target']}: refused without an id: {line['why']}"
               for line in kept if line.get("refused") == "?"]
    broken += [f"{line['stage']}, seed {line['seed']}, {line['target']}: {why}" for line in kept for why in line.get("complaints", ())]
    print("\n".join(broken))
    return 1 if broken else 0


def lines_of(folder):
    path = folder / "problems.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


# Running.

def run_one(task):
    """One artifact: its cases with their errors, and what went wrong (the first thing does end it)."""
    folder, line, count, small = task
    problem = Problem(**line["problem"])
    variant = stages.Variant(**{key: tuple(value) if isinstance(value, list) else value for key, value in line["variant"].items()})
    answer = dict(cases=[], strides=0, failed=None, load_s=0.0)
    start = time.monotonic()
    case = None
    try:
        artifact = msac.artifact.Artifact(gzip.decompress((folder / line["file"]).read_bytes()))
        program = artifact.program(target=artifact.programs[0][1])
        answer["load_s"] = time.monotonic() - start
        for n, case in enumerate(draw_cases(line["seed"], problem, variant, line["mode"], count, small)):
            try:
                answer["cases"].append(run_case(program, line, variant, case, case.seed + n))
            except msac.ArgumentError as error:
                if problem.q_layout != "dense" or not re.match(r"\[argument\] '(q|index_query)': expects rows that follow", str(error)):
                    raise
                answer["strides"] += 1
    except (AssertionError, msac.MsaError) as error:
        answer["failed"] = f"{str(error).strip()} ({variant}; {case})"
    return answer


def run_case(program, line, variant, case, seed):
    given = stages.inputs(variant, case, seed)
    operands = [given[name] for name in line["inputs"]]
    first = listed(program.run(*operands))
    again = [np.frombuffer(bytearray(b"\xa5" * array.nbytes), dtype=array.dtype).reshape(array.shape) for array in first]
    program.run(*operands, out=again)
    for name, one, two in zip(line["outputs"], first, again):
        bits = [np.frombuffer(array.tobytes(), np.uint8).reshape(array.size, array.itemsize) for array in (one, two)]
        apart = np.flatnonzero((bits[0] != bits[1]).any(axis=1))
        assert not len(apart), (f"output '{name}' differs from run to run in {len(apart)} of {one.size} values, first at "
                                f"{np.unravel_index(apart[0], one.shape)}: bytes {bits[0][apart[0]]} and {bits[1][apart[0]]}")
    return stages.judge(variant, case, given, dict(zip(line["outputs"], first)))


def listed(outputs):
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


# "refused": when compiled; "strides": batches whose query no plan takes, since a kernel sees the rows of all requests as one axis.
COLUMNS = ("stage", "mode", "target", "problems", "refused", "strides", "cases", "failed", "max rel", "rms", "lse", "scores", "ties")
ERRORS = ("max_rel", "rms", "lse", "scores", "rows")


def run(folder, arguments):
    lines = [line for line in lines_of(folder) if line["stage"] in arguments.stages and arguments.only in (None, line["seed"])]
    refused = collections.Counter((line["stage"], line["mode"], line["target"]) for line in lines if "refused" in line)
    compiled = [line for line in lines if "file" in line]
    if arguments.small:
        compiled = [line for line in compiled if not line["variant"]["static"] and line["mode"] != "long"]
    if arguments.sample:
        compiled = [line for stage in stages.STAGES for line in [l for l in compiled if l["stage"] == stage][:arguments.sample]]
    tally = collections.defaultdict(lambda: collections.Counter())
    failures, start = [], time.monotonic()
    log = open(arguments.log, "w") if arguments.log else None
    tasks = [(folder, line, arguments.cases, arguments.small) for line in compiled]
    for (_, line, *_), answer, why in spread(run_one, tasks, arguments.jobs, limit_s=arguments.limit, spoils=lambda answer: answer["failed"]):
        answer = answer or dict(cases=[], strides=0, failed=why)
        row = tally[line["stage"], line["mode"], line["target"]]
        row["problems"] += 1
        row["strides"] += answer["strides"]
        row["cases"] += len(answer["cases"]) + bool(answer["failed"])
        for errors in answer["cases"]:
            for name, error in errors.items():
                row[name] = row[name] + error if name == "rows" else max(row[name], error)
        if answer["failed"]:
            row["failed"] += 1
            failures.append(f"FAILED {line['stage']}, seed {line['seed']}, {line['target']}: {answer['failed']}")
        if log:
            log.write(json.dumps(dict(seed=line["seed"], stage=line["stage"], mode=line["mode"], target=line["target"], **answer)) + "\n")
            log.flush()
    print_table(tally, refused)
    total = sum(tally.values(), collections.Counter())
    print(f"{total['problems']} problems, {total['cases']} cases, {total['failed']} failed, {sum(refused.values())} refused when compiled, "
          f"{total['strides']} batches refused for their strides; {time.monotonic() - start:.0f} s; every case ran twice with the same bits")
    print("\n".join(failures[:arguments.show]))
    return 1 if failures or not total["cases"] else 0


def print_table(tally, refused):
    rows = [COLUMNS]
    for key in sorted(set(tally) | set(refused), key=lambda key: (stages.STAGES.index(key[0]), key)):
        row = tally[key]
        errors = [("" if name not in row else str(row[name]) if name == "rows" else f"{row[name]:.1e}") for name in ERRORS]
        rows.append((*key, *(str(n) for n in (row["problems"], refused[key], row["strides"], row["cases"], row["failed"])), *errors))
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("make", "run", "show"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("seed", type=int, nargs="?")
    parser.add_argument("--stages", type=lambda text: text.split(","), default=list(stages.STAGES))
    parser.add_argument("--targets", type=lambda text: text.split(","), default=["sm_80", "sm_90a"])
    parser.add_argument("--count", type=int, default=40, help="problems of each stage")
    parser.add_argument("--assemble", action="store_true", help="make: by ptxas, too")
    parser.add_argument("--overlap", type=int, default=90, help="make: what is said of the selections")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--cases", type=int, default=8, help="ragged batches of each problem")
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 16), help="0: in this process")
    parser.add_argument("--limit", type=float, default=120, help="seconds for one artifact")
    parser.add_argument("--only", type=int, help="run this seed alone")
    parser.add_argument("--sample", type=int, help="run the first few problems of each stage (for compute-sanitizer, with --jobs=0)")
    parser.add_argument("--small", action="store_true", help="run small batches, and no problem whose sizes are written down")
    parser.add_argument("--show", type=int, default=10, help="failures to print")
    parser.add_argument("--log", help="a JSON line for each artifact")
    arguments = parser.parse_args()
    if arguments.verb == "show":
        (line,) = [line for line in lines_of(arguments.folder) if line["seed"] == arguments.seed]
        problem, variant, mode = draw(arguments.seed, line["stage"])
        print(stages.graph(variant, problem, draw_cases(arguments.seed, problem, variant, mode, 1)[0]).text)
        return 0
    for stage in arguments.stages:
        if stage not in stages.STAGES:
            parser.error(f"expects stages of {', '.join(stages.STAGES)}, but got {stage}")
    return {"make": make, "run": run}[arguments.verb](arguments.folder, arguments)


if __name__ == "__main__":
    sys.exit(main())
