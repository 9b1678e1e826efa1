# SPDX-License-Identifier: Apache-2.0
"""The CapabilityStatement is the truth: what it claims for each type is tried once, and what it does not claim is refused with an
OperationOutcome. Also its own forms: modes, elements, conditional reads, and the OpenAPI document beside it."""
import json
import time

from andiron import Andiron, checks, finish, run, that

MODIFIERS = {"string": ["exact", "contains", "missing"], "token": ["text", "not", "missing"], "uri": ["below", "above", "missing"],
             "reference": ["identifier", "missing"], "date": ["missing"], "number": ["missing"], "quantity": ["missing"],
             "composite": ["missing"]}
FOREIGN = {"string": ["below", "in", "not"], "token": ["exact", "contains"], "uri": ["exact", "text"], "reference": ["contains", "text"],
           "date": ["exact", "contains", "not"], "number": ["exact", "below"], "quantity": ["exact", "not"]}
VALUES = {"token": "x", "string": "x", "date": "2024-01-01", "number": "1", "quantity": "1", "reference": "x", "uri": "http://example.org/x"}


def outcome(answer):
    return 400 <= answer.status < 500 and answer.issue != ""


def statement(client, server):
    answer = client.get("/metadata")
    that(answer.status == 200 and answer.json["kind"] == "instance" and answer.json["fhirVersion"] == "4.0.1", f"/metadata: {answer!r}")
    return answer.json


def interactions(client, server):
    rest = statement(client, server)["rest"][0]
    types = {one["type"]: one for one in rest["resource"]}
    that(len(types) > 140, f"{len(types)} types")
    for kind, one in types.items():
        claimed = {each["code"] for each in one["interaction"]}
        that(claimed >= {"read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type"},
             f"{kind}: {claimed}")
    done = {"read": lambda: client.get("/Basic/b"), "vread": lambda: client.get("/Basic/b/_history/1"),
            "history-instance": lambda: client.get("/Basic/b/_history"), "history-type": lambda: client.get("/Basic/_history"),
            "search-type": lambda: client.get("/Basic")}
    body = {"resourceType": "Basic", "id": "b", "code": {"text": "x"}}
    that(client.call("PUT", "/Basic/b", body).status == (201 if types["Basic"].get("updateCreate") else 405), "updateCreate")
    for code, call in done.items():
        that(call().status == 200, f"Basic claims {code}: {call()!r}")
    system = {each["code"] for each in rest["interaction"]}
    that(system >= {"transaction", "batch", "search-system", "history-system"}, f"the system claims {system}")
    that(client.get("/_history?_count=1").status == 200 and client.get("?_count=1").status == 200, "history-system, search-system")
    for kind in ("batch", "transaction"):
        that(client.call("POST", "/", {"resourceType": "Bundle", "type": kind}).status == 200, kind)
    for patch in rest.get("patchFormat", []) or statement(client, server).get("patchFormat", []):
        sent = {"application/json-patch+json": [{"op": "replace", "path": "/code/text", "value": "y"}],
                "application/merge-patch+json": {"code": {"text": "z"}}}.get(patch)
        if sent:
            that(client.call("PATCH", "/Basic/b", sent, kind=patch).status == 200, f"patchFormat {patch}")


def conditions(client, server):
    one = {each["type"]: each for each in statement(client, server)["rest"][0]["resource"]}["Basic"]
    body = {"resourceType": "Basic", "code": {"text": "x"}, "identifier": [{"system": "urn:c", "value": "1"}]}
    that(one.get("conditionalCreate") is True, "conditionalCreate is claimed")
    first = client.call("POST", "/Basic", body, headers={"If-None-Exist": "identifier=urn:c|1"})
    second = client.call("POST", "/Basic", body, headers={"If-None-Exist": "identifier=urn:c|1"})
    that(first.status == 201 and second.status == 200, f"conditionalCreate: {first!r} {second!r}")
    that(one.get("conditionalUpdate") is True and client.call("PUT", "/Basic?identifier=urn:c%7C1", body).status == 200, "conditionalUpdate")
    that(one.get("conditionalRead") == "full-support", f"conditionalRead: {one.get('conditionalRead')}")
    read = client.get("/Basic/b")
    that(client.get("/Basic/b", If_None_Match=read.headers["ETag"]).status == 304, "If-None-Match")
    that(client.get("/Basic/b", If_Modified_Since=read.headers["Last-Modified"]).status == 304, "If-Modified-Since")
    that(client.get("/Basic/b", If_None_Match='W/"99"').status == 200, "If-None-Match of another version")
    client.call("POST", "/Basic", {**body, "code": {"text": "another"}})
    deleted = client.call("DELETE", "/Basic?identifier=urn:c%7C1")
    if one.get("conditionalDelete") == "multiple":
        that(deleted.status in (200, 204), f"conditionalDelete multiple: {deleted!r}")
    else:
        that(one.get("conditionalDelete") == "single" and deleted.status == 412, f"conditionalDelete single: {deleted!r}")


def includes(client, server):
    """Every include that is claimed is answered; one that is not is refused."""
    for one in statement(client, server)["rest"][0]["resource"]:
        kind = one["type"]
        for name, claims in (("_include", one.get("searchInclude", [])), ("_revinclude", one.get("searchRevInclude", []))):
            for claim in claims:
                answer = client.get(f"/{kind}?{name}={claim}&_count=1")
                that(answer.status == 200, f"/{kind}?{name}={claim}: {answer!r}")
    that(outcome(client.get("/Patient?_include=Patient:nowhere")), "an include that is not claimed is refused")
    types = {one["type"]: one for one in statement(client, server)["rest"][0]["resource"]}
    that("Observation:subject" in types["Observation"].get("searchInclude", []), "Observation:subject is claimed")
    that("Observation:subject" in types["Patient"].get("searchRevInclude", []), "Patient claims what points at it")


def parameters(client, server):
    """A parameter of each kind with each modifier of its kind, and with those of other kinds."""
    seen = {}
    for one in statement(client, server)["rest"][0]["resource"]:
        for parameter in one.get("searchParam", []):
            seen.setdefault((parameter["type"], parameter["name"]), one["type"])
    for kind, modifiers in MODIFIERS.items():
        for (type_, name), resource in seen.items():
            if type_ != kind or kind == "composite":
                continue
            for modifier in modifiers:
                value = "true" if modifier == "missing" else VALUES[kind]
                answer = client.get(f"/{resource}?{name}:{modifier}={value}&_count=1")
                fine = answer.status == 200 or (name in ("_id", "_lastUpdated", "_content", "_text") and outcome(answer))
                that(fine, f"/{resource}?{name}:{modifier}={value}: {answer!r}")
    for kind, modifiers in FOREIGN.items():
        (type_, name), resource = next(item for item in seen.items() if item[0][0] == kind)
        for modifier in modifiers:
            that(outcome(client.get(f"/{resource}?{name}:{modifier}={VALUES[kind]}")), f"{name}:{modifier} does not fit {kind} and is refused")
    that(outcome(client.get("/Patient?unclaimed=x")), "a parameter that is not claimed is refused")


def operations(client, server):
    claimed = statement(client, server)
    names = {one["name"]: one["definition"] for one in claimed["rest"][0].get("operation", [])}
    for resource in claimed["rest"][0]["resource"]:
        for one in resource.get("operation", []):
            names[one["name"]] = one["definition"]
            name = one["name"].lstrip("$")
            answers = [client.get(f"/{resource['type']}{level}/${name}") for level in ("", "/none")]
            path, answer = f"{resource['type']} ${name}", min(answers, key=lambda each: each.status)
            that(answer.status != 501 and answer.status < 500 and (answer.status == 200 or outcome(answer)), f"GET {path}: {answer!r}")
    for wanted in ("validate", "everything", "lastn", "document", "meta", "meta-add", "meta-delete", "graphql"):
        that(wanted in names and names[wanted].startswith("http"), f"${wanted} is claimed: {sorted(names)}")
    for path in ("/$nothing", "/Patient/$nothing", "/Patient/x/$nothing", "/Observation/x/$everything"):
        answer = client.get(path)
        that(answer.status in (400, 404, 405, 501) and answer.issue != "", f"{path} is refused: {answer!r}")


def unclaimed(client, server):
    for method, path in (("GET", "/Nothing/1"), ("GET", "/Nothing"), ("POST", "/Nothing"), ("PUT", "/Patient"), ("DELETE", "/Patient"),
                         ("POST", "/Patient/1"), ("DELETE", "/"), ("GET", "/Patient/1/_history/1/2"), ("PUT", "/Patient/1/_history/1")):
        answer = client.call(method, path, {"resourceType": "Patient"} if method in ("POST", "PUT") else None)
        that(outcome(answer), f"{method} {path} is refused with an OperationOutcome: {answer!r}")


def forms(client, server):
    whole = client.get("/metadata")
    that(client.get("/metadata", If_None_Match=whole.headers["ETag"]).status == 304, "metadata has an ETag")
    that(client.get("/metadata?mode=full").status == 200 and client.get("/metadata?mode=normative").status == 200, "modes")
    that(client.get("/metadata?mode=terminology").json["resourceType"] == "TerminologyCapabilities", "mode=terminology")
    that(outcome(client.get("/metadata?mode=nothing")), "an unknown mode is refused")
    part = client.get("/metadata?_elements=fhirVersion").json
    that("fhirVersion" in part and "rest" not in part, "_elements of the CapabilityStatement")
    that(b"<CapabilityStatement" in client.get("/metadata?_format=xml").body[:100], "as XML")
    head = client.call("HEAD", "/metadata")
    that(head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) == len(whole.body), "HEAD of metadata")
    document = client.get("/openapi.json")
    that(document.status == 200 and json.loads(document.body)["openapi"].startswith("3.") and
         "/Patient/{id}" in json.loads(document.body)["paths"], f"the OpenAPI document: {document.status}")


TESTS = (interactions, conditions, includes, parameters, operations, unclaimed, forms)

if __name__ == "__main__":
    with Andiron() as server_:
        begun = time.monotonic()
        for test in TESTS:
            run([test], server_.client(), server_)
        finish("claims", f"{checks()} checks, {time.monotonic() - begun:.0f} s")
