#!/usr/bin/env python3
"""Runs the compiled MiniMax-M3 examples, checks each against the fp64 reference, times it and prints one table.

  run_examples.py MSA_RUN ARTIFACTS        on the CPU, and on the GPU where this machine has one

Needs Python's standard library alone, so that the kit can carry it. Exits 1 when a result is wrong or nothing ran.
"""
import glob
import json
import os
import subprocess
import sys

# What msa-run is asked for, on a CPU (small, seconds) and on a GPU (what serving looks like).
CPU = {
    "m3_prefill": [["--batch=2", "--kv-len=512"]],
    "m3_prefill_attend": [["--batch=2", "--kv-len=512"]],
    "m3_chunked_prefill": [["--batch=2", "--q-len=256", "--kv-len=4096", "--ragged"]],
    "m3_decode": [["--batch=8", "--q-len=1", "--kv-len=8192"]],
    "m3_decode_attend": [["--batch=8", "--q-len=1", "--kv-len=8192"]],
}
GPU = {
    "m3_prefill": [["--batch=1", "--kv-len=8192"]],
    "m3_chunked_prefill": [["--batch=1", "--q-len=4096", "--kv-len=32768"]],
    "m3_decode": [["--batch=8", "--q-len=1", "--kv-len=32768"]],
    "m3_prefill_attend": [["--batch=1", "--kv-len=8192"], ["--batch=1", "--kv-len=32768"]],
    "m3_decode_attend": [["--batch=8", "--q-len=1", "--kv-len=32768"]],
}
COLUMNS = ["program", "target", "sizes", "max rel err", "rms err", "lse err", "selection", "verified", "median", "result"]
FLOATS = ("max_rel", "rms")


def has_gpu():
    """Whether the driver shows a GPU; asked by the kit too, so without tools/dev/features.py."""
    import ctypes

    try:
        cuda = ctypes.CDLL(os.environ.get("MSA_LIBCUDA_PATH", "libcuda.so.1"))
    except OSError:
        return False
    count = ctypes.c_int()
    return not cuda.cuInit(0) and not cuda.cuDeviceGetCount(ctypes.byref(count)) and count.value > 0


def run(msa_run, artifact, target, sizes):
    """msa-run's JSON results; one that says what went wrong where it printed none."""
    command = [msa_run, artifact, f"--target={target}", *sizes, "--verify", "--bench", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode and all(r["result"] != "FAILED" for r in results):
        name = os.path.basename(artifact).removesuffix(".msab")
        results.append({"program": name, "target": target, "sizes": "", "result": "FAILED",
                        "remarks": [f"exit code {done.returncode} of {' '.join(command)}"]})
    return results


def row(result):
    outputs = result.get("outputs", [])
    worst = {}  # (is it an LSE, error) -> the largest over the outputs
    for output in outputs:
        kind = "lse" if output.get("role", output["name"]).startswith("lse") else "output"
        for error in ("max_rel", "rms", "max_abs"):
            if isinstance(output.get(error), (int, float)):
                worst[kind, error] = max(worst.get((kind, error), 0), output[error])

    def number(key):
        return f"{worst[key]:.1e}" if key in worst else ""

    rows, total = result.get("rows_verified"), result.get("rows")
    us = result.get("time", {}).get("median_us")
    wrong = sum(o.get("wrong_rows", 0) for o in outputs if o.get("role") == "selection")
    selection = "" if all(o.get("role") != "selection" for o in outputs) else f"{wrong} wrong" if wrong else "equal"
    return [result["program"], result["target"], result["sizes"], number(("output", "max_rel")), number(("output", "rms")),
            number(("lse", "max_abs")), selection, "" if rows is None else f"all {rows}" if rows == total else f"{rows} of {total}",
            "" if us is None else f"{us:.1f} us" if us < 1e3 else f"{us / 1e3:.2f} ms", result["result"]]


def table(results):
    lines = [COLUMNS] + [row(r) for r in results]
    used = [c for c in range(len(COLUMNS)) if any(line[c] for line in lines[1:])]
    widths = [max(len(line[c]) for line in lines) for c in used]
    for line in lines:
        print("  ".join(line[c].ljust(w) for c, w in zip(used, widths)).rstrip())
    for result in results:
        for remark in result.get("remarks", []):
            print(f"{result['program']}, {result['target']}: {remark}")


def main(msa_run, artifacts):
    results, gpu = [], has_gpu()
    for path in sorted(glob.glob(os.path.join(artifacts, "*.msab"))):
        name = os.path.basename(path).removesuffix(".msab")
        for sizes in CPU.get(name, []):
            results += run(msa_run, path, "cpu", sizes)
        for sizes in GPU.get(name, []) if gpu else []:
            results += run(msa_run, path, "auto", sizes)
    if results:
        table(results)
    if not gpu:
        print("no NVIDIA GPU here: the PTX was compiled, not run")
    failed = [r for r in results if r["result"] != "passed"]
    print(f"{len(results) - len(failed)} of {len(results)} results agree with the fp64 reference")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
