# SPDX-License-Identifier: Apache-2.0
"""The RESTful API of FHIR R4 (http.html) as a client sees it: every interaction that the CapabilityStatement names, its statuses,
headers and formats, and a clear refusal of what it does not name."""
import base64
import concurrent.futures
import email.utils
import gzip
import json
import re
import sys
import time
import urllib.parse
import uuid
import xml.etree.ElementTree as xml

from andiron import ROOT, Andiron, Client, check, checks, exact, finish, run, that

FHIR = "{http://hl7.org/fhir}"
ORIGIN = "https://app.example"
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")


def expect(answer, status, what):
    """The status is one of those; a refusal speaks FHIR."""
    allowed = status if isinstance(status, tuple) else (status,)
    that(answer.status in allowed, f"{what}: expected {status}, got {answer!r}")
    if answer.status >= 400 and answer.body:
        check(b"OperationOutcome" in answer.body, f"{what}: the refusal is an OperationOutcome: {answer!r}")
    return answer


def patient(family="Lind", **more):
    return {"resourceType": "Patient", "name": [{"family": family}], **more}


def fresh(prefix="r"):
    return prefix + "-" + uuid.uuid4().hex[:12]


def new(client, **more):
    return client.call("POST", "/Patient", patient(**more)).json["id"]


def seconds(header):
    return email.utils.parsedate_to_datetime(header).timestamp()


# --- create ---------------------------------------------------------------------------------------------------------------

def create(client, server):
    body = patient(id="mine", meta={"versionId": "77", "lastUpdated": "1999-01-01T00:00:00Z", "tag": [{"code": "kept"}]})
    answer = expect(client.call("POST", "/Patient", body), 201, "create")
    made = answer.json
    where = re.fullmatch(re.escape(server.base) + r"/Patient/([A-Za-z0-9.-]{1,64})/_history/1", answer.headers["Location"] or "")
    that(where and where.group(1) == made["id"], f"create: Location names the version: {answer.headers['Location']}")
    that(made["id"] != "mine", "create: the server chooses the id")
    that(answer.headers["ETag"] == 'W/"1"', f"create: ETag {answer.headers['ETag']}")
    that(abs(seconds(answer.headers["Last-Modified"]) - time.time()) < 30, "create: Last-Modified is now")
    that(made["meta"]["versionId"] == "1" and INSTANT.match(made["meta"]["lastUpdated"]), f"create: meta {made['meta']}")
    that(made["meta"]["lastUpdated"] > "2020", "create: the client's lastUpdated does not count")
    that(made["meta"]["tag"] == [{"code": "kept"}], "create: the client's tags stay")
    that(answer.headers["Content-Type"].replace(" ", "").lower() == "application/fhir+json;charset=utf-8", "create: Content-Type")
    that("no-store" in answer.headers["Cache-Control"], "create: no cache keeps patient data")

    answer = expect(client.call("POST", "/Patient", patient(), headers={"Prefer": "return=minimal"}), 201, "create minimal")
    that(answer.body == b"" and answer.headers["Location"] and answer.headers["ETag"], "create minimal: no body, but Location and ETag")
    answer = expect(client.call("POST", "/Patient", patient(), headers={"Prefer": "return=OperationOutcome"}), 201, "create with outcome")
    that(answer.json["resourceType"] == "OperationOutcome", "create with outcome: the body is one")
    answer = expect(client.call("POST", "/Patient", patient(), headers={"Prefer": "return=representation"}), 201, "create representation")
    that(answer.json["resourceType"] == "Patient", "create representation: the body is the resource")
    answer = expect(client.call("POST", "/Patient", patient(), headers={"Prefer": "return=bogus"}), 201, "an unknown preference is ignored")
    that(answer.json["resourceType"] == "Patient", "an unknown preference is as none")

    expect(client.call("POST", "/Patient", patient(), headers={"Prefer": "respond-async"}), (201, 202), "respond-async may be ignored")
    expect(client.call("POST", "/Patient", {"resourceType": "Observation"}), 400, "create of another type than the address says")
    expect(client.call("POST", "/Patient", {"name": []}), 400, "create without resourceType")
    expect(client.call("POST", "/Patient", b""), 400, "create without body")
    expect(client.call("POST", "/Patient", patient(gender="often")), (400, 422), "a code outside a required binding")
    expect(client.call("POST", "/Observation", {"resourceType": "Observation", "status": "final"}), (400, 422),
           "a required element is missing")
    expect(client.call("POST", "/Patient", patient(colour="red")), 400, "an unknown element")
    expect(client.call("POST", "/Nothing", {"resourceType": "Nothing"}), 404, "create of an unknown type")
    expect(client.call("POST", "/Patient/abc", patient()), 405, "POST on an instance")


# --- read, vread ----------------------------------------------------------------------------------------------------------

def read(client, server):
    identity = fresh()
    client.call("PUT", f"/Patient/{identity}", patient(id=identity))
    answer = expect(client.get(f"/Patient/{identity}"), 200, "read")
    that(answer.json["name"][0]["family"] == "Lind", "read: the content")
    that(answer.headers["ETag"] == 'W/"1"' and answer.headers["Last-Modified"], "read: ETag and Last-Modified")
    that(answer.headers["Location"] is None, "read: no Location")
    that(abs(seconds(answer.headers["Last-Modified"]) - time.time()) < 30, "read: Last-Modified is a date of HTTP")

    head = expect(client.call("HEAD", f"/Patient/{identity}"), 200, "HEAD of a resource")
    that(head.body == b"", "HEAD: no body")
    for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
        that(head.headers[name] == answer.headers[name], f"HEAD: {name} as GET has it")
    expect(client.call("HEAD", f"/Patient/{fresh()}"), 404, "HEAD of nothing")

    for match in ('W/"1"', '"1"', 'W/"9", W/"1"', "*"):
        unchanged = expect(client.get(f"/Patient/{identity}", If_None_Match=match), 304, f"If-None-Match: {match}")
        that(unchanged.body == b"" and unchanged.headers["ETag"] == 'W/"1"', "304: no body, but ETag")
    expect(client.get(f"/Patient/{identity}", If_None_Match='W/"2"'), 200, "If-None-Match with another version")
    stamp = answer.headers["Last-Modified"]
    expect(client.get(f"/Patient/{identity}", If_Modified_Since=stamp), 304, "If-Modified-Since its own date")
    expect(client.get(f"/Patient/{identity}", If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT"), 200, "If-Modified-Since long ago")
    expect(client.get(f"/Patient/{identity}", If_Modified_Since="yesterday"), 200, "a broken If-Modified-Since is ignored")
    expect(client.get(f"/Patient/{identity}", If_None_Match='W/"2"', If_Modified_Since=stamp), 200, "If-None-Match goes before the date")

    expect(client.get(f"/Patient/{fresh()}"), 404, "read of an unknown id")
    that(client.get(f"/Patient/{fresh()}").issue == "not-found", "read of an unknown id: issue not-found")
    expect(client.get("/Patient/a_b"), 400, "read of what is no id")
    expect(client.get("/Patient/" + "a" * 65), 400, "read of an id of 65 characters")
    expect(client.get("/Patient/" + "a" * 64), 404, "an id of 64 characters is one")
    expect(client.get(f"/Observation/{identity}"), 404, "ids belong to their type")
    expect(client.get("/Nothing/1"), 404, "read of an unknown type")
    expect(client.get("/patient/1"), 404, "types are written as the standard writes them")
    expect(client.get(f"/Patient/{identity}/name"), 404, "a path below a resource")
    expect(client.get(f"/Patient/{identity}?_summary=x"), 400, "an unknown _summary")


def vread(client, server):
    identity = fresh()
    for number in (1, 2, 3):
        client.call("PUT", f"/Patient/{identity}", patient(f"Number{number}", id=identity))
    client.call("DELETE", f"/Patient/{identity}")
    for number in (1, 2, 3):
        answer = expect(client.get(f"/Patient/{identity}/_history/{number}"), 200, f"vread of version {number}")
        that(answer.json["name"][0]["family"] == f"Number{number}", f"vread of version {number}: its content")
        that(answer.headers["ETag"] == f'W/"{number}"', "vread: its ETag")
        that(answer.json["meta"]["versionId"] == str(number), "vread: its versionId")
    expect(client.call("HEAD", f"/Patient/{identity}/_history/1"), 200, "HEAD of a version")
    expect(client.get(f"/Patient/{identity}/_history/4"), 410, "vread of the deletion")
    for number in ("5", "0", "-1", "x", "99999999999999999999"):
        expect(client.get(f"/Patient/{identity}/_history/{number}"), (400, 404), f"vread of version {number}")
    expect(client.get(f"/Patient/{fresh()}/_history/1"), 404, "vread of an unknown id")
    summary = expect(client.get(f"/Patient/{identity}/_history/1?_elements=birthDate"), 200, "vread with _elements")
    that("name" not in summary.json, "vread with _elements: only those")


# --- update, delete -------------------------------------------------------------------------------------------------------

def update(client, server):
    identity = fresh()
    answer = expect(client.call("PUT", f"/Patient/{identity}", patient("A", id=identity)), 201, "update as create")
    that(answer.headers["Location"] == f"{server.base}/Patient/{identity}/_history/1", "update as create: Location")
    answer = expect(client.call("PUT", f"/Patient/{identity}", patient("B", id=identity)), 200, "update")
    that(answer.headers["ETag"] == 'W/"2"' and answer.json["meta"]["versionId"] == "2", "update: version 2")
    that(client.get(f"/Patient/{identity}").json["name"][0]["family"] == "B", "update: read sees it")

    same = expect(client.call("PUT", f"/Patient/{identity}", patient("B", id=identity)), 200, "the same update again")
    that(same.headers["ETag"] == 'W/"2"', "an identical update makes no new version")
    that(same.json["meta"]["lastUpdated"] == answer.json["meta"]["lastUpdated"], "an identical update changes no date")
    back = expect(client.call("PUT", f"/Patient/{identity}", client.get(f"/Patient/{identity}").body), 200, "what was read is sent back")
    that(back.headers["ETag"] == 'W/"2"', "what was read and is sent back makes no new version")
    reordered = {"name": [{"family": "B"}], "id": identity, "resourceType": "Patient"}
    that(client.call("PUT", f"/Patient/{identity}", reordered).headers["ETag"] == 'W/"2"', "the order of properties is no difference")
    that(len(client.get(f"/Patient/{identity}/_history").entries) == 2, "identical updates leave no history")

    expect(client.call("PUT", f"/Patient/{identity}", patient(id="other")), 400, "the body has another id")
    expect(client.call("PUT", f"/Patient/{identity}", patient()), 400, "the body has no id")
    expect(client.call("PUT", f"/Patient/{identity}", {"resourceType": "Observation", "id": identity}), 400, "the body has another type")
    expect(client.call("PUT", "/Patient/a_b", patient(id="a_b")), 400, "update of what is no id")
    expect(client.call("PUT", f"/Patient/{'x' * 65}", patient(id="x" * 65)), 400, "update of an id of 65 characters")
    expect(client.call("PUT", "/Patient", patient(id=identity)), (400, 405, 412), "update without id and criteria")

    conditional = lambda etag, family: client.call("PUT", f"/Patient/{identity}", patient(family, id=identity), headers={"If-Match": etag})
    expect(conditional('W/"1"', "C"), 412, "If-Match with an old version")
    expect(conditional('W/"7"', "C"), 412, "If-Match with a version to come")
    expect(conditional("junk", "C"), (400, 412), "If-Match with junk")
    that(client.get(f"/Patient/{identity}").headers["ETag"] == 'W/"2"', "a failed If-Match changes nothing")
    expect(conditional('W/"2"', "C"), 200, "If-Match with the current version")
    expect(conditional('"3"', "D"), 200, "If-Match written as a strong tag")
    expect(conditional('W/"3"', "D"), 412, "If-Match with an old version, though nothing would change")
    nobody = fresh()
    expect(client.call("PUT", f"/Patient/{nobody}", patient(id=nobody), headers={"If-Match": 'W/"1"'}), 412, "If-Match where nothing is")
    expect(client.call("PUT", f"/Patient/{identity}", patient("E", id=identity), headers={"If-None-Match": "*"}), 412,
           "If-None-Match: * where something is")
    expect(client.call("PUT", f"/Patient/{nobody}", patient(id=nobody), headers={"If-None-Match": "*"}), 201,
           "If-None-Match: * where nothing is")

    answer = expect(client.call("PUT", f"/Patient/{identity}", patient("F", id=identity), headers={"Prefer": "return=minimal"}), 200,
                    "update minimal")
    that(answer.body == b"" and answer.headers["ETag"] == 'W/"5"', "update minimal: no body, but ETag")
    client.call("DELETE", f"/Patient/{identity}")
    answer = expect(client.call("PUT", f"/Patient/{identity}", patient("G", id=identity)), 201, "update of what was deleted brings it back")
    that(answer.headers["ETag"] == 'W/"7"', "what comes back goes on counting its versions")
    that(client.get(f"/Patient/{identity}").status == 200, "what came back can be read")


def remove(client, server):
    identity = fresh()
    client.call("PUT", f"/Patient/{identity}", patient(id=identity))
    expect(client.call("DELETE", f"/Patient/{identity}", headers={"If-Match": 'W/"4"'}), 412, "delete with If-Match of another version")
    expect(client.get(f"/Patient/{identity}"), 200, "a failed If-Match deletes nothing")
    answer = expect(client.call("DELETE", f"/Patient/{identity}", headers={"If-Match": 'W/"1"'}), (200, 204), "delete")
    that(answer.status != 204 or answer.body == b"", "204 has no body")
    gone = expect(client.get(f"/Patient/{identity}"), 410, "read of what was deleted")
    that(gone.issue == "deleted", f"read of what was deleted: issue deleted, not {gone.issue}")
    expect(client.call("HEAD", f"/Patient/{identity}"), 410, "HEAD of what was deleted")
    expect(client.call("DELETE", f"/Patient/{identity}"), (200, 204), "delete again")
    entries = client.get(f"/Patient/{identity}/_history").entries
    that([e["request"]["method"] for e in entries] == ["DELETE", "POST"] or [e["request"]["method"] for e in entries] == ["DELETE", "PUT"],
         f"deleting twice is one deletion: {[e['request'] for e in entries]}")
    expect(client.call("DELETE", f"/Patient/{fresh()}"), (200, 204, 404), "delete of what never was")
    that(client.get(f"/Patient?_id={identity}").ids == [], "a search does not find what was deleted")
    outcome = expect(client.call("DELETE", f"/Patient/{new(client)}", headers={"Prefer": "return=OperationOutcome"}), 200,
                     "delete with outcome")
    that(outcome.json["resourceType"] == "OperationOutcome", "delete with outcome: the body is one")


# --- history --------------------------------------------------------------------------------------------------------------

def pages(client, path):
    """All pages of a bundle, by its next links."""
    got = []
    while path:
        answer = client.get(path)
        if answer.status != 200:
            check(False, f"page {path}: {answer!r}")
            return got
        got.append(answer)
        path = answer.link("next")
        if len(got) > 1000:
            check(False, "the pages do not end")
            return got
    return got


def history(client, server):
    identity = fresh()
    stamps = []
    for family in ("A", "B", "C", "D", "E"):
        stamps.append(client.call("PUT", f"/Patient/{identity}", patient(family, id=identity)).json["meta"]["lastUpdated"])
        time.sleep(0.002)
    client.call("DELETE", f"/Patient/{identity}")
    answer = expect(client.get(f"/Patient/{identity}/_history"), 200, "history of a resource")
    bundle = answer.json
    that(bundle["type"] == "history" and bundle["total"] == "6", f"history: type and total: {bundle['type']} {bundle.get('total')}")
    # The first version of an update-as-create is told as POST or PUT; servers differ, and R4 says no word.
    that([e["request"]["method"] for e in bundle["entry"]][:5] == ["DELETE", "PUT", "PUT", "PUT", "PUT"], "history: newest first: "
         + str([e["request"] for e in bundle["entry"]]))
    that([e["resource"]["name"][0]["family"] for e in bundle["entry"][1:]] == ["E", "D", "C", "B", "A"], "history: the versions' content")
    that("resource" not in bundle["entry"][0], "history: a deletion has no resource")
    for number, entry in zip((6, 5, 4, 3, 2, 1), bundle["entry"]):
        that(entry["fullUrl"] == f"{server.base}/Patient/{identity}", "history: fullUrl names the resource, not the version")
        that(entry["request"]["url"] in (f"Patient/{identity}", "Patient"), f"history: request.url {entry['request']}")
        that(entry["response"]["etag"] == f'W/"{number}"' and INSTANT.match(entry["response"]["lastModified"]),
             "history: response.etag, lastModified")
        that(entry["response"]["status"][:3] == {6: "204", 1: "201"}.get(number, "200"),
             f"history: response.status {entry['response']['status']}")
    that(answer.link("self").startswith(f"/Patient/{identity}/_history"), "history: self link")

    since = urllib.parse.quote(stamps[2])
    kept = [e["response"]["etag"] for e in client.get(f"/Patient/{identity}/_history?_since={since}").entries]
    that(kept == ['W/"6"', 'W/"5"', 'W/"4"', 'W/"3"'], f"history with _since: at or after: {kept}")
    that(client.get(f"/Patient/{identity}/_history?_since=2999-01-01").entries == [], "history with _since to come is empty")
    at = [e["response"]["etag"] for e in client.get(f"/Patient/{identity}/_history?_at={since}").entries]
    that(at == ['W/"3"'], f"history with _at an instant: what was current: {at}")
    expect(client.get(f"/Patient/{identity}/_history?_since=monday"), 400, "a broken _since")
    expect(client.get(f"/Patient/{identity}/_history?_count=x"), 400, "a broken _count")
    expect(client.get(f"/Patient/{identity}/_history?name=x"), 400, "a search parameter on a history")
    only = client.get(f"/Patient/{identity}/_history?_count=0").json
    that("entry" not in only and only["total"] == "6", "history with _count=0 only counts")

    parts = pages(client, f"/Patient/{identity}/_history?_count=2")
    that([len(p.entries) for p in parts] == [2, 2, 2], "history in pages of two")
    that([e["response"]["etag"] for p in parts for e in p.entries] == [f'W/"{n}"' for n in (6, 5, 4, 3, 2, 1)],
         "history in pages: complete, in order")
    first = client.get("/Patient/_history?_count=3")
    for _ in range(4):
        client.call("POST", "/Patient", patient("Later"))
    second = client.get(first.link("next"))
    seen = [(e["fullUrl"], e["response"]["etag"]) for e in first.entries + second.entries]
    that(len(set(seen)) == len(seen), "history: what is written between two pages moves nothing")

    expect(client.get(f"/Patient/{fresh()}/_history"), 404, "history of an unknown id")
    kinds = expect(client.get("/Patient/_history?_count=1000"), 200, "history of a type")
    that({e["fullUrl"].rsplit("/", 2)[1] for e in kinds.entries} == {"Patient"}, "history of a type: only that type")
    device = client.call("POST", "/Device", {"resourceType": "Device"}).json["id"]
    everything = expect(client.get("/_history?_count=1000"), 200, "history of the system")
    that({"Patient", "Device"} <= {e["fullUrl"].rsplit("/", 2)[1] for e in everything.entries}, "history of the system: all types")
    that(everything.entries[0]["fullUrl"].endswith(f"/Device/{device}"), "history of the system: the last change first")
    expect(client.call("HEAD", "/_history"), 200, "HEAD of a history")
    posted = new(client)
    entry = client.get(f"/Patient/{posted}/_history").entries[0]["request"]
    that(entry == {"method": "POST", "url": "Patient"}, f"history: POST for what a POST made: {entry}")


# --- conditional interactions ---------------------------------------------------------------------------------------------

def conditional_create(client, server):
    key = fresh("key")
    identifier = [{"system": "urn:x", "value": key}]
    ask = lambda text: client.call("POST", "/Patient", patient("Cond", identifier=identifier), headers={"If-None-Exist": text})
    first = expect(ask(f"identifier=urn:x|{key}"), 201, "conditional create, nothing there")
    second = expect(ask(f"identifier=urn:x%7C{key}"), 200, "conditional create, one there")
    that(second.json["id"] == first.json["id"] and second.headers["ETag"] == 'W/"1"', "conditional create: the one that is there")
    that((second.headers["Location"] or "").endswith(f"/Patient/{first.json['id']}/_history/1"),
         "conditional create: Location of the one that is there")
    expect(ask(f"?identifier=urn:x|{key}"), 200, "conditional create, written with a question mark")
    client.call("POST", "/Patient", patient("Cond", identifier=identifier))
    many = expect(ask(f"identifier=urn:x|{key}"), 412, "conditional create, two there")
    that(many.issue in ("multiple-matches", "duplicate"), f"conditional create, two there: issue {many.issue}")
    that(client.get(f"/Patient?identifier=urn:x|{key}&_summary=count").json["total"] == "2", "conditional create: nothing doubled")
    expect(ask("nam=x"), 400, "conditional create with an unknown parameter")
    expect(ask("identifier="), 400, "conditional create with an empty criterion")

    key = fresh("race")
    def one(_):
        other = Client(server.port)
        body = patient("Race", identifier=[{"system": "urn:x", "value": key}])
        return other.call("POST", "/Patient", body, headers={"If-None-Exist": f"identifier=urn:x|{key}"}).status
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = sorted(pool.map(one, range(32)))
    that(statuses.count(201) == 1 and set(statuses) == {200, 201}, f"32 conditional creates at once make one: {statuses}")
    that(client.get(f"/Patient?identifier=urn:x|{key}&_summary=count").json["total"] == "1", "32 conditional creates at once: one is there")


def conditional_update(client, server):
    key = fresh("key")
    put = lambda family, **more: client.call("PUT", f"/Patient?identifier=urn:x|{key}",
                                             patient(family, identifier=[{"system": "urn:x", "value": key}], **more))
    first = expect(put("A"), 201, "conditional update, nothing there")
    identity = first.json["id"]
    second = expect(put("B"), 200, "conditional update, one there")
    that(second.json["id"] == identity and second.headers["ETag"] == 'W/"2"', "conditional update: the one that is there")
    that(expect(put("B"), 200, "conditional update, the same").headers["ETag"] == 'W/"2"', "conditional update, the same: no version")
    expect(put("C", id=identity), 200, "conditional update with its id")
    expect(put("C", id="somebody"), (400, 409), "conditional update with another id")
    client.call("POST", "/Patient", patient(identifier=[{"system": "urn:x", "value": key}]))
    expect(put("D"), 412, "conditional update, two there")
    expect(client.call("PUT", "/Patient?unknown=1", patient()), 400, "conditional update with an unknown parameter")
    key = fresh("key")
    mine = fresh("own")
    answer = expect(put("E", id=mine), 201, "conditional update, nothing there, with an id")
    that(answer.json["id"] == mine, "conditional update: the client's id is taken")


def conditional_delete(client, server):
    key = fresh("key")
    make = lambda: client.call("POST", "/Patient", patient(identifier=[{"value": key}])).json["id"]
    drop = lambda: client.call("DELETE", f"/Patient?identifier={key}")
    identity = make()
    expect(drop(), (200, 204), "conditional delete, one there")
    expect(client.get(f"/Patient/{identity}"), 410, "conditional delete deletes")
    expect(drop(), (200, 204, 404), "conditional delete, nothing there")
    two = make(), make()
    expect(drop(), 412, "conditional delete, two there")
    that(all(client.get(f"/Patient/{one}").status == 200 for one in two), "conditional delete, two there: nothing is deleted")
    before = client.get("/Patient?_summary=count").json["total"]
    expect(client.call("DELETE", "/Patient"), (400, 405, 412), "conditional delete without criteria")
    expect(client.call("DELETE", "/Patient?"), (400, 405, 412), "conditional delete with an empty query")
    expect(client.call("DELETE", "/Patient?identifier="), (400, 412), "conditional delete with an empty criterion")
    expect(client.call("DELETE", "/Patient?_count=1"), (400, 412), "conditional delete with nothing but _count")
    expect(client.call("DELETE", "/Patient?nam=x"), (400, 412), "conditional delete with an unknown parameter")
    expect(client.call("DELETE", "/Patient?nam=x", headers={"Prefer": "handling=lenient"}), (400, 412),
           "a lenient conditional delete with an unknown parameter")
    that(client.get("/Patient?_summary=count").json["total"] == before, "no refused conditional delete deletes")


def conditional_read(client, server):
    identity = new(client)
    expect(client.call("HEAD", f"/Patient?_id={identity}"), 200, "HEAD of a search")
    expect(client.get(f"/Patient/{identity}", If_None_Match='W/"1"'), 304, "conditional read by version")
    client.call("PUT", f"/Patient/{identity}", patient("New", id=identity))
    expect(client.get(f"/Patient/{identity}", If_None_Match='W/"1"'), 200, "conditional read of a changed resource")


def one_of_many_writers_wins(client, server):
    identity = fresh()
    client.call("PUT", f"/Patient/{identity}", patient(id=identity))
    def one(number):
        return Client(server.port).call("PUT", f"/Patient/{identity}", patient(f"N{number}", id=identity),
                                        headers={"If-Match": 'W/"1"'}).status
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(one, range(60)))
    that(statuses == [200] + [412] * 59, f"60 updates of one version at once: one wins: {statuses}")
    that(len(client.get(f"/Patient/{identity}/_history").entries) == 2, "60 updates of one version at once: one new version")


# --- formats --------------------------------------------------------------------------------------------------------------

def formats(client, server):
    identity = fresh()
    text = (f'<Patient xmlns="http://hl7.org/fhir"><id value="{identity}"/><text><status value="generated"/>'
            '<div xmlns="http://www.w3.org/1999/xhtml"><b>Åsa</b> &amp; co</div></text><active value="true"/>'
            '<name><family value="Øst &lt;&quot;&gt;"/></name><multipleBirthInteger value="2"/></Patient>')
    answer = expect(client.call("PUT", f"/Patient/{identity}", text, kind="application/fhir+xml"), 201, "XML in")
    plain = client.get(f"/Patient/{identity}").json
    that(plain["name"][0]["family"] == 'Øst <">' and plain["active"] is True and plain["multipleBirthInteger"] == "2",
         f"XML in, JSON out: {plain}")
    that(plain["text"]["div"] == '<div xmlns="http://www.w3.org/1999/xhtml"><b>Åsa</b> &amp; co</div>',
         f"XML in, the narrative: {plain['text']['div']}")
    as_xml = expect(client.get(f"/Patient/{identity}", Accept="application/fhir+xml"), 200, "XML out")
    that(as_xml.headers["Content-Type"].replace(" ", "").lower() == "application/fhir+xml;charset=utf-8", "XML out: Content-Type")
    root = xml.fromstring(as_xml.body)
    that(root.tag == FHIR + "Patient" and [child.tag[len(FHIR):] for child in root if child.tag.startswith(FHIR)] ==
         ["id", "meta", "text", "active", "name", "multipleBirthInteger"], f"XML out: elements in their order: {as_xml!r}")
    that(as_xml.headers["ETag"] == 'W/"1"', "XML out: ETag")
    again = expect(client.call("PUT", f"/Patient/{identity}", as_xml.body, kind="application/xml"), 200, "XML out is XML in")
    that(again.headers["ETag"] == 'W/"1"', "XML out sent back makes no new version")

    json_kinds = ("application/fhir+json", "application/json", "text/json", "json", "application/fhir+json; fhirVersion=4.0", "*/*",
                  "application/*",
                  "text/html,application/xhtml+xml,*/*;q=0.8", "application/fhir+xml;q=0.5, application/fhir+json",
                  "application/fhir+json;q=0.9, application/pdf", "nonsense", ";;,,q")
    xml_kinds = ("application/fhir+xml", "application/xml", "text/xml", "application/fhir+json;q=0.2,application/fhir+xml;q=0.3",
                 "APPLICATION/FHIR+XML", "application/fhir+xml; charset=utf-8")
    for accept in json_kinds:
        answer = expect(client.get(f"/Patient/{identity}", Accept=accept), 200, f"Accept: {accept}")
        that(answer.body.startswith(b"{"), f"Accept: {accept} gives JSON")
    for accept in xml_kinds:
        answer = expect(client.get(f"/Patient/{identity}", Accept=accept), 200, f"Accept: {accept}")
        that(answer.body.lstrip(b'<?xml version="1.0" encoding="UTF-8"?>')[:7] in (b"Patient", b"<Patien")
             or b"<Patient" in answer.body[:80], f"Accept: {accept} gives XML")
    for accept in ("application/pdf", "image/png, text/turtle", "application/fhir+json;q=0", "application/fhir+json; fhirVersion=1.0"):
        expect(client.get(f"/Patient/{identity}", Accept=accept), 406, f"Accept: {accept}")
    count = client.get("/Patient?_summary=count").json["total"]
    expect(client.call("POST", "/Patient", patient(), headers={"Accept": "application/pdf"}), 406,
           "create with an Accept that cannot be met")
    that(client.get("/Patient?_summary=count").json["total"] == count, "what is answered 406 was not done")
    for form in ("xml", "text/xml", "application/xml", "application/fhir+xml", "application/fhir%2Bxml"):
        answer = expect(client.get(f"/Patient/{identity}?_format={form}", Accept="application/fhir+json"), 200, f"_format={form}")
        that(b"<Patient" in answer.body[:80], f"_format={form} goes before Accept")
    for form in ("json", "application/json", "application/fhir+json", "application/fhir%2Bjson"):
        that(client.get(f"/Patient/{identity}?_format={form}", Accept="application/fhir+xml").body.startswith(b"{"),
             f"_format={form} goes before Accept")
    for form in ("exe", "application/pdf", "ttl", ""):
        expect(client.get(f"/Patient/{identity}?_format={form}"), (400, 406), f"_format={form}")
    expect(client.call("HEAD", f"/Patient/{identity}?_format=xml"), 200, "HEAD in XML")

    pretty = client.get(f"/Patient/{identity}?_pretty=true")
    that(b"\n  " in pretty.body and pretty.json == plain, "_pretty=true is the same, with line ends")
    that(b"\n" not in client.get(f"/Patient/{identity}?_pretty=false").body, "_pretty=false is compact")
    pretty = client.get(f"/Patient/{identity}?_pretty=true&_format=xml")
    that(b"\n  <" in pretty.body and b"<b>\xc3\x85sa</b> &amp; co" in pretty.body, "_pretty in XML leaves the narrative")

    for path in (f"/Patient?_id={identity}", f"/Patient/{identity}/_history", "/_history?_count=2",
                 f"/Patient?_id={identity}&_summary=true"):
        answer = expect(client.get(path, Accept="application/fhir+xml"), 200, f"XML of {path}")
        root = xml.fromstring(answer.body)
        that(root.tag == FHIR + "Bundle" and root.find(f"{FHIR}entry/{FHIR}resource/*") is not None,
             f"XML of {path}: a bundle with resources")
    root = xml.fromstring(expect(client.get("/metadata?_format=xml"), 200, "the CapabilityStatement in XML").body)
    that(root.tag == FHIR + "CapabilityStatement", "the CapabilityStatement in XML")
    refused = expect(client.get(f"/Patient/{fresh()}?_format=xml"), 404, "a refusal in XML")
    that(xml.fromstring(refused.body).tag == FHIR + "OperationOutcome", "a refusal in XML")
    refused = client.call("POST", "/Patient", "<Patient", kind="application/fhir+xml", headers={"Accept": "application/fhir+xml"})
    that(refused.status == 400 and xml.fromstring(refused.body).tag == FHIR + "OperationOutcome",
         f"broken XML is refused in XML: {refused!r}")
    bundle = ('<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/><entry><resource><Device><status value="active"/></Device></resource>'
              '<request><method value="POST"/><url value="Device"/></request></entry></Bundle>')
    answer = expect(client.call("POST", "", bundle, kind="application/fhir+xml", headers={"Accept": "application/fhir+xml"}), 200,
                    "a transaction in XML")
    that(xml.fromstring(answer.body).find(f"{FHIR}entry/{FHIR}response/{FHIR}status").get("value").startswith("201"),
         "a transaction in XML: its answer")

    for kind, status in (("text/plain", 415), ("application/pdf", 415), ("application/fhir+json; charset=utf-16", 415),
                         ("application/x-www-form-urlencoded", 415),
                         ("application/json", 201), ("application/json; charset=UTF-8", 201),
                         ("application/fhir+json;fhirVersion=4.0", 201),
                         ("application/fhir+json; fhirVersion=3.0", 415), ("text/json", 201), ("application/json+fhir", 201)):
        expect(client.call("POST", "/Patient", patient(), kind=kind), status, f"Content-Type: {kind}")
    client.http.putrequest("POST", "/fhir/Patient")
    client.http.putheader("Content-Length", "2")
    client.http.endheaders(b"{}")
    response = client.http.getresponse()
    response.read()
    that(response.status == 415, f"no Content-Type: {response.status}")


def parts_of_resources(client, server):
    identity = fresh()
    whole = patient("Part", id=identity, birthDate="1980-01-02", maritalStatus={"text": "m"},
                    communication=[{"language": {"text": "nn"}, "preferred": True}],
                    text={"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'})
    client.call("PUT", f"/Patient/{identity}", whole)
    subsetted = lambda r: any(tag.get("code") == "SUBSETTED" for tag in r.get("meta", {}).get("tag", []))
    for how, there, away in (("_summary=true", {"name", "birthDate"}, {"maritalStatus", "communication", "text"}),
                             ("_summary=text", {"text"}, {"name", "birthDate"}),
                             ("_summary=data", {"name", "maritalStatus"}, {"text"}),
                             ("_elements=birthDate", {"birthDate"}, {"name", "text"}),
                             ("_elements=birthDate,name", {"birthDate", "name"}, {"text", "maritalStatus"}),
                             ("_elements=Patient.name", {"name"}, {"birthDate"})):
        for path in (f"/Patient/{identity}?{how}", f"/Patient?_id={identity}&{how}"):
            answer = expect(client.get(path), 200, path)
            got = answer.json if answer.json["resourceType"] == "Patient" else answer.entries[0]["resource"]
            that(there <= set(got) and not away & set(got) and got["id"] == identity, f"{path}: {sorted(got)}")
            that(subsetted(got), f"{path}: marked SUBSETTED: {got.get('meta')}")
    full = client.get(f"/Patient/{identity}?_summary=false").json
    that("communication" in full and not subsetted(full), "_summary=false is the whole")
    counted_only = client.get(f"/Patient?_id={identity}&_summary=count").json
    that(counted_only["total"] == "1" and "entry" not in counted_only, "_summary=count only counts")
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "c"}, "valueString": "v"}
    made = client.call("POST", "/Observation", observation).json["id"]
    got = client.get(f"/Observation/{made}?_elements=value").json
    that("status" in got and "code" in got and "valueString" in got, f"_elements keeps what is mandatory: {got}")
    that("valueString" not in client.get(f"/Observation/{made}?_elements=subject").json, "_elements leaves the rest out")
    expect(client.get("/Patient?_elements=*'"), 400, "_elements that are no names")
    part = client.get(f"/Patient/{identity}?_elements=birthDate").json
    expect(client.call("PUT", f"/Patient/{identity}", part), (200, 400, 422), "a part is sent back")  # R4: may be refused


# --- batch, transaction ---------------------------------------------------------------------------------------------------

def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def entry(method, url, resource=None, full_url=None, **request):
    made = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made["resource"] = resource
    if full_url:
        made["fullUrl"] = full_url
    return made


def batch(client, server):
    mine, other = fresh(), fresh()
    client.call("PUT", f"/Patient/{other}", patient(id=other))
    key = fresh("key")
    answer = expect(client.call("POST", "", bundle(
        "batch",
        entry("GET", f"Patient/{mine}"),
        entry("PUT", f"Patient/{mine}", patient("Batch", id=mine)),
        entry("POST", "Patient", patient(colour="red")),
        entry("POST", "Patient", patient("Posted", identifier=[{"value": key}]), ifNoneExist=f"identifier={key}"),
        entry("GET", "Patient?name:bogus=1"),
        entry("DELETE", f"Patient/{other}"),
        entry("GET", f"Patient?_id={mine}"),
        entry("PUT", f"Patient/{fresh()}", patient("NoId")),
        entry("GET", f"Patient/{fresh()}"),
        entry("PATCH", f"Patient/{mine}", {"resourceType": "Parameters"}),
        entry("BREW", "Patient"),
        entry("GET", "metadata"),
        entry("PUT", f"Patient/{mine}", patient("Twice", id=mine), ifMatch='W/"9"'),
        entry("GET", f"Patient/{mine}/_history"),
        entry("HEAD", f"Patient/{mine}"))), 200, "batch")
    got = answer.json
    that(got["type"] == "batch-response" and len(got["entry"]) == 15, "batch: an answer for each entry")
    statuses = [e["response"]["status"][:3] for e in got["entry"]]
    that(statuses[:9] == ["200", "201", "400", "201", "400", "204", "200", "400", "404"], f"batch: each entry by itself: {statuses}")
    that(statuses[9] == "200" and statuses[10] in ("400", "405", "501"), f"batch: a patch, and what is not supported: {statuses[9:11]}")
    that(statuses[11:] == ["200", "412", "200", "200"], f"batch: the rest: {statuses[11:]}")
    for e in got["entry"]:
        if e["response"]["status"][0] == "4":
            that(e["response"].get("outcome", {}).get("resourceType") == "OperationOutcome", f"batch: a refused entry says why: {e}")
    that(got["entry"][1]["response"]["location"].endswith(f"Patient/{mine}/_history/1") and got["entry"][1]["response"]["etag"] == 'W/"1"',
         "batch: location and etag")
    that(got["entry"][0]["resource"]["name"][0]["family"] == "Batch", "batch: reads come after writes")
    that(got["entry"][6]["resource"]["type"] == "searchset" and got["entry"][6]["resource"]["total"] == "1", "batch: a search in a batch")
    that(client.get(f"/Patient/{other}").status == 410, "batch: the delete was done")
    full = client.call("POST", "", bundle("batch", entry("POST", "Patient", patient("Full"))),
                       headers={"Prefer": "return=representation"}).json
    that(full["entry"][0]["resource"]["name"][0]["family"] == "Full", "batch: return=representation gives the resources")
    empty = expect(client.call("POST", "", bundle("batch")  | {"entry": [entry("GET", "Patient?_count=0")]}), 200, "batch of a count")
    that(int(empty.entries[0]["resource"]["total"]) > 0, "batch of a count: the total")
    no_entries = expect(client.call("POST", "/", {"resourceType": "Bundle", "type": "batch"}), 200,
                        "an empty batch, at the base with a slash")
    that(no_entries.json["type"] == "batch-response", "an empty batch: its answer")


def transaction(client, server):
    org, key = fresh("org"), fresh("key")
    client.call("PUT", f"/Organization/{org}", {"resourceType": "Organization", "id": org, "name": "Clinic",
                                                "identifier": [{"system": "urn:o", "value": key}]})
    one, two, three = (f"urn:uuid:{uuid.uuid4()}" for _ in range(3))
    gone = new(client)
    got = expect(client.call("POST", "", bundle(
        "transaction",
        entry("POST", "Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "c"},
                                      "subject": {"reference": one},
                                      "performer": [{"reference": f"Organization?identifier=urn:o|{key}"}],
                                      "hasMember": [{"reference": three}]}, two),
        entry("POST", "Patient", patient("Trans", managingOrganization={"reference": f"Organization/{org}"}), one),
        entry("POST", "Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "d"},
                                      "derivedFrom": [{"reference": two}]}, three),
        entry("DELETE", f"Patient/{gone}"),
        entry("POST", "Organization", {"resourceType": "Organization", "name": "Clinic"}, ifNoneExist=f"identifier=urn:o|{key}"),
        entry("GET", "Organization?_id=" + org))), 200, "transaction").json
    that(got["type"] == "transaction-response" and [e["response"]["status"][:3] for e in got["entry"]] == ["201", "201", "201", "204",
            "200", "200"],
         f"transaction: answers in the order of the entries: {[e['response'] for e in got.get('entry', [])]}")
    where = [e["response"].get("location", "") for e in got["entry"]]
    observation = client.get("/" + where[0].split("/_history")[0]).json
    subject = where[1].split("/_history")[0]
    that(observation["subject"]["reference"] == subject, f"transaction: urn:uuid becomes the new id: {observation['subject']}")
    that(observation["performer"][0]["reference"] == f"Organization/{org}",
         f"transaction: a conditional reference is resolved: {observation['performer']}")
    that(observation["hasMember"][0]["reference"] == where[2].split("/_history")[0], "transaction: entries may point at each other")
    that(where[4].startswith(f"Organization/{org}/") or f"/Organization/{org}/" in where[4],
         f"transaction: ifNoneExist found the one that is there: {where[4]}")
    that(client.get(f"/Patient/{gone}").status == 410, "transaction: the delete was done")
    found = client.get("/Observation?subject=" + subject)
    that(found.ids == [observation["id"]], "transaction: what it wrote is found")

    keep = fresh("keep")
    good = [entry("POST", "Patient", patient("All", identifier=[{"value": keep}])) for _ in range(200)]
    version = client.get("/_history?_count=1").entries[0]["fullUrl"]
    broken = {
        "an invalid resource": entry("POST", "Patient", patient(colour="red")),
        "a stale ifMatch": entry("PUT", f"Organization/{org}", {"resourceType": "Organization", "id": org, "name": "X"}, ifMatch='W/"5"'),
        "a read of nothing": entry("GET", f"Patient/{fresh()}"),
        "a reference by criteria to nothing": entry("POST", "Patient",
                                                    patient(managingOrganization={"reference": "Organization?identifier=nobody"})),
        "a reference to a urn of no entry": entry("POST", "Patient",
                                                  patient(managingOrganization={"reference": f"urn:uuid:{uuid.uuid4()}"})),
        "no method": {"resource": patient(), "request": {"url": "Patient"}},
        "no request": {"resource": patient()},
        "no url": {"resource": patient(), "request": {"method": "POST"}},
        "an unknown method": entry("BREW", "Patient", patient()),
        "no resource": entry("POST", "Patient"),
        "an unknown type": entry("POST", "Nothing", {"resourceType": "Nothing"}),
        "a type that is not the url's": entry("POST", "Observation", patient()),
        "an unknown search parameter": entry("GET", "Patient?nam=1"),
        "an unknown criterion": entry("PUT", "Patient?nam=1", patient()),
        "an id that is not the url's": entry("PUT", "Patient/a", patient(id="b")),
        "a bundle inside": entry("POST", "/", bundle("transaction", entry("POST", "Patient", patient()))),
        "an operation": entry("POST", "Patient/$match", {"resourceType": "Parameters"}),
        "a url of somebody else": entry("POST", "http://elsewhere.example/fhir/Patient", patient()),
    }
    for what, bad in broken.items():
        for place in (0, 100, 200):
            answer = expect(client.call("POST", "", bundle("transaction", *good[:place], bad, *good[place:])),
                            (400, 404, 412, 422, 501, 405, 409), f"transaction with {what}")
            that(f"entry[{place}]" in answer.body.decode(), f"transaction with {what}: the answer names the entry: {answer!r}")
    that(client.get("/_history?_count=1").entries[0]["fullUrl"] == version, "failed transactions leave nothing in the history")
    that(client.get(f"/Patient?identifier={keep}&_summary=count").json["total"] == "0", "failed transactions store nothing")

    twice = fresh()
    expect(client.call("POST", "", bundle("transaction", entry("PUT", f"Patient/{twice}", patient("A", id=twice)), entry("PUT",
            f"Patient/{twice}", patient("B", id=twice)))),
           (400, 422), "transaction that changes a resource twice")
    expect(client.call("POST", "", bundle("transaction", entry("PUT", f"Patient/{twice}", patient("A", id=twice)), entry("DELETE",
            f"Patient/{twice}"))),
           (400, 422), "transaction that changes and deletes a resource")
    url = f"urn:uuid:{uuid.uuid4()}"
    expect(client.call("POST", "", bundle("transaction", entry("POST", "Patient", patient(), url), entry("POST", "Patient", patient(),
            url))), (400, 422), "transaction with a fullUrl twice")
    expect(client.call("POST", "", bundle("collection")  | {"entry": [{"resource": patient()}]}), 400, "a collection at the base")
    expect(client.call("POST", "", patient()), 400, "a resource that is no Bundle at the base")
    expect(client.call("POST", "", b"{"), 400, "broken JSON at the base")
    stored = expect(client.call("POST", "/Bundle", bundle("transaction", entry("POST", "Patient", patient("Inner",
            identifier=[{"value": keep}])))), 201, "a transaction posted to /Bundle is stored")
    that(stored.json["type"] == "transaction" and client.get(f"/Patient?identifier={keep}&_summary=count").json["total"] == "0",
         "a stored Bundle is not run")

    again = key + "-c"
    put = bundle("transaction", entry("PUT", f"Patient?identifier={again}", patient("Cond", identifier=[{"value": again}]), one),
                 entry("POST", "Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "c"},
                                               "subject": {"reference": one}}))
    first = expect(client.call("POST", "", put), 200, "transaction with a conditional update").json
    second = expect(client.call("POST", "", put), 200, "the same transaction again").json
    that([e["response"]["status"][:3] for e in first["entry"]] == ["201", "201"]
         and [e["response"]["status"][:3] for e in second["entry"]] == ["200", "201"],
         "transaction with a conditional update: created, then found")
    both = [client.get("/" + b["entry"][1]["response"]["location"].split("/_history")[0]).json["subject"]["reference"]
            for b in (first, second)]
    that(both[0] == both[1], f"transaction with a conditional update: both mean one patient: {both}")
    full = expect(client.call("POST", "", bundle("transaction", entry("POST", "Patient", patient("Full"))),
                              headers={"Prefer": "return=representation"}), 200, "transaction with representation").json
    that(full["entry"][0].get("resource", {}).get("name") == [{"family": "Full"}], "transaction with representation: the resources")
    absolute = f"{server.base}/Patient/{twice}"
    got = expect(client.call("POST", "", bundle("transaction", entry("PUT", f"Patient/{twice}", patient("Abs", id=twice), absolute),
                 entry("POST", "Observation", {"resourceType": "Observation", "status": "final", "code": {"text": "c"},
                                               "subject": {"reference": absolute}}))), 200, "absolute addresses").json
    that(client.get("/" + got["entry"][1]["response"]["location"].split("/_history")[0]).json["subject"]["reference"] == f"Patient/{twice}", "an absolute address of this server becomes relative")


# --- PATCH ----------------------------------------------------------------------------------------------------------------

JSON_PATCH, MERGE_PATCH = "application/json-patch+json", "application/merge-patch+json"


def parameters(*operations):
    """A FHIRPath Patch: each operation is a dict of part name -> (value[x], value)."""
    return {"resourceType": "Parameters", "parameter": [
        {"name": "operation", "part": [{"name": name, value[0]: value[1]} for name, value in one.items()]} for one in operations]}


def replacing(path, kind, value):
    return {"type": ("valueCode", "replace"), "path": ("valueString", path), "value": (kind, value)}


def patch(client, server):
    identity = new(client)
    path = f"/Patient/{identity}"
    family = lambda: client.get(path).json["name"][0]["family"]
    answer = expect(client.call("PATCH", path, [{"op": "replace", "path": "/name/0/family", "value": "Json"}], kind=JSON_PATCH), 200, "JSON Patch")
    that(answer.json["name"][0]["family"] == "Json" and answer.headers["ETag"] == 'W/"2"', f"JSON Patch: the new version: {answer!r}")
    answer = expect(client.call("PATCH", path, {"name": [{"family": "Merge"}], "active": None}, kind=MERGE_PATCH + "; charset=utf-8"), 200, "merge patch")
    that(family() == "Merge" and answer.headers["ETag"] == 'W/"3"', f"merge patch: {answer!r}")
    body = parameters(replacing("Patient.name[0].family", "valueString", "Path"))
    expect(client.call("PATCH", path, body), 200, "FHIRPath Patch")
    that(family() == "Path", "FHIRPath Patch: stored")
    as_xml = ('<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="replace"/></part>'
              '<part><name value="path"/><valueString value="Patient.name[0].family"/></part><part><name value="value"/><valueString value="Xml"/></part>'
              '</parameter></Parameters>')
    answer = expect(client.call("PATCH", path, as_xml, kind="application/fhir+xml", headers={"Accept": "application/fhir+xml"}), 200, "FHIRPath Patch in XML")
    that(b'<family value="Xml"/>' in answer.body, f"FHIRPath Patch in XML: {answer!r}")
    answer = expect(client.call("PATCH", path, "[]", kind=JSON_PATCH), 200, "a patch without operations")
    that(answer.headers["ETag"] == 'W/"5"' and len(client.get(path + "/_history").entries) == 5, "a patch that changes nothing makes no version")

    one = lambda op, **more: json.dumps([{"op": op, **more}])
    send = lambda body, **headers: client.call("PATCH", path, body, kind=JSON_PATCH, headers={k.replace("_", "-"): v for k, v in headers.items()})
    that(send(one("add", path="/active", value=False), Prefer="return=minimal").body == b"", "PATCH: return=minimal")
    that(b"OperationOutcome" in send(one("remove", path="/active"), Prefer="return=OperationOutcome").body, "PATCH: return=OperationOutcome")
    expect(send(one("add", path="/active", value=True), If_Match='W/"1"'), 412, "PATCH with an old If-Match")
    expect(send(one("add", path="/active", value=True), If_Match=client.get(path).headers["ETag"]), 200, "PATCH with If-Match")
    version = client.get(path).headers["ETag"]
    for what, body, kind, status in (
            ("E-08 an unknown op", one("merge", path="/active"), JSON_PATCH, 400), ("E-08 no pointer", one("remove", path="active"), JSON_PATCH, 422),
            ("E-08 a pointer to nothing", one("remove", path="/telecom/0"), JSON_PATCH, 422), ("E-08 a test that fails", one("test", path="/active", value=False), JSON_PATCH, 422),
            ("E-08 10,000 operations", json.dumps([{"op": "test", "path": "/active", "value": True}] * 10000), JSON_PATCH, 413),
            ("E-08 versionId", one("replace", path="/meta/versionId", value="9"), JSON_PATCH, 400), ("E-08 id", one("replace", path="/id", value="x"), JSON_PATCH, 400),
            ("resourceType", one("replace", path="/resourceType", value="Group"), JSON_PATCH, 400), ("no list", "{}", JSON_PATCH, 400), ("no JSON", "[", JSON_PATCH, 400),
            ("nothing", "", JSON_PATCH, 400), ("an unknown element", one("add", path="/shoe", value="x"), JSON_PATCH, 422),
            ("a wrong date", one("add", path="/birthDate", value="soon"), JSON_PATCH, 422), ("no object", "[1]", MERGE_PATCH, 400),
            ("a code that is none", json.dumps({"gender": "unknowable"}), MERGE_PATCH, 422),
            ("E-09 a path to nothing", json.dumps(parameters(replacing("Patient.birthDate", "valueDate", "1980-01-01"))), "application/fhir+json", 422),
            ("E-09 a path to several", json.dumps(parameters({"type": ("valueCode", "delete"), "path": ("valueString", "Patient.descendants()")})), "application/fhir+json", 422),
            ("no FHIRPath", json.dumps(parameters({"type": ("valueCode", "delete"), "path": ("valueString", "Patient.(")})), "application/fhir+json", 400),
            ("no Parameters", json.dumps({"resourceType": "Patient"}), "application/fhir+json", 400),
            ("XML Patch", "<diff/>", "application/xml-patch+xml", 415), ("plain text", "x", "text/plain", 415)):
        answer = expect(client.call("PATCH", path, body, kind=kind), status, f"PATCH: {what}")
        that(b"OperationOutcome" in answer.body, f"PATCH: {what}: says why")
        that((answer.headers["Accept-Patch"] is not None) == (status == 415), f"PATCH: {what}: Accept-Patch")
    that(client.get(path).headers["ETag"] == version, "PATCH: what was refused changed nothing")
    expect(client.call("PATCH", f"/Patient/{fresh()}", "[]", kind=JSON_PATCH), 404, "PATCH of nothing")
    gone = new(client)
    client.call("DELETE", f"/Patient/{gone}")
    expect(client.call("PATCH", f"/Patient/{gone}", "[]", kind=JSON_PATCH), 410, "PATCH of a deleted resource")


def conditional_patch(client, server):
    key = fresh("key")
    path = f"/Patient?identifier=http://patch|{key}"
    change = json.dumps([{"op": "add", "path": "/gender", "value": "other"}])
    expect(client.call("PATCH", path, change, kind=JSON_PATCH), 404, "a conditional patch without a match")
    new(client, identifier=[{"system": "http://patch", "value": key}])
    that(expect(client.call("PATCH", path, change, kind=JSON_PATCH), 200, "a conditional patch").json["gender"] == "other", "a conditional patch: done")
    new(client, identifier=[{"system": "http://patch", "value": key}])
    expect(client.call("PATCH", path, change, kind=JSON_PATCH), 412, "a conditional patch with two matches")
    expect(client.call("PATCH", "/Patient", change, kind=JSON_PATCH), (400, 412), "a conditional patch without criteria")


def patches_at_once(client, server):
    """None is lost, and nobody is asked to try again."""
    identity = new(client)
    def add(n):
        return server.client().call("PATCH", f"/Patient/{identity}", [{"op": "add", "path": "/name/-", "value": {"text": f"n{n}"}}], kind=JSON_PATCH).status
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        that(set(pool.map(add, range(128))) == {200}, "128 patches of one resource are all done")
    read = client.get(f"/Patient/{identity}")
    that({f"n{n}" for n in range(128)} <= {name.get("text") for name in read.json["name"]} and read.headers["ETag"] == 'W/"129"',
         "128 patches of one resource: each is in it, each made a version")
    version = read.headers["ETag"]
    def guarded(_):
        return server.client().call("PATCH", f"/Patient/{identity}", {"gender": "other"}, headers={"If-Match": version}, kind=MERGE_PATCH).status
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        statuses = list(pool.map(guarded, range(32)))
    # The same change again changes nothing, but its If-Match is old by then.
    that(statuses.count(200) == 1 and statuses.count(412) == 31, f"one of many patches with one If-Match wins: {statuses}")


def patches_in_bundles(client, server):
    identity = new(client)
    packed_ = {"resourceType": "Binary", "contentType": JSON_PATCH,
               "data": base64.b64encode(json.dumps([{"op": "add", "path": "/gender", "value": "other"}]).encode()).decode()}
    by_path = parameters({"type": ("valueCode", "add"), "path": ("valueString", "Patient"), "name": ("valueString", "managingOrganization"),
                          "value": ("valueReference", {"reference": "urn:uuid:6f6b3c0e-9a0d-4f0c-8e9b-0a1b2c3d4e5f"})})
    organization = entry("POST", "Organization", {"resourceType": "Organization", "name": "O"}, "urn:uuid:6f6b3c0e-9a0d-4f0c-8e9b-0a1b2c3d4e5f")
    answer = expect(client.call("POST", "", bundle("transaction", entry("PATCH", f"Patient/{identity}", by_path), organization)), 200, "a transaction with a patch")
    that([e["response"]["status"][:3] for e in answer.entries] == ["200", "201"], f"a transaction with a patch: {answer!r}")
    that(client.get(f"/Patient/{identity}").json["managingOrganization"]["reference"].startswith("Organization/"), "a patch points to what its transaction made")
    answer = expect(client.call("POST", "", bundle("batch", entry("PATCH", f"Patient/{identity}", packed_),
                                                   entry("PATCH", f"Patient/{identity}", packed_, ifMatch='W/"1"'))), 200, "a batch with patches")
    that([e["response"]["status"][:3] for e in answer.entries] == ["200", "412"], f"a batch with patches: {answer!r}")
    key = fresh("org")
    named = entry("POST", "Organization", {"resourceType": "Organization", "identifier": [{"value": key}]})
    by_criteria = parameters(replacing("Patient.managingOrganization", "valueReference", {"reference": f"Organization?identifier={key}"}))
    expect(client.call("POST", "", bundle("transaction", entry("PATCH", f"Patient/{identity}", by_criteria), named)), 200, "a patch with a conditional reference")
    made = client.get(f"/Organization?identifier={key}").ids
    that(client.get(f"/Patient/{identity}").json["managingOrganization"]["reference"] == f"Organization/{made[0]}", "a conditional reference in a patch is resolved")
    twice = bundle("transaction", entry("PATCH", f"Patient/{identity}", packed_), entry("PATCH", f"Patient?_id={identity}", packed_))
    expect(client.call("POST", "", twice), 400, "a transaction that patches one resource twice")
    before = client.get("/Organization?_summary=count").json["total"]
    bad = dict(packed_, data=base64.b64encode(b'[{"op":"test","path":"/gender","value":"male"}]').decode())
    expect(client.call("POST", "", bundle("transaction", organization, entry("PATCH", f"Patient/{identity}", bad))), 422, "a transaction with a patch that fails")
    that(client.get("/Organization?_summary=count").json["total"] == before, "a transaction with a patch that fails stores nothing")


# --- CORS, headers, management --------------------------------------------------------------------------------------------

def cross_origin(client, server):
    preflight = lambda origin, path="/Patient": client.call("OPTIONS", path,
                                                            headers={"Origin": origin, "Access-Control-Request-Method": "PUT",
                                                                     "Access-Control-Request-Headers": "if-match,content-type"})
    answer = preflight(ORIGIN)
    that(answer.status in (200, 204) and answer.body == b"", f"preflight: {answer!r}")
    that(answer.headers["Access-Control-Allow-Origin"] == ORIGIN, "preflight: the origin is allowed")
    methods = {m.strip() for m in (answer.headers["Access-Control-Allow-Methods"] or "").split(",")}
    that({"GET", "POST", "PUT", "PATCH", "DELETE"} <= methods, f"preflight: methods {methods}")
    headers = {h.strip().lower() for h in (answer.headers["Access-Control-Allow-Headers"] or "").split(",")}
    that({"content-type", "if-match", "if-none-exist", "if-none-match", "prefer", "authorization", "accept"} <= headers,
         f"preflight: headers {headers}")
    that("origin" in (answer.headers["Vary"] or "").lower(), "preflight: Vary")
    that(preflight("https://evil.example").headers["Access-Control-Allow-Origin"] is None, "preflight of another origin is not allowed")
    answer = client.get("/Patient?_count=1", Origin=ORIGIN)
    exposed = {h.strip().lower() for h in (answer.headers["Access-Control-Expose-Headers"] or "").split(",")}
    that(answer.headers["Access-Control-Allow-Origin"] == ORIGIN and {"etag", "location", "last-modified"} <= exposed,
         "a request of the allowed origin")
    that(client.get("/Patient?_count=1", Origin="https://evil.example").headers["Access-Control-Allow-Origin"] is None,
         "a request of another origin")
    that(client.get(f"/Patient/{fresh()}", Origin=ORIGIN).headers["Access-Control-Allow-Origin"] == ORIGIN,
         "a refusal is for the allowed origin too")
    that(client.get("/metadata", Origin="https://evil.example").headers["Access-Control-Allow-Origin"] == "*", "metadata is for everybody")
    that(client.get("/Patient?_count=1").headers["Access-Control-Allow-Origin"] is None, "without Origin no CORS")
    that(client.call("OPTIONS", "/Patient").status in (200, 204), "OPTIONS without Origin")


def headers(client, server):
    answer = client.get("/Patient?_count=0", X_Request_Id="abc-1")
    that(answer.headers["X-Request-Id"] == "abc-1", "X-Request-Id comes back")
    that(client.get("/Patient?_count=0", X_Request_Id="a b").headers["X-Request-Id"] is None, "a strange X-Request-Id does not")
    that(answer.headers["X-Content-Type-Options"] == "nosniff", "nosniff")
    that(abs(seconds(answer.headers["Date"]) - time.time()) < 30, "Date")
    expect(client.call("POST", f"/Patient/{new(client)}", headers={"X-HTTP-Method-Override": "DELETE"}), 405,
           "X-HTTP-Method-Override is ignored")
    for method, path in (("POST", "/metadata"), ("DELETE", "/metadata"), ("PUT", ""), ("DELETE", ""), ("PUT", "/_history"),
                         ("POST", "/Patient/_history"), ("GET", "/Patient/_search"),
                         ("PUT", "/Patient/_search")):
        answer = expect(client.call(method, path, patient() if method in ("PUT", "POST") else None), 405, f"{method} {path}")
        that(answer.headers["Allow"], f"{method} {path}: Allow names the methods")
    for path in ("/nothing/here/at/all", "/Patient/1/2/3", "/_nothing", "/Patient/x/_history/1/2"):
        expect(client.get(path), 404, f"GET {path}")
    outside = Client(server.port, "")
    for path in ("/", "/fhirx/Patient", "/metrics", "/Patient"):
        expect(outside.get(path), 404, f"GET {path} outside the base")


def packed(client, server):
    plain = client.get("/metadata")
    small = client.get("/metadata", Accept_Encoding="gzip, deflate, br")
    that(small.headers["Content-Encoding"] == "gzip" and len(small.body) * 4 < len(plain.body),
         "a large answer is packed for who takes gzip")
    unstamped = lambda text: re.sub(rb'"date":"[^"]*"', b"", text)
    that(unstamped(gzip.decompress(small.body)) == unstamped(plain.body), "packed, it is the same")
    that("accept-encoding" in (small.headers["Vary"] or "").lower(), "packed: Vary")
    for accepted in ("identity", "gzip;q=0", "br", "*;q=0", ""):
        that(client.get("/metadata", Accept_Encoding=accepted).headers["Content-Encoding"] is None,
             f"Accept-Encoding: {accepted} gets it plain")
    identity = new(client)
    that(client.get(f"/Patient/{identity}", Accept_Encoding="gzip").headers["Content-Encoding"] is None, "a small answer is not packed")
    head = client.call("HEAD", "/metadata", headers={"Accept-Encoding": "gzip"})
    that(head.body == b"" and head.headers["Content-Encoding"] == "gzip", "HEAD tells of the packing too")
    sent = client.call("PUT", f"/Patient/{identity}", gzip.compress(json.dumps(patient("Packed", id=identity)).encode()),
                       headers={"Content-Encoding": "gzip"})
    that(sent.status == 200 and client.get(f"/Patient/{identity}").json["name"][0]["family"] == "Packed",
         f"a packed body is unpacked: {sent!r}")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    found = client.call("POST", "/Patient/_search", gzip.compress(f"_id={identity}&_format=xml".encode()), headers={**form, "Content-Encoding": "gzip"})
    that(found.status == 200 and found.headers["Content-Type"].startswith("application/fhir+xml") and identity.encode() in found.body,
         f"a packed form is unpacked: {found!r}")
    expect(client.call("POST", "/Patient/_search", b"_id=1", headers={**form, "Content-Encoding": "br"}), 415, "a form that is packed otherwise")
    expect(client.call("POST", "/Patient/_search", b"_id=1", headers={**form, "Content-Encoding": "gzip"}), 400, "a form that only says it is packed")


def management(client, server):
    door = Client(server.management, "")
    that(door.get("/livez").status == 200, "/livez")
    ready = door.get("/readyz")
    that(ready.status == 200 and b"store: ok" in ready.body, f"/readyz: {ready!r}")
    before = door.get("/metrics")
    that(before.status == 200 and before.headers["Content-Type"].startswith("text/plain"), "/metrics")
    sample = re.compile(r"^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? [-+0-9.eE]+$")
    lines = before.body.decode().splitlines()
    that(all(line.startswith("# ") or sample.match(line) for line in lines), "/metrics: each line is one of the text format")
    number = lambda text, name: float(re.search(rf"^{re.escape(name)} (\S+)$", text.decode(), re.M).group(1))
    for _ in range(5):
        client.get("/Patient?_count=0")
    client.get("/Nothing/1")
    after = door.get("/metrics")
    that(number(after.body, "andiron_http_requests_total") >= number(before.body, "andiron_http_requests_total") + 6,
         "/metrics counts requests")
    refused = 'andiron_http_answers_total{class="4xx"}'
    that(number(after.body, refused) >= number(before.body, refused) + 1, "/metrics counts refusals")
    that(number(after.body, "andiron_bugs_total") == 0, "no exception reached a door so far")
    that(door.get("/other").status == 404 and door.call("POST", "/livez").status == 405, "the management door knows nothing else")
    that(door.call("HEAD", "/livez").status == 200, "HEAD /livez")
    that(door.get("/fhir/Patient").status == 404, "the management door does not speak FHIR")


# --- CapabilityStatement --------------------------------------------------------------------------------------------------

# What the tests of this folder prove. An advertisement that is not here has no test, and fails.
PROVEN_ON_TYPES = {"read", "vread", "create", "update", "patch", "delete", "history-instance", "history-type", "search-type"}
PROVEN_ON_SYSTEM = {"history-system", "search-system", "transaction", "batch"}
PROVEN_KEYS = {"type", "profile", "interaction", "versioning", "readHistory", "updateCreate", "conditionalCreate", "conditionalRead",
               "conditionalUpdate",
               "conditionalDelete", "referencePolicy", "searchInclude", "searchRevInclude", "searchParam", "operation"}


def capabilities(client, server):
    answer = expect(client.get("/metadata"), 200, "metadata")
    statement = answer.json
    that(statement["resourceType"] == "CapabilityStatement" and statement["fhirVersion"] == "4.0.1" and statement["kind"] == "instance",
         "metadata: what it is")
    that(statement["status"] == "active" and statement.get("date") and statement["software"]["name"], "metadata: status, date, software")
    that(statement["software"].get("version"), "metadata: the version of the software")
    that(statement["implementation"]["url"] == server.base, "metadata: the base")
    formats_ = {f for f in statement["format"]}
    that({"application/fhir+json", "application/fhir+xml"} <= formats_
         and all(client.get(f"/metadata?_format={urllib.parse.quote(f)}").status == 200 for f in formats_),
         f"metadata: each format is answered: {formats_}")
    that(set(statement["patchFormat"]) == {"application/fhir+json", "application/fhir+xml", JSON_PATCH, MERGE_PATCH}, "metadata: forms of patches")
    rest = statement["rest"][0]
    that({i["code"] for i in rest["interaction"]} == PROVEN_ON_SYSTEM, f"metadata: interactions of the system: {rest['interaction']}")
    that(set(rest) <= {"mode", "interaction", "resource", "security", "searchParam", "operation", "compartment"}, f"metadata: nothing without a test: {set(rest)}")
    types = [r["type"] for r in rest["resource"]]
    that(len(types) == len(set(types)) == 146, f"metadata: every resource type of R4, once: {len(types)}")
    for resource in rest["resource"]:
        that({i["code"] for i in resource["interaction"]} == PROVEN_ON_TYPES and set(resource) <= PROVEN_KEYS,
             f"metadata: {resource['type']}: nothing without a test: {set(resource) - PROVEN_KEYS}")
        names = [p["name"] for p in resource["searchParam"]]
        that(len(names) == len(set(names)), f"metadata: {resource['type']}: each search parameter once")
        that(resource["conditionalDelete"] == "single" and resource["versioning"] in ("versioned", "versioned-update"),
             f"metadata: {resource['type']}: modes")
    expect(client.call("HEAD", "/metadata"), 200, "HEAD of metadata")
    expect(client.call("POST", "/CapabilityStatement", answer.body), 201, "the CapabilityStatement passes the server's own check")
    for mode in ("full", "normative", "terminology"):
        expect(client.get(f"/metadata?mode={mode}"), 200, f"metadata with mode={mode}")


def every_type(client, server):
    """Each interaction on each resource type, with an example of the specification; skipped when they are not there."""
    folder = ROOT / "profiles/node_modules/hl7.fhir.r4.examples"
    examples = {}
    for path in sorted(folder.glob("*.json"), key=lambda p: p.stat().st_size):
        name = path.name.split("-")[0]
        if name not in examples and path.name != "package.json":
            examples[name] = path
    types = [r["type"] for r in client.get("/metadata").json["rest"][0]["resource"]]
    done = 0
    for kind in types:
        if kind not in examples:
            continue
        body = json.loads(examples[kind].read_bytes())
        if body.get("resourceType") != kind:
            continue
        answer = client.call("POST", f"/{kind}", body)
        if answer.status != 201:
            check(False, f"create {kind} ({examples[kind].name}): {answer!r}")
            continue
        body["id"] = answer.json["id"]
        body["language"] = "en-NZ"
        path = f"/{kind}/{body['id']}"
        expect(client.call("PUT", path, body), 200, f"update {kind}")
        that(client.get(path).headers["ETag"] == 'W/"2"', f"read {kind}")
        that(client.get(path + "/_history/1").status == 200, f"vread {kind}")
        that(len(client.get(path + "/_history").entries) == 2, f"history of a {kind}")
        that(body["id"] in client.get(f"/{kind}?_id={body['id']}").ids, f"search {kind}")
        that(client.get(f"/{kind}/_history?_count=1").entries[0]["response"]["etag"] == 'W/"2"', f"history of {kind}")
        as_xml = expect(client.get(path + "?_format=xml"), 200, f"{kind} in XML")
        before = client.get(path, Accept="application/fhir+json")
        expect(client.call("PUT", path, as_xml.body, kind="application/fhir+xml"), 200, f"update {kind} in XML")
        after = client.get(path, Accept="application/fhir+json").json
        after["meta"]["versionId"], after["meta"]["lastUpdated"] = before.json["meta"]["versionId"], before.json["meta"]["lastUpdated"]
        that(after == before.json, f"{kind} through XML is unchanged")
        that(client.call("DELETE", path).status in (200, 204) and client.get(path).status == 410, f"delete {kind}")
        done += 1
    that(done == 0 or done >= 140, f"examples of {done} types were tried")


def unsupported(client, server):
    identity = new(client)
    for method, path in (("GET", "/Observation/$everything"), ("GET", f"/Observation/{identity}/$everything"), ("POST", "/Patient/$nothing"),
                         ("GET", "/$versions"), ("POST", "/$export"),
                         ("GET", "/ValueSet/$expand?url=x")):
        answer = expect(client.call(method, path, {"resourceType": "Parameters"} if method == "POST" else None), (400, 404, 501),
                        f"{method} {path}")
        that(answer.issue == "not-supported", f"{method} {path}: the issue says not-supported: {answer!r}")
    answer = expect(client.get("/Patient?_query=x"), (400, 501), "GET /Patient?_query=x")
    that(answer.issue == "not-supported", f"GET /Patient?_query=x: the issue says not-supported: {answer!r}")
    for path in (f"/Patient/{identity}/Organization", f"/Organization/{identity}/Patient"):
        expect(client.get(path), (400, 404, 501), f"no compartment: {path}")


TESTS = (create, read, vread, update, remove, history, conditional_create, conditional_update, conditional_delete, conditional_read,
         one_of_many_writers_wins, patch, conditional_patch, patches_at_once, patches_in_bundles,
         formats, parts_of_resources, batch, transaction, cross_origin, headers, packed, management, capabilities, every_type, unsupported)

if __name__ == "__main__":
    chosen = [test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]]
    with Andiron(fhir__cors_origins=ORIGIN) as server_:
        for one_test in chosen:
            run([one_test], server_.client(), server_)
        finish("rest", f"{checks()} checks")
