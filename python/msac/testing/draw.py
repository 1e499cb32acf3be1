"""The random walk through the space of problems, told once and driven by anything that can choose.

`random_case(seed)` drives it by NumPy; the property tests drive it by hypothesis, which can then shrink what fails.
"""
from __future__ import annotations

from typing import Optional, Sequence

import numpy as np

from .problems import CACHE_MEMORY, DATA, QUERY_MEMORY, Case, Problem

HEAD_DIMS = (64, 96, 128, 192, 256)


class Chooser:
    """Whatever makes the choices. Earlier items are the simpler ones: what a shrinker goes for."""

    def one_of(self, items: Sequence):
        raise NotImplementedError

    def integer(self, low: int, high: int) -> int:
        raise NotImplementedError


class RandomChooser(Chooser):
    def __init__(self, seed: int):
        self._rng = np.random.default_rng(seed)

    def one_of(self, items):
        return items[int(self._rng.integers(len(items)))]

    def integer(self, low, high):
        return int(self._rng.integers(low, high + 1))


def draw_problem(choose: Chooser, *, dtypes=("f32", "bf16", "f16"), kv_layouts=("packed", "dense", "paged"),
                 q_layouts=("ragged", "uniform", "dense"), max_group: int = 64,
                 lengths_given: bool = False) -> Problem:
    """Any problem within the ranges of the contract. `lengths_given`: the requests' keys are known without a cache's shape, as
    an op needs that has no cache among its operands."""
    block_size = choose.one_of((16, 32, 64, 128, 48, 256, 80))
    topk = choose.one_of((2, 4, 1, 3, 8, 16, 5, 32, 64))
    local_blocks = choose.integer(1, min(topk, 3))
    sink_blocks = choose.integer(0, min(topk - local_blocks, 2))
    kv_layout = choose.one_of(kv_layouts)
    pages = [block_size, block_size // 2, 2 * block_size, block_size // 4, 16, 1]
    fitting = [p for p in pages if block_size % p == 0 or p % block_size == 0]
    has_kv_lens = kv_layout == "paged" or choose.one_of((False, True))
    has_cu_seqlens_k = kv_layout == "packed" and choose.one_of((True, False))
    if lengths_given and not has_cu_seqlens_k:
        has_kv_lens = True
    return Problem(
        dtype=choose.one_of(dtypes),
        num_kv_heads=choose.one_of((1, 2, 4, 3)),
        group=choose.one_of([g for g in (1, 2, 4, 16, 8, 5, 32, 64) if g <= max_group]),
        head_dim=choose.one_of(HEAD_DIMS),
        index_dim=choose.one_of(HEAD_DIMS),
        block_size=block_size, topk=topk, sink_blocks=sink_blocks, local_blocks=local_blocks, kv_layout=kv_layout,
        page_size=choose.one_of(fitting) if kv_layout == "paged" else 0,
        q_layout=choose.one_of(q_layouts),
        has_kv_lens=has_kv_lens,
        has_cu_seqlens_k=has_cu_seqlens_k,
        causal=choose.one_of((True, False)),
        softmax_scale=choose.one_of((None, 0.0625, 0.3)),
        index_scale=choose.one_of((None, 0.125)))


def draw_case(choose: Chooser, problem: Problem, *, data: Optional[Sequence[str]] = None, max_requests: int = 4,
              max_q_len: int = 0, work: int = 1 << 22) -> Case:
    """One ragged batch: lengths 0, 1, around a block, beyond what the selection can hold, queries before the first key.

    `work` bounds rows times keys read, so that a case takes well under a second in the reference too.
    """
    block = problem.block_size
    longest = min((problem.topk + 3) * block, 6144)
    kv_choices = (1, block, block + 1, block - 1, 2 * block, 0, longest, longest - 1, -1)
    q_choices = (1, 2, 0, 4, 16, 7, block, block + 1, block - 1, 3 * block + 5, -1)
    max_q = max_q_len or 800
    alone = problem.kv_layout == "packed" and not problem.has_cu_seqlens_k
    batch = 1 if alone else choose.integer(1, max_requests)

    def length(choices, low, high):
        picked = choose.one_of(choices)
        return max(low, min(high, choose.integer(low, high) if picked < 0 else picked))

    kv_lens = [length(kv_choices, 0, longest) for _ in range(batch)]
    per_query = problem.num_q_heads * min(max(kv_lens) + 1, (problem.topk + 1) * block)
    room = max(1, work // per_query // batch)
    q_lens = [length(q_choices, 0, min(max_q, room)) for _ in range(batch)]
    if problem.q_layout != "ragged":
        q_lens = [q_lens[0]] * batch
    if problem.kv_layout == "dense" and not problem.has_kv_lens:
        kv_lens = [kv_lens[0]] * batch
    return Case(problem, tuple(q_lens), tuple(kv_lens), seed=choose.integer(0, 2**31 - 1),
                data=choose.one_of(data or DATA), cache_memory=choose.one_of(CACHE_MEMORY),
                query_memory=choose.one_of(QUERY_MEMORY), spare=choose.integer(0, 5))


def random_case(seed: int, **limits) -> Case:
    """The case of this seed; `limits` as `draw_problem`."""
    choose = RandomChooser(seed)
    return draw_case(choose, draw_problem(choose, **limits))
