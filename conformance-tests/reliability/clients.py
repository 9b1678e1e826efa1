# SPDX-License-Identifier: Apache-2.0
"""Slow readers, slow headers, slow bodies, 10,000 idle sockets and floods of connections: everybody else is answered, none with an error.

A quiet client reads, writes and sends messages all the while; its times are told for each kind of trouble. Memory and descriptors come back.
Rows A-21 to A-24, B-01, I-05 and I-32 of the list of bad inputs, as load."""
import os
import resource
import socket
import threading
import time

from trial import finish, percentile, run, say, seconds, that, until

from andiron import Andiron, Mllp, segment

ONCE = max(2.5, seconds / 10)  # each kind of trouble lasts so long


class Quiet(threading.Thread):
    """Somebody who behaves: read, search, write and a message, again and again."""

    def __init__(self, server):
        super().__init__()
        self.server, self.times, self.errors, self.ended = server, [], [], threading.Event()
        self.start()

    def run(self):
        try:
            client, link, count = self.server.client(), Mllp(self.server.mllp), 0
            while not self.ended.is_set():
                count += 1
                begun = time.monotonic()
                answers = [client.call("PUT", "/Patient/quiet", {"resourceType": "Patient", "id": "quiet", "name": [{"family": f"n{count}"}]}),
                           client.get("/Patient/quiet"), client.get(f"/Patient?family=n{count}&_count=2")]
                self.times.append((time.monotonic() - begun) / len(answers))
                self.errors += [repr(one) for one in answers if one.status not in (200, 201)]
                answer = link.exchange(f"MSH|^~\\&|LAB|L|EHR|H|20260101||ADT^A08^ADT_A01|{id(self)}-{count}|P|2.5.1\rEVN|A08|20260101\rPID|1||Q1^^^QUIET^MR||Quiet^Test||19700101|F\rPV1|1|I\r".encode())
                if segment(answer, b"MSA")[1] != b"AA":
                    self.errors.append(repr(answer))
                time.sleep(0.005)
        except Exception as error:
            self.errors.append(repr(error))

    def end(self):
        self.ended.set()
        self.join()
        return self


quiet_p99 = 0.0


def beside(server, what, trouble):
    """Runs trouble(stop) beside a quiet client; tells how that fared."""
    stop = threading.Event()
    other = threading.Thread(target=trouble, args=(stop,))
    other.start()
    time.sleep(0.3)
    somebody = Quiet(server)
    time.sleep(ONCE)
    somebody.end()
    stop.set()
    other.join(60)
    p99 = percentile(somebody.times, .99)
    that(not somebody.errors, f"{what}: nobody else gets an error: {somebody.errors[:3]}")
    that(len(somebody.times) > 3, f"{what}: others are answered")
    # Told exactly, judged mildly: who shares two cores with the troublemaker and other programs is slower for that alone.
    that(p99 < max(20 * quiet_p99, 2.0), f"{what}: others wait {p99 * 1000:.0f} ms, {quiet_p99 * 1000:.0f} ms in peace")
    say(f"{what}: others p50 {percentile(somebody.times, .5) * 1000:.1f}, p99 {p99 * 1000:.1f} ms (in peace p99 {quiet_p99 * 1000:.1f}), {len(somebody.times)} rounds, 0 errors wanted: {len(somebody.errors)}")


def sockets(server, count, port=None, first=b""):
    links = []
    for i in range(count):
        one = socket.socket()
        one.settimeout(30)
        one.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: the port is chosen when it connects
        one.bind((f"127.0.0.{2 + i // 2500}", 0))
        one.connect(("127.0.0.1", port or server.port))
        if first:
            one.sendall(first)
        links.append(one)
    return links


def cut_off(one):
    """Closed, with or without a word (408)."""
    one.settimeout(0.01)
    try:
        return one.recv(65536) is not None
    except socket.timeout:
        return False
    except OSError:
        return True


def troubles():
    global quiet_p99
    with Andiron(http__head_time="1s", http__write_time="2s", mllp__per_peer=0) as server:
        big = server.client()
        for number in range(12):
            big.call("PUT", f"/Binary/b{number}", {"resourceType": "Binary", "id": f"b{number}", "contentType": "application/octet-stream", "data": "A" * (1 << 20)})
        quiet = Quiet(server)
        time.sleep(ONCE)
        quiet_p99 = percentile(quiet.end().times, .99)
        that(not quiet.errors, f"in peace: {quiet.errors[:3]}")
        say(f"in peace: p50 {percentile(quiet.times, .5) * 1000:.1f}, p99 {quiet_p99 * 1000:.1f} ms")
        rest, files = server.resident(), len(os.listdir(f"/proc/{server.process.pid}/fd"))

        def slow_headers(stop):
            """A-21: 300 who send a byte of a header now and then."""
            links = sockets(server, 300, first=b"GET /fhir/metadata HTTP/1.1\r\nHost: a\r\n")
            begun = time.monotonic()
            while not stop.is_set():
                for one in links:
                    try:
                        one.send(b"X")
                    except OSError:
                        pass
                time.sleep(0.1)
            if time.monotonic() - begun > 2:
                that(sum(map(cut_off, links)) > 290, "A-21: slow headers are cut off after http.head_time")
            for one in links:
                one.close()

        def slow_bodies(stop):
            """A-22: 300 bodies of which a byte comes now and then."""
            links = sockets(server, 300, first=b"PUT /fhir/Patient/slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: 100000\r\n\r\n{")
            while not stop.is_set():
                for one in links:
                    try:
                        one.send(b" ")
                    except OSError:
                        pass
                time.sleep(0.1)
            for one in links:
                one.close()

        def slow_readers(stop):
            """A-24: 20 who ask for 12 MB each and take nothing."""
            links = []
            for _ in range(20):
                one = socket.socket()
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.connect(("127.0.0.1", server.port))
                one.sendall(b"GET /fhir/Binary?_count=100 HTTP/1.1\r\nHost: a\r\n\r\n")
                links.append(one)
            stop.wait()
            for one in links:
                one.close()

        def half_messages(stop):
            """I-05: 300 links with half a message each."""
            links = sockets(server, 300, server.mllp, b"\x0bMSH|^~\\&|A|B|C|D|20260101||ADT^A08^ADT_A01|1|P|2.5.1\rPID|1||")
            stop.wait()
            for one in links:
                one.close()

        def flood(stop, port=None, first=b""):
            count = 0
            while not stop.is_set():
                try:
                    for one in sockets(server, 50, port, first):
                        one.close()
                        count += 1
                except OSError:
                    time.sleep(0.01)
            say(f"  {count} connections in the flood")

        def resets(stop):
            """Connections that are reset in the middle of a request."""
            while not stop.is_set():
                try:
                    for one in sockets(server, 20, first=b"GET /fhir/Patient?_count=1 HTTP/1.1\r\nHost: a\r\n\r\n"):
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                        one.close()
                except OSError:
                    time.sleep(0.01)

        beside(server, "A-21 slow headers", slow_headers)
        beside(server, "A-22 slow bodies", slow_bodies)
        beside(server, "A-24 slow readers", slow_readers)
        beside(server, "I-05 half messages", half_messages)
        beside(server, "B-01 a flood of connections", flood)
        beside(server, "I-32 a flood of links", lambda stop: flood(stop, server.mllp))
        beside(server, "resets in the middle", resets)
        that(until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < files + 80, 20), f"descriptors come back: {files} before, {len(os.listdir(f'/proc/{server.process.pid}/fd'))} now")
        until(lambda: server.resident() - rest < 100 << 20, 10)
        that(server.resident() - rest < 250 << 20, f"memory comes back: {rest >> 20} MiB before, {server.resident() >> 20} now")
        say(f"resident {rest >> 20} MiB before, {server.resident() >> 20} after all of it")


def idle():
    """10,000 connections of each door that say nothing."""
    wanted = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + 500:
        return say(f"SKIPPED: only {hard} descriptors are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, hard))
    try:
        for door in ("http", "mllp") if seconds else ("http",):  # links of MLLP: outside/wire_test.py
            with Andiron(mllp__per_peer=0, http__head_time="60s") as server:
                before, links = server.resident(), []
                try:
                    links = sockets(server, wanted, server.port if door == "http" else server.mllp)
                except OSError as error:
                    say(f"{len(links)} connections only: {error}")
                beside(server, f"{len(links)} idle connections ({door})", lambda stop: stop.wait())
                say(f"  they cost {(server.resident() - before) >> 20} MiB")
                for one in links:
                    one.close()
                that(until(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) < 300, 20), "they are gone when they are closed")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


run([troubles, idle])
finish("clients", "others were served without an error")
