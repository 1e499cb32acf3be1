"""Element types at the doors, and bf16 without a package for it.

NumPy has no bf16. `msac.bf16` is a dtype of two bytes that carries the name through slices, views, copies and files:

    q = msac.to_bf16(np.random.randn(8, 64, 128))      # rounds to nearest even
    msac.from_bf16(q)                                   # float32
    raw.view(msac.bf16)                                 # bits that are bf16 already, as uint16

Arrays of `ml_dtypes.bfloat16` are taken too where that package is present; nothing here needs it.
"""
from __future__ import annotations

import numpy as np

bf16 = np.dtype([("bf16", "<u2")])

# The C ABI's numbers and MLIR's spelling (include/msa/Support/Dtype.h).
ABI = {"f32": 0, "f16": 1, "bf16": 2, "i32": 3}
_NUMPY = {"f32": np.dtype(np.float32), "f16": np.dtype(np.float16), "bf16": bf16, "i32": np.dtype(np.int32)}
_EXAMPLE = {"f32": "float32", "f16": "float16", "bf16": "msac.bf16", "i32": "int32"}


def numpy_dtype(name: str) -> np.dtype:
    """The NumPy dtype of "f32", "f16", "bf16" (`msac.bf16`) or "i32"."""
    return _NUMPY[name]


def spelled(name: str) -> str:
    """What a user writes in Python for it, for messages."""
    return _EXAMPLE[name]


def dtype_name(dtype) -> str:
    """"f32", "f16", "bf16", "i32"; "" for anything else. Accepts ml_dtypes.bfloat16."""
    dtype = np.dtype(dtype)
    if dtype.name == "bfloat16":
        return "bf16"
    return next((name for name, known in _NUMPY.items() if known == dtype), "")


def to_bf16(values) -> np.ndarray:
    """Rounds real numbers to bf16, to nearest even; infinities stay, every NaN becomes a quiet one. Same shape, dtype `bf16`."""
    bits = np.ascontiguousarray(np.asarray(values, dtype=np.float32)).view(np.uint32)
    lowest_kept = (bits >> 16) & 1  # a tie goes to the even neighbour
    rounded = ((bits.astype(np.uint64) + 0x7FFF + lowest_kept) >> 16).astype(np.uint16)
    is_nan = (bits & 0x7FFFFFFF) > 0x7F800000
    rounded = np.where(is_nan, ((bits >> 16) | 0x40).astype(np.uint16), rounded)
    return rounded.view(bf16).reshape(np.shape(values))


def from_bf16(array) -> np.ndarray:
    """The float32 values of a bf16 array (`msac.bf16` or ml_dtypes); exact."""
    array = np.asarray(array)
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype != bf16:
        raise TypeError(f"expected an array of msac.bf16, found {array.dtype}")
    wide = np.array(array.view(np.uint16), dtype=np.uint32)
    wide <<= 16
    return wide.view(np.float32)


def cast(values, name: str) -> np.ndarray:
    """Real numbers as an array of dtype `name`."""
    return to_bf16(values) if name == "bf16" else np.asarray(values).astype(_NUMPY[name])


def to_float64(array) -> np.ndarray:
    """Any array of a dtype that we know, as float64; exact."""
    array = np.asarray(array)
    return (from_bf16(array) if dtype_name(array.dtype) == "bf16" else array).astype(np.float64)
