# SPDX-License-Identifier: Apache-2.0
"""Compartments and the operations on resources, over the wire: $everything, $lastn, $document, $meta, $purge and deleted history, on
a small data set of its own; and $everything of synthetic patients, when they are at hand (samples/synthea beside the repository)."""
import bz2
import collections
import json
import sqlite3
import urllib.parse

from andiron import SHARED, Andiron, checks, finish, run, that



def observation(identity, patient, code, when, **more):
    return {"resourceType": "Observation", "id": identity, "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
            "subject": {"reference": f"Patient/{patient}"}, "effectiveDateTime": when, **more}


DATA = [
    {"resourceType": "Organization", "id": "o1", "name": "North"},
    {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Doe"}]},
    {"resourceType": "Patient", "id": "p1", "managingOrganization": {"reference": "Organization/o1"}},
    {"resourceType": "Patient", "id": "p2"},
    {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"}, "subject": {"reference": "Patient/p1"}},
    observation("a1", "p1", "1-8", "2020-01-01", encounter={"reference": "Encounter/e1"}, performer=[{"reference": "Practitioner/d1"}]),
    observation("a2", "p1", "1-8", "2021-01-01"),
    observation("b1", "p1", "2-6", "2019-01-01"),
    observation("x1", "p2", "1-8", "2022-01-01"),
    {"resourceType": "Composition", "id": "c1", "status": "final", "type": {"text": "t"}, "title": "T", "date": "2024-01-01",
     "subject": {"reference": "Patient/p1"}, "author": [{"reference": "Practitioner/d1"}],
     "section": [{"title": "s", "entry": [{"reference": "Observation/a1"}]}]},
]


def names(answer):
    return [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in answer.entries]


def pages(client, path):
    """The names of all pages, following next links."""
    found, answers = [], 0
    while path:
        answer = client.get(path)
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer!r}")
        found += names(answer)
        answers += 1
        link = [l["url"] for l in answer.json.get("link", []) if l["relation"] == "next"]
        path = "/" + link[0].split("/fhir/", 1)[1] if link else None
    return found, answers


def fill(client):
    for resource in DATA:
        answer = client.call("PUT", f"/{resource['resourceType']}/{resource['id']}", resource)
        that(answer.status == 201, f"stored: {answer!r}")


def compartments(server):
    client = server.client()
    that(sorted(names(client.get("/Patient/p1/Observation"))) == ["Observation/a1", "Observation/a2", "Observation/b1"], "one type")
    that(names(client.get("/Patient/p1/Observation?code=2-6")) == ["Observation/b1"], "one type, with more asked")
    that(names(client.get("/Encounter/e1/Observation")) == ["Observation/a1"], "an encounter's")
    that(names(client.get("/Practitioner/d1/Observation")) == ["Observation/a1"], "a practitioner's")
    that(names(client.call("POST", "/Patient/p1/Observation/_search", "code=2-6", kind="application/x-www-form-urlencoded")) == ["Observation/b1"], "by POST")
    that(client.get("/Patient/nobody/Observation").json.get("entry", []) == [], "nobody's is empty")
    that(client.get("/Patient/p1/Organization").status == 404, "a type that is in no compartment")
    that(client.get("/Organization/o1/Observation").status == 404, "no compartment")
    answer = client.call("PUT", "/Patient/p1/Observation", DATA[0])
    that(answer.status == 405 and answer.headers["Allow"] == "GET", f"only searched: {answer!r}")


def everything(server):
    client = server.client()
    expected = ["Patient/p1", "Composition/c1", "Encounter/e1", "Observation/a1", "Observation/a2", "Observation/b1", "Organization/o1", "Practitioner/d1"]
    answer = client.get("/Patient/p1/$everything")
    that(names(answer) == expected, f"everything: {names(answer)}")
    that(answer.json["total"] == str(len(expected)) and answer.json["type"] == "searchset", "a searchset with its total")
    for count in 1, 2, 3, 7, 8:
        found, answers = pages(client, f"/Patient/p1/$everything?_count={count}")
        that(found == expected, f"in pages of {count}: {found}")
    that(names(client.call("POST", "/Patient/p1/$everything", {"resourceType": "Parameters", "parameter": [
        {"name": "start", "valueDate": "2020-06-01"}, {"name": "_type", "valueCode": "Observation"}]})) == ["Observation/a2"], "by POST")
    that(sorted(names(client.get("/Patient/$everything?_type=Patient,Observation"))) ==
         ["Observation/a1", "Observation/a2", "Observation/b1", "Observation/x1", "Patient/p1", "Patient/p2"], "of all patients")
    that("Patient/p1" in names(client.get("/Encounter/e1/$everything")), "an encounter's has its patient")
    for path, status in ("/Patient/none/$everything", 404), ("/Patient/p1/$everything?start=x", 400), ("/Observation/a1/$everything", 501), \
            ("/Patient/p1/$everything?nonsense=1", 400), ("/Patient/p1/$everything?_type=Nonsense", 400):
        that(client.get(path).status == status, f"{path} is {status}")
    listed = [r for r in client.get("/metadata").json["rest"][0]["resource"] if r["type"] == "Patient"][0]["operation"]
    that({"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"} in listed, "the CapabilityStatement lists it")
    others = [r for r in client.get("/metadata").json["rest"][0]["resource"] if r["type"] == "Observation"][0]["operation"]
    that("everything" not in [o["name"] for o in others] and "lastn" in [o["name"] for o in others], "each type lists its own")


def last(server):
    client = server.client()
    that(names(client.get("/Observation/$lastn?patient=p1&category=laboratory")) == ["Observation/a2", "Observation/b1"], "the newest of each")
    that(names(client.get("/Observation/$lastn?patient=p1&max=2")) == ["Observation/a2", "Observation/a1", "Observation/b1"], "two of each")
    that(client.get("/Observation/$lastn?category=laboratory").status == 400, "nobody's")
    that(client.get("/Observation/$lastn?patient=p1&max=0").status == 400, "none of each")


def document(server):
    client = server.client()
    answer = client.get("/Composition/c1/$document")
    that(answer.json["type"] == "document" and names(answer)[0] == "Composition/c1" and "identifier" in answer.json and "timestamp" in answer.json,
         f"a document: {answer!r}")
    that(set(names(answer)) == {"Composition/c1", "Patient/p1", "Practitioner/d1", "Observation/a1", "Organization/o1", "Encounter/e1"}, f"whole: {names(answer)}")
    that(names(client.get("/Composition/$document?id=c1")) == names(answer), "by its id")
    stored = client.call("POST", "/Composition/c1/$document", {"resourceType": "Parameters", "parameter": [{"name": "persist", "valueBoolean": True}]})
    that(stored.status == 200 and "/Bundle/" in stored.headers["Location"], f"stored: {stored!r}")
    that(client.get(f"/Bundle/{stored.json['id']}").json["type"] == "document", "and read again")


def meta(server):
    client = server.client()
    tag = {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": {"tag": [{"system": "urn:t", "code": "red"}]}}]}
    answer = client.call("POST", "/Patient/p2/$meta-add", tag)
    that(answer.status == 200 and answer.json["parameter"][0]["valueMeta"]["versionId"] == "2", f"added: {answer!r}")
    that(names(client.get("/Patient?_tag=urn:t|red")) == ["Patient/p2"], "and found")
    that("tag" in client.get("/Patient/p2/$meta").json["parameter"][0]["valueMeta"], "the meta of a resource")
    that("tag" not in client.get("/Patient/p2/_history/1/$meta").json["parameter"][0]["valueMeta"], "the meta of a version")
    that([t["code"] for t in client.get("/$meta").json["parameter"][0]["valueMeta"]["tag"]] == ["red"], "the tags of the system")
    that(client.get("/Patient/p2/$meta-add").status == 405, "not by GET")
    that(client.call("POST", "/Patient/p2/$meta-delete", tag).json["parameter"][0]["valueMeta"]["versionId"] == "3", "deleted")


def history(server):
    client = server.client()
    for family in "Secretone", "Secrettwo", "Plain":
        client.call("PUT", "/Practitioner/h1", {"resourceType": "Practitioner", "id": "h1", "name": [{"family": family}]})
    that(client.call("DELETE", "/Practitioner/h1/_history/3").status == 409, "not the current version")
    that(client.call("DELETE", "/Practitioner/h1/_history/1").status == 204, "one version")
    that(client.get("/Practitioner/h1/_history/1").status == 404, "is gone")
    that(client.call("DELETE", "/Practitioner/h1/_history").status == 204, "all versions")
    that(len(client.get("/Practitioner/h1/_history").entries) == 1, "but the current one")
    that(client.get("/Practitioner/h1").json["name"][0]["family"] == "Plain", "which stays")
    that(client.call("DELETE", "/Practitioner/none/_history").status == 404, "nobody's history")


def purge(server):
    client = server.client()
    answer = client.call("POST", "/Patient/p1/$purge")
    that(answer.status == 200 and answer.json["resourceType"] == "OperationOutcome", f"purged: {answer!r}")
    that(client.get("/Patient/p1").status == 410 and client.get("/Observation/a1").status == 410, "gone")
    that(client.get("/Patient/p1/_history/1").status == 404, "with its history")
    that(client.get("/Observation/x1").status == 200 and client.get("/Organization/o1").status == 200, "others stay")
    that(all("resource" not in e for e in client.get("/Patient/p1/_history").entries), "nothing is left to read")


def forgotten(server):
    """What was taken away is not in the file any more, when the server has stopped."""
    server.stop()
    with open(server.folder + "/data/andiron.db", "rb") as file:
        content = file.read()
    that(b"Secretone" not in content and b"Secrettwo" not in content and b"secretone" not in content, "overwritten")
    connection = sqlite3.connect(f"file:{server.folder}/data/andiron.db?mode=ro", uri=True)
    positions, last = connection.execute("select count(*), max(position) from ledger").fetchone()
    that(positions == last, "the ledger has no gap")
    server.start()
    that(server.client().get("/Practitioner/h1").status == 200, "and it starts again")


def synthetic(server):
    """Every member of a synthetic patient's compartment comes, each once, and all that members refer to."""
    folder = SHARED / "samples/synthea"
    files = sorted(folder.glob("*.json.bz2")) if folder.is_dir() else []
    base = [f for f in files if f.name.startswith("0-")]
    patients = sorted((f for f in files if not f.name.startswith("0-")), key=lambda f: f.stat().st_size)[:3]
    client = server.client()
    for file in base + patients:
        answer = client.call("POST", "", bz2.decompress(file.read_bytes()))
        that(answer.status == 200, f"{file.name}: {answer!r}")
    for file in patients:
        bundle = json.loads(bz2.decompress(file.read_bytes()))
        family = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient"][0]
        identifier = family["identifier"][0]
        asked = urllib.parse.quote(f"{identifier['system']}|{identifier['value']}")
        patient = client.get(f"/Patient?identifier={asked}").entries[0]["resource"]["id"]
        sent = collections.Counter(e["resource"]["resourceType"] for e in bundle["entry"])
        small, _ = pages(client, f"/Patient/{patient}/$everything?_count=17")
        large, _ = pages(client, f"/Patient/{patient}/$everything")
        that(small == large, f"{file.name}: pages of any size are the same")
        that(len(set(small)) == len(small), f"{file.name}: each once")
        found = collections.Counter(name.split("/")[0] for name in small)
        member = {t for t in sent if t in ("Patient", "Encounter", "Observation", "Condition", "Procedure", "MedicationRequest", "Immunization", "DiagnosticReport",
                                           "Claim", "ExplanationOfBenefit", "CarePlan", "CareTeam", "DocumentReference", "ImagingStudy", "AllergyIntolerance")}
        that(all(found[t] == sent[t] for t in member), f"{file.name}: {[(t, sent[t], found[t]) for t in member if found[t] != sent[t]]}")
        that(found["Practitioner"] > 0 and found["Organization"] > 0, f"{file.name}: who they refer to")


with Andiron() as one:
    fill(one.client())
    run([compartments, everything, last, document, meta, history, purge, forgotten, synthetic], one)
    finish("operations", f"{checks()} checks")
