"""The command line and Python meet in files: the same artifact on the same inputs gives the same bytes, and msa-run's own fp64
reference, which shares no code with msac.reference, agrees with what came out."""
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

import msac
from conftest import ROOT
from msac.testing import attend_graph, attention_graph, random_case, random_selection

MSA_RUN = Path(os.environ.get("MSA_BUILD_DIR", ROOT / "build")) / "bin" / "msa-run"


@pytest.fixture(scope="module")
def msa_run(request, compiler, runtime):
    if not MSA_RUN.is_file():
        if request.config.getoption("--require-libraries"):
            pytest.fail(f"there is no {MSA_RUN}")
        pytest.skip(f"there is no {MSA_RUN}")
    return MSA_RUN


def as_file(array):
    """Row-major; bf16 as its bits."""
    return np.ascontiguousarray(array.view(np.uint16) if array.dtype == msac.bf16 else array)


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
@pytest.mark.parametrize("kind", ["attention", "attend"])
def test_msa_run_agrees(msa_run, tmp_path, kind, seed):
    case = random_case(seed)
    graph = {"attention": attention_graph, "attend": attend_graph}[kind](case.problem)
    artifact = msac.compile(graph.text, target="cpu")
    program = artifact.program(target="cpu")
    arrays = {**case.arrays, "selected": random_selection(case, seed)}
    inputs = [arrays[name] for name in graph.inputs]
    results = program.run(*inputs)

    artifact.save(tmp_path / "x.msab")
    (tmp_path / "in").mkdir()
    for argument, array in zip(program.inputs, inputs):
        np.save(tmp_path / "in" / f"{argument.name}.npy", as_file(array))
    done = subprocess.run([msa_run, tmp_path / "x.msab", "--target=cpu", "--verify", f"--inputs={tmp_path / 'in'}",
                           f"--outputs={tmp_path / 'out'}"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for argument, array in zip(program.outputs, results):
        written = np.load(tmp_path / "out" / f"{argument.name}.npy")
        assert written.tobytes() == as_file(array).tobytes(), argument.name


def test_msa_run_finds_a_broken_selection(msa_run, tmp_path):
    case = random_case(12)
    graph = attend_graph(case.problem)
    artifact = msac.compile(graph.text, target="cpu")
    artifact.save(tmp_path / "x.msab")
    arrays = {**case.arrays, "selected": np.full((case.problem.num_kv_heads, case.total_q, case.problem.topk), case.max_blocks, np.int32)}
    for argument, name in zip(artifact.program(target="cpu").inputs, graph.inputs):
        np.save(tmp_path / f"{argument.name}.npy", as_file(arrays[name]))
    done = subprocess.run([msa_run, tmp_path / "x.msab", "--check", f"--inputs={tmp_path}"], capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and f"[0, 0, 0] is {case.max_blocks}" in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize("seed", [12, 13])
def test_a_logged_call_runs_again(msa_run, tmp_path, seed):
    case = random_case(seed)
    graph = attend_graph(case.problem)
    artifact = msac.compile(graph.text, target="cpu")
    artifact.save(tmp_path / "x.msab")
    arrays = {**case.arrays, "selected": random_selection(case, seed)}
    msac.config.log_inputs = str(tmp_path / "calls")
    try:
        results = artifact.program(target="cpu").run(*(arrays[name] for name in graph.inputs))
    finally:
        msac.config.log_inputs = None
    (call,) = (tmp_path / "calls").iterdir()
    done = subprocess.run([msa_run, tmp_path / "x.msab", f"--inputs={call}", f"--outputs={tmp_path / 'out'}"], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for argument, array in zip(artifact.program(target="cpu").outputs, results if isinstance(results, tuple) else (results,)):
        assert np.load(tmp_path / "out" / f"{argument.name}.npy").tobytes() == as_file(array).tobytes(), argument.name
