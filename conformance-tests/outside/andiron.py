# SPDX-License-Identifier: Apache-2.0
"""A server of its own for a test: starts Andiron on free ports with an empty data folder, speaks HTTP and MLLP to it, and can
kill and restart it. Nothing here knows how Andiron works inside."""
import decimal
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("ANDIRON", str(ROOT / "build/release/src/app/andiron"))
SHARED = pathlib.Path(os.environ.get("ANDIRON_SHARED", ROOT.parent / "shared"))


class Andiron:
    def __init__(self, config=None, **settings):
        self.config = config
        self.folder = tempfile.mkdtemp(prefix="andiron-test-")
        self.settings = settings
        self.process = None
        self.start()

    def start(self):
        arguments = [PROGRAM, "serve", "--data", self.folder + "/data"] + (["--config", self.config] if self.config else [])
        wanted = {"fhir.port": 0, "mllp.port": 0, "management.port": 0, **{k.replace("__", "."): v for k, v in self.settings.items()}}
        for name, value in wanted.items():
            arguments += ["--set", f"{name}={value}"]
        self.begun = time.monotonic()
        self.log_path = self.folder + "/log"
        log = open(self.log_path, "ab")
        offset = log.tell()
        self.process = subprocess.Popen(arguments, stderr=log, stdout=log)
        log.close()
        while True:
            with open(self.log_path, "rb") as file:
                file.seek(offset)
                for line in file:
                    if b'"started"' in line and line.endswith(b"\n"):
                        said = json.loads(line)
                        self.port, self.mllp, self.management = said["fhir_port"], said["mllp_port"], said["management_port"]
                        self.base = f"http://127.0.0.1:{self.port}/fhir"
                        return
            if self.process.poll() is not None:
                raise RuntimeError("the server ended: " + open(self.log_path).read()[-2000:])
            if time.monotonic() - self.begun > 30:
                raise RuntimeError("the server does not start")
            time.sleep(0.01)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            code = self.process.wait(30)
            if code != 0:
                raise RuntimeError(f"the server ended with {code}: " + open(self.log_path).read()[-2000:])

    def close(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def client(self):
        return Client(self.port)

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Client:
    """One kept-alive HTTP connection."""

    def __init__(self, port, root="/fhir"):
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.root = root

    def call(self, method, path, body=None, headers=None, kind="application/fhir+json"):
        headers = dict(headers or {})
        if body is not None:
            headers.setdefault("Content-Type", kind)
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            if isinstance(body, str):
                body = body.encode()
        self.http.request(method, self.root + path, body=body, headers=headers)
        response = self.http.getresponse()
        return Answer(response.status, response.headers, response.read())

    def get(self, path, **headers):
        return self.call("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return exact(self.body)

    @property
    def entries(self):
        return self.json.get("entry", [])

    @property
    def ids(self):
        """The logical ids of a bundle's resources, in order."""
        return [entry["resource"]["id"] for entry in self.entries if entry.get("search", {}).get("mode") != "outcome"]

    @property
    def issue(self):
        """The code of an OperationOutcome's first issue; "" for anything else."""
        return self.json["issue"][0]["code"] if b"OperationOutcome" in self.body[:200] else ""

    def link(self, relation):
        """Path and query, below the base, of a bundle's link; "" when there is none."""
        urls = [link["url"] for link in self.json.get("link", []) if link["relation"] == relation]
        return urls[0].split("/fhir", 1)[1] if urls else ""

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class Number(str):
    """A JSON number as its text: 1.0 is not 1.00."""


def exact(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


class Mllp:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.buffer = b""

    def send(self, message):
        self.socket.sendall(b"\x0b" + message + b"\x1c\r")

    def receive(self):
        while True:
            end = self.buffer.find(b"\x1c\r")
            if end >= 0:
                frame, self.buffer = self.buffer[:end], self.buffer[end + 2:]
                return frame[frame.find(b"\x0b") + 1:]
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the link was closed")
            self.buffer += data

    def exchange(self, message):
        self.send(message)
        return self.receive()

    def close(self):
        self.socket.close()


def segment(message, name):
    """The fields of the first segment of that name; [] when there is none."""
    for line in message.replace(b"\n", b"\r").split(b"\r"):
        if line[:3] == name:
            return line.split(b"|")
    return []


_failures = []
_counted = 0


def that(condition, what):
    """A check that is counted."""
    global _counted
    _counted += 1
    check(condition, what)


def checks():
    return _counted


def check(condition, what):
    if not condition:
        _failures.append(what)
        print(f"  WRONG: {what}", flush=True)


def run(tests, *arguments):
    """Calls each test; one that breaks is wrong and does not keep the others from running."""
    for test in tests:
        try:
            test(*arguments)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith("_test.py")]
            line = own[-1].lineno if own else place.lineno
            check(False, f"{test.__name__} broke in line {line}: {type(error).__name__}: {error}")


def finish(name, counted):
    print(f"  {name}: {counted}, {len(_failures)} wrong", flush=True)
    raise SystemExit(1 if _failures else 0)
