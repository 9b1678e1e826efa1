# SPDX-License-Identifier: Apache-2.0
"""The official FHIRPath tests for R4: every expression, through `andiron path`.

    fhirpath_suite_test.py            all cases; compares with scoreboard/fhirpath.tsv, which may only improve
    fhirpath_suite_test.py --write    writes the scoreboard; reasons that stand in it stay

Read from suites/fhirpath of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do.
Cases that must fail are asked strictly; all others both leniently and strictly, and both must give the expected values and types."""
import collections
import decimal
import json
import subprocess
import sys
import tempfile
import time

import scoreboard
from andiron import PROGRAM, check, finish

suite_file = scoreboard.suite("fhirpath/tests-fhir-r4.json", "FHIRPath cases")


def ask(questions):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(question) + "\n" for question in questions))
        file.flush()
        ran = subprocess.run([PROGRAM, "path", "--batch", file.name], capture_output=True, text=True, timeout=300)
    lines = ran.stdout.splitlines()
    if len(lines) != len(questions):
        check(False, f"{len(lines)} answers to {len(questions)} questions, exit {ran.returncode}: {ran.stderr[:500]}")
        raise SystemExit(1)
    return [json.loads(line) for line in lines]


def same_value(got, wanted):
    if got == wanted.removeprefix("@").removeprefix("T") or got == wanted:
        return True
    try:
        return decimal.Decimal(got) == decimal.Decimal(wanted) and ("." in got) == ("." in wanted)
    except decimal.InvalidOperation:
        return False


def same(answer, case):
    """The expected outputs, in order unless the case says that there is none; types where they are said."""
    if "error" in answer:
        return False
    got = [(item["type"], item.get("value")) for item in answer["results"]]
    if case.get("predicate") == "true":
        got = [("boolean", str(bool(got) and got[0][1] != "false").lower())]
    wanted = [(output.get("type"), output.get("value")) for output in case["outputs"]]
    if len(got) != len(wanted):
        return False
    if case.get("ordered") == "false":
        got.sort(key=str)
        wanted.sort(key=lambda pair: str((pair[0].capitalize() if pair[0] else "", pair[1])))
        return collections.Counter(value for _, value in got) == collections.Counter(value for _, value in wanted)
    for (kind, value), (wanted_kind, wanted_value) in zip(got, wanted):
        if wanted_kind and kind.lower() != wanted_kind.lower():
            return False
        if wanted_value is not None and not same_value(value, wanted_value):
            return False
    return True


begun = time.monotonic()
cases = json.loads(suite_file.read_text())
questions = []
for case in cases:
    question = {"expression": case["expression"]}
    if case.get("inputfile"):
        question["file"] = str(suite_file.parent / case["inputfile"])
    questions.append({**question, "strict": True})
    questions.append(question)
answers = ask(questions)
results, said, seen = {}, {}, collections.Counter()
for number, case in enumerate(cases):
    seen[case["name"]] += 1
    name = case["name"] + (f" ({seen[case['name']]})" if seen[case["name"]] > 1 else "")
    strict, lenient = answers[2 * number], answers[2 * number + 1]
    said[name] = f"{case['expression']!r}: lenient {json.dumps(lenient)[:300]}, strict {json.dumps(strict)[:300]}"
    if case["invalid"]:
        good = "error" in strict
    else:
        good = same(lenient, case) and same(strict, case)
    results[name] = "pass" if good else "differs"

passed = sum(result == "pass" for result in results.values())
scoreboard.settle("fhirpath", results, said, "--write" in sys.argv)
finish("fhirpath suite", f"{passed} of {len(results)} cases, {time.monotonic() - begun:.1f} s")
