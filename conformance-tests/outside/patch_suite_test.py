# SPDX-License-Identifier: Apache-2.0
"""The official cases of FHIRPath Patch and JSON Patch, each over HTTP: the input is put, patched, and read back.

    patch_suite_test.py             all cases; compares with scoreboard/patch.tsv, which may only improve
    patch_suite_test.py NAME...     cases whose names contain a word, with what came back
    patch_suite_test.py --write     writes the scoreboard; reasons that stand in it stay

Read from suites/patch of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do. A document of a JSON Patch
case that is no resource is put as the content of a Basic, on a server that does not validate; one that FHIR's JSON cannot carry at all
(lists in lists, empty objects, odd names) is left to the unit tests, which run every case, and says so in the scoreboard."""
import argparse
import json
import xml.etree.ElementTree as xml

import scoreboard
from andiron import Andiron, Client, exact, finish

FHIR = "{http://hl7.org/fhir}"
XHTML = "{http://www.w3.org/1999/xhtml}"
arguments = argparse.ArgumentParser()
arguments.add_argument("names", nargs="*")
arguments.add_argument("--write", action="store_true")
options = arguments.parse_args()

suite = scoreboard.suite("patch", "patch cases")
picked = lambda name: not options.names or any(word in name for word in options.names)


def plain(element):
    """An element as (name, attributes, text of narrative, children); without what the server adds."""
    children = [plain(child) for child in element if child.tag not in (FHIR + "meta", FHIR + "id") or element.tag != FHIR + "Patient"]
    text = tuple(" ".join((part or "").split()) for part in [element.text] + [child.tail for child in element]) if element.tag.startswith(XHTML) else ()
    return element.tag, tuple(sorted(element.attrib.items())), text, tuple(children)


def path_cases(client):
    """name -> None when it agrees, else what came back"""
    results = {}
    for number, case in enumerate(xml.parse(suite / "fhir-patch-tests.xml").getroot().iter("case"), 1):
        name = f"path: {case.get('name')}"
        while name in results:
            name += "'"
        if not picked(name):
            continue
        resource = case.find("input")[0]
        identity = f"case-{number}"
        for old in resource.findall(FHIR + "id"):
            resource.remove(old)
        marked = xml.Element(FHIR + "id", {"value": identity})
        resource.insert(0, marked)
        put = client.call("PUT", f"/Patient/{identity}", xml.tostring(resource), kind="application/fhir+xml")
        if put.status != 201:
            results[name] = f"the input is refused: {put!r}"
            continue
        answer = client.call("PATCH", f"/Patient/{identity}", xml.tostring(case.find("diff")[0]), kind="application/fhir+xml",
                             headers={"Accept": "application/fhir+xml"})
        expected = case.find("output")
        if expected is None:
            untouched = client.get(f"/Patient/{identity}").headers["ETag"] == 'W/"1"'
            results[name] = None if answer.status in (400, 422) and untouched else repr(answer)
        elif answer.status != 200:
            results[name] = repr(answer)
        else:
            results[name] = None if plain(xml.fromstring(answer.body)) == plain(expected[0]) else repr(answer)
    return results


def json_cases(client):
    results = {}
    for number, case in enumerate(exact((suite / "json-patch-tests.json").read_text()), 1):
        name = f"json: {case['comment']}"
        if not picked(name):
            continue
        own = {"resourceType": "Basic", "id": f"case-{number}"}
        number_text = lambda value: Raw(value).text
        put = client.call("PUT", f"/Basic/case-{number}", number_text({**own, **case["doc"]}))
        if put.status != 201:
            results[name] = "the document is no FHIR JSON; see json_patch_test.cpp"
            continue
        answer = client.call("PATCH", f"/Basic/case-{number}", number_text(case["patch"]), kind="application/json-patch+json")
        if "error" in case:
            results[name] = None if answer.status in (400, 422) else repr(answer)
            continue
        got = answer.json if answer.status == 200 else {}
        content = {key: value for key, value in got.items() if key not in ("resourceType", "id", "meta")}
        odd = answer.status == 422 and b"no FHIR JSON" in answer.body
        results[name] = None if content == case["expected"] else "the result is no FHIR JSON; see json_patch_test.cpp" if odd else repr(answer)
    return results


class Raw:
    """JSON whose numbers are written as their text."""

    def __init__(self, value):
        from andiron import Number
        if isinstance(value, dict):
            self.text = "{" + ",".join(f"{json.dumps(key)}:{Raw(one).text}" for key, one in value.items()) + "}"
        elif isinstance(value, list):
            self.text = "[" + ",".join(Raw(one).text for one in value) + "]"
        else:
            self.text = str(value) if isinstance(value, Number) else json.dumps(value)


with Andiron(fhir__validation="off") as server:
    results = {**path_cases(Client(server.port)), **json_cases(Client(server.port))}

if options.names:
    for name, wrong in results.items():
        print(f"{name}: {wrong or 'agrees'}")
else:
    scoreboard.settle("patch", {name: "differs" if results[name] else "pass" for name in sorted(results)}, results, options.write,
                      {name: wrong for name, wrong in results.items() if "_test.cpp" in (wrong or "")})
finish("patch cases", f"{len(results)} cases, {sum(wrong is None for wrong in results.values())} agree")
