"""How far a result may be from the reference, and how a selection is judged.

Outputs: largest error relative to the largest value of the reference, and rms error relative to the reference's rms. The
second is a statistic of many rounding errors: one row alone, rounded correctly in bf16 (P once, O once), reaches 3.1e-3 where
many rows together have 2.0e-3. So it is judged over at least RMS_ROWS rows, and `RmsOverCases` gathers them from small cases.
"""
from __future__ import annotations

from typing import Tuple

import numpy as np

from ..dtypes import dtype_name, to_float64

OUTPUT_TOLERANCE = {"f32": 1e-4, "f16": 3e-3, "bf16": 2e-2}
RMS_TOLERANCE = {"f32": 1e-4, "f16": 3e-3, "bf16": 3e-3}
LSE_TOLERANCE = 1e-3
RMS_ROWS = 16  # (token, head) rows


def check_output(actual, expected, dtype: str) -> Tuple[float, float]:
    """Raises AssertionError where an output of element type `dtype` is too far from the reference's float64. Gives back both
    errors: the largest, and the rms (0 where there are too few rows for one)."""
    values, expected = to_float64(actual), np.asarray(expected)
    assert values.shape == expected.shape, f"expected shape {expected.shape}, found {values.shape}"
    assert np.isfinite(values).all(), f"{(~np.isfinite(values)).sum()} of {values.size} outputs are not finite"
    if values.size == 0:
        return 0.0, 0.0
    error = np.abs(values - expected)
    largest, rms = np.abs(expected).max(), np.sqrt(np.mean(expected ** 2))
    if largest == 0:
        assert error.max() == 0, f"expected all zeros, found {np.abs(values).max()}"
        return 0.0, 0.0
    where = np.unravel_index(error.argmax(), error.shape)
    assert error.max() <= OUTPUT_TOLERANCE[dtype] * largest, (
        f"{dtype} output off by {error.max() / largest:.3g} of the largest value (allowed {OUTPUT_TOLERANCE[dtype]}) at "
        f"{tuple(map(int, where))}: expected {expected[where]:.6g}, found {values[where]:.6g}")
    empty = (expected == 0).all(axis=-1)
    assert (values[empty] == 0).all(), "an empty row's output is not 0"
    if (~empty).sum() < RMS_ROWS:
        return float(error.max() / largest), 0.0
    relative = float(np.sqrt(np.mean(error ** 2)) / rms)
    _check_rms(relative, dtype)
    return float(error.max() / largest), relative


def _check_rms(relative: float, dtype: str) -> None:
    assert relative <= RMS_TOLERANCE[dtype], f"{dtype} output's rms error is {relative:.3g} (allowed {RMS_TOLERANCE[dtype]})"


class RmsOverCases:
    """The rms criterion for cases that are too small to have one: rows of all cases together, each relative to its own case."""

    def __init__(self, dtype: str):
        self.dtype, self.squares, self.rows = dtype, [], 0

    def add(self, actual, expected) -> None:
        values, expected = to_float64(actual), np.asarray(expected)
        filled = (expected != 0).any(axis=-1)
        if filled.any():
            self.squares.append(np.mean((values - expected) ** 2) / np.mean(expected ** 2) * filled.sum())
            self.rows += int(filled.sum())

    def check(self) -> None:
        assert self.rows >= RMS_ROWS, f"expects at least {RMS_ROWS} rows, but the cases have {self.rows}"
        _check_rms(float(np.sqrt(sum(self.squares) / self.rows)), self.dtype)


def check_lse(actual, expected) -> float:
    """Natural-log LSE: within LSE_TOLERANCE, and -inf exactly where the reference has it. Gives back the largest error."""
    values, expected = to_float64(actual), np.asarray(expected)
    assert values.shape == expected.shape, f"expected shape {expected.shape}, found {values.shape}"
    empty = np.isneginf(expected)
    assert (np.isneginf(values) == empty).all(), f"LSE is -inf in {np.isneginf(values).sum()} rows, expected in {empty.sum()}"
    error = np.abs(values[~empty] - expected[~empty])
    tolerance = LSE_TOLERANCE * np.maximum(1.0, np.abs(expected[~empty]) / 256)  # an f32 of 1000 has steps of 6e-5
    assert (error <= tolerance).all(), f"LSE off by {error.max():.3g} (allowed {LSE_TOLERANCE})"
    return float(error.max(initial=0.0))


def check_scores(actual, expected) -> float:
    """fp32 block scores: -inf in the same places, elsewhere equal but for the order of summation. Gives back the largest error
    as a fraction of what is allowed."""
    values, expected = to_float64(actual), np.asarray(expected)
    assert values.shape == expected.shape, f"expected shape {expected.shape}, found {values.shape}"
    hidden = np.isneginf(expected)
    assert (np.isneginf(values) == hidden).all(), "a block's visibility differs"
    error = np.abs(values[~hidden] - expected[~hidden])
    allowed = score_tolerance(expected)
    assert (error <= allowed).all(), f"scores off by {error.max():.3g} (allowed {allowed:.3g})"
    return float(error.max(initial=0.0) / allowed)


def score_tolerance(scores) -> float:
    """What the order of an fp32 sum may change in these scores."""
    finite = np.asarray(scores)[np.isfinite(scores)]
    return 1e-6 + 2e-5 * (np.abs(finite).max() if finite.size else 0.0)


def check_selection_near(actual, expected, scores) -> int:
    """For scores that are only known up to summation order: where a row differs from the expected one, the ids that differ
    must be ties. Both selections ascending, layout hqk, -1 as a suffix. Gives back how many rows differ."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert dtype_name(actual.dtype) == "i32" and actual.shape == expected.shape, f"{actual.dtype} {actual.shape}"
    tolerance = score_tolerance(scores)
    different = (actual != expected).any(axis=-1)
    for h, t in zip(*np.nonzero(different)):
        mine, theirs = set(actual[h, t]) - {-1}, set(expected[h, t]) - {-1}
        listed = actual[h, t][:len(theirs)]
        where = f"KV head {h}, query {t}: expected {expected[h, t].tolist()}, found {actual[h, t].tolist()}"
        assert len(mine) == len(theirs) and (np.diff(listed) > 0).all() and (actual[h, t][len(theirs):] == -1).all(), where
        lost = sorted(scores[h, t, b] for b in theirs - mine)
        won = sorted(scores[h, t, b] for b in mine - theirs)
        assert np.allclose(lost, won, rtol=0, atol=2 * tolerance), f"{where}; scores lost {lost}, won {won}"
    return int(different.sum())
