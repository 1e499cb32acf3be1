"""What a kernel cannot afford to look for: bad lengths, page ids and selections among a program's inputs.

A program's meaning (in its manifest) says which input is what; the checks are those of `msac.reference`'s contracts.
"""
from __future__ import annotations

from typing import Any, Dict, List, Optional

import numpy as np

from .errors import ArgumentError
from .reference import Request, check_selection, max_blocks, requests


def check_inputs(manifest: Dict[str, Any], inputs: List[np.ndarray]) -> None:
    """Raises ArgumentError ("lengths", "page-range") or reference.SelectionError ("selection-...") at the first bad value.

    manifest: one program's entry. inputs: its input arrays, in order.
    """
    for op in manifest["meaning"]:
        operands = {name: inputs[value] for name, value in op["operands"].items() if value < len(inputs)}
        integers, contract = op.get("integers", {}), op.get("strings", {})
        batch = _check_batch(operands)
        selected = operands.get("selected")
        if selected is None:
            continue
        layout = (contract.get("selection") or contract.get("from") or "hqk/ascending").split("/")[0]
        limit = integers.get("max_blocks")
        if batch is not None and "key" in operands:
            limit = max_blocks(operands["key"], operands.get("page_table"), integers["block_size"], per_head=True)
        check_selection(selected, np.iinfo(np.int32).max if limit is None else limit, layout)


def _check_batch(operands: Dict[str, np.ndarray]) -> Optional[List[Request]]:
    """The requests of an op, where it has queries and keys among the inputs and they make sense."""
    query = _first(operands, "query", "index_query", "scores")
    key = _first(operands, "key", "index_key")
    if query is None:
        return None
    total_q = query.shape[1] if "scores" in operands else int(np.prod(query.shape[:-2]))
    starts = {name: operands[name] for name in ("cu_seqlens_q", "cu_seqlens_k") if name in operands}
    rows = {"cu_seqlens_q": total_q, "cu_seqlens_k": key.shape[0] if key is not None else None}
    for name, values in starts.items():
        _need(len(values) >= 1 and values[0] == 0 and (np.diff(values) >= 0).all(), "lengths", name,
              "ascending starts from 0", values)
        _need(rows[name] is None or values[-1] <= rows[name], "lengths", name, f"starts up to {rows[name]} rows", values)
    table = operands.get("page_table")
    counts = {name: len(operands[name]) - (name in starts) for name in (*starts, "page_table", "seqused_k") if name in operands}
    _need(len(set(counts.values())) <= 1, "lengths", " and ".join(counts), "as many requests each", list(counts.values()))
    if key is None:
        return None
    per_head = "key" in operands
    paged, dense = table is not None, table is None and key.ndim == (4 if per_head else 3)
    page_size = (key.shape[2] if per_head else key.shape[1]) if paged else 0
    capacity = table.shape[1] * page_size if paged else key.shape[1] if dense else key.shape[0]
    batch = requests(total_q, **starts, page_table=table, seqused_k=operands.get("seqused_k"), capacity=capacity,
                     dense_batch=query.shape[0] if query.ndim == 4 else key.shape[0] if dense else None)
    for request in batch:
        room = capacity - request.k_start
        _need(0 <= request.kv_len <= room, "lengths", "seqused_k", f"0 to {room} keys in request {request.index}", request.kv_len)
        if paged:
            used = table[request.index, :-(-request.kv_len // page_size)]
            _need(((used >= 0) & (used < key.shape[0])).all(), "page-range", "page_table",
                  f"page ids 0 to {key.shape[0] - 1} in request {request.index}", used)
    return batch


def _first(operands: Dict[str, np.ndarray], *names: str) -> Optional[np.ndarray]:
    return next((operands[name] for name in names if name in operands), None)


def _need(holds: bool, id: str, name: str, expected: str, found: Any) -> None:
    if not holds:
        listed = np.array2string(np.asarray(found), threshold=16)
        raise ArgumentError(f"[{id}] '{name}': expects {expected}, but found {listed}")
