"""ptxas finds a register for everything in the index recipe, whatever the shape: nothing spills. These shapes did, or nearly do."""
import re

import pytest

import msac
from msac.testing import Case, Problem, scores_graph

pytestmark = pytest.mark.usefixtures("compiler")

PREFILL = [
    dict(num_kv_heads=4, index_dim=128, block_size=128, page_size=128),  # the shape that the model was first fitted to
    dict(num_kv_heads=24, index_dim=128, block_size=256, kv_layout="dense", q_layout="dense"),
    dict(num_kv_heads=24, index_dim=128, block_size=128, kv_layout="packed", has_kv_lens=False),
    dict(num_kv_heads=7, index_dim=256, block_size=256, kv_layout="packed", has_cu_seqlens_k=True),
    dict(num_kv_heads=1, index_dim=256, block_size=64, kv_layout="dense", q_layout="dense"),
    dict(num_kv_heads=1, index_dim=192, block_size=128, kv_layout="dense", q_layout="dense", has_kv_lens=False),
    dict(num_kv_heads=32, index_dim=128, block_size=32, kv_layout="packed", has_cu_seqlens_k=True),
    dict(num_kv_heads=48, index_dim=192, block_size=256, page_size=16, causal=False),
    dict(num_kv_heads=64, index_dim=256, block_size=16, page_size=16),
]
DECODE = [
    dict(num_kv_heads=8, index_dim=256, block_size=48, kv_layout="dense", causal=False),
    dict(num_kv_heads=33, index_dim=128, block_size=256, page_size=256),
    dict(num_kv_heads=3, index_dim=192, block_size=80, page_size=16),
]


def problem(q_layout="ragged", kv_layout="paged", page_size=0, **numbers):
    return Problem(dtype="bf16", group=1, topk=2, q_layout=q_layout, kv_layout=kv_layout, page_size=page_size, **numbers)


def check(graph, target):
    use = msac.compile(graph.text, target=target, assemble=True, explain=True).notes().get("registers")
    if use is None:
        pytest.skip("no ptxas")
    assert re.fullmatch(r"index_score: \d+ registers a thread, 0 bytes spilled, \d+ bytes of stack", use.strip()), use


@pytest.mark.parametrize("target", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("numbers", PREFILL)
def test_prefill(numbers, target):
    check(scores_graph(problem(**numbers)), target)


@pytest.mark.parametrize("target", ["sm_80", "sm_90a"])
@pytest.mark.parametrize("numbers", DECODE)
@pytest.mark.parametrize("q_len", [None, 4])
def test_decode(numbers, q_len, target):
    """Sizes that only the run knows, or 3 requests of 4 tokens."""
    asked = problem(q_layout="uniform", **numbers)
    case = Case(asked, (q_len,) * 3, (4000, 3000, 1)) if q_len else None
    check(scores_graph(asked, case), target)
