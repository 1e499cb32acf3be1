"""The NumPy reference held against brute force and identities, before anything else is held against it."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import cases
from msac import reference
from msac.dtypes import to_float64
from msac.testing import random_case, random_selection
from msac.testing.check import check_lse, check_output

SMALL = dict(work=1 << 16, max_requests=3)


def keys_of(case, name, b, head=None):
    """Rows [0, kv_len) of request b, one at a time, from the layout's definition."""
    p, arrays, rows = case.problem, case.arrays, []
    for j in range(case.kv_lens[b]):
        if p.kv_layout == "paged":
            page = arrays["page_table"][b, j // p.page_size]
            row = arrays[name][page, head, j % p.page_size] if head is not None else arrays[name][page, j % p.page_size]
        else:
            at = (b, j) if p.kv_layout == "dense" else ((arrays["cu_seqlens_k"][b] if "cu_seqlens_k" in arrays else 0) + j,)
            row = arrays[name][at] if head is None else arrays[name][(*at, head)]
        rows.append(to_float64(row))
    return np.array(rows)


def queries_of(case, name):
    """[(request, index in it, row [heads, dim])] in token order."""
    array = to_float64(case.arrays[name])
    flat = array.reshape(-1, *array.shape[-2:])
    tokens = [(b, t) for b, length in enumerate(case.q_lens) for t in range(length)]
    return [(b, t, flat[i]) for i, (b, t) in enumerate(tokens)]


def is_visible(case, b, t, j):
    kv_len, q_len = case.kv_lens[b], case.q_lens[b]
    return j < kv_len and (not case.problem.causal or j <= kv_len - q_len + t)


@given(cases(**SMALL))
def test_only_owned_rows_are_read(case):
    """Spare pages, tails and gaps are NaN: one of them read would show."""
    p = case.problem
    output, lse, selected = reference.attention(
        *(case.arrays[name] for name in ("q", "k", "v", "index_query", "index_key")), block_size=p.block_size, topk=p.topk,
        sink_blocks=p.sink_blocks, local_blocks=p.local_blocks, causal=p.causal, **case.batch_arrays)
    assert np.isfinite(output).all() and not np.isnan(lse).any()
    reference.check_selection(selected, case.max_blocks)


@given(cases(**SMALL))
def test_block_scores_are_maxima_of_dot_products(case):
    p = case.problem
    scores = reference.index_scores(case.arrays["index_query"], case.arrays["index_key"], block_size=p.block_size,
                                    softmax_scale=0.5, causal=p.causal, **case.batch_arrays)
    assert scores.shape == (p.num_kv_heads, case.total_q, case.max_blocks)
    for token, (b, t, row) in enumerate(queries_of(case, "index_query")):
        keys = keys_of(case, "index_key", b)
        for h in range(p.num_kv_heads):
            expected = np.full(case.max_blocks, -np.inf)
            for j in range(case.kv_lens[b]):
                if is_visible(case, b, t, j):
                    expected[j // p.block_size] = max(expected[j // p.block_size], 0.5 * np.dot(row[h], keys[j]))
            np.testing.assert_allclose(scores[h, token], expected, rtol=1e-9, atol=1e-9)


@given(cases(**SMALL))
def test_attending_to_all_blocks_is_dense_attention(case):
    p = case.problem
    every = np.broadcast_to(np.arange(case.max_blocks, dtype=np.int32), (p.num_kv_heads, case.total_q, case.max_blocks))
    output, lse = reference.attend(case.arrays["q"], case.arrays["k"], case.arrays["v"], every, block_size=p.block_size,
                                   causal=p.causal, **case.batch_arrays)
    output = output.reshape(-1, p.num_q_heads, p.head_dim)
    for token, (b, t, row) in enumerate(queries_of(case, "q")):
        mask = np.array([is_visible(case, b, t, j) for j in range(case.kv_lens[b])], dtype=bool)
        for h in range(0, p.num_q_heads, max(1, p.num_q_heads // 4)):
            if not mask.any():
                assert (output[token, h] == 0).all() and np.isneginf(lse[token, h])
                continue
            logits = keys_of(case, "k", b, h // p.group)[mask] @ row[h] / np.sqrt(p.head_dim)
            weights = np.exp(logits - logits.max())
            np.testing.assert_allclose(output[token, h], weights @ keys_of(case, "v", b, h // p.group)[mask] / weights.sum(),
                                       rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(lse[token, h], logits.max() + np.log(weights.sum()), rtol=1e-9)


@given(cases(**SMALL), st.integers(0, 2**31), st.sampled_from(["ties", "normal", "odd"]))
def test_selection_follows_the_contract(case, seed, kind):
    p = case.problem
    rng = np.random.default_rng(seed)
    shape = (p.num_kv_heads, case.total_q, case.max_blocks)
    scores = rng.integers(-1, 2, shape).astype(float) if kind == "ties" else rng.standard_normal(shape)
    if kind == "odd":
        scores = np.where(rng.random(shape) < 0.5, rng.choice([np.nan, -np.inf, 0.0, -0.0, np.inf], shape), scores)
    lengths = dict(seqused_k=np.array(case.kv_lens), cu_seqlens_q=np.cumsum((0, *case.q_lens)))
    ids, kept = reference.select_blocks(scores, block_size=p.block_size, topk=p.topk, sink_blocks=p.sink_blocks,
                                        local_blocks=p.local_blocks, causal=p.causal, **lengths)
    reference.check_selection(ids, max(case.max_blocks, 1))
    for token, (b, t, _) in enumerate(queries_of(case, "index_query")):
        seen = sorted({j // p.block_size for j in range(case.kv_lens[b]) if is_visible(case, b, t, j)})
        position = case.kv_lens[b] - case.q_lens[b] + t
        forced = {i for i in seen if i < p.sink_blocks}
        if position >= 0 and case.kv_lens[b] > 0:
            own = min(position, case.kv_lens[b] - 1) // p.block_size
            forced |= {i for i in seen if own - p.local_blocks < i <= own}
        for h in range(p.num_kv_heads):
            row = ids[h, token]
            chosen = row[row >= 0].tolist()
            assert chosen == sorted(chosen) and len(chosen) == min(p.topk, len(seen)) and forced <= set(chosen) <= set(seen)
            value = lambda i: -np.inf if np.isnan(scores[h, token, i]) else scores[h, token, i]
            for lost in set(seen) - set(chosen):  # nothing that was left out beats anything that was not forced in
                for won in set(chosen) - forced:
                    assert value(won) > value(lost) or (value(won) == value(lost) and won < lost)
            np.testing.assert_array_equal(kept[h, token, :len(chosen)], scores[h, token, chosen])
            assert np.isneginf(kept[h, token, len(chosen):]).all()


@pytest.mark.parametrize("order, expected", [("ascending", [0, 2, 3]), ("score", [0, 3, 2]), ("local_last", [0, 2, 3])])
def test_orders(order, expected):
    scores = np.array([[[5.0, -9.0, 1.0, 1.5]]])
    scores[0, 0, 1] = np.nan
    ids, _ = reference.select_blocks(scores, block_size=16, topk=4, order=order, seqused_k=[60])
    assert ids[0, 0].tolist() == {"ascending": [0, 1, 2, 3], "score": [0, 3, 2, 1], "local_last": [0, 1, 2, 3]}[order]
    ids, _ = reference.select_blocks(scores, block_size=16, topk=3, order=order, seqused_k=[60])
    assert ids[0, 0].tolist() == expected


def test_local_block_of_a_query_that_is_not_causal_is_its_own():
    scores = np.broadcast_to([9.0, 8.0, 7.0, 6.0], (1, 20, 4))
    ids, _ = reference.select_blocks(scores, block_size=16, topk=1, causal=False, seqused_k=[64])
    assert ids[0, :, 0].tolist() == [2] * 4 + [3] * 16  # positions 44..63


@given(cases(**SMALL), st.integers(1, 8), st.integers(0, 2**31))
def test_splits_combine_to_the_whole(case, splits, seed):
    p = case.problem
    selected = random_selection(case, seed, ascending=False)
    operands = [case.arrays[name] for name in ("q", "k", "v")]
    settings = dict(block_size=p.block_size, causal=p.causal, softmax_scale=p.softmax_scale, **case.batch_arrays)
    output, lse = reference.attend(*operands, selected, **settings)
    merged, merged_lse = reference.combine(*reference.attend(*operands, selected, splits=splits, **settings))
    np.testing.assert_allclose(merged, output.reshape(merged.shape), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(merged_lse, lse, rtol=1e-9, atol=1e-9)


def test_combine_ignores_what_an_empty_partial_holds():
    partial = np.stack([np.full((1, 1, 2), np.nan), np.array([[[1.0, 2.0]]])])
    output, lse = reference.combine(partial, np.array([[[-np.inf]], [[0.5]]]))
    assert output.tolist() == [[[1.0, 2.0]]] and lse.tolist() == [[0.5]]
    output, lse = reference.combine(partial[:1], np.array([[[-np.inf]]]))
    assert output.tolist() == [[[0.0, 0.0]]] and np.isneginf(lse).all()


@given(cases(**SMALL), st.integers(0, 2**31))
def test_the_order_of_a_selection_does_not_matter(case, seed):
    p = case.problem
    operands = [case.arrays[name] for name in ("q", "k", "v")]
    settings = dict(block_size=p.block_size, causal=p.causal, **case.batch_arrays)
    any_order = random_selection(case, seed, ascending=False)
    ascending = reference.relayout_selection(any_order, source=("hqk", "any"), target=("hqk", "ascending"))
    turned = reference.relayout_selection(any_order, source=("hqk", "any"), target=("qhk", "any"))
    first, first_lse = reference.attend(*operands, any_order, **settings)
    for selected, layout in ((ascending, "hqk"), (turned, "qhk")):
        output, lse = reference.attend(*operands, selected, layout=layout, **settings)
        np.testing.assert_allclose(output, first, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(lse, first_lse, rtol=1e-9, atol=1e-9)


@given(cases(**SMALL), st.integers(0, 2**31))
def test_transposing_lists_every_choice_once(case, seed):
    p = case.problem
    selected = random_selection(case, seed)
    starts = np.cumsum((0, *case.q_lens))
    made = reference.transpose_selection(selected, max_blocks=case.max_blocks, cu_seqlens_q=starts, max_queries=3, sub_chunk=5)
    offsets, ids = made.row_offsets, made.query_ids
    assert offsets.shape == (p.num_kv_heads, case.batch * case.max_blocks + 1)
    for h in range(p.num_kv_heads):
        found = []
        for row in range(case.batch * case.max_blocks):
            tokens = ids[h, offsets[h, row]:offsets[h, row + 1]]
            assert (np.diff(tokens) > 0).all()
            request, block = divmod(row, case.max_blocks)
            assert all(starts[request] <= token < starts[request + 1] for token in tokens)
            found += [(int(token), block) for token in tokens]
        expected = [(t, int(block)) for t in range(case.total_q) for block in selected[h, t] if block >= 0]
        assert sorted(found) == sorted(expected) and (ids[h, offsets[h, -1]:] == -1).all()
        for entry in range(offsets[h, -1]):
            row = int(np.searchsorted(offsets[h], entry, side="right")) - 1
            assert selected[h, ids[h, entry], made.slots[h, entry]] == row % case.max_blocks
    # Every entry is in one part; a part is of one row and one sub-chunk, has at most 3 entries, and is not small beside its like.
    items = made.worklist[:made.num_items[0]]
    assert (made.worklist[len(items):] == -1).all()
    covered = [(h, e) for h, _, first, count in items for e in range(first, first + count)]
    assert sorted(covered) == [(h, e) for h in range(p.num_kv_heads) for e in range(offsets[h, -1])]
    keys = []
    for h, row, first, count in items:
        tokens = ids[h, first:first + count]
        assert 1 <= count <= 3 and len(set(tokens // 5)) == 1 and offsets[h, row] <= first and first + count <= offsets[h, row + 1]
        keys.append((h, tokens[0] // 5, row, first))
    assert keys == sorted(keys)
    for (h, chunk, row, _), (_, _, _, count), following in zip(keys, items, keys[1:] + [None]):
        last = following is None or following[:3] != (h, chunk, row)
        list_length = sum(c for k, (_, _, _, c) in zip(keys, items) if k[:3] == (h, chunk, row))
        assert last or count == -(-list_length // -(-list_length // 3))


@pytest.mark.parametrize("row, id", [([0, 0, -1], "selection-duplicate"), ([0, 4, -1], "selection-range"),
                                     ([-1, 1, 2], "selection-padding"), ([-2, -1, -1], "selection-padding")])
def test_a_broken_selection_is_named(row, id):
    with pytest.raises(reference.SelectionError) as caught:
        reference.check_selection(np.array([[row]], dtype=np.int32), 4)
    assert caught.value.id == id


def test_a_seed_is_a_case():
    assert random_case(7) == random_case(7) and repr(random_case(7)) == repr(random_case(7))
    first, second = random_case(7).arrays, random_case(7).arrays
    assert all((first[name].tobytes() == second[name].tobytes()) for name in first)


def test_the_generator_reaches_what_the_contract_names():
    """Lengths 0, 1 and block +- 1, chunks, every layout, dtype, head dim and memory: within 600 seeds each shows."""
    seen = set()
    for seed in range(600):
        case = random_case(seed)
        p = case.problem
        seen |= {p.dtype, p.kv_layout, p.q_layout, case.data, case.cache_memory, case.query_memory, ("dim", p.head_dim),
                 ("index", p.index_dim), ("block", p.block_size), ("k", p.topk), ("group", p.group), ("causal", p.causal),
                 ("sink", p.sink_blocks), ("local", p.local_blocks)}
        for q_len, kv_len in zip(case.q_lens, case.kv_lens):
            seen |= {("q", q_len) if q_len < 2 else "q", ("kv", kv_len) if kv_len < 2 else "kv",
                     ("kv-block", kv_len - p.block_size), ("q-block", q_len - p.block_size),
                     "chunk" if 1 < q_len < kv_len else "", "before the first key" if q_len > kv_len > 0 else ""}
    wanted = {"f32", "bf16", "f16", "packed", "dense", "paged", "ragged", "uniform", "normal", "integers", "equal", "large",
              "plain", "padded", "interleaved", "stacked", "swapped", "fused", "chunk", "before the first key",
              *(("dim", d) for d in (64, 96, 128, 192, 256)), *(("index", d) for d in (64, 96, 128, 192, 256)),
              ("block", 16), ("block", 256), ("k", 1), ("k", 64), ("group", 1), ("group", 64), ("causal", False),
              ("sink", 1), ("sink", 2), ("local", 3), ("q", 0), ("q", 1), ("kv", 0), ("kv", 1),
              ("kv-block", -1), ("kv-block", 0), ("kv-block", 1), ("q-block", -1), ("q-block", 1)}
    assert wanted <= seen, wanted - seen


def test_checks_can_fail():
    expected = np.ones((4, 4, 64))
    check_output(expected, expected, "f32")
    with pytest.raises(AssertionError, match="off by"):
        check_output(expected * 1.001, expected, "f32")
    with pytest.raises(AssertionError, match="not finite"):
        check_output(expected * np.nan, expected, "bf16")
    with pytest.raises(AssertionError, match="rms"):
        check_output(expected * 1.004, expected, "bf16")
    with pytest.raises(AssertionError, match="LSE is -inf"):
        check_lse(np.zeros(2), np.array([-np.inf, 0.0]))
