"""A compiled program and its arrays: `libmsart.so` behind a Python object."""
from __future__ import annotations

import ctypes
import weakref
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from . import _library
from .dtypes import ABI, dtype_name, numpy_dtype, spelled
from .errors import ArgumentError, run_error

Outputs = Union[np.ndarray, Tuple[np.ndarray, ...]]


class Argument(NamedTuple):
    """One tensor at the program's door."""

    name: str
    dtype: str                  # "bf16", "f16", "f32", "i32"
    shape: Tuple[int, ...]      # -1 where free

    def __str__(self) -> str:
        return f"{self.name}: {self.dtype}[{', '.join('?' if size < 0 else str(size) for size in self.shape)}]"


class Measurement(NamedTuple):
    median_us: float
    variation: float  # coefficient of variation of the timed runs


class LaunchTime(NamedTuple):
    kernel: str
    median_us: float


class Program:
    """One program of an artifact, with its code loaded. May be run from several threads at once.

    `.target` is where it runs; `.inputs` and `.outputs` say what it takes and gives.
    """

    def __init__(self, artifact, name: Optional[str] = None, target: str = "auto", device: int = 0):
        self._library = library = _library.runtime()
        loaded, opened = ctypes.c_void_p(), ctypes.c_void_p()
        self._call("msartLoadArtifactBytes", artifact.text, len(artifact.text), ctypes.byref(loaded))
        try:
            self._call("msartProgramOpen", loaded, name.encode() if name else None, target.encode(), device, ctypes.byref(opened))
        finally:
            library.msartDestroyArtifact(loaded)  # what was opened keeps what it needs
        self._handle = opened
        self._close = weakref.finalize(self, library.msartDestroyProgram, opened)
        self.target: str = library.msartProgramTarget(opened).decode()
        self._manifest = artifact.manifest(name, self.target)
        self.name: str = self._manifest["name"]
        arguments = [(Argument(a["name"], a["dtype"], tuple(a["shape"])), a["output"]) for a in self._manifest["arguments"]]
        self.inputs: Tuple[Argument, ...] = tuple(argument for argument, output in arguments if not output)
        self.outputs: Tuple[Argument, ...] = tuple(argument for argument, output in arguments if output)

    def __repr__(self) -> str:
        return (f"<msac.Program {self.name} for {self.target}: ({', '.join(map(str, self.inputs))}) -> "
                f"({', '.join(map(str, self.outputs))})>")

    @property
    def notes(self) -> Dict[str, str]:
        """What was decided and what it costs; see Artifact.notes."""
        return dict(self._manifest.get("notes", {}))

    def run(self, *arrays: Any, out: Union[None, np.ndarray, Sequence[Optional[np.ndarray]]] = None, check: bool = False,
            **named: Any) -> Outputs:
        """Runs on NumPy arrays (copied to the GPU and back where the target is one) and gives back the output, or a tuple of them.

        Inputs come in the order of `.inputs`, by name, or first the one and then the other; any strides will do. bf16 is
        `msac.bf16` or ml_dtypes.bfloat16. `out`: arrays to write the outputs to, None in a tuple for "make one". `check`: look
        for bad lengths, page ids and selections first ("[debug-check]"), as `msac.config.debug` does in every run. Raises
        ArgumentError naming the argument, the place and both values.
        """
        inputs = self._inputs(arrays, named)
        outputs = self._outputs(inputs, out)
        tensors = _tensors([*inputs, *outputs])
        if check:
            self._call("msartProgramCheckHost", self._handle, tensors, len(tensors))
        self._call("msartProgramRunHost", self._handle, tensors, len(tensors))
        if out is None and any(array.dtype.name == "bfloat16" for array in map(np.asarray, (*arrays, *named.values()))):
            outputs = [_as_ml_dtypes(array) for array in outputs]
        return outputs[0] if len(outputs) == 1 else tuple(outputs)

    def measure(self, *arrays: Any, **named: Any) -> Measurement:
        """Times the program on these inputs, copies not counted: 5 warm-up and 20 timed runs."""
        inputs = self._inputs(arrays, named)
        tensors = _tensors([*inputs, *self._outputs(inputs, None)])
        median, variation = ctypes.c_double(), ctypes.c_double()
        self._call("msartProgramMeasureHost", self._handle, tensors, len(tensors), ctypes.byref(median), ctypes.byref(variation))
        return Measurement(median.value, variation.value)

    def measure_launches(self, *arrays: Any, **named: Any) -> List[LaunchTime]:
        """Times each launch of a GPU program in its place in whole runs; empty for CPU programs."""
        inputs = self._inputs(arrays, named)
        tensors = _tensors([*inputs, *self._outputs(inputs, None)])
        kernels = [launch["kernel"] for launch in self._manifest.get("launches", ())]
        medians = (ctypes.c_double * max(len(kernels), 1))()
        self._call("msartProgramMeasureLaunchesHost", self._handle, tensors, len(tensors), None, medians, len(kernels))
        return [LaunchTime(kernel, median) for kernel, median in zip(kernels, medians)]

    def _call(self, function: str, *arguments: Any) -> None:
        if getattr(self._library, function)(*arguments):
            raise run_error(self._library.msartLastError().decode(errors="replace"))

    def _inputs(self, arrays: Sequence[Any], named: Dict[str, Any]) -> List[np.ndarray]:
        """All inputs in order, checked."""
        signature = ", ".join(map(str, self.inputs))
        if len(arrays) > len(self.inputs):
            raise ArgumentError(f"[argument] expects {len(self.inputs)} inputs ({signature}), but {len(arrays)} are given")
        given = dict(zip((argument.name for argument in self.inputs), arrays))
        for name, array in named.items():
            if name in given:
                raise ArgumentError(f"[argument] '{name}': expects one array, but it is given twice")
            given[name] = array
        known = [argument.name for argument in self.inputs]
        strange = [name for name in named if name not in known]
        missing = [name for name in known if name not in given]
        if strange or missing:
            found = " and ".join(filter(None, (f"{', '.join(strange)} is none of them" if strange else "",
                                               f"{', '.join(missing)} is missing" if missing else "")))
            raise ArgumentError(f"[argument] expects inputs ({signature}), but {found}")
        return [_input(argument, given[argument.name]) for argument in self.inputs]

    def _outputs(self, inputs: List[np.ndarray], out) -> List[np.ndarray]:
        given = [None] * len(self.outputs) if out is None else [out] if isinstance(out, np.ndarray) else list(out)
        if len(given) != len(self.outputs):
            raise ArgumentError(f"[argument] expects {len(self.outputs)} outputs ({', '.join(map(str, self.outputs))}), but "
                                f"{len(given)} are given")
        tensors = _tensors(inputs)
        return [self._output(position, array, tensors) for position, array in enumerate(given)]

    def _output(self, position: int, array: Optional[np.ndarray], tensors) -> np.ndarray:
        argument = self.outputs[position]
        if array is None:
            shape = (ctypes.c_int64 * max(len(argument.shape), 1))()
            self._call("msartOutputShape", self._handle, tensors, len(tensors), len(self.inputs) + position, shape)
            return np.empty(tuple(shape[:len(argument.shape)]), dtype=numpy_dtype(argument.dtype))
        _check_dtype(argument, array)
        if not array.flags.writeable:
            raise ArgumentError(f"[argument] '{argument.name}': expects an array that can be written to, but it is read-only")
        if not _is_readable(array):
            raise ArgumentError(f"[argument] '{argument.name}': expects a last stride of 1 element, but strides are "
                                f"{array.strides} bytes")
        return array


def _check_dtype(argument: Argument, array: np.ndarray) -> None:
    if dtype_name(array.dtype) == argument.dtype:
        return
    hint = "; bits that are bf16 already are array.view(msac.bf16)" if (argument.dtype, array.dtype) == ("bf16", np.uint16) else ""
    raise ArgumentError(f"[argument] '{argument.name}': expects dtype {spelled(argument.dtype)}, but it is {array.dtype}{hint}")


def _input(argument: Argument, value: Any) -> np.ndarray:
    array = np.asarray(value)
    _check_dtype(argument, array)
    if array.ndim != len(argument.shape):
        raise ArgumentError(f"[argument] '{argument.name}': expects {argument}, but its shape is {list(array.shape)}")
    return array if _is_readable(array) else np.ascontiguousarray(array)


def _is_readable(array: np.ndarray) -> bool:
    """Rows lie at whole elements, the last dimension without gaps."""
    return (array.size == 0 or array.ndim == 0 or array.shape[-1] <= 1 or array.strides[-1] == array.itemsize) and all(
        stride % array.itemsize == 0 for stride in array.strides)


def _tensors(arrays: Sequence[np.ndarray]):
    """An array of msartTensor. It keeps the arrays alive."""
    tensors = (_library.Tensor * len(arrays))()
    for tensor, array in zip(tensors, arrays):
        rank = array.ndim
        tensor.data, tensor.dtype, tensor.rank = array.ctypes.data, ABI[dtype_name(array.dtype)], rank
        tensor.shape = (ctypes.c_int64 * rank)(*array.shape)
        tensor.strides = (ctypes.c_int64 * rank)(*_element_strides(array))
    tensors.arrays = tuple(arrays)
    return tensors


def _element_strides(array: np.ndarray) -> List[int]:
    """Strides in elements. Where they mean nothing (one element along a dimension, or none at all), what they would be without
    gaps."""
    strides, dense = [], 1
    for size, stride in zip(reversed(array.shape), reversed(array.strides)):
        strides.append(stride // array.itemsize if size > 1 and array.size else dense)
        dense = max(abs(strides[-1]) * max(size, 1), 1)
    return strides[::-1]


def _as_ml_dtypes(array: np.ndarray) -> np.ndarray:
    """Who brings ml_dtypes arrays gets them back."""
    if dtype_name(array.dtype) != "bf16":
        return array
    import ml_dtypes

    return array.view(ml_dtypes.bfloat16)
