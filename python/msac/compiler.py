"""MLIR text in, artifact out: `libmsac.so` behind a Python function."""
from __future__ import annotations

import ctypes
import json
import os
import re
from pathlib import Path
from typing import Any, Dict, Sequence, Tuple, Union

from . import _library, config
from .artifact import Artifact
from .errors import CompileError, Diagnostic, MsaError, parse_diagnostics

Targets = Union[None, str, Sequence[str]]


def compile(text_or_path: Union[str, bytes, os.PathLike], target: Targets = None, **options: Any) -> Artifact:
    """Compiles a program for one or more targets.

    text_or_path: MLIR text (anything with a line break or a brace in it), or the path of a file with it (or with bytecode).
    target:       "cpu", "sm_90a", or several: ["cpu", "sm_90a"]. Default: msac.config.target, else MSA_TARGET, else "cpu".
    options:      as include/msa-c/Compiler.h lists them: explain=True, reader=True, ptx_version=83, assemble=True, ...

    Raises CompileError; its `.diagnostics` are what the compiler said. Warnings and remarks of a compilation that went well
    are in the artifact's `.diagnostics`.
    """
    text, diagnostics = _compile(text_or_path, target, options)
    return Artifact(text, diagnostics)


def translate(text_or_path: Union[str, bytes, os.PathLike], emit: str, target: Targets = None, **options: Any) -> str:
    """Compiles, but gives back text: emit "mlir" (with compile_to="split", say), "llvm" or "ptx", for one target."""
    return _compile(text_or_path, target, {"emit": emit, **options})[0].decode()


def check_support(text_or_path: Union[str, bytes, os.PathLike], target: str) -> str:
    """Why `target` cannot run this program, as "[id] needs X, but Y"; "" if it can. CompileError if it is no valid program."""
    library, text = _library.compiler(), source_text(text_or_path)
    reason = ctypes.c_void_p()
    verdict = library.msacCheckSupport(text, len(text), target.encode(), ctypes.byref(reason))
    message = _library.take_text(library, reason).decode(errors="replace")
    if verdict == 2:
        raise CompileError(parse_diagnostics(message), message)
    return message if verdict else ""


def version() -> str:
    """The compiler's version: "0.1.0 (LLVM 22.1.8)"."""
    return _library.compiler().msacVersion().decode()


def targets() -> Tuple[str, ...]:
    """What can be compiled for: ("cpu", "sm_80", ...)."""
    return tuple(name.strip() for name in _library.compiler().msacTargets().decode().split(","))


def source_text(text_or_path: Union[str, bytes, os.PathLike]) -> bytes:
    """The program's bytes; a path's file is read."""
    if isinstance(text_or_path, bytes):
        return text_or_path
    if isinstance(text_or_path, str) and re.search(r"[\n{]", text_or_path):
        return text_or_path.encode()
    return Path(text_or_path).read_bytes()


def _compile(text_or_path, target: Targets, options: Dict[str, Any]) -> Tuple[bytes, Tuple[Diagnostic, ...]]:
    if config.no_jit:
        raise MsaError("[no-jit] needs to compile, but MSA_NO_JIT is set; load an artifact instead")
    library, text = _library.compiler(), source_text(text_or_path)
    merged = {**config.compiler_options(), **options}
    if target is not None:
        merged["target"] = target if isinstance(target, str) else list(target)
    artifact, length, lines = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_void_p()
    failed = library.msacCompile(text, len(text), json.dumps(merged).encode(), ctypes.byref(artifact), ctypes.byref(length),
                                 ctypes.byref(lines))
    diagnostics = parse_diagnostics(_library.take_text(library, lines).decode(errors="replace"))
    result = _library.take_text(library, artifact, length.value)
    if failed:
        raise CompileError(diagnostics)
    return result, diagnostics
