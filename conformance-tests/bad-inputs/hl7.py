# SPDX-License-Identifier: Apache-2.0
"""Messages of HL7 v2 and links to send them over."""
import itertools
import socket
import time

import rows
from andiron import segment


def message(number, kind, segments, sender="LAB|HOSP", processing="P", version="2.5.1", more="", delimiters="^~\\&"):
    head = f"MSH|{delimiters}|{sender}|EHR|CITY|20240102030405||{kind}|{number}|{processing}|{version}{more}\r".encode()
    return head + (segments.encode() if isinstance(segments, str) else segments)


def adt(number, patient="P1", name="Ng", sender="LAB|HOSP", **more):
    return message(number, "ADT^A08^ADT_A01", f"EVN|A08|20240102030405\rPID|1||{patient}^^^H^MR||{name}^Ada||19800101|F\rPV1|1|I\r", sender, **more)


def result(number, patient, kind, value, **more):
    pid = f"PID|1||{patient}^^^H^MR||Ng^Ada\rOBR|1|||1-8^x^LN\r".encode()
    return message(number, "ORU^R01^ORU_R01", pid + b"OBX|1|" + kind + b"|1-8^x^LN||" + value + b"||||||F\r", **more)


def msa(answer):
    """"AA 17"."""
    return b" ".join(segment(answer, b"MSA")[1:3]).decode(errors="replace")


def code(answer):
    """ERR-3.1, the condition (table 0357); before 2.5 the fourth part of ERR-1."""
    fields = segment(answer, b"ERR")
    new = fields[3].split(b"^")[0] if len(fields) > 3 else b""
    return (new or (fields[1].split(b"^")[3].split(b"&")[0] if len(fields) > 1 and fields[1].count(b"^") > 2 else b"")).decode()


class Link:
    def __init__(self, at, port):
        self.at, self.buffer = at, b""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)

    def send(self, text):
        self.at.note(text, b"", False)
        self.socket.sendall(b"\x0b" + text + b"\x1c\r")

    def receive(self):
        while (end := self.buffer.find(b"\x1c\r")) < 0:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the link was closed")
            self.buffer += data
        frame, self.buffer = self.buffer[:end], self.buffer[end + 2:]
        answer = frame[frame.find(b"\x0b") + 1:]
        self.at.note(b"", answer, b"MSA|AA" not in answer)
        return answer

    def exchange(self, text):
        self.send(text)
        return self.receive()

    def pour(self, piece, times):
        """Sends until nobody listens any more."""
        for _ in range(times):
            try:
                self.socket.sendall(piece)
            except OSError:
                return

    def listen(self, seconds):
        """Whatever comes until it is closed or time is over."""
        heard, end = self.buffer, time.monotonic() + seconds
        while time.monotonic() < end:
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except OSError:
                break
            if not data:
                break
            heard += data
        return heard

    def closed(self):
        self.socket.settimeout(8)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def close(self):
        self.socket.close()


def link(at):
    return Link(at, at.server.mllp)


metric_of = rows.metric
_number = itertools.count()


def good(at):
    """Milliseconds that a good message and a good request take, the best of some."""
    best = rows.next_good_request(at.server)
    if best is None:
        return None
    if "channels" in str(at.server.config or ""):
        return best
    taken = None
    for _ in range(rows.TRIES):
        begun = time.monotonic()
        one = Link(at, at.server.mllp)
        try:
            if not msa(one.exchange(adt(f"G{next(_number)}", "PG"))).startswith("AA"):
                return None
        finally:
            one.close()
        took = 1000 * (time.monotonic() - begun)
        taken = took if taken is None else min(taken, took)
        if taken < 50:
            break
    return max(best, taken)
