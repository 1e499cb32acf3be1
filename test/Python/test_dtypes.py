"""bf16 without a package for it, and what becomes of diagnostics and knobs."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import msac
from msac import dtypes, errors


def nearest_even(value):
    """bf16 by definition: of the two neighbours the nearer, of equally near ones the even."""
    bits = int(np.float32(value).view(np.uint32))
    down = bits & 0xFFFF0000
    up = down + 0x10000
    below, above = ((np.uint32(b).view(np.float32)).astype(np.float64) for b in (down, up))
    if np.isinf(above):  # the largest finite bf16: beyond half a step it rounds to infinity
        above = np.sign(value) * 2.0 ** 128
    low, high = abs(np.float64(value) - below), abs(above - np.float64(value))
    return (down if low < high or (low == high and (down >> 16) % 2 == 0) else up) >> 16


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_rounds_to_nearest_even(value):
    assert int(msac.to_bf16(np.float32(value)).view(np.uint16)) == nearest_even(np.float32(value))


@pytest.mark.parametrize("value, bits", [(np.inf, 0x7F80), (-np.inf, 0xFF80), (-0.0, 0x8000), (1 + 2**-8, 0x3F80), (1 + 3 * 2**-8, 0x3F82)])
def test_special_values(value, bits):
    assert int(msac.to_bf16(np.float32(value)).view(np.uint16)) == bits


def test_nan_stays_nan():
    nans = np.array([0x7F800001, 0xFFFFFFFF, 0x7FC00000], dtype=np.uint32).view(np.float32)
    assert np.isnan(msac.from_bf16(msac.to_bf16(nans))).all()


def test_every_bf16_survives_the_way_there_and_back():
    bits = np.arange(1 << 16, dtype=np.uint16)
    there = msac.from_bf16(bits.view(msac.bf16))
    back = msac.to_bf16(there).view(np.uint16)
    assert (back[~np.isnan(there)] == bits[~np.isnan(there)]).all()


def test_views_keep_the_dtype_and_the_strides():
    cache = msac.to_bf16(np.arange(24.0).reshape(2, 3, 4))
    part = cache[:, ::2, :3].transpose(1, 0, 2)
    assert part.dtype == msac.bf16 and (msac.from_bf16(part) == np.arange(24.0).reshape(2, 3, 4)[:, ::2, :3].transpose(1, 0, 2)).all()


def test_plain_integers_are_no_bf16():
    assert dtypes.dtype_name(np.uint16) == "" and dtypes.dtype_name(msac.bf16) == "bf16"
    with pytest.raises(TypeError, match="expected an array of msac.bf16, found uint16"):
        msac.from_bf16(np.zeros(2, np.uint16))


def test_ids_are_read_off_messages():
    assert errors.id_of("[smem] needs 5 bytes, but 4") == "smem" and errors.id_of("expects [x]") == ""


def test_diagnostics_keep_their_order_and_the_first_id():
    lines = '{"severity": "warning", "message": "w"}\n{"severity": "error", "message": "[smem] needs", "location": "a:1:2", "id": "smem"}\nnoise\n'
    error = msac.CompileError(errors.parse_diagnostics(lines))
    assert [d.severity for d in error.diagnostics] == ["warning", "error", "error"]
    assert error.id == "smem" and "a:1:2: error: [smem] needs" in str(error)


def test_a_knob_set_in_python_wins_over_the_environment(monkeypatch):
    monkeypatch.setenv("MSA_DUMP_DIR", "/from/environment")
    assert (msac.config.dump_dir, msac.config.origin("dump_dir")) == ("/from/environment", "environment")
    msac.config.dump_dir = "/from/python"
    try:
        assert msac.config.dump_dir == "/from/python" and msac.config.compiler_options()["dump_dir"] == "/from/python"
        assert "/from/python" in msac.config.show()
    finally:
        msac.config.dump_dir = None
    assert msac.config.dump_dir == "/from/environment" and "dump_dir" not in msac.config.compiler_options()


def test_an_unknown_knob_is_an_error():
    with pytest.raises(AttributeError, match="no knob 'dumpdir'"):
        msac.config.dumpdir = "x"


def test_a_missing_library_says_where_it_was_sought(monkeypatch, tmp_path):
    from msac import _library
    monkeypatch.setenv("MSA_LIBRARY_PATH", str(tmp_path))
    with pytest.raises(msac.LibraryError, match=str(tmp_path)) as caught:
        _library.find("libnothing.so")
    assert caught.value.id == "library-missing"
