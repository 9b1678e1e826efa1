# SPDX-License-Identifier: Apache-2.0
"""Group E: what the RESTful API (R4 http.html) means when requests are wrong, odd or at the same time."""
import concurrent.futures
import json
import re

from rows import Client, needs

JSON_PATCH = "application/json-patch+json"


def basic(text, **more):
    return {"resourceType": "Basic", "code": {"text": text}, **more}


def entry(method, url, resource=None, full=None, **request):
    made = {"request": {"method": method, "url": url, **request}}
    return {**made, **({"resource": resource} if resource else {}), **({"fullUrl": full} if full else {})}


def bundle(kind, *entries):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def total(at, query):
    return int(at.get(f"/{query}{'&' if '?' in query else '?'}_summary=count").json["total"])


def at_once(at, calls):
    """Each call from a connection of its own, all at the same time."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: Client(at.server.port).call(*call), calls))


def e_01_what_is_not_there(at):
    at.call("PUT", "/Basic/e01", basic("x", id="e01"))
    at.call("PUT", "/Basic/e01", basic("y", id="e01"))
    at.gives("an unknown type", at.get("/Spaceship/1"), 404)
    at.gives("an unknown type, searched", at.get("/Spaceship"), 404)
    at.gives("an unknown id", at.get("/Basic/nobody"), 404)
    at.gives("an unknown version", at.get("/Basic/e01/_history/99"), 404)
    at.call("DELETE", "/Basic/e01")
    at.gives("deleted", at.get("/Basic/e01"), 410)
    at.gives("the version of the deletion", at.get("/Basic/e01/_history/3"), 410)
    at.gives("a version before it", at.get("/Basic/e01/_history/1"), 200)


def e_02_ids_that_differ(at):
    at.gives("another", at.call("PUT", "/Basic/e02", basic("x", id="other")), 400, issue=("invalid", "value", "invariant"))
    at.gives("none", at.call("PUT", "/Basic/e02", basic("x")), 400, issue=("invalid", "value", "required", "invariant"))
    at.gives("nothing is stored", at.get("/Basic/e02"), 404)


def e_03_stale_versions(at):
    at.call("PUT", "/Basic/e03", basic("a", id="e03"))
    at.call("PUT", "/Basic/e03", basic("b", id="e03"))
    at.gives("stale", at.call("PUT", "/Basic/e03", basic("c", id="e03"), {"If-Match": 'W/"1"'}), 412)
    at.gives("of what is not there", at.call("PUT", "/Basic/e03x", basic("c", id="e03x"), {"If-Match": 'W/"1"'}), 412)
    for etag in ('W/"', "''", 'W/"999999999999999999999999"', "\\", '"' * 1000):
        at.gives(f"If-Match {etag[:20]}", at.call("PUT", "/Basic/e03", basic("d", id="e03"), {"If-Match": etag}), 400, 412)
    at.that(at.get("/Basic/e03").json["meta"]["versionId"] == "2", "what was refused changed nothing")
    at.gives("the right one", at.call("PUT", "/Basic/e03", basic("e", id="e03"), {"If-Match": 'W/"2"'}), 200)
    at.gives("not required: none is taken as no condition", at.call("PUT", "/Basic/e03", basic("f", id="e03")), 200)


def e_04_a_hundred_updates_at_once(at):
    at.call("PUT", "/Basic/e04", basic("a", id="e04"))
    answers = at_once(at, [("PUT", "/Basic/e04", basic(f"n{n}", id="e04"), {"If-Match": 'W/"1"'}) for n in range(100)])
    codes = sorted(answer.status for answer in answers)
    at.that(codes == [200] + [412] * 99, f"one wins: {codes[:3]}...")
    at.that(int(at.get("/Basic/e04/_history").json["total"]) == 2, "the history has one version more")


def e_05_conditional_creates(at):
    for n in range(2):
        at.call("PUT", f"/Basic/e05{n}", basic("x", id=f"e05{n}", identifier=[{"system": "urn:e05", "value": "twice"}]))
    at.gives("two match", at.call("POST", "/Basic", basic("x"), {"If-None-Exist": "identifier=urn:e05|twice"}), 412, issue=("multiple-matches",))
    for text in ("identifier=a|b|c", "%zz", "=", "&&", "?", "_count=1", "_lastUpdated=x", "code:exact", "_id=" + ",".join(map(str, range(6000)))):
        at.gives(f"If-None-Exist {text[:30]}", at.call("POST", "/Basic", basic("x"), {"If-None-Exist": text}), 400, 412, 413, 431)


def e_06_deletes_without_criteria(at):
    before = total(at, "Basic")
    for query in ("", "?", "?_count=1", "?unknown=x", "?_sort=_id", "?_format=json"):
        at.gives(f"DELETE Basic{query}", at.call("DELETE", "/Basic" + query), 400, 405, 412)
    at.that(total(at, "Basic") == before, "nothing is deleted")


def e_07_conditional_creates_at_once(at):
    body = basic("x", identifier=[{"system": "urn:e07", "value": "1"}])
    answers = at_once(at, [("POST", "/Basic", body, {"If-None-Exist": "identifier=urn:e07|1"}) for _ in range(40)])
    codes = sorted(answer.status for answer in answers)
    at.that(codes.count(201) == 1 and set(codes) <= {200, 201, 412}, f"one is made: {codes}")
    at.that(total(at, "Basic?identifier=urn:e07|1") == 1, "there is one")


def e_08_json_patch(at):
    at.call("PUT", "/Patient/e08", {"resourceType": "Patient", "id": "e08", "name": [{"family": "Lind"}], "active": True})
    before = at.get("/Patient/e08").headers["ETag"]
    no = lambda what, body, *allowed, kind=JSON_PATCH: at.gives(what, at.call("PATCH", "/Patient/e08", body, kind=kind), *allowed)
    no("an unknown op", '[{"op":"frobnicate","path":"/active"}]', 400)
    for pointer in ("active", "/name/-", "/name/00", "/name/1", "/name/-1", "/name/18446744073709551616", "/name/0/", "/a~", "/~2", "/name/0/family/x", "#/active",
                    "/" * 5000, "/name/" + "9" * 100_000):
        no(f"pointer {pointer[:20]}", json.dumps([{"op": "remove", "path": pointer}]), 422)
    no("a test that fails", '[{"op":"test","path":"/active","value":false}]', 422)
    no("10,000 operations", json.dumps([{"op": "test", "path": "/active", "value": True}] * 10_000), 413)
    for own in ("/meta/versionId", "/meta/lastUpdated", "/id", "/resourceType"):
        for op in ("add", "replace", "remove"):
            no(f"{op} {own}", json.dumps([{"op": op, "path": own, "value": "x"}]), 400)
    no("moving the id away", '[{"op":"move","from":"/id","path":"/language"}]', 400)
    doubling = [{"op": "add", "path": "/extension", "value": [{"url": "http://x", "valueString": "y"}]}]
    doubling += [{"op": "copy", "from": "/extension", "path": "/extension/0/extension"}] * 60
    no("a resource copied into itself", json.dumps(doubling), 400, 413, 422)
    no("nested 100,000 deep", "[" * 100_000, 400, 413)
    no("a value nested 100,000 deep", '[{"op":"add","path":"/x","value":' + '{"a":' * 100_000, 400, 413)
    for body in (b"\xff", b"[\x00]", b'[{"op":"add","path":"/language","value":"\xc0\xaf"}]', b'["\\ud800"]', b"nul", b"[", b"", b"{}", b"[1]", b"[null]",
                 b'[{"op":"add","op":"test","path":""}]'):
        no(f"{body[:20]!r}", body, 400)
    for body in (b"[]", b"1", b'"x"', b"null", b"{", b'{"id":"other"}', b'{"meta":{"versionId":"77"}}', b'{"resourceType":"Group"}', b'{"resourceType":null}', b'{"id":null}'):
        no(f"merge patch {body[:30]!r}", body, 400, 422, kind="application/merge-patch+json")
    no("a merge patch 70 deep", '{"a":' * 70 + "1" + "}" * 70, 400, 413, 422, kind="application/merge-patch+json")
    no("an XML Patch", "<diff/>", 415, kind="application/xml-patch+xml")
    no("no media type", "[]", 415, kind="nonsense")
    at.that(at.get("/Patient/e08").headers["ETag"] == before, "what was refused changed nothing")


def e_09_fhirpath_patch(at):
    at.call("PUT", "/Patient/e09", {"resourceType": "Patient", "id": "e09", "name": [{"family": "Lind"}, {"family": "Berg"}]})
    before = at.get("/Patient/e09").headers["ETag"]
    operation = lambda **parts: {"name": "operation", "part": [{"name": name, ("valueCode" if name == "type" else "valueString"): value} for name, value in parts.items()]}
    def no(what, allowed, *operations):
        at.gives(what, at.call("PATCH", "/Patient/e09", {"resourceType": "Parameters", "parameter": list(operations)}), *allowed)
    no("a path to nothing", (422,), operation(type="replace", path="Patient.birthDate", value="1980-01-01"))
    no("a path to two", (422,), operation(type="replace", path="Patient.name.family", value="x"))
    no("a path to many", (422,), operation(type="delete", path="Patient.descendants()"))
    no("a computed value", (422,), operation(type="replace", path="Patient.name.count()", value="x"))
    no("the resource itself", (422,), operation(type="delete", path="Patient"))
    no("no FHIRPath", (400,), operation(type="delete", path="(((("))
    no("a path of 60 kB", (400, 413, 422), operation(type="delete", path="Patient" + ".name" * 12_000))
    digits = "(" + "|".join("123456789") + ")"
    no("a path that costs much", (400, 422), operation(type="delete", path=(digits + ".select(") * 8 + digits + ")" * 8 + ".where(false)"))
    no("10,000 operations", (413,), *[operation(type="delete", path="Patient.birthDate")] * 10_000)
    at.that(at.get("/Patient/e09").headers["ETag"] == before, "what was refused changed nothing")


def e_10_transactions(at):
    post = lambda *entries: at.call("POST", "", bundle("transaction", *entries))
    before = total(at, "Basic")
    at.gives("one fullUrl twice", post(*[entry("POST", "Basic", basic("x"), full="urn:uuid:2f8d3b8e-0000-4000-8000-000000000001")] * 2), 400)
    at.gives("one identity twice", post(entry("PUT", "Basic/e10", basic("a", id="e10")), entry("PUT", "Basic/e10", basic("b", id="e10"))), 400)
    at.gives("an update and a deletion of one", post(entry("PUT", "Basic/e10", basic("a", id="e10")), entry("DELETE", "Basic/e10")), 400)
    at.gives("no method", post({"resource": basic("x"), "request": {"url": "Basic"}}), 400)
    at.gives("an unknown method", post(entry("FOO", "Basic", basic("x"))), 400)
    at.gives("no request", post({"resource": basic("x")}), 400)
    for url in ("Patient/../metadata", "//Patient", "Patient?name=%zz", "Patient/a_b", "\u0000", "javascript:alert(1)", "file:///etc/passwd",
                "http://169.254.169.254/latest", "Patient/1/_history/x/y", "$op", "Patient/$op", "x" * 10_000, "Patient?" + "a=b&" * 3000):
        answer = at.call("POST", "", bundle("batch", entry("GET", url)))
        status = answer.entries[0]["response"]["status"][:3] if answer.status == 200 else str(answer.status)
        at.that(status[0] == "4" or "$op" in url and status == "501", f"a url in a batch {url[:40]!r}: {answer!r}")
    at.that(total(at, "Basic") == before, "nothing is stored")
    one, two = "urn:uuid:2f8d3b8e-0000-4000-8000-00000000000a", "urn:uuid:2f8d3b8e-0000-4000-8000-00000000000b"
    answer = at.gives("resources that refer to each other", post(
        entry("POST", "Organization", {"resourceType": "Organization", "name": "a", "partOf": {"reference": two}}, full=one),
        entry("POST", "Organization", {"resourceType": "Organization", "name": "b", "partOf": {"reference": one}}, full=two)), 200)
    if answer.status == 200:
        made = [re.search(r"Organization/[^/]+", one["response"]["location"]).group(0) for one in answer.entries]
        at.that(at.get("/" + made[0]).json["partOf"]["reference"] == made[1] and at.get("/" + made[1]).json["partOf"]["reference"] == made[0], "both references lead to the other")


def e_11_one_bad_of_a_thousand(at):
    before, position = total(at, "Basic"), len(at.get("/_history?_count=1000").entries)
    many = [entry("POST", "Basic", basic(f"e{n}")) for n in range(1000)]
    many[999]["resource"]["colour"] = "red"
    at.gives("at the end", at.call("POST", "", bundle("transaction", *many)), 400, 422)
    many[999] = entry("PUT", "Basic/never", basic("x", id="never"), ifMatch='W/"9"')
    at.gives("one that fails when it is stored", at.call("POST", "", bundle("transaction", *many)), 409, 412)
    at.that(total(at, "Basic") == before, "none of the thousand is stored")
    at.that(len(at.get("/_history?_count=1000").entries) == position, "none stands in the history")


@needs(memory=48)
def e_12_large_batches(at):
    gets = lambda count: [entry("GET", f"Basic/x{n}") for n in range(count)]
    at.gives("10,001", at.call("POST", "", bundle("batch", *gets(10_001))), 413)
    answer = at.gives("10,000", at.call("POST", "", bundle("batch", *gets(10_000))), 200)
    at.that(answer.status == 200 and len(answer.entries) == 10_000 and all(one["response"]["status"].startswith("404") for one in answer.entries), "each is answered")
    with at.another(fhir__most_entries=3, http__bundle="2KiB"):
        at.gives("fhir.most_entries", at.call("POST", "", bundle("batch", *gets(3))), 200)
        at.gives("one more", at.call("POST", "", bundle("batch", *gets(4))), 413)
        at.gives("http.bundle", at.call("POST", "", bundle("batch", entry("GET", "Basic/" + "x" * 2100))), 413)


def e_13_bundles_in_bundles(at):
    inner = bundle("transaction", entry("POST", "Basic", basic("inner")))
    for url in ("/", "", "Bundle/$x"):
        at.gives(f"a transaction in a transaction at {url!r}", at.call("POST", "", bundle("transaction", entry("POST", url, inner))), 400, 404, 422, 501)
    answer = at.call("POST", "", bundle("batch", entry("POST", "/", inner)))
    at.that(answer.status == 400 or answer.entries[0]["response"]["status"][0] == "4", f"a transaction in a batch: {answer!r}")
    before = total(at, "Basic")
    made = at.accept("POST /Bundle stores it", inner, path="/Bundle")
    at.that(made.status == 201 and made.json["type"] == "transaction" and total(at, "Basic") == before, "and does nothing that stands in it")
    for what, body in (("no type", {"resourceType": "Bundle"}), ("an unknown type", {"resourceType": "Bundle", "type": "party"}),
                       ("a searchset", {"resourceType": "Bundle", "type": "searchset"}), ("a type that is a number", {"resourceType": "Bundle", "type": 1}),
                       ("an entry that is text", bundle("batch", "x")), ("an entry that is nothing", bundle("batch", None)),
                       ("entries that are one", {"resourceType": "Bundle", "type": "batch", "entry": entry("GET", "Patient")}), ("a Patient", {"resourceType": "Patient"})):
        at.refuse(what, json.dumps(body), path="")


def e_14_references(at):
    account = lambda reference, **more: {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"}, "subject": {"reference": reference}, **more}
    with at.another(fhir__references="on") as server:
        at.call("PUT", "/Patient/here", {"resourceType": "Patient", "id": "here"})
        at.refuse("to what is missing", account("Patient/missing"), 409, 422, path="/Encounter", issue=("not-found",))
        at.call("PUT", "/Device/d", {"resourceType": "Device", "id": "d"})
        at.refuse("to a wrong type", account("Device/d"), 422, path="/Encounter")
        made = at.accept("absolute, to our own base", account(f"{server.base}/Patient/here"), path="/Encounter")
        at.that(made.json["subject"]["reference"] == "Patient/here", f"is made relative: {made!r}")
        at.refuse("absolute, to what is missing", account(f"{server.base}/Patient/missing"), 409, 422, path="/Encounter", issue=("not-found",))
    at.gives("a urn:uuid that nothing has", at.call("POST", "", bundle("transaction", entry("POST", "Encounter", account("urn:uuid:2f8d3b8e-0000-4000-8000-0000000000ff")))), 400)


def e_15_deletion_of_what_is_referred_to(at):
    with at.another(fhir__references="on"):
        at.call("PUT", "/Organization/o", {"resourceType": "Organization", "id": "o", "name": "o"})
        at.call("PUT", "/Patient/p", {"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "Organization/o"}})
        at.gives("it is referred to", at.call("DELETE", "/Organization/o"), 409, issue=("conflict",))
        at.gives("in a transaction", at.call("POST", "", bundle("transaction", entry("DELETE", "Organization/o"))), 409)
        at.gives("it is still there", at.get("/Organization/o"), 200)
        at.gives("both at once", at.call("POST", "", bundle("transaction", entry("DELETE", "Organization/o"), entry("DELETE", "Patient/p"))), 200)


@needs(counted=False)
def e_16_preferences(at):
    at.gives("return=bogus", at.call("POST", "/Basic", basic("x"), {"Prefer": "return=bogus"}), 201)
    at.gives("handling=bogus", at.get("/Basic?_count=1", Prefer="handling=bogus"), 200)
    at.gives("respond-async where it may wait or not", at.get("/Patient/good", Prefer="respond-async"), 200, 202)
    at.gives("respond-async on a create", at.call("POST", "/Basic", basic("x"), {"Prefer": "respond-async"}), 201, 202)
    for prefer in (";;==,", "return", "return=", "a" * 5000, "return=minimal, return=representation"):
        at.gives(f"Prefer: {prefer[:20]}", at.call("POST", "/Basic", basic("x"), {"Prefer": prefer}), 201)


def e_17_result_parameters(at):
    at.gives("_format=exe", at.get("/Patient/good?_format=exe"), 400, 406)
    at.gives("_pretty=maybe", at.get("/Patient/good?_pretty=maybe"), 200)
    at.gives("_summary=x", at.get("/Patient/good?_summary=x"), 400)
    at.gives("_summary=x in a search", at.get("/Patient?_summary=x"), 400)
    at.gives("_elements=*'", at.get("/Patient/good?_elements=*'"), 400)
    at.gives("_elements=*' in a search", at.get("/Patient?_elements=*'"), 400)


@needs(counted=False)
def e_18_method_override(at):
    at.call("PUT", "/Basic/e18", basic("x", id="e18"))
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        at.that(at.call("GET", "/Basic/e18", headers={name: "DELETE"}).status == 200, f"{name} is ignored on GET")
        at.that(at.call("POST", "/Basic", basic("x"), {name: "DELETE"}).status == 201, f"{name} is ignored on POST")
    at.gives("it is still there", at.get("/Basic/e18"), 200)
    at.gives("nor by the query", at.get("/Basic/e18?_method=DELETE"), 200, 400)


def e_19_head_and_options(at):
    at.call("PUT", "/Basic/e19", basic("x", id="e19"))
    at.call("DELETE", "/Basic/e19gone")
    for path in ("/metadata", "/Basic/e19", "/Basic/e19/_history/1", "/Basic/e19/_history", "/Basic", "/Basic/_history", "/_history", "/Basic/nobody", "/Basic?bogus=x",
                 "/Patient/good/$everything", "/Spaceship", "/nothing/here/at/all"):
        full, head = at.get(path), at.call("HEAD", path)
        same = lambda answer: {name: value for name, value in answer.headers.items() if name not in ("Date", "Content-Length")}
        at.that(head.status == full.status and head.body == b"", f"HEAD {path}: {head.status} as GET {full.status}, no body: {head.body[:50]!r}")
        names = lambda answer: set(same(answer))
        at.that(names(head) == names(full), f"HEAD {path}: the headers of GET: {names(head) ^ names(full)}")
    ask = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    at.that("Access-Control-Allow-Origin" not in at.call("OPTIONS", "/Basic", headers=ask).headers, "nobody is allowed by default")
    with at.another(fhir__cors_origins="https://app.example"):
        allowed = lambda origin: at.call("OPTIONS", "/Basic", headers={**ask, "Origin": origin}).headers.get("Access-Control-Allow-Origin")
        at.that(allowed("https://app.example") == "https://app.example", "an origin of the settings is allowed")
        for origin in ("https://app.example.evil.example", "https://evil.example", "http://app.example", "https://app.example:444", "null", "https://APP.example/"):
            at.that(allowed(origin) is None, f"{origin} is not")


def e_20_what_clients_say_of_versions(at):
    made = at.accept("a clock that is wrong", basic("x", meta={"lastUpdated": "2099-01-01T00:00:00Z", "versionId": "77"}), path="/Basic")
    at.that(made.json["meta"]["versionId"] == "1" and not made.json["meta"]["lastUpdated"].startswith("2099"), "the server's value wins")
    with at.quick("100,000 tags", 2):
        at.refuse("100,000 tags", basic("x", meta={"tag": [{"code": f"t{n}"} for n in range(100_000)]}), path="/Basic", issue=("too-long",))
