# SPDX-License-Identifier: Apache-2.0
"""The official validator's cases for R4: does Andiron find an error where the official validator does, and none where it finds none?

    validator_suite_test.py                 all cases; compares with scoreboard/validator.tsv, which may only improve
    validator_suite_test.py NAME...         cases whose names contain a word, with everything that was found
    validator_suite_test.py --tier A        cases whose tier begins so
    validator_suite_test.py --write         writes the scoreboard; reasons that stand in it stay
    validator_suite_test.py --dump FILE     everything that was found, as JSON

Read from suites/validator of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do.
A case runs twice when it has a profile: `base` without it, `profile` with it."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import scoreboard
from andiron import PROGRAM, check, finish

LEAST = 0.95  # balanced accuracy
arguments = argparse.ArgumentParser()
arguments.add_argument("names", nargs="*")
arguments.add_argument("--tier", default="")
arguments.add_argument("--write", action="store_true")
arguments.add_argument("--dump")
options = arguments.parse_args()

suite, packages = scoreboard.suite("validator", "validator cases"), scoreboard.shared / "packages"
cases = json.loads((suite / "cases.json").read_text())["cases"]
picked = bool(options.names or options.tier)
cases = [c for c in cases if c["exists"] and not c["disabled"] and c["tier"].startswith(options.tier)
         and (not options.names or any(name in c["name"] for name in options.names))]


def package_files(wanted):
    """Archives that are here: the very version, else another of the same package."""
    found = []
    for one in wanted:
        name, _, version = one.partition("#")
        exact = packages / f"{name}-{version}.tgz"
        same = sorted(packages.glob(f"{name}-*.tgz"))
        if exact.is_file():
            found.append(str(exact))
        elif same:
            found.append(str(same[0]))
    return found


def job(case, run):
    here = suite / "files"
    made = {"id": f"{case['name']} {run}", "file": str(here / case["file"]), "known_extensions_only": True}
    beside = [str(here / name) for name in case.get("supporting", [])]
    if run == "profile":
        profile = case["profile"]
        beside += [str(here / name) for name in profile.get("supporting", [])]
        source = profile["source"]
        made["profile"] = [source if source.startswith("http") else str(here / source)]
    beside = [file for file in beside if os.path.isfile(file)]
    if beside:
        made["with"] = beside
    if files := package_files(case.get("packages", [])):
        made["package"] = files
    if case.get("validateReference", "IGNORE").startswith("CHECK"):
        made["references"] = str(here)
        # Without a fetcher the official validator has nobody to ask whether a target exists.
        made["references_must_exist"] = "fetcher" in case and case["validateReference"] != "CHECK_TYPE_IF_EXISTS"
    elif not case.get("assumeValidRestReferences"):
        made["ignore_references"] = True  # as the official validator does unless it is asked to look
    if case.get("assumeValidRestReferences"):
        made["assume_valid_references"] = True
    if case.get("best-practice", "Ignore") != "Ignore":
        made["best_practice"] = True
    if case.get("security-checks"):
        made["security_checks"] = True
    if case.get("examples") is False:
        made["refuse_examples"] = True
    if case.get("for-publication"):
        made["for_publication"] = True
    if case.get("validateContains") == "IGNORE":
        made["ignore_contained"] = True
    return made


def answers_of(jobs):
    """id -> answer. A process that ends early is a bug; the cases behind it are given to a new one."""
    answers = {}
    while left := [one for one in jobs if one["id"] not in answers]:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("".join(json.dumps(one) + "\n" for one in left))
            file.flush()
            try:
                ran = subprocess.run([PROGRAM, "validate", "--list", file.name], capture_output=True, timeout=300)
                out, code, error = ran.stdout, ran.returncode, ran.stderr.decode(errors="replace")
            except subprocess.TimeoutExpired as late:
                out, code, error = late.stdout or b"", "time over", ""
        got = [json.loads(line) for line in out.splitlines() if line.endswith(b"}")]
        answers.update({one["id"]: one for one in got})
        if code != 0:
            broken = next((one["id"] for one in left if one["id"] not in answers), None)
            check(False, f"{broken}: the program ended with {code}: {error[-300:]}")
            if broken is None:
                break
            answers[broken] = {"id": broken, "fault": f"ended with {code}"}
    return answers


runs = [(case, run) for case in cases for run in ("base", "profile") if run == "base" or "profile" in case]
begun = time.monotonic()
answers = answers_of([job(case, run) for case, run in runs])
took = time.monotonic() - begun

said = lambda errors: "error" if errors else "ok"
results = {}
for case, run in runs:
    expected = case[run] if run == "base" else case["profile"]["expect"]
    answer = answers[f"{case['name']} {run}"]
    got = "fault" if "fault" in answer else said(answer["errors"])
    results[case["name"], run] = (said(expected["errors"]), got)
    if picked:
        print(f"{case['name']} · {run} · {case['file']}: expected {said(expected['errors'])}, got {got}")
        for issue in expected.get("error_issues", []):
            print(f"    theirs  error {issue['expression']}: {issue['text']}")
        for issue in answer.get("issues", []):
            print(f"    ours    {issue['severity']} {issue['expression']} ({issue['line']}:{issue['column']}): {issue['text']}")
        if "fault" in answer:
            print(f"    ours    fault: {answer['fault']}")
if options.dump:
    pathlib.Path(options.dump).write_text(json.dumps(answers, indent=1))


def share(expected):
    of = [got == expected for wanted, got in results.values() if wanted == expected]
    return sum(of), len(of)


(hits, bad), (passes, good) = share("error"), share("ok")
balanced = ((hits / bad if bad else 1) + (passes / good if good else 1)) / 2
for (name, run), (expected, got) in sorted(results.items()):
    if expected != got and not picked and sys.stdout.isatty():
        print(f"  differs: {name} · {run}: expected {expected}, got {got}")
print(f"  has errors: found {hits} of {bad}, missed {bad - hits}; has none: passed {passes} of {good}, wrongly refused {good - passes}; "
      f"balanced accuracy {balanced:.3f}; {took:.1f} s")

board = scoreboard.read_board("validator", keys=2, columns=5)
if options.write:
    rows = {**{key: row[:2] for key, row in board.items()}, **results}
    scoreboard.write_board("validator", "case\trun\texpected\tresult", [
        (*key, expected, got, board.get(key, ("", "", ""))[2] if expected != got else "") for key, (expected, got) in sorted(rows.items())])
else:
    for key, (expected, got) in results.items():
        _, before, reason = board.get(key, (expected, expected, ""))
        if expected == got:
            check(picked or before == got, f"{' · '.join(key)} agrees now: write it into the scoreboard (--write)")
        else:
            check(before != expected, f"{' · '.join(key)} got worse: expected {expected}, got {got}")
            check(before == expected or reason, f"{' · '.join(key)} differs without a reason in the scoreboard")
    if not picked:
        check(balanced >= LEAST, f"balanced accuracy is {balanced:.3f}, wanted {LEAST}")
finish("validator cases", f"{len(results)} runs, balanced accuracy {balanced:.3f}, {took:.1f} s")
