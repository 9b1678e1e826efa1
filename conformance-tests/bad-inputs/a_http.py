# SPDX-License-Identifier: Apache-2.0
"""Group A: framing and limits of HTTP/1.1 (RFC 9112)."""
import gzip
import json
import os
import re
import resource
import selectors
import socket
import threading
import time
import zlib

from rows import MEBI, descriptors, metric, needs, own_memory, peak_memory, processor_time, statuses, until

# Short times, so that what only proves that there is a limit need not wait for it.
SETTINGS = {"http__head_time": "1500ms", "http__body_rate": "100000"}

GET = b"GET /fhir/Patient/good HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\n"
BODY = b'{"resourceType":"Patient"}'
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def line(text):
    return text + b"\r\nHost: a\r\n\r\n"


def a_01_two_lengths(at):
    at.expect("two fields", POST + b"Content-Length: 26\r\nContent-Length: 27\r\n\r\n" + BODY, {400}, closes=True)
    at.expect("a list", POST + b"Content-Length: 26, 27\r\n\r\n" + BODY, {400}, closes=True)


def a_02_length_and_chunks(at):
    at.expect("both", POST + b"Content-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}, closes=True)
    at.expect("both, chunked first", POST + b"Transfer-Encoding: chunked\r\nContent-Length: 26\r\n\r\n0\r\n\r\n", {400}, closes=True)


def a_03_space_before_the_colon(at):
    at.expect("a space", POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", {400}, closes=True)
    at.expect("a tab", POST + b"Content-Length\t: 26\r\n\r\n" + BODY, {400}, closes=True)


def a_04_codings(at):
    coded = lambda coding: POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n"
    at.expect("an unknown one", coded(b"xchunked"), {501}, closes=True)
    at.expect("chunked is not last", coded(b"gzip, chunked, identity"), {400}, closes=True)
    at.expect("chunked is not there", coded(b"gzip"), {400, 501}, closes=True)
    for coding in (b"chunked, chunked", b"chunked\r\nTransfer-Encoding: chunked", b""):
        at.expect(f"{coding!r}", coded(coding), {400}, closes=True)


def a_05_lengths_that_are_none(at):
    for length in (b"-1", b"+5", b"0x5", b"abc", b"", b"1" + b"0" * 20, b"5 5", b"5;", b"5\0"):
        at.expect(f"{length!r}", POST + b"Content-Length: " + length + b"\r\n\r\n" + BODY, {400}, closes=True)


def a_06_a_length_of_4_gb(at):
    before = peak_memory(at.server)
    at.expect("4 GB", POST + b"Content-Length: 4294967295\r\n\r\nhello", {413}, closes=True)
    at.expect("a byte too much", POST + b"Content-Length: 16777217\r\n\r\nhello", {413}, closes=True)
    at.that(peak_memory(at.server) - before < 4 * MEBI, "nothing is allocated for an announced length")


def a_07_chunk_sizes(at):
    for size in (b"FFFFFFFFFFFFFFFF", b"-5", b"80000000", b"1" * 17, b"g", b"", b" 5", b"0x5"):
        at.expect(f"{size!r}", CHUNKED + size + b"\r\nhello\r\n0\r\n\r\n", {400, 413}, closes=True)
    at.expect("small ones that are too much together", CHUNKED + (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 17 + b"0\r\n\r\n", {413, 0})
    at.expect("of one byte each", CHUNKED + b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n", {201})


def a_08_chunk_ends_and_extensions(at):
    at.expect("no line end behind the data", CHUNKED + b"1a\r\n" + BODY + b"XX0\r\n\r\n", {400}, closes=True)
    at.expect("an extension of 64 kB", CHUNKED + b"1a;" + b"x" * 65536 + b"\r\n" + BODY + b"\r\n0\r\n\r\n", {400}, closes=True)
    at.expect("a small extension is skipped", CHUNKED + b"1a;a=b\r\n" + BODY + b"\r\n0\r\n\r\n", {201})


def a_09_trailers(at):
    body = CHUNKED + b"1a\r\n" + BODY + b"\r\n0\r\n"
    at.expect("10,000 fields", body + b"".join(b"t%d: x\r\n" % n for n in range(10000)) + b"\r\n", {431}, closes=True)
    at.expect("a forbidden field is ignored", body + b"Authorization: x\r\n\r\n", {201})


def a_10_no_colon(at):
    at.expect("no colon", GET + b"nonsense\r\n\r\n", {400}, closes=True)
    at.expect("no name", GET + b": x\r\n\r\n", {400}, closes=True)


def a_11_folded_lines(at):
    at.expect("a space", GET + b"X: a\r\n b\r\n\r\n", {400}, closes=True)
    at.expect("a tab", GET + b"X: a\r\n\tb\r\n\r\n", {400}, closes=True)


def a_12_line_ends_and_controls(at):
    at.expect("bare line feeds", b"GET /fhir/metadata HTTP/1.1\nHost: a\n\n", {400}, closes=True)
    at.expect("one bare line feed", GET + b"X: a\nY: b\r\n\r\n", {400}, closes=True)
    for byte in (b"\r", b"\0", b"\x7f", b"\x01"):
        at.expect(f"{byte!r} in a value", GET + b"X: a" + byte + b"b\r\n\r\n", {400}, closes=True)
    at.expect("NUL in a name", GET + b"X\0: a\r\n\r\n", {400}, closes=True)


def a_13_hosts(at):
    at.expect("none", b"GET /fhir/metadata HTTP/1.1\r\n\r\n", {400}, closes=True)
    at.expect("two", GET + b"Host: b\r\n\r\n", {400}, closes=True)
    at.expect("a list", b"GET /fhir/metadata HTTP/1.1\r\nHost: a,b\r\n\r\n", {400}, closes=True)
    at.expect("a path", b"GET /fhir/metadata HTTP/1.1\r\nHost: a/b\r\n\r\n", {400}, closes=True)
    for what, request in (("an absolute target", b"GET http://evil.example/fhir/Patient HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
                          ("a foreign Host", b"GET /fhir/Patient HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"
                                             b"Forwarded: host=evil.example\r\n\r\n")):
        answer = at.expect(what, request, {200, 400, 421})
        at.that(b"evil.example" not in answer, f"{what} does not stand in a link")


def a_14_sizes(at):
    headers = lambda count: GET + b"".join(b"X%d: a\r\n" % n for n in range(count)) + b"\r\n"
    named = lambda size: b"GET /fhir/Patient?name=" + b"a" * size + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    # With megabytes on their way when the connection is closed, the answer can be lost.
    for what, request, allowed in (("a header of 8 MB", GET + b"X: " + b"a" * (8 << 20) + b"\r\n\r\n", {431, 0}),
                                   ("a header of 20 kB", GET + b"X: " + b"a" * 20_000 + b"\r\n\r\n", {431}),
                                   ("5,000 headers", headers(5000), {431, 0}), ("101 headers", headers(100), {431}),
                                   ("a URL of 70 kB", named(70_000), {414, 0}), ("a URL of 9 kB", named(9000), {414})):
        before = processor_time(at.server)
        for _ in range(3):
            at.expect(what, request, allowed, closes=True)
        used = (processor_time(at.server) - before) / 3
        at.that(used <= 0.01, f"{what}: {1000 * used:.0f} ms of processor")
    at.expect("90 headers are read", headers(90), {200})
    at.expect("a URL of 7 kB is read", named(7000), {200})
    with at.another(http__head="1KiB", http__target=256, http__headers=10):
        at.expect("http.head", GET + b"X: " + b"a" * 1024 + b"\r\n\r\n", {431})
        at.expect("http.target", named(300), {414})
        at.expect("http.headers", headers(10), {431})


def a_15_methods(at):
    for method, allowed in ((b"FOO", {405, 501}), (b"TRACE", {405}), (b"CONNECT", {405}), (b"get", {501}), (b"G\0T", {400}), (b"", {400}),
                            (b"A" * 5000, {400, 405, 501})):
        at.expect(f"{method[:10]!r}", line(method + b" /fhir/metadata HTTP/1.1"), allowed)
    at.expect("the authority form", line(b"CONNECT evil.example:443 HTTP/1.1"), {400, 405})


def a_16_request_lines(at):
    for text, allowed in ((b"GET  /fhir/metadata HTTP/1.1", {400}), (b"GET /fhir/metadata HTTP/1.", {400}), (b"GET /fhir/metadata HTTP/2.0", {505}),
                          (b"GET /fhir/metadata HTTP/0.9", {400}), (b"GET /fhir/metadata", {400}), (b"GET /fhir/metadata http/1.1", {400}),
                          (b"GET /fhir/metadata HTTP/1.1 x", {400}), (b" GET /fhir/metadata HTTP/1.1", {400}), (b"GET", {400}),
                          (b"GET\t/fhir/metadata\tHTTP/1.1", {400}), (b"GET /fhir/metadata HTTP/1.10", {400}), (b"GET *  HTTP/1.1", {400}),
                          (b"GET fhir/metadata HTTP/1.1", {400})):
        at.expect(f"{text!r}", line(text), allowed)
    at.expect("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505})
    at.expect("HTTP/1.0 is answered", b"GET /fhir/metadata HTTP/1.0\r\n\r\n", {200})


def a_17_bytes_in_a_path(at):
    for target in (b"/fhir/Patient/a\0b", b"/fhir/Patient/%00", b"/fhir/Patient/%zz", b"/fhir/Patient/%c0%ae", b"/fhir/Patient/%", b"/fhir/Patient?name=%00",
                   b"/fhir/Patient?name=%ff", b"/fhir/Patient?%zz=1", b"/fhir/Patient?name=%e", b"/fhir/Patient/a\x01", b"/fhir/Patient/\xff"):
        at.expect(f"{target!r}", line(b"GET " + target + b" HTTP/1.1"), {400})


def a_18_paths_that_climb(at):
    for target in (b"/fhir/Patient/../admin", b"/fhir/Patient/../metadata", b"//fhir/Patient", b"/fhir//Patient", b"/fhir/Patient/%2e%2e/metrics",
                   b"/fhir/..%2f..%2fetc/passwd", b"/../../etc/passwd", b"/fhir/%2e%2e/livez", b"/metrics", b"/livez",
                   b"/fhir\\Patient"):
        answer = at.expect(f"{target!r}", line(b"GET " + target + b" HTTP/1.1"), {404})
        at.that(b"andiron_" not in answer and b"CapabilityStatement" not in answer, f"{target!r} reaches no other route")


@needs(counted=False)
def a_19_pipelines(at):
    three = at.raw(GET + b"\r\n" + b"GET /fhir/Patient/none HTTP/1.1\r\nHost: a\r\n\r\n" + GET + b"Connection: close\r\n\r\n")
    at.that(statuses(three) == [200, 404, 200], f"three are answered in order: {statuses(three)}")
    many = at.raw(b"".join(b"GET /fhir/Patient/n%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(300)))
    at.that([int(n) for n in re.findall(rb"diagnostics\":\"[^\"]*Patient/n(\d+)\.", many)] == list(range(300)), "three hundred are answered in order")


@needs(counted=False)
def a_20_the_last_line_end_alone(at):
    answer = at.raw(CHUNKED + b"1a\r\n" + BODY + b"\r\n0\r\n", then=b"\r\n" + GET + b"Connection: close\r\n\r\n")
    at.that(statuses(answer) == [201, 200], f"both are answered: {statuses(answer)}")


class Crowd:
    """Many sockets that send a byte now and then and wait to be told off."""

    def __init__(self, port, count, begin, piece):
        self.answers, self.took, self.open = [], [], {}
        self.piece = piece
        self.ready = selectors.DefaultSelector()
        for _ in range(count):
            link = socket.create_connection(("127.0.0.1", port), timeout=10)
            link.sendall(begin)
            link.setblocking(False)
            self.open[link] = (time.monotonic(), [])
            self.ready.register(link, selectors.EVENT_READ)

    def end(self, link):
        begun, pieces = self.open.pop(link)
        self.ready.unregister(link)
        self.answers.append(b"".join(pieces))
        self.took.append(time.monotonic() - begun)
        link.close()

    def wait(self, seconds, pace):
        end, due = time.monotonic() + seconds, 0
        while self.open and time.monotonic() < end:
            for key, _ in self.ready.select(pace / 4):
                try:
                    data = key.fileobj.recv(4096)
                except OSError:
                    data = b""
                if data:
                    self.open[key.fileobj][1].append(data)
                else:
                    self.end(key.fileobj)
            if time.monotonic() < due:
                continue
            due = time.monotonic() + pace
            for link in list(self.open):
                try:
                    link.send(self.piece)
                except OSError:
                    pass  # closed; what it was told is read above
        for link in list(self.open):
            self.answers.append(b"still open")
            link.close()


def beside(at, crowd, seconds, pace):
    """How long others wait meanwhile: milliseconds that 99 of 100 stay below."""
    waits, client = [], at.server.client()
    thread = threading.Thread(target=crowd.wait, args=(seconds, pace))
    thread.start()
    while thread.is_alive():
        begun = time.monotonic()
        at.that(client.get("/Patient/good").status == 200, "others are answered")
        waits.append(1000 * (time.monotonic() - begun))
        time.sleep(0.01)
    thread.join()
    waits.sort()
    return waits[int(len(waits) * 0.99) - 1] if len(waits) > 20 else 0


def slow(at, what, begin, piece, limit):
    for turn in range(3):  # the machine is shared: one quiet turn of three proves that others need not wait
        crowd = Crowd(at.server.port, 500, begin, piece)
        wait = beside(at, crowd, limit + 3, 0.5)
        at.that(all(answer.startswith(b"HTTP/1.1 408") or answer == b"" for answer in crowd.answers), f"{what}: each is told 408 and closed: "
                f"{[answer[:40] for answer in crowd.answers if b'408' not in answer][:2]}")
        at.that(sum(b"408" in answer[:20] for answer in crowd.answers) >= 475, f"{what}: nearly all hear it")
        at.that(not crowd.took or max(crowd.took) <= limit, f"{what}: closed in {max(crowd.took or [0]):.1f} s of {limit}")
        if wait < 100:
            break
    at.that(wait < 100, f"{what}: others wait {wait:.0f} ms of 100 meanwhile")


def a_21_slow_heads(at):
    slow(at, "500 slow heads", b"GET", b"X", 5)


def a_22_slow_bodies(at):
    slow(at, "500 slow bodies", POST + b"Content-Length: 100000\r\n\r\n", b" ", 8)  # looked at every five seconds


@needs(settings={"http__write_time": "1s", "http__bundle": "64MiB"}, memory=150)  # the allocator keeps up to 16 MiB for each of its 8 arenas
def a_23_slow_readers(at):
    """Twenty MB are asked for and not read: given up after the write time, others go on, memory stays within what one answer takes."""
    entries = [{"resource": {"resourceType": "Basic", "code": {"text": "x" * 50_000}}, "request": {"method": "POST", "url": "Basic"}} for _ in range(400)]
    at.gives("20 MB to ask for", at.call("POST", "", json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries})), 200)
    before, links = own_memory(at.server), []
    for _ in range(4 * (os.cpu_count() or 1)):
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", at.server.port))
        link.sendall(b"GET /fhir/Basic?_count=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        links.append(link)
    most = 0
    for _ in range(40):
        with at.quick("others meanwhile", 1):
            at.that(at.get("/Patient/good").status == 200, "others are answered")
        most = max(most, own_memory(at.server) - before)
        time.sleep(0.02)
    at.that(most < len(links) * 32 * MEBI, f"memory stays bounded: {most >> 20} MiB for {len(links)} readers")
    at.that(until(lambda: metric(at.server, "andiron_connections_timed_out_total") >= len(links), 10), "all are given up")
    for link in links:
        link.close()


def answered_soon(at):
    """On a new connection. One that the system refused while the queue was full would be tried again by itself after a second only."""
    try:
        with socket.create_connection(("127.0.0.1", at.server.port), timeout=0.2) as link:
            link.sendall(b"GET /fhir/Patient/good HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return link.recv(64).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


@needs(settings={}, memory=64)
def a_24_more_connections_than_descriptors(at):
    """10,000 silent connections where the server may open 4,096 files: no busy loop, and it recovers."""
    wanted = 10_000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < wanted + 500:
        wanted = max(hard - 500, 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 400, hard))
    resource.prlimit(at.server.process.pid, resource.RLIMIT_NOFILE, (min(4096, wanted // 2), min(4096, wanted // 2)))
    links = []
    for n in range(wanted):
        link = socket.socket()
        link.bind((f"127.0.0.{2 + n // 2500}", 0))
        link.setblocking(False)
        link.connect_ex(("127.0.0.1", at.server.port))
        links.append(link)
    time.sleep(0.5)
    before = processor_time(at.server)
    time.sleep(1)
    used = processor_time(at.server) - before
    at.that(used <= 0.05, f"no busy loop: {100 * used:.0f} % of a processor")
    for link in links:
        link.close()
    begun = time.monotonic()
    at.that(until(lambda: answered_soon(at), 10), "it answers when they are gone")
    at.that(time.monotonic() - begun < 1, f"it recovers in {time.monotonic() - begun:.1f} s")
    at.that(until(lambda: descriptors(at.server) < 100), "no descriptor is left")


def a_25_bodies_that_are_not_wanted(at):
    answer = at.expect("too much", POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n", {413}, closes=True)
    at.that(b"100 Continue" not in answer, "the final answer comes without 100")
    answer = at.raw(POST + b"Expect: 100-continue\r\nContent-Length: 26\r\n\r\n", then=BODY)
    at.that(answer.startswith(b"HTTP/1.1 100") and b"HTTP/1.1 201" in answer, f"what is wanted is asked for: {answer[:80]!r}")
    at.expect("another expectation", POST + b"Expect: miracles\r\nContent-Length: 26\r\n\r\n" + BODY, {417}, closes=True)


def a_26_packed_bodies(at):
    small = gzip.compress(BODY)
    post = lambda body, coding: at.call("POST", "/Patient", body, {"Content-Encoding": coding})
    at.gives("gzip is read", post(small, "gzip"), 201)
    packer, pieces = zlib.compressobj(9, zlib.DEFLATED, 31), []
    for _ in range(512):
        pieces.append(packer.compress(b" " * MEBI))
    before = peak_memory(at.server)
    with at.quick("a bomb of 512 MB", 3):
        at.gives("a bomb of 512 MB", post(b"".join(pieces) + packer.flush(), "gzip"), 413)
    at.that(peak_memory(at.server) - before < 40 * MEBI, f"a bomb takes little memory: {(peak_memory(at.server) - before) >> 20} MiB")
    at.gives("a bomb under the cap, a thousand times its size", post(gzip.compress(b" " * 12_000_000 + BODY, 9), "gzip"), 413)
    at.gives("garbage as deflate, which is not offered", post(b"garbage", "deflate"), 415)
    at.gives("gzip twice", post(gzip.compress(small), "gzip, gzip"), 415)
    for what, body in (("gzip twice, said once", gzip.compress(small)), ("no gzip", b"garbage"), ("cut", small[:-6]), ("nothing", b""),
                       ("junk behind", small + b"junk"), ("a wrong sum", small[:-5] + b"\xff" + small[-4:])):
        at.gives(what, post(body, "gzip"), 400)
    with at.another(http__body="1KiB"):
        at.gives("what comes out counts", post(gzip.compress(json.dumps({"resourceType": "Basic", "code": {"text": "xyz" * 600}}).encode()), "gzip"), 413)


def a_27_media_types(at):
    for kind in (None, "text/plain", "application/fhir+json; charset=utf-16"):
        head = b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\n" + (f"Content-Type: {kind}\r\n".encode() if kind else b"")
        at.expect(f"Content-Type {kind}", head + b"Content-Length: 26\r\n\r\n" + BODY, {415})


def a_28_accept(at):
    at.gives("application/pdf", at.get("/Patient/good", Accept="application/pdf"), 406)
    for accept in (";;;", "a", "*/*;q=x", "application/*;q=1e5", "/", ",;,"):
        at.gives(f"malformed: {accept}", at.get("/Patient/good", Accept=accept), 200)


@needs(counted=False)
def a_29_odd_headers(at):
    at.expect("a thousand cookies, bad dates", GET + b"Cookie: " + b"; ".join(b"c%d=1" % n for n in range(1000))
              + b"\r\nDate: never\r\nIf-Modified-Since: \xff\r\n\r\n", {200})
    at.expect("half of each", GET + b"Cookie: a\r\nDate:\r\nIf-None-Match: \"\r\nIf-Modified-Since: Thu, 99 Abc 99999 99:99:99 GMT\r\nPrefer: ;;==,\r\n\r\n",
              {200})


@needs(memory=48)
def a_30_resets(at):
    entries = [{"resource": {"resourceType": "Basic", "code": {"text": "y" * 20_000}}, "request": {"method": "POST", "url": "Basic"}} for _ in range(20)]
    at.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    before = descriptors(at.server)
    for n in range(1000):
        link = socket.create_connection(("127.0.0.1", at.server.port), timeout=5)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        link.sendall(b"GET /fhir/Basic?_count=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
        if n % 10 == 0:
            link.recv(1000)
        link.close()
    at.that(until(lambda: descriptors(at.server) <= before + 2, 20), f"no descriptor is left: {before}, {descriptors(at.server)}")
