# SPDX-License-Identifier: Apache-2.0
"""`andiron test` as integrators use it: every suite against a fresh Andiron, in JSON and in XML, its reports, its exit codes, and that
what it made there is gone afterwards."""
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as xml

from andiron import PROGRAM, ROOT, Andiron, checks, finish, run, that

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="andiron-suites-"))
SUITES = ("rest", "search", "validation", "operations", "gateway", "testscript")


def call(server, *words, timeout=300):
    target = ["--target", server.base, "--mllp", f"127.0.0.1:{server.mllp}"] if server else []
    return subprocess.run([PROGRAM, "test", *target, *words], capture_output=True, text=True, timeout=timeout, cwd=FOLDER)


def scenario(name, text):
    path = FOLDER / f"{name}.scenario"
    path.write_text(text)
    return str(path)


def stored(server):
    return int(server.client().get("/?_summary=count").json["total"])


def all_suites(server):
    for form in ([], ["--xml"]):
        name = "xml" if form else "json"
        report = FOLDER / f"report-{name}"
        said = call(server, *form, "--report", str(report), "--scoreboard", str(ROOT / "conformance-tests/scoreboard.tsv"))
        that(said.returncode == 0, f"{name}: everything passes: {said.stdout[-3000:]} {said.stderr}")
        that("Andiron" in said.stdout.splitlines()[0] and "4.0.1" in said.stdout.splitlines()[0], f"{name}: the server is named: {said.stdout[:200]}")
        for suite in SUITES:
            line = re.search(rf"^ *{suite} +(\d+) +(\d+)", said.stdout, re.M)
            that(line is not None and int(line.group(2)) >= 20 and int(line.group(2)) <= int(line.group(1)), f"{name}: {suite} is in the summary, with at least 20 that pass: {line}")
        total = re.search(r"^ *all +(\d+)", said.stdout, re.M)
        that(total is not None and int(total.group(1)) >= 300, f"{name}: at least 300 tests: {total}")
        that("left behind" not in said.stderr, f"{name}: nothing is left behind: {said.stderr}")
        that(not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", said.stdout + said.stderr), f"{name}: in a pipe no control characters")
        that(stored(server) == 0, f"{name}: what was made is gone: {stored(server)}")

        cases = xml.parse(report / "junit.xml").getroot().iter("testcase")
        that(sum(1 for _ in cases) >= 300, f"{name}: the tests are in junit.xml")
        page = (report / "index.html").read_text()
        that("Andiron" in page and "string.scenario" in page, f"{name}: the page tells of the server and its tests")
        reports = sorted(report.glob("TestReport-*.json"))
        that(len(reports) >= 30, f"{name}: a TestReport for each case: {len(reports)}")
        for one in reports:
            read = json.loads(one.read_text())
            that(read["resourceType"] == "TestReport" and read["status"] == "completed" and read["result"] in ("pass", "pending"), f"{name}: {one.name}: {read['result']}")


def what_fails(server):
    wrong = scenario("wrong", "# A scenario that is wrong on purpose.\nPUT /Patient/${run}-w\n{ \"resourceType\": \"Patient\", \"id\": \"${run}-w\", \"active\": true }\n---- 201\n"
                     "active = false\nGET /Patient/${run}-w\n---- 404\n")
    said = call(server, wrong)
    that(said.returncode == 1, f"a test that fails: exit 1: {said!r}")
    that("wrong.scenario:5" in said.stdout or "active is true" in said.stdout, f"what was found is told: {said.stdout}")
    that(stored(server) == 0, "what a failing scenario made is gone too")
    setup = scenario("setup", "GET /Patient/nobody\n---- 200\ntest \"never tried\"\nGET /metadata\n---- 200\n")
    that(call(server, setup).returncode == 1, "a setup that fails: exit 1")
    slip = call(server, scenario("slip", "GET /metadata\n---- 200\nname = = 1\n"))
    that(slip.returncode == 65 and "slip.scenario:3" in slip.stderr, f"a slip in a file: exit 65, with its place: {slip!r}")
    that(call(server, "nothing.scenario").returncode == 66, "no such file: exit 66")
    that(call(server, "--suite", "nothing").returncode == 64, "no such suite: exit 64")
    that(call(server, "--nonsense").returncode == 64, "no such flag: exit 64")
    nobody = call(None, "--target", "http://127.0.0.1:1/fhir", "--suite", "rest")
    that(nobody.returncode == 69 and "does not answer" in nobody.stderr, f"nobody answers: exit 69: {nobody!r}")
    page = call(None, "--target", f"http://127.0.0.1:{server.management}", "--suite", "rest")
    that(page.returncode == 69, f"somebody answers who is no FHIR server: exit 69: {page!r}")


def choices(server):
    listed = call(None, "--list")
    that(listed.returncode == 0 and all(f"{suite}:" in listed.stdout for suite in SUITES), f"--list names the suites: {listed.stdout[:500]}")
    some = call(server, "--suite", "search", "--only", "string")
    that(some.returncode == 0 and "search/string" in some.stdout and "search/date" not in some.stdout, f"--only: {some.stdout}")
    without = subprocess.run([PROGRAM, "test", "--target", server.base, "--suite", "gateway"], capture_output=True, text=True, timeout=60)
    that(without.returncode == 0 and re.search(r"gateway +\d+ +0 ", without.stdout), f"without --mllp the gateway's tests are skipped: {without.stdout}")
    that(stored(server) == 0, "and make nothing")
    board = FOLDER / "board.tsv"
    that(call(server, "--suite", "operations", "--scoreboard", str(board), "--record").returncode == 0 and board.exists(), "a scoreboard is written")
    that(call(server, "--suite", "operations", "--scoreboard", str(board)).returncode == 0, "and met")
    lines = board.read_text().splitlines()
    changed = [line.replace("\tpass", "\tfail", 1) if number == 1 else line for number, line in enumerate(lines)]
    board.write_text("\n".join(changed) + "\n")
    better = call(server, "--suite", "operations", "--scoreboard", str(board))
    that(better.returncode == 1 and "better" in better.stdout and "--record" in better.stdout, f"a known failure that passes must leave the list: {better.stdout[-500:]}")
    that(call(server, "--suite", "operations", "--only", "lastn", "--scoreboard", str(board), "--record").returncode == 0, "a part is written")
    that(len(board.read_text().splitlines()) == len(lines), "and the rest of the list stays")
    for words, code, says in ((["--scoreboard", "nowhere.tsv"], 66, "nowhere.tsv"), (["--report", str(board) + "/below"], 66, "--report"), (["--fixtures", "nowhere"], 66, "nowhere"),
                              (["--only", "no-such-name"], 64, "no-such-name"), ([str(FOLDER / "report-json")], 66, "no TestScript in")):
        said = call(server, *words)
        that(said.returncode == code and says in said.stderr and said.stdout == "", f"{words}: told before anything is run: {said!r}")


# What a TestScript asserts of a Patient that it created and read: (name, verdict, the assert or more than one action).
ASSERTS = [
    ("code", "pass", {"responseCode": "200,201", "operator": "in"}), ("code-not", "fail", {"responseCode": "200", "operator": "notIn"}), ("code-slip", "error", {"responseCode": "2OO", "operator": "notEquals"}),
    ("type", "pass", {"resource": "Patient"}), ("type-not", "fail", {"resource": "Person"}), ("type-slip", "error", {"resource": "Pateint", "operator": "notEquals"}),
    ("path", "pass", {"path": "fhir:Patient/fhir:birthDate/@value", "value": "1980-01-02"}), ("path-not", "fail", {"path": "$.birthDate", "value": "1981"}),
    ("path-limit", "limit", {"path": "normalize-space(//fhir:family)", "value": "x"}), ("expression-not", "fail", {"expression": "Patient.name.exists()", "value": "false"}),
    ("expression-slip", "error", {"expression": "Patient.name.("}), ("compare", "pass", {"expression": "Patient.birthDate", "compareToSourceId": "p", "compareToSourceExpression": "Patient.birthDate"}),
    ("compare-not", "fail", {"expression": "Patient.id", "compareToSourceId": "p", "compareToSourceExpression": "Patient.birthDate"}), ("minimum", "pass", {"minimumId": "p"}),
    ("minimum-not", "fail", {"minimumId": "more"}), ("profile", "pass", {"validateProfileId": "base"}), ("profile-not", "fail", {"validateProfileId": "other"}),
    ("profile-limit", "limit", {"validateProfileId": "far"}), ("two-at-once", "error", {"resource": "Patient", "response": "okay"}), ("warning", "warning", {"response": "created", "warningOnly": True}),
    ("request", "pass", {"direction": "request", "requestURL": "/Patient/", "operator": "contains"}), ("request-not", "fail", {"requestMethod": "put"}), ("links-not", "fail", {"navigationLinks": True}),
    ("header", "pass", {"headerField": "ETag", "value": "W/\"1\""}), ("header-not", "fail", {"headerField": "ETag", "operator": "empty"}), ("variable-for-the-user", "skip", {"expression": "Patient.id", "value": "${ask}"}),
]


def scripts(server):
    """Each kind of assert in a form that holds and one that does not: what fails is a failure, what cannot be tried a limit, what is no script an error."""
    folder = FOLDER / "scripts"
    folder.mkdir()
    standard = "http://hl7.org/fhir/StructureDefinition/"
    for name, _, asserted in ASSERTS:
        patient = {"resourceType": "Patient", "id": "pat", "birthDate": "1980-01-02", "name": [{"family": "Asserted"}], "managingOrganization": {"reference": "Organization/org"}}
        script = {"resourceType": "TestScript", "id": name, "url": f"urn:{name}", "name": "X", "status": "draft",
                  "contained": [patient, {"resourceType": "Patient", "id": "more", "gender": "male"}, {"resourceType": "Organization", "id": "org", "name": "O"}],
                  "fixture": [{"id": "p", "autocreate": True, "autodelete": True, "resource": {"reference": "#pat"}}, {"id": "more", "autocreate": False, "autodelete": False, "resource": {"reference": "#more"}},
                              {"id": "o", "autocreate": True, "autodelete": True, "resource": {"reference": "#org"}}],
                  "profile": [{"id": "base", "reference": standard + "Patient"}, {"id": "other", "reference": standard + "Person"}, {"id": "far", "reference": "http://example.org/StructureDefinition/far"}],
                  "variable": [{"name": "ask", "hint": "an id"}],
                  "test": [{"id": "t", "action": [{"operation": {"type": {"code": "read"}, "targetId": "p", "encodeRequestUrl": True}}, {"assert": {"warningOnly": False, **asserted}}]}]}
        (folder / f"{name}.json").write_text(json.dumps(script))
    board = FOLDER / "asserts.tsv"
    said = call(server, str(folder), "--scoreboard", str(board), "--record")
    came = {line.split("\t")[1].split("/")[0]: line.split("\t")[2] for line in board.read_text().splitlines()[1:]}
    for name, verdict, _ in ASSERTS:
        that(came.get(name) == verdict, f"TestScript {name}: {verdict}, and it is {came.get(name)}")
    that(stored(server) == 0 and "left behind" not in said.stderr, f"what they made is gone: {said.stderr}")


def strangers(_):
    """Servers that are none, or not the kind that is judged: told in words, and soon."""
    import http.server
    import threading

    statement = b'{"resourceType":"CapabilityStatement","fhirVersion":"%s","status":"active","kind":"instance","date":"2026","format":["json"],"rest":[{"mode":"server"}]}'

    class Odd(http.server.BaseHTTPRequestHandler):
        def do(self):
            kind, asks_who = self.path.split("/")[1], self.path.endswith("/metadata")
            if kind == "silent" and not asks_who:
                return self.connection.shutdown(2)
            status = {"closed": 401, "broken": 500, "moved": 302, "nothing": 404}.get(kind, 200 if asks_who else 401)
            body = b"<html>welcome</html>" if kind == "page" else statement % (b"5.0.0" if kind == "later" else b"4.0.1") if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if kind == "page" else "application/fhir+json")
            if status == 302:
                self.send_header("Location", "http://elsewhere.example/fhir/metadata")
            self.end_headers()
            self.wfile.write(body)
        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do
        def log_message(self, *_):
            pass

    odd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=odd.serve_forever, daemon=True).start()
    ask = lambda kind: call(None, "--target", f"http://127.0.0.1:{odd.server_port}/{kind}/below/", "--suite", "rest")
    for kind, says in (("closed", "answers 401; --auth"), ("broken", "answers 500"), ("moved", "moved to http://elsewhere.example"), ("nothing", "answers 404"), ("page", "no CapabilityStatement but text/html")):
        said = ask(kind)
        that(said.returncode == 69 and says in said.stderr, f"{kind}: exit 69, and why: {said!r}")
    said = ask("later")
    that(said.returncode == 1 and "FHIR R4" in said.stderr and "--auth gives" in said.stdout, f"another version and closed doors are told: {said!r}")
    said = ask("silent")
    that(said.returncode == 1 and "stopped: the last 10 requests were not answered after" in said.stdout, f"a server that has gone ends the run: {said!r}")
    odd.shutdown()


def analyzers(server):
    astm = scenario("astm", "send astm\nH|\\^&\nL|1|N\nexpect ack\n")
    said = call(server, astm)
    that(said.returncode == 0 and "1 skip" in said.stdout, f"without --astm such a test is skipped: {said.stdout}")


def interrupted(server):
    """Ctrl-C: the case under way removes what it made, and no other is begun."""
    first = scenario("first", "PUT /Patient/${run}-i\n{ \"resourceType\": \"Patient\", \"id\": \"${run}-i\", \"gender\": \"other\" }\n---- 201\n"
                     "wait until GET /Patient?gender=male total = 1 within 60 s\n")
    second = scenario("second", "GET /metadata\n---- 200\n")
    process = subprocess.Popen([PROGRAM, "test", "--target", server.base, first, second], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=FOLDER)
    client = server.client()
    until = time.monotonic() + 30
    while not client.get("/Patient?gender=other").entries and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    client.call("PUT", "/Patient/helper", {"resourceType": "Patient", "id": "helper", "gender": "male"})  # what it waits for
    out, _ = process.communicate(timeout=60)
    client.call("DELETE", "/Patient/helper")
    that(process.returncode == 1 and "interrupted" in out, f"an interrupted run is no success: {process.returncode} {out}")
    that("first" in out and "second" not in out, f"no other case is begun: {out}")
    that(stored(server) == 0, "what was made is gone")


def mutilated(server):
    """The suites are no decoration: a server that says yes to everything fails them."""
    import http.server
    import threading

    class Yes(http.server.BaseHTTPRequestHandler):
        def do(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b'{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","status":"active","kind":"instance","date":"2026","format":["json"],"rest":[{"mode":"server"}]}'
            self.send_response(200)
            self.send_header("Content-Type", "application/fhir+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do
        do_HEAD = do
        def log_message(self, *_):
            pass

    yes = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Yes)
    threading.Thread(target=yes.serve_forever, daemon=True).start()
    said = call(None, "--target", f"http://127.0.0.1:{yes.server_port}", "--suite", "rest", "--suite", "validation")
    yes.shutdown()
    line = re.search(r"^ *all +(\d+) +(\d+) +\d+ +(\d+)", said.stdout, re.M)
    that(said.returncode == 1 and line is not None and int(line.group(2)) <= 6, f"a server that says yes to everything passes next to nothing: {line and line.group(0)}")


with Andiron(mllp__per_peer=0) as server:
    run([all_suites, what_fails, choices, scripts, strangers, analyzers, interrupted, mutilated], server)
finish("suites", f"{checks()} checks")
