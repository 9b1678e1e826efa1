# SPDX-License-Identifier: Apache-2.0
# Runs alone: it judges how long answers take.
"""FHIR's RESTful API where it is most HTTP (R4 http.html, binary.html, async.html): conditional reads, HEAD, Binary as itself, links
behind proxies, asynchronous requests, the documents in which the server describes itself, and what a slow reader costs."""
import base64
import json
import socket
import sys
import time
import uuid

from andiron import Andiron, checks, exact, finish, run, that

FHIR_JSON = "application/fhir+json"


def expect(answer, status, what):
    that(answer.status == status, f"{what}: expected {status}, got {answer!r}")
    return answer


def fresh():
    return "h-" + uuid.uuid4().hex[:12]


def patient(client, identity=None, family="Lind", **headers):
    identity = identity or fresh()
    client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "name": [{"family": family}]})
    return identity


# --- conditions, HEAD -----------------------------------------------------------------------------------------------------

def conditional(client, server):
    identity = patient(client)
    patient(client, identity, "Second")
    for path in (f"/Patient/{identity}", f"/Patient/{identity}/_history/2"):
        whole = expect(client.get(path), 200, path)
        for known in ('W/"2"', '"2"', "2", 'w/"2"', 'W/"1" , W/"2"', "*", ',"2",'):
            for method in ("GET", "HEAD"):
                answer = expect(client.call(method, path, headers={"If-None-Match": known}), 304, f"{method} {path}, If-None-Match: {known}")
                that(answer.body == b"" and answer.headers["ETag"] == 'W/"2"' and answer.headers["Last-Modified"] == whole.headers["Last-Modified"],
                     "304 tells ETag and Last-Modified, and has no body")
                that(answer.headers["Content-Length"] in (None, "0"), "304 announces no body")
        for other in ('W/"1"', '"22"', '"02"', '"2', '""', "x"):
            expect(client.get(path, If_None_Match=other), 200, f"{path}, If-None-Match: {other}")
        expect(client.get(path, If_Modified_Since=whole.headers["Last-Modified"]), 304, f"{path}, If-Modified-Since")
        expect(client.get(path, If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT"), 200, f"{path}, If-Modified-Since long ago")
    for condition, status in (("*", 200), ('W/"1", "3"', 200), ('W/"9", "8"', 412)):
        answer = client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "active": status == 200,
                                                           "name": [{"family": condition.replace('"', "")}]}, headers={"If-Match": condition})
        expect(answer, status, f"If-Match: {condition}") if condition != 'W/"1", "3"' else expect(answer, status, "If-Match with a list")
    nobody = fresh()
    expect(client.call("PUT", f"/Patient/{nobody}", {"resourceType": "Patient", "id": nobody}, headers={"If-Match": "*"}), 412, "If-Match: * where nothing is")
    expect(client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity}, headers={"If-None-Match": "*"}), 412,
           "PUT, If-None-Match: * where something is")
    for path in (f"/Patient/{identity}/_history", "/Patient/_history?_count=2", "/_history?_count=2", "/metadata", "/openapi.json", "/metadata?mode=terminology"):
        first = expect(client.get(path), 200, path)
        tag = first.headers["ETag"]
        that(tag and tag.startswith('W/"'), f"{path}: an ETag: {tag}")
        again = expect(client.get(path, If_None_Match=tag), 304, f"{path}, If-None-Match its tag")
        that(again.body == b"" and again.headers["ETag"] == tag, f"{path}: 304 with the tag")
    tag = client.get("/_history?_count=2").headers["ETag"]
    patient(client)
    expect(client.get("/_history?_count=2", If_None_Match=tag), 200, "a history that has changed")


def head(client, server):
    identity = patient(client)
    binary = client.call("POST", "/Binary", b"\x00\x01bytes", kind="application/x-thing").json["id"]
    for path in (f"/Patient/{identity}", f"/Patient/{identity}?_format=xml", f"/Patient/{identity}/_history/1", f"/Patient/{identity}/_history", "/_history?_count=1",
                 f"/Patient?_id={identity}", "/metadata", "/openapi.json", f"/Binary/{binary}", f"/Patient/{fresh()}", "/nothing", "/Patient?bogus=1",
                 f"/Patient/{identity}/$validate"):
        whole, only = client.get(path), client.call("HEAD", path)
        that(only.status == whole.status and only.body == b"", f"HEAD {path}: {only.status}, as GET: {whole.status}")
        for name in ("Content-Type", "ETag", "Last-Modified", "Content-Disposition", "Cache-Control"):
            that(only.headers[name] == whole.headers[name], f"HEAD {path}: {name} {only.headers[name]}, as GET: {whole.headers[name]}")
        close = abs(int(only.headers["Content-Length"]) - len(whole.body))
        that(close == 0, f"HEAD {path}: Content-Length {only.headers['Content-Length']}, the body has {len(whole.body)}")


# --- Binary ---------------------------------------------------------------------------------------------------------------

def binary(client, server):
    bytes_ = bytes(range(256)) * 40
    made = expect(client.call("POST", "/Binary", bytes_, kind="application/pdf", headers={"X-Security-Context": "Patient/p1"}), 201, "POST of bytes")
    resource = made.json
    that(resource["resourceType"] == "Binary" and resource["contentType"] == "application/pdf" and base64.b64decode(resource["data"]) == bytes_
         and resource["securityContext"] == {"reference": "Patient/p1"}, "bytes become a Binary")
    path = f"/Binary/{resource['id']}"
    for accept in (None, "*/*", "application/pdf", "text/html,*/*;q=0.8", "application/*", "image/png"):
        answer = expect(client.call("GET", path, headers={"Accept": accept} if accept else {}), 200, f"Binary, Accept: {accept}")
        that(answer.body == bytes_ and answer.headers["Content-Type"] == "application/pdf", f"Binary, Accept: {accept}: the bytes")
        that(answer.headers["ETag"] == 'W/"1"' and answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"],
             "Binary: ETag, nosniff, sandbox")
        that(answer.headers["X-Security-Context"] == "Patient/p1", "Binary: its security context")
    for accept in (FHIR_JSON, "application/json", f"{FHIR_JSON}, */*;q=0.1"):
        answer = expect(client.get(path, Accept=accept), 200, f"Binary, Accept: {accept}")
        that(answer.json["data"] == resource["data"], f"Binary, Accept: {accept}: the resource")
    that(client.get(path, Accept="application/fhir+xml").body.startswith(b"<"), "Binary in XML")
    for query in ("_format=json", "_format=json&_pretty=true", "_summary=true", "_elements=contentType"):
        that(client.get(f"{path}?{query}").json["resourceType"] == "Binary", f"Binary?{query}: the resource")
    expect(client.get(path, Accept=f"{FHIR_JSON};fhirVersion=3.0"), 406, "Binary in another FHIR")
    expect(client.get(f"{path}?_format=pdf"), 406, "Binary, _format=pdf")
    expect(client.get(path, If_None_Match='W/"1"'), 304, "Binary, If-None-Match")
    that(client.get(path + "/_history/1").body == bytes_, "a version of a Binary")

    identity = fresh()
    answer = expect(client.call("PUT", f"/Binary/{identity}", b"<script>alert(1)</script>", kind="text/html; charset=utf-8"), 201, "PUT of bytes")
    answer = client.get(f"/Binary/{identity}")
    that(answer.headers["Content-Disposition"] == "attachment" and answer.headers["Content-Type"] == "text/html; charset=utf-8", f"HTML is only to be saved: {answer.headers}")
    that(client.call("PUT", f"/Binary/{identity}", "second", kind="text/plain").headers["ETag"] == 'W/"2"', "PUT of other bytes: version 2")
    that(client.get(f"/Binary/{identity}").headers["Content-Disposition"] is None, "plain text may be shown")
    expect(client.call("PUT", f"/Binary/{identity}", {"resourceType": "Binary", "id": identity, "contentType": "text/plain", "data": "aGk="}), 200, "PUT of a Binary resource")
    that(client.get(f"/Binary/{identity}").body == b"hi", "a Binary resource: its bytes")
    expect(client.call("PUT", f"/Binary/{identity}", {"resourceType": "Binary", "id": "other", "contentType": "text/plain"}), 400, "PUT of a Binary with another id")
    note = client.call("POST", "/Binary", {"resourceType": "Patient", "active": True}).json
    that(note["contentType"] == FHIR_JSON and json.loads(base64.b64decode(note["data"]))["active"] is True, "another resource is the content of a Binary")
    expect(client.call("POST", "/Binary", b"{", kind=FHIR_JSON), 400, "POST of broken FHIR")
    expect(client.call("POST", "/Binary", b"x", kind="text/plain", headers={"X-Security-Context": "who knows"}), 400, "a security context that is no reference")
    empty = client.call("POST", "/Binary", {"resourceType": "Binary", "contentType": "text/plain"}).json["id"]
    answer = expect(client.get(f"/Binary/{empty}"), 200, "a Binary without data")
    that(answer.body == b"" and answer.headers["Content-Length"] == "0", "a Binary without data: no bytes")
    with socket.create_connection(("127.0.0.1", server.port)) as door:
        door.sendall(b"POST /fhir/Binary HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % (17 << 20))
        that(door.recv(100).startswith(b"HTTP/1.1 413 "), "bytes over the limit")
    large = b"0123456789abcdef" * (15 << 16)
    made = expect(client.call("POST", "/Binary", large, kind="application/octet-stream", headers={"Prefer": "return=minimal"}), 201, "15 MiB of bytes")
    where = made.headers["Location"].split("/fhir", 1)[1].split("/_history")[0]
    that(client.get(where).body == large, "15 MiB of bytes come back")
    call = client.get("/Binary?_summary=count")
    that(call.json["resourceType"] == "Bundle", "a search for Binaries is a Bundle")


# --- formats, methods -----------------------------------------------------------------------------------------------------

def formats(client, server):
    identity = patient(client)
    for accept in ("application/fhir+json;charset=utf-8", "application/fhir+json; charset=UTF-8; fhirVersion=4.0", "application/fhir+json;fhirVersion=4.0.1"):
        expect(client.get(f"/Patient/{identity}", Accept=accept), 200, f"Accept: {accept}")
    for accept in ("application/fhir+json;charset=utf-16", "application/fhir+json;fhirVersion=5.0", "application/fhir+xml; fhirVersion=1.0", "application/fhir+turtle"):
        answer = expect(client.get(f"/Patient/{identity}", Accept=accept), 406, f"Accept: {accept}")
        that(answer.json["resourceType"] == "OperationOutcome", f"Accept: {accept}: 406 says what there is")
    for path in (f"/Patient/{identity}", f"/Patient/{identity}/_history", f"/Patient?_id={identity}", "/metadata"):
        that(client.get(path + ("&" if "?" in path else "?") + "_format=xml&_pretty=true").body.count(b"\n") > 3, f"{path} in pretty XML")
        expect(client.get(path + ("&" if "?" in path else "?") + "_format=ttl"), 406, f"{path} in Turtle")
    answer = client.call("POST", f"/Patient/{identity}", headers={"X-HTTP-Method-Override": "DELETE"})
    that(answer.status == 405 and client.get(f"/Patient/{identity}").status == 200, "X-HTTP-Method-Override overrides nothing")
    answer = expect(client.call("OPTIONS", f"/Patient/{identity}"), 204, "OPTIONS")
    that("PATCH" in answer.headers["Allow"] and answer.headers["Accept-Patch"], "OPTIONS: Allow and Accept-Patch")
    for prefer, kind in (("return=minimal", b""), ('return="OperationOutcome"', b"OperationOutcome"), ("return=representation", b"Patient")):
        for method, path, body in (("POST", "/Patient", {"resourceType": "Patient"}),
                                   ("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "active": prefer == "return=minimal"}),
                                   ("PATCH", f"/Patient/{identity}", [{"op": "add", "path": "/language", "value": "de"}])):
            answer = client.call(method, path, body, headers={"Prefer": prefer}, kind="application/json-patch+json" if method == "PATCH" else FHIR_JSON)
            that(answer.status in (200, 201) and (kind in answer.body[:60] if kind else answer.body == b""), f"{method}, Prefer: {prefer}: {answer!r}")


# --- proxies --------------------------------------------------------------------------------------------------------------

def proxies(client, server):
    """The test itself is the proxy: this server trusts 127.0.0.1."""
    with Andiron(http__trusted_proxies="127.0.0.1,10.0.0.0/8") as behind:
        own = behind.client()
        for number in range(3):
            patient(own, f"x{number}")
        fields = {"Forwarded": 'for=192.0.2.1;host="fhir.example:8443";proto=https'}
        answer = own.call("GET", "/Patient?_count=1", headers=fields)
        outside = "https://fhir.example:8443/fhir"
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        that(links["self"].startswith(outside + "/Patient") and links["next"].startswith(outside), f"links behind a proxy: {links}")
        that(answer.entries[0]["fullUrl"].startswith(outside + "/Patient/"), "fullUrl behind a proxy")
        following = own.call("GET", links["next"][len(outside):])
        that(following.status == 200 and len(following.entries) == 1, "a page link made behind one proxy serves everywhere")
        made = own.call("POST", "/Patient", {"resourceType": "Patient"}, headers={"X-Forwarded-Host": "a.example", "X-Forwarded-Proto": "https",
                                                                            "X-Forwarded-Prefix": "/clinic"})
        that(made.headers["Location"].startswith("https://a.example/clinic/fhir/Patient/"), f"Location behind a proxy: {made.headers['Location']}")
        that(own.call("GET", "/metadata", headers=fields).json["implementation"]["url"] == outside, "metadata behind a proxy")
        that(own.get("/metadata").json["implementation"]["url"] == behind.base, "metadata without one")
        for base in (behind.base, outside):
            observation = {"resourceType": "Observation", "status": "final", "code": {"text": "c"}, "subject": {"reference": f"{base}/Patient/x1"}}
            stored = own.call("POST", "/Observation", observation, headers=fields).json
            that(stored["subject"]["reference"] == "Patient/x1", f"an absolute reference to {base} is to this server: {stored.get('subject')}")
        for bad in ({"X-Forwarded-Host": "evil.example/x"}, {"X-Forwarded-Proto": "javascript"}, {"X-Forwarded-Prefix": "//evil.example"}):
            that(own.call("GET", "/Patient?_count=1", headers=bad).json["link"][0]["url"].startswith(behind.base), f"{bad} changes nothing")
    answer = client.call("GET", "/Patient?_count=1", headers={"Forwarded": "host=evil.example;proto=https", "X-Forwarded-Host": "evil.example"})
    that(b"evil.example" not in answer.body, "who is not trusted says nothing about links")


# --- respond-async --------------------------------------------------------------------------------------------------------

def finished(client, where, headers=None):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = client.call("GET", where, headers=headers)
        if answer.status != 202:
            return answer
        that(answer.headers["X-Progress"] and answer.headers["Retry-After"], "202 says how far it is, and when to ask again")
        time.sleep(0.02)
    return answer


def begin(client, server, method, path, body=None, **headers):
    answer = expect(client.call(method, path, body, headers={"Prefer": "respond-async", **headers}), 202, f"{method} {path}, respond-async")
    where = answer.headers["Content-Location"] or ""
    that(where.startswith(server.base + "/_async/") and len(where.rsplit("/", 1)[1]) >= 32, f"Content-Location: {where}")
    that(answer.headers["Preference-Applied"] == "respond-async", "Preference-Applied")
    return where[len(server.base):]


def asynchronous(client, server):
    identity = patient(client)
    where = begin(client, server, "GET", f"/Patient?_id={identity}")
    answer = expect(finished(client, where), 200, "an asynchronous search")
    got = answer.json
    that(got["type"] == "batch-response" and len(got["entry"]) == 1 and got["entry"][0]["response"]["status"].startswith("200"), "one entry with the response")
    that(got["entry"][0]["resource"]["type"] == "searchset" and got["entry"][0]["resource"]["entry"][0]["resource"]["id"] == identity, "and the search's Bundle in it")
    that(answer.headers["Expires"], "the result says when it goes")
    expect(client.call("HEAD", where), 200, "HEAD of a result")
    that(client.get(where + "?_format=xml").body.startswith(b"<Bundle") or b"<Bundle" in client.get(where + "?_format=xml").body[:80], "a result in XML")
    again = finished(client, begin(client, server, "GET", f"/Patient?_id={identity}", Accept="application/fhir+xml"))
    that(b"<Bundle" in again.body[:80], "the request's own Accept counts when the result is asked for without")

    where = begin(client, server, "POST", "/Patient/_search", f"_id={identity}", **{"Content-Type": "application/x-www-form-urlencoded"})
    that(finished(client, where).entries[0]["resource"]["type"] == "searchset", "an asynchronous search by POST")
    for kind in ("batch", "transaction"):
        where = begin(client, server, "POST", "", {"resourceType": "Bundle", "type": kind,
                                                 "entry": [{"resource": {"resourceType": "Patient", "active": True}, "request": {"method": "POST", "url": "Patient"}}]})
        got = finished(client, where).json
        that(got["type"] == kind + "-response" and got["entry"][0]["response"]["status"].startswith("201"), f"an asynchronous {kind}: its own Bundle")
        that(client.get("/" + got["entry"][0]["response"]["location"].split("/_history")[0]).status == 200, f"an asynchronous {kind} is done")
    that(finished(client, begin(client, server, "GET", f"/Patient/{identity}/_history")).entries[0]["resource"]["type"] == "history", "an asynchronous history")
    where = begin(client, server, "POST", "/Patient/$validate", {"resourceType": "Patient"})
    that(finished(client, where).entries[0]["resource"]["resourceType"] == "OperationOutcome", "an asynchronous operation")
    failed = finished(client, begin(client, server, "GET", "/Patient?bogus=1")).entries[0]
    that(failed["response"]["status"].startswith("400") and failed["response"]["outcome"]["resourceType"] == "OperationOutcome", f"a refusal is a result too: {failed}")
    failed = finished(client, begin(client, server, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "GET", "url": "Patient/none"}}]}))
    that(failed.json["type"] == "batch-response" and failed.entries[0]["response"]["status"].startswith("404"), f"a transaction that fails: {failed!r}")

    that(client.call("GET", f"/Patient/{identity}", headers={"Prefer": "respond-async"}).status == 200, "a read is answered at once")
    expect(client.call("DELETE", where), 202, "DELETE of a request")
    gone = expect(client.get(where), 404, "what was cancelled is not there")
    that("cancelled" in gone.json["issue"][0]["details"]["text"], "404 says why")
    expect(client.call("DELETE", where), 404, "DELETE again")
    expect(client.get("/_async/" + "0" * 32), 404, "a name that nobody has")
    expect(client.call("POST", where, {}), 405, "POST to a status address")
    expect(client.call("POST", "", {"resourceType": "Bundle"}, headers={"Prefer": "respond-async", "Accept": "application/pdf"}), 406, "406 comes before 202")


def asynchronous_bounds(client, server):
    with Andiron(async__threads=1, async__waiting_each=2, async__result="64KiB", async__keep="1s") as small:
        own = small.client()
        slow = {"resourceType": "Bundle", "type": "batch",
                "entry": [{"resource": {"resourceType": "Patient", "name": [{"family": "x" * 2000}]}, "request": {"method": "POST", "url": "Patient"}} for _ in range(3000)]}
        places, refused = [], None
        for _ in range(6):
            answer = own.call("POST", "", slow, headers={"Prefer": "respond-async"})
            if answer.status == 202:
                places.append(answer.headers["Content-Location"][len(small.base):])
            else:
                refused = refused or answer
        that(refused is not None and refused.status == 429 and refused.headers["Retry-After"], f"more than may wait: {refused!r}")
        expect(own.call("DELETE", places[-1]), 202, "what waits is cancelled")
        done = finished(own, places[0])
        expect(done, 413, "a result over the limit")
        time.sleep(1.1)
        expect(own.get(places[0]), 404, "an expired result")
        before = int(own.get("/Patient?_summary=count").json["total"])
        that(before == 3000 * (len(places) - 1) or before % 3000 == 0, f"what was cancelled before it began is not done: {before}")
        kept = begin(own, small, "GET", "/Patient?_count=1")
        small.stop()
        small.start()
        expect(small.client().get(kept), 404, "after a restart nothing is known of it")


# --- what the server says about itself ------------------------------------------------------------------------------------

def described(client, server):
    document = json.loads(expect(client.get("/openapi.json"), 200, "openapi.json").body)
    that(document["openapi"].startswith("3.0") and document["servers"][0]["url"] == server.base, "openapi.json: what it is")
    statement = client.get("/metadata").json
    for resource in statement["rest"][0]["resource"]:
        kind = resource["type"]
        codes = {i["code"] for i in resource["interaction"]}
        paths = document["paths"]
        that({"get", "post", "put", "patch", "delete"} <= set(paths["/" + kind]) and {"get", "put", "patch", "delete"} <= set(paths[f"/{kind}/{{id}}"]),
             f"openapi.json: {kind}: each interaction of {codes}")
        names = {p["$ref"].rsplit("/", 1)[1].split(".", 1)[-1] for p in paths["/" + kind]["get"]["parameters"]}
        that({p["name"] for p in resource["searchParam"]} <= names, f"openapi.json: {kind}: each search parameter")
        for operation in resource.get("operation", []):
            that(any(path.endswith("/$" + operation["name"]) for path in paths if path.startswith("/" + kind)), f"openapi.json: {kind}: ${operation['name']}")
    ids, broken = [], set()

    def walk(value, path_parameters=()):
        if isinstance(value, dict):
            if "$ref" in value:
                part = document
                for step in value["$ref"][2:].split("/"):
                    part = part.get(step, {}) if isinstance(part, dict) else {}
                if not part:
                    broken.add(value["$ref"])
            if "operationId" in value:
                ids.append(value["operationId"])
            for one in value.values():
                walk(one)
        elif isinstance(value, list):
            for one in value:
                walk(one)
    walk(document)
    that(not broken, f"openapi.json: each $ref leads somewhere: {sorted(broken)[:5]}")
    that(len(ids) == len(set(ids)), f"openapi.json: each operationId once: {sorted(i for i in set(ids) if ids.count(i) > 1)[:5]}")
    expect(client.call("POST", "/openapi.json", {}), 405, "POST to openapi.json")

    first = client.get("/metadata")
    that(client.get("/metadata").body == first.body, "metadata is the same bytes while it says the same")
    that(client.get("/metadata?mode=terminology").json["resourceType"] == "TerminologyCapabilities", "metadata?mode=terminology")
    normative = client.get("/metadata?mode=normative").json["rest"][0]["resource"][0]
    that("versioning" not in normative and "searchParam" in normative, "metadata?mode=normative: without what is on trial")
    expect(client.get("/metadata?mode=bogus"), 400, "metadata with an unknown mode")
    part = client.get("/metadata?_elements=software,fhirVersion").json
    that("rest" not in part and part["software"]["name"] and part["fhirVersion"] == "4.0.1", "metadata?_elements")
    expect(client.call("POST", "/TerminologyCapabilities", client.get("/metadata?mode=terminology").body), 201, "TerminologyCapabilities pass the server's own check")


# --- slow readers ---------------------------------------------------------------------------------------------------------

def slow_reader(client, server):
    """A page of about 107 MB: what it costs while it is made and while nobody takes it, and that it is given back."""
    data = base64.b64encode(bytes(1 << 20)).decode()
    with Andiron(http__write_time="2s") as big:
        own = big.client()
        for number in range(80):
            own.call("PUT", f"/Binary/s{number}", {"resourceType": "Binary", "id": f"s{number}", "contentType": "application/octet-stream", "data": data})
        rest = big.resident()
        readers = []
        for _ in range(2):
            reader = socket.create_connection(("127.0.0.1", big.port))
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.sendall(b"GET /fhir/Binary?_count=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
            readers.append(reader)
            reader.recv(1000)
        held = big.resident() - rest
        size = len(data) * 80
        print(f"  {size >> 20} MiB a page: {held >> 20} MiB held by two readers that take nothing", flush=True)
        that(held < 2.6 * size, f"two readers of {size} bytes hold {held}")
        until = time.monotonic() + 20
        while time.monotonic() < until and big.resident() - rest > size / 4:
            time.sleep(0.2)
        left = big.resident() - rest
        print(f"  {left >> 20} MiB after they were closed", flush=True)
        that(left < size / 2, f"readers that take nothing are closed, and their memory comes back: {left}")
        whole = own.get("/Binary?_count=1000")
        that(whole.status == 200 and len(whole.body) > size and len(exact(whole.body)["entry"]) == 80, "who reads gets all of it")


TESTS = (conditional, head, binary, formats, proxies, asynchronous, asynchronous_bounds, described, slow_reader)

if __name__ == "__main__":
    chosen = [test for test in TESTS if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]]
    with Andiron() as server_:
        for one_test in chosen:
            run([one_test], server_.client(), server_)
        finish("rest_http", f"{checks()} checks")
