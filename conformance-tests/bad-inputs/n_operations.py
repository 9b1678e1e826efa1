# SPDX-License-Identifier: Apache-2.0
"""Group N, as far as it is there: the log, metrics, the management door, settings and signals."""
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import certificates
from hl7 import adt, link, message, result
from rows import PROGRAM, SECRET, XML, Client, metrics, needs, until

GET = b"GET /fhir/Patient/good HTTP/1.1\r\nHost: a\r\n"


def log_of(server):
    return pathlib.Path(server.log_path).read_text(errors="replace")


def n_01_lines_in_the_log(at):
    marks = ("%n%s%p", '"}{"level":"error"', "\x1b[31m", "\\u0000")
    for mark in marks:
        at.get("/Patient?bogus=" + "".join(f"%{byte:02x}" for byte in mark.encode()), User_Agent=mark.replace("\x1b", "\\x1b"))
        at.call("POST", "/Patient", {"resourceType": mark})
        link(at).exchange(adt(f"N1{mark}"))
        link(at).exchange(message(f"N2\n{{\"event\":\"forged\"}}\n{mark}", "QQQ^Q99", "", sender=mark))
    at.raw(b"GET /fhir/\r\n{\"event\":\"forged\"}\r\n HTTP/1.1\r\nHost: a\r\n\r\n")
    for line in log_of(at.server).splitlines():
        one = json.loads(line)
        at.that("forged" not in one.get("event", "") and "\x1b" not in line, f"a line of its own: {line[:200]}")


def n_02_names_in_outputs(at):
    """A name that stands for a patient is put everywhere it could be, wrong and right; then all that was said is searched for it."""
    for body in ({"resourceType": "Patient", "birthDate": SECRET}, {"resourceType": "Patient", "gender": SECRET}, {"resourceType": SECRET},
                 {"resourceType": "Patient", "name": SECRET}, {"resourceType": "Patient", "id": SECRET + "_"}, {"resourceType": "Patient", "active": SECRET},
                 {"resourceType": "Patient", "managingOrganization": {"reference": f"Nothing/{SECRET}/x/y"}}, {"resourceType": "Patient", "name": [{"family": SECRET}], "colour": 1},
                 {"resourceType": "Patient", "text": {"status": "generated", "div": f"<div xmlns='http://www.w3.org/1999/xhtml'><script>{SECRET}</script></div>"}},
                 {"resourceType": "Patient", "name": [{"family": SECRET}]}, {"resourceType": "Patient", "identifier": [{"value": SECRET}], "birthDate": "x"}):
        at.call("POST", "/Patient", body)
    at.call("POST", "/Patient", f'<Patient xmlns="http://hl7.org/fhir"><birthDate value="{SECRET}"/></Patient>', kind=XML)
    at.call("POST", "/Patient", f'{{"resourceType":"Patient","name":[{{"family":"{SECRET}"')
    for kind in ("ADT^A08^ADT_A01", "QQQ^Q99"):
        link(at).exchange(message(f"N2{kind[:3]}", kind, f"EVN|A08\rPID|1||{SECRET}^^^H^MR||{SECRET}^{SECRET}||{SECRET}|{SECRET}\rPV1|1|I\r"))
    link(at).exchange(result("N2", SECRET, b"NM", SECRET.encode()))
    link(at).exchange(adt("N3").replace(b"|2.5.1", b"|" + SECRET.encode()))
    link(at).exchange(SECRET.encode())
    wanted = SECRET.lower()
    at.that(wanted not in log_of(at.server).lower(), f"the log: {[line for line in log_of(at.server).splitlines() if wanted in line.lower()][:2]}")
    at.that(wanted not in metrics(at.server).lower(), "the metrics")
    for path in ("/livez", "/readyz", "/channels", "/destinations", "/desk"):
        at.that(wanted not in Client(at.server.management, "").get(path).body.decode().lower(), path)
    told = [answer for answer in at.heard if wanted.encode() in answer.lower()]
    at.heard = [answer for answer in at.heard if wanted.encode() not in answer.lower()]  # said here, once
    at.that(not told, f"{len(told)} answers that refuse: {told[:3]}")


def n_03_series(at):
    names = lambda: {line.rsplit(" ", 1)[0] for line in metrics(at.server).splitlines() if line and not line.startswith("#")}
    before = names()
    for n in range(500):
        at.get(f"/Random{n}/{n}?p{n}=x")
        at.raw(b"FOO%d /fhir/x%d HTTP/1.1\r\nHost: h%d\r\n\r\n" % (n, n, n)) if n % 100 == 0 else None
        link(at).exchange(message(f"S{n}", f"Q{n}^Q{n}", "", sender=f"A{n}|B{n}")) if n % 20 == 0 else None
    at.that(len(names()) <= 2000 and len(names() - before) < 30, f"{len(names())} series, {len(names() - before)} more: {sorted(names() - before)[:3]}")


def n_04_management_on_the_public_port(at):
    for path in ("/metrics", "/admin", "/debug", "/livez", "/readyz", "/desk", "/desk/messages", "/channels", "/destinations", "/debug/pprof"):
        at.expect(path, b"GET " + path.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n", {404})
        at.expect("/fhir" + path, b"GET /fhir" + path.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n", {404, 400})
        at.expect("POST " + path, b"POST " + path.encode() + b"/mllp/stop HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", {404, 405})


@needs(counted=False)
def n_05_trace_headers(at):
    for name, value in (("traceparent", b"nonsense"), ("traceparent", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"), ("traceparent", b"ff-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"),
                        ("traceparent", b"00-" + b"a" * 31 + b"-b-01"), ("tracestate", b"a=" + b"b" * 10_000), ("baggage", b"x=" + b"y" * 5000)):
        at.expect(f"{name}: {value[:20]!r}", GET + name.encode() + b": " + value + b"\r\n\r\n", {200})


@needs(counted=False)
def n_06_request_ids(at):
    for value in (b"x" * 10_000, b"a\tb", b"<script>", b"\xff\xfe"):
        answer = at.expect(f"{value[:10]!r}", GET + b"X-Request-Id: " + value + b"\r\n\r\n", {200})
        at.that(value not in answer, f"{value[:10]!r} is not given back")
    answer = at.raw(GET + b"X-Request-Id: a\r\nX-Evil: b\r\n\r\n")
    at.that(b"X-Evil" not in answer, "a line of its own makes no header of the answer")


def serve(folder, *arguments, text=None, seconds=20):
    """How `andiron serve` ends when it should not start."""
    if text is not None:
        (folder / "bad.toml").write_text(text)
        arguments = ("--config", str(folder / "bad.toml"), *arguments)
    ports = [word for door in ("fhir", "mllp", "management") for word in ("--set", f"{door}.port=0")]
    try:
        done = subprocess.run([PROGRAM, "serve", "--data", str(folder / "data"), *(ports if text is None else []), *arguments], capture_output=True, timeout=seconds)
        return done.returncode, done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return 0, "it runs"


@needs(counted=False)
def n_10_settings_that_cannot_hold(at):
    made = certificates.folder()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, words, more in (("an unknown key", "fhir.prot", {"text": "[fhir]\nprot = 1\n"}), ("a bad type", "fhir.port", {"text": '[fhir]\nport = "many"\n'}),
                                  ("no TOML", "bad.toml", {"text": "[fhir\n"}), ("a key twice", "bad.toml", {"text": "[fhir]\nport = 1\nport = 2\n"}),
                                  ("a size that is negative", "http.body", {"text": '[http]\nbody = "-5"\n'}), ("noise", "bad.toml", {"text": "\0\1\2"}),
                                  ("an open address without authentication", "loopback", {"text": '[fhir]\naddress = "0.0.0.0"\n'}),
                                  ("an open channel without certificates", "loopback", {"text": '[channels.a]\naddress = "0.0.0.0"\n'}),
                                  ("a certificate without key", "fhir.key", {"text": f'[fhir]\ncertificate = "{made}/server.pem"\n'})):
            code, said = serve(folder, **more)
            at.that(code == 78 and words in said, f"{what}: exit {code}: {said[-300:]}")
        (folder / "open.key").write_bytes((made / "server.key").read_bytes())
        os.chmod(folder / "open.key", 0o644)
        code, said = serve(folder, "--set", f"fhir.certificate={made}/server.pem", "--set", f"fhir.key={folder}/open.key")
        at.that(code not in (0, 70) and "open.key" in said and "chmod" in said, f"a key that everybody can read: exit {code}: {said[-300:]}")
        at.that("PRIVATE KEY" not in said, "nothing of it is told")


@needs(counted=False)
def n_12_signals(at):
    with at.another() as server:
        for _ in range(200):
            server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGPIPE)
        at.that(at.get("/Patient/good").status in (200, 404), "a storm of SIGHUP, SIGPIPE: it goes on")
        at.that(until(lambda: "reload" in log_of(server)), "it says that it read its settings again")
        at.that(len([line for line in log_of(server).splitlines() if "reload" in line]) <= 201, "and not more often than it was told")
        held = at.raw(b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: 999\r\n\r\n{", wait=0.2)
        at.that(held == b"", "a request that is half here")
        begun = time.monotonic()
        for _ in range(2):
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)
        code = server.process.wait(20)
        at.that(code in (0, -signal.SIGTERM) and time.monotonic() - begun < 15,
                f"SIGTERM twice: it finishes what it has begun, or stops at once: exit {code} after {time.monotonic() - begun:.1f} s")
        server.start()


@needs(counted=False)
def n_13_the_clock_of_resources(at):
    """lastUpdated never goes back, whoever writes; what the system's clock does is the store's unit test (ledger)."""
    seen = []
    for n in range(50):
        answer = at.call("PUT", "/Basic/n13", {"resourceType": "Basic", "id": "n13", "code": {"text": f"{n}"}, "meta": {"lastUpdated": "2038-01-19T03:14:08Z"}})
        seen.append(answer.json["meta"]["lastUpdated"])
    at.that(seen == sorted(seen) and not seen[-1].startswith("2038"), f"in order: {seen[:2]}")


def n_15_pages_of_others_and_the_desk(at):
    port = at.server.management
    ask = lambda *lines: at.raw(b"\r\n".join(lines) + b"\r\n\r\n", port=port)
    for path in (b"/desk/replay", b"/channels", b"/channels/mllp/stop"):
        answer = ask(b"POST " + path + b" HTTP/1.1", b"Host: 127.0.0.1", b"Origin: https://evil.example", b"Content-Type: application/json", b"Content-Length: 0")
        at.that(b" 403 " in answer[:20], f"a page of another origin at {path!r}: {answer[:60]!r}")
    for host in (b"evil.example", b"127.0.0.1.evil.example"):
        answer = ask(b"GET /desk/messages HTTP/1.1", b"Host: " + host)
        at.that(b" 403 " in answer[:20], f"a name that leads here from outside: {answer[:60]!r}")
    answer = ask(b"POST /desk/replay HTTP/1.1", b"Host: 127.0.0.1", b"Content-Type: text/plain", b"Content-Length: 0")
    at.that(b" 4" in answer[:13], f"a form: {answer[:60]!r}")
    at.get("/Spaceship")
