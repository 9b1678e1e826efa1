# SPDX-License-Identifier: Apache-2.0
"""What nobody should send: broken HTTP, JSON and XML, hostile URLs, searches and bundles. Each is answered as its row says, nothing ends
the server, and the next good request is answered at once. Rows have the ids of the project's list of bad inputs (A framing, C JSON,
D XML, E REST, F search)."""
import base64
import concurrent.futures
import gzip
import json
import os
import random
import re
import socket
import sys
import threading
import time
import urllib.parse
import zlib

from andiron import Andiron, Client, checks, finish, run, that

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20240501


def alive(server, after):
    begun = time.monotonic()
    answer = Client(server.port).get("/metadata")
    took = time.monotonic() - begun
    that(answer.status == 200 and took < 2, f"{after}: the next good request is answered ({answer.status} after {took:.2f} s)")


def raw(server, sent, wait=5.0, then=b""):
    """All bytes that come back until the server closes, or falls silent for a moment after an answer."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as link:
        answer = b""
        try:
            link.sendall(sent)
            if then:
                time.sleep(0.05)
                link.sendall(then)
        except OSError:
            pass  # refused before all was sent; the answer may still be there
        try:
            while True:
                piece = link.recv(65536)
                if not piece:
                    break
                answer += piece
                link.settimeout(0.25)
        except OSError:
            pass
        return answer


def statuses(answer):
    return [int(code) for code in re.findall(rb"(?:^|\n|\}|>)HTTP/1\.1 (\d{3}) ", answer)]


def expect_raw(server, row, sent, allowed, closes=False, **more):
    """One answer with an allowed status; {0} stands for none (the connection is closed)."""
    answer = raw(server, sent, **more)
    codes = statuses(answer)
    good = (len(codes) == 1 and codes[0] in allowed) or (not codes and 0 in allowed)
    that(good, f"{row}: expected {sorted(allowed)}, got {codes} {answer[:200]!r}")
    lower = answer.lower()
    that(b"/src/" not in lower and b"sqlite" not in lower and b".cpp" not in lower and b"select " not in lower,
         f"{row}: nothing of our inside is told")
    if closes and codes:
        that(b"connection: close" in lower, f"{row}: the connection is closed")
    return answer


GET = b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\n"
BODY = b'{"resourceType":"Patient"}'


# --- A: framing and limits ------------------------------------------------------------------------------------------------

def lengths(server):
    expect_raw(server, "A-01 two lengths", POST + b"Content-Length: 26\r\nContent-Length: 27\r\n\r\n" + BODY, {400}, closes=True)
    expect_raw(server, "A-01 two lengths in a list", POST + b"Content-Length: 26, 27\r\n\r\n" + BODY, {400}, closes=True)
    expect_raw(server, "A-02 length and chunks", POST + b"Content-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400},
               closes=True)
    expect_raw(server, "A-03 space before the colon", POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", {400}, closes=True)
    for coding, allowed in ((b"xchunked", {400, 501}), (b"gzip", {400, 501}), (b"gzip, chunked, identity", {400, 501}),
                            (b"chunked, chunked", {400, 501}), (b"chunked\r\nTransfer-Encoding: chunked", {400, 501}), (b"", {400, 501})):
        expect_raw(server, f"A-04 Transfer-Encoding: {coding.decode()}", POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n",
                   allowed, closes=True)
    for length in (b"-1", b"+5", b"0x5", b"abc", b"", b"1" + b"0" * 20, b"5 5", b"5;", b"\x35\x00"):
        expect_raw(server, f"A-05 Content-Length: {length!r}", POST + b"Content-Length: " + length + b"\r\n\r\n" + BODY, {400, 413},
                   closes=True)
    before = server.resident()
    expect_raw(server, "A-06 a length of 4 GB", POST + b"Content-Length: 4294967295\r\n\r\nhello", {413}, closes=True)
    expect_raw(server, "A-06 a length of a little too much", POST + b"Content-Length: 16777217\r\n\r\nhello", {413}, closes=True)
    that(server.resident() - before < 16 << 20, "A-06 nothing is allocated for an announced length")
    alive(server, "A-01 to A-06")


def chunks(server):
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    for size in (b"FFFFFFFFFFFFFFFF", b"-5", b"80000000", b"1" * 17, b"g", b"", b" 5", b"0x5"):
        expect_raw(server, f"A-07 a chunk of {size.decode()}", head + size + b"\r\nhello\r\n0\r\n\r\n", {400, 413}, closes=True)
    expect_raw(server, "A-08 no line end behind a chunk", head + b"1a\r\n" + BODY + b"XX0\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-08 a chunk extension of 64 kB", head + b"1a;" + b"x" * 65536 + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
               {400, 413, 431}, closes=True)
    expect_raw(server, "A-09 10,000 trailers", head + b"1a\r\n" + BODY + b"\r\n0\r\n" + b"".join(b"t%d: x\r\n" % n
            for n in range(10000)) + b"\r\n", {400, 431}, closes=True)
    expect_raw(server, "A-09 a trailer that means nothing here", head + b"1a\r\n" + BODY + b"\r\n0\r\nAuthorization: x\r\n\r\n", {201, 400})
    answer = expect_raw(server, "A-08 a small extension is skipped", head + b"1a;a=b\r\n" + BODY + b"\r\n0\r\n\r\n", {201})
    answer = raw(server, head + b"1a\r\n" + BODY + b"\r\n0\r\n", then=b"\r\n" + GET + b"Connection: close\r\n\r\n")
    that(statuses(answer) == [201, 200], f"A-20 the last line end comes with the next request: {statuses(answer)}")
    one_by_one = head + b"".join(b"1\r\n" + bytes([b]) + b"\r\n" for b in BODY) + b"0\r\n\r\n"
    expect_raw(server, "chunks of one byte", one_by_one, {201})
    expect_raw(server, "chunks that together are too much", head + (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 17 + b"0\r\n\r\n",
               {400, 413, 0})
    alive(server, "A-07 to A-09, A-20")


def header_lines(server):
    expect_raw(server, "A-10 no colon", GET + b"nonsense\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-10 no name", GET + b": x\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-11 a folded line", GET + b"X: a\r\n b\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-12 bare line feeds", b"GET /fhir/metadata HTTP/1.1\nHost: a\n\n", {400}, closes=True)
    expect_raw(server, "A-12 a bare carriage return", GET + b"X: a\rb\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-12 NUL", GET + b"X: a\0b\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-12 DEL", GET + b"X: a\x7fb\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-12 NUL in a name", GET + b"X\0: a\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-13 no Host", b"GET /fhir/metadata HTTP/1.1\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-13 two Hosts", GET + b"Host: b\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-13 a list of Hosts", b"GET /fhir/metadata HTTP/1.1\r\nHost: a,b\r\n\r\n", {400}, closes=True)
    expect_raw(server, "A-13 a Host with a path", b"GET /fhir/metadata HTTP/1.1\r\nHost: a/b\r\n\r\n", {400}, closes=True)
    answer = expect_raw(server, "A-13 an absolute target of another host",
                        b"GET http://evil.example/fhir/Patient HTTP/1.1\r\nHost: evil.example\r\n\r\n", {200, 400, 404, 421})
    that(b"evil.example" not in answer, "A-13 a Host is not used in links")
    answer = expect_raw(server, "A-13 a foreign Host",
                        b"GET /fhir/Patient HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nForwarded: host=evil.example\r\n\r\n", {200, 400, 421})
    that(b"evil.example" not in answer, "A-13 a forwarded Host is not used in links")
    expect_raw(server, "A-14 a header of 8 MB", GET + b"X: " + b"a" * (8 << 20) + b"\r\n\r\n", {431, 0}, closes=True)
    expect_raw(server, "A-14 5,000 headers", GET + b"".join(b"X%d: a\r\n" % n for n in range(5000)) + b"\r\n", {431, 0}, closes=True)
    expect_raw(server, "A-14 101 headers", GET + b"".join(b"X%d: a\r\n" % n for n in range(100)) + b"\r\n", {431}, closes=True)
    expect_raw(server, "A-14 90 headers", GET + b"".join(b"X%d: a\r\n" % n for n in range(90)) + b"\r\n", {200})
    expect_raw(server, "A-14 a URL of 70 kB", b"GET /fhir/Patient?name=" + b"a" * 70000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414, 431, 0},
               closes=True)
    expect_raw(server, "A-14 a URL of 9 kB", b"GET /fhir/Patient?name=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414}, closes=True)
    expect_raw(server, "A-14 a URL of 7 kB", b"GET /fhir/Patient?name=" + b"a" * 7000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {200})
    expect_raw(server, "A-29 a thousand cookies in one header",
               GET + b"Cookie: " + b"; ".join(b"c%d=1" % n for n in range(1000)) + b"\r\nDate: never\r\nIf-Modified-Since: \xff\r\n\r\n",
               {200})
    expect_raw(server, "A-29 odd headers",
               b"GET /fhir/Patient/none HTTP/1.1\r\nHost: a\r\nCookie: a\r\nDate:\r\nIf-None-Match: \"\r\nIf-Modified-Since: Thu, 99 Abc 99999 99:99:99 GMT\r\nPrefer: ;;==,\r\nAccept: ,;,\r\n\r\n", {404})
    alive(server, "A-10 to A-14, A-29")


def request_lines(server):
    line = lambda text: text + b"\r\nHost: a\r\n\r\n"
    for method, allowed in ((b"FOO", {405, 501}), (b"TRACE", {405, 501}), (b"CONNECT", {400, 405, 501}), (b"get", {400, 405, 501}),
                            (b"G\x00T", {400}), (b"", {400}), (b"A" * 5000, {400, 405, 501, 431})):
        expect_raw(server, f"A-15 method {method[:10]!r}", line(method + b" /fhir/metadata HTTP/1.1"), allowed)
    for text, allowed in ((b"GET  /fhir/metadata HTTP/1.1", {400}), (b"GET /fhir/metadata HTTP/1.", {400, 505}),
                          (b"GET /fhir/metadata HTTP/2.0", {400, 505}), (b"GET /fhir/metadata HTTP/0.9", {400, 505}),
                          (b"GET /fhir/metadata", {400}), (b"GET /fhir/metadata http/1.1", {400, 505}),
                          (b"GET /fhir/metadata HTTP/1.1 x", {400}), (b" GET /fhir/metadata HTTP/1.1", {400}), (b"GET", {400}),
                          (b"GET\t/fhir/metadata\tHTTP/1.1", {400}), (b"GET /fhir/metadata HTTP/1.10", {400, 505}),
                          (b"GET *  HTTP/1.1", {400}), (b"GET fhir/metadata HTTP/1.1", {400, 404})):
        expect_raw(server, f"A-16 {text!r}", line(text), allowed)
    expect_raw(server, "A-16 the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 501, 505})
    expect_raw(server, "B-04 a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)), {400, 0})
    for target, allowed in ((b"/fhir/Patient/a\0b", {400}), (b"/fhir/Patient/%00", {400}), (b"/fhir/Patient/%zz", {400}),
                            (b"/fhir/Patient/%c0%ae", {400}), (b"/fhir/Patient/%", {400}), (b"/fhir/Patient?name=%00", {400}),
                            (b"/fhir/Patient?name=%ff", {400}), (b"/fhir/Patient?%zz=1", {400}), (b"/fhir/Patient?name=%e", {400}),
                            (b"/fhir/Patient/a\x01", {400}), (b"/fhir/Patient/\xff", {400})):
        expect_raw(server, f"A-17 {target!r}", line(b"GET " + target + b" HTTP/1.1"), allowed)
    for target in (b"/fhir/Patient/../metadata", b"/fhir//Patient", b"/fhir/Patient/%2e%2e/metrics", b"/fhir/..%2f..%2fetc/passwd",
                   b"/../../etc/passwd", b"/fhir/Patient/%2e", b"/fhir/%2e%2e/livez", b"//fhir/Patient",
                   b"/fhir/Patient/..;/metrics", b"/metrics", b"/livez", b"/fhir/Patient%2f1", b"/fhir\\Patient"):
        expect_raw(server, f"A-18 {target!r}", line(b"GET " + target + b" HTTP/1.1"), {400, 404})
    three = raw(server, (GET + b"\r\n") + b"GET /fhir/Patient/none HTTP/1.1\r\nHost: a\r\n\r\n" + GET + b"Connection: close\r\n\r\n")
    that(statuses(three) == [200, 404, 200], f"A-19 three at once are answered in order: {statuses(three)}")
    many = raw(server, b"".join(b"GET /fhir/Patient/n%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(300)))
    that([int(n) for n in re.findall(rb"diagnostics\":\"[^\"]*Patient/n(\d+)\.", many)] == list(range(300)), "A-19 three hundred at once are answered in order")
    expect_raw(server, "HTTP/1.0", b"GET /fhir/metadata HTTP/1.0\r\n\r\n", {200})
    alive(server, "A-15 to A-19")


def slow_ones(server):
    """The server runs with short times: head 400 ms, body at least 100 kB/s."""
    def trickle(sent, pace, count):
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as link:
            begun = time.monotonic()
            answer = b""
            link.settimeout(pace)
            for n in range(count):
                try:
                    link.sendall(sent[n:n + 1])
                except OSError:
                    break
                try:
                    piece = link.recv(65536)
                    answer += piece
                    if not piece:
                        break
                except TimeoutError:
                    pass
                except OSError:
                    break
            return answer, time.monotonic() - begun
    results, threads = [], []
    for _ in range(100):
        threads.append(threading.Thread(target=lambda: results.append(trickle(GET * 10, 0.05, 60))))
    for thread in threads:
        thread.start()
    slowest, client = 0.0, server.client()
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        that(client.get("/Patient/none").status == 404, "A-21 others are answered")
        slowest = max(slowest, time.monotonic() - begun)
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    that(all(b"408" in answer or answer == b"" for answer, _ in results),
         f"A-21 a head that trickles in: 408: {[a[:40] for a, _ in results if b'408' not in a][:3]}")
    that(all(took < 2.5 for _, took in results), f"A-21 a head that trickles in is given up in time: {max(t for _, t in results):.1f} s")
    that(sum(b"408" in answer for answer, _ in results) >= 90, "A-21 most are told 408")
    that(slowest < 1.0, f"A-21 others wait at most a second meanwhile: {slowest:.2f}")
    body = POST + b"Content-Length: 100000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as link:
        begun = time.monotonic()
        answer = b""
        link.sendall(body)
        link.settimeout(0.2)
        while time.monotonic() - begun < 15:
            try:
                link.sendall(b" ")
                piece = link.recv(65536)
                answer += piece
                if not piece:
                    break
            except TimeoutError:
                pass
            except OSError:
                break
        that(b"408" in answer[:20], f"A-22 a body that trickles in: 408: {answer[:60]!r} after {time.monotonic() - begun:.1f} s")
    expect_raw(server, "A-25 100-continue for too much", POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", {413, 417},
               closes=True)
    answer = raw(server, POST + b"Expect: 100-continue\r\nContent-Length: 26\r\n\r\n", then=BODY)
    that(answer.startswith(b"HTTP/1.1 100") and b"HTTP/1.1 201" in answer, f"A-25 100-continue for what is wanted: {answer[:80]!r}")
    expect_raw(server, "A-25 another expectation", POST + b"Expect: miracles\r\nContent-Length: 26\r\n\r\n" + BODY, {417, 400}, closes=True)
    alive(server, "A-21, A-22, A-25")


def codings(server):
    client = server.client()
    small = gzip.compress(BODY)
    that(client.call("POST", "/Patient", small, {"Content-Encoding": "gzip"}).status == 201, "A-26 a gzip body is read")
    bomb = gzip.compress(b" " * (200 << 20) + BODY)
    before = server.resident()
    begun = time.monotonic()
    answer = server.client().call("POST", "/Patient", bomb, {"Content-Encoding": "gzip"})
    that(answer.status == 413 and time.monotonic() - begun < 3, f"A-26 a bomb of 200 MB: 413: {answer!r}")
    that(server.resident() - before < 64 << 20, f"A-26 a bomb of 200 MB takes little memory: {(server.resident() - before) >> 20} MB")
    for what, body, coding, allowed in (("deflate", zlib.compress(BODY), "deflate", {415}),
                                        ("gzip twice", gzip.compress(small), "gzip, gzip", {415}),
                                        ("twice, said once", gzip.compress(small), "gzip", {400}), ("br", b"x", "br", {415}),
                                        ("no gzip", b"garbage", "gzip", {400}), ("cut gzip", small[:-6], "gzip", {400}),
                                        ("nothing", b"", "gzip", {400}), ("junk behind", small + b"junk", "gzip", {400}),
                                        ("wrong sum", small[:-5] + b"\xff" + small[-4:], "gzip", {400})):
        answer = server.client().call("POST", "/Patient", body, {"Content-Encoding": coding})
        that(answer.status in allowed, f"A-26 {what}: {answer!r}")
    for kind in (None, "text/plain", "application/fhir+json; charset=utf-16"):
        head = b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\n" + (f"Content-Type: {kind}\r\n".encode() if kind else b"")
        expect_raw(server, f"A-27 Content-Type {kind}", head + b"Content-Length: 26\r\n\r\n" + BODY, {415})
    that(client.get("/Patient/none", Accept="application/pdf").status == 406, "A-28 Accept: application/pdf")
    for accept in (";;;", "a", "*/*;q=x", "application/*;q=1e5", "/", "application/fhir+json;q=-1"):
        that(client.get("/Patient/none", Accept=accept).status in (404, 406), f"A-28 Accept: {accept}")
    alive(server, "A-26 to A-28")


def resets(server):
    entries = [{"resource": {"resourceType": "Basic", "code": {"text": "x" * 5000}}, "request": {"method": "POST", "url": "Basic"}}
               for _ in range(400)]
    server.client().call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    descriptors = lambda: len(os.listdir(f"/proc/{server.process.pid}/fd"))
    before = descriptors()
    for n in range(200):
        link = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        link.sendall(b"GET /fhir/Basic?_count=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        if n % 2:
            link.recv(1000)
        link.close()
    alive(server, "A-30 200 clients reset in mid-answer")
    for _ in range(50):
        if descriptors() <= before + 20:
            break
        time.sleep(0.1)
    that(descriptors() <= before + 20, f"A-30 no descriptor is left: {before}, {descriptors()}")
    links = []
    for _ in range(4):
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", server.port))
        link.sendall(b"GET /fhir/Basic?_count=1000 HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        links.append(link)
    memory = server.resident()
    time.sleep(0.3)
    alive(server, "A-23 slow readers")
    that(server.resident() - memory < 100 << 20, f"A-23 slow readers take little memory: {(server.resident() - memory) >> 20} MB")
    for link in links:
        link.close()


# --- C: JSON --------------------------------------------------------------------------------------------------------------

def post(server, body, kind="application/fhir+json", path="/Patient"):
    return server.client().call("POST", path, body, kind=kind)


def refuse(server, row, body, kind="application/fhir+json", path="/Patient", allowed=(400,), issue=()):
    try:
        answer = post(server, body, kind, path)
    except OSError as error:
        that(False, f"{row}: no answer: {error}")
        return None
    that(answer.status in allowed and b"OperationOutcome" in answer.body[:200], f"{row}: expected {allowed}: {answer!r}")
    if issue and answer.status in allowed:
        that(answer.issue in issue, f"{row}: expected issue {issue}: {answer!r}")
    return answer


def accept(server, row, body, path="/Patient", kind="application/fhir+json"):
    answer = post(server, body, kind, path)
    that(answer.status == 201, f"{row}: {answer!r}")
    return answer


def json_syntax(server):
    begun = time.monotonic()
    refuse(server, "C-01 500,000 brackets", "[" * 500_000)
    refuse(server, "C-01 500,000 objects", '{"a":' * 500_000)
    that(time.monotonic() - begun < 1, "C-01 depth is refused at once")
    nested = lambda depth: '{"resourceType":"Patient","extension":[' + '{"url":"u","extension":[' * depth + '{"url":"u","valueCode":"x"}' + "]}" * depth + "]}"
    refuse(server, "C-01 depth in extensions", nested(65))
    accept(server, "C-01 a few levels of extensions", nested(8))
    good = json.dumps({"resourceType": "Patient", "id": "ä", "name": [{"family": "Å\"\\", "given": ["a"]}], "birthDate": "2000-01-01",
                       "active": True, "multipleBirthInteger": 2}, ensure_ascii=False).replace('"id": "ä", ', "").encode()
    client = server.client()
    wrong = [n for n in range(len(good)) if client.call("POST", "/Patient", good[:n]).status != 400]
    that(not wrong, f"C-02 cut at every byte: not refused at {wrong}")
    for junk in ("x", "\0junk", "{}", " {}", "]", "}", "\0"):
        refuse(server, f"C-03 behind the end: {junk!r}", BODY + junk.encode())
    accept(server, "C-03 white space behind the end", BODY + b" \r\n\t")
    refuse(server, "C-04 a key twice", '{"resourceType":"Patient","id":"a","id":"b"}')
    refuse(server, "C-04 a key twice, deeper", '{"resourceType":"Patient","name":[{"family":"a","family":"b"}]}')
    refuse(server, "C-04 a key twice, once escaped", '{"resourceType":"Patient","active":true,"\\u0061ctive":false}')
    for what, text in (("a byte that is none of UTF-8", b"\xff"), ("a lone continuation", b"\x80"), ("an overlong slash", b"\xc0\xaf"),
                       ("a surrogate in bytes", b"\xed\xa0\x80"), ("a lone surrogate", rb"\ud800"),
                       ("a low surrogate first", rb"\udc00\ud800"),
                       ("half a pair", rb"\ud83dx"), ("a cut character", b"\xc3"), ("beyond Unicode", b"\xf4\x90\x80\x80")):
        refuse(server, f"C-05 {what}", b'{"resourceType":"Patient","name":[{"family":"' + text + b'"}]}')
    accept(server, "C-05 a byte order mark", b"\xef\xbb\xbf" + BODY)
    accept(server, "C-05 a pair of surrogates", rb'{"resourceType":"Patient","name":[{"family":"\ud83d\ude00"}]}')
    for coding in ("utf-16", "utf-16-le", "utf-32"):
        refuse(server, f"C-05 {coding}", BODY.decode().encode(coding))
    for control in (r"\u0000", r"\u0001", r"\b", r"\u001f", r"\f"):
        refuse(server, f"C-06 {control}", '{"resourceType":"Patient","name":[{"family":"a%sb"}]}' % control)
    refuse(server, "C-06 a control character as it is", b'{"resourceType":"Patient","name":[{"family":"a\x01b"}]}')
    accept(server, "C-06 tab and line ends", r'{"resourceType":"Patient","name":[{"text":"a\t\r\nb"}]}')
    for number in ("NaN", "Infinity", "-Infinity", "01", ".5", "1.", "+1", "1e", "0x1", "1_000", "--1", "- 1"):
        refuse(server, f"C-08 {number}", observation(number))
    for text in ('{"resourceType":"Patient",}', '{"resourceType":"Patient"/**/}', "{'resourceType':'Patient'}", '{resourceType:"Patient"}',
                 '{"resourceType":"Patient","name":[{"family":"a"},]}', '{"resourceType" "Patient"}',
                 '{"resourceType":"Patient" "active":true}', '{"resourceType":"Patient","active":True}',
                 '{"resourceType":"Patient","name":"\\x41"}', '{"resourceType":"Patient","active":tru}', "// a\n" + BODY.decode(),
                 '{"resourceType":"Patient",,"active":true}'):
        refuse(server, f"C-09 {text[:50]}", text)
    for text in ("[]", '"x"', "null", "1", "true", "", " ", "\n", "{}", "[{}]", '[{"resourceType":"Patient"}]'):
        refuse(server, f"C-10 {text!r}", text)
    alive(server, "C-01 to C-10")


def observation(value, more=""):
    return '{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":%s}%s}' % (value, more)


def json_values(server):
    client = server.client()
    for number in ("1.0", "1.00", "0", "0.10", "100", "1E2", "1e-3", "12345678901234567890.123456789", "0.000000000000000001"):
        made = accept(server, f"C-07 {number}", observation(number), "/Observation")
        back = client.get(f"/Observation/{made.json['id']}") if made.status == 201 else made
        that(re.search(rb'"value":' + re.escape(number.encode()) + rb"\b", back.body) is not None,
             f"C-07 {number} is read back as it was written: {back!r}")
    for number in ("1e400", "-1e400", "1e999999999"):
        post(server, observation(number), path="/Observation")  # refused or kept, but never the end
    for number in ('"1"', "true", "[1]", "{}", "null"):
        refuse(server, f"C-07 a value that is no number: {number}", observation(number), path="/Observation")
    patient = lambda text: '{"resourceType":"Patient",%s}' % text
    refuse(server, "C-11 no resourceType", '{"active":true}')
    refuse(server, "C-11 an unknown resourceType", '{"resourceType":"Spaceship"}', issue=("not-supported", "value", "invalid", "structure"))
    refuse(server, "C-11 another resourceType", '{"resourceType":"Device"}')
    refuse(server, "C-11 resourceType that is no text", '{"resourceType":1}')
    refuse(server, "C-11 an abstract type", '{"resourceType":"DomainResource"}')
    refuse(server, "C-11 a data type", '{"resourceType":"HumanName"}')
    accept(server, "C-11 resourceType last", '{"active":true,"resourceType":"Patient"}')
    for text in ('"name":{"family":"a"}', '"name":"a"', '"active":[true]', '"active":{"value":true}', '"birthDate":["2000"]',
                 '"name":[["a"]]', '"name":[null]', '"name":[{"given":[null]}]', '"name":[{"given":"a"}]', '"name":null', '"active":null',
                 '"active":"true"', '"active":1', '"birthDate":2000', '"multipleBirthInteger":"2"', '"multipleBirthInteger":2.5',
                 '"name":[1]', '"name":[true]'):
        refuse(server, f"C-12 {text}", patient(text))
    for text in ('"name":[]', '"name":[{}]', '"name":[{"family":""}]', '"contact":[{}]', '"maritalStatus":{}', '"name":[{"given":[]}]',
                 '"extension":[]', '"gender":""'):
        refuse(server, f"C-13 {text}", patient(text))
    for text in ('"name":[{"given":["a"],"_given":[{"id":"x"},{"id":"y"}]}]', '"_birthDate":[{"id":"x"}]', '"_name":[{"id":"x"}]',
                 '"_nothing":{"id":"x"}', '"_birthDate":"x"', '"_birthDate":{}', '"_birthDate":{"colour":"red"}'):
        refuse(server, f"C-14 {text}", patient(text))
    accept(server, "C-14 twins of the same length",
           patient('"name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"u:x","valueCode":"b"}]}]}]'))
    refuse(server, "C-15 two choices", observation("1", ',"valueString":"x"'), path="/Observation")
    refuse(server, "C-15 two choices, one only extended",
           patient('"deceasedBoolean":true,"_deceasedDateTime":{"extension":[{"url":"u:x","valueCode":"b"}]}'))
    refuse(server, "C-15 a choice of a type that is not offered", patient('"deceasedString":"x"'))
    for text in ('"colour":"red"', '"__proto__":{"a":1}', '"constructor":"x"', '"Active":true', '"name":[{"surname":"x"}]', '"value":1',
                 '"":1', '"resourcetype":"Patient"', '"fhir_comments":["x"]', '"' + "k" * 100000 + '":1'):
        refuse(server, f"C-16 {text[:40]}", patient(text))
    for text in ("2024-02-30", "2024-13-01", "2024-00-10", "0000-01-01", "24-01-01", "2024-1-1", "2024-02-29T00:00:00Z", "20240101",
                 " 2024-01-01", "2023-02-29"):
        refuse(server, f"C-20 birthDate {text}", patient(f'"birthDate":"{text}"'))
    for text in ("2024-01-01T24:00:00Z", "2024-01-01T10:00:00+25:00", "2024-01-01T10:60:00Z", "2024-01-01T10:00:00", "2024-01-01T10:00",
                 "2024-01-01T10:00:00+5:00", "2024-01-01 10:00:00Z", "2024-01-01T10:00:00ZZ"):
        refuse(server, f"C-20 deceasedDateTime {text}", patient(f'"deceasedDateTime":"{text}"'))
    accept(server, "C-20 a leap second", patient('"deceasedDateTime":"2016-12-31T23:59:60Z"'))
    accept(server, "C-20 a leap day", patient('"birthDate":"2024-02-29"'))
    refuse(server, "C-20 an instant without zone",
           '{"resourceType":"Observation","status":"final","code":{"text":"c"},"issued":"2024-01-01T10:00:00"}', path="/Observation")
    for identity in ("a" * 65, "../x", "a_b", "", "a b", "ä", "a/b", "a\u0000", "%61"):
        body = json.dumps({"resourceType": "Patient", "id": identity})
        url = urllib.parse.quote(identity, safe="") or "x"
        answer = server.client().call("PUT", f"/Patient/{url}", body)
        that(answer.status in (400, 404, 405), f"C-21 id {identity!r}: {answer!r}")
        if identity:
            refuse(server, f"C-21 id {identity!r} in a create", body)
    data = lambda text: '{"resourceType":"Binary","contentType":"text/plain","data":"%s"}' % text
    for text in ("a", "ab=", "a===", "@@@@", "aGVsbG8=x"):
        refuse(server, f"C-19 base64 {text!r}", data(text), path="/Binary")
    accept(server, "C-19 base64", data(base64.b64encode(bytes(range(256))).decode()), path="/Binary")
    contained = lambda text, more="": '{"resourceType":"Patient","contained":[%s]%s}' % (text, more)
    refuse(server, "C-22 contained in contained",
           contained('{"resourceType":"Organization","id":"o","contained":[{"resourceType":"Device","id":"d"}]}',
                     ',"managingOrganization":{"reference":"#o"}'), allowed=(400, 422))
    refuse(server, "C-22 contained, referred to by nobody", contained('{"resourceType":"Organization","id":"o"}'), allowed=(400, 422))
    accept(server, "C-22 contained", contained('{"resourceType":"Organization","id":"o","name":"x"}',
                                               ',"managingOrganization":{"reference":"#o"}'))
    alive(server, "C-07, C-11 to C-22")


def json_sizes(server):
    client = server.client()
    def timed(row, body, allowed, limit=5, path="/Patient"):
        begun = time.monotonic()
        try:
            answer = server.client().call("POST", path, body)
            status = answer.status
        except (ConnectionError, OSError):
            status = 0  # the server closed while we were sending what is too much
        took = time.monotonic() - begun
        that(status in allowed and took < limit, f"{row}: expected {allowed}, got {status} after {took:.2f} s")
    before = server.resident()
    timed("C-17 a string of 17 MB", b'{"resourceType":"Patient","name":[{"text":"' + b"a" * (17 << 20) + b'"}]}', (413, 0))
    timed("C-17 a string of 10 MB", b'{"resourceType":"Patient","name":[{"text":"' + b"a" * (10 << 20) + b'"}]}', (201, 400, 413))
    timed("C-17 an array of 300,000", b'{"resourceType":"Patient","name":[{"given":[' + b",".join([b'"a"'] * 300_000) + b"]}]}",
          (201, 400, 413), 5)
    timed("C-17 a million keys", b'{"resourceType":"Patient",' + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}", (400, 413))
    timed("C-17 a million equal keys", b'{"resourceType":"Patient",' + b",".join([b'"active":true'] * 1_000_000) + b"}", (400, 413))
    timed("C-18 300,000 extensions",
          b'{"resourceType":"Patient","extension":[' + b",".join([b'{"url":"u:x","valueCode":"a"}'] * 300_000) + b"]}", (201, 400, 413), 5)
    timed("a million backslashes", b'{"resourceType":"Patient","name":[{"text":"' + b"\\\\" * 1_000_000 + b'"}]}', (201, 400))
    timed("a number of a million digits", observation("1" * 1_000_000).encode(), (400, 413), path="/Observation")
    timed("E-20 100,000 tags", b'{"resourceType":"Patient","meta":{"tag":[' + b",".join(b'{"code":"t%d"}' % n
            for n in range(100_000)) + b"]}}", (400, 413), 2)
    alive(server, "C-17, C-18")
    that(server.resident() - before < 600 << 20, f"C-17 memory stays bounded: {(server.resident() - before) >> 20} MB more")


# --- D: XML ---------------------------------------------------------------------------------------------------------------

def xml_documents(server):
    kind = "application/fhir+xml"
    patient = lambda text, head="": f'{head}<Patient xmlns="http://hl7.org/fhir">{text}</Patient>'
    no = lambda row, body, **more: refuse(server, row, body, kind=kind, **more)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    there = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    for row, doctype, use in (("D-01 a doctype", "<!DOCTYPE Patient>", ""),
                              ("D-01 a doctype by address", f'<!DOCTYPE Patient SYSTEM "{there}">', ""),
                              ("D-02 a file", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
                              ("D-02 an address", f'<!DOCTYPE a [<!ENTITY e SYSTEM "{there}">]>', "&e;"),
                              ("D-02 expect", '<!DOCTYPE a [<!ENTITY e SYSTEM "expect://id">]>', "&e;"),
                              ("D-03 a parameter entity", f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{there}"> %p;]>', ""),
                              ("D-04 laughs",
                               '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">'
                                       for n in range(10)) + "]>", "&k;"),
                              ("D-04 quadratic", '<!DOCTYPE l [<!ENTITY a "' + "x" * 50000 + '">]>', "&a;" * 5000)):
        begun = time.monotonic()
        answer = no(row, patient(f'<name><family value="{use}"/></name>', doctype))
        that(time.monotonic() - begun < 0.5, f"{row}: refused at once")
        that(answer is None or b"root:" not in answer.body, f"{row}: no file is told")
    post(server, patient('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'), kind)
    answer = post(server, f'<?xml-stylesheet href="{there}"?>' + patient("").replace("<Patient ",
            f'<Patient xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir {there}" '), kind)
    that(answer.status in (201, 400), f"D-05 a schemaLocation: {answer!r}")
    no("D-05 XInclude", patient('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'))
    try:
        listener.accept()
        that(False, "D-01 to D-05: somebody fetched")
    except TimeoutError:
        that(True, "nothing was fetched")
    listener.close()
    begun = time.monotonic()
    no("D-06 a depth of 2,000,000", "<a>" * 2_000_000)
    no("D-06 a depth of 20,000 in extensions", patient('<extension url="u:x">' * 20_000 + "</extension>" * 20_000))
    no("D-06 a depth of 20,000 in the narrative",
       patient('<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">' + "<b>" * 20_000 + "x" + "</b>" * 20_000 + "</div></text>"))
    no("D-07 100,000 attributes", patient("<active " + " ".join(f'a{n}="1"' for n in range(100_000)) + ' value="true"/>'))
    no("D-07 an attribute twice", patient('<active value="true" value="false"/>'))
    no("D-07 an unknown attribute", patient('<active value="true" colour="red"/>'))
    that(time.monotonic() - begun < 3, f"D-06, D-07 are refused at once: {time.monotonic() - begun:.1f} s")
    no("D-08 UTF-16 declared", patient('<active value="true"/>', '<?xml version="1.0" encoding="UTF-16"?>'), allowed=(400, 415))
    no("D-08 UTF-7 declared", patient('<active value="true"/>', '<?xml version="1.0" encoding="UTF-7"?>'), allowed=(400, 415))
    no("D-08 UTF-16 sent", patient('<active value="true"/>').encode("utf-16"), allowed=(400, 415))
    no("D-08 Latin-1 sent", patient('<name><family value="Å"/></name>').encode("latin-1"))
    no("D-09 an undeclared prefix", patient('<f:active value="true"/>'))
    no("D-09 another namespace", '<Patient xmlns="urn:hl7-org:v3"/>')
    no("D-09 no namespace", "<Patient/>")
    no("D-09 text between elements", patient('hello<active value="true"/>'))
    no("D-09 text in an element", patient("<active>true</active>"))
    accept(server, "D-09 a declared prefix", '<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="true"/></f:Patient>', kind=kind)
    no("D-10 CDATA", patient('<active value="true"><![CDATA[x]]></active>'))
    no("D-11 no value", patient("<active/>"))
    no("D-11 an empty value", patient('<gender value=""/>'))
    no("D-11 the wrong order", patient('<birthDate value="2000-01-01"/><active value="true"/>'))
    no("D-11 a list that is interrupted",
       patient('<identifier><value value="a"/></identifier><active value="true"/><identifier><value value="b"/></identifier>'))
    no("D-11 twice what may stand once", patient('<active value="true"/><active value="false"/>'))
    no("D-11 an unknown element", patient('<colour value="red"/>'))
    good = patient('<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><b>x</b>&amp;</div></text><name><family value="Å&quot;"/></name>', '<?xml version="1.0" encoding="UTF-8"?>').encode()
    accept(server, "D-12 whole", good, kind=kind)
    client = server.client()
    wrong = [n for n in range(len(good)) if client.call("POST", "/Patient", good[:n], kind=kind).status != 400]
    that(not wrong, f"D-12 cut at every byte: not refused at {wrong}")
    for junk in ("x", "<a/>", "<!-- --", "</Patient>", "\0"):
        no(f"D-12 behind the end: {junk!r}", patient('<active value="true"/>') + junk)
    div = lambda text: patient(f'<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">{text}</div></text>')
    for text in ("<script>alert(1)</script>", '<b onclick="x()">x</b>', '<a href="javascript:x()">x</a>', "<iframe src='x'/>",
                 "<form><input/></form>", '<object data="x"/>', '<svg onload="x()"/>', "<style>@import 'x'</style>",
                 '<img src="x" onerror="x()"/>',
                 '<a href=" java&#x0A;script:x()">x</a>', '<embed src="x"/>', '<base href="x"/>', '<link rel="x"/>',
                 '<meta http-equiv="x"/>'):
        no(f"D-13 {text}", div(text), allowed=(400, 422))
        refuse(server, f"D-13 in JSON {text}", json.dumps({"resourceType": "Patient", "text": {"status": "generated",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}}), allowed=(400, 422))
    for text in ("&#0;", "&#xFFFE;", "&#x1F;", "&#xD800;", "&#x110000;", "&#99999999999;", "&unknown;", "&", "&#;", "&#x;", "a<b"):
        no(f"D-14 {text}", patient(f'<name><family value="{text}"/></name>'))
    for text in ("Patient.name", "'; drop table x; --", "%resource", "${7*7}", "{{7*7}}", "//*[1]", "$$ne"):
        made = accept(server, f"D-16 {text}", json.dumps({"resourceType": "Patient", "name": [{"family": text}]}))
        that(made.status == 201 and made.json["name"][0]["family"] == text, f"D-16 {text} is kept as it is")
    alive(server, "D-01 to D-16")


# --- E: REST --------------------------------------------------------------------------------------------------------------

def bundles(server):
    client = server.client()
    entry = lambda n: {"resource": {"resourceType": "Basic", "code": {"text": f"e{n}"}}, "request": {"method": "POST", "url": "Basic"}}
    bundle = lambda entries, kind="transaction": {"resourceType": "Bundle", "type": kind, "entry": entries}
    before = client.get("/Basic?_summary=count").json["total"]
    bad = [entry(n) for n in range(1000)]
    bad[999]["resource"]["colour"] = "red"
    answer = client.call("POST", "", bundle(bad))
    that(answer.status in (400, 422), f"E-11 one bad of a thousand: {answer!r}")
    that(client.get("/Basic?_summary=count").json["total"] == before, "E-11 none of the thousand is stored")
    answer = client.call("POST", "", bundle([{"request": {"method": "GET", "url": f"Basic/x{n}"}} for n in range(10001)], "batch"))
    that(answer.status == 413, f"E-12 a batch of 10,001: {answer.status} {answer.body[:200]!r}")
    answer = client.call("POST", "", bundle([{"request": {"method": "GET", "url": f"Basic/x{n}"}} for n in range(5000)], "batch"))
    that(answer.status == 200 and len(answer.entries) == 5000, f"E-12 a batch of 5,000: {answer.status}")
    for kind in ("transaction", "batch"):
        inner = {"resource": bundle([entry(1)]), "request": {"method": "POST", "url": "/"}}
        answer = client.call("POST", "", bundle([inner], kind))
        that(answer.status == (400 if kind == "transaction" else 200)
             and (kind == "transaction" or answer.entries[0]["response"]["status"][0] == "4"), f"E-13 a bundle in a {kind}: {answer!r}")
    for what, body in (("no type", {"resourceType": "Bundle"}), ("an unknown type", {"resourceType": "Bundle", "type": "party"}),
                       ("a searchset", bundle([], "searchset")), ("type that is a number", {"resourceType": "Bundle", "type": 1}),
                       ("an entry that is text", {"resourceType": "Bundle", "type": "batch", "entry": ["x"]}),
                       ("an entry that is nothing", {"resourceType": "Bundle", "type": "batch", "entry": [None]}),
                       ("entries that are one", {"resourceType": "Bundle", "type": "batch", "entry": {"request": {"method": "GET",
                               "url": "Patient"}}}),
                       ("a type of another resource", {"resourceType": "Patient"})):
        body.pop("entry", None) if body.get("entry") == [] else None
        refuse(server, f"E-13 {what}", json.dumps(body), path="")
    for url in ("Patient/../metadata", "//Patient", "Patient?name=%zz", "Patient/a_b", "\u0000", "javascript:alert(1)",
                "file:///etc/passwd", "http://169.254.169.254/latest", "Patient/1/_history/x/y", "?", "$op", "Patient/$op", "x" * 10000,
                "Patient?" + "a=b&" * 3000):
        answer = client.call("POST", "", bundle([{"request": {"method": "GET", "url": url}}], "batch"))
        status = answer.entries[0]["response"]["status"][0] if answer.status == 200 else str(answer.status)[0]
        that(status in "4" or (url == "?" and status == "2") or "op" in url, f"E-10 a url in a batch {url[:40]!r}: {answer!r}")
    for etag in ('W/"', "*", "''", 'W/"999999999999999999999999"', "\\", '"' * 1000):
        answer = client.call("PUT", "/Basic/etag", {"resourceType": "Basic", "id": "etag", "code": {"text": "x"}}, {"If-Match": etag})
        that(answer.status in (200, 201, 400, 412), f"E-03 If-Match {etag[:20]}: {answer!r}")
    for text in ("identifier=a|b|c", "%zz", "=", "&&", "?", "_count=1", "birthdate=x", "name:exact",
                 "_id=" + ",".join(map(str, range(6000)))):
        answer = client.call("POST", "/Patient", BODY, {"If-None-Exist": text})
        that(answer.status in (400, 412, 413, 431), f"E-05 If-None-Exist {text[:30]}: {answer!r}")
    refuse(server, "E-20 a client's versionId that is no id", '{"resourceType":"Patient","meta":{"versionId":"a b"}}')
    for query, allowed in (("_format=exe", (400, 406)), ("_pretty=maybe", (404,)), ("_summary=x", (400,)), ("_elements=*'", (400,)),
                           ("_summary=true&_summary=text", (400, 404))):
        answer = client.get(f"/Patient/none?{query}")
        that(answer.status in allowed, f"E-17 {query}: {answer!r}")
    alive(server, "E")


# --- F: search ------------------------------------------------------------------------------------------------------------

INJECTIONS = ("'", "''", '"', "%", "_", "\\", "\\\\", "' OR 1=1 --", '" OR ""="', "');--", "'; drop table resource; --", "*", "?",
              "[a-z]%", "x' union select body from history --", "\u200b", "😀", "a\tb", "(", ")", "{", "$", "\n", "--", "/*", "0x27", "%27",
              "NULL", "true", "1e5",
              "a" * 3000, "ª", "İ", "ß", "\ufeff", "\u202e", "ﬁ", "e\u0301", "\U0010ffff")


def patches(server):
    client = server.client()
    that(client.call("PUT", "/Patient/patched", {"resourceType": "Patient", "id": "patched", "name": [{"family": "Lind"}], "active": True}).status == 201, "a patient to patch")
    before = client.get("/Patient/patched").headers["ETag"]
    def refused(row, body, kind="application/json-patch+json", allowed=(400, 422)):
        answer = Client(server.port).call("PATCH", "/Patient/patched", body, kind=kind)
        that(answer.status in allowed and b"OperationOutcome" in answer.body, f"{row}: expected {allowed}, got {answer!r}")
        that(b".cpp" not in answer.body and b"/src/" not in answer.body, f"{row}: nothing of our inside is told")
    refused("E-08 an unknown op", '[{"op":"frobnicate","path":"/active"}]', allowed=(400,))
    for pointer in ("active", "/name/-", "/name/00", "/name/1", "/name/-1", "/name/18446744073709551616", "/name/0/", "/a~", "/~2", "/name/0/family/x", "#/active",
                    "/" * 5000, "/name/" + "9" * 100000):
        refused(f"E-08 pointer {pointer[:20]}", json.dumps([{"op": "remove", "path": pointer}]), allowed=(422,))
    refused("E-08 a test that fails", '[{"op":"test","path":"/active","value":false}]', allowed=(422,))
    refused("E-08 10,000 operations", json.dumps([{"op": "test", "path": "/active", "value": True}] * 10000), allowed=(413,))
    for own in ("/meta/versionId", "/meta/lastUpdated", "/id", "/resourceType"):
        for op in ("add", "replace", "remove"):
            refused(f"E-08 {op} {own}", json.dumps([{"op": op, "path": own, "value": "x"}]), allowed=(400,))
    refused("E-08 moving the id away", '[{"op":"move","from":"/id","path":"/language"}]', allowed=(400,))
    doubling = [{"op": "add", "path": "/extension", "value": [{"url": "http://x", "valueString": "y"}]}] + [{"op": "copy", "from": "/extension", "path": "/extension/0/extension"}] * 60
    refused("a resource copied into itself", json.dumps(doubling), allowed=(400, 413, 422))
    refused("nested 100,000 deep", "[" * 100000, allowed=(400, 413))
    refused("a value nested 100,000 deep", '[{"op":"add","path":"/x","value":' + '{"a":' * 100000, allowed=(400, 413))
    for body in (b"\xff", b"[\x00]", b'[{"op":"add","path":"/language","value":"\xc0\xaf"}]', b'["\\ud800"]', b"nul", b"[", b"", b"{}", b"[1]", b"[null]", b'[{"op":"add","op":"test","path":""}]'):
        refused(f"JSON Patch {body[:20]!r}", body, allowed=(400,))
    for body in (b"[]", b"1", b'"x"', b"null", b"{", b'{"id":"other"}', b'{"meta":{"versionId":"77"}}', b'{"resourceType":"Group"}', b'{"resourceType":null}', b'{"id":null}'):
        refused(f"merge patch {body[:30]!r}", body, kind="application/merge-patch+json")
    refused("a merge patch 70 deep", '{"a":' * 70 + "1" + "}" * 70, kind="application/merge-patch+json", allowed=(400, 413, 422))
    operation = lambda **parts: {"name": "operation", "part": [{"name": name, ("valueCode" if name == "type" else "valueString"): value} for name, value in parts.items()]}
    by_path = lambda *operations: json.dumps({"resourceType": "Parameters", "parameter": list(operations)})
    fhir = "application/fhir+json"
    refused("E-09 a path to nothing", by_path(operation(type="replace", path="Patient.birthDate", value="1980-01-01")), fhir, (422,))
    refused("E-09 a path to several", by_path(operation(type="delete", path="Patient.descendants()")), fhir, (422,))
    refused("E-09 a computed value", by_path(operation(type="replace", path="Patient.name.count()", value="x")), fhir, (422,))
    refused("E-09 the resource itself", by_path(operation(type="delete", path="Patient")), fhir, (422,))
    refused("a path that is no FHIRPath", by_path(operation(type="delete", path="((((")), fhir, (400,))
    refused("a path of 60 kB", by_path(operation(type="delete", path="Patient" + ".name" * 12000)), fhir)
    digits = "(" + "|".join("123456789") + ")"
    refused("a path that costs much", by_path(operation(type="delete", path=(digits + ".select(") * 8 + digits + ")" * 8 + ".where(false)")), fhir, (400, 422))
    refused("10,000 operations by path", by_path(*[operation(type="delete", path="Patient.birthDate")] * 10000), fhir, (413,))
    refused("no Parameters", "{\"resourceType\":\"Patient\",\"id\":\"patched\"}", fhir, (400,))
    refused("an XML Patch", "<diff/>", "application/xml-patch+xml", (415,))
    refused("no media type", "[]", "nonsense", (415,))
    that(client.get("/Patient/patched").headers["ETag"] == before, "E-08, E-09: what was refused changed nothing")
    alive(server, "E-08, E-09")


def injections(server):
    client = server.client()
    client.call("PUT", "/Patient/plain", {"resourceType": "Patient", "id": "plain", "name": [{"family": "Plain"}],
                                          "identifier": [{"value": "plain"}], "birthDate": "2000-01-01"})
    stored = {}
    for number, text in enumerate(INJECTIONS):
        body = {"resourceType": "Patient", "id": f"inj{number}", "name": [{"family": "inj" + text + "end"}],
                "identifier": [{"system": "urn:inj", "value": "inj" + text.strip() + "end"}]}
        answer = client.call("PUT", f"/Patient/inj{number}", body)
        if answer.status in (200, 201):
            stored[number] = text
    that(len(stored) > len(INJECTIONS) - 6, f"F-09 nearly all texts can be stored: {sorted(set(range(len(INJECTIONS))) - set(stored))}")
    total = int(client.get("/Patient?_summary=count").json["total"])
    escape = lambda text: re.sub(r"([\\,$|])", r"\\\1", text)
    ask = lambda name, text: client.get(f"/Patient?{name}={urllib.parse.quote(text, safe='')}&_count=1000")
    for number, text in stored.items():
        if len(text) > 2000:
            continue
        for name, value in (("family:exact", "inj" + text + "end"), ("identifier", "inj" + text.strip() + "end"), ("identifier", None)):
            answer = ask(name, escape(value)) if value else ask(name, "urn:inj|" + escape("inj" + text.strip() + "end"))
            that(answer.status == 200 and answer.ids == [f"inj{number}"],
                 f"F-09 {name} finds {text[:20]!r} and nothing else: {answer.ids if answer.status == 200 else answer!r}")
        answer = ask("family", escape("inj" + text + "end"))
        most = 6 if any(c.isalnum() for c in text) else len(stored)  # punctuation does not count: "inj'end" is "inj(end"
        that(answer.status == 200 and f"inj{number}" in answer.ids and len(answer.ids) <= most,
             f"F-09 family finds {text[:20]!r}: {answer.ids if answer.status == 200 else answer!r}")
    for text in INJECTIONS:
        for path in ("Patient?name", "Patient?name:contains", "Patient?name:exact", "Patient?identifier", "Patient?gender:not",
                     "Patient?birthdate", "Patient?organization", "Patient?_id", "Patient?_tag", "Patient?_lastUpdated", "Patient?_profile",
                     "Observation?value-quantity", "Observation?code-value-quantity", "RiskAssessment?probability", "ValueSet?url",
                     "Patient?_sort", "Patient?_elements", "Patient?_count", "Patient?_total", "Patient?_page", "Patient?_summary",
                     "Patient/_history?_since", "Patient/_history?_at", "Patient?name:missing", "Observation?subject:Patient",
                     "Patient?general-practitioner"):
            answer = client.get(f"/{path}={urllib.parse.quote(text, safe='')}")
            that(answer.status in (200, 400), f"F-09 {path} = {text[:20]!r}: {answer!r}")
            if answer.status == 200 and text not in ("😀", "\u200b", "\ufeff") and ("exact" in path or path == "Patient?identifier"):
                that(answer.json.get("total", "0") == "0", f"F-09 {path} = {text[:20]!r} finds nothing: {answer.json.get('total')}")
        answer = client.get(f"/Patient?{urllib.parse.quote(text, safe='')}=x")
        that(answer.status in (200, 400), f"F-09 a parameter of the name {text[:20]!r}: {answer!r}")
        answer = client.get(f"/Patient/{urllib.parse.quote(text, safe='')}")
        that(answer.status in (200, 400, 404), f"F-09 an id {text[:20]!r}: {answer!r}")
        answer = client.get(f"/Patient/plain/_history/{urllib.parse.quote(text, safe='')}")
        that(answer.status in (200, 400, 404), f"F-09 a version {text[:20]!r}: {answer!r}")
    that(client.get("/Patient?_summary=count").json["total"] == str(total), "F-09 nothing was dropped")
    alive(server, "F-09")


def explosions(server):
    client = server.client()
    status = lambda query, path="Patient": client.get(f"/{path}?{query}").status
    that(status("_count=0") == 200 and status("_count=-1") == 400 and status("_count=abc") == 400, "F-03 _count 0, -1, abc")
    that(status("_count=2147483648") == 200 and status("_count=99999999999999999999999") == 200 and status("_count=1e9") == 400
         and status("_count=") == 400, "F-03 _count too large, 1e9, empty")
    that(client.get("/Patient?" + "organization." * 20 + "name=x").status == 400, "F-06 a chain of 20 hops")
    that(client.get("/Patient?" + "_has:Observation:patient:" * 10 + "code=x").status == 400, "F-06 _has nested ten times")
    post_search = lambda text: client.call("POST", "/Patient/_search", text, kind="application/x-www-form-urlencoded")
    that(post_search("gender=" + ",".join(["male"] * 5001)).status in (400, 413), "F-07 5,001 values")
    that(post_search("gender=" + ",".join(f"c{n}" for n in range(4000))).status == 200, "F-07 4,000 values")
    that(post_search("&".join(["name=a"] * 500)).status in (400, 413), "F-07 500 parameters")
    that(post_search("&".join(f"a{n}=b" for n in range(100_000))).status in (400, 413), "F-07 100,000 parameters")
    that(post_search("name=" + "a" * 65536).status in (200, 400, 413), "F-07 64 kB of name")
    that(post_search("name=" + "a" * (2 << 20)).status in (400, 413), "F-07 2 MB of name")
    that(status("_sort=" + ",".join(["name"] * 50)) == 400, "F-08 50 sort keys")
    that(status("_sort=;drop") == 400 and status("_sort=name%00") == 400 and status("_sort=--name") == 400, "F-08 sort keys that are none")
    for value in ("gt9999999-01-01", "eq2024-02-30", "ap9999", "ap0001", "lt0000", "ge10000-01-01", "ap9999-12-31T23:59:59Z",
                  "sa0001-01-01", "gt", "ap", "2024-01-01T00:00:00%2B99:99", "-2024"):
        that(status(f"birthdate={value}") in (200, 400), f"F-13 birthdate={value}: {client.get(f'/Patient?birthdate={value}')!r}")
    for value in ("1e309|u|m", "1e308", "-1e308", "1e-308", "ap1e308", "gt1e-400", "1" * 60, "1" * 100, "0." + "0" * 100 + "1", "1e", "e1",
                  "-", "+", "ap0", "1e2147483648", "1e-2147483649", "5%7C%7C", "5%7Ca%5C%7Cb%7Cc"):
        answer = client.get(f"/Observation?value-quantity={value}")
        that(answer.status in (200, 400), f"F-14 value-quantity={value}: {answer!r}")
    for value in ("999|999|1e9|km", "NaN|NaN", ""):
        that(status(f"near={urllib.parse.quote(value)}", "Location") in (400,) or value == "", f"F-19 near={value}")
    for value in ("$", "$$", "a$", "$5", "a$5$6", "%7C%7C$5", "a%7Cb%7Cc$5"):
        that(status(f"code-value-quantity={value}", "Observation") == 400,
             f"F-20 code-value-quantity={value}: {client.get(f'/Observation?code-value-quantity={value}')!r}")
    for value in ("%7C%7C", "%7C", "a%7Cb%7Cc"):
        that(status(f"identifier={value}") == 400, f"F-20 identifier={value}")
    that(post_search("_id=" + ",".join(f"i{n}" for n in range(10_000))).status in (400, 413), "F-21 10,000 ids")
    alive(server, "F-03 to F-21")


def page_tokens(server):
    client = server.client()
    for n in range(6):
        client.call("PUT", f"/Device/d{n}", {"resourceType": "Device", "id": f"d{n}"})
    first = client.get("/Device?_count=2")
    link = first.link("next")
    token = re.search(r"_page=([^&]+)", link).group(1)
    ask = lambda text, base="/Device?_count=2&": client.get(f"{base}_page={text}")
    that(ask(token).status == 200, "F-16 a page token as it was given")
    rest = random.Random(seed)
    wrong = []
    for n in range(len(token)):
        other = token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1:]
        if ask(other).status not in (400, 410):
            wrong.append(n)
    that(not wrong, f"F-16 a letter of the token changed: taken at {wrong}")
    that(all(ask(token[:n]).status in (400, 410) or n == 0 for n in range(len(token))), "F-16 a cut token")
    that(ask(token + "A").status in (400, 410) and ask("x" * 5000).status in (400, 410) and ask("%00").status == 400
         and ask("1").status == 400, "F-16 tokens made up")
    that(ask(token, "/Patient?_count=2&").status in (400, 410), "F-16 the token of another type")
    that(ask(token, "/Device?_count=3&").status in (400, 410), "F-16 the token of another question")
    that(ask(token, "/Device?_count=2&_id=d1&").status in (400, 410), "F-16 the token of a wider question")
    that(client.get(f"/Device/_history?_count=2&_page={token}").status in (400, 410), "F-16 the token of a search for a history")
    with Andiron() as other:
        that(other.client().get(f"/Device?_count=2&_page={token}").status in (400, 410), "F-16 the token of another server")
    for _ in range(200):
        text = base64.urlsafe_b64encode(rest.randbytes(rest.randrange(1, 80))).decode().rstrip("=")
        if ask(text).status not in (400, 410):
            that(False, f"F-16 a random token was taken: {text}")
    alive(server, "F-16")


def fuzzed_urls(server):
    """Bounded and repeatable: seed as argument."""
    dice = random.Random(seed)
    words = ["Patient", "Observation", "_history", "_search", "metadata", "$op", "?", "&", "=", ":", "/", "%", "%20", "%2f", "name",
             "exact", "missing", "_id", "_count", "_sort", "-", "1", "a", ",", "|", "\\", "$", ".", "..", "ge2020", "5.4", "é", "+", ";",
             "#", "*", "'", "_page",
             "_include", "birthdate", "code", "_elements", "_format", "xml", "true", "{", "}", "[", "]", "@", "!", "~", "^", "%c3%a9",
             "%e2%80%8b", "_lastUpdated", "_total", "accurate", "code-value-quantity", "%00", "\t"]
    odd, codes = [], set()
    client = server.client()
    for n in range(2500):
        start = "/Patient?" if n % 3 == 0 else "/"
        target = start + "".join(dice.choice(words) for _ in range(dice.randrange(1, 14)))
        keep = "/?&=:%|,$.-+;*'_@!~^#" if n % 5 else "/?&=:%|,$.-+;*'_@!~^#{}[]\\"
        client.http.putrequest(dice.choice(("GET", "GET", "GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS")),
                               "/fhir" + urllib.parse.quote(target, safe=keep))
        client.http.putheader("Content-Length", "0")
        client.http.endheaders()
        response = client.http.getresponse()
        body = response.read()
        codes.add(response.status)
        if response.status >= 500 and response.status != 501:
            odd.append((target, response.status, body[:100]))
        if response.getheader("Connection") == "close":
            client = server.client()
    that(not odd, f"fuzzed URLs answered 5xx: {odd[:3]} (seed {seed})")
    that(400 in codes and 200 in codes and 404 in codes, f"fuzzed URLs meet many answers: {sorted(codes)}")
    alive(server, "fuzzed URLs")


def noise(server):
    dice = random.Random(seed)
    request = POST + b"Content-Length: 26\r\n\r\n" + BODY
    sent = [dice.randbytes(dice.randrange(1, 400)) + b"\r\n\r\n" for _ in range(150)]
    for _ in range(400):
        changed = bytearray(request)
        for _ in range(dice.randrange(1, 4)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        sent.append(bytes(changed))
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda bytes_: raw(server, bytes_, wait=1), sent))
    odd = [(bytes_, answer[:100]) for bytes_, answer in zip(sent, answers)
           if any(code >= 500 and code not in (501, 505) for code in statuses(answer))]
    that(not odd, f"noise answered 5xx: {odd[:2]} (seed {seed})")
    alive(server, "noise")


def settings_limit(_):
    """The limits are settings: other figures, other borders."""
    with Andiron(http__head="1KiB", http__target=256, http__headers=10, http__body="1KiB", http__bundle="2KiB", fhir__most_entries=3,
                 fhir__page=2, fhir__most_page=4,
                 http__idle_time="300ms", http__write_time="500ms") as server:
        expect_raw(server, "http.head", GET + b"X: " + b"a" * 1024 + b"\r\n\r\n", {431})
        expect_raw(server, "http.target", b"GET /fhir/Patient?name=" + b"a" * 300 + b" HTTP/1.1\r\nHost: a\r\n\r\n", {414})
        expect_raw(server, "http.headers", GET + b"".join(b"X%d: a\r\n" % n for n in range(10)) + b"\r\n", {431})
        basic = lambda size: json.dumps({"resourceType": "Basic", "code": {"text": "x" * size}})
        that(post(server, basic(800), path="/Basic").status == 201 and post(server, basic(1100), path="/Basic").status == 413, "http.body")
        that(post(server, gzip.compress(basic(2000).encode()), path="/Basic").status == 400, "a packed body without its name")
        answer = server.client().call("POST", "/Basic", gzip.compress(basic(2000).encode()), {"Content-Encoding": "gzip"})
        that(answer.status == 413, f"http.body counts what comes out of gzip: {answer!r}")
        entries = [{"request": {"method": "GET", "url": f"Basic/{n}"}} for n in range(4)]
        bundle = lambda some: server.client().call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": some})
        that(bundle(entries[:3]).status == 200 and bundle(entries).status == 413, "fhir.most_entries")
        that(bundle([{"request": {"method": "GET", "url": "Basic/" + "x" * 2100}}]).status == 413, "http.bundle")
        for n in range(6):
            server.client().call("PUT", f"/Device/d{n}", {"resourceType": "Device", "id": f"d{n}"})
        that(len(server.client().get("/Device").ids) == 2 and len(server.client().get("/Device?_count=100").ids) == 4,
             "fhir.page and fhir.most_page")
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as link:
            link.sendall(GET + b"\r\n")
            begun, data = time.monotonic(), b"x"
            while data:
                data = link.recv(65536)
            that(time.monotonic() - begun < 4, f"http.idle_time closes an idle connection: {time.monotonic() - begun:.1f} s")
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", server.port))
        link.settimeout(5)
        for _ in range(40):
            try:
                link.sendall(b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n\r\n")
            except OSError:
                break
        time.sleep(1.5)
        taken, whole = 0, False
        try:
            while piece := link.recv(1 << 20):
                taken += len(piece)
        except OSError:
            pass
        that(taken < 40 * 300_000, f"http.write_time gives a client up that takes nothing: {taken} bytes came")
        link.close()
        alive(server, "limits")


def turned_away(_):
    """More than the server can do at once: 503 with a time to wait, and what was taken is done."""
    with Andiron(threads__work=1, threads__waiting=2) as server:
        bundle = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": {"resourceType": "Basic", "code": {"text": f"t{n}"}}, "request": {"method": "POST", "url": "Basic"}}
            for n in range(300)]})
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: server.client().call("POST", "", bundle), range(40)))
        away = [answer for answer in answers if answer.status == 503]
        done = [answer for answer in answers if answer.status == 200]
        that(len(away) + len(done) == 40 and done, f"busy: 200 or 503: {sorted(a.status for a in answers)}")
        that(all(answer.headers["Retry-After"] and b"OperationOutcome" in answer.body for answer in away),
             "503 says when to come again, in FHIR's words")
        that(server.client().get("/Basic?_summary=count").json["total"] == str(300 * len(done)),
             "what was answered 200 is there, what was turned away is not")
        that(away, "a flood is turned away")


def no_bugs(server):
    metrics = Client(server.management, "").get("/metrics").body.decode()
    that(re.search(r"^andiron_bugs_total 0$", metrics, re.M) is not None, "no exception reached a door")
    fives = re.search(r'^andiron_http_answers_total\{class="5xx"\} (\S+)$', metrics, re.M)
    print(f"  {fives.group(0) if fives else 'no 5xx'} (501 for methods, codings and operations that are not supported)")
    log = open(server.log_path).read()
    that(all(line.startswith("{") for line in log.splitlines()), "the log has only lines of JSON")
    that("inj" not in log and "drop table" not in log, "what was sent does not stand in the log")


TESTS = (lengths, chunks, header_lines, request_lines, slow_ones, codings, resets, json_syntax, json_values, json_sizes, xml_documents,
         bundles, patches, injections, explosions, page_tokens, fuzzed_urls, noise, settings_limit, turned_away, no_bugs)

if __name__ == "__main__":
    begun_ = time.monotonic()
    with Andiron(http__head_time="400ms", http__body_rate="100000") as server_:
        for test in TESTS:
            start = time.monotonic()
            run([test], server_)
            if "-v" in sys.argv:
                print(f"  {test.__name__} {time.monotonic() - start:.1f} s")
        finish("bad input", f"{checks()} checks, {time.monotonic() - begun_:.0f} s")
