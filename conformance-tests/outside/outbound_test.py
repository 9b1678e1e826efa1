# SPDX-License-Identifier: Apache-2.0
"""Changes leave as HL7 v2: one Andiron with destinations, `andiron listen` as the peer, and a second Andiron.

What is created over FHIR arrives as messages, in order, each once, whether the peer is away for a while, refuses, answers nonsense, or the sender is
killed; and what came in by v2 and goes out again is the same when it comes back."""
import json
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from andiron import PROGRAM, ROOT, Andiron, Client, Mllp, check, checks, finish, run, segment, that

LAB = "destinations.lab."


class Listener:
    """`andiron listen`, its messages as files of a folder."""

    def __init__(self, *arguments, port=0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="andiron-listen-"))
        self.process = subprocess.Popen([PROGRAM, "listen", "--port", str(port), "--out", str(self.folder), *arguments],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.port = int(self.process.stdout.readline().decode().rsplit(":", 1)[1])

    def messages(self, count, seconds=30):
        """The first `count` messages, when they have come; what has come when time is over."""
        until = time.monotonic() + seconds
        while True:
            found = sorted(self.folder.glob("*.hl7"))
            if len(found) >= count or time.monotonic() > until:
                return [path.read_bytes() for path in found]
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def lab(port, **more):
    settings = {LAB + "address": f"127.0.0.1:{port}", LAB + "first_wait": "50ms", LAB + "longest_wait": "200ms", LAB + "answer_time": "1s",
                LAB + "sending_facility": "HERE", LAB + "receiving_application": "LIS"}
    settings.update({LAB + name: value for name, value in more.items()})
    return settings


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def management(server, method, path):
    return Client(server.management, "").call(method, path, b"" if method == "POST" else None, kind="application/json")


def seen(server, path):
    return json.loads(management(server, "GET", path).body)


def destination(server):
    return seen(server, "/destinations")[0]


def until(question, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.02)
    return False


def patient(number, family="Doe"):
    return {"resourceType": "Patient", "id": f"p{number}", "identifier": [{"system": "urn:oid:1.2.3", "value": f"N{number}"}],
            "name": [{"family": family, "given": ["Jane"]}], "gender": "female", "birthDate": "1980-02-03"}


def control_ids(messages):
    return [segment(message, b"MSH")[9] for message in messages]


def a_report_arrives():
    with Listener() as peer, Andiron(**lab(peer.port, messages="ORU^R01,ADT", version="2.5.1")) as server:
        client = server.client()
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": patient(1, "O^Neil|x"), "request": {"method": "PUT", "url": "Patient/p1"}},
            {"resource": {"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"},
                          "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "Hb"}]}, "effectiveDateTime": "2026-08-15T07:30:00+02:00",
                          "valueQuantity": {"value": 8.40, "unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"},
                          "note": [{"text": "one\rOBX|2|ST|evil"}]},
             "request": {"method": "PUT", "url": "Observation/o1"}},
            {"resource": {"resourceType": "DiagnosticReport", "id": "r1", "status": "final", "subject": {"reference": "Patient/p1"},
                          "identifier": [{"system": "urn:oid:1.2.4", "value": "R1"}],
                          "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]}, "result": [{"reference": "Observation/o1"}]},
             "request": {"method": "PUT", "url": "DiagnosticReport/r1"}}]}
        that(client.call("POST", "/", bundle).status == 200, "the transaction is taken")
        messages = peer.messages(2)
        that(len(messages) == 2, f"two messages arrive: {len(messages)}")
        kinds = [segment(message, b"MSH")[8] for message in messages]
        that(kinds == [b"ADT^A28^ADT_A05", b"ORU^R01^ORU_R01"], f"a person, then a result: {kinds}")
        result = messages[1]
        that(segment(result, b"MSH")[2:7] == [b"ANDIRON", b"HERE", b"LIS", b"", segment(result, b"MSH")[6]], "sender and receiver are as configured")
        that(segment(result, b"PID")[5] == b"O\\S\\Neil\\F\\x^Jane", f"I-19: text is escaped: {segment(result, b'PID')}")
        that(segment(result, b"OBX")[5:7] == [b"8.4", b"g/dL^g/dL^UCUM"], f"value and unit: {segment(result, b'OBX')}")
        that(segment(result, b"OBX")[14] == b"20260815073000+0200", "the time keeps its zone")
        that(result.count(b"\rOBX|") == 1 and b"one\\X0D\\OBX\\F\\2" in result, "I-18: no text begins a segment")
        # A correction of the observation alone sends its report again.
        changed = bundle["entry"][1]["resource"] | {"status": "corrected"}
        that(client.call("PUT", "/Observation/o1", changed).status == 200, "corrected")
        messages = peer.messages(3)
        that(len(messages) == 3 and segment(messages[2], b"OBX")[11] == b"C", "the correction arrives with its report")
        that(client.call("PUT", "/Observation/o1", changed).status == 200 and len(peer.messages(4, 0.5)) == 3, "what changes nothing sends nothing")
        that(until(lambda: destination(server)["sent"] == 3), "three are noted as sent")
        that(b'andiron_destination_accepted_total{destination="lab"} 3' in Client(server.management, "").get("/metrics").body, "metrics count them")


def events_of_a_visit():
    with Listener() as peer, Andiron(**lab(peer.port, messages="ADT", criteria="Encounter,Patient")) as server:
        client = server.client()
        that(client.call("PUT", "/Patient/p1", patient(1)).status == 201, "a patient")
        visit = {"resourceType": "Encounter", "id": "e1", "status": "in-progress", "subject": {"reference": "Patient/p1"},
                 "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}, "identifier": [{"value": "V1"}],
                 "location": [{"location": {"display": "Ward 1"}, "status": "active"}]}
        steps = [(visit, b"A01"), (visit | {"priority": {"text": "high"}}, b"A08"),
                 (visit | {"location": [{"location": {"reference": "Location/2", "display": "Ward 2"}, "status": "active"}]}, b"A02"),
                 (visit | {"status": "finished"}, b"A03"), (visit, b"A13"), (visit | {"status": "cancelled"}, b"A11")]
        allergy = {"resourceType": "AllergyIntolerance", "id": "a1", "code": {"text": "Penicillin"}, "patient": {"reference": "Patient/p1"}, "clinicalStatus": {"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]}}
        cover = {"resourceType": "Coverage", "id": "c1", "status": "active", "beneficiary": {"reference": "Patient/p1"}, "payor": [{"display": "Best"}], "subscriberId": "POL1"}
        for beside in (allergy, cover):
            that(client.call("PUT", f"/{beside['resourceType']}/{beside['id']}", beside).status == 201, "beside the visit")
        for resource, _ in steps:
            that(client.call("PUT", "/Encounter/e1", resource).status in (200, 201), "a step of the visit")
        that(client.call("PUT", "/Patient/p1", patient(1, "Roe")).status == 200, "another name")
        that(client.call("PUT", "/Patient/p2", patient(2)).status == 201, "another record")
        that(client.call("PUT", "/Patient/p2", patient(2) | {"active": False, "link": [{"type": "replaced-by", "other": {"reference": "Patient/p1"}}]}).status == 200, "merged")
        expected = [b"A28"] + [event for _, event in steps] + [b"A31", b"A28", b"A40"]
        messages = peer.messages(len(expected))
        events = [segment(message, b"MSH")[8].split(b"^")[1] for message in messages]
        that(events == expected, f"each change is its event: {events}")
        that(segment(messages[1], b"AL1")[3] == b"^Penicillin" and segment(messages[1], b"IN1")[36] == b"POL1", f"A01: allergy and insurance: {messages[1]!r}")
        that(b"AL1|" not in messages[0] + messages[-1], "A28 before there was an allergy, and A40, have none")
        that(segment(messages[-1], b"MRG")[1].startswith(b"N2^") and segment(messages[-1], b"PID")[3].startswith(b"N1^"), "A40: the one that stays, and the one given up")


def orders_vaccinations_appointments():
    with Listener() as peer, Andiron(**lab(peer.port, messages="ORM,VXU,SIU", version="2.3.1")) as server:
        client = server.client()
        client.call("PUT", "/Patient/p1", patient(1))
        subject = {"reference": "Patient/p1"}
        client.call("PUT", "/ServiceRequest/s1", {"resourceType": "ServiceRequest", "id": "s1", "status": "active", "intent": "order", "subject": subject, "priority": "stat",
                                                  "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]}, "authoredOn": "2026-08-15T07:00:00Z"})
        client.call("PUT", "/Immunization/i1", {"resourceType": "Immunization", "id": "i1", "status": "completed", "patient": subject, "occurrenceDateTime": "2026-08-15",
                                                "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "140"}]}, "lotNumber": "L7"})
        meeting = {"resourceType": "Appointment", "id": "a1", "status": "booked", "start": "2026-08-20T09:00:00Z", "end": "2026-08-20T09:15:00Z", "minutesDuration": 15,
                   "participant": [{"actor": subject, "status": "accepted"}]}
        for change in ({}, {"start": "2026-08-21T09:00:00Z", "end": "2026-08-21T09:15:00Z"}, {"comment": "x", "start": "2026-08-21T09:00:00Z", "end": "2026-08-21T09:15:00Z"},
                       {"status": "noshow"}, {"status": "cancelled"}):
            client.call("PUT", "/Appointment/a1", meeting | change)
        messages = peer.messages(7)
        kinds = [segment(message, b"MSH")[8] for message in messages]
        that(kinds == [b"ORM^O01^ORM_O01", b"VXU^V04^VXU_V04"] + [b"SIU^%s^SIU_S12" % event for event in (b"S12", b"S13", b"S14", b"S26", b"S15")], f"each its message: {kinds}")
        that(segment(messages[0], b"ORC")[1] == b"NW" and segment(messages[0], b"OBR")[5] == b"S", "a new order, at once")
        that(segment(messages[1], b"RXA")[3] == b"20260815" and segment(messages[1], b"RXA")[5].startswith(b"140^^CVX"), "a vaccination")
        that(b"Cancelled" in segment(messages[6], b"SCH")[25], "a cancelled appointment")


def away_and_killed():
    """The peer is away, then slow; the sender is killed again and again: every change arrives, once, in order."""
    port = free_port()
    with Andiron(**lab(port, messages="ADT^A28")) as server:
        sent = 0

        def create(count):
            nonlocal sent
            client = server.client()
            for _ in range(count):
                that(client.call("PUT", f"/Patient/p{sent}", patient(sent)).status == 201, "created")
                sent += 1

        create(20)
        that(until(lambda: destination(server)["waiting"] == 20), "they wait while nobody listens")
        waiting = seen(server, "/destinations/lab/messages?status=waiting")
        first = [entry["controlId"] for entry in waiting]
        server.kill()
        server.start()
        create(20)
        with Listener(port=port) as peer:
            for _ in range(5):
                before = len(peer.messages(0))
                create(10)
                peer.messages(before + 3)
                server.kill()
                server.start()
            create(10)
            until(lambda: destination(server)["waiting"] == 0)
            messages = peer.messages(sent)
        distinct, repeats = [], 0
        for message in messages:
            identity = segment(message, b"MSH")[9]
            if identity in [one for one, _ in distinct]:
                repeats += 1
                check(message == dict(distinct)[identity], "a repeat is the same byte for byte")
            else:
                distinct.append((identity, message))
        names = [segment(message, b"PID")[3].split(b"^")[0].decode() for _, message in distinct]
        that(names == [f"N{number}" for number in range(sent)], f"every change once and in order: {len(names)} of {sent}")
        that([identity.decode() for identity, _ in distinct[:20]] == first, "those queued before the first kill kept their control ids")
        that(repeats <= 5, f"at most one repeat for each kill: {repeats}")


def refused_and_dead():
    """I-34: no answer, garbage, another's answer, AE: tried again; AR: dead, and an operator's."""
    with Listener("--answer", "none,garbage,other,AE,AA,AR,AA") as peer, Andiron(**lab(peer.port, messages="ADT^A28")) as server:
        client = server.client()
        for number in range(3):
            client.call("PUT", f"/Patient/p{number}", patient(number))
        messages = peer.messages(7)
        names = [segment(message, b"PID")[3].split(b"^")[0] for message in messages]
        that(names == [b"N0"] * 5 + [b"N1", b"N2"], f"nothing overtakes what is tried again: {names}")
        that(len(set(control_ids(messages))) == 3 and len(set(messages)) == 3, "tries are the same byte for byte")
        that(until(lambda: destination(server)["sent"] == 2), "two are sent")
        state = destination(server)
        that(state["dead"] == 1 and state["waiting"] == 0, f"one is dead: {state}")
        dead = seen(server, "/destinations/lab/messages?status=dead")
        that(dead[0]["reason"].startswith("AR"), f"with its reason: {dead}")
        number = dead[0]["number"]
        whole = seen(server, f"/destinations/messages/{number}")
        that("PID|1||N1" in whole["message"] and "MSA|AR" in whole["answer"], "an operator sees message and answer")
        that(Client(server.management, "").call("POST", f"/destinations/messages/{number}/replay", b"", kind="text/plain").status == 415, "a page of another origin replays nothing")
        that(management(server, "POST", f"/destinations/messages/{number}/replay").status == 200, "it is sent again")
        messages = peer.messages(8)
        that(len(messages) == 8 and messages[7] == messages[5], "the same bytes")
        that(until(lambda: destination(server)["dead"] == 0), "and it is not dead any more")
        that(management(server, "POST", "/destinations/lab/pause").status == 200, "paused")
        client.call("PUT", "/Patient/p9", patient(9))
        that(until(lambda: destination(server)["waiting"] == 1), "it waits")
        waiting = seen(server, "/destinations/lab/messages?status=waiting")
        that(management(server, "POST", f"/destinations/messages/{waiting[0]['number']}/discard").status == 422, "a discard needs a reason")
        that(management(server, "POST", f"/destinations/messages/{waiting[0]['number']}/discard?reason=a+test").status == 200, "discarded")
        that(management(server, "POST", "/destinations/lab/resume").status == 200, "resumed")
        client.call("PUT", "/Patient/p10", patient(10))
        messages = peer.messages(9)
        that(len(messages) == 9 and b"N10^" in messages[8], "what was discarded is not sent, what follows is")


def enhanced_mode_and_lanes():
    with Listener("--answer", "CA") as peer, Andiron(**lab(peer.port, messages="ADT", acknowledgement="commit")) as server:
        server.client().call("PUT", "/Patient/p1", patient(1))
        messages = peer.messages(1)
        that(segment(messages[0], b"MSH")[14:16] == [b"AL", b"NE"], "a commit acknowledgement is asked for")
        that(until(lambda: destination(server)["sent"] == 1), "CA is enough")
    with Listener("--answer", "AE,AA") as peer, Andiron(**lab(peer.port, messages="ADT", order="patient", first_wait="1h", longest_wait="1h")) as server:
        client = server.client()
        for number, family in ((1, "A"), (1, "B"), (2, "C")):
            client.call("PUT", f"/Patient/p{number}", patient(number, family))
        names = [segment(message, b"PID")[5] for message in peer.messages(2)]
        that(until(lambda: destination(server)["waiting"] == 2), "the refused one waits, and what follows it of the same patient")
        that(names == [b"A^Jane", b"C^Jane"], f"another patient is not held up: {names}")


def fixpoint_between_two():
    """v2 -> FHIR -> v2 -> FHIR: two Andirons; what the second holds is what the first holds. And nothing goes back where it came from."""
    port = free_port()
    facts = ("Patient", "DiagnosticReport", "Observation", "Specimen")
    with Andiron(mllp__port=port) as second, \
            Andiron(**lab(port, messages="ORU", sending_facility="HEARTHSIDE^2.16.840.1.113883.19.5^ISO", sending_application="LABSYS")) as first:
        link = Mllp(first.mllp)
        message = (ROOT / "conformance-tests/fixtures/result.hl7").read_bytes().replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        that(segment(link.exchange(message), b"MSA")[1] == b"AA", "the message is taken")
        that(until(lambda: destination(first)["sent"] == 1), "and sent on: " + json.dumps(destination(first)))
        here, there = first.client(), second.client()
        for kind in facts:
            mine = [entry["resource"] for entry in here.get(f"/{kind}?_count=100").entries]
            theirs = {entry["resource"]["id"]: entry["resource"] for entry in there.get(f"/{kind}?_count=100").entries}
            that(mine and len(mine) == len(theirs), f"as many of {kind}: {len(mine)} and {len(theirs)}")
            for resource in mine:
                other = theirs.get(resource["id"])
                that(other is not None, f"{kind} has the same id")
                for name in ("identifier", "name", "birthDate", "gender", "address", "code", "valueQuantity", "referenceRange", "interpretation", "status", "effectiveDateTime", "type"):
                    if other is not None and name != "identifier":
                        that(resource.get(name) == other.get(name), f"{kind}.{name}: {resource.get(name)} and {other.get(name)}")
    with Listener() as peer, Andiron(**lab(peer.port, messages="ORU,ADT", except_from="mllp")) as server:
        link = Mllp(server.mllp)
        that(segment(link.exchange(message), b"MSA")[1] == b"AA", "the message is taken")
        server.client().call("PUT", "/Patient/p1", patient(1))
        messages = peer.messages(1)
        that(len(messages) == 1 and b"N1^" in messages[0], "what the excepted channel brought does not go there, what FHIR brought does")


def sending_for_trials():
    """andiron send: many messages of a file, several connections, a report; its exit codes."""
    def message(number):
        return f"MSH|^~\\&|A|B|C|D|20260815||ADT^A28^ADT_A05|M{number}|P|2.5.1\rPID|1||N{number}^^^X\r"
    with Listener() as peer, tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "batch.hl7"
        path.write_text("BHS|^~\\&\r" + "".join(message(number) for number in range(50)) + "BTS|50\r")
        ran = subprocess.run([PROGRAM, "send", str(path), "--to", f"127.0.0.1:{peer.port}", "--connections", "4", "--quiet"], capture_output=True, text=True)
        that(ran.returncode == 0 and "50 messages" in ran.stderr and "AA 50, AE 0, AR 0" in ran.stderr and "p99" in ran.stderr, f"a batch over four connections: {ran.stderr}")
        that(len(set(control_ids(peer.messages(50)))) == 50, "each of them arrived")
        ran = subprocess.run([PROGRAM, "send", "-", "--to", f"127.0.0.1:{peer.port}", "--repeat", "--count", "7", "--new-ids", "--enhanced"], input=message(1).encode(), capture_output=True)
        that(ran.returncode == 0 and ran.stdout.count(b"MSA|AA") == 7, "one from standard input, seven times")
        last = peer.messages(57)[50:]
        that(len(set(control_ids(last))) == 7 and segment(last[0], b"MSH")[14:16] == [b"AL", b"NE"], "each with its own id, in enhanced mode")
    with Listener("--answer", "AE") as peer:
        ran = subprocess.run([PROGRAM, "send", "-", "--to", f"127.0.0.1:{peer.port}"], input=message(1).encode(), capture_output=True)
        that(ran.returncode == 65, f"a refusal is 65: {ran}")
    with Listener("--answer", "none") as peer:
        ran = subprocess.run([PROGRAM, "send", "-", "--to", f"127.0.0.1:{peer.port}", "--timeout", "1"], input=message(1).encode(), capture_output=True)
        that(ran.returncode == 69, f"no answer is 69: {ran}")


run([a_report_arrives, events_of_a_visit, orders_vaccinations_appointments, away_and_killed, refused_and_dead, enhanced_mode_and_lanes, fixpoint_between_two,
     sending_for_trials])
finish("outbound", f"{checks()} checks")
