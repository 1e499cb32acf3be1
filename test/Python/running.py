"""Compile once, run often: what the property tests do with a graph and a case."""
from functools import lru_cache

from hypothesis import strategies as st

import msac
from msac.testing import relayout_graph, select_graph, transpose_graph
from msac.testing.stages import (SCORE_KINDS, Variant, check_attend, check_selection, given_selection, inputs, judge,
                                 reference_scores, reference_select, scores_of, settings_of)

__all__ = ["RELAYOUTS", "SELECT_FROM_SCORES", "TRANSPOSE_RESULTS", "check_attend", "check_relayout",
           "check_select_from_scores", "check_selection", "check_transpose", "given_selection", "program", "reference_scores",
           "reference_select", "run", "scores_of", "settings_of"]


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


#: A selection from given scores: in which contract, and what the scores look like.
SELECT_FROM_SCORES = st.builds(
    lambda contract, kind: Variant("select", contract, scores=kind),
    st.sampled_from([("hqk", "ascending"), ("hqk", "score"), ("qhk", "ascending"), ("qhk", "local_last"), ("hqk", "any")]),
    st.sampled_from(SCORE_KINDS))


def check_select_from_scores(case, seed, variant, options=()):
    """The selection and its scores are the reference's, exactly."""
    given = inputs(variant, case, seed)
    graph = select_graph(case.problem, scores=True, contract=variant.contract)
    judge(variant, case, given, run(graph, case, options=options, scores=given["scores"]))


#: A selection that goes from one contract to another.
RELAYOUTS = st.builds(lambda source, target: Variant("relayout", source, target),
                      st.sampled_from([("hqk", "any"), ("qhk", "any"), ("qhk", "ascending")]),
                      st.sampled_from([("hqk", "ascending"), ("qhk", "local_last"), ("hqk", "any"), ("qhk", "any")]))


def check_relayout(case, seed, variant, options=()):
    given = given_selection(case, seed, variant.contract)
    outputs = run(relayout_graph(case.problem, None, variant.contract, variant.to), case, options=options, **given)
    judge(variant, case, given, outputs)


#: What a transposed selection may give beside its lists, and whether the number of query tokens is known when it is compiled.
TRANSPOSE_RESULTS = st.fixed_dictionaries({"slots": st.booleans(), "free": st.booleans()}).flatmap(
    lambda some: st.one_of(st.just(some), st.builds(
        lambda max_queries, sub_chunk: dict(some, max_queries=max_queries, sub_chunk=sub_chunk),
        st.integers(1, 40), st.sampled_from([0, 32, 64, 96, 512]))))


def check_transpose(case, seed, layout, results, options=()):
    """`msa.transpose_selection` of a random selection, every result equal to the reference's."""
    selected = given_selection(case, seed, (layout, "any"))
    outputs = run(transpose_graph(case.problem, case, layout=layout, **results), case, options=options, **selected)
    variant = Variant("transpose", (layout, "any"), **{name: value for name, value in results.items() if name != "free"})
    judge(variant, case, selected, outputs)
