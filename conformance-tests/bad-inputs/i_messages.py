# SPDX-License-Identifier: Apache-2.0
"""Group I, second part: what stands in messages of HL7 v2 (2.5.1 chapter 2, acknowledgements by table 0008 and 0357)."""
import json
import os
import resource
import socket
import threading
import time

import certificates
from hl7 import Link, adt, code, link, message, msa, result
from hl7 import good  # noqa: F401
from rows import SECRET, Client, needs, nobody_came, until


def refused(at, what, answer, kinds, *codes):
    """MSA-1 is one of the kinds, and the condition one of the codes."""
    at.that(msa(answer)[:2] in kinds and (not codes or code(answer) in codes), f"{what}: expected {kinds} {codes}: {msa(answer)} {code(answer)} {answer[:300]!r}")


def one_patient(at, number):
    found = at.get(f"/Patient?identifier={number}").entries
    return found[0]["resource"] if len(found) == 1 else {}


def i_08_a_control_id_again(at):
    with at.another(config=strict_channel(at)) as server:
        one = channel(at, server)
        at.that(msa(one.exchange(adt("D1", "P8"))) == "AA D1", "the first")
        answer = one.exchange(adt("D1", "P8", "Other"))
        refused(at, "other bytes under the same id, where they are refused", answer, ("AE", "AR"), "205")
        at.that(one_patient(at, "P8")["name"][0]["family"] == "Ng", "nothing of it is stored")
        failed = json.loads(Client(server.management, "").get("/desk/messages?status=failed").body)
        at.that(len(failed["messages"]) == 1, f"it waits at the desk: {failed}")
    one = link(at)
    one.exchange(adt("D2", "P8"))
    at.that(msa(one.exchange(adt("D2", "P8", "Other"))) == "AA D2", "by default it is another message, because senders do reuse ids")
    one.exchange(b"")


def strict_channel(at):
    path = certificates.folder() / "reuse.toml"
    path.write_text('[channels.lab]\nport = 0\nreused_ids = "refuse"\nprocessing = ["P"]\n')
    return str(path)


def channel(at, server):
    listed = json.loads(Client(server.management, "").get("/channels").body)
    return Link(at, listed["channels"][0]["port"])


def i_10_when_nothing_can_be_kept(at):
    """The disk is full (or nothing may be written): AE, the link stays, and never AA. A limit of the file size stands for the disk."""
    with at.another() as server:
        one = link(at)
        at.that(msa(one.exchange(adt("F1", "P10"))) == "AA F1", "before")
        size = max(os.path.getsize(f"{server.folder}/data/{name}") for name in os.listdir(server.folder + "/data"))
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        answers = [one.exchange(result(f"F{n}", "P10", b"TX", b"x" * 60_000)) for n in range(2, 60)]
        bad = [answer for answer in answers if not msa(answer).startswith("AA")]
        at.that(bad and all(msa(answer)[:2] == "AE" and code(answer) == "207" for answer in bad), f"AE 207: {[(msa(a), code(a)) for a in bad][:3]}")
        at.that(at.get("/Patient?identifier=P10").status == 200, "reading goes on")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        def again():
            return msa(one.exchange(adt(f"FX{time.monotonic_ns()}", "P10"))).startswith("AA")
        if not until(again, 5):  # a failed fsync ends writing until a restart; a full disk does not
            server.kill()
            server.start()
            one = link(at)
        at.that(again(), "with room again it is AA")
        for n, answer in enumerate(answers, 2):
            if msa(answer).startswith("AA"):
                at.that(one.exchange(result(f"F{n}", "P10", b"TX", b"x" * 60_000)) == answer, "what was acknowledged is there")


def i_11_no_header(at):
    for text in (b"PID|1||x\r", b"msh|^~\\&|a\r", b"MSH", b"MSH|", b"", b"\r", b"hello", b"MSA|AA|1\r", b"EVN|A01\rMSH|^~\\&|\r"):
        answer = link(at).exchange(text)
        refused(at, f"{text[:10]!r}", answer, ("AR",), "100", "101")
        at.that(msa(answer) == "AR", f"{text[:10]!r}: MSA-2 is empty: {msa(answer)}")


def i_12_delimiters(at):
    at.that(msa(link(at).exchange(adt("X1", version="2.7", delimiters="^~\\&#"))) == "AA X1", "the fifth one of 2.7")
    at.that(msa(link(at).exchange(adt("X2").replace(b"^", b"$").replace(b"|$~", b"|$~"))) == "AA X2", "another component separator")
    for delimiters in ("", "^", "^^~&", "aB1 ", "^~\\\r", "^~ &", "^~\\&####", "^~\\&ab", "||||"):
        answer = link(at).exchange(message("X3", "ADT^A08^ADT_A01", "EVN|A08\rPID|1||P1^^^H^MR||Ng\rPV1|1|I\r", delimiters=delimiters))
        refused(at, f"MSH-2 {delimiters!r}", answer, ("AR", "CR"), "100", "101", "102")


def i_13_field_separators(at):
    for separator in (b"\0", b"\xc3\xa9", b"A", b"1", b" ", b"\r"):
        answer = link(at).exchange(b"MSH" + separator + adt("Y1")[4:])
        refused(at, f"MSH-1 {separator!r}", answer, ("AR",))


def i_14_kinds_of_message(at):
    ask = lambda kind: link(at).exchange(message("Z1", kind, "EVN|A08|20240102\rPID|1||P1^^^H^MR||Ng\rPV1|1|I\r"))
    refused(at, "an unknown type", ask("QQQ^A01"), ("AR",), "200")
    refused(at, "an unknown event", ask("ADT^Q99"), ("AR",), "201")
    refused(at, "none", ask(""), ("AR",), "101", "200")
    answer = ask("ADT^A08^ORU_R01")
    at.that(msa(answer)[:2] in ("AA", "AR", "AE"), f"a structure that does not fit is as the map has it: {answer!r}")
    refused(at, "10 kB of it", ask("ADT^" + "A" * 10_000), ("AR",))


def i_15_processing_ids_and_versions(at):
    refused(at, "MSH-12 9.9", link(at).exchange(adt("V1", version="9.9")), ("AR",), "203")
    refused(at, "MSH-12 noise", link(at).exchange(adt("V2", version="x" * 5000)), ("AR",), "203")
    with at.another(config=strict_channel(at)) as server:
        for letter in "TD":
            refused(at, f"MSH-11 {letter}", channel(at, server).exchange(adt("V3" + letter, processing=letter)), ("AR",), "202")
        at.that(msa(channel(at, server).exchange(adt("V4"))) == "AA V4", "P is taken")


def i_16_control_ids(at):
    refused(at, "none", link(at).exchange(adt("")), ("AR",), "101")
    long = link(at).exchange(adt("L" * 10_000))
    at.that(msa(long)[:2] == "AR" and len(long) < 5000, f"10 kB: refused, and not echoed whole: {len(long)} bytes {long[:80]!r}")
    answer = link(at).exchange(adt("a\\X0D\\MSA|AA|b"))
    at.that(answer.count(b"\rMSA|") == 1, f"a carriage return as an escape makes no segment in the answer: {answer!r}")


@needs(memory=32)
def i_17_escapes(at):
    def kept(what, value, text):
        control = f"E{abs(hash(value)) % 10**9}"
        answer = link(at).exchange(result(control, f"P{control}", b"TX", value))
        at.that(msa(answer) == f"AA {control}", f"{what}: {answer!r}")
        found = at.get(f"/Observation?subject:Patient.identifier=P{control}").entries
        said = found[0]["resource"].get("valueString", "") if found else None
        at.that(said in text, f"{what}: {said!r}")
    kept("a lone backslash", b"a\\b", ("a\\b",))
    kept("the field separator", b"a\\F\\b", ("a|b",))
    kept("an unfinished X", b"a\\Xb", ("a\\Xb",))
    kept("no hexadecimal", b"a\\XZZ\\b", ("a\\XZZ\\b",))
    kept("CR and LF as an escape", b"a\\X0D0A\\OBX|2|TX|x||y", ("a\r\nOBX", "a\\X0D0A\\OBX"))
    kept("an escaped escape", b"a\\E\\\\X09\\E\\b", ("a\\\tE\\b", "a\\\\X09\\E\\b", "a\\\tE\\b", "a\\\tE\\b", "a\\\t\\E\\b", "a\\\t\\b") + ("a\\\tE\\b",))
    kept("character sets", b"a\\C2842\\b\\M2442\\c", ("a\\C2842\\b\\M2442\\c",))
    with at.quick("100,000 line breaks", 2):
        answer = link(at).exchange(result("EBR", "PEBR", b"TX", b"\\.br\\" * 100_000))
    at.that(msa(answer)[:2] in ("AA", "AE"), f"100,000 line breaks: {answer[:200]!r}")
    link(at).exchange(b"")


class Receiver(threading.Thread):
    """The other end of an outbound destination: keeps what comes and answers what it is told to."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.door, self.answer, self.seen = socket.create_server(("127.0.0.1", 0)), answer, []
        self.port = self.door.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                peer, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(peer,), daemon=True).start()

    def talk(self, peer):
        buffer = b""
        while True:
            try:
                data = peer.recv(65536)
            except OSError:
                return
            if not data:
                return
            buffer += data
            while (end := buffer.find(b"\x1c\r")) >= 0:
                frame, buffer = buffer[buffer.find(b"\x0b") + 1:end], buffer[end + 2:]
                self.seen.append(frame)
                said = self.answer(frame, len(self.seen))
                if said is not None:
                    try:
                        peer.sendall(said)
                    except OSError:
                        return

    def ids(self):
        return [one.split(b"|")[9] for one in self.seen]


def ack(frame, kind=b"AA", control=None):
    number = frame.split(b"|")[9] if control is None else control
    return b"\x0bMSH|^~\\&|L|H|A|C|20240101||ACK|x|P|2.5.1\rMSA|" + kind + b"|" + number + b"\r\x1c\r"


def outbound(at, receiver, **more):
    return at.another(**{"destinations__lab__address": f"127.0.0.1:{receiver.port}", "destinations__lab__first_wait": "20ms", "destinations__lab__longest_wait": "60ms",
                         "destinations__lab__answer_time": "300ms", "destinations__lab__messages": "ADT,ORU", **{f"destinations__lab__{k}": v for k, v in more.items()}})


HOSTILE = "x\rOBX|9|ST|1^evil||y|^~\\&\n\x0b\x1c end"


def report(at, text):
    patient = {"resourceType": "Patient", "id": "o", "identifier": [{"system": "urn:oid:1.2.3", "value": "77", "type": {"coding": [
        {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}}], "name": [{"family": "A|B^C~D\\E&F"}]}
    observation = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "a|b^c"}, "subject": {"reference": "Patient/o"},
                   "valueString": text, "note": [{"text": text}]}
    whole = {"resourceType": "DiagnosticReport", "id": "o", "status": "final", "code": {"text": "r"}, "subject": {"reference": "Patient/o"},
             "result": [{"reference": "Observation/o"}], "conclusion": text}
    for one in (patient, observation, whole):
        at.gives(one["resourceType"], at.call("PUT", f"/{one['resourceType']}/o", one), 201)


def i_18_segments_from_text(at):
    receiver = Receiver(lambda frame, _: ack(frame))
    with outbound(at, receiver):
        report(at, HOSTILE.replace("\x0b", "").replace("\x1c", ""))
        at.that(until(lambda: any(b"ORU" in one for one in receiver.seen)), f"a report goes out: {receiver.seen}")
        for one in receiver.seen:
            lines = one.split(b"\r")
            at.that(not any(b"evil" in line and line.startswith(b"OBX|9") for line in lines), f"text makes no segment: {one!r}")
            at.that(b"\n" not in one and b"\x1c" not in one and b"\x0b" not in one, "nor ends the frame")
        at.get("/Patient?x=y")


def i_19_delimiters_from_text(at):
    receiver = Receiver(lambda frame, _: ack(frame))
    with outbound(at, receiver):
        report(at, "a|b^c~d\\e&f")
        at.that(until(lambda: any(b"ORU" in one for one in receiver.seen)), "a report goes out")
        every = b"".join(receiver.seen)
        at.that(b"A\\F\\B\\S\\C\\R\\D\\E\\E\\T\\F" in every, f"a name's delimiters are escaped: {every!r}")
        at.that(b"a\\F\\b\\S\\c\\R\\d\\E\\e\\T\\f" in every, "a text's delimiters are escaped")
        at.get("/Patient?x=y")


@needs(memory=48)
def i_20_sizes(at):
    def sent(what, text):
        with at.quick(what, 4):
            answer = link(at).exchange(text)
        at.that(msa(answer)[:2] in ("AA", "AE", "AR"), f"{what}: {answer[:200]!r}")
    sent("1,000,000 repetitions", adt("S1", "P20", "Ng" + "~Ng" * 1_000_000))
    sent("10,000 components", adt("S2", "P20", "Ng" + "^a" * 10_000))
    sent("10,000 subcomponents", adt("S3", "P20", "Ng" + "&a" * 10_000))
    sent("100,000 segments", adt("S4", "P20") + b"NTE|1||x\r" * 100_000)
    sent("100,000 empty segments", adt("S5", "P20") + b"\r" * 100_000)
    sent("a field of 1 MB", result("S6", "P20", b"TX", b"x" * 1_000_000))
    sent("a million fields", adt("S7", "P20") + b"ZZZ" + b"|" * 1_000_000 + b"\r")
    link(at).exchange(b"")


def i_21_character_sets(at):
    named = lambda number, charset, family: link(at).exchange(adt(number, f"P{number}", more="||||||" + charset).replace(b"||Ng^", b"||" + family + b"^"))
    refused(at, "an unknown one", named("U1", "KLINGON", b"Ng"), ("AR", "AE"), "102", "103")
    answer = named("U2", "ASCII", b"M\xfcller")
    at.that(msa(answer) in ("AA U2", "AE U2", "AR U2"), f"ASCII with an umlaut: {answer!r}")
    answer = named("U3", "8859/1", b"M\xfcller")
    at.that(msa(answer) == "AA U3" and one_patient(at, "PU3")["name"][0]["family"] == "Müller", f"Latin-1: {answer!r}")
    answer = named("U4", "", "Müller".encode())
    at.that(msa(answer) == "AA U4" and one_patient(at, "PU4")["name"][0]["family"] == "Müller", f"UTF-8 unnamed: {answer!r}")
    answer = named("U5", "ISO IR87~ISO IR87", b"\x1b$B;3ED\x1b(B")
    at.that(msa(answer)[:2] in ("AA", "AE", "AR"), f"shifts of ISO 2022: {answer!r}")
    answer = named("U8", "UNICODE UTF-16", "Müller".encode())
    at.that(msa(answer) == "AA U8" and one_patient(at, "PU8")["name"][0]["family"] == "Müller", f"UTF-16 that is only named: {answer!r}")
    for coding in ("utf-16", "utf-16-be", "utf-32"):
        refused(at, coding, link(at).exchange(adt("U6").decode().encode(coding)), ("AR",))
    refused(at, "UTF-8 that is none", named("U7", "UNICODE UTF-8", b"M\xff\xfe"), ("AR", "AE"))


def i_23_times(at):
    for number, value in enumerate((b"20240230", b"+9999", b"2" * 40, b"20241301", b"yesterday", SECRET.encode())):
        answer = link(at).exchange(adt(f"T{number}", f"PT{number}").replace(b"19800101", value))
        patient = one_patient(at, f"PT{number}")
        at.that((msa(answer)[:2] == "AE" and code(answer) == "102") or (msa(answer)[:2] == "AA" and "birthDate" not in patient), f"{value[:10]!r}: {answer!r} {patient}")
    answer = link(at).exchange(adt("T9", "PT9").replace(b"19800101", b"1980"))
    at.that(msa(answer) == "AA T9" and one_patient(at, "PT9")["birthDate"] == "1980", "a year keeps its precision")


def i_27_values_and_their_types(at):
    listener = socket.create_server(("127.0.0.1", 0))
    there = f"127.0.0.1:{listener.getsockname()[1]}".encode()
    for kind, value, kinds in ((b"NM", b"not a number", ("AE", "AA")), (b"DT", b"never", ("AE", "AA")), (b"QQ", b"x", ("AE", "AR", "AA")), (b"", b"x", ("AE", "AR", "AA")),
                               (b"RP", b"file:///etc/passwd^a^b^c", ("AE", "AA")), (b"RP", b"http://" + there + b"/x^a^b^c", ("AE", "AA")), (b"ED", b"^^^Base64^@@@", ("AE", "AA"))):
        answer = link(at).exchange(result("V" + kind.decode(), "P27", kind, value))
        at.that(msa(answer)[:2] in kinds, f"OBX-2 {kind!r}: {answer!r}")
        at.that(b"root:" not in answer, "nothing of a file is told")
    found = at.get("/Observation?subject:Patient.identifier=P27")
    at.that(b"root:" not in found.body and b'"valueQuantity":{"value":not' not in found.body, "no file is read, no text becomes a number")
    nobody_came(at, listener, 0.2)


def i_28_merges(at):
    def merge(number, kept, gone):
        return link(at).exchange(message(number, "ADT^A40^ADT_A39", f"EVN|A40|20240102030405\rPID|1||{kept}^^^H^MR||Ng^Ada\rMRG|{gone}^^^H^MR\r"))
    for patient in ("MA", "MB"):
        link(at).exchange(adt(f"M{patient}", patient))
    answer = merge("M1", "MA", "MA")
    at.that(msa(answer)[:2] in ("AE", "AA"), f"with itself: {answer!r}")
    at.that(one_patient(at, "MA").get("active", True) is not False, "with itself: nothing is merged")
    answer = link(at).exchange(message("M2", "ADT^A40^ADT_A39", "EVN|A40|20240102030405\rPID|1||MA^^^H^MR||Ng^Ada\rMRG|\r"))
    at.that(msa(answer)[:2] in ("AE", "AR"), f"no source: {answer!r}")
    at.that(msa(merge("M3", "MA", "MB")) == "AA M3", "one into the other")
    answer = merge("M4", "MB", "MA")
    at.that(msa(answer)[:2] in ("AE", "AA"), f"and back: {answer!r}")
    both = at.get("/Patient?identifier=MA,MB").entries
    at.that(sum(one["resource"].get("active", True) is not False for one in both) >= 1, f"never is nobody left, no half merge: {[one['resource'].get('link') for one in both]}")


@needs(counted=True)
def i_29_empty_and_null(at):
    number = lambda text: one_patient(at, "P29").get("gender") if text == "gender" else one_patient(at, "P29").get("birthDate")
    link(at).exchange(adt("N1", "P29"))
    at.that(number("gender") == "female" and number("birth") == "1980-01-01", "told")
    link(at).exchange(adt("N2", "P29").replace(b"||19800101|F", b"|||"))
    at.that(number("gender") == "female" and number("birth") == "1980-01-01", "left out: it stays")
    link(at).exchange(adt("N3", "P29").replace(b"||19800101|F", b'||""|""'))
    at.that(number("gender") is None and number("birth") is None, f"null: it goes: {one_patient(at, 'P29')}")


def i_33_unknown_segments(at):
    at.that(msa(link(at).exchange(adt("Q1", "P33") + b"ZPI|1|own\rZZ9|a^b~c\r")) == "AA Q1", "segments of one's own")
    answer = link(at).exchange(adt("Q2", "P33") + b"QQQ|1\r")
    at.that(msa(answer)[:2] == "AA", f"an unknown one: {answer!r}")
    answer = link(at).exchange(message("Q3", "ADT^A08^ADT_A01", "PV1|1|I\rPID|1||P33^^^H^MR||Ng\rEVN|A08|20240102\r"))
    at.that(msa(answer)[:2] in ("AA", "AE"), f"another order: {answer!r}")
    refused(at, "without its patient", link(at).exchange(message("Q4", "ADT^A08^ADT_A01", "EVN|A08|20240102\rPV1|1|I\r")), ("AE", "AR"), "100", "101")
    for line in (b"PI|1\r", b"P\r", b"PIDX|1\r", b"pid|1\r", b"\xff\xff\xff|1\r"):
        answer = link(at).exchange(adt("Q5" + line[:2].hex(), "P33") + line)
        at.that(msa(answer)[:2] in ("AA", "AE", "AR"), f"{line!r}: {answer!r}")


def i_34_receivers(at):
    sent = lambda: at.gives("a change", at.call("PUT", "/Patient/o", {"resourceType": "Patient", "id": "o", "identifier": [{"system": "urn:oid:1.2.3", "value": "77"}],
                                                                     "name": [{"family": f"N{time.monotonic_ns()}"}]}), 200, 201)
    ways = {"no answer": lambda frame, n: None if n < 3 else ack(frame), "AE": lambda frame, n: ack(frame, b"AE" if n < 3 else b"AA"),
            "a wrong MSA-2": lambda frame, n: ack(frame, control=b"other") if n < 3 else ack(frame), "garbage": lambda frame, n: b"garbage\r\n" * 100 if n < 3 else ack(frame),
            "half an answer": lambda frame, n: ack(frame)[:20] if n < 3 else ack(frame)}
    for what, answer in ways.items():
        receiver = Receiver(answer)
        with outbound(at, receiver, messages="ADT"):
            sent()
            sent()
            at.that(until(lambda: len(set(receiver.ids())) >= 2, 15), f"{what}: it goes on: {receiver.ids()}")
            ids = receiver.ids()
            at.that(ids[0] == ids[1] and len(ids) >= 3, f"{what}: the same message with the same id again: {ids}")
            at.that(ids == sorted(ids, key=ids.index), f"{what}: none overtakes: {ids}")
            at.get("/Patient?x=y")
    receiver = Receiver(lambda frame, n: ack(frame, b"AR" if n == 1 else b"AA"))
    with outbound(at, receiver, messages="ADT") as server:
        sent()
        at.that(until(lambda: receiver.ids()), "it is sent")
        dead = lambda: b'"dead":1' in Client(server.management, "").get("/destinations").body.replace(b" ", b"")
        at.that(until(dead), f"AR: it is dead and waits for an operator: {Client(server.management, '').get('/destinations').body[:300]!r}")
        at.get("/Patient?x=y")
