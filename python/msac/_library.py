"""Finds and opens the two shared libraries, by ctypes: nothing here is built per Python version.

libmsac.so compiles, libmsart.so runs; either may be absent, and only using it says so. They are looked for in the
directories of `MSA_LIBRARY_PATH` (colon-separated), beside this package (a wheel), in `lib` beside the package's folder (an
install tree), and in the build tree of a checkout.
"""
from __future__ import annotations

import ctypes
import functools
import os
from pathlib import Path
from typing import List

from . import config
from .errors import LibraryError

_PACKAGE = Path(__file__).resolve().parent


def search_path() -> List[Path]:
    """Where libraries are looked for, first match wins."""
    given = [Path(entry) for entry in (config.library_path or "").split(os.pathsep) if entry]
    return given + [_PACKAGE, _PACKAGE / "lib", _PACKAGE.parent / "lib", _PACKAGE.parent.parent / "build" / "lib"]


def find(name: str) -> Path:
    """The file of library `name`; LibraryError lists where it was sought."""
    places = search_path()
    for place in places:
        if (place / name).is_file():
            return place / name
    raise LibraryError(f"[library-missing] needs {name}, but none is in " + ", ".join(map(str, places))
                       + "; set MSA_LIBRARY_PATH to its folder")


@functools.lru_cache(maxsize=None)
def _open(path: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise LibraryError(f"[library-broken] needs a loadable {path}, but {error}") from error


def _declare(library: ctypes.CDLL, name: str, result, *arguments) -> None:
    try:
        function = getattr(library, name)
    except AttributeError as error:
        raise LibraryError(f"[library-version] needs a library with {name}, but {library._name} has none") from error
    function.restype, function.argtypes = result, arguments


_Text = ctypes.POINTER(ctypes.c_void_p)  # char **: kept as an address, so that it can be given back


def compiler() -> ctypes.CDLL:
    """libmsac.so, with the prototypes of include/msa-c/Compiler.h."""
    library = _open(find("libmsac.so"))
    if not getattr(library, "declared", False):
        c_int, c_char_p, size = ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t
        _declare(library, "msacCompile", c_int, c_char_p, size, c_char_p, _Text, ctypes.POINTER(size), _Text)
        _declare(library, "msacCheckSupport", c_int, c_char_p, size, c_char_p, _Text)
        _declare(library, "msacFree", None, ctypes.c_void_p)
        _declare(library, "msacVersion", c_char_p)
        _declare(library, "msacTargets", c_char_p)
        library.declared = True
    return library


class Tensor(ctypes.Structure):
    """msartTensor: sizes and strides in elements."""

    _fields_ = [("data", ctypes.c_void_p), ("dtype", ctypes.c_int32), ("rank", ctypes.c_int32),
                ("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64))]


RUNTIME_ABI = 1  # MSART_ABI_VERSION


def runtime() -> ctypes.CDLL:
    """libmsart.so, with the prototypes of include/msa-c/Runtime.h."""
    library = _open(find("libmsart.so"))
    if not getattr(library, "declared", False):
        c_int, c_char_p, size, handle = ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p
        out, tensors, double = ctypes.POINTER(handle), ctypes.POINTER(Tensor), ctypes.POINTER(ctypes.c_double)
        _declare(library, "msartVersion", c_int)
        _declare(library, "msartLastError", c_char_p)
        _declare(library, "msartDeviceCount", c_int, ctypes.POINTER(c_int))
        _declare(library, "msartDeviceInfo", c_int, c_int, c_char_p, size, ctypes.POINTER(c_int))
        _declare(library, "msartLoadArtifactBytes", c_int, c_char_p, size, out)
        _declare(library, "msartDestroyArtifact", None, handle)
        _declare(library, "msartProgramOpen", c_int, handle, c_char_p, c_char_p, c_int, out)
        _declare(library, "msartDestroyProgram", None, handle)
        _declare(library, "msartProgramTarget", c_char_p, handle)
        _declare(library, "msartOutputShape", c_int, handle, tensors, size, size, ctypes.POINTER(ctypes.c_int64))
        _declare(library, "msartProgramCheckHost", c_int, handle, tensors, size)
        _declare(library, "msartProgramRunHost", c_int, handle, tensors, size)
        _declare(library, "msartProgramMeasureHost", c_int, handle, tensors, size, double, double)
        _declare(library, "msartProgramMeasureLaunchesHost", c_int, handle, tensors, size, double, double, size)
        if library.msartVersion() != RUNTIME_ABI:
            raise LibraryError(f"[library-version] needs version {RUNTIME_ABI} of the runtime's ABI, but {library._name} has "
                               f"{library.msartVersion()}")
        library.declared = True
    return library


def take_text(library: ctypes.CDLL, pointer: ctypes.c_void_p, length: int = -1) -> bytes:
    """The bytes behind a `char *` of the compiler, which is then freed."""
    if not pointer.value:
        return b""
    try:
        return ctypes.string_at(pointer.value, length)
    finally:
        library.msacFree(pointer)
