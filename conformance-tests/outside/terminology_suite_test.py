# SPDX-License-Identifier: Apache-2.0
"""The official tests of terminology services, as far as they can be asked without the operations: which codes a value set
has (expand), whether a code is valid (validate-code) and what is known of it (lookup).

    terminology_suite_test.py            all cases; compares with scoreboard/terminology.tsv, which may only improve
    terminology_suite_test.py --write    writes the scoreboard; reasons that stand in it stay
    terminology_suite_test.py --show     says of each difference what was asked, what was wanted and what came

Read from suites/terminology of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do.
Compared are results, codes, displays and flags; not the wording of messages, nor the shape of outcomes."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import scoreboard
from andiron import PROGRAM, check, finish

suite = scoreboard.suite("terminology/tests", "terminology cases")


def load(name):
    return json.loads((suite / name).read_text(encoding="utf-8-sig"))


def plain(thing):
    if isinstance(thing, dict):
        return {k: plain(v) for k, v in thing.items() if ":" not in k}
    return [plain(each) for each in thing] if isinstance(thing, list) else thing


def value(parameter):
    return next((v for k, v in parameter.items() if k.startswith("value")), parameter.get("resource"))


def named(resource):
    """The parameters by name; those that may be absent are left out."""
    return {p["name"]: value(p) for p in resource.get("parameter", []) if "$optional$" not in p}


class Session:
    """One program that knows the definitions of a suite and answers questions, one a line."""

    def __init__(self, files):
        command = [PROGRAM, "code"]
        for name in files:
            command += ["--with", str(name)]
        self.process = subprocess.Popen(command + ["-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write("\t".join(word.replace("\t", " ").replace("\n", " ") for word in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        return None if line.startswith("!") or not line else json.loads(line), line.strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def flat(contains):
    for each in contains:
        if not each.get("$optional$"):
            yield each.get("system"), each.get("code"), each.get("display"), each.get("abstract", False), each.get("inactive", False)
        yield from flat(each.get("contains", []))


def expand(session, given, wanted, case):
    words = ["expand"]
    for parameter, option in (("filter", "--filter"), ("offset", "--offset"), ("count", "--count")):
        if parameter in given:
            words += [option, str(given[parameter])]
    if given.get("activeOnly"):
        words.append("--active")
    language = given.get("displayLanguage") or case.get("Accept-Language")
    if language:
        words += ["--language", language]
    url = given["url"]
    if given.get("valueSetVersion"):
        url += "|" + given["valueSetVersion"]
    made, said = session.ask(*words, url)
    if wanted["resourceType"] != "ValueSet":
        return made is None, said, "a refusal"
    expected = list(flat(wanted["expansion"].get("contains", [])))
    got = list(flat(made["expansion"].get("contains", []))) if made else None
    return got is not None and sorted(map(str, got)) == sorted(map(str, expected)), got if made else said, expected


def one_check(session, coding, given, case):
    words = ["check"]
    language = given.get("displayLanguage") or case.get("Accept-Language")
    if language:
        words += ["--language", language]
    if "useSupplement" in given:
        words += ["--supplement", given["useSupplement"]]
    if "url" in given:
        url = given["url"]
        words += ["--set", url + ("|" + given["valueSetVersion"] if given.get("valueSetVersion") else "")]
    for key in ("system", "version", "display"):
        if coding.get(key):
            words += ["--" + key, coding[key]]
    made, said = session.ask(*words, coding["code"])
    return named(made) if made else None, said


def validate(session, given, wanted, case):
    in_system = case["operation"] == "cs-validate-code"
    if in_system:
        system = given.pop("url", None)
        given.setdefault("system", system)
    codings = given.get("codeableConcept", {}).get("coding") or [given.get("coding") or {
        "system": given.get("system"), "version": given.get("systemVersion"), "code": given.get("code"), "display": given.get("display")}]
    checks = [one_check(session, coding, given, case) for coding in codings]
    if wanted["resourceType"] != "Parameters":
        return any(made is None or made.get("set-known") is False or made["in-set"] == "unknown" for made, _ in checks), checks, "a refusal"
    if any(made is None for made, _ in checks):
        return False, checks, "an answer"
    answers = [made for made, _ in checks]
    only_set = given.get("valueset-membership-only", False)
    lenient = given.get("lenient-display-validation", False)
    inside = [a["in-system" if in_system else "in-set"] == "yes" and not (given.get("activeOnly") and a["inactive"]) for a in answers]
    clean = all(a["in-system"] == "yes" and (a["display-fits"] != "no" or lenient) for a in answers)
    result = any(inside) and (only_set or clean)
    expected = named(wanted)
    good = result == expected["result"]
    if good and result and "display" in expected:
        good = any(a.get("display") == expected["display"] for a in answers)
    if good and "inactive" in expected:
        good = any(a["inactive"] == expected["inactive"] for a in answers)
    return good, [said for _, said in checks], {k: v for k, v in expected.items() if k != "issues"}


def lookup(session, given, wanted, case):
    words = ["lookup", "--system", given["system"]]
    if "version" in given:
        words += ["--version", given["version"]]
    if "useSupplement" in given:
        words += ["--supplement", given["useSupplement"]]
    made, said = session.ask(*words, given["code"])
    if wanted["resourceType"] != "Parameters":
        return made is None, said, "a refusal"
    if made is None:
        return False, said, named(wanted)
    asked = [value(p) for p in load(case["request"])["parameter"] if p["name"] == "property"]
    good = all(named(made).get(k) == v for k, v in named(wanted).items() if k in ("name", "display", "version", "definition", "abstract"))

    def pairs(resource):
        parts = [named({"parameter": p["part"]}) for p in resource["parameter"] if p["name"] == "property" and "$optional$" not in p]
        return {(p["code"], str(p.get("value"))) for p in parts}
    missing = pairs(wanted) - pairs(made)
    return good and not missing, said, [named(wanted), sorted(missing), asked]


verbs = {"expand": expand, "validate-code": validate, "cs-validate-code": validate, "lookup": lookup}
not_here = {"metadata": "an operation of the server", "term-caps": "an operation of the server", "translate": "an operation of the server",
            "batch-validate": "an operation of the server"}
begun = time.monotonic()
results, shown, reasons = {}, {}, {}
with tempfile.TemporaryDirectory(prefix="andiron-tx-") as folder:
    for group in load("test-cases.json")["suites"]:
        files = []
        for number, name in enumerate(group.get("setup", [])):  # some carry properties that FHIR does not have
            files.append(pathlib.Path(folder) / f"{group['name']}-{number}.json")
            files[-1].write_text(json.dumps(plain(load(name))))
        for case in group["tests"]:  # value sets that come with a question
            for p in load(case["request"]).get("parameter", []) if case.get("operation") in verbs else []:
                if p["name"] == "valueSet":
                    files.append(pathlib.Path(folder) / f"{case['name']}.json")
                    files[-1].write_text(json.dumps({"url": "urn:inline:" + case["name"], **p["resource"]}))
        session = Session(files)
        for case in group["tests"]:
            name = f"{group['name']} {case['name']}"
            if case["operation"] in not_here:
                results[name], reasons[name] = "left out", not_here[case["operation"]]
                continue
            given = {p["name"]: value(p) for p in load(case["request"])["parameter"]}
            if "valueSet" in given:
                given["url"] = given["valueSet"].get("url", "urn:inline:" + case["name"])
            profile = [p["name"] for p in load(case["profile"]).get("parameter", [])] if "profile" in case else []
            if any(p.endswith("system-version") for p in profile) and case["operation"] != "lookup":
                results[name], reasons[name] = "left out", "a parameter of the operation chooses the version of a code system"
                continue
            good, got, expected = verbs[case["operation"]](session, given, load(case["response"]), case)
            if not good and "response:flat" in case:
                good, got, expected = verbs[case["operation"]](session, given, load(case["response:flat"]), case)
            results[name] = "pass" if good else "differs"
            shown[name] = f"asked {json.dumps(given)[:400]}\n      wanted {str(expected)[:700]}\n      got {str(got)[:700]}"
        session.close()

asked = [result for result in results.values() if result != "left out"]
passed = asked.count("pass")
if "--show" in sys.argv:
    for name, result in results.items():
        if result == "differs":
            print(f"{name}\n      {shown[name]}")
scoreboard.settle("terminology", results, shown, "--write" in sys.argv, reasons)
finish("terminology suite", f"{passed} of {len(asked)} cases, {len(results) - len(asked)} left out, {time.monotonic() - begun:.1f} s")
