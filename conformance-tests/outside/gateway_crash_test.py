# SPDX-License-Identifier: Apache-2.0
"""kill -9 while mixed HL7 v2 messages come in on 32 connections: each acknowledged message is in FHIR exactly once.

Senders behave as interfaces do: what was not answered is sent again, byte for byte, when the server is back. A third of them asks for the commit
acknowledgement alone (enhanced mode): what it acknowledges is ours although nobody sends it again.

Usage: gateway_crash_test.py [MESSAGES]   default 800; 10000 for the long form"""
import random
import sys
import threading
import time

from andiron import Andiron, Mllp, check, finish, segment

most = int(sys.argv[1]) if len(sys.argv) > 1 else 800
links = 32
seed = int(time.time())
random.seed(seed)
print(f"  seed {seed}")


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
        share = most // links
        while self.number < share:
            text, wanted, deferred = message(self.link, self.number)
            try:
                line = line or Mllp(self.server.mllp)
                line.socket.settimeout(60)
                code = segment(line.exchange(text), b"MSA")[1]
            except (OSError, ConnectionError):
                line = None
                up.wait(60)
                time.sleep(0.01)
                continue
            if code == (b"CA" if deferred else b"AA"):
                self.acknowledged.append(wanted)
            else:
                self.refused.append((text, code))
            self.number += 1


up = threading.Event()
up.set()
with Andiron() as server:
    senders = [Sender(server, i) for i in range(links)]
    for sender in senders:
        sender.start()
    kills = 0
    begun = time.monotonic()
    while any(sender.is_alive() for sender in senders):
        time.sleep(random.uniform(0.5, 2.0) if most <= 2000 else random.uniform(1.0, 3.0))
        if not any(sender.is_alive() for sender in senders) or kills >= 50:
            break
        up.clear()
        server.kill()
        kills += 1
        server.start()
        up.set()
    for sender in senders:
        sender.join()
    took = time.monotonic() - begun
    if kills == 0:
        server.kill()
        server.start()
        kills = 1
    refused = [one for sender in senders for one in sender.refused]
    check(not refused, f"nothing was refused: {refused[:3]}")
    client = server.client()
    # What was acknowledged as kept alone is worked on by the server itself.
    for _ in range(600):
        open_ones = client.get("/MessageHeader?_summary=count").json["total"]
        if int(open_ones) >= sum(len(sender.acknowledged) for sender in senders):
            break
        time.sleep(0.05)
    count = 0
    for sender in senders:
        for wanted in sender.acknowledged:
            count += 1
            answer = client.get(wanted + "&_summary=count")
            check(answer.status == 200 and answer.json["total"] == "1", f"{wanted} was acknowledged and is there once: {answer!r}")
    total = int(client.get("/MessageHeader?_summary=count").json["total"])
    check(total == count, f"{count} messages were acknowledged, {total} are stored")
    finish("gateway_crash", f"{count} messages on {links} connections, {kills} kills, {took:.0f} s")
