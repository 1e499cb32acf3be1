#!/usr/bin/env python3
"""Constraint labels agree: those that dialects/X/IR/Rationale.md explains are those that a verifier of the dialect checks
(`// attend_c4`), and each is named by a test of what it refuses (test/**/*-invalid.mlir)."""
import re

import house

LABEL = re.compile(r"\b[a-z][a-z0-9_]*_c\d+\b")
COMMENT = re.compile(r"//.*")


def labels(paths, part=None):
    """{label: "path:line" of its first use} in the files, or only in the part of each line that a pattern finds."""
    found = {}
    for path in paths:
        for n, line in enumerate(house.text(path).splitlines(), 1):
            for piece in [line] if part is None else part.findall(line):
                for label in LABEL.findall(piece):
                    found.setdefault(label, (path, n))
    return found


def check(root):
    findings, tested = [], labels(f for f in house.files(root, {".mlir"}, ["test"]) if f.stem.endswith("-invalid"))
    known = set()

    def report(where, message):
        findings.append(f"{where[0].relative_to(root)}:{where[1]}: {message}")

    for folder in sorted(root.glob("dialects/*/IR")):
        explained = labels(folder.glob("Rationale.md"))
        checked = labels(sorted(folder.glob("*.cpp")), COMMENT)
        known |= set(explained) | set(checked)
        if not explained:
            report((folder / "Rationale.md", 1), "explains no constraint")
        for label, where in explained.items():
            if label not in checked:
                report(where, f"{label} is checked by no verifier (a comment `// {label}` in {folder.relative_to(root)}/*.cpp)")
            if label not in tested:
                report(where, f"{label} is named by no test (test/**/*-invalid.mlir)")
        for label, where in checked.items():
            if label not in explained:
                report(where, f"{label} is explained nowhere in Rationale.md")
    for label, where in tested.items():
        if label not in known:
            report(where, f"{label} is no constraint of any dialect")
    return findings


if __name__ == "__main__":
    house.main(check, "constraint labels agree")
