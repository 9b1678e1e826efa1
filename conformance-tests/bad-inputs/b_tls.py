# SPDX-License-Identifier: Apache-2.0
"""Group B: TLS, at FHIR's door with a certificate. HL7 v2 channels use the same connection code; i_31 shows theirs."""
import shutil
import signal
import socket
import ssl
import struct
import threading
import time

import certificates
from rows import client_of, descriptors, metric, until


def SETTINGS(**more):
    made = certificates.folder()
    return {"fhir__certificate": made / "server.pem", "fhir__key": made / "server.key", **more}


def trusting(version=None):
    context = ssl.create_default_context(cafile=certificates.folder() / "ca.pem")
    if version:
        context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    return context


def shaken(at, context, name="localhost"):
    """A finished handshake, or why there is none."""
    raw = socket.create_connection(("127.0.0.1", at.server.port), timeout=10)
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except (OSError, ssl.SSLError) as error:
        raw.close()
        return error


def refused(at, what, outcome):
    at.that(isinstance(outcome, (OSError, ssl.SSLError)), f"{what}: the handshake fails: {outcome}")
    if isinstance(outcome, ssl.SSLSocket):
        outcome.close()


def said_raw(at, sent):
    """What comes back until the server closes, or, once it has said something, falls silent."""
    with socket.create_connection(("127.0.0.1", at.server.port), timeout=10) as link:
        link.sendall(sent)
        heard = b""
        try:
            while piece := link.recv(4096):
                heard += piece
                link.settimeout(0.2)
        except OSError:
            pass
        at.note(sent, heard)
        return heard


def hello(version, suites, extensions=b""):
    """A ClientHello (RFC 5246 7.4.1.2) of one's own."""
    body = version + bytes(32) + b"\0" + struct.pack(">H", 2 * len(suites)) + b"".join(struct.pack(">H", one) for one in suites) + b"\x01\0"
    if extensions:
        body += struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16" + (b"\x03\x00" if version == b"\x03\x00" else b"\x03\x01") + struct.pack(">H", len(message)) + message


def server_name(name):
    entry = b"\0" + struct.pack(">H", len(name)) + name
    entries = struct.pack(">H", len(entry)) + entry
    groups = b"\0\x0a\0\x04\0\x02\0\x17" + b"\0\x0d\0\x04\0\x02\x04\x03"
    return b"\0\0" + struct.pack(">H", len(entries)) + entries + groups


def b_01_silent_peers(at):
    links = []
    for count in (1, 999):
        links += [socket.create_connection(("127.0.0.1", at.server.port), timeout=10) for _ in range(count)]
        with at.quick(f"others beside {len(links)} silent peers", 1):
            at.that(at.get("/Patient/good").status == 200, "others are answered")
    begun = time.monotonic()
    for link in links:
        try:
            while link.recv(100):
                pass
        except OSError:
            pass
        link.close()
    at.that(time.monotonic() - begun <= 6, f"all are closed in {time.monotonic() - begun:.1f} s")


def b_02_old_versions(at):
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        refused(at, version.name, shaken(at, trusting(version)))
    for name, version in (("SSLv3", b"\x03\x00"), ("TLS 1.0", b"\x03\x01"), ("TLS 1.1", b"\x03\x02")):
        heard = said_raw(at, hello(version, (0x0035, 0xC014, 0xC013)))
        at.that(heard[:1] == b"\x15" and heard[5:7] in (b"\x02\x46", b"\x02\x28"), f"{name}: a fatal alert, then closed: {heard!r}")


def b_03_weak_suites(at):
    # NULL-SHA, EXPORT RC4-40, RC4-SHA, 3DES, AES-CBC-SHA, ECDHE with CBC-SHA, RSA with GCM (no forward secrecy)
    for suite in (0x0002, 0x0003, 0x0005, 0x000A, 0x002F, 0xC009, 0xC013, 0x009C):
        heard = said_raw(at, hello(b"\x03\x03", (suite,), server_name(b"localhost")))
        at.that(heard[:1] == b"\x15" and heard[5:7] == b"\x02\x28", f"suite {suite:04x}: handshake_failure: {heard!r}")
    link = shaken(at, trusting(ssl.TLSVersion.TLSv1_2))
    at.that(isinstance(link, ssl.SSLSocket) and "GCM" in link.cipher()[0] or "CHACHA" in link.cipher()[0], "a good suite of TLS 1.2 is taken")
    link.close()


def b_04_the_wrong_door(at):
    heard = said_raw(at, b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n")
    at.that(heard.startswith(b"HTTP/1.1 400 ") and b"text/plain" in heard and b"onnection: close" in heard, f"HTTP at the door of TLS: {heard!r}")
    said_raw(at, b"noise\r\n" * 100)
    with at.another() as plain:
        heard = said_raw(at, hello(b"\x03\x03", (0xC02F,), server_name(b"localhost")))
        at.that(heard == b"" or heard.startswith(b"HTTP/1.1 400 "), f"TLS at the door of HTTP: {heard[:100]!r}")
        at.that(plain.client().get("/metadata").status == 200, "it goes on")


def b_05_renegotiation_and_floods(at):
    made = certificates.folder()
    heard = certificates.tool(made, "s_client", "-connect", f"127.0.0.1:{at.server.port}", "-tls1_2", "-CAfile", "ca.pem", given=b"R\nR\n")
    at.that(b"no renegotiation" in heard.lower() or b"NO_RENEGOTIATION" in heard, f"a renegotiation is refused: {heard[-300:]!r}")
    with at.another(**SETTINGS(fhir__per_peer_rate=100)) as server:
        stop, done, cut = time.monotonic() + 2, [], []
        def flood():
            context = trusting()
            while time.monotonic() < stop:
                link = shaken(at, context)
                (done if isinstance(link, ssl.SSLSocket) else cut).append(1)
                if isinstance(link, ssl.SSLSocket):
                    link.close()
        threads = [threading.Thread(target=flood) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        at.that(len(done) <= 100 * 4 and cut, f"a flood is held to a rate: {len(done)} of {len(done) + len(cut)} in 2 s")
        at.that(metric(server, "andiron_connections_refused_total") >= len(cut) / 2, "a metric counts what was turned away")
        at.that(until(lambda: isinstance(link := shaken(at, trusting()), ssl.SSLSocket) and (link.close() or True), 3), "afterwards the same address is served")
        time.sleep(1.1)  # the next good requests come from the same address: a new second


def b_06_client_certificates(at):
    made = certificates.folder()
    with at.another(**SETTINGS(fhir__client_ca=made / "ca.pem")) as server:
        def ask(name):
            context = trusting()
            if name:
                context.load_cert_chain(made / f"{name}.pem", made / f"{name}.key")
            link = shaken(at, context)
            if not isinstance(link, ssl.SSLSocket):
                return link
            with link:
                try:
                    link.sendall(b"GET /fhir/metadata HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    return link.recv(15) or ConnectionError("closed")
                except OSError as error:  # with TLS 1.3 a client hears of its refusal with the first bytes that it reads
                    return error
        at.that(ask("lab") == b"HTTP/1.1 200 OK", "the right one is served")
        for name, what in ((None, "none"), ("late", "expired"), ("thief", "another authority's"), ("wrong", "one for servers")):
            refused(at, f"a certificate: {what}", ask(name))
        at.that(until(lambda: metric(server, "andiron_connections_tls_failed_total") >= 4), "a metric counts each")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        server.start()
        server.settings.pop("fhir__client_ca")


def b_07_abrupt_ends(at):
    before = descriptors(at.server)
    context = trusting()
    for n in range(200):
        link = shaken(at, context)
        link.sendall(b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n")
        raw = socket.socket(fileno=link.detach())
        if n % 2:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        raw.close()
    at.that(until(lambda: descriptors(at.server) <= before + 2), f"no descriptor is left: {before}, {descriptors(at.server)}")


def b_08_a_renewed_certificate(at):
    made = certificates.folder()
    certificates.certificate(made, "next")
    for end in ("pem", "key"):
        shutil.copy(made / f"server.{end}", made / f"renewed.{end}")
    with at.another(fhir__certificate=made / "renewed.pem", fhir__key=made / "renewed.key") as server:
        halt, failed, served = threading.Event(), [], []
        def load(keep):
            client = client_of(server)
            while not halt.is_set():
                client = client if keep else client_of(server)
                try:
                    (served if client.get("/metadata").status == 200 else failed).append(1)
                except OSError as error:
                    failed.append(error)
        threads = [threading.Thread(target=load, args=(keep,)) for keep in (True, True, False)]
        for thread in threads:
            thread.start()
        def subject():
            link = shaken(at, trusting())
            with link:
                return dict(part[0] for part in link.getpeercert()["subject"])["commonName"]
        at.that(subject() == "server", "the old one is served")
        for end in ("key", "pem"):
            shutil.copy(made / f"next.{end}", made / f"renewed.{end}")
        server.process.send_signal(signal.SIGHUP)
        at.that(until(lambda: subject() == "next", 5), "the new one is served after SIGHUP")
        (made / "renewed.pem").write_text("broken")
        server.process.send_signal(signal.SIGHUP)
        at.that(until(lambda: "not_reloaded" in open(server.log_path).read(), 5), "a broken file is told")
        at.that(subject() == "next", "a broken file changes nothing")
        halt.set()
        for thread in threads:
            thread.join()
        at.that(served and not failed, f"no request failed meanwhile: {len(served)} served, {failed[:2]}")
        certificates.tool(made, "version")
        shutil.copy(made / "next.pem", made / "renewed.pem")


def b_09_server_names(at):
    link = shaken(at, ssl._create_unverified_context(), "unknown.example")
    at.that(isinstance(link, ssl.SSLSocket), f"an unknown name gets the certificate that there is: {link}")
    link.close()
    for name in (b"a" * 255, b"local\0host", b"\xff\xfe", b"", b"a" * 5000):
        heard = said_raw(at, hello(b"\x03\x03", (0xC02B,), server_name(name)))
        at.that(heard[:1] in (b"\x15", b"\x16"), f"{name[:12]!r}: a certificate or an alert: {heard[:20]!r}")
    at.that(said_raw(at, hello(b"\x03\x03", (0xC02B,), b"\0\0\xff\xff" + b"\0" * 20))[:1] == b"\x15", "an extension that is longer than the hello: an alert")


def b_10_early_data(at):
    made = certificates.folder()
    post = b"POST /fhir/Device HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: 25\r\n\r\n" + b'{"resourceType":"Device"}'
    (made / "early").write_bytes(post)
    count = lambda: at.get("/Device?_summary=count").json["total"]
    before = count()
    heard = certificates.tool(made, "s_client", "-connect", f"127.0.0.1:{at.server.port}", "-tls1_3", "-CAfile", "ca.pem", "-sess_out", "session",
                              given=b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    at.that(b"CONNECTED" in heard, "a session to resume")
    heard = certificates.tool(made, "s_client", "-connect", f"127.0.0.1:{at.server.port}", "-tls1_3", "-CAfile", "ca.pem", "-sess_in", "session",
                              "-early_data", "early", given=b"")
    at.that(b"Early data was accepted" not in heard, f"early data is not accepted: {heard[-200:]!r}")
    at.that(count() == before, "nothing of it is stored")
