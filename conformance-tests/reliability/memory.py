# SPDX-License-Identifier: Apache-2.0
"""A server that may not have more memory than it has now, and a little: what does not fit is refused, nobody takes the process down (O-08, O-09).

The address space is capped from outside (RLIMIT_AS), then descriptors are (RLIMIT_NOFILE); requests that need much come beside small ones."""
import base64
import os
import resource
import socket
import threading
import time

from trial import finish, manage, ready, run, say, seconds, that, until

from andiron import Andiron

statuses = {}
lock = threading.Lock()


def grown(server):
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")


def greedy(server, number, stop):
    """Large bundles, large resources, large pages."""
    while not stop.is_set():
        try:
            client = server.client()
            client.http.timeout = 60
            for answer in (client.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": [
                               {"resource": {"resourceType": "Patient", "name": [{"family": "x" * 3000}]}, "request": {"method": "POST", "url": "Patient"}} for _ in range(300)]}),
                           client.call("PUT", f"/Binary/m{number}", {"resourceType": "Binary", "id": f"m{number}", "contentType": "application/pdf",
                                                                     "data": base64.b64encode(bytes(5 << 20)).decode()}),
                           client.get("/Binary?_count=1000"), client.get("/Patient?_count=1000")):
                with lock:
                    statuses[answer.status] = statuses.get(answer.status, 0) + 1
        except Exception as error:  # cut off: memory for the answer was refused
            with lock:
                statuses[type(error).__name__] = statuses.get(type(error).__name__, 0) + 1


def capped():
    with Andiron() as server:
        client = server.client()
        for i in range(20):
            client.call("PUT", f"/Patient/small{i}", {"resourceType": "Patient", "id": f"small{i}"})
        before, resident = grown(server), server.resident()
        cap = before + (64 << 20)
        resource.prlimit(server.process.pid, resource.RLIMIT_AS, (cap, cap))
        stop = threading.Event()
        threads = [threading.Thread(target=greedy, args=(server, i, stop)) for i in range(10)]
        for thread in threads:
            thread.start()
        end, answered, refused = time.monotonic() + max(6, seconds), 0, 0
        while time.monotonic() < end and server.process.poll() is None:
            try:
                answer = server.client().get("/Patient/small1")
                answered += answer.status == 200
                refused += answer.status in (503, 500)
            except Exception:
                refused += 1
            time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join()
        if not that(server.process.poll() is None, f"O-08: the process lives with 64 MiB more than at rest: exit {server.process.poll()}, {open(server.log_path).read()[-300:]}"):
            return
        say(f"resident {resident >> 20} MiB at rest, {server.resident() >> 20} under load, address space capped 64 MiB above rest")
        say(f"large requests: {dict(sorted(statuses.items(), key=str))}; small ones beside them: {answered} answered, {refused} refused")
        that(answered > 0, "O-08: small requests are answered beside them")
        that(until(lambda: server.client().get("/Patient/small1").status == 200, 10), "O-08: the next small request is answered")
        that(until(lambda: server.client().call("PUT", "/Patient/after", {"resourceType": "Patient", "id": "after"}).status in (200, 201), 10), "O-08: it writes afterwards")
        that(ready(server), f"O-08: it is ready: {manage(server, '/readyz')}")
        server.kill()
        server.start()
        that(all(server.client().get(f"/Patient/small{i}").status == 200 for i in range(20)), "O-08: what was acknowledged before is there")


def no_descriptors():
    """EMFILE: connections that cannot be accepted wait; those that are open go on, and when some close others come in."""
    with Andiron() as server:
        client = server.client()
        client.get("/metadata")
        used = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (used + 12, used + 12))
        links = []
        for _ in range(60):
            one = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            links.append(one)
        time.sleep(0.5)
        begun = time.monotonic()
        answer = client.get("/Patient?_count=1")
        that(answer.status in (200, 503) and time.monotonic() - begun < 5, f"O-09: who is connected is answered: {answer!r}")
        spent = cpu(server)
        time.sleep(1)
        that(cpu(server) - spent < 0.5, f"O-09: it does not spin meanwhile: {cpu(server) - spent:.2f} s of processor time in a second")
        said = open(server.log_path).read()
        that(said.count("\n") < 200, f"O-09: and says so without flooding its log: {said.count(chr(10))} lines")
        for one in links:
            one.close()

        def again():
            try:
                return server.client().get("/Patient?_count=1").status == 200
            except OSError:
                return False
        that(until(again, 10), "O-09: new connections are answered when others have closed")


def cpu(server):
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


run([capped, no_descriptors])
finish("memory", "O-08 O-09: " + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items(), key=str)))
