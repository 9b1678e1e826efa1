# SPDX-License-Identifier: Apache-2.0
"""Group I, first part: MLLP's frames, links and peers. i_messages.py holds what stands in the messages."""
import socket
import ssl
import threading
import time

import certificates
from hl7 import Link, adt, code, link, metric_of, message, msa, result
from hl7 import good  # noqa: F401  (what a good request is in this group)
from rows import MEBI, Client, metric, needs, nobody_came, peak_memory, until

SETTINGS = {"mllp__message": "16MiB"}


def i_01_bytes_before_a_frame(at):
    one = link(at)
    one.socket.sendall(b"noise\r\n\x00\xff" + b"\x0b" + adt("B1") + b"\x1c\r")
    at.that(msa(one.receive()) == "AA B1", "what stands before a frame is skipped")
    one = link(at)
    one.socket.sendall(adt("B2") + b"\x1c\r")
    at.that(msa(one.receive()) == "AA B2", "a missing start block is forgiven")
    one = link(at)
    one.socket.sendall(b"x" * 70_000)
    at.that(one.closed(), "64 KiB without a frame: closed")
    at.that(metric(at.server, "andiron_mllp_closed_total") >= 1, "and counted")


def i_02_frame_ends(at):
    one = link(at)
    one.socket.sendall(b"\x0b" + adt("E1") + b"\x1c\x0b" + adt("E2") + b"\x1c\r")
    at.that([msa(one.receive()), msa(one.receive())] == ["AA E1", "AA E2"], "FS without CR")
    one.socket.sendall(b"\x0b" + adt("E3").replace(b"\r", b"\n") + b"\x1c\n")
    at.that(msa(one.receive()) == "AA E3", "LF ends, FS LF")
    with at.another(mllp__strict="true") as server:
        one = link(at)
        one.socket.sendall(b"\x0b" + adt("E4") + b"\x1c\n\x0b" + adt("E5") + b"\x1c\r")
        heard = one.listen(1)
        at.that(b"E4" not in heard, f"strict: FS LF is no end: {heard!r}")
        at.that(metric_of(server, "andiron_mllp_discarded_total") + metric_of(server, "andiron_mllp_closed_total") >= 1, "and is counted")


def i_03_frames_in_frames(at):
    one = link(at)
    one.socket.sendall(b"\x0bMSH|^~\\&|half\x0b" + adt("N1") + b"\x1c\r")
    at.that(msa(one.receive()) == "AA N1", "the message that begins anew is answered")
    one.socket.sendall(b"\x0b\x0b\x0b" + adt("N2") + b"\x1c\r")
    at.that(msa(one.receive()) == "AA N2", "and once only")


@needs(memory=32)
def i_04_a_frame_without_end(at):
    one, before = link(at), peak_memory(at.server)
    one.socket.sendall(b"\x0b" + adt("L1"))
    one.pour(b"x" * MEBI, 20)
    heard = one.listen(5)
    at.that(b"MSA|AR|L1" in heard or heard == b"", f"it is AR, where the answer can still be heard: {heard[:100]!r}")
    at.that(one.closed(), "it is closed")
    at.that(peak_memory(at.server) - before < 40 * MEBI, f"memory stays bounded: {(peak_memory(at.server) - before) >> 20} MiB")
    at.that(metric(at.server, "andiron_mllp_closed_total") >= 1, "a metric counts it")


def i_05_half_frames(at):
    before = metric(at.server, "andiron_inbound_messages_total")
    for _ in range(20):
        one = link(at)
        one.socket.sendall(b"\x0b" + adt("H1")[:60])
        one.close()
    with at.another(mllp__frame_time="400ms") as server:
        one = link(at)
        one.socket.sendall(b"\x0b" + adt("H2")[:60])
        with at.quick("half a frame, then silence", 5):
            at.that(one.closed(), "half a frame, then silence: closed")
        at.that(metric_of(server, "andiron_inbound_messages_total") == 0, "nothing of it is taken")
        text, heard, begun = b"\x0b" + adt("H3"), b"", time.monotonic()
        one = link(at)
        one.socket.settimeout(0.25)
        for byte in text:
            try:
                one.socket.sendall(bytes([byte]))
                one.socket.recv(1)
                break
            except TimeoutError:
                continue
            except OSError:
                break
            finally:
                if time.monotonic() - begun > 12:
                    break
        at.that(time.monotonic() - begun < 12, "a byte now and then: closed")
    at.that(metric(at.server, "andiron_inbound_messages_total") == before, "nothing of half messages is taken")


@needs(memory=48)
def i_06_many_without_reading(at):
    one = link(at)
    sender = threading.Thread(target=lambda: [one.send(adt(f"M{n}", "P6", f"Name{n}")) for n in range(1000)])
    sender.start()
    sender.join(1)  # it may still be held back: from here the answers are read
    answers = [msa(one.receive()) for _ in range(1000)]
    sender.join()
    at.that(answers == [f"AA M{n}" for n in range(1000)], "answered in order")
    found = at.get("/Patient?identifier=P6").entries
    at.that(len(found) == 1 and found[0]["resource"]["name"][0]["family"] == "Name999", "none is lost, the last one counts")


def i_07_a_peer_that_leaves(at):
    one = link(at)
    one.send(adt("R1", "P7"))
    one.close()
    answers = [link(at).exchange(adt("R1", "P7")) for _ in range(3)]
    at.that(msa(answers[0]) == "AA R1" and len(set(answers)) == 1, f"a repeat gets the same answer, byte for byte: {answers}")
    at.that(len(at.get("/Patient?identifier=P7").entries) == 1 and at.get("/Patient?identifier=P7").entries[0]["resource"]["meta"]["versionId"] == "1", "it is stored once")


def i_09_killed_between_commit_and_answer(at):
    with at.another() as server:
        links = [link(at) for _ in range(8)]
        for n, one in enumerate(links):
            one.send(adt(f"K{n}", f"K{n}"))
        links[0].receive()
        server.kill()
        server.start()
        for n in range(8):
            at.that(msa(link(at).exchange(adt(f"K{n}", f"K{n}"))) == f"AA K{n}", "the repeat is answered AA")
            at.that(len(at.get(f"/Patient?identifier=K{n}").entries) == 1, "exactly one is stored")


def i_22_controls_in_fields(at):
    one = link(at)
    for what, value in (("NUL", b"a\x00b"), ("FS inside", b"a\x1cb"), ("BEL", b"a\x07b")):
        answer = one.exchange(result("C" + what[:2], "P22", b"ST", value))
        at.that(msa(answer)[:2] in ("AR", "AE"), f"{what}: {answer!r}")
        at.that(code(answer) in ("102", "100", "101"), f"{what}: code {code(answer)}")
    one.socket.sendall(b"\x0b" + result("CV", "P22", b"ST", b"a\x0bb") + b"\x1c\r")
    answer = one.receive()
    at.that(msa(answer)[:2] in ("AR", "AE"), f"VT inside begins anew: what is left is no message: {answer!r}")
    answer = one.exchange(result("C64", "P22", b"ED", b"^application^pdf^Base64^JVBERi0="))
    at.that(msa(answer) == "AA C64", f"base64 is taken: {answer!r}")


def i_24_xml_on_the_er7_port(at):
    listener = socket.create_server(("127.0.0.1", 0))
    there = f"http://127.0.0.1:{listener.getsockname()[1]}/x".encode()
    for text in (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "' + there + b'">]><ADT_A01 xmlns="urn:hl7-org:v2xml"><MSH><MSH.1>&e;</MSH.1></MSH></ADT_A01>',
                 b'<ADT_A01 xmlns="urn:hl7-org:v2xml"/>', b"\xef\xbb\xbf<?xml version='1.0'?><a/>"):
        answer = link(at).exchange(text)
        at.that(msa(answer)[:2] == "AR" and code(answer) == "100", f"{text[:20]!r}: AR 100: {answer!r}")
    nobody_came(at, listener, 0.1)


def i_25_a_port_for_xml(at):
    """There is none and nothing to opt in to: the settings know no such channel, and on the port that there is XML is AR and nothing is fetched."""
    i_24_xml_on_the_er7_port(at)


def i_26_batches(at):
    batch = lambda count, *parts: b"FHS|^~\\&|LAB|HOSP\rBHS|^~\\&|LAB|HOSP|||||||B1\r" + b"".join(parts) + b"BTS|%d\rFTS|1\r" % count
    answer = link(at).exchange(batch(2, adt("A1"), adt("A2")))
    at.that(b"MSA|AA|A1" in answer and b"MSA|AA|A2" in answer and b"|AE|" not in answer, f"each message for itself: {answer!r}")
    answer = link(at).exchange(batch(3, adt("A3"), adt("A4")))
    at.that(b"MSA|AA|A3" in answer and b"MSA|AA|A4" in answer and b"MSA|AE|" in answer, f"a wrong count is AE and loses nothing: {answer!r}")
    answer = link(at).exchange(batch(2, adt("A5"), b"PID|||\r"))
    at.that(b"A5" in answer, f"one that is none beside a good one: {answer!r}")
    answer = link(at).exchange(b"FHS|^~\\&\rFHS|^~\\&\rBHS|^~\\&\rBHS|^~\\&\r" + adt("A6") + b"BTS|1\rBTS|1\rFTS|1\r")
    at.that(b"MSA|" in answer, f"nested: {answer!r}")
    answer = link(at).exchange(b"BHS|^~\\&|LAB|HOSP\r" + adt("A7"))
    at.that(b"MSA|AA|A7" in answer, f"unfinished: {answer!r}")
    answer = link(at).exchange(b"FHS|^~\\&\rBHS|^~\\&\rBTS|0\rFTS|1\r")
    at.that(b"|AA|" not in answer, f"empty: {answer!r}")


def i_30_acknowledgements_that_come_in(at):
    one = link(at)
    one.send(b"MSH|^~\\&|LAB|HOSP|EHR|CITY|1||ACK^A08|99|P|2.5.1\rMSA|AA|nobody\r")
    one.send(b"MSH|^~\\&|LAB|HOSP|EHR|CITY|1||ACK|98|P|2.5.1\rMSA|AE|nobody\r")
    at.that(msa(one.exchange(adt("Q1"))) == "AA Q1", "no acknowledgement is answered, the link goes on")
    at.that(metric(at.server, "andiron_inbound_ignored_total") >= 2, "they are counted")


def i_31_who_may_send(at):
    made = certificates.folder()
    config = made / "channels.toml"
    config.write_text(f'''[channels.lab]
port = 0
certificate = "{made}/server.pem"
key = "{made}/server.key"
client_ca = "{made}/ca.pem"
[channels.lab.peers.lab]
subject = "CN=lab"
senders = ["LAB|HOSP"]
[channels.near]
port = 0
networks = ["192.0.2.0/24"]
''')
    with at.another(config=str(config)) as server:
        ports = {one["name"]: one["port"] for one in Client(server.management, "").get("/channels").json["channels"]}
        def secure(name):
            context = ssl.create_default_context(cafile=made / "ca.pem")
            if name:
                context.load_cert_chain(made / f"{name}.pem", made / f"{name}.key")
            one = Link(at, int(ports["lab"]))
            one.socket = context.wrap_socket(one.socket, server_hostname="localhost")
            return one
        at.that(msa(secure("lab").exchange(adt("S1"))) == "AA S1", "the right certificate is served")
        answer = secure("lab").exchange(adt("S2", sender="WARD|HOSP"))
        at.that(msa(answer) == "AR S2" and code(answer) == "207", f"a sender that is not of this certificate: AR 207: {answer!r}")
        for name in (None, "thief", "late", "wrong"):
            try:
                heard = secure(name).exchange(adt("S3"))
                at.that(False, f"the certificate {name} is refused: {heard!r}")
            except (OSError, ConnectionError):
                at.that(True, f"the certificate {name} is refused")
        plain = Link(at, int(ports["lab"]))
        plain.send(adt("S4"))
        at.that(b"MSA" not in plain.listen(2), "plain text is not answered")
        at.that(Link(at, int(ports["near"])).closed(), "an address that is not allowed is cut off")
        kinds = ("andiron_mllp_refused_total", "andiron_connections_tls_failed_total", "andiron_connections_refused_total")
        at.that(sum(metric_of(server, kind) for kind in kinds) >= 5, "each is counted")


def i_32_two_thousand_links(at):
    links = []
    for _ in range(2000):
        try:
            links.append(Link(at, at.server.mllp))
        except OSError:
            break
    open_links = 0
    for n, one in enumerate(links):
        if n < 100:
            try:
                one.socket.settimeout(2)
                open_links += msa(one.exchange(adt(f"W{n}", "P32"))) == f"AA W{n}"
            except (ConnectionError, OSError):
                pass
    for one in links:
        one.close()
    at.that(0 < open_links <= 16, f"{open_links} of one address are served")
    at.that(until(lambda: metric(at.server, "andiron_mllp_links_open") == 0), "all are gone")
    at.that(metric(at.server, "andiron_connections_refused_total") >= 1900, "the rest was refused and counted")
