# SPDX-License-Identifier: Apache-2.0
"""$graphql over HTTP: how it may be asked, how it answers and refuses."""
import base64
import json
import urllib.parse

from andiron import Andiron, checks, finish, run, that



def prepared(server):
    client = server.client()
    for number in range(5):
        client.call("PUT", f"/Patient/p{number}", {"resourceType": "Patient", "id": f"p{number}", "active": True, "name": [{"family": "Lind", "given": ["Eva"]}]})
        client.call("PUT", f"/Observation/o{number}", {"resourceType": "Observation", "id": f"o{number}", "status": "final", "code": {"text": "weight"},
                                                      "subject": {"reference": "Patient/p0"}, "valueQuantity": {"value": number}})
    return client


def get(client, path, query, **more):
    return client.get(f"{path}/$graphql?" + urllib.parse.urlencode({"query": query, **more}))


def asked(server):
    client = prepared(server)
    wanted = {"data": {"active": True, "name": [{"family": "Lind"}]}}
    query = "{ active name { family } }"
    for what, answer in (("GET", get(client, "/Patient/p0", query)),
                         ("text", client.call("POST", "/Patient/p0/$graphql", query, kind="application/graphql; charset=UTF-8")),
                         ("JSON", client.call("POST", "/Patient/p0/$graphql", {"query": query}, kind="application/json")),
                         ("Parameters", client.call("POST", "/Patient/p0/$graphql", {"resourceType": "Parameters", "parameter": [{"name": "query", "valueString": query}]})),
                         ("a wish for XML", client.call("POST", "/Patient/p0/$graphql", query, {"Accept": "application/fhir+xml"}, kind="application/graphql"))):
        that(answer.status == 200 and answer.json == wanted and answer.headers["Content-Type"] == "application/json", f"asked by {what}: {answer!r}")
    variables = json.dumps({"id": ["p1", "p3"]})
    answer = get(client, "", "query Two($id: [ID]) { PatientList(_id: $id, _sort: \"_id\") { id } }", variables=variables, operationName="Two")
    that(answer.json == {"data": {"PatientList": [{"id": "p1"}, {"id": "p3"}]}}, f"variables in the URL: {answer!r}")
    answer = get(client, "/Patient/p0", "{ ObservationList(_reference: subject, value_quantity: gt2) { id subject { resource { id } } } }")
    that([one["id"] for one in answer.json["data"]["ObservationList"]] == ["o3", "o4"], f"reverse: {answer!r}")
    that(answer.json["data"]["ObservationList"][0]["subject"]["resource"]["id"] == "p0", f"and back: {answer!r}")


def refused(server):
    client = prepared(server)
    for query in ("{ nothing }", "{ id", "mutation { PatientDelete(id: p0) { id } }", "subscription { id }", "{ name { family(a: 1) } }", "{ id @nothing }"):
        answer = get(client, "/Patient/p0", query)
        body = answer.json
        that(400 <= answer.status < 500 and body["data"] is None and body["errors"][0]["message"] and
             body["errors"][0]["extensions"]["resource"]["resourceType"] == "OperationOutcome", f"{query}: {answer!r}")
        that(answer.headers["Content-Type"] == "application/json", f"{query}: its media type")
    that(get(client, "/Patient/p0", "{\n  nothing }").json["errors"][0]["locations"] == [{"line": "2", "column": "3"}], "where it is wrong")
    that(client.call("POST", "/$graphql", "{ id }", kind="text/plain").status == 415, "another media type")
    that(client.call("POST", "/$graphql", "[]", kind="application/json").status == 400, "JSON that is no question")
    that(client.get("/$graphql").status == 400, "no question")
    that(get(client, "/Patient/nobody", "{ id }").status == 404, "nobody")
    that(get(client, "/Patient", "{ id }").status >= 400, "not of a type")
    deep = "{" + "a{" * 5000
    that(client.call("POST", "/$graphql", deep, kind="application/graphql").status in (400, 413), "too deep")


def pages(server):
    client = prepared(server)
    fields = "{ count offset edges { resource { id } } previous next }"
    answer = get(client, "", "{ PatientConnection(active: true, _count: 2) %s }" % fields).json["data"]["PatientConnection"]
    found = []
    while True:
        found += [edge["resource"]["id"] for edge in answer["edges"]]
        that(answer["count"] == "5", f"the count of all: {answer}")
        if "next" not in answer:
            break
        answer = client.call("POST", "/$graphql", {"query": "query($c: ID) { PatientConnection(_cursor: $c) %s }" % fields,
                                                   "variables": {"c": answer["next"]}}, kind="application/json").json["data"]["PatientConnection"]
    that(found == [f"p{number}" for number in range(5)], f"every patient once: {found}")


def enclosed(server):
    client = prepared(server)
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/p1/$graphql?query={id}"}}]}
    entry = client.call("POST", "/", bundle).entries[0]
    that(json.loads(base64.b64decode(entry["resource"]["data"])) == {"data": {"id": "p1"}}, f"in a bundle: {entry}")
    offered = client.get("/metadata").json["rest"][0]
    that(any(one["name"] == "graphql" for one in offered["operation"]), "the system offers it")
    that(any(one["name"] == "graphql" for one in next(r for r in offered["resource"] if r["type"] == "Patient")["operation"]), "resources offer it")


with Andiron() as server:
    run((asked, refused, pages, enclosed), server)
finish("graphql", f"{checks()} statements")
