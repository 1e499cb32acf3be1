#!/usr/bin/env python3
"""Includes run downwards only: no file includes a higher floor's, no two folders include each other, and who must never
meet does not meet, not even through others (architecture: the table of floors)."""
import posixpath
import re

import house

# Folder (as included: include/msa/X and lib/X are both X) -> floor.
FLOORS = {
    "Artifact": 0, "Support": 0, "Reference": 0, "Runtime": 0, "msa-c/Runtime.h": 0,
    "dialects/Msa": 1, "dialects/Tile": 1,
    "Kernels": 2,
    "Strategy": 3, "Tuning": 3,
    "Transforms": 4, "TileTransforms": 4, "Conversion": 4,
    "Target": 5,
    "AllPasses.h": 6, "Pipelines": 6,
    "Compiler": 7, "msa-c/Compiler.h": 7,
    "tools": 8, "python": 8,
}
UPSTREAM = "mlir or llvm"
COMPILER = ["dialects/Msa", "dialects/Tile", "Kernels", "Strategy", "Transforms", "TileTransforms", "Conversion", "Target",
            "Pipelines", "Compiler"]
# Folder -> what no file of it may reach, directly or through other files of ours.
NEVER = {
    **{folder: [UPSTREAM] for folder in ["Artifact", "Support", "Reference", "Runtime", "msa-c", "tools/msa-run"]},
    **{folder: ["Runtime"] for folder in COMPILER},
    "dialects/Msa": ["dialects/Tile", "Runtime"],
    "dialects/Tile": ["dialects/Msa", "Runtime"],
    "Kernels": ["dialects/Msa", "Runtime"],
    "TileTransforms": ["dialects/Msa", "Runtime"],
    "Target": ["dialects/Msa", "dialects/Tile", "Runtime"],
    "Reference": [UPSTREAM, "Runtime"],
}


def place(path):
    """The folder that a project path belongs to, as the tables above name it: lib/Target/A.cpp -> Target/A.cpp."""
    for prefix in ("include/msa/", "lib/", "include/"):
        if path.startswith(prefix):
            return path[len(prefix):]
    return path


def look_up(table, path):
    """The entry of the longest folder of `table` that holds `path`, as (folder, entry); (None, None) if none does."""
    name = place(path)
    fits = [f for f in table if name == f or name.startswith(f + "/")]
    return (max(fits, key=len), table[max(fits, key=len)]) if fits else (None, None)


def folder_of(path):
    """The ring check's unit: dialects/Msa, Conversion/MsaToTile, Support, ..."""
    parts = place(path).split("/")
    if parts[0] == "Artifact":
        return "Support"  # the promise in include/msa/Artifact is kept in lib/Support
    return "/".join(parts[:2] if parts[0] in ("dialects", "Conversion", "tools", "msa-c") else parts[:1])


def resolve(root, path, included):
    """Where an include leads: a project path (which need not exist: generated .inc files count by their folder), UPSTREAM
    or None for what is neither."""
    if re.match(r"(mlir|llvm|mlir-c|llvm-c)/", included):
        return UPSTREAM
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), included))
    if (root / beside).exists():
        return beside
    if included.startswith(("msa/", "msa-c/")):
        return "include/" + included
    return included if included.startswith(("dialects/", "lib/", "tools/")) else None


def check(root):
    includes = {}  # path -> [(line, target)]
    for f in house.files(root, {".h", ".cpp", ".td", ".def", ".inc"}, ["include", "dialects", "lib", "tools"]):
        path = f.relative_to(root).as_posix()
        lines = enumerate(house.text(f).splitlines(), 1)
        found = ((n, re.match(r'\s*#?\s*include\s+["<]([^">]+)[">]', line)) for n, line in lines)
        targets = ((n, resolve(root, path, m.group(1))) for n, m in found if m)
        includes[path] = [(n, t) for n, t in targets if t]
    return upward(includes) + forbidden(includes) + rings(includes)


def upward(includes):
    findings = []
    for path, targets in includes.items():
        _, floor = look_up(FLOORS, path)
        if floor is None:
            findings.append(f"{path}:1: stands in a folder without a floor: add it to FLOORS of test/House/check_includes.py")
            continue
        for n, target in targets:
            _, above = look_up(FLOORS, target)
            if above is not None and above > floor:
                findings.append(f"{path}:{n}: floor {floor} may not include {target} of floor {above}")
    return findings


def forbidden(includes):
    findings = []
    for path, targets in includes.items():
        folder, banned = look_up(NEVER, path)
        for n, target in targets:
            for what, chain in reached(includes, target):
                if what in (banned or []) or look_up(dict.fromkeys(banned or []), what)[0]:
                    through = " (through " + " -> ".join(chain[:-1]) + ")" if chain[:-1] else ""
                    findings.append(f"{path}:{n}: {folder} may never include {what}{through}")
    return sorted(set(findings))


def reached(includes, start):
    """Every file that an include of `start` brings in, with the way there."""
    todo, seen = [(start, [start])], {start}
    while todo:
        path, chain = todo.pop()
        yield path, chain
        for _, target in includes.get(path, []):
            if target not in seen:
                seen.add(target)
                todo.append((target, chain + [target]))


def rings(includes):
    edges = {}
    for path, targets in includes.items():
        for n, target in targets:
            if target != UPSTREAM and folder_of(path) != folder_of(target):
                edges.setdefault(folder_of(path), {}).setdefault(folder_of(target), f"{path}:{n}")

    def walk(node, path):
        for after in edges.get(node, {}):
            if after in path:
                return path[path.index(after):] + [after]
            if after not in done and (ring := walk(after, path + [after])):
                return ring
        done.add(node)
        return None

    done = set()
    for start in sorted(edges):
        if start not in done and (ring := walk(start, [start])):
            where = edges[ring[0]][ring[1]]
            return [f"{where}: folders include each other: " + " -> ".join(ring)]
    return []


if __name__ == "__main__":
    house.main(check, "includes run downwards only")
