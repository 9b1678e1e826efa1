# SPDX-License-Identifier: Apache-2.0
"""Writes as many clients see them at once: conditional ones happen exactly once over HTTP, and what operators can switch on
(references that must lead somewhere, deletes of several, cascades) answers as the documentation says."""
import threading
import urllib.parse

from andiron import Andiron, checks, finish, run, that

CLIENTS = 64


def numbered(type, number, **more):
    return {"resourceType": type, "identifier": [{"system": "http://s", "value": number}], **more}


def criteria(type, number):
    return f"/{type}?identifier=" + urllib.parse.quote(f"http://s|{number}")


def together(server, ask):
    """The answers of all clients, each over its own connection, sent at the same moment."""
    gate = threading.Barrier(CLIENTS)
    answers = [None] * CLIENTS

    def one(number):
        client = server.client()
        gate.wait()
        answers[number] = ask(client, number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def statuses(answers):
    found = {}
    for answer in answers:
        found[answer.status] = found.get(answer.status, 0) + 1
    return found


def total(client, search):
    return int(client.get(search + ("&" if "?" in search else "?") + "_summary=count").json["total"])


def exactly_once(server):
    client = server.client()
    answers = together(server, lambda c, n: c.call("POST", "/Organization", numbered("Organization", "1"),
                                                   headers={"If-None-Exist": "identifier=http://s|1"}))
    that(statuses(answers) == {201: 1, 200: CLIENTS - 1}, f"conditional create: {statuses(answers)}")
    that(len({a.json["id"] for a in answers}) == 1, "conditional create: one id")

    answers = together(server, lambda c, n: c.call("PUT", criteria("Organization", "2"), numbered("Organization", "2", name=f"client {n}")))
    that(statuses(answers) == {201: 1, 200: CLIENTS - 1}, f"conditional update: {statuses(answers)}")
    that({a.json["meta"]["versionId"] for a in answers} == {str(v) for v in range(1, CLIENTS + 1)}, "conditional update: each its version")

    answers = together(server, lambda c, n: c.call("PATCH", criteria("Organization", "2"), {"alias": [f"client {n}"]},
                                                   kind="application/merge-patch+json"))
    that(statuses(answers) == {200: CLIENTS}, f"conditional patch: {statuses(answers)}")

    answers = together(server, lambda c, n: c.call("DELETE", criteria("Organization", "2")))
    that(statuses(answers) == {204: CLIENTS}, f"conditional delete: {statuses(answers)}")

    urn = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": urn, "resource": numbered("Patient", "3"),
         "request": {"method": "POST", "url": "Patient", "ifNoneExist": "identifier=http://s|3"}},
        {"resource": numbered("Organization", "3"), "request": {"method": "PUT", "url": "Organization?identifier=http://s|3"}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": urn},
                      "performer": [{"reference": "Organization?identifier=http://s|3"}]}, "request": {"method": "POST", "url": "Observation"}}]}
    answers = together(server, lambda c, n: c.call("POST", "", bundle))
    that(statuses(answers) == {200: CLIENTS}, f"transactions: {statuses(answers)}")
    for k, wanted in ((0, {"201 Created": 1, "200 OK": CLIENTS - 1}), (1, {"201 Created": 1, "200 OK": CLIENTS - 1}), (2, {"201 Created": CLIENTS})):
        found = {}
        for answer in answers:
            status = answer.json["entry"][k]["response"]["status"]
            found[status] = found.get(status, 0) + 1
        that(found == wanted, f"entry {k} of the transactions: {found}")
    that(total(client, criteria("Patient", "3")) == 1, "transactions: one patient")
    that(total(client, criteria("Organization", "3")) == 1, "transactions: one organization")
    that(total(client, "/Observation") == CLIENTS, "transactions: every observation")


def switched_on(_):
    with Andiron(fhir__references="on", fhir__conditional_delete="multiple", fhir__conditional_delete_most=3) as server:
        client = server.client()
        note = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/p1"}}
        refused = client.call("POST", "/Observation", note)
        that(refused.status == 409, f"a reference to nothing: {refused!r}")
        that(refused.json["issue"][0]["expression"] == ["Observation.subject.reference"], f"the place is named: {refused.json}")
        client.call("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
        made = client.call("POST", "/Observation", note)
        that(made.status == 201, f"a reference to what lives: {made!r}")
        kept = client.call("DELETE", "/Patient/p1")
        that(kept.status == 409 and made.json["id"] in kept.body.decode(), f"the referrer is named: {kept!r}")
        gone = client.call("DELETE", "/Patient/p1?_cascade=delete")
        that(gone.status == 200 and "Deleted 2 resources." in gone.body.decode(), f"a cascade: {gone!r}")
        that(client.call("GET", "/Observation/" + made.json["id"]).status == 410, "the referrer is gone")

        for _ in range(4):
            client.call("POST", "/Organization", numbered("Organization", "1"))
        many = client.call("DELETE", criteria("Organization", "1"))
        that(many.status == 412 and total(client, "/Organization") == 4, f"too many at once: {many!r}")
        client.call("DELETE", "/Organization/" + client.call("GET", "/Organization").json["entry"][0]["resource"]["id"])
        several = client.call("DELETE", criteria("Organization", "1"))
        that(several.status == 200 and "Deleted 3 resources." in several.body.decode(), f"several: {several!r}")
        that(total(client, "/Organization") == 0, "all are gone")
        offered = client.call("GET", "/metadata").json["rest"][0]["resource"][0]["conditionalDelete"]
        that(offered == "multiple", f"the CapabilityStatement tells so: {offered}")


if __name__ == "__main__":
    with Andiron() as server_:
        run([exactly_once], server_)
    run([switched_on], None)
    finish("writes", f"{checks()} checks")
