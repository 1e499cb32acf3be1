"""Compile once, run often: what the property tests do with a graph and a case."""
from functools import lru_cache

import numpy as np

import msac
from msac import reference
from msac.testing import check_lse, check_output, random_selection


@lru_cache(maxsize=64)
def program(text, options=()):
    """The CPU program of a graph; `options` as sorted (key, value) pairs."""
    return msac.compile(text, target="cpu", **dict(options)).program(target="cpu")


def run(graph, case, options=(), **more):
    """The graph's outputs by name. Inputs come from the case's arrays, or from `more`."""
    operands = [more[name] if name in more else case.arrays[name] for name in graph.inputs]
    outputs = program(graph.text, options).run(*operands)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return dict(zip(graph.outputs, outputs))


def settings_of(problem, *names):
    """Attributes of the problem by name, for a function of msac.reference."""
    return {name: getattr(problem, name) for name in ("block_size", "causal", *names)}


def reference_scores(case):
    p = case.problem
    return reference.index_scores(case.arrays["index_query"], case.arrays["index_key"], softmax_scale=p.index_scale,
                                  **settings_of(p), **case.batch_arrays)


def reference_select(case, scores, **contract):
    p = case.problem
    return reference.select_blocks(scores, **settings_of(p, "topk", "sink_blocks", "local_blocks"), **contract, **_lengths(case))


def _lengths(case):
    """Lengths in one form, whatever the operands say."""
    return dict(cu_seqlens_q=np.cumsum((0, *case.q_lens)), seqused_k=np.array(case.kv_lens))


def check_attend(case, outputs, selected, layout="hqk"):
    """Output and LSE (where given) against the reference's attention over `selected`."""
    p = case.problem
    output, lse = reference.attend(case.arrays["q"], case.arrays["k"], case.arrays["v"], selected, layout=layout,
                                   softmax_scale=p.softmax_scale, **settings_of(p), **case.batch_arrays)
    check_output(outputs["output"], output.reshape(outputs["output"].shape), p.dtype)
    if "lse" in outputs:
        check_lse(outputs["lse"], lse)


def given_selection(case, seed, contract):
    """A random selection in a contract, under the name that a graph has for it."""
    ascending = random_selection(case, seed, ascending=contract[1] != "any")
    if contract[0] == "hqk":
        return {"selected": ascending}
    return {"selected_qhk": np.ascontiguousarray(ascending.transpose(1, 0, 2))}
