# SPDX-License-Identifier: Apache-2.0
"""$fhirpath, in the form of the public FHIRPath Lab."""
import json

from andiron import Andiron, checks, finish, run, that

PATIENT = {"resourceType": "Patient", "id": "a", "active": True, "birthDate": "1980-05-17", "multipleBirthInteger": 2,
           "name": [{"use": "official", "family": "Lind", "given": ["Anna", "Eva"]}, {"use": "usual", "given": ["Annie"]}],
           "contact": [{"name": {"family": "Berg"}}]}
JSON_VALUE = "http://fhir.forms-lab.com/StructureDefinition/json-value"
XML_VALUE = "http://fhir.forms-lab.com/StructureDefinition/xml-value"
PATH = "http://fhir.forms-lab.com/StructureDefinition/resource-path"


def question(expression, resource=PATIENT, **more):
    parameters = [{"name": "expression", "valueString": expression}]
    if resource is not None:
        parameters.append({"name": "resource", "resource": resource} if "resourceType" in resource else {"name": "resource", **resource})
    for name, value in more.items():
        parameters.append({"name": name, **value} if isinstance(value, dict) else {"name": name, "valueString": value})
    return {"resourceType": "Parameters", "parameter": parameters}


def ask(client, expression, resource=PATIENT, **more):
    answer = client.call("POST", "/$fhirpath", question(expression, resource, **more))
    if answer.status != 200:
        that(False, f"{expression}: {answer!r}")
        return [], {}
    parameters = answer.json["parameter"]
    return [one for one in parameters if one["name"] == "result"], next(one for one in parameters if one["name"] == "parameters")


def values(result):
    """(type, value) of each item of a result."""
    found = []
    for part in result.get("part", []):
        if part["name"] != "trace":
            found.append((part["name"], next((part[k] for k in part if k.startswith("value") or k == "resource"), None)))
    return found


def extension(part, url):
    return next((one["valueString"] for one in part.get("extension", []) if one["url"] == url), None)


def typed(server):
    client = server.client()
    for expression, expected in (
            ("name.given", [("string", "Anna"), ("string", "Eva"), ("string", "Annie")]),
            ("active", [("boolean", True)]),
            ("birthDate", [("date", "1980-05-17")]),
            ("gender", []),
            ("name.use.first()", [("code", "official")]),
            ("1 + 1", [("integer", "2")]),
            ("1.0 / 4", [("decimal", "0.25")]),
            ("'a' & 'b'", [("string", "ab")]),
            ("name.exists()", [("boolean", True)]),
            ("@2020-01-01 + 1 day", [("date", "2020-01-02")]),
            ("''", [("empty-string", None)])):
        results, _ = ask(client, expression)
        got = values(results[0]) if results else None
        that(len(results) == 1 and [(t, str(v)) for t, v in got] == [(t, str(v)) for t, v in expected], f"{expression}: {got}")
    results, _ = ask(client, "4 'mg'")
    quantity = values(results[0])[0]
    that(quantity[0] == "Quantity" and quantity[1]["value"] == "4" and quantity[1]["code"] == "mg", f"a quantity: {quantity}")
    results, _ = ask(client, "name.first()")
    part = results[0]["part"][0]
    that(part["name"] == "HumanName" and part["valueHumanName"]["family"] == "Lind" and extension(part, PATH) == "Patient.name[0]", f"a complex value: {part}")
    results, _ = ask(client, "contact")
    part = results[0]["part"][0]
    that(json.loads(extension(part, JSON_VALUE))["name"]["family"] == "Berg" and extension(part, PATH) == "Patient.contact[0]", f"a backbone element: {part}")
    results, _ = ask(client, "$this")
    that(values(results[0])[0][0] == "Patient" and values(results[0])[0][1]["id"] == "a", "a resource")
    results, _ = ask(client, "multipleBirth")
    that(results[0]["part"][0]["valueInteger"] == "2" and extension(results[0]["part"][0], PATH) == "Patient.multipleBirth", f"a choice: {results}")


def contexts(server):
    client = server.client()
    results, asked = ask(client, "given.first()", context="name")
    that([(r["valueString"], values(r)) for r in results] == [("Patient.name[0]", [("string", "Anna")]), ("Patient.name[1]", [("string", "Annie")])],
         f"a result for each context: {results}")
    results, _ = ask(client, "%context.given.count() + %resource.name.count()", context="name.where(use = 'usual')")
    that([values(r) for r in results] == [[("integer", "3")]], f"%context and %resource: {results}")
    results, _ = ask(client, "given.trace('here', length()).first()", context="name[0]")
    trace = next((part for part in results[0]["part"] if part["name"] == "trace"), None)
    that(trace and trace["valueString"] == "here" and [p.get("valueInteger") for p in trace["part"]] == ["4", "3"], f"a trace: {results}")
    variables = {"part": [{"name": "limit", "valueInteger": 1}, {"name": "who", "valueHumanName": {"family": "Lind"}}]}
    results, asked = ask(client, "name.count() > %limit and name.family.first() = %who.family", variables=variables)
    that(values(results[0]) == [("boolean", True)], f"variables: {results}")
    that(any(part["name"] == "variables" for part in asked["part"]), "variables are told back")


def told(server):
    client = server.client()
    _, asked = ask(client, "name.where(use = 'usual').given.count() > 0", validate={"valueBoolean": True})
    parts = {part["name"]: part for part in asked["part"]}
    that(parts["evaluator"]["valueString"].startswith("Andiron"), "the evaluator says who it is")
    that(parts["expression"]["valueString"].startswith("name.where") and parts["resource"]["resource"]["id"] == "a", "what was asked")
    tree = json.loads(parts["parseDebugTree"]["valueString"])
    that(tree["ExpressionType"] == "BinaryExpression" and tree["Name"] == ">" and len(tree["Arguments"]) == 2, f"the tree: {tree}")


def resources(server):
    client = server.client()
    as_json = {"extension": [{"url": JSON_VALUE, "valueString": json.dumps(PATIENT)}]}
    as_xml = {"extension": [{"url": XML_VALUE, "valueString": '<Patient xmlns="http://hl7.org/fhir"><name><family value="Lind"/></name></Patient>'}]}
    for resource in (as_json, as_xml, {"valueString": json.dumps(PATIENT)}):
        results, _ = ask(client, "name.family", resource)
        that(values(results[0]) == [("string", "Lind")], f"{list(resource)}: {results}")
    results, _ = ask(client, "1 | 2", None)
    that(values(results[0]) == [("integer", "1"), ("integer", "2")], "no resource is needed")
    answer = client.call("POST", "/$fhirpath", question("name.family"), headers={"Accept": "application/fhir+xml"})
    that(answer.status == 200 and b'<valueString value="Lind"/>' in answer.body, f"XML: {answer!r}")


def wrong(server):
    client = server.client()
    answer = client.call("POST", "/$fhirpath", question("name.\n  given.("))
    issue = answer.json["issue"][0]
    placed = {one["url"].rsplit("-", 1)[1]: one["valueInteger"] for one in issue.get("extension", [])}
    that(answer.status == 400 and placed.get("line") == "2", f"a mistake has its place: {answer!r}")
    for expression in ("name.nosuch()", "name.given + 1 day", "(((", "'open"):
        answer = client.call("POST", "/$fhirpath", question(expression))
        that(400 <= answer.status < 500 and answer.issue, f"{expression}: {answer!r}")
    that(client.call("POST", "/$fhirpath", {"resourceType": "Parameters"}).status == 400, "no expression")
    that(client.call("POST", "/$fhirpath").status == 400, "no body")
    that(client.call("POST", "/$fhirpath", "{").status == 400, "a body that cannot be read")
    that(client.call("POST", "/Patient/$fhirpath", question("1")).status == 501, "only for the system")
    answer = client.call("POST", "/$fhirpath", question("(1|2|3|4|5|6|7|8|9).repeat($this + 1)"))
    that(400 <= answer.status < 500, f"what never ends is ended: {answer!r}")
    that("fhirpath" in [o["name"] for o in client.get("/metadata").json["rest"][0]["operation"]], "the CapabilityStatement lists it")
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": question("1 + 1"), "request": {"method": "POST", "url": "$fhirpath"}}]}
    answer = client.call("POST", "", bundle)
    that(answer.status == 200 and answer.entries[0]["resource"]["resourceType"] == "Parameters", f"inside a batch: {answer!r}")


with Andiron() as server:
    run([typed, contexts, told, resources, wrong], server)
    finish("$fhirpath", f"{checks()} checks")
