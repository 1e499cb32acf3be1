"""The stages of sparse attention, each as something to compile, to feed and to judge.

A `Variant` is one graph of a stage: which contract its selection has, whether the LSE comes out, whether sizes are written
down. With a problem it makes a `Graph`; with a case it says what the graph takes; and what comes back is judged against
`msac.reference`. A variant is a few plain values, as a problem and a case are.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Optional, Tuple

import numpy as np

from .. import reference
from .check import check_lse, check_output, check_scores, check_selection_near
from .draw import Chooser
from .graphs import (HQK_ASCENDING, Graph, attend_graph, attention_graph, combine_graph, relayout_graph, scores_graph,
                     select_graph, staged_graph, transpose_graph)
from .problems import Case, Problem, random_selection

Arrays = Dict[str, np.ndarray]
Contract = Tuple[str, str]

#: Each stage alone, then the chains.
STAGES = ("scores", "select", "transpose", "relayout", "attend", "combine", "select_fused", "attention", "staged")
#: Data whose scores no order of summation changes.
EXACT = ("integers", "equal")
SCORE_KINDS = ("ties", "normal", "odd", "equal", "rising", "falling")


@dataclass(frozen=True)
class Variant:
    stage: str
    contract: Contract = HQK_ASCENDING      # of the selection that goes in, or comes out of select
    to: Contract = HQK_ASCENDING            # relayout only: what it becomes
    lse: bool = True                        # also give out the LSE, or a selection's scores
    splits: int = 0                         # attend: partials that are combined; combine: how many
    scores: str = "normal"                  # select only: what the given scores look like
    slots: bool = False                     # transpose only: also the slots ...
    max_queries: Optional[int] = None       # ... and a worklist of parts of at most so many queries ...
    sub_chunk: int = 0                      # ... cut at multiples of so many tokens
    static: bool = False                    # every size is written down


def limits(stage: str) -> dict:
    """What `draw_problem` must keep to for this stage."""
    return dict(lengths_given=True) if stage in ("select", "staged") else {}


def draw_variant(choose: Chooser, stage: str, problem: Problem) -> Variant:
    """Any variant of a stage that the problem allows."""
    given = ((HQK_ASCENDING), ("hqk", "any"), ("qhk", "any"), ("qhk", "ascending"))
    made = (HQK_ASCENDING, ("hqk", "score"), ("qhk", "ascending"), ("qhk", "local_last"), ("hqk", "any"))
    lse, static = choose.one_of((True, False)), choose.integer(0, 3) == 3
    if stage == "attend":
        # A split's partials are packed, and it takes no more than a row has slots.
        splits = choose.integer(1, min(8, problem.topk)) if problem.q_layout != "dense" and choose.integer(0, 2) == 2 else 0
        return Variant(stage, ("hqk", "any") if splits else choose.one_of(given), lse=lse, splits=splits, static=static)
    if stage == "select":
        return Variant(stage, choose.one_of(made), lse=lse, scores=choose.one_of(SCORE_KINDS), static=static)
    if stage == "relayout":
        return Variant(stage, choose.one_of((("hqk", "any"), ("qhk", "any"), ("qhk", "ascending"))),
                       choose.one_of((HQK_ASCENDING, ("qhk", "local_last"), ("hqk", "any"), ("qhk", "any"))), static=static)
    if stage == "combine":
        return Variant(stage, lse=lse, splits=choose.integer(1, 16), static=static)
    if stage == "transpose":
        most = choose.one_of((None, 1, 7, 32, 64, 128))
        return Variant(stage, choose.one_of((("hqk", "any"), ("qhk", "any"))), static=static, slots=choose.one_of((True, False)),
                       max_queries=most, sub_chunk=choose.one_of((0, 32, 96, 512)) if most else 0)
    return Variant(stage, lse=lse, static=static)


def graph(variant: Variant, problem: Problem, case: Case) -> Graph:
    """The graph; `case` gives the sizes where they are written down. A transposed selection's rows always are: its other cases
    must have as many requests and blocks."""
    sizes = case if variant.static else None
    stage = variant.stage
    if stage == "scores":
        return scores_graph(problem, sizes)
    if stage == "select":
        return select_graph(problem, sizes, scores=True, selected_scores=variant.lse, contract=variant.contract)
    if stage == "select_fused":
        return select_graph(problem, sizes, selected_scores=variant.lse)
    if stage == "transpose":
        return transpose_graph(problem, case, layout=variant.contract[0], slots=variant.slots, max_queries=variant.max_queries,
                               sub_chunk=variant.sub_chunk, free=not variant.static)
    if stage == "relayout":
        return relayout_graph(problem, sizes, variant.contract, variant.to)
    if stage == "attend":
        return attend_graph(problem, sizes, lse=variant.lse, splits=variant.splits, contract=variant.contract)
    if stage == "combine":
        return combine_graph(problem, variant.splits, sizes, lse=variant.lse)
    if stage == "attention":
        return attention_graph(problem, sizes, lse=variant.lse)
    return staged_graph(problem, sizes)


def inputs(variant: Variant, case: Case, seed: int) -> Arrays:
    """All that the graph may take, by name."""
    arrays = dict(case.arrays)
    if variant.stage == "select":
        arrays["scores"] = random_scores(case, seed, variant.scores)
    elif variant.stage in ("attend", "relayout", "transpose"):
        arrays.update(given_selection(case, seed, variant.contract))
    elif variant.stage == "combine":
        arrays.update(random_partials(case, seed, variant.splits))
    return arrays


def judge(variant: Variant, case: Case, given: Arrays, outputs: Arrays) -> Dict[str, float]:
    """Raises AssertionError where an output is not what the reference says. Gives back the errors: "max_rel", "rms", "lse",
    "scores" (a fraction of what is allowed), "rows" (rows of a selection that differ in nothing but ties)."""
    return _JUDGES[variant.stage](variant, case, given, outputs)


def _judge_scores(variant, case, given, outputs):
    return {"scores": check_scores(outputs["scores"], reference_scores(case))}


def _judge_select(variant, case, given, outputs):
    """From given scores there is one right answer."""
    expected, kept = reference_select(case, given["scores"], layout=variant.contract[0], order=variant.contract[1])
    np.testing.assert_array_equal(outputs["selection"], expected)
    if "selected_scores" in outputs:
        np.testing.assert_array_equal(outputs["selected_scores"], kept)  # a NaN is one
    return {"rows": 0}


def _judge_fused(variant, case, given, outputs):
    scores = reference_scores(case)
    errors = {"rows": check_selection(case, outputs["selection"], scores)}
    if "selected_scores" in outputs:
        errors["scores"] = check_scores(outputs["selected_scores"], scores_of(scores, outputs["selection"]))
    return errors


def _judge_transpose(variant, case, given, outputs):
    layout = variant.contract[0]
    cuts = dict(max_queries=variant.max_queries, sub_chunk=variant.sub_chunk) if variant.max_queries else {}
    expected = reference.transpose_selection(given[_selected(layout)], max_blocks=case.max_blocks, batch=case.batch, layout=layout,
                                             cu_seqlens_q=case.arrays.get("cu_seqlens_q"), **cuts)
    for name, found in outputs.items():
        np.testing.assert_array_equal(found, getattr(expected, name), err_msg=name)
    return {"rows": 0}


def _judge_relayout(variant, case, given, outputs):
    expected = reference.relayout_selection(given[_selected(variant.contract[0])], source=variant.contract, target=variant.to)
    np.testing.assert_array_equal(outputs["relaid"], expected)
    return {"rows": 0}


def _judge_attend(variant, case, given, outputs):
    layout = variant.contract[0]
    return check_attend(case, outputs, given[_selected(layout)], layout)


def _judge_combine(variant, case, given, outputs):
    output, lse = reference.combine(given["partial"], given["partial_lse"])
    return _output_errors(outputs, output, lse, case.problem.dtype)


def _judge_attention(variant, case, given, outputs):
    errors = {"rows": check_selection(case, outputs["selection"], reference_scores(case))}
    return {**errors, **check_attend(case, outputs, outputs["selection"])}


def _judge_staged(variant, case, given, outputs):
    """The program's own scores select exactly its own selection."""
    errors = {"scores": check_scores(outputs["scores"], reference_scores(case)), "rows": 0}
    np.testing.assert_array_equal(outputs["selection"], reference_select(case, outputs["scores"])[0])
    return {**errors, **check_attend(case, outputs, outputs["selection"])}


_JUDGES = {"scores": _judge_scores, "select": _judge_select, "select_fused": _judge_fused, "transpose": _judge_transpose,
           "relayout": _judge_relayout, "attend": _judge_attend, "combine": _judge_combine, "attention": _judge_attention,
           "staged": _judge_staged}


# What a stage is given when nothing stands before it.

def given_selection(case: Case, seed: int, contract: Contract) -> Arrays:
    """A random selection in a contract, under the name that a graph has for it."""
    selected = random_selection(case, seed, ascending=contract[1] != "any")
    return {_selected(contract[0]): selected if contract[0] == "hqk" else np.ascontiguousarray(selected.transpose(1, 0, 2))}


def _selected(layout: str) -> str:
    """What a graph calls a selection that it is given."""
    return "selected" if layout == "hqk" else "selected_qhk"


def random_scores(case: Case, seed: int, kind: str) -> np.ndarray:
    """f32 [num_kv_heads, total_q, max_blocks]."""
    return scores_like(kind, np.random.default_rng(seed), (case.problem.num_kv_heads, case.total_q, case.max_blocks))


def scores_like(kind: str, rng: np.random.Generator, shape: Tuple[int, ...]) -> np.ndarray:
    """f32 rows of a kind of SCORE_KINDS. "odd": half of them NaN, infinities and zeros of either sign."""
    if kind == "equal":
        return np.full(shape, 0.25, np.float32)
    if kind == "ties":
        return rng.integers(-1, 2, shape).astype(np.float32)
    if kind in ("rising", "falling"):
        return np.broadcast_to(np.arange(shape[-1], dtype=np.float32) * (1 if kind == "rising" else -1), shape).copy()
    scores = rng.standard_normal(shape).astype(np.float32)
    if kind == "odd":
        strange = rng.choice(np.array([np.nan, -np.inf, np.inf, 0.0, -0.0], np.float32), shape)
        scores = np.where(rng.random(shape) < 0.5, strange, scores)
    return scores


def random_partials(case: Case, seed: int, splits: int) -> Arrays:
    """Partials and their LSE. A fifth of them is empty, which is -inf beside NaN: what they hold counts for nothing."""
    rng = np.random.default_rng(seed)
    shape = (splits, case.total_q, case.problem.num_q_heads)
    partial = rng.standard_normal((*shape, case.problem.head_dim), dtype=np.float32)
    lse = (3 * rng.standard_normal(shape)).astype(np.float32)
    empty = rng.random(shape) < 0.2
    partial[empty], lse[empty] = np.nan, -np.inf
    return {"partial": partial, "partial_lse": lse}


# The reference, over the arrays of a case.

def settings_of(problem: Problem, *names: str) -> dict:
    """Attributes of the problem by name, for a function of msac.reference."""
    return {name: getattr(problem, name) for name in ("block_size", "causal", *names)}


def reference_scores(case: Case) -> np.ndarray:
    p = case.problem
    return reference.index_scores(case.arrays["index_query"], case.arrays["index_key"], softmax_scale=p.index_scale,
                                  **settings_of(p), **case.batch_arrays)


def reference_select(case: Case, scores: np.ndarray, **contract: str) -> Tuple[np.ndarray, np.ndarray]:
    lengths = dict(cu_seqlens_q=np.cumsum((0, *case.q_lens)), seqused_k=np.array(case.kv_lens))  # in one form, whatever the operands say
    return reference.select_blocks(scores, **settings_of(case.problem, "topk", "sink_blocks", "local_blocks"), **contract, **lengths)


def scores_of(scores: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """The score of each selected block; -inf in unused slots."""
    if scores.shape[2] == 0:
        return np.full(selected.shape, -np.inf)
    return np.where(selected >= 0, np.take_along_axis(scores, np.maximum(selected, 0), axis=2), -np.inf)


def check_selection(case: Case, selected: np.ndarray, scores: np.ndarray) -> int:
    """An ascending selection against the one of the reference's `scores`; how many rows differ in ties."""
    expected, _ = reference_select(case, scores)
    reference.check_selection(selected, max(case.max_blocks, 1))
    if case.data in EXACT:
        np.testing.assert_array_equal(selected, expected)
        return 0
    return check_selection_near(selected, expected, scores)


def check_attend(case: Case, outputs: Arrays, selected: np.ndarray, layout: str = "hqk") -> Dict[str, float]:
    """Output and LSE (where given) against the reference's attention over `selected`."""
    p = case.problem
    output, lse = reference.attend(case.arrays["q"], case.arrays["k"], case.arrays["v"], selected, layout=layout,
                                   softmax_scale=p.softmax_scale, **settings_of(p), **case.batch_arrays)
    return _output_errors(outputs, output.reshape(outputs["output"].shape), lse, p.dtype)


def _output_errors(outputs: Arrays, output: np.ndarray, lse: Optional[np.ndarray], dtype: str) -> Dict[str, float]:
    errors = dict(zip(("max_rel", "rms"), check_output(outputs["output"], output, dtype)))
    if "lse" in outputs:
        errors["lse"] = check_lse(outputs["lse"], lse)
    return errors
