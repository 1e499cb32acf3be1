"""What goes wrong, as exceptions.

Every exception of this package carries `.id`, the fixed kebab-case name of what went wrong ("" where there is none); the
same id stands in the compiler's diagnostics, in the C API and here, so a program can branch on it.
"""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import List, Tuple


class MsaError(Exception):
    """Root of everything this package raises on purpose."""

    def __init__(self, message: str, id: str = ""):
        super().__init__(message)
        self.id = id or id_of(message)


@dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler."""

    severity: str  # "error", "warning", "remark", "note"
    message: str
    location: str = ""
    id: str = ""

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.severity}: {self.message}"


class CompileError(MsaError):
    """The compiler refused the program. `.diagnostics` holds all that it said, in order."""

    def __init__(self, diagnostics: Tuple[Diagnostic, ...], fallback: str = "the compiler gave no reason"):
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity == "error"]
        super().__init__("\n".join(map(str, self.diagnostics)) or fallback, next((d.id for d in errors if d.id), ""))


class RunError(MsaError):
    """An artifact could not be loaded, planned or run."""


class ArtifactError(RunError):
    """A file is no whole artifact of a version that we know ("artifact-truncated", "artifact-version", "artifact-format")."""


class ArgumentError(RunError, ValueError):
    """An array does not fit the program: its dtype, rank, shape, the number of arrays ("argument"), or what is in it
    ("debug-check")."""


class DriverError(RunError):
    """There is no GPU driver, or the driver refused something."""


class LibraryError(MsaError, OSError):
    """One of our shared libraries was not found, or does not fit this package."""


_RUN_ERRORS = {"artifact": ArtifactError, "argument": ArgumentError, "debug": ArgumentError, "driver": DriverError, "device": DriverError}


def run_error(message: str) -> RunError:
    """The exception for a message of the runtime, by the first word of its id."""
    return _RUN_ERRORS.get(id_of(message).split("-")[0], RunError)(message)


def id_of(message: str) -> str:
    """The id of a message of the form "[id] needs X, but Y"; "" where there is none."""
    match = re.match(r"\s*\[([a-z0-9-]+)\]", message)
    return match.group(1) if match else ""


def parse_diagnostics(lines: str) -> Tuple[Diagnostic, ...]:
    """The compiler's diagnostics: one JSON object a line. A line that is no JSON is kept as an error, whole."""
    found: List[Diagnostic] = []
    for line in filter(None, map(str.strip, lines.splitlines())):
        try:
            entry = json.loads(line)
            found.append(Diagnostic(entry.get("severity", "error"), entry.get("message", ""),
                                    entry.get("location", ""), entry.get("id", "")))
        except (json.JSONDecodeError, AttributeError):
            found.append(Diagnostic("error", line, "", id_of(line)))
    return tuple(found)
