# SPDX-License-Identifier: Apache-2.0
"""The suite us-core against a fresh Andiron, with the package installed in it and without: everything SHALL holds, and the reference data are
gone afterwards.

The package is packages/hl7.fhir.us.core-6.1.0.tgz of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do
but to see that the suite says so."""
import http.client
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading

from andiron import PROGRAM, ROOT, Andiron, checks, finish, run, that
from scoreboard import shared

PACKAGE = shared / "packages/hl7.fhir.us.core-6.1.0.tgz"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="andiron-us-core-"))


def call(server, *words):
    return subprocess.run([PROGRAM, "test", "--target", server.base, "--suite", "us-core", *words], capture_output=True, text=True, timeout=400, cwd=FOLDER)


def sums(said):
    """Of the suite's line in the summary: tests, pass, warning, skip, limit, fail, error."""
    line = re.search(r"^ *us-core +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)", said.stdout, re.M)
    return tuple(map(int, line.groups())) if line else (0,) * 7


def stored(server):
    return int(server.client().get("/?_summary=count").json["total"])


def without_the_package():
    with Andiron() as server:
        said = call(server)
        that(said.returncode == 0 and sums(said)[3] == 1, f"without the package the suite is skipped: {said.stdout} {said.stderr}")


def judged(config, *words):
    with Andiron(config=config) as server:
        before = stored(server)
        said = call(server, "--package", str(PACKAGE), "--report", str(FOLDER / "report"), *words)
        tests, passed, warned, skipped, limits, failed, errors = sums(said)
        that(said.returncode == 0 and failed == errors == limits == 0, f"everything that US Core demands is there: {said.stdout[-3000:]} {said.stderr}")
        that(tests >= 800 and passed >= 0.9 * (tests - skipped), f"hundreds of tests, nearly all of them tried and passed: {sums(said)}")
        that(stored(server) == before, f"what was made is gone: {before}, {stored(server)}")
        return warned, skipped


def with_the_package():
    judged(None)
    config = FOLDER / "andiron.toml"
    config.write_text(f'[packages]\nfiles = ["{PACKAGE}"]\n')
    warned, skipped = judged(str(config), "--scoreboard", str(ROOT / "conformance-tests/scoreboard.tsv"))
    that(warned <= 1 and skipped <= 9, f"what the package brings is searched by, and its profiles are named: {warned} warnings, {skipped} skipped")


class Between(http.server.BaseHTTPRequestHandler):
    """Stands between the suite and a server, and spoils what it hands on."""
    protocol_version = "HTTP/1.1"

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.spoil == "forgets category":
            self.path = re.sub(r"([?&])category=[^&]*&?", r"\1", self.path)
        link = http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=60)
        kept = {name: self.headers[name] for name in ("Accept", "Content-Type") if self.headers[name]}
        link.request(self.command, self.path, body=body, headers=kept)
        answer = link.getresponse()
        said = answer.read()
        if answer.headers["Content-Type"] and b'"searchset"' in said and self.server.spoil == "loses the last match":
            bundle = json.loads(said)
            bundle["entry"] = bundle.get("entry", [])[:-1]
            if not bundle["entry"]:
                del bundle["entry"]
            said = json.dumps(bundle).encode()
        if self.server.spoil == "forgets must-support" and b'"clinicalStatus"' in said and self.command == "GET":
            resource = json.loads(said)
            resource.pop("clinicalStatus", None)
            said = json.dumps(resource).encode()
        self.send_response(answer.status)
        for name in ("Content-Type", "Location", "ETag"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)
        link.close()

    do_GET = do_PUT = do_POST = do_DELETE = do

    def log_message(self, *_):
        pass


def spoiled():
    """The suite is no decoration: a server with one fault fails, in the tests that speak of it."""
    with Andiron() as server:
        for spoil, found in (("forgets category", "search-patient-category"), ("loses the last match", "search-patient"), ("forgets must-support", "must-support-us-core-condition")):
            between = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Between)
            between.behind, between.spoil = server.port, spoil
            threading.Thread(target=between.serve_forever, daemon=True).start()
            said = subprocess.run([PROGRAM, "test", "--target", f"http://127.0.0.1:{between.server_port}/fhir", "--suite", "us-core", "--package", str(PACKAGE),
                                   "--only", "condition"], capture_output=True, text=True, timeout=200, cwd=FOLDER)
            that(said.returncode == 1 and f"condition/{found}" in said.stdout, f"a server that {spoil} fails in {found}: {said.stdout[-2000:]} {said.stderr}")
            that(stored(server) == 0, f"a server that {spoil}: what was made is gone")
            between.shutdown()
            between.server_close()


without_the_package()
if PACKAGE.exists():
    run([with_the_package, spoiled])
else:
    print("  us core: the package is not here (packages/hl7.fhir.us.core-6.1.0.tgz in $ANDIRON_SHARED)")
finish("us core", f"{checks()} checks")
