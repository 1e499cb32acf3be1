#!/usr/bin/env python3
"""Every op and every pass is documented, with an example, and stands in a test: check_documented.py ROOT [LLVM_INCLUDE].

An op: summary, description, declarative (or deliberately custom) assembly, an example that holds the op, a test that uses
it. A pass: summary, what it assumes, what it guarantees, an example, a flag that spells its name, a source file named after
it, a test that names the flag. An attribute or type: a summary or description.
"""
import json
import re
import subprocess

import house

EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.S)


def records(root, td, include):
    """The TableGen records of a .td, as llvm-tblgen's JSON."""
    command = ["llvm-tblgen", "-dump-json", "-I", root, "-I", root / "include", "-I", include, td]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"llvm-tblgen cannot read {td}:\n{run.stderr}")
    return json.loads(run.stdout)


def own(all_records, kind, folder):
    """The records of a kind that the project's own files define, each with "path:line"."""
    for name in all_records["!instanceof"].get(kind, []):
        record = all_records[name]
        file, line = record["!locs"][-1].rsplit(":", 1)
        path = folder / file.split("/")[-1]
        if path.exists() and not record["!anonymous"]:
            yield record, f"{path}:{line}"


def kebab(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def check_op(op, dialect, tests):
    name = f"{dialect}.{op['opName']}"
    examples = "".join(EXAMPLE.findall(op["description"] or ""))
    if not op["summary"]:
        yield f"{name} has no summary"
    if not (op["description"] or "").strip():
        yield f"{name} has no description"
    if not re.search(re.escape(name) + r"\b", examples):
        yield f"{name} has no example of its own (a ```mlir block in its description that holds it)"
    if not op["assemblyFormat"] and not op["hasCustomAssemblyFormat"]:
        yield f"{name} has no assembly format"
    if not re.search(re.escape(name) + r"\b", tests):
        yield f"{name} stands in no test (test/**/*.mlir)"


def check_pass(record, tests, sources):
    flag, name, description = record["argument"], record["!name"], record["description"] or ""
    if not record["summary"]:
        yield f"{flag} has no summary"
    for word in ("Assumes", "Guarantees"):
        if word.lower() not in description.lower():
            yield f"{flag} does not say what it {word.lower()}"
    if not EXAMPLE.search(description):
        yield f"{flag} has no example (a ```mlir block in its description)"
    if flag != kebab(name):
        yield f"{flag} is the flag of {name}, but should be {kebab(name)}: one name in three cases"
    if not any(source.startswith(name) for source in sources):
        yield f"{flag} has no source file named after it ({name}.cpp)"
    if not re.search(rf"(?<!\w)(?<!\w-){re.escape(flag)}(?![\w-])", tests):
        yield f"{flag} stands in no test (test/**/*.mlir)"


def check(root, include="/usr/lib/llvm-22/include"):
    tests = "".join(house.text(f) for f in house.files(root, {".mlir"}, ["test"]))
    sources = [f.name for f in house.files(root, {".cpp"}, ["lib"])]
    findings = []

    def report(where, messages):
        findings.extend(f"{str(where).removeprefix(str(root) + '/')}: {message}" for message in messages)

    for td in sorted(root.glob("dialects/*/IR/*Ops.td")):
        if td.name != f"{td.parent.parent.name}Ops.td":
            continue  # which the umbrella, named after its dialect, includes
        all_records = records(root, td, include)
        for op, where in own(all_records, "Op", td.parent):
            report(where, check_op(op, all_records[op["opDialect"]["def"]]["name"], tests))
        for kind in ("AttrDef", "TypeDef"):
            for record, where in own(all_records, kind, td.parent):
                if not (record["summary"] or (record["description"] or "").strip()):
                    report(where, [f"{record['!name']} has neither summary nor description"])
    for td in house.files(root, {"Passes.td"}, ["include"]):
        for record, where in own(records(root, td, include), "PassBase", td.parent):
            report(where, check_pass(record, tests, sources))
    return findings


if __name__ == "__main__":
    house.main(check, "every op and pass is documented and tested")
