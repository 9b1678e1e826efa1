# SPDX-License-Identifier: Apache-2.0
"""kill -9 while mixed HL7 v2 messages come in on 32 connections: each acknowledged message is in FHIR exactly once (O-01).

Senders behave as interfaces do: what was not answered is sent again, byte for byte, when the server is back. A third of them asks for the commit
acknowledgement alone (enhanced mode): what it acknowledges is ours although nobody sends it again."""
import threading
import time

from trial import chance, figures, finish, kill_and_start, run, say, seconds, that, until

from andiron import Andiron, Mllp, segment

links = 32
ended = threading.Event()  # nobody begins another message


def message(link, number):
    """A message of one of five kinds, what finds its record, and how many of it there must be."""
    name = f"M{link}-{number}"
    patient = f"P{link}-{number % 7}"
    deferred = link % 3 == 0
    asked = "AL|NE" if deferred else "|"
    kind = ("ADT^A01^ADT_A01", "ORU^R01^ORU_R01", "ORM^O01^ORM_O01", "MDM^T02^MDM_T02", "VXU^V04^VXU_V04")[number % 5]
    lines = [f"MSH|^~\\&|APP{link}|KILLS|EHR|H|20260101{number // 3600 % 24:02}{number // 60 % 60:02}{number % 60:02}||{kind}|{name}|P|2.5.1|||{asked}",
             f"PID|1||{patient}^^^KILLS^MR||Crash^Test||19700101|F"]
    if kind.startswith("ADT"):
        lines[1:1] = ["EVN||20260101"]
        lines.append(f"PV1|1|I|W^1^1||||||||||||||||V{name}^^^KILLS^VN")
        wanted = f"/Encounter?identifier=V{name}"
    elif kind.startswith("ORU"):
        lines += [f"OBR|1||{name}^LAB|718-7^Hemoglobin^LN|||20260101115900||||||||||||||||||F", f"OBX|1|NM|718-7^Hemoglobin^LN||{number % 20}|g/dL|||||F"]
        wanted = f"/DiagnosticReport?identifier={name}"
    elif kind.startswith("ORM"):
        lines += [f"ORC|NW|{name}^EHR", f"OBR|1|{name}^EHR||718-7^Hemoglobin^LN"]
        wanted = f"/ServiceRequest?identifier={name}"
    elif kind.startswith("MDM"):
        lines[1:1] = ["EVN||20260101"]
        lines += ["PV1|1|I", f"TXA|1|DS|TX|20260101||||||||{name}^DOC|||||AU", "OBX|1|TX|DS||what was found"]
        wanted = f"/DocumentReference?identifier={name}"
    else:
        lines += [f"ORC|RE||{name}^CLINIC", "RXA|0|1|20260101|20260101|140^Influenza^CVX|0.5|mL||||||||||||||CP"]
        wanted = f"/Immunization?identifier={name}"
    return ("\r".join(lines) + "\r").encode(), wanted, deferred


class Sender(threading.Thread):
    def __init__(self, server, link):
        super().__init__()
        self.server, self.link, self.number, self.acknowledged, self.refused = server, link, 0, [], []

    def run(self):
        line = None
        while not ended.is_set():
            text, wanted, deferred = message(self.link, self.number)
            while True:
                try:
                    line = line or Mllp(self.server.mllp)
                    line.socket.settimeout(60)
                    code = segment(line.exchange(text), b"MSA")[1]
                    break
                except OSError:
                    line = None
                    up.wait(60)
                    time.sleep(0.01)
            if code == (b"CA" if deferred else b"AA"):
                self.acknowledged.append(wanted)
            else:
                self.refused.append((text, code))
            self.number += 1


up = threading.Event()
up.set()
total = 0


def gateway():
    global total
    with Andiron() as server:
        senders = [Sender(server, i) for i in range(links)]
        for sender in senders:
            sender.start()
        took, begun = [], time.monotonic()
        while len(took) < 4 or time.monotonic() - begun < seconds / 2:  # the other half is for counting them
            time.sleep(chance.uniform(0.3, 1.0) if seconds < 300 else chance.uniform(1.0, 3.0))
            took.append(kill_and_start(server, up))
        time.sleep(0.5)
        ended.set()
        for sender in senders:
            sender.join()
        refused = [one for sender in senders for one in sender.refused]
        that(not refused, f"nothing was refused: {refused[:3]}")
        client = server.client()
        total = sum(len(sender.acknowledged) for sender in senders)
        # What was acknowledged as kept alone is worked on by the server itself.
        until(lambda: int(client.get("/MessageHeader?_summary=count").json["total"]) >= total)
        for sender in senders:
            for wanted in sender.acknowledged:
                answer = client.get(wanted + "&_summary=count")
                that(answer.status == 200 and answer.json["total"] == "1", f"O-01: {wanted} was acknowledged and is there once: {answer!r}")
        stored = int(client.get("/MessageHeader?_summary=count").json["total"])
        that(stored == total, f"O-01: {total} messages were acknowledged, {stored} are stored")
        say(f"{len(took)} kills in {time.monotonic() - begun:.0f} s; start until ready: {figures(took)}")


run([gateway])
finish("messages", f"O-01: {total} messages on {links} connections")
