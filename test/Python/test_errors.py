"""What goes wrong is an exception that says what was expected and found, and carries an id."""
import os
import subprocess
import sys

import numpy as np
import pytest

import msac
from conftest import ROOT
from msac import reference
from msac.testing import Case, Problem, attend_graph, random_selection

SMALL = Problem(dtype="f32", num_kv_heads=2, group=2, head_dim=64, block_size=16, topk=4, page_size=16)
CASE = Case(SMALL, (1, 3), (40, 70), seed=1)
GRAPH = attend_graph(SMALL, contract=("hqk", "any"))
MALFORMED = "func.func @main(%q: tensor<8x64x128xbf16>) -> tensor<8x64x128xbf16> {\n  return %nothing : tensor<8x64x128xbf16>\n}\n"


@pytest.fixture(scope="module")
def artifact(compiler):
    return msac.compile(GRAPH.text, target="cpu")


@pytest.fixture(scope="module")
def program(artifact, runtime):
    return artifact.program(target="cpu")


def operands(**changed):
    arrays = {**CASE.arrays, "selected": random_selection(CASE, 5, ascending=False), **changed}
    return [arrays[name] for name in GRAPH.inputs]


# The compiler


def test_text_that_does_not_parse(compiler):
    with pytest.raises(msac.CompileError) as caught:
        msac.compile(MALFORMED)
    first = caught.value.diagnostics[0]
    assert first.severity == "error" and "undeclared" in first.message and ":2:" in first.location


def test_a_graph_that_breaks_a_constraint(compiler):
    """Both values stand in the message: 48 does not fit 3 heads."""
    text = attend_graph(Problem(dtype="f32", num_kv_heads=3, group=2, head_dim=64, block_size=16, topk=4, page_size=16)).text
    with pytest.raises(msac.CompileError) as caught:
        msac.compile(text.replace("tensor<3x?x4xi32>", "tensor<5x?x4xi32>"))
    error = next(d for d in caught.value.diagnostics if d.severity == "error")
    assert "3" in error.message and "5" in error.message and error.location


def test_an_unknown_target(compiler):
    with pytest.raises(msac.CompileError, match="sm_9000") as caught:
        msac.compile(GRAPH.text, target="sm_9000")
    assert caught.value.id == "unknown-target"


def test_an_unknown_option(compiler):
    with pytest.raises(msac.CompileError, match="optoins"):
        msac.compile(GRAPH.text, target="cpu", optoins=1)


def test_what_a_target_cannot_do_has_a_reason(compiler):
    assert msac.check_support(GRAPH.text, "cpu") == ""
    reason = msac.check_support(GRAPH.text, "sm_80")  # no tensor-core product of f32
    assert reason.startswith("[") and " needs " in reason and ", but " in reason
    with pytest.raises(msac.CompileError) as caught:
        msac.compile(GRAPH.text, target="sm_80")
    assert caught.value.id and f"[{caught.value.id}]" in reason


def test_support_of_a_malformed_graph_is_an_error(compiler):
    with pytest.raises(msac.CompileError, match="undeclared"):
        msac.check_support(MALFORMED, "cpu")


def test_compiling_where_it_is_forbidden(monkeypatch):
    monkeypatch.setenv("MSA_NO_JIT", "1")
    with pytest.raises(msac.MsaError) as caught:
        msac.compile(GRAPH.text)
    assert caught.value.id == "no-jit"


# The artifact


def test_an_artifact_saved_and_loaded_is_the_same(artifact, program, tmp_path):
    artifact.save(tmp_path / "a.msab")
    again = msac.load(tmp_path / "a.msab")
    assert again.programs == artifact.programs == [("main", "cpu")] and "LLVM" in again.producer
    first, second = program.run(*operands()), again.program().run(*operands())
    assert all(a.tobytes() == b.tobytes() for a, b in zip(first, second))


@pytest.mark.parametrize("keep", [0.5, 0.99, 0.01])
def test_an_artifact_cut_short(artifact, tmp_path, keep):
    path = tmp_path / "cut.msab"
    path.write_bytes(artifact.text[:int(len(artifact.text) * keep)])
    with pytest.raises(msac.ArtifactError) as caught:
        msac.load(path)
    assert caught.value.id == "artifact-truncated"


def test_a_file_that_is_no_artifact(tmp_path):
    for content in (b"ELF", b"[1, 2]", b"{}", b'{"format": "msa-artifact"}'):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(msac.ArtifactError) as caught:
            msac.load(tmp_path / "x")
        assert caught.value.id == "artifact-format", content


def test_an_artifact_of_another_version(artifact, tmp_path):
    (tmp_path / "x").write_bytes(artifact.text.replace(b'"version": 1', b'"version": 99', 1))
    with pytest.raises(msac.ArtifactError, match="needs version 1, but found 99") as caught:
        msac.load(tmp_path / "x")
    assert caught.value.id == "artifact-version"


def test_an_artifact_that_was_altered(artifact, runtime):
    """Only the runtime looks at the checksum, and it does so before anything is run."""
    altered = msac.Artifact(artifact.text.replace(b'"main"', b'"mean"', 1))
    with pytest.raises(msac.ArtifactError):
        altered.program()


def test_a_program_that_is_not_there(artifact, runtime):
    with pytest.raises(msac.MsaError, match="decode") as caught:
        artifact.program("decode")
    assert caught.value.id == "no-program"
    with pytest.raises(msac.MsaError, match="sm_90a") as caught:
        artifact.program(target="sm_90a")
    assert caught.value.id == "no-target"


# The arrays


def test_too_few_and_too_many(program):
    with pytest.raises(msac.ArgumentError, match="is missing"):
        program.run(*operands()[:-1])
    with pytest.raises(msac.ArgumentError, match="expects 7 inputs"):
        program.run(*operands(), np.zeros(3))
    with pytest.raises(msac.ArgumentError, match="colour is none of them"):
        program.run(*operands(), colour=np.zeros(3))


def test_arguments_by_name(program):
    named = dict(zip((argument.name for argument in program.inputs), operands()))
    for first, second in zip(program.run(*operands()), program.run(**named)):
        assert first.tobytes() == second.tobytes()


def test_a_wrong_dtype_names_both(program):
    with pytest.raises(msac.ArgumentError, match="expects dtype float32, but it is float64"):
        program.run(*operands(q=np.zeros((4, 4, 64))))
    with pytest.raises(msac.ArgumentError, match="expects dtype int32, but it is int64"):
        program.run(*operands(seqused_k=np.array([40, 70])))


def test_bits_are_no_bf16(compiler, runtime):
    problem = Problem(**{**SMALL.__dict__, "dtype": "bf16"})
    graph = attend_graph(problem)
    arrays = {**Case(problem, (1,), (40,)).arrays, "selected": np.zeros((2, 1, 4), np.int32)}
    arrays["q"] = arrays["q"].view(np.uint16)
    with pytest.raises(msac.ArgumentError, match=r"array.view\(msac.bf16\)"):
        msac.compile(graph.text, target="cpu").program().run(*(arrays[name] for name in graph.inputs))


def test_a_wrong_rank_or_size(program):
    with pytest.raises(msac.ArgumentError, match=r"its shape is \[4, 64\]"):
        program.run(*operands(q=np.zeros((4, 64), np.float32)))
    with pytest.raises(msac.ArgumentError, match="96"):
        program.run(*operands(q=np.zeros((4, 4, 96), np.float32)))


def test_a_last_stride_that_is_not_one_is_copied_in_but_not_out(program):
    q = CASE.arrays["q"]
    turned = np.empty((*q.shape[:-1], 2 * q.shape[-1]), q.dtype)[..., ::2]
    turned[...] = q
    expected = program.run(*operands())
    assert program.run(*operands(q=turned))[0].tobytes() == expected[0].tobytes()
    with pytest.raises(msac.ArgumentError, match="expects a last stride of 1"):
        program.run(*operands(), out=(turned, None))


def test_outputs_that_do_not_fit(program):
    with pytest.raises(msac.ArgumentError, match="expects 2 outputs"):
        program.run(*operands(), out=np.zeros((4, 4, 64), np.float32))
    with pytest.raises(msac.ArgumentError, match="shape"):
        program.run(*operands(), out=(np.zeros((5, 4, 64), np.float32), None))
    frozen = np.zeros((4, 4, 64), np.float32)
    frozen.flags.writeable = False
    with pytest.raises(msac.ArgumentError, match="read-only"):
        program.run(*operands(), out=(frozen, None))


@pytest.mark.parametrize("row, match", [
    ([0, 0, -1, -1], r"each block once, but \[1, 2, 1\] is 0 again"),
    ([0, 6, -1, -1], r"blocks below 6, but \[1, 2, 1\] is 6"),
    ([-1, 1, -1, -1], r"-1 only as a suffix, but \[1, 2, 1\] is 1 after one"),
])
def test_a_broken_selection_is_found_when_checking(program, row, match):
    selected = np.full((2, 4, 4), -1, np.int32)
    selected[1, 2] = row
    assert CASE.max_blocks == 5 + 1
    with pytest.raises(msac.ArgumentError, match=match) as caught:
        program.run(*operands(selected=selected), check=True)
    assert caught.value.id == "debug-check"


@pytest.mark.parametrize("name, value, match", [
    ("seqused_k", [40, 97], r"'seqused_k': expects 0 to 96 keys, but \[1\] is 97"),
    ("seqused_k", [-1, 70], r"but \[0\] is -1"),
    ("cu_seqlens_q", [0, 5, 4], r"at most 4 tokens, but \[1\] is 5"),
    ("cu_seqlens_q", [0, 3, 2], r"ascending values, but \[2\] is 2 after 3"),
    ("cu_seqlens_q", [1, 2, 4], r"0 first, but \[0\] is 1"),
    ("cu_seqlens_q", [0, 4], r"2 requests, as other operands have, but it has 1"),
    ("page_table", [[0, 1, 2, 0, 0, 0], [3, 4, 5, 6, 77, 0]], r"'page_table': expects pages below \d+, but \[1, 4\] is 77"),
])
def test_bad_lengths_and_pages_are_found_when_checking(program, name, value, match):
    assert CASE.arrays["page_table"].shape == (2, 6)
    arrays = operands(**{name: np.array(value, np.int32)})
    with pytest.raises(msac.ArgumentError, match=match) as caught:
        program.run(*arrays, check=True)
    assert caught.value.id == "debug-check"
    try:
        msac.config.debug = True
        with pytest.raises(msac.ArgumentError, match=match):
            program.run(*arrays)
    finally:
        msac.config.debug = None
    assert "MSA_DEBUG" not in os.environ


def test_good_inputs_pass_the_checks(program):
    for checked, unchecked in zip(program.run(*operands(), check=True), program.run(*operands())):
        assert checked.tobytes() == unchecked.tobytes()


# The GPU's driver


def test_a_missing_driver_is_named(compiler, runtime, tmp_path):
    """In a process of its own, since a driver is opened once. The machine's own driver, if any, is hidden."""
    problem = Problem(group=16, page_size=128)
    (tmp_path / "graph.mlir").write_text(attend_graph(problem).text)
    script = """
import sys, msac
artifact = msac.compile(sys.argv[1], target="sm_90a")
try:
    artifact.program(target="sm_90a")
except msac.DriverError as error:
    print(error.id, error)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "MSA_LIBCUDA_PATH": str(tmp_path / "libcuda.so.1")}
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "graph.mlir")], env=environment, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("driver-missing ") and str(tmp_path) in done.stdout, done.stdout
