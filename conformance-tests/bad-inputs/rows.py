# SPDX-License-Identifier: Apache-2.0
"""What every row of the list of bad inputs has in common. A row is a function whose name begins with its id (a_01_two_lengths) and that
takes an `At`: the server, ways to speak to it, and `that`. Whatever a row sends, afterwards the process is the same, it holds at most
16 MiB more of its own memory, it counted what happened, the next good request is answered within 50 ms (all are, but the machine is
shared: one of twenty has to show it), no exception was caught, and nothing that was answered tells of paths, SQL, code or patients. A row that needs other
bounds or settings says so by `needs`."""
import contextlib
import http.client
import importlib
import json
import os
import pathlib
import re
import socket
import ssl
import sys
import time
import traceback
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "outside")]
from andiron import PROGRAM, Andiron, Answer, Client  # noqa: E402,F401

NAME = re.compile(r"([a-o])_(\d\d)(_|$)")
FHIR, XML = "application/fhir+json", "application/fhir+xml"
# Stands where real patients' names, dates and numbers would: must not be found in a log, a metric or an answer that refuses.
SECRET = "Quillfeather"
TELLING = (b".cpp", b"/src/", b"sqlite", b"std::", b"no such table", b"no such column", b"select ", b"insert into", b"terminate called",
           b"backtrace", b"what():", b"/proc/", b"root:x:", b"/tmp/")
MEBI = 1 << 20
TRIES = 20
TRUSTING = ssl._create_unverified_context()


def needs(**wants):
    """memory: MiB that may be held afterwards; settings: of a server of its own; counted=False: only good requests, or no request at all."""
    def mark(test):
        test.needs = wants
        return test
    return mark


def own_memory(server):
    """Anonymous resident memory in bytes; pages of mapped files belong to nobody."""
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) * 1024


def peak_memory(server):
    with open(f"/proc/{server.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024


def processor_time(server):
    """Seconds of processor that the server has used."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(server):
    """Open sockets; files come and go with the threads that use them."""
    folder, count = f"/proc/{server.process.pid}/fd", 0
    for name in os.listdir(folder):
        with contextlib.suppress(OSError):
            count += os.readlink(f"{folder}/{name}").startswith("socket:")
    return count


def client_of(server):
    """A connection to FHIR, with TLS where the server was started with a certificate."""
    client = Client(server.port)
    if "fhir__certificate" in server.settings:
        client.http = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=60, context=TRUSTING)
    return client


def metrics(server):
    return Client(server.management, "").get("/metrics").body.decode()


def metric(server, name):
    """The sum of all series of that name."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in metrics(server).splitlines() if re.match(re.escape(name) + r"[ {]", line))


def counters(server):
    """What was counted, but for the connections that asking itself takes."""
    return [line for line in metrics(server).splitlines() if re.match(r"\w+_total[ {]", line) and not line.startswith("andiron_connections_total")]


def statuses(answer):
    return [int(code) for code in re.findall(rb"(?:^|\n|\}|>)HTTP/1\.1 (\d{3}) ", answer)]


def until(question, seconds=10):
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def nobody_came(at, listener, seconds):
    """To a listener whose address stood in what was sent: what is told is not fetched."""
    listener.settimeout(seconds)
    try:
        listener.accept()
        at.that(False, "nothing is fetched")
    except TimeoutError:
        at.that(True, "nothing is fetched")


class At:
    """One row's hands."""

    def __init__(self, identity, server):
        self.identity, self.server = identity, server
        self.wrong, self.checked = [], 0
        self.heard, self.said = [], bytearray()
        self.good = None
        self.elsewhere = False  # a part of the row had a server of its own
        self._client = None

    def that(self, condition, what):
        self.checked += 1
        if not condition:
            self.wrong.append(f"{self.identity} {what}")
        return bool(condition)

    @contextlib.contextmanager
    def another(self, config=None, **settings):
        """A server of its own for a part of the row: all calls in the block go there."""
        before, self.elsewhere = (self.server, self._client), True
        with Andiron(config=config, **settings) as self.server:
            self._client = None
            try:
                yield self.server
                common_end(self, None)
            finally:
                self.server, self._client = before

    def note(self, sent, answer, refused=True):
        self.said += sent[:100_000]
        if refused:
            self.heard.append(bytes(answer[:20_000]))

    # --- HTTP as bytes ---------------------------------------------------------------------------------------------

    def raw(self, sent, wait=5.0, then=b"", port=None):
        """All bytes that come back until the server closes, or falls silent for a moment after an answer."""
        with socket.create_connection(("127.0.0.1", port or self.server.port), timeout=wait) as link:
            answer = b""
            try:
                link.sendall(sent)
                if then:
                    time.sleep(0.05)
                    link.sendall(then)
            except OSError:
                pass  # refused before all was sent; the answer may still be there
            try:
                while piece := link.recv(65536):
                    answer += piece
                    link.settimeout(0.2)
            except OSError:
                pass
        codes = statuses(answer)
        self.note(sent, answer, not codes or max(codes) >= 400)
        return answer

    def expect(self, what, sent, allowed, closes=None, **more):
        """One answer with an allowed status; 0 stands for none (the connection is closed). By itself, 400 to 431 of a head that cannot be read close."""
        answer = self.raw(sent, **more)
        codes = statuses(answer)
        good = (len(codes) == 1 and codes[0] in allowed) or (not codes and 0 in allowed)
        self.that(good, f"{what}: expected {sorted(allowed)}, got {codes} {answer[:200]!r}")
        if closes and codes:
            self.that(b"connection: close" in answer.lower(), f"{what}: the connection is closed")
        return answer

    # --- HTTP as calls ---------------------------------------------------------------------------------------------

    def call(self, method, path, body=None, headers=None, kind=FHIR):
        """One call; a status of 0 when the server closed while it was still being sent."""
        if self._client is None:
            self._client = client_of(self.server)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        body = body.encode() if isinstance(body, str) else body
        try:
            answer = self._client.call(method, path, body, headers, kind)
        except (http.client.HTTPException, OSError):
            self._client = None
            answer = Answer(0, {}, b"")
        self.note(path.encode() + (body or b""), answer.body, answer.status >= 400)
        return answer

    def get(self, path, **headers):
        return self.call("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def search(self, path, **values):
        """GET with the values escaped as a URL asks for; "__" in a name is ":"."""
        return self.get(path + "?" + urllib.parse.urlencode({name.replace("__", ":"): value for name, value in values.items()}))

    def gives(self, what, answer, *allowed, issue=()):
        """An answer with one of the statuses; a refusal is an OperationOutcome with one of the issue codes."""
        good = self.that(answer.status in allowed, f"{what}: expected {allowed}: {answer!r}")
        if good and answer.status >= 400 and answer.status != 0:
            self.that(b"OperationOutcome" in answer.body[:200], f"{what}: an OperationOutcome: {answer!r}")
            if issue:
                self.that(answer.issue in issue, f"{what}: issue {issue}: {answer!r}")
        return answer

    def refuse(self, what, body, *allowed, kind=FHIR, path="/Patient", issue=()):
        return self.gives(what, self.call("POST", path, body, kind=kind), *(allowed or (400,)), issue=issue)

    def accept(self, what, body, path="/Patient", kind=FHIR):
        return self.gives(what, self.call("POST", path, body, kind=kind), 201)

    def quick(self, what, seconds):
        """A block that takes no longer."""
        return _Quick(self, what, seconds)


class _Quick:
    """Short by the clock, or, where the machine is busy with others, by what the server itself used."""

    def __init__(self, at, what, seconds):
        self.at, self.what, self.seconds = at, what, seconds

    def __enter__(self):
        self.begun, self.used = time.monotonic(), processor_time(self.at.server)

    def __exit__(self, kind, *_):
        if kind is not None:
            return
        took = time.monotonic() - self.begun
        good = took < self.seconds
        if not good and took < 10 * self.seconds and self.at.server.process.poll() is None:
            good = processor_time(self.at.server) - self.used < self.seconds
        self.at.that(good, f"{self.what}: {took:.2f} s of {self.seconds}")


def next_good_request(server):
    """Milliseconds that a good request takes, the best of TRIES; None when one fails."""
    best = None
    for _ in range(TRIES):
        begun = time.monotonic()
        try:
            status = client_of(server).get("/Patient/good").status
        except (http.client.HTTPException, OSError):
            return None
        took = 1000 * (time.monotonic() - begun)
        if status != 200:
            return None
        best = took if best is None else min(best, took)
        if best < 50:
            break
    return best


def prepare(server):
    """What a server needs before it is measured: one good patient, and each door used once."""
    client = client_of(server)
    client.call("PUT", "/Patient/good", {"resourceType": "Patient", "id": "good", "name": [{"family": "Good"}]})
    client.call("POST", "/Patient", "<x/>", kind=XML)
    client.get("/Patient?name=none")
    metrics(server)


def common_end(at, memory):
    """What holds after every row."""
    server = at.server
    if not at.that(server.process.poll() is None, "the process lives"):
        return
    if memory is not None:
        bound = memory["bound"] * MEBI
        grown = lambda: own_memory(server) - memory["before"]
        at.that(until(lambda: grown() <= bound, 8), f"holds {grown() / MEBI:.0f} MiB more, {memory['bound']} are allowed")
    if memory is not None and memory["counted"] is not None and not at.elsewhere:
        at.that(counters(server) != memory["counted"], "a metric counts it")
    at.that(metric(server, "andiron_bugs_total") == 0, "no exception reached a door")
    if memory is not None:
        took = at.good(at) if at.good else next_good_request(server)
        at.that(took is not None and took < 50, f"the next good request is answered at once: {took} ms")
    said = bytes(at.said).lower()
    inside = [word for word in (*TELLING, server.folder.lower().encode()) if word not in said] + [SECRET.lower().encode()]
    told = [(word, answer) for answer in at.heard for word in inside if word in answer.lower()]
    at.that(not told, f"nothing of our inside or of a patient is told: {told[:1]}")
    log = pathlib.Path(server.log_path).read_text(errors="replace")
    at.that(SECRET not in log, "the log names no patient")
    at.that(all(line.startswith("{") for line in log.splitlines()), "the log has only lines of JSON")


def rows_of(module):
    """(id, function), in the order of the ids."""
    found = []
    for name, test in vars(module).items():
        match = NAME.match(name)
        if match and callable(test):
            found.append((f"{match.group(1).upper()}-{match.group(2)}", test))
    return sorted(found, key=lambda row: row[0])


def run_row(identity, test, server, good):
    wants = getattr(test, "needs", {})
    at = At(identity, server)
    at.good = good
    begun = time.monotonic()
    try:
        with contextlib.ExitStack() as own:
            if "settings" in wants:
                at.server = own.enter_context(Andiron(**wants["settings"]))
            if not hasattr(at.server, "prepared"):
                prepare(at.server)
                at.server.prepared = True
            memory = {"before": own_memory(at.server), "bound": wants.get("memory", 16),
                      "counted": counters(at.server) if wants.get("counted", True) else None}
            test(at)
            common_end(at, memory)
    except Exception as error:
        own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(HERE))]
        at.that(False, f"broke in {pathlib.Path(own[-1].filename).name} line {own[-1].lineno}: {type(error).__name__}: {error}")
    return {"id": identity, "checked": at.checked, "wrong": at.wrong, "seconds": time.monotonic() - begun}


def run_group(name, wanted=()):
    """All rows of one file against one server; what each found."""
    module = importlib.import_module(name)
    chosen = [(identity, test) for identity, test in rows_of(module) if not wanted or any(identity.startswith(word) for word in wanted)]
    if not chosen:
        return []
    ran = []
    settings = getattr(module, "SETTINGS", {})
    server = Andiron(**(settings() if callable(settings) else settings))
    try:
        for identity, test in chosen:
            if server.process.poll() is not None:
                server.start()  # the row that ended it has said so
            ran.append(run_row(identity, test, server, getattr(module, "good", None)))
        try:
            server.stop()
        except RuntimeError as error:
            ran[-1]["wrong"].append(f"{name}: the server ends in order: {error}")
    finally:
        if server.process.poll() is None:
            server.kill()
        server.close()
    return ran
