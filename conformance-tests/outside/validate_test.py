# SPDX-License-Identifier: Apache-2.0
"""$validate at its three levels, validation on write, packages, and definitions that users store.

    validate_test.py [PART...]      all parts, or those named"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

from andiron import PROGRAM, ROOT, SHARED, Andiron, Mllp, checks, finish, run, segment, that

WEIGHED = "http://andiron.example/StructureDefinition/weighed-patient"
STRICT = "http://andiron.example/StructureDefinition/strict-patient"
PATIENT = {"resourceType": "Patient", "id": "a", "name": [{"family": "Lind"}], "gender": "female", "birthDate": "1980-05-17"}


def profile(url, elements, identity="p", version="1", **more):
    """A profile on Patient without a snapshot."""
    return {"resourceType": "StructureDefinition", "id": identity, "url": url, "version": version, "name": "Profile", "status": "active",
            "fhirVersion": "4.0.1", "kind": "resource", "abstract": False, "type": "Patient",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient", "derivation": "constraint",
            "differential": {"element": [{"id": "Patient", "path": "Patient"}, *elements]}, **more}


NAMED = [{"id": "Patient.name", "path": "Patient.name", "min": 1}]
BORN = [{"id": "Patient.birthDate", "path": "Patient.birthDate", "min": 1}]


def package(folder, name="andiron.test", version="1.0.0", resources=()):
    """A package as registries publish them."""
    path = pathlib.Path(folder) / f"{name}-{version}.tgz"
    with tarfile.open(path, "w:gz") as archive:
        def add(inside, content):
            data = json.dumps(content).encode()
            info = tarfile.TarInfo("package/" + inside)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        add("package.json", {"name": name, "version": version, "fhirVersions": ["4.0.1"], "dependencies": {"hl7.fhir.r4.core": "4.0.1"}})
        for one in resources:
            add(f"{one['resourceType']}-{one['id']}.json", one)
    return path


def issues(answer):
    return [(issue["severity"], issue["code"], (issue.get("expression") or [""])[0]) for issue in answer.json["issue"]]


def errors(answer):
    return [issue for issue in answer.json["issue"] if issue["severity"] in ("error", "fatal")]


def fine(answer):
    return answer.status == 200 and not errors(answer)


def asked(client, path, body, **more):
    answer = client.call("POST", path, body, **more)
    that(answer.status == 200 and b"OperationOutcome" in answer.body[:60], f"POST {path} is answered with an outcome: {answer!r}")
    return answer


def levels(server):
    client = server.client()
    for path in ("/$validate", "/Patient/$validate", "/Patient/a/$validate"):
        that(fine(asked(client, path, PATIENT)), f"{path}: a good patient")
        answer = asked(client, path, {**PATIENT, "gender": "woman", "colour": "red"})
        that(len(errors(answer)) == 2, f"{path}: both mistakes are told: {answer!r}")
        that({"Patient.gender"} <= {issue["expression"][0] for issue in errors(answer)}, f"{path}: the place is told: {answer!r}")
    answer = asked(client, "/Patient/$validate", PATIENT)
    that(answer.json["issue"][0]["severity"] == "information" and "All OK" in answer.json["issue"][0]["details"]["text"],
         f"nothing wrong is said so: {answer!r}")
    for issue in asked(client, "/Patient/$validate", {**PATIENT, "gender": "woman"}).json["issue"]:
        that(issue["details"]["text"] and issue["diagnostics"], f"a text for people: {issue}")
    answer = asked(client, "/Observation/$validate", PATIENT)
    that(len(errors(answer)) >= 1 and "Observation" in str(errors(answer)), f"the wrong type for the address: {answer!r}")
    that(client.call("GET", "/Patient/zz/$validate").status == 404, "there is no such patient")
    stored = client.call("PUT", "/Patient/stored", {**PATIENT, "id": "stored"})
    that(stored.status == 201, f"stored: {stored!r}")
    that(fine(client.get("/Patient/stored/$validate")), "what is stored is validated by GET")
    answer = client.call("POST", "/Patient/stored/$validate", {"resourceType": "Parameters", "parameter": [
        {"name": "mode", "valueCode": "profile"}, {"name": "profile", "valueUri": "http://hl7.org/fhir/StructureDefinition/Patient"}]})
    that(fine(answer), f"mode=profile checks what is stored: {answer!r}")
    that(client.call("POST", "/$validate").status == 400, "nothing was sent and nothing named")
    that(client.call("POST", "/Nothing/$validate", PATIENT).status == 404, "no such type")
    that(client.call("POST", "/Patient/$nothing", PATIENT).status == 501, "no such operation")


def forms(server):
    client = server.client()
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "create"}, {"name": "resource", "resource": {**PATIENT, "gender": "x"}}]}
    for path in ("/$validate", "/Patient/$validate"):
        answer = asked(client, path, wrapped)
        that([issue for issue in errors(answer) if "gender" in issue["expression"][0]], f"{path}: Parameters around the resource: {answer!r}")
    that(fine(asked(client, "/$validate", {"resourceType": "Parameters", "parameter": [{"name": "x", "valueString": "y"}]})),
         "a Parameters may be what is validated")
    xml = '<Patient xmlns="http://hl7.org/fhir">\n  <gender value="woman"/>\n</Patient>'
    answer = client.call("POST", "/Patient/$validate", xml, kind="application/fhir+xml")
    that(answer.status == 200 and len(errors(answer)) == 1, f"XML in: {answer!r}")
    answer = client.call("POST", "/Patient/$validate", xml, kind="application/fhir+xml", headers={"Accept": "application/fhir+xml"})
    that(answer.status == 200 and b"<OperationOutcome" in answer.body and b"<expression value=\"Patient.gender\"/>" in answer.body,
         f"XML out: {answer!r}")
    for kind, broken in (("application/fhir+json", '{"resourceType":"Patient",\n "gender": }'), ("application/fhir+xml", "<Patient\n  xmlns='http://hl7.org/fhir'><gender></Patient>"),
                         ("application/fhir+json", ""), ("application/fhir+json", "[]"), ("application/fhir+json", '{"a":1}')):
        if broken:
            answer = client.call("POST", "/Patient/$validate", broken, kind=kind)
            that(answer.status == 200 and errors(answer), f"{broken!r} is answered with what is wrong: {answer!r}")
    answer = client.call("POST", "/Patient/$validate", '{"resourceType":"Patient",\n "gender": }')
    spread = json.dumps({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {**PATIENT, "gender": "woman"}}]}, indent=1)
    answer = asked(client, "/$validate", spread)
    line = 1 + spread[:spread.index('"gender"')].count("\n")
    that(errors(answer)[0]["location"][0].startswith(f"line {line} column"), f"what was read has its place too, line {line}: {answer!r}")
    answer = client.call("POST", "/Patient/$validate", '{"resourceType":"Patient",\n "gender": }')
    issue = errors(answer)[0]
    placed = {one["url"].rsplit("-", 1)[1]: one["valueInteger"] for one in issue.get("extension", [])}
    that(placed.get("line") == "2" and int(placed.get("col", 0)) > 8, f"line and column: {issue}")
    that("line 2" in issue["location"][0], f"location in words: {issue}")
    that(client.call("POST", "/Patient", '{"resourceType":"Patient",').status == 400, "elsewhere malformed is 400")
    that(client.call("POST", "/Patient/$validate", PATIENT, kind="text/plain").status == 415, "no format of FHIR")
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [
        {"resource": {**PATIENT, "gender": "woman"}, "request": {"method": "POST", "url": "Patient/$validate"}},
        {"resource": PATIENT, "request": {"method": "POST", "url": "$validate"}},
        {"request": {"method": "GET", "url": "Patient/stored/$validate"}}]}
    for kind in ("batch", "transaction"):
        answer = client.call("POST", "", {**bundle, "type": kind})
        that(answer.status == 200 and [e["response"]["status"][:3] for e in answer.entries] == ["200"] * 3, f"inside a {kind}: {answer!r}")
        if answer.status == 200:
            that(answer.entries[0]["resource"]["issue"][0]["severity"] == "error" and answer.entries[1]["resource"]["issue"][0]["severity"] != "error",
                 f"outcomes inside a {kind}: {answer!r}")


def modes(server):
    client = server.client()
    that(fine(asked(client, "/Patient/$validate?mode=create", PATIENT)), "create")
    that(fine(asked(client, "/Patient/a/$validate?mode=update", PATIENT)), "update")
    that(errors(asked(client, "/Patient/b/$validate?mode=update", PATIENT)), "update: another id")
    that(errors(asked(client, "/Patient/$validate?mode=update", {k: v for k, v in PATIENT.items() if k != "id"})), "update: no id")
    client.call("PUT", "/Patient/stored", {**PATIENT, "id": "stored"})
    that(fine(client.get("/Patient/stored/$validate?mode=delete")), "delete: it can be")
    that(errors(client.get("/Patient/never/$validate?mode=delete")), "delete: it never was")
    client.call("DELETE", "/Patient/stored")
    that(errors(client.get("/Patient/stored/$validate?mode=delete")), "delete: it is deleted already")
    that(client.call("POST", "/Patient/$validate?mode=delete", PATIENT).status == 400, "delete of nothing named")
    that(client.call("POST", "/Patient/$validate?mode=wish", PATIENT).status == 400, "no such mode")
    that(client.call("POST", "/Patient/a/$validate?mode=profile", PATIENT).status == 400, "profile without profile")


def offered(server):
    statement = server.client().get("/metadata").json["rest"][0]
    that("validate" in [o["name"] for o in statement["operation"]], "the CapabilityStatement lists $validate for the system")
    patient = next(r for r in statement["resource"] if r["type"] == "Patient")
    that("http://hl7.org/fhir/OperationDefinition/Resource-validate" in [o["definition"] for o in patient["operation"]],
         "and for each type, with its definition")


def own_profiles(server):
    """What a user stores is known from the next request on."""
    client = server.client()
    nameless = {"resourceType": "Patient", "gender": "female"}
    path = f"/Patient/$validate?profile={WEIGHED}"
    before = asked(client, path, nameless)
    that(any("weighed-patient" in str(issue) for issue in before.json["issue"]), f"an unknown profile is told: {before!r}")
    that(client.call("PUT", "/StructureDefinition/weighed", profile(WEIGHED, NAMED, "weighed")).status == 201, "the profile is stored")
    answer = asked(client, path, nameless)
    that(any("name" in str(issue) for issue in errors(answer)), f"the stored profile counts at once: {answer!r}")
    that(fine(asked(client, path, PATIENT)), "and lets the good pass")
    answer = asked(client, "/Patient/$validate", {**nameless, "meta": {"profile": [WEIGHED]}})
    that(any("name" in str(issue) for issue in errors(answer)), f"meta.profile counts: {answer!r}")
    changed = profile(WEIGHED, BORN, "weighed")
    that(client.call("PUT", "/StructureDefinition/weighed", changed).status == 200, "the profile is changed")
    answer = asked(client, path, nameless)
    that(any("birthDate" in str(issue) for issue in errors(answer)) and not any("Patient.name" in str(issue) for issue in errors(answer)),
         f"the change counts at once: {answer!r}")
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": profile(WEIGHED, NAMED, "weighed"), "request": {"method": "PUT", "url": "StructureDefinition/weighed"}}]}
    that(client.call("POST", "", bundle).status == 200, "changed by a transaction")
    that(any("name" in str(issue) for issue in errors(asked(client, path, nameless))), "a transaction's change counts too")
    that(client.call("DELETE", "/StructureDefinition/weighed").status in (200, 204), "deleted")
    that(fine(asked(client, path, nameless)), "what is deleted does not refuse anything any more")
    codes = {"resourceType": "CodeSystem", "id": "c", "url": "http://andiron.example/cs", "status": "active", "content": "complete", "concept": [{"code": "one"}, {"code": "two"}]}
    values = {"resourceType": "ValueSet", "id": "v", "url": "http://andiron.example/vs", "status": "active", "compose": {"include": [{"system": "http://andiron.example/cs"}]}}
    bound = profile(WEIGHED, [{"id": "Patient.maritalStatus", "path": "Patient.maritalStatus", "binding": {"strength": "required", "valueSet": "http://andiron.example/vs"}}], "weighed")
    for one in (codes, values, bound):
        that(client.call("PUT", f"/{one['resourceType']}/{one['id']}", one).status == 201, f"{one['resourceType']} is stored")
    married = lambda code: {**PATIENT, "maritalStatus": {"coding": [{"system": "http://andiron.example/cs", "code": code}]}}
    that(fine(asked(client, path, married("two"))), "a code of the stored code system")
    that(any("maritalStatus" in str(issue) for issue in errors(asked(client, path, married("three")))), "a code that it does not have")


def busy(server):
    """Definitions change while others validate."""
    stop, wrong = threading.Event(), []

    def validating():
        client = server.client()
        while not stop.is_set():
            answer = client.call("POST", f"/Patient/$validate?profile={STRICT}", PATIENT)
            if answer.status != 200 or errors(answer):
                wrong.append(repr(answer))

    threads = [threading.Thread(target=validating) for _ in range(4)]
    for thread in threads:
        thread.start()
    client = server.client()
    for number in range(30):
        client.call("PUT", "/StructureDefinition/strict", profile(STRICT, NAMED if number % 2 else BORN, "strict"))
    stop.set()
    for thread in threads:
        thread.join()
    that(not wrong, f"requests under way are not disturbed: {wrong[:2]}")


def full():
    """Validation on write: full, and per type."""
    with tempfile.TemporaryDirectory() as folder:
        tgz = package(folder, resources=[profile(STRICT, BORN, "strict")])
        with Andiron(fhir__validation="full", fhir__required_profiles=f"Patient={STRICT}", packages__files=str(tgz)) as server:
            client = server.client()
            that(client.call("POST", "/Patient", PATIENT).status == 201, "a good patient")
            unborn = {"resourceType": "Patient", "name": [{"family": "Lind"}]}
            answer = client.call("POST", "/Patient", unborn)
            that(answer.status == 422 and "birthDate" in answer.body.decode(), f"a required profile refuses: {answer!r}")
            empty = {**PATIENT, "contact": [{"gender": "male"}]}  # pat-1: a contact needs details
            answer = client.call("POST", "/Patient", empty)
            that(answer.status == 422 and "pat-1" in answer.body.decode(), f"invariants are checked: {answer!r}")
            two = client.call("POST", "/Patient", {**empty, "birthDate": "yesterday"})
            that(two.status == 422 and len(errors(two)) >= 2, f"all that is wrong is told: {two!r}")
            entry = lambda resource: {"resource": resource, "request": {"method": "POST", "url": "Patient"}}
            answer = client.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [entry(PATIENT), entry(unborn)]})
            that(answer.status == 422 and "Bundle.entry[1]" in answer.body.decode(), f"inside a transaction: {answer!r}")
            answer = client.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": [entry(PATIENT), entry(unborn)]})
            that([e["response"]["status"][:3] for e in answer.entries] == ["201", "422"], f"inside a batch: {answer!r}")
            before = int(client.get("/Patient?_summary=count").json["total"])
            message = (ROOT / "conformance-tests/fixtures/result.hl7").read_bytes()
            pid = segment(message, b"PID")
            line = b"|".join(pid)
            fields = list(pid)
            if len(fields) > 7:
                fields[7] = b""
            link = Mllp(server.mllp)
            answer = link.exchange(message.replace(line, b"|".join(fields)))
            that(segment(answer, b"MSA")[1:2] == [b"AE"] and segment(answer, b"ERR"), f"MLLP: AE with ERR: {answer!r}")
            that(int(client.get("/Patient?_summary=count").json["total"]) == before, "MLLP: nothing was stored")
            link.close()
    bad = subprocess.run([PROGRAM, "serve", "--data", tempfile.mkdtemp(), "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0",
                          "--set", "fhir.required_profiles=Patient=http://nowhere.example/p"], capture_output=True, timeout=30)
    that(bad.returncode != 0 and b"http://nowhere.example/p" in bad.stderr, f"an unknown profile is refused at start: {bad!r}")
    bad = subprocess.run([PROGRAM, "serve", "--data", tempfile.mkdtemp(), "--set", "fhir.required_profiles=Patient"], capture_output=True, timeout=30)
    that(bad.returncode == 78 and b"TYPE=CANONICAL" in bad.stderr, f"a pair that is none: {bad!r}")
    with Andiron(fhir__validation="off") as server:
        answer = server.client().call("POST", "/Patient", {"resourceType": "Patient", "gender": "woman"})
        that(answer.status == 201, f"off is off: {answer!r}")


def packages():
    """Side by side, readable, and never over what a user stored."""
    url = "http://andiron.example/StructureDefinition/a-definition-with-a-rather-long-name-of-its-own"
    identity = "a-definition-with-a-rather-long-name-of-its-own-and-some-more-00"
    one = {**profile(url, NAMED, identity), "version": "1.0.0"}
    two = {**profile(url, BORN, identity), "version": "2.0.0"}
    by = lambda code: {"resourceType": "SearchParameter", "id": code, "url": f"http://andiron.example/SearchParameter/{code}", "version": "1", "name": code,
                       "status": "active", "description": "d", "code": code, "base": ["Patient"], "type": "string",
                       "expression": "Patient.name.where(use = 'nickname').given"}
    someone = {"resourceType": "Patient", "id": "nobody", "name": [{"family": "Example"}]}
    with tempfile.TemporaryDirectory() as folder:
        files = [package(folder, version="1.0.0", resources=[one, someone, by("nickname")]), package(folder, version="2.0.0", resources=[two])]
        server = Andiron(packages__files=",".join(map(str, files)))
        try:
            client = server.client()
            found = client.get(f"/StructureDefinition?url={url}")
            that(sorted(e["resource"]["version"] for e in found.entries) == ["1.0.0", "2.0.0"], f"both versions are found: {found!r}")
            that(sorted(found.ids)[1] != sorted(found.ids)[0] and all(len(i) <= 64 for i in found.ids) and identity in found.ids,
                 f"one keeps its id, the other gets another: {found.ids}")
            that(client.get("/Patient/nobody").status == 404, "no patient comes out of a package")
            nameless = {"resourceType": "Patient", "birthDate": "1980"}
            that(errors(asked(client, f"/Patient/$validate?profile={url}|1.0.0", nameless)), "version 1 wants a name")
            that(fine(asked(client, f"/Patient/$validate?profile={url}|2.0.0", nameless)), "version 2 does not")
            client.call("PUT", "/Patient/nick", {"resourceType": "Patient", "id": "nick", "name": [{"use": "nickname", "given": ["Bo"]}]})
            that(client.get("/Patient?nickname=bo").ids == ["nick"], "a package's search parameter finds")
            versions = {e["resource"]["id"]: e["resource"]["meta"]["versionId"] for e in found.entries}
            mine = {**profile("http://andiron.example/mine", NAMED, "mine")}
            client.call("PUT", "/StructureDefinition/mine", mine)
            server.stop()
            files.append(package(folder, "andiron.other", "1.0.0", [{**profile("http://andiron.example/theirs", BORN, "mine"), "version": "1"}, by("late")]))
            server.settings["packages.files"] = ",".join(map(str, files))
            server.start()
            client = server.client()
            found = client.get(f"/StructureDefinition?url={url}")
            that({e["resource"]["id"]: e["resource"]["meta"]["versionId"] for e in found.entries} == versions, f"a second start makes no new version: {found!r}")
            that(client.get("/StructureDefinition/mine").json["url"] == "http://andiron.example/mine", "what a user stored stays")
            that(client.get("/Patient?nickname=bo").ids == ["nick"], "it still finds after a second start")
            late = client.get("/Patient?late=bo")
            until = time.monotonic() + 30
            while late.status == 503 and time.monotonic() < until:
                time.sleep(0.05)
                late = client.get("/Patient?late=bo")
            that(late.status == 200 and late.ids == ["nick"], f"what came later finds what was there before: {late!r}")
            that(len(client.get("/StructureDefinition?url=http://andiron.example/theirs").entries) == 1, "the package's one has another id")
        finally:
            server.close()
    bad = subprocess.run([PROGRAM, "serve", "--data", tempfile.mkdtemp(), "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0",
                          "--set", "packages.files=/nowhere/p.tgz"], capture_output=True, timeout=30)
    that(bad.returncode != 0 and b"/nowhere/p.tgz" in bad.stderr, f"a package that is not there: {bad!r}")


def guides():
    """The guides that Andiron claims: seconds and megabytes."""
    shared = pathlib.Path(os.environ.get("ANDIRON_SHARED", SHARED)) / "packages"
    if not shared.is_dir():
        shared = ROOT.parent.parent / "shared/packages"
    files = [shared / name for name in ("hl7.fhir.us.core-6.1.0.tgz", "hl7.fhir.us.core-7.0.0.tgz", "hl7.fhir.uv.ips-1.1.0.tgz")]
    if not all(file.is_file() for file in files):
        print("  guides: not here, left out")
        return
    sizes, starts = [], []
    for number in range(len(files) + 1):
        with Andiron(**({"packages__files": ",".join(map(str, files[:number]))} if number else {})) as server:
            starts.append(time.monotonic() - server.begun)
            sizes.append(server.resident() / 1e6)
            if number == len(files):
                client = server.client()
                for version, identity in (("6.1.0", "us-core-patient"), ("7.0.0", "us-core-patient-7.0.0")):
                    that(client.get(f"/StructureDefinition/{identity}").json["version"] == version, f"US Core {version} is readable")
                answer = asked(client, "/Patient/$validate?profile=http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0", PATIENT)
                that(any("identifier" in str(issue) for issue in errors(answer)), f"US Core asks for an identifier: {answer!r}")
                good = {**PATIENT, "identifier": [{"system": "urn:oid:1.2.840.113619.1", "value": "1"}]}
                that(fine(asked(client, "/Patient/$validate?profile=http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|6.1.0", good)), "a US Core patient")
                that(server.resident() < 300e6, f"{server.resident() / 1e6:.0f} MB with all guides")
    for number in range(1, len(sizes)):
        that(sizes[number] - sizes[number - 1] < 60, f"{files[number - 1].name}: memory {sizes}")
    print(f"  guides: starts {[f'{s:.1f}' for s in starts]} s, resident {[f'{s:.0f}' for s in sizes]} MB")


with_server = [levels, forms, modes, offered, own_profiles, busy]
alone = [full, packages, guides]
wanted = sys.argv[1:]
chosen = lambda tests: [test for test in tests if not wanted or test.__name__ in wanted]
if chosen(with_server):
    with Andiron() as server:
        run(chosen(with_server), server)
run(chosen(alone))
finish("validate", f"{checks()} checks")
