#!/usr/bin/env python3
"""Every file test checks something.

Each RUN line ends in a judgement (FileCheck, not, diff, cmp, count, test, -verify-diagnostics, --verify, a check script),
or makes a file (%t...) that a later RUN line reads. A file that calls FileCheck has a directive of each prefix that it
names; a file that verifies diagnostics expects at least one.
"""
import re

import house

JUDGES = re.compile(r"\b(FileCheck|diff|cmp|count|not)\b|\btest -|-verify-diagnostics|--verify\b|%python|\bgrep\b")
MAKES = re.compile(r"(?:-o\s*|>\s*|--outputs[ =]|(?:rm -rf|mkdir -p|split-file|cp|head|tail)\b.*?\s)[\"']?(%t[\w./-]*)")


def run_lines(lines):
    """(line number, command) of each RUN line, continuations joined."""
    joined, start = "", 0
    for n, line in enumerate(lines, 1):
        m = re.match(r"\s*(?://|#|;)\s*RUN:\s*(.*?)\s*$", line)
        if not m:
            continue
        start = start or n
        if m.group(1).endswith("\\"):
            joined += m.group(1)[:-1]
            continue
        yield start, joined + m.group(1)
        joined, start = "", 0


def prefixes(command):
    """The directive prefixes of each FileCheck call in a command."""
    for call in re.findall(r"FileCheck\b([^|&;]*)", command):
        named = re.findall(r"-?-check-prefix(?:es)?[= ]([\w,-]+)", call)
        yield from ",".join(named).split(",") if named else ["CHECK"]


def check_file(lines):
    body = "\n".join(lines)
    runs = list(run_lines(lines))
    if not runs:
        yield 1, "has no RUN line"
    for i, (n, command) in enumerate(runs):
        later = " ".join(after for _, after in runs[i + 1:])
        made = MAKES.findall(command)
        if not JUDGES.search(command) and not any(m.split("/")[0] in later for m in made):
            yield n, f"checks nothing: {command}"
        for prefix in prefixes(command):
            if not re.search(rf"(?<![\w-]){re.escape(prefix)}(-NEXT|-SAME|-DAG|-LABEL|-COUNT-\d+|-EMPTY|-NOT)?(\{{LITERAL\}})?:", body):
                yield n, f"calls FileCheck for {prefix}, but the file has no {prefix}: line"
        if "-verify-diagnostics" in command and "expected-" not in body:
            yield n, "verifies diagnostics, but expects none"


def check(root):
    findings = []
    for f in house.files(root, {".mlir", ".test"}, ["test"]):
        if "Python" not in f.parts:
            findings += [f"{f.relative_to(root)}:{n}: {message}" for n, message in check_file(house.text(f).splitlines())]
    return findings


if __name__ == "__main__":
    house.main(check, "every RUN line checks something")
