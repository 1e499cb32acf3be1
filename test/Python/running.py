"""Compile once, run often: what the property tests do with a graph and a case."""
from functools import lru_cache

import numpy as np

from hypothesis import strategies as st

import msac
from msac import reference
from msac.testing import check_lse, check_output, random_selection, transpose_graph


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


#: What a transposed selection may give beside its lists, and whether the number of query tokens is known when it is compiled.
TRANSPOSE_RESULTS = st.fixed_dictionaries({"slots": st.booleans(), "free": st.booleans()}).flatmap(
    lambda some: st.one_of(st.just(some), st.builds(
        lambda max_queries, sub_chunk: dict(some, max_queries=max_queries, sub_chunk=sub_chunk),
        st.integers(1, 40), st.sampled_from([0, 32, 64, 96, 512]))))


def check_transpose(case, seed, layout, results, options=()):
    """`msa.transpose_selection` of a random selection, every result equal to the reference's."""
    selected = given_selection(case, seed, (layout, "any"))
    outputs = run(transpose_graph(case.problem, case, layout=layout, **results), case, options=options, **selected)
    cuts = {name: results[name] for name in ("max_queries", "sub_chunk") if name in results}
    expected = reference.transpose_selection(*selected.values(), max_blocks=case.max_blocks, batch=case.batch, layout=layout,
                                             cu_seqlens_q=case.arrays.get("cu_seqlens_q"), **cuts)
    for name, found in outputs.items():
        np.testing.assert_array_equal(found, getattr(expected, name), err_msg=name)
