# SPDX-License-Identifier: Apache-2.0
"""The official cases of FHIR's GraphQL, each over HTTP: the resources that the cases are about are put, and the query of each case is asked
in the three ways in which it may come.

    graphql_suite_test.py             all cases; compares with scoreboard/graphql.tsv, which may only improve
    graphql_suite_test.py NAME...     cases whose names contain a word, with what came back
    graphql_suite_test.py --write     writes the scoreboard; reasons that stand in it stay

Read from suites/graphql and suites/graphql-examples of the folder $ANDIRON_SHARED or ../shared beside the repository, and from the package of
R4's examples; without them there is nothing to do. Where the suite came without its query files, questions of our own stand for them: the
answers that they must give are the suite's."""
import argparse
import json
import urllib.parse
import xml.etree.ElementTree as xml

import scoreboard
from andiron import ROOT, Andiron, exact, finish

arguments = argparse.ArgumentParser()
arguments.add_argument("names", nargs="*")
arguments.add_argument("--write", action="store_true")
options = arguments.parse_args()

suite = scoreboard.suite("graphql", "graphql cases")
examples = scoreboard.suite("graphql-examples", "graphql cases")
package = ROOT / "profiles/node_modules/hl7.fhir.r4.examples"

# Files of the suite, and resources of the package that the suite names but does not bring.
FILES = ["patient-example.xml", "patient-example-xds.xml", "observation-example.xml", "condition-example.xml",
         "observation-example-20minute-apgar-score.xml", "medicationdispenseexample8.xml", "list-example-long.xml"]
RENAMED = {"list-example-long.xml": "example-long"}  # as its case calls it
FROM_PACKAGE = ["Patient-glossy.json", "Patient-newborn.json"]

NAMES = "identifier %s { system value } active name %s { text given family %s }"
TRIALS = "http://example.org/StructureDefinition/trials"
CODED = "id subject { reference %s } code { coding { system code } }"
OWN = {
    "simple": "{ identifier { system, value } active, name { text given family } }",
    "filter-fhirpath": "{ identifier { system value } active name(fhirpath: \"family.exists()\") { text given family } }",
    "using wrong field": "{ identifier { system value nothing } active }",
    "polymorphic": "{ subject { reference } valueQuantity { value unit } }",
    "reference": "{" + CODED % "resource { active }" + "}",
    "reference-type-in": "{" + CODED % "resource(type: Patient) { active }" + "}",
    "reference-type-out": "{" + CODED % "resource(type: Group) { active }" + "}",
    "reference-broken": "{ authorizingPrescription { reference resource { id } } }",
    "reference-optional": "{ authorizingPrescription { reference resource(optional: true) { id } } }",
    "reference-fragment-type": "{" + CODED % "resource { ... on Patient { active } }" + "}",
    "extension-complex": "{ id extension { url valueCode } }",
    "extension-complex-in": "{ id extension(url: \"%s\") { url valueCode } }" % TRIALS,
    "extension-complex-out": "{ id extension(url: \"%sX\") { url valueCode } }" % TRIALS,
    "extension-simple": "{ subject { resource { birthDate } } subject { resource { _birthDate { extension { valueDateTime } } } } }",
    "search-single": "{ Patient(id: example) { id active } }",
    "search-simple": "{ PatientList(active: true) { id active } }",
    "search-full": "{ PatientConnection(active: true) { count offset pagesize edges { mode score resource { id active } } first previous next last } }",
    "reference-reverse": "{ id ConditionList(_reference: patient) { id } }",
    "directive-skip": "{ identifier @skip(if: true) { system value } active name { text given family } }",
    "directive-include": "{ identifier @include(if: true) { system value } active name { text given family } }",
    "directive-variable": "query test($var: Boolean) { identifier @include(if: $var) { system value } active name { text given family } }",
    "flatten": "{" + NAMES % ("@flatten", "@flatten", "") + "}",
    "flatten-first": "{ identifier @flatten { system value } active name @flatten { text given @first family } }",
    "flatten-singleton1": "{ identifier @flatten { system @singleton value @singleton } active name @flatten { text given family } }",
    "flatten-singleton2": "{ name @flatten { text given family @singleton } }",
    "flatten-singleton3": "{ identifier @flatten { system @singleton value @singleton } active name @flatten @first { text given family @singleton } }",
    "flatten-slice1": "{" + NAMES % ("@flatten", "@flatten @slice(path: \"use\")", "@singleton") + "}",
    "flatten-slice2": "{" + NAMES % ("@flatten", "@flatten @slice(path: \"$index\")", "@singleton") + "}",
    "list-sub": "{ entry(_count: 5, _offset: 5) { deleted item { reference } } }",
}


def load_suite(client):
    for name in FILES:
        tree = xml.parse(examples / name).getroot()
        marked = tree.find("{http://hl7.org/fhir}id")
        marked.set("value", RENAMED.get(name, marked.get("value")))
        path = f"/{tree.tag.split('}')[1]}/{marked.get('value')}"
        put = client.call("PUT", path, xml.tostring(tree), kind="application/fhir+xml")
        if put.status != 201:
            raise SystemExit(f"{name} is refused: {put!r}")


def load_package(client):
    for name in FROM_PACKAGE:
        body = (package / name).read_bytes()
        got = json.loads(body)
        put = client.call("PUT", f"/{got['resourceType']}/{got['id']}", body)
        if put.status != 201:
            raise SystemExit(f"{name} is refused: {put!r}")


def ask(client, context, query, operation):
    """The answers by GET, as text, and as JSON: they must be the same."""
    variables = {"var": True} if "$var" in query else {}
    path = "/" + (context or "$graphql")
    asked = {"query": query, **({"variables": json.dumps(variables)} if variables else {}), **({"operationName": operation} if operation else {})}
    answers = [client.get(path + "?" + urllib.parse.urlencode(asked)),
               client.call("POST", path, {"query": query, "variables": variables, "operationName": operation}, kind="application/json")]
    if not variables:
        answers.append(client.call("POST", path, query, kind="application/graphql"))
    return answers


def cases(client):
    """name -> None when it agrees, else what came back"""
    results, loaded = {}, False
    # Those that ask the system come first: what they count on is the suite's own resources.
    for case in sorted(xml.parse(suite / "manifest.xml").getroot().iter("test"), key=lambda case: case.get("context") != ""):
        if case.get("context") and not loaded:
            load_package(client)
            loaded = True
        name = case.get("name")
        if options.names and not any(word in name for word in options.names):
            continue
        source = suite / case.get("source")
        query = source.read_text() if source.exists() else OWN[name]
        answers = ask(client, case.get("context"), query, case.get("operation"))
        if any(other.json != answers[0].json for other in answers):
            results[name] = "the ways of asking differ: " + " / ".join(map(repr, answers))
            continue
        answer = answers[0]
        if any(one.headers["Content-Type"] != "application/json" for one in answers):
            results[name] = "the media type is wrong"
        elif case.get("output") == "$error":
            results[name] = None if 400 <= answer.status < 500 and answer.json.get("errors") else repr(answer)
        else:
            expected = exact((suite / case.get("output")).read_text())
            results[name] = None if answer.status == 200 and answer.json.get("data") == expected else repr(answer)
    server_tests = exact((suite / "server-tests.json").read_text())
    for group in ("instance-tests", "root-tests"):
        for key, case in server_tests[group].items():
            name = f"{group}: {key}"
            if options.names and not any(word in name for word in options.names):
                continue
            path, query = case["url"].split("?query=", 1)
            answer = client.get(path + "?query=" + urllib.parse.quote(query))
            results[name] = None if answer.json == case["output"] else repr(answer)
    return results


if not package.is_dir():
    print(f"  graphql cases: the package of examples is not here, nothing done ({package})")
    raise SystemExit(0)
with Andiron(fhir__validation="off") as server:
    peer = server.client()
    load_suite(peer)
    results = cases(peer)

if options.names:
    for name, wrong in results.items():
        print(f"{name}: {wrong or 'agrees'}")
else:
    scoreboard.settle("graphql", {name: "differs" if results[name] else "pass" for name in sorted(results)}, results, options.write)
finish("graphql cases", f"{len(results)} cases, {sum(wrong is None for wrong in results.values())} agree")
