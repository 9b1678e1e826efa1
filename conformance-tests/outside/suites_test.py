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
    that(better.returncode == 1 and "better" in better.stdout, f"a known failure that passes must leave the list: {better.stdout[-500:]}")


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
    run([all_suites, what_fails, choices, analyzers, interrupted, mutilated], server)
finish("suites", f"{checks()} checks")
