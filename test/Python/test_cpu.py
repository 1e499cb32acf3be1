"""Properties of the CPU target over random problems, against msac.reference.

Each example compiles one program and runs it on several ragged batches. What is compared how: `msac.testing.check`.
"""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import problems_with_cases
from msac import reference
from msac.dtypes import numpy_dtype, to_float64
from msac.testing import attend_graph, attention_graph, check_scores, scores_graph, select_graph, staged_graph
from running import (RELAYOUTS, SELECT_FROM_SCORES, TRANSPOSE_RESULTS, check_attend, check_relayout, check_select_from_scores,
                     check_selection, check_transpose, given_selection, program, reference_scores, reference_select, run, scores_of)

pytestmark = pytest.mark.usefixtures("compiler", "runtime")

SEEDS = st.integers(0, 2**31 - 1)
CONTRACTS = st.sampled_from([("hqk", "ascending"), ("hqk", "any"), ("qhk", "any"), ("qhk", "ascending")])


@given(problems_with_cases(), st.booleans())
def test_attention(drawn, static):
    problem, batches = drawn
    for case in batches[:1] if static else batches:
        outputs = run(attention_graph(problem, case if static else None), case)
        check_selection(case, outputs["selection"], reference_scores(case))
        check_attend(case, outputs, outputs["selection"])


@given(problems_with_cases())
def test_scores(drawn):
    problem, batches = drawn
    for case in batches:
        scores = run(scores_graph(problem), case)["scores"]
        check_scores(scores, reference_scores(case))


@given(problems_with_cases())
def test_fused_selection(drawn):
    problem, batches = drawn
    for case in batches:
        outputs, scores = run(select_graph(problem), case), reference_scores(case)
        check_selection(case, outputs["selection"], scores)
        check_scores(outputs["selected_scores"], scores_of(scores, outputs["selection"]))


@given(problems_with_cases(lengths_given=True), SEEDS, SELECT_FROM_SCORES)
def test_selection_from_scores_is_exact(drawn, seed, variant):
    for case in drawn[1]:
        check_select_from_scores(case, seed, variant)


@given(problems_with_cases(), SEEDS, CONTRACTS)
def test_attend_over_any_selection(drawn, seed, contract):
    problem, batches = drawn
    for case in batches:
        selected = given_selection(case, seed, contract)
        check_attend(case, run(attend_graph(problem, contract=contract), case, **selected), *selected.values(), contract[0])


@given(problems_with_cases(q_layouts=("ragged", "uniform")), SEEDS, st.integers(1, 8))
def test_splits_combine_to_the_whole(drawn, seed, splits):
    problem, batches = drawn
    for case in batches:
        selected = given_selection(case, seed, ("hqk", "any"))
        graph = attend_graph(problem, splits=splits, contract=("hqk", "any"))
        check_attend(case, run(graph, case, **selected), *selected.values())


@given(problems_with_cases(lengths_given=True))
def test_steps_agree_with_each_other(drawn):
    """The program's own scores select exactly its own selection."""
    problem, batches = drawn
    for case in batches:
        outputs = run(staged_graph(problem), case)
        check_scores(outputs["scores"], reference_scores(case))
        np.testing.assert_array_equal(outputs["selection"], reference_select(case, outputs["scores"])[0])
        check_attend(case, outputs, outputs["selection"])


@given(problems_with_cases(), SEEDS, RELAYOUTS)
def test_relayout(drawn, seed, variant):
    for case in drawn[1]:
        check_relayout(case, seed, variant)



@given(problems_with_cases(batches=1), SEEDS, st.sampled_from(["hqk", "qhk"]), TRANSPOSE_RESULTS)
def test_transpose(drawn, seed, layout, results):
    problem, (case,) = drawn
    check_transpose(case, seed, layout, results)


@given(problems_with_cases(batches=1))
def test_a_run_is_bitwise_the_same_again(drawn):
    problem, (case,) = drawn
    graph = attention_graph(problem)
    first, second = run(graph, case), run(graph, case)
    for name in graph.outputs:
        assert first[name].tobytes() == second[name].tobytes(), name


@given(problems_with_cases(batches=1))
def test_outputs_may_lie_anywhere(drawn):
    """`out=` with strides: the gaps keep what they held."""
    problem, (case,) = drawn
    graph = attention_graph(problem, lse=False, selection=False)
    expected = run(graph, case)["output"]
    whole = np.zeros((*expected.shape[:-1], expected.shape[-1] + 8), dtype=numpy_dtype(problem.dtype))
    view = whole[..., :-8]
    result = program(graph.text).run(*(case.arrays[name] for name in graph.inputs), out=view)
    assert result is view and view.tobytes() == expected.tobytes()
    assert (to_float64(whole[..., -8:]) == 0).all()
