# SPDX-License-Identifier: Apache-2.0
"""Everything at once: HTTP, HL7 v2 in and out, channels that are changed by SIGHUP, search parameters that come and go, operators, then SIGTERM.

Nobody waits for anybody, so whatever two parts of the server can do to each other has its chance; `tools/tsan` lets this run against a program that
watches for races. Who hears no answer says it again, byte for byte; what was acknowledged is there after the restart."""
import http.client
import pathlib
import random
import signal
import socket
import tempfile
import threading
import time

from trial import finish, manage, rounds, run, say, seconds, seed, start_until_ready, that, until

from andiron import Andiron, Client, Mllp, segment

GONE = (OSError, http.client.HTTPException)
ending = threading.Event()   # from the signal on an unanswered request is nobody's fault
counted = {"requests": 0, "messages": 0, "reloads": 0, "sent on": 0}
lock = threading.Lock()


def count(what, by=1):
    with lock:
        counted[what] += by


class Part(threading.Thread):
    """Does its step again and again until the server ends; a step that breaks before that is wrong."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number, self.step_number = server, number, 0
        self.chance = random.Random(seed * 1000 + number)

    def run(self):
        while not ending.is_set():
            try:
                self.step()
            except GONE as error:
                that(ending.is_set(), f"{type(self).__name__} {self.number}, step {self.step_number}: {type(error).__name__}: {error}")
            self.step_number += 1


class Writer(Part):
    """FHIR over one connection: patients of its own, which are counted, and patients of all, which are fought for."""

    def __init__(self, server, number):
        super().__init__(server, number)
        self.client, self.acknowledged = server.client(), []

    def ask(self, wanted, method, path, body=None, **headers):
        answer = self.client.call(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        that(answer.status in wanted or ending.is_set() and answer.status == 503, f"{method} {path}: {answer!r}")
        count("requests")
        return answer

    def step(self):
        name, shared = f"w{self.number}-{self.step_number}", f"s{self.chance.randrange(4)}"
        patient = {"resourceType": "Patient", "id": name, "identifier": [{"system": "urn:together", "value": name}], "name": [{"family": f"F{self.number}", "given": ["Ada"]}]}
        if self.ask((201,), "PUT", f"/Patient/{name}", patient).status == 201:
            self.acknowledged.append(f"/Patient/{name}")
        self.ask((200, 201, 409, 412), "PUT", f"/Patient/{shared}", {**patient, "id": shared})
        what = self.chance.randrange(10)
        if what == 0:
            self.ask((200,), "GET", f"/Patient?family=F{self.number}&_sort=-_lastUpdated&_revinclude=Observation:subject&_count=5")
        elif what == 1:
            self.ask((200, 404, 410), "GET", f"/Patient/{shared}")
            self.ask((200, 404, 410), "GET", f"/Patient/{shared}/_history?_count=3")
        elif what == 2:
            entries = [{"fullUrl": "urn:uuid:6f2c0f1e-63a5-4c8e-9c39-0c7b1b1f0a01", "resource": {"resourceType": "Observation", "status": "final", "code": {"text": name}, "subject": {"reference": f"Patient/{name}"}},
                        "request": {"method": "POST", "url": "Observation"}}, {"request": {"method": "GET", "url": f"Patient/{name}"}}]
            self.ask((200,), "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        elif what == 3:
            self.ask((200, 404, 409, 410), "PATCH", f"/Patient/{shared}", '[{"op":"add","path":"/active","value":true}]', Content_Type="application/json-patch+json")
        elif what == 4:
            self.ask((200, 204, 404, 409), "DELETE", f"/Patient/{shared}")
        elif what == 5:
            self.ask((200, 201), "POST", "/Patient", patient | {"identifier": [{"system": "urn:together", "value": f"one{self.step_number % 3}"}]}, If_None_Exist=f"identifier=urn:together|one{self.step_number % 3}")
        elif what == 6:
            self.ask((200,), "POST", "/Patient/$validate", patient)
            self.ask((200,), "GET", f"/Patient/{name}/$everything")
        elif what == 7:
            told = self.ask((202,), "GET", "/Patient?_count=20", Prefer="respond-async")
            if told.status == 202:
                self.ask((200, 202), "GET", "/" + told.headers["Content-Location"].split("/fhir/", 1)[1])
        elif what == 8:
            self.ask((200,), "GET", "/metadata")
            self.ask((200,), "GET", "/_history?_count=5")
        else:
            self.ask((200,), "GET", "/Patient?identifier=urn:together|" + name)


class Sender(Part):
    """HL7 v2 on one link: patients and results; what was not answered is sent again on another link."""

    def __init__(self, server, number):
        super().__init__(server, number)
        self.channel, self.link, self.acknowledged = ("steady", "changing")[number % 2], None, []

    def text(self, name):
        asked = ("|", "AL|AL", "AL|NE", "|")[self.number % 4]
        if self.step_number % 2:
            return (f"MSH|^~\\&|LAB|{self.number}|EHR|H|20260101||ORU^R01^ORU_R01|{name}|P|2.5.1|||{asked}\rPID|1||T{self.number % 5}^^^TOGETHER^MR||Both^Test||19700101|F\r"
                    f"OBR|1||{name}^LAB|718-7^Hemoglobin^LN|||20260101115900||||||||||||||||||F\rOBX|1|NM|718-7^Hemoglobin^LN||7|g/dL|||||F\r").encode()
        return (f"MSH|^~\\&|ADT|{self.number}|EHR|H|20260101||ADT^A08^ADT_A01|{name}|P|2.5.1|||{asked}\rEVN|A08|20260101\r"
                f"PID|1||{name}^^^TOGETHER^MR||All^Test||19700101|F\rPV1|1|I\r").encode()

    def step(self):
        name = f"M{self.number}-{self.step_number}"
        text = self.text(name)
        while not ending.is_set():
            try:
                if self.link is None:
                    self.link = Mllp(port_of(self.server, self.channel))
                said = segment(self.link.exchange(text), b"MSA")[1]
                if self.number % 4 == 1 and said == b"CA":
                    said = segment(self.link.receive(), b"MSA")[1]
                that(said in (b"AA", b"CA"), f"{name} is taken: {said!r}")
                self.acknowledged.append(f"/DiagnosticReport?identifier={name}" if self.step_number % 2 else f"/Patient?identifier={name}")
                count("messages")
                return
            except OSError:  # its channel is being changed: a link ends, and for a while there is no door
                if self.link:
                    self.link.close()
                self.link = None


class Settings(Part):
    """Writes the settings anew and sends SIGHUP: one channel comes and goes, one begins anew, one is never touched."""

    def __init__(self, server, config):
        super().__init__(server, 1000)
        self.config = config

    def step(self):
        here = self.step_number % 2 == 0
        whole = self.config.with_suffix(".new")  # an operator who reads the settings meanwhile sees the old or the new ones, never half of them
        whole.write_text(written(here, ("patient", "strict", "none")[self.step_number % 3]))
        whole.replace(self.config)
        if ending.is_set():
            return
        self.server.process.send_signal(signal.SIGHUP)
        that(until(lambda: ending.is_set() or ('"visiting"' in manage(self.server, "/channels")[1]) == here), f"reload {self.step_number} is applied")
        count("reloads")


class Operator(Part):
    """Looks at everything; every second one also holds a channel and a destination back for a moment, and reads the settings again."""

    def step(self):
        for path in ("/metrics", "/readyz", "/channels", "/desk", "/desk/messages?count=20", "/destinations", "/destinations/lab/messages", "/channels/steady"):
            status, text = manage(self.server, path)
            that(status == 200 or ending.is_set(), f"{path}: {status} {text[:200]}")
        if self.number % 2:
            return
        for path in ("/channels/steady/pause", "/channels/steady/start", "/destinations/lab/pause", "/destinations/lab/resume", "/channels"):
            answer = Client(self.server.management, "").call("POST", path, b"{}" if path.startswith("/destinations") else b"", kind="application/json")
            that(answer.status in (200, 204) or ending.is_set(), f"{path}: {answer!r}")


class Parameters(Part):
    """A search parameter that is made, asked for, and taken away."""

    def step(self):
        client = self.server.client()
        body = {"resourceType": "SearchParameter", "id": "together", "url": "http://andiron.example/SearchParameter/together", "name": "together", "status": "active", "description": "given names",
                "code": "together", "base": ["Patient"], "type": "string", "expression": "Patient.name.given"}
        that(client.call("PUT", "/SearchParameter/together", body).status in (200, 201) or ending.is_set(), "a search parameter is taken")
        until(lambda: ending.is_set() or client.get("/Patient?together=ada&_summary=count").status == 200)
        that(client.call("DELETE", "/SearchParameter/together").status in (200, 204) or ending.is_set(), "and is taken away")


class Receiver(threading.Thread):
    """Whom the server sends to: takes every message; ends each link after forty."""

    def __init__(self):
        super().__init__(daemon=True)
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]

    def run(self):
        while True:
            link, _ = self.door.accept()
            with link:
                held = b""
                for _ in range(40):
                    while b"\x1c\r" not in held:
                        data = link.recv(65536)
                        if not data:
                            break
                        held += data
                    frame, end, held = held.partition(b"\x1c\r")
                    if not end:
                        break
                    control = segment(frame, b"\x0bMS")[9]
                    link.sendall(b"\x0bMSH|^~\\&|R|R|A|A|20260101||ACK|" + control + b"|P|2.5.1\rMSA|AA|" + control + b"\r\x1c\r")
                    count("sent on")


def written(visiting, ordering):
    return ("[channels.steady]\nport = 0\nper_peer = 0\n"
            f"[channels.changing]\nport = 0\nper_peer = 0\nordering = \"{ordering}\"\n" + ("[channels.visiting]\nport = 0\n" if visiting else ""))


def port_of(server, channel):
    """Where a channel listens now; a connection to port 0 is refused."""
    text = manage(server, f"/channels/{channel}")[1]
    return int(text.split('"port":', 1)[1].split(",", 1)[0]) if '"port":' in text else 0


def together():
    receiver = Receiver()
    receiver.start()
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "andiron.toml"
        config.write_text(written(False, "patient"))
        with Andiron(config=str(config), **{"destinations.lab.address": f"127.0.0.1:{receiver.port}", "destinations.lab.messages": "ADT", "destinations.lab.first_wait": "50ms"}) as server:
            for number in rounds(1):
                ending.clear()
                base = number * 100_000
                writers = [Writer(server, base + i) for i in range(6)]
                senders = [Sender(server, base + 100 + i) for i in range(16)]
                others = [Settings(server, config), Operator(server, 200), Operator(server, 201), Parameters(server, 300)]
                for part in writers + senders + others:
                    part.start()
                time.sleep(min(max(seconds, 3), 20))
                ending.set()
                server.process.send_signal(signal.SIGTERM)
                told = time.monotonic()
                that(server.process.wait(60) == 0, f"it ends with 0: {server.process.returncode}")
                say(f"ended {time.monotonic() - told:.1f} s after the signal")
                for part in writers + senders + others:
                    part.join(90)
                    that(not part.is_alive(), f"{type(part).__name__} {part.number} has come to an end")
                start_until_ready(server)
                client = server.client()
                for part in writers:
                    for path in part.acknowledged:
                        that(client.get(path).status == 200, f"{path} was acknowledged and is there")
                wanted = [path for part in senders for path in part.acknowledged]
                # What was acknowledged as kept alone is worked on by the server itself.
                for path in wanted:
                    that(until(lambda: client.get(path + "&_summary=count").json["total"] == "1"), f"{path} was acknowledged and is there once")
                bugs = [line for line in manage(server, "/metrics")[1].splitlines() if line.startswith("andiron_bugs_total")]
                that(bugs == ["andiron_bugs_total 0"], f"no bugs: {bugs}")
    say(", ".join(f"{value} {name}" for name, value in counted.items()))


run([together])
finish("together", f"{counted['requests']} requests, {counted['messages']} messages, {counted['reloads']} reloads")
