"""msac: blockwise top-k sparse attention, compiled.

    artifact = msac.compile(text, target="cpu")       # MLIR text with msa ops in it, or a path
    output, lse = artifact.program().run(q, k, v, ...)

`msac.reference` is what the ops mean, in NumPy; `msac.testing` makes random problems; `msac.config` holds the knobs.
Everything but `numpy` is our own: two shared libraries, opened when first used.
"""
from . import config, reference
from .artifact import Artifact, load
from .compiler import check_support, compile, targets, translate, version
from .dtypes import bf16, from_bf16, to_bf16
from .errors import (ArgumentError, ArtifactError, CompileError, Diagnostic, DriverError, LibraryError, MsaError, RunError)

__all__ = ["Artifact", "ArgumentError", "ArtifactError", "CompileError", "Diagnostic", "DriverError", "LibraryError", "MsaError",
           "RunError", "bf16", "check_support", "compile", "config", "from_bf16", "load", "reference", "targets", "to_bf16",
           "translate", "version"]
__version__ = "0.1.0"
