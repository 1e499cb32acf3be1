"""What a compilation gives: programs for one or more targets, in one file (.msab)."""
from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from .errors import ArtifactError, Diagnostic, MsaError

FORMAT, VERSION = "msa-artifact", 1  # include/msa/Artifact/Manifest.h


class Artifact:
    """Programs that can run. `.text` is the file's content, `.programs` lists (name, target), `.diagnostics` what the
    compiler said while making it."""

    def __init__(self, text: bytes, diagnostics: Tuple[Diagnostic, ...] = ()):
        self.text = text
        self.diagnostics = diagnostics
        self._body = _read(text)

    @property
    def producer(self) -> str:
        """Who made it: "msa-compile 0.1.0 (LLVM 22.1.8)"."""
        return self._body["producer"]

    @cached_property
    def programs(self) -> List[Tuple[str, str]]:
        return [(program["name"], program["target"]) for program in self._body["programs"]]

    def manifest(self, name: Optional[str] = None, target: Optional[str] = None) -> Dict[str, Any]:
        """One program's entry as it stands in the file: arguments, launches, meaning, notes, modules."""
        found = [program for program in self._body["programs"]
                 if name in (None, program["name"]) and target in (None, program["target"])]
        if not found:
            wanted = " for ".join(filter(None, (f"program '{name}'" if name else "a program", target)))
            listed = ", ".join(f"{n} ({t})" for n, t in self.programs) or "none"
            raise MsaError(f"[no-program] needs {wanted}, but the artifact has {listed}")
        return found[0]

    def notes(self, name: Optional[str] = None, target: Optional[str] = None) -> Dict[str, str]:
        """What was decided and what it costs (compile with explain=True): strategy, shared memory, registers, flops, bytes."""
        return dict(self.manifest(name, target).get("notes", {}))

    def program(self, name: Optional[str] = None, target: str = "auto"):
        """A program, ready to run. `name`: None where there is one. `target`: one of the artifact's, or "auto": a GPU's where
        the driver finds one that can run it, else the CPU's."""
        from .program import Program  # needs libmsart.so, which compiling does not

        return Program(self, name, target)

    def save(self, path: os.PathLike) -> None:
        """Writes the file that `msac.load`, `msa-run` and the C runtime read."""
        Path(path).write_bytes(self.text)

    def __repr__(self) -> str:
        return f"<msac.Artifact: {', '.join(f'{name} for {target}' for name, target in self.programs)}>"


def load(path: os.PathLike) -> Artifact:
    """Reads an artifact. ArtifactError where the file is not whole, or of a version that we do not know."""
    return Artifact(Path(path).read_bytes())


def _read(text: bytes) -> Dict[str, Any]:
    """The body. Whether the values in it make sense is for the runtime to say, which reads it again."""
    try:
        file = json.loads(text)
    except ValueError as error:
        if text.lstrip()[:1] == b"{":
            raise ArtifactError(f"[artifact-truncated] needs a whole artifact, but after {len(text)} bytes: {error}") from error
        raise ArtifactError(f"[artifact-format] needs a JSON object, but found {bytes(text[:20])!r}") from error
    if not isinstance(file, dict) or file.get("format") != FORMAT or "body" not in file:
        raise ArtifactError(f"[artifact-format] needs \"format\": \"{FORMAT}\" and a body, but found {bytes(text[:40])!r}")
    if file.get("version") != VERSION:
        raise ArtifactError(f"[artifact-version] needs version {VERSION}, but found {file.get('version')}")
    body = file["body"]
    if not isinstance(body, dict) or not isinstance(body.get("programs"), list):
        raise ArtifactError("[artifact-format] needs a list of programs in the body, but found none")
    return body
