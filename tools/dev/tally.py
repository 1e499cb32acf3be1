#!/usr/bin/env python3
"""Adds up what test.sh ran and prints the closing line: tally.py LOGS BUILD [failed step ...].

Reads every lit*.json (lit --output) and *.xml (pytest --junitxml) in LOGS. Exits 1 when anything failed or nothing ran.
"""
import collections
import glob
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

import features

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
LIT = {"PASS": PASSED, "FLAKYPASS": PASSED, "XFAIL": PASSED, "UNSUPPORTED": SKIPPED, "SKIPPED": SKIPPED, "EXCLUDED": None}


def lit_results(path):
    """(name, outcome, reason) of each test; whatever lit calls anything else has failed."""
    for test in json.load(open(path))["tests"]:
        outcome = LIT.get(test["code"], FAILED)
        reason = re.search(r"unavailable features: *(.*)", test.get("output", ""))
        if outcome:
            yield test["name"], outcome, f"needs {reason.group(1)}" if reason else test["code"].lower()


def pytest_results(path):
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, FAILED, "failed"
        elif skip is not None and skip.get("type") != "pytest.xfail":
            yield name, SKIPPED, skip.get("message", "skipped")
        else:
            yield name, PASSED, ""


def collect(logs):
    for path in sorted(glob.glob(os.path.join(logs, "lit*.json"))):
        yield from lit_results(path)
    for path in sorted(glob.glob(os.path.join(logs, "*.xml"))):
        yield from pytest_results(path)


def main(logs, build, failed_steps):
    results = list(collect(logs))
    results += [(step, FAILED, "did not finish") for step in failed_steps]
    reasons = collections.Counter(reason for _, outcome, reason in results if outcome == SKIPPED)
    print("\nwhat this machine has:")
    for name, (there, detail) in features.survey(build, True).items():
        print(f"  {'found  ' if there else 'missing'}  {name:<15} {detail}")
    for reason, count in sorted(reasons.items()):
        print(f"skipped {count}: {reason}")
    for name, outcome, reason in results:
        if outcome == FAILED:
            print(f"FAILED: {name} ({reason})")
    count = collections.Counter(outcome for _, outcome, _ in results)
    print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    return 1 if count[FAILED] or not count[PASSED] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
