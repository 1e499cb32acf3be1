#!/usr/bin/env python3
"""Files stand where and are what the house expects: no path of one machine, no folder or file named Utils or Common. With
--sizes it instead lists the files that are large enough for another look, and never fails."""
import re

import house

TEXT = {".h", ".cpp", ".td", ".def", ".py", ".sh", ".cmake", ".txt", ".md", ".mlir", ".test", ".in", ".json", ".ci", "run"}
# Homes and working folders of one machine; a temporary folder is written as ${TMPDIR:-/tmp}.
MACHINE = re.compile(r"(?<![\w.$}:-])/(?:work|root|home|tmp)/[a-z.]", re.I)


def limit(path):
    """Lines beyond which a file wants another look: size is a smell, not a law."""
    if path.startswith("lib/Kernels/"):
        return 250
    return {".td": 300, ".cpp": 120 if path.startswith("tools/") else 500, ".h": 200, ".py": 500}.get(path[path.rfind("."):])


def sizes(root):
    for f in house.files(root, {".cpp", ".h", ".td", ".py"}):
        path, lines = f.relative_to(root).as_posix(), len(house.text(f).splitlines())
        if limit(path) and lines > limit(path):
            print(f"{path}:1: {lines} lines, another look beyond {limit(path)}")
    return []


def check(root, *options):
    if "--sizes" in options:
        return sizes(root)
    findings = []
    for f in house.files(root, TEXT) + house.files(root, TEXT, None):
        path = f.relative_to(root).as_posix()
        if re.search(r"(^|/)(Utils?|Common)(\.|/|$)", path, re.I):
            findings.append(f"{path}:1: is named after nothing: say what it is instead of Utils or Common")
        for n, line in enumerate(house.text(f).splitlines(), 1):
            if m := MACHINE.search(line):
                findings.append(f"{path}:{n}: names a folder of one machine: {line[m.start():].split()[0]}")
    return sorted(set(findings))


if __name__ == "__main__":
    house.main(check, "nothing names one machine")
