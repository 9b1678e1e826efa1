# SPDX-License-Identifier: Apache-2.0
"""SIGTERM under load: not ready first, nothing that was sent is cut off, nothing that was acknowledged is lost, and it ends in time.

Clients keep sending until they are told to stop: an answer with Connection: close, or no connection any more. What was sent before the signal has
an answer; what is sent behind it has one, or was never begun."""
import signal
import socket
import threading
import time

from trial import chance, figures, finish, ready, rounds, run, say, start_until_ready, that

from andiron import Andiron, Mllp, segment

counted = [0, 0]  # HTTP, MLLP


class Client(threading.Thread):
    def __init__(self, server, number, round_number):
        super().__init__()
        self.server, self.number, self.round = server, number, round_number
        self.acknowledged, self.cut, self.refused = [], [], []

    def body(self, name):
        return f'{{"resourceType":"Patient","id":"{name}","name":[{{"family":"{"x" * chance.randrange(1, 3000)}"}}]}}'.encode()

    def run(self):
        count = 0
        while True:
            try:
                link = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
            except OSError:
                return  # nobody is there any more
            stream = link.makefile("rb")
            while True:
                count += 1
                name = f"d{self.round}-{self.number}-{count}"
                body = self.body(name)
                began = time.monotonic()
                answer, reason = b"", "closed"
                try:
                    link.sendall(f"PUT /fhir/Patient/{name} HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                    answer = stream.readline()
                    head = {}
                    while (line := stream.readline().strip()):
                        key, _, value = line.partition(b":")
                        head[key.lower()] = value.strip().lower()
                    length = int(head.get(b"content-length", b"0"))
                    if len(stream.read(length)) < length:
                        reason = "in the middle of its answer"
                        answer = b"HTTP"
                except OSError as error:
                    reason = type(error).__name__
                if not answer.startswith(b"HTTP/1.1 "):
                    self.cut.append((began, name, reason))
                    break
                status = int(answer.split()[1])
                (self.acknowledged if status in (200, 201) else self.refused).append((name, status))
                if head.get(b"connection") == b"close":
                    break
            link.close()
            if self.cut or self.refused:
                return


class Sender(threading.Thread):
    def __init__(self, server, number, round_number):
        super().__init__()
        self.server, self.number, self.round, self.acknowledged, self.cut = server, number, round_number, [], []

    def run(self):
        count = 0
        try:
            link = Mllp(self.server.mllp)
        except OSError:
            return
        while True:
            count += 1
            name = f"D{self.round}-{self.number}-{count}"
            began = time.monotonic()
            try:
                answer = link.exchange(f"MSH|^~\\&|LAB|L|EHR|H|20260101||ADT^A08^ADT_A01|{name}|P|2.5.1\rEVN|A08|20260101\rPID|1||{name}^^^DRAIN^MR||Drain^Test||19700101|F\rPV1|1|I\r".encode())
            except OSError:
                self.cut.append((began, name))
                return
            if that(segment(answer, b"MSA")[1] == b"AA", f"{name} is answered well: {answer!r}"):
                self.acknowledged.append(name)


def drains():
    with Andiron() as server:
        times = []
        for number in rounds(4):
            clients = [Client(server, i, number) for i in range(8)]
            senders = [Sender(server, i, number) for i in range(4)]
            for one in clients + senders:
                one.start()
            time.sleep(chance.uniform(0.3, 1.0))
            that(ready(server), "ready before")
            told = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            unready = None
            while server.process.poll() is None and time.monotonic() - told < 20:
                if unready is None and not ready(server):
                    unready = time.monotonic() - told
            code = server.process.wait(20)
            took = time.monotonic() - told
            times.append(took)
            that(code == 0, f"it ends with 0: {code}")
            that(took < 11, f"within the time of the setting drain: {took:.1f} s")
            for one in clients + senders:
                one.join(30)
                that(not one.is_alive(), "every client has come to an end")
            cut = [(name, reason) for one in clients for began, name, reason in one.cut if began < told]
            that(not cut, f"round {number}: what was sent before the signal is answered: {cut[:4]}")
            late = [(f"{began - told:.4f}", name, reason) for one in clients for began, name, reason in one.cut if began >= told]
            refused = [one for client in clients for one in client.refused if one[1] != 503]
            that(not refused, f"what is refused meanwhile is 503: {refused[:3]}")
            that(not [one for sender in senders for one in sender.cut if one[0] < told], f"round {number}: messages that were sent before the signal are answered")
            restart = start_until_ready(server)
            client = server.client()
            for one in clients:
                counted[0] += len(one.acknowledged)
                for name, _ in one.acknowledged:
                    that(client.get(f"/Patient/{name}").status == 200, f"round {number}: Patient/{name} was acknowledged and is there")
                for began, name, reason in one.cut:
                    if began >= told and reason != "in the middle of its answer":
                        that(client.get(f"/Patient/{name}").status in (200, 404), "a cut request is there whole or not")
            for one in senders:
                counted[1] += len(one.acknowledged)
                for name in one.acknowledged:
                    answer = client.get(f"/Patient?identifier={name}&_summary=count")
                    that(answer.status == 200 and answer.json["total"] == "1", f"round {number}: {name} was acknowledged and is there once: {answer!r}")
            say(f"round {number}: ended {took:.2f} s after the signal, {len(late)} requests sent behind it found a closed door {late[:3]}, ready again in {restart:.2f} s")
        say(f"{len(times)} times: {figures(times)}")


def unready_first():
    """While one long request is under way: not ready, and its answer comes whole."""
    with Andiron() as server:
        link = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        body = b'{"resourceType":"Patient","id":"slow"}'
        link.sendall(f"PUT /fhir/Patient/slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        time.sleep(0.2)  # it is under way
        server.process.send_signal(signal.SIGTERM)
        gone = None
        for _ in range(200):
            if not ready(server):
                gone = True
                break
        that(gone, "not ready from the signal on")
        that(server.process.poll() is None, "and still there for what is under way")
        link.sendall(body[10:])
        answer = link.makefile("rb").read()
        that(answer.startswith(b"HTTP/1.1 201"), f"what was under way is done and answered: {answer[:100]}")
        that(server.process.wait(20) == 0, "then it ends")
        server.start()
        that(server.client().get("/Patient/slow").status == 200, "and was kept")


run([unready_first, drains])
finish("drain", f"{counted[0]} acknowledged requests and {counted[1]} messages are all there")
