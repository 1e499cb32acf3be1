"""The suite that runs compiled kernels on a GPU, tried on the CPU reader: the tool makes, runs, judges, and can fail."""
import json
import os
import re
import subprocess
import sys

import pytest

from conftest import ROOT

pytestmark = pytest.mark.usefixtures("compiler", "runtime")


def suite(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    return subprocess.run([sys.executable, str(ROOT / "tools/dev/gpu_suite.py"), *map(str, arguments)], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def make(folder, count, *more):
    return suite("make", folder, "--targets=reader", "--stages=attend,combine", f"--count={count}", "--jobs=2", *more)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    done = make(folder, 3)
    assert done.returncode == 0, done.stdout
    return folder


def test_runs_and_tells_what_ran(made, tmp_path):
    again = make(made, 4)  # goes on from three
    assert again.returncode == 0, again.stdout
    lines = [json.loads(line) for line in (made / "problems.jsonl").read_text().splitlines()]
    assert sorted(line["seed"] % 1_000_000 for line in lines) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert all(line["refused"] in ("no-recipe", "smem", "registers") for line in lines if "refused" in line)
    done = suite("run", made, "--cases=2", "--jobs=2", f"--log={tmp_path / 'log'}")
    assert done.returncode == 0, done.stdout
    compiled = [line for line in lines if "file" in line]
    assert f"{len(compiled)} problems, {2 * len(compiled)} cases, 0 failed, {len(lines) - len(compiled)} refused" in done.stdout
    log = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert sorted(line["seed"] for line in log) == sorted(line["seed"] for line in compiled)
    assert all(len(line["cases"]) == 2 and 0 < line["cases"][0]["max_rel"] < 2e-2 for line in log if line["stage"] == "combine")


def spoil(folder, change, stage, free_sizes=False):
    """Changes the line of one compiled problem of a stage; its seed."""
    path, chosen = folder / "problems.jsonl", None
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if chosen is None and "file" in line and line["stage"] == stage and not (free_sizes and line["variant"]["static"]):
            change(line)
            chosen = line["seed"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return chosen


def test_a_wrong_result_fails(tmp_path):
    make(tmp_path, 6)

    def judge_by_another_scale(line):
        line["problem"]["softmax_scale"] = 0.9

    seed = spoil(tmp_path, judge_by_another_scale, stage="attend", free_sizes=True)
    done = suite("run", tmp_path, "--cases=12", "--jobs=2", f"--only={seed}")
    assert done.returncode == 1
    assert re.search(rf"FAILED attend, seed {seed}, reader: .*off by", done.stdout), done.stdout


def test_a_process_that_dies_costs_its_own_problem(tmp_path):
    make(tmp_path, 2)

    def no_such_file(line):
        line["file"] = "absent.msab.gz"

    seed = spoil(tmp_path, no_such_file, stage="combine")
    done = suite("run", tmp_path, "--cases=1", "--jobs=2", "--stages=combine")
    assert done.returncode == 1
    assert re.search(rf"FAILED combine, seed {seed}, reader: its process died with exit code 1", done.stdout), done.stdout
    assert "2 problems, 2 cases, 1 failed" in done.stdout


def test_nothing_run_is_a_failure(tmp_path):
    done = suite("run", tmp_path)
    assert done.returncode == 1 and "0 problems" in done.stdout
