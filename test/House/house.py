"""What the checks of this folder share: which files are the project's, and how a finding is reported.

A check is a function root -> findings, each "path:line: message". Every check has a sample under Inputs/ in which it must
find something: a check that cannot fail is no check.
"""
import os
import pathlib
import sys

FOLDERS = ["cmake", "dialects", "docs", "examples", "include", "lib", "python", "share", "test", "tools", ".ci"]
GENERATED = {"Inputs", "__pycache__", "build", ".pytest_cache", ".hypothesis"}


def files(root, suffixes, folders=None):
    """The project's files of these suffixes, in order; the root's own files count when no folder is named."""
    root = pathlib.Path(root)
    found = [f for f in root.iterdir() if f.is_file()] if folders is None else []
    for folder in FOLDERS if folders is None else folders:
        for where, subfolders, names in os.walk(root / folder):
            subfolders[:] = sorted(set(subfolders) - GENERATED)
            found += [pathlib.Path(where, name) for name in names]
    return sorted(f for f in found if f.suffix in suffixes or f.name in suffixes)


def text(path):
    return path.read_text(errors="replace")


def main(check, ok):
    """Runs a check on the folder named on the command line (and what else it takes); exits 1 when it finds something."""
    root = pathlib.Path(sys.argv[1])
    findings = check(root, *sys.argv[2:])
    for finding in findings:
        print(finding)
    if not findings:
        print(ok)
    sys.exit(bool(findings))
