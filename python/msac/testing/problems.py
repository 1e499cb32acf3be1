"""Problems and their data: what a program is compiled for, and one ragged batch to run it on.

A `Problem` is what the compiler knows; a `Case` adds lengths, memory layout and a seed, and makes the arrays. A case is a
few plain values: its `repr` is all that is needed to meet it again. What a kernel must not read is NaN: spare pages, rows
past a request's end, and the gaps between strided rows.
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Dict, Optional, Tuple

import numpy as np

from ..dtypes import cast, numpy_dtype

#: How a K and V cache can lie in memory, by what their strides look like.
CACHE_MEMORY = ("plain", "padded", "interleaved", "stacked", "swapped")
QUERY_MEMORY = ("plain", "fused", "swapped")
DATA = ("normal", "integers", "equal", "large")


@dataclass(frozen=True)
class Problem:
    """What is known when a program is compiled; names and defaults as `include/msa/Support/Problem.h`."""

    dtype: str = "bf16"
    num_kv_heads: int = 1
    group: int = 16
    head_dim: int = 128
    index_dim: int = 128
    block_size: int = 128
    topk: int = 16
    sink_blocks: int = 0
    local_blocks: int = 1
    kv_layout: str = "paged"   # "packed", "dense", "paged"
    page_size: int = 128       # paged only
    q_layout: str = "ragged"   # "ragged": cu_seqlens_q; "uniform": packed, equal lengths; "dense": [batch, seqlen_q, ...]
    has_kv_lens: bool = True   # seqused_k is given (always, where paged)
    has_cu_seqlens_k: bool = False  # packed only; without it there is one request
    causal: bool = True
    softmax_scale: Optional[float] = None
    index_scale: Optional[float] = None

    def __post_init__(self):
        if self.kv_layout == "paged" and not self.has_kv_lens:
            raise ValueError("a paged problem needs has_kv_lens")
        if self.has_cu_seqlens_k and self.kv_layout != "packed":
            raise ValueError(f"has_cu_seqlens_k is for packed caches, but the layout is {self.kv_layout}")

    @property
    def num_q_heads(self) -> int:
        return self.num_kv_heads * self.group


@dataclass(frozen=True)
class Case:
    """One ragged batch of a problem. Lengths are tokens of each request."""

    problem: Problem
    q_lens: Tuple[int, ...]
    kv_lens: Tuple[int, ...]
    seed: int = 0
    data: str = "normal"
    cache_memory: str = "plain"
    query_memory: str = "plain"
    spare: int = 2               # pages (or rows, or keys) that no request owns

    def __post_init__(self):
        problem = self.problem
        if len(self.q_lens) != len(self.kv_lens):
            raise ValueError("q_lens and kv_lens differ in length")
        if problem.q_layout != "ragged" and len(set(self.q_lens)) > 1:
            raise ValueError(f"q_layout {problem.q_layout} needs equal q_lens, but they are {self.q_lens}")
        if problem.kv_layout == "packed" and not problem.has_cu_seqlens_k and len(self.q_lens) != 1:
            raise ValueError(f"a packed cache without cu_seqlens_k is of one request, but there are {len(self.q_lens)}")
        if problem.kv_layout == "dense" and not problem.has_kv_lens and len(set(self.kv_lens)) > 1:
            raise ValueError(f"a dense cache without seqused_k needs equal kv_lens, but they are {self.kv_lens}")

    @cached_property
    def arrays(self) -> Dict[str, np.ndarray]:
        """"q", "k", "v", "index_query", "index_key", and of "cu_seqlens_q", "cu_seqlens_k", "page_table", "seqused_k" those it has."""
        return _make_arrays(self)

    @property
    def batch(self) -> int:
        return len(self.q_lens)

    @property
    def total_q(self) -> int:
        return sum(self.q_lens)

    @property
    def batch_arrays(self) -> Dict[str, np.ndarray]:
        """The lengths and the page table: the optional operands that every op takes."""
        names = ("cu_seqlens_q", "cu_seqlens_k", "page_table", "seqused_k")
        return {name: self.arrays[name] for name in names if name in self.arrays}

    @property
    def max_blocks(self) -> int:
        """Blocks that the cache has room for in one request: the last dimension of the scores."""
        index_key = self.arrays["index_key"]
        if self.problem.kv_layout == "packed":
            capacity = index_key.shape[0]
        elif self.problem.kv_layout == "dense":
            capacity = index_key.shape[1]
        else:
            capacity = self.arrays["page_table"].shape[1] * self.problem.page_size
        return -(-capacity // self.problem.block_size)


def _make_arrays(case: Case) -> Dict[str, np.ndarray]:
    problem, rng = case.problem, np.random.default_rng(case.seed)
    arrays = dict(_queries(case, rng))
    if problem.q_layout == "ragged":
        arrays["cu_seqlens_q"] = _prefix_sums(case.q_lens)
    place = {"packed": _place_packed, "dense": _place_dense, "paged": _place_paged}[problem.kv_layout]
    shape, owned, more = place(case, rng)
    arrays.update(_caches(case, rng, shape, owned))
    arrays.update(more)
    if problem.has_kv_lens:
        arrays["seqused_k"] = np.array(case.kv_lens, dtype=np.int32)
    return arrays


def _prefix_sums(lengths) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _values(case: Case, rng, shape) -> np.ndarray:
    """Float32 values. "integers" are exact in every dtype and in any order of summation, and full of ties."""
    if case.data == "equal":
        row = rng.integers(-2, 3, size=shape[-1:])
        return np.broadcast_to(row, shape).astype(np.float32)
    if case.data == "integers":
        return rng.integers(-2, 3, size=shape).astype(np.float32)
    return rng.standard_normal(shape, dtype=np.float32) * (3.0 if case.data == "large" else 1.0)


def _poisoned(shape, dtype: str) -> np.ndarray:
    return np.full(shape, cast(np.float32(np.nan), dtype), dtype=numpy_dtype(dtype))


def _queries(case: Case, rng):
    problem = case.problem
    lead = (case.batch, case.q_lens[0] if case.q_lens else 0) if problem.q_layout == "dense" else (case.total_q,)
    for name, heads, dim in (("q", problem.num_q_heads, problem.head_dim),
                             ("index_query", problem.num_kv_heads, problem.index_dim)):
        shape = (*lead, heads, dim)
        if case.query_memory == "fused":  # a projection's output: q beside k and v of the same token
            view = _poisoned((*lead, heads + 2, dim), problem.dtype)[..., 1:heads + 1, :]
        elif case.query_memory == "swapped":
            view = np.swapaxes(_poisoned((*lead[:-1], heads, lead[-1], dim), problem.dtype), -3, -2)
        else:
            view = _poisoned(shape, problem.dtype)
        view[...] = cast(_values(case, rng, shape), problem.dtype)
        yield name, view


def _place_packed(case: Case, rng):
    """Rows one request after the other; with seqused_k, a request may own more rows than it uses."""
    slack = [case.spare if case.problem.has_kv_lens else 0] * case.batch
    starts = _prefix_sums([length + extra for length, extra in zip(case.kv_lens, slack)])
    exact = not (case.problem.has_cu_seqlens_k or case.problem.has_kv_lens)  # then total_k is the length of the one request
    total = int(starts[-1]) + (0 if exact else case.spare)
    owned = np.zeros(total, dtype=bool)
    for start, length in zip(starts, case.kv_lens):
        owned[start:start + length] = True
    return (total,), owned, {"cu_seqlens_k": starts} if case.problem.has_cu_seqlens_k else {}


def _place_dense(case: Case, rng):
    longest = max(case.kv_lens, default=0)
    seqlen_k = longest + (case.spare if case.problem.has_kv_lens else 0)
    owned = np.arange(seqlen_k) < np.array(case.kv_lens, dtype=int).reshape(-1, 1)
    return (case.batch, seqlen_k), owned, {}


def _place_paged(case: Case, rng):
    """Pages in random order. Entries of the table past a request's end name a spare page, which is all NaN."""
    page_size = case.problem.page_size
    counts = [-(-length // page_size) for length in case.kv_lens]
    max_pages = max(max(counts, default=0) + case.spare // 2, 1)
    num_pages = sum(counts) + max(case.spare, 1)
    order = rng.permutation(num_pages)
    table = np.full((case.batch, max_pages), order[-1], dtype=np.int32)
    owned = np.zeros((num_pages, page_size), dtype=bool)
    start = 0
    for b, (count, length) in enumerate(zip(counts, case.kv_lens)):
        pages = order[start:start + count]
        table[b, :count] = pages
        for i, page in enumerate(pages):
            owned[page] = np.arange(page_size) < length - i * page_size
        start += count
    return (num_pages, page_size), owned, {"page_table": table}


def _caches(case: Case, rng, rows, owned) -> Dict[str, np.ndarray]:
    """K, V and index K; `rows` is how the rows are arranged, `owned` says which of them hold a key."""
    problem = case.problem
    heads, dim = problem.num_kv_heads, problem.head_dim
    per_row = [_values(case, rng, (*rows, heads, dim)) for _ in range(2)]
    index_rows = _values(case, rng, (*rows, problem.index_dim))
    heads_first = problem.kv_layout == "paged"  # [num_pages, num_kv_heads, page_size, head_dim]
    logical = (rows[0], heads, rows[1], dim) if heads_first else (*rows, heads, dim)

    def row_major(view):
        """A cache seen as [..., num_kv_heads, head_dim] with its rows first."""
        return np.swapaxes(view, 1, 2) if heads_first else view

    memory = case.cache_memory
    if memory == "interleaved":  # each row K|V
        both = _poisoned((*logical[:-1], 2 * dim), problem.dtype)
        views = both[..., :dim], both[..., dim:]
    elif memory == "stacked":    # each page (or row) a K and a V
        both = _poisoned((logical[0], 2, *logical[1:]), problem.dtype)
        views = both[:, 0], both[:, 1]
    elif memory == "swapped":    # rows and heads the other way round in memory
        axes = (1, 2) if len(logical) == 4 else (0, 1)
        shape = list(logical)
        shape[axes[0]], shape[axes[1]] = shape[axes[1]], shape[axes[0]]
        views = tuple(np.swapaxes(_poisoned(shape, problem.dtype), *axes) for _ in range(2))
    elif memory == "padded":
        views = tuple(_poisoned((*logical[:-1], dim + 8), problem.dtype)[..., :dim] for _ in range(2))
    else:
        views = tuple(_poisoned(logical, problem.dtype) for _ in range(2))
    for view, values in zip(views, per_row):
        row_major(view)[owned] = cast(values, problem.dtype)[owned]

    extra = 0 if memory == "plain" else 8
    index_key = _poisoned((*rows, problem.index_dim + extra), problem.dtype)[..., :problem.index_dim]
    index_key[owned] = cast(index_rows, problem.dtype)[owned]
    return {"k": views[0], "v": views[1], "index_key": index_key}


def random_selection(case: Case, seed: int, ascending: bool = True) -> np.ndarray:
    """A valid selection [num_kv_heads, total_q, topk] that no scores stand behind: rows empty, short and full, and among them
    blocks that a query cannot see."""
    rng = np.random.default_rng(seed)
    problem = case.problem
    selected = np.full((problem.num_kv_heads, case.total_q, problem.topk), -1, dtype=np.int32)
    for row in selected.reshape(-1, problem.topk):
        count = min(rng.integers(0, problem.topk + 1), case.max_blocks)
        ids = rng.permutation(case.max_blocks)[:count]
        row[:count] = np.sort(ids) if ascending else ids
    return selected
