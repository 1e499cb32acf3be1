"""What the `msa` ops mean, in NumPy and float64.

A second opinion: written from the contracts alone, independent of `lib/Reference` and of the compiler, to be read more than
to be run. Arguments carry the operand and attribute names of the ops, and arrays may have any strides and any dtype that
`msac.dtypes` knows; results are float64 (ids: int32). Only rows that a request owns are ever read, so caches may hold
anything elsewhere.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import List, NamedTuple, Optional, Tuple

import numpy as np

from .dtypes import to_float64
from .errors import MsaError

NEG_INF = -np.inf


class SelectionError(MsaError, ValueError):
    """A selection breaks its contract: "selection-duplicate", "selection-range" or "selection-padding"."""


@dataclass(frozen=True)
class Request:
    """One request of a batch: its queries' rows among all tokens, and its keys."""

    index: int
    q_start: int
    q_len: int
    k_start: int  # packed caches only: row of its first key
    kv_len: int

    def position(self, t: int) -> int:
        """Where query `t` of this request sits: the last query sees the last key."""
        return self.kv_len - self.q_len + t


def requests(total_q: int, *, cu_seqlens_q=None, cu_seqlens_k=None, page_table=None, seqused_k=None,
             dense_batch: Optional[int] = None, capacity: Optional[int] = None) -> List[Request]:
    """The batch, request by request.

    `dense_batch`: the first dimension of a dense operand. `capacity`: keys of a request where no length says it (a dense
    cache's seqlen_k; a packed cache's total_k when there is one request).
    """
    batch = dense_batch if dense_batch is not None else 1
    for operand, count in ((page_table, 0), (seqused_k, 0), (cu_seqlens_k, 1), (cu_seqlens_q, 1)):
        if operand is not None:
            batch = len(operand) - count
    found = []
    for b in range(batch):
        if cu_seqlens_q is not None:
            q_start, q_end = int(cu_seqlens_q[b]), int(cu_seqlens_q[b + 1])
        else:
            q_start, q_end = b * (total_q // batch), (b + 1) * (total_q // batch)
        k_start = int(cu_seqlens_k[b]) if cu_seqlens_k is not None else 0
        if seqused_k is not None:
            kv_len = int(seqused_k[b])
        elif cu_seqlens_k is not None:
            kv_len = int(cu_seqlens_k[b + 1]) - k_start
        elif capacity is not None:
            kv_len = capacity
        else:
            raise ValueError("expected seqused_k, cu_seqlens_k or a dense cache, found none of them")
        found.append(Request(b, q_start, q_end - q_start, k_start, kv_len))
    return found


class Visible(NamedTuple):
    """What one query may look at."""

    keys: int    # keys [0, keys)
    blocks: int  # blocks [0, blocks)
    local: int   # its own block, or -1


def visible(request: Request, t: int, block_size: int, causal: bool) -> Visible:
    """Visible keys and blocks of query `t` of `request`."""
    position = request.position(t)
    keys = max(0, min(request.kv_len, position + 1)) if causal else request.kv_len
    blocks = -(-keys // block_size)
    anchor = min(position, request.kv_len - 1)
    return Visible(keys, blocks, anchor // block_size if anchor >= 0 else -1)


def _tokens(array) -> np.ndarray:
    """Queries as [total_q, heads, dim], float64; a dense [batch, seqlen_q, heads, dim] is packed."""
    array = to_float64(array)
    return array.reshape(-1, *array.shape[2:]) if array.ndim == 4 else array


def _layout(cache, page_table, per_head: bool) -> Tuple[str, int]:
    """"paged", "dense" or "packed", and the keys that one request can have. `per_head` caches have a heads dimension."""
    if page_table is not None:
        page_size = cache.shape[2] if per_head else cache.shape[1]
        return "paged", page_table.shape[1] * page_size
    if cache.ndim == (4 if per_head else 3):
        return "dense", cache.shape[1]
    return "packed", cache.shape[0]


def _rows(cache, request: Request, keys: int, page_table, head: Optional[int]) -> np.ndarray:
    """Rows [0, keys) of one request, [keys, dim] float64, of KV head `head` (None: an index cache, which has no heads)."""
    per_head = head is not None
    layout, _ = _layout(cache, page_table, per_head)
    j = np.arange(keys)
    if layout == "paged":
        if per_head:
            cache = cache[:, head]
        page_size = cache.shape[1]
        rows = cache[np.asarray(page_table)[request.index, j // page_size], j % page_size]
    else:
        rows = cache[request.index] if layout == "dense" else cache[request.k_start:request.k_start + keys]
        rows = (rows[:, head] if per_head else rows)[:keys]
    return to_float64(rows)


def _batch(query_shape, cache, total_q, page_table, per_head, cu_seqlens_q, cu_seqlens_k, seqused_k) -> List[Request]:
    layout, capacity = _layout(cache, page_table, per_head)
    dense_batch = query_shape[0] if len(query_shape) == 4 else cache.shape[0] if layout == "dense" else None
    return requests(total_q, cu_seqlens_q=cu_seqlens_q, cu_seqlens_k=cu_seqlens_k, page_table=page_table,
                    seqused_k=seqused_k, dense_batch=dense_batch, capacity=capacity)


def max_blocks(cache, page_table, block_size: int, per_head: bool = False) -> int:
    """Blocks that a request of this cache can have: the last dimension of the scores."""
    return -(-_layout(cache, page_table, per_head)[1] // block_size)


def index_scores(index_query, index_key, *, block_size: int, cu_seqlens_q=None, cu_seqlens_k=None, page_table=None,
                 seqused_k=None, softmax_scale: Optional[float] = None, causal: bool = True) -> np.ndarray:
    """scores[h, t, b]: the greatest scaled dot product of index query (t, h) with the visible keys of block b; -inf if none."""
    queries = _tokens(index_query)
    total_q, heads, dim = queries.shape
    scale = dim ** -0.5 if softmax_scale is None else float(np.float32(softmax_scale))
    scores = np.full((heads, total_q, max_blocks(index_key, page_table, block_size)), NEG_INF)
    for request in _batch(index_query.shape, index_key, total_q, page_table, False, cu_seqlens_q, cu_seqlens_k, seqused_k):
        keys = _rows(index_key, request, request.kv_len, page_table, None)
        for t in range(request.q_len):
            seen = visible(request, t, block_size, causal)
            if seen.keys == 0:
                continue
            token = request.q_start + t
            products = scale * (queries[token] @ keys[:seen.keys].T)  # [heads, keys]
            products = np.where(np.isnan(products), NEG_INF, products)
            scores[:, token, :seen.blocks] = np.maximum.reduceat(products, range(0, seen.keys, block_size), axis=1)
    return scores


def select_blocks(scores, *, block_size: int, topk: int, sink_blocks: int = 0, local_blocks: int = 1, causal: bool = True,
                  layout: str = "hqk", order: str = "ascending", cu_seqlens_q=None, cu_seqlens_k=None, page_table=None,
                  seqused_k=None, dense_batch: Optional[int] = None,
                  capacity: Optional[int] = None) -> Tuple[np.ndarray, np.ndarray]:
    """The ids each query keeps, and their scores (-inf in unused slots). Forced blocks first, then score descending, id ascending."""
    scores = np.asarray(scores, dtype=np.float64)
    heads, total_q, width = scores.shape
    batch = requests(total_q, cu_seqlens_q=cu_seqlens_q, cu_seqlens_k=cu_seqlens_k, page_table=page_table,
                     seqused_k=seqused_k, dense_batch=dense_batch,
                     capacity=width * block_size if capacity is None else capacity)
    ids = np.full((heads, total_q, topk), -1, dtype=np.int32)
    chosen_scores = np.full((heads, total_q, topk), NEG_INF)
    for request in batch:
        for t in range(request.q_len):
            seen = visible(request, t, block_size, causal)
            b = np.arange(seen.blocks)
            forced = b < sink_blocks
            if seen.local >= 0:
                forced |= (b > seen.local - local_blocks) & (b <= seen.local)
            for h in range(heads):
                token = request.q_start + t
                row = scores[h, token, :seen.blocks]
                ranked = np.where(np.isnan(row), NEG_INF, row) + 0.0  # -0.0 becomes 0.0
                best = np.lexsort((b, -ranked, ~forced))[:topk]  # the last key is the first to be looked at
                kept = _ordered(best, ranked, seen.local, order)
                ids[h, token, :len(kept)] = kept
                chosen_scores[h, token, :len(kept)] = row[kept]
    if layout == "qhk":
        ids, chosen_scores = ids.transpose(1, 0, 2).copy(), chosen_scores.transpose(1, 0, 2).copy()
    return ids, chosen_scores


def _ordered(chosen: np.ndarray, scores: np.ndarray, local: int, order: str) -> np.ndarray:
    """One row's ids in the order that a contract asks for. "any" is given ascending: what we produce."""
    chosen = np.sort(chosen)
    if order == "score":
        return chosen[np.argsort(-scores[chosen], kind="stable")]
    if order == "local_last":
        return np.concatenate([chosen[chosen != local], chosen[chosen == local]])
    return chosen


def check_selection(selected, max_blocks: int, layout: str = "hqk") -> None:
    """Raises SelectionError unless every row is unique ids in [0, max_blocks), then only -1."""
    rows = np.asarray(selected)
    rows = rows.transpose(1, 0, 2) if layout == "qhk" else rows
    for h, t in np.ndindex(*rows.shape[:2]):
        row = rows[h, t]
        valid = row[row >= 0]
        where = f"in the row of KV head {h}, query {t}"
        if (row[:len(valid)] < 0).any() or (row[len(valid):] != -1).any():
            raise SelectionError(f"[selection-padding] needs -1 only after the last id, but {row.tolist()} stands {where}")
        if len(np.unique(valid)) != len(valid):
            raise SelectionError(f"[selection-duplicate] needs every block at most once, but {row.tolist()} stands {where}")
        if len(valid) and valid.max() >= max_blocks:
            raise SelectionError(f"[selection-range] needs ids below {max_blocks}, but {valid.max()} stands {where}")


def softmax_rows(logits: np.ndarray, value: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """softmax(logits) . value and the natural-log LSE; logits [rows, keys], value [keys, dim]. No keys: 0 and -inf."""
    if logits.shape[1] == 0:
        return np.zeros((logits.shape[0], value.shape[1])), np.full(logits.shape[0], NEG_INF)
    top = logits.max(axis=1, keepdims=True)
    weights = np.exp(logits - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights @ value / total, (top + np.log(total))[:, 0]


def attend(query, key, value, selected, *, block_size: int, softmax_scale: Optional[float] = None, causal: bool = True,
           layout: str = "hqk", splits: int = 0, cu_seqlens_q=None, cu_seqlens_k=None, page_table=None,
           seqused_k=None) -> Tuple[np.ndarray, np.ndarray]:
    """Attention over the selected blocks: (output shaped as `query`, lse [total_q, num_q_heads]).

    With `splits` > 0, partials instead: [splits, total_q, num_q_heads, head_dim] and [splits, total_q, num_q_heads]; slot i
    of a row belongs to split i mod splits. A row is read up to its first -1.
    """
    queries = _tokens(query)
    total_q, num_q_heads, head_dim = queries.shape
    selected = np.asarray(selected)
    selected = selected.transpose(1, 0, 2) if layout == "qhk" else selected
    num_kv_heads = selected.shape[0]
    group = num_q_heads // num_kv_heads
    scale = head_dim ** -0.5 if softmax_scale is None else float(np.float32(softmax_scale))
    parts = max(splits, 1)
    output = np.zeros((parts, total_q, num_q_heads, value.shape[-1]))
    lse = np.full((parts, total_q, num_q_heads), NEG_INF)
    for request in _batch(query.shape, key, total_q, page_table, True, cu_seqlens_q, cu_seqlens_k, seqused_k):
        for h in range(num_kv_heads):
            keys = _rows(key, request, request.kv_len, page_table, h)
            values = _rows(value, request, request.kv_len, page_table, h)
            heads = slice(h * group, (h + 1) * group)
            for t in range(request.q_len):
                token = request.q_start + t
                seen = visible(request, t, block_size, causal).keys
                row = selected[h, token]
                ends = np.flatnonzero(row < 0)
                row = row[:ends[0]] if len(ends) else row
                for s in range(parts):
                    j = (row[s::parts, None].astype(np.int64) * block_size + np.arange(block_size)).ravel()
                    j = j[j < seen]
                    logits = scale * (queries[token, heads] @ keys[j].T)
                    output[s, token, heads], lse[s, token, heads] = softmax_rows(logits, values[j])
    if splits > 0:
        return output, lse
    return output[0].reshape(*query.shape[:-1], value.shape[-1]), lse[0]


def combine(partial, partial_lse) -> Tuple[np.ndarray, np.ndarray]:
    """Merges partials [splits, ..., dim] by their LSE [splits, ...]. A partial with LSE -inf counts for nothing, whatever it holds."""
    partial, partial_lse = to_float64(partial), to_float64(partial_lse)
    top = partial_lse.max(axis=0)
    shift = np.where(np.isneginf(top), 0.0, top)
    weights = np.exp(partial_lse - shift)
    total = weights.sum(axis=0)
    with np.errstate(divide="ignore"):
        lse = shift + np.log(total)
    kept = np.where(weights[..., None] > 0, partial, 0.0)
    output = (weights[..., None] * kept).sum(axis=0) / np.where(total > 0, total, 1.0)[..., None]
    return output, lse


def attention(query, key, value, index_query, index_key, *, block_size: int, topk: int, sink_blocks: int = 0,
              local_blocks: int = 1, softmax_scale: Optional[float] = None, index_scale: Optional[float] = None,
              causal: bool = True, cu_seqlens_q=None, cu_seqlens_k=None, page_table=None,
              seqused_k=None) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The whole: (output, lse, selection). Layout hqk, ids ascending."""
    batch = dict(cu_seqlens_q=cu_seqlens_q, cu_seqlens_k=cu_seqlens_k, page_table=page_table, seqused_k=seqused_k)
    scores = index_scores(index_query, index_key, block_size=block_size, softmax_scale=index_scale, causal=causal, **batch)
    layout, capacity = _layout(index_key, page_table, False)
    dense_batch = query.shape[0] if query.ndim == 4 else index_key.shape[0] if layout == "dense" else None
    selected, _ = select_blocks(scores, block_size=block_size, topk=topk, sink_blocks=sink_blocks, local_blocks=local_blocks,
                                causal=causal, dense_batch=dense_batch, capacity=capacity, **batch)
    output, lse = attend(query, key, value, selected, block_size=block_size, softmax_scale=softmax_scale, causal=causal, **batch)
    return output, lse, selected


class Transposed(NamedTuple):
    """A transposed selection; int32."""

    row_offsets: np.ndarray              # [heads, batch * max_blocks + 1]
    query_ids: np.ndarray                # [heads, total_q * topk], ascending in a row, -1 past the end
    slots: np.ndarray                    # as query_ids: the slot of the token's selection that the block stood in
    worklist: Optional[np.ndarray]       # [capacity, 4]: head, row, first entry, count; -1 past the end
    num_items: Optional[np.ndarray]      # [1]


def transpose_selection(selected, *, max_blocks: int, batch: int = 1, cu_seqlens_q=None, layout: str = "hqk",
                        max_queries: Optional[int] = None, sub_chunk: int = 0) -> Transposed:
    """For each (request, block), the tokens that chose it; with `max_queries` also the lists shared out in equal parts, cut
    at multiples of `sub_chunk` tokens. The request count follows from `cu_seqlens_q` where given."""
    selected = np.asarray(selected)
    selected = selected.transpose(1, 0, 2) if layout == "qhk" else selected
    heads, total_q, topk = selected.shape
    if cu_seqlens_q is not None:
        batch = len(cu_seqlens_q) - 1
        starts = np.asarray(cu_seqlens_q)
    else:
        starts = np.arange(batch + 1) * (total_q // batch)
    offsets = np.zeros((heads, batch * max_blocks + 1), dtype=np.int32)
    query_ids = np.full((heads, total_q * topk), -1, dtype=np.int32)
    slots = np.full_like(query_ids, -1)
    items: List[Tuple[int, int, int, int]] = []
    for h in range(heads):
        chosen_by: List[List[Tuple[int, int]]] = [[] for _ in range(batch * max_blocks)]
        for b in range(batch):
            for token in range(starts[b], starts[b + 1]):
                for slot, block in enumerate(selected[h, token]):
                    if block < 0:
                        break
                    chosen_by[b * max_blocks + block].append((token, slot))
        offsets[h, 1:] = np.cumsum([len(choices) for choices in chosen_by])
        flat = [choice for choices in chosen_by for choice in choices]
        query_ids[h, :len(flat)] = [token for token, _ in flat]
        slots[h, :len(flat)] = [slot for _, slot in flat]
        if max_queries is not None:
            items += _parts_of_head(h, query_ids[h], offsets[h], total_q, max_queries, sub_chunk)
    if max_queries is None:
        return Transposed(offsets, query_ids, slots, None, None)
    entries, stretches = total_q * topk, batch + (-(-total_q // sub_chunk) if sub_chunk else 0)
    worklist = np.full((heads * (entries // max_queries + min(entries, stretches * max_blocks)), 4), -1, dtype=np.int32)
    worklist[:len(items)] = np.array(items).reshape(-1, 4)
    return Transposed(offsets, query_ids, slots, worklist, np.array([len(items)], dtype=np.int32))


def _parts_of_head(head, query_ids, offsets, total_q, max_queries, sub_chunk):
    """Work items of one KV head: by sub-chunk, then row, then place in the list."""
    length = sub_chunk or max(total_q, 1)
    for begin in range(0, total_q, length):
        for row, (low, high) in enumerate(zip(offsets, offsets[1:])):
            tokens = query_ids[low:high]
            inside = np.flatnonzero((tokens >= begin) & (tokens < begin + length))
            if len(inside) == 0:
                continue
            size = -(-len(inside) // -(-len(inside) // max_queries))
            for first in range(0, len(inside), size):
                yield head, row, int(low + inside[first]), min(size, len(inside) - first)


def relayout_selection(selected, *, source: Tuple[str, str], target: Tuple[str, str]) -> np.ndarray:
    """From contract `source` to `target`, each (layout, order). Order "ascending" and "local_last" sort the ids, "any" leaves
    them in place."""
    selected = np.asarray(selected)
    if source[0] != target[0]:
        selected = selected.transpose(1, 0, 2)
    if target[1] in ("ascending", "local_last"):
        past_end = np.iinfo(np.int32).max
        selected = np.sort(np.where(selected < 0, past_end, selected), axis=-1)
        selected = np.where(selected == past_end, -1, selected)
    return np.ascontiguousarray(selected.astype(np.int32))
