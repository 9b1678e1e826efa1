# SPDX-License-Identifier: Apache-2.0
"""The functional tests of UCUM: which codes are valid, what they are called, conversion, multiplication, division.

    ucum_suite_test.py            all cases; compares with scoreboard/ucum.tsv, which may only improve
    ucum_suite_test.py --write    writes the scoreboard; reasons that stand in it stay

Read from suites/ucum of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do.
Expected numbers are rounded to the digits of the question; ours are compared after the same rounding."""
import collections
import decimal
import subprocess
import sys
import time
import xml.etree.ElementTree

import scoreboard
from andiron import PROGRAM, check, finish

suite = scoreboard.suite("ucum/ucum-functional-tests.xml", "UCUM cases")
decimal.getcontext().prec = 60


def andiron(*words, given=None):
    return subprocess.run([PROGRAM, "unit", *words], input=given, capture_output=True, text=True, timeout=60)


def same(text, wanted):
    """Equal as numbers once ours has as many significant digits as theirs."""
    wanted = decimal.Decimal(wanted)
    return decimal.Context(prec=len(wanted.as_tuple().digits), rounding=decimal.ROUND_HALF_UP).create_decimal(text) == wanted


def computed(verb, case):
    ran = andiron(verb, case["v1"], case["u1"], case["v2"], case["u2"])
    value, unit = (ran.stdout.strip().split(" ") + ["", ""])[:2]
    # The same unit: one of it is one of theirs.
    return ran.returncode == 0 and same(value, case["vRes"]) and andiron("convert", "1", unit, case["uRes"] or "1").stdout.startswith("1 "), ran


begun = time.monotonic()
results, said, seen = {}, {}, collections.Counter()
for section in xml.etree.ElementTree.parse(suite).getroot():
    cases = [case.attrib for case in section if case.tag == "case"]
    lines = []
    if section.tag in ("validation", "displayNameGeneration"):
        lines = andiron("check", "-", given="".join(case["unit"] + "\n" for case in cases)).stdout.splitlines()
        check(len(lines) == len(cases), f"{section.tag}: {len(lines)} answers to {len(cases)} questions")
    for number, case in enumerate(cases):
        seen[section.tag, case["id"]] += 1
        name = f"{section.tag} {case['id']}" + (f" ({seen[section.tag, case['id']]})" if seen[section.tag, case["id"]] > 1 else "")
        if section.tag == "validation":
            said[name] = lines[number]
            good = lines[number].split("\t")[1] == ("valid" if case["valid"] == "true" else "invalid")
        elif section.tag == "displayNameGeneration":
            said[name] = lines[number]
            good = lines[number].split("\t")[2] == case["display"]
        elif section.tag == "conversion":
            said[name] = ran = andiron("convert", case["value"], case["srcUnit"], case["dstUnit"])
            good = ran.returncode == 0 and same(ran.stdout.split(" ")[0], case["outcome"])
        else:
            good, said[name] = computed("multiply" if section.tag == "multiplication" else "divide", case)
        results[name] = "pass" if good else "differs"

passed = sum(result == "pass" for result in results.values())
scoreboard.settle("ucum", results, said, "--write" in sys.argv)
finish("ucum suite", f"{passed} of {len(results)} cases, {time.monotonic() - begun:.1f} s")
