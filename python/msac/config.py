"""The knobs: `msac.config.dump_dir = "dump"` in Python, `MSA_DUMP_DIR` in the environment.

A knob set in Python wins over the environment; `None` hands it back. `msac.config.show()` says what holds and why.
"""
from __future__ import annotations

import os
import sys
import types
from dataclasses import dataclass
from typing import Any, Dict, Optional


@dataclass(frozen=True)
class Knob:
    variable: str
    meaning: str
    option: str = ""  # its key among the compiler's options; "" where Python itself acts on it
    kind: type = str


KNOBS: Dict[str, Knob] = {
    "target": Knob("MSA_TARGET", "targets to compile for where none is given, as \"cpu\" or \"cpu,sm_90a\"", "target"),
    "dump_dir": Knob("MSA_DUMP_DIR", "folder that gets one numbered file a phase, and the PTX", "dump_dir"),
    "cache_dir": Knob("MSA_CACHE_DIR", "folder of compiled artifacts and assembled PTX; \"\" for no cache", "cache_dir"),
    "override_dir": Knob("MSA_OVERRIDE_DIR", "folder whose files replace dumped phases of the same name, and NAME.ptx the kernel NAME when it is loaded", "override_dir"),
    "ptxas_path": Knob("MSA_PTXAS_PATH", "the ptxas to assemble with", "ptxas_path"),
    "lld_path": Knob("MSA_LLD_PATH", "the ld.lld that links CPU programs", "lld_path"),
    "ptx_version": Knob("MSA_PTX_VERSION", "PTX ISA version times 10, as 83", "ptx_version", int),
    "log": Knob("MSA_LOG", "\"error\", \"info\" or \"debug\"", "log"),
    "no_jit": Knob("MSA_NO_JIT", "1: compiling is an error; only artifacts that exist are run", kind=bool),
    "debug": Knob("MSA_DEBUG", "1: lengths, page tables, selections and addresses are checked before each launch", kind=bool),
    "log_inputs": Knob("MSA_LOG_INPUTS", "folder that gets each run's inputs before it runs; msa-run --inputs runs them again"),
    "num_threads": Knob("MSA_NUM_THREADS", "threads of CPU programs, set before the first runs", kind=int),
    "library_path": Knob("MSA_LIBRARY_PATH", "folders of libmsac.so and libmsart.so, colon-separated"),
    "libcuda_path": Knob("MSA_LIBCUDA_PATH", "the driver's libcuda.so.1"),
}

# The runtime reads these itself, so a value set here is put into the environment until it is handed back.
_EXPORTED = ("cache_dir", "debug", "libcuda_path", "log_inputs", "num_threads", "override_dir", "ptxas_path")


def _parse(knob: Knob, text: str) -> Any:
    return text not in ("", "0") if knob.kind is bool else knob.kind(text) if text else None if knob.kind is int else text


def _export(variable: str, text: Optional[str]) -> None:
    if text is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = text


class _Config(types.ModuleType):
    """This module, with its knobs as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name not in KNOBS:
            raise AttributeError(f"msac.config has no knob '{name}'; it has {', '.join(KNOBS)}")
        if name in self._set:
            return self._set[name]
        text = os.environ.get(KNOBS[name].variable)
        return None if text is None else _parse(KNOBS[name], text)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in KNOBS:
            if name.startswith("_"):
                return super().__setattr__(name, value)
            raise AttributeError(f"msac.config has no knob '{name}'; it has {', '.join(KNOBS)}")
        variable = KNOBS[name].variable
        if value is None:
            if self._set.pop(name, None) is not None and name in _EXPORTED:
                _export(variable, self._before.pop(name))
        else:
            if name in _EXPORTED:
                self._before.setdefault(name, os.environ.get(variable))
                _export(variable, str(int(value)) if KNOBS[name].kind is bool else str(value))
            self._set[name] = value

    def origin(self, name: str) -> str:
        """"python", "environment" or "default"."""
        return "python" if name in self._set else "environment" if KNOBS[name].variable in os.environ else "default"

    def compiler_options(self) -> Dict[str, Any]:
        """What was set in Python, as keys of msacCompile's options. The compiler reads the environment itself."""
        return {knob.option: self._set[name] for name, knob in KNOBS.items() if knob.option and name in self._set}

    def show(self) -> str:
        """A table of all knobs: value, where it comes from, meaning."""
        rows = [(name, repr(getattr(self, name)), self.origin(name), knob.variable, knob.meaning)
                for name, knob in KNOBS.items()]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)) + "  " + row[4] for row in rows)


_self = sys.modules[__name__]
_self.__class__ = _Config
_self._set: Dict[str, Any] = {}
_self._before: Dict[str, Optional[str]] = {}  # the environment's values of what is exported
