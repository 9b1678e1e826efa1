# SPDX-License-Identifier: Apache-2.0
"""kill -9 while writes go on, again and again: whatever was acknowledged is there afterwards, once.

Usage: crash_test.py [ROUNDS]   default 5; 50 for the long form"""
import random
import sys
import threading
import time

from andiron import Andiron, Mllp, check, finish, segment

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
seed = int(time.time())
random.seed(seed)
print(f"  seed {seed}")
acknowledged = {}   # Patient id -> the last acknowledged number
results = set()     # filler numbers acknowledged over MLLP
lock = threading.Lock()


def http_writer(server, number, stop):
    try:
        client = server.client()
        count = 0
        while not stop.is_set():
            count += 1
            identity = f"w{number}-{count % 20}"
            value = f"{server.round}-{count}"
            answer = client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "name": [{"family": value}]})
            if answer.status in (200, 201):
                with lock:
                    acknowledged[identity] = value
    except Exception:
        pass  # the server was killed


def mllp_writer(server, number, stop):
    try:
        link = Mllp(server.mllp)
        count = 0
        while not stop.is_set():
            count += 1
            name = f"R{number}-{server.round}-{count}"
            message = (f"MSH|^~\\&|LAB|L|EHR|H|20260101120000||ORU^R01^ORU_R01|{name}|P|2.5.1\r"
                       f"PID|1||C{number}^^^KILLS^MR||Crash^Test||19700101|F\r"
                       f"OBR|1||{name}^LAB|718-7^Hemoglobin^LN|||20260101115900||||||||||||||||||F\r"
                       f"OBX|1|NM|718-7^Hemoglobin^LN||{count}|g/dL|||||F\r").encode()
            if segment(link.exchange(message), b"MSA")[1] == b"AA":
                with lock:
                    results.add(name)
    except Exception:
        pass


with Andiron() as server:
    slowest = 0.0
    for number in range(rounds):
        server.round = number
        stop = threading.Event()
        threads = [threading.Thread(target=http_writer, args=(server, i, stop)) for i in range(4)]
        threads += [threading.Thread(target=mllp_writer, args=(server, i, stop)) for i in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(random.uniform(0.2, 1.0))
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        server.start()
        client = server.client()
        check(client.get("/metadata").status == 200, "the first request after a restart is answered")
        slowest = max(slowest, time.monotonic() - server.begun)
        for identity, value in list(acknowledged.items()):
            answer = client.get(f"/Patient/{identity}")
            if answer.status != 200:
                check(False, f"round {number}: Patient/{identity} was acknowledged and is lost ({answer.status})")
                continue
            # The stored value may be a later one whose answer the kill swallowed, never an earlier one.
            stored = tuple(map(int, answer.json["name"][0]["family"].split("-")))
            check(stored >= tuple(map(int, value.split("-"))), f"round {number}: Patient/{identity} went back in time")
    for name in sorted(results):
        answer = client.get(f"/DiagnosticReport?identifier={name}&_summary=count")
        check(answer.status == 200 and answer.json["total"] == "1", f"result {name} was acknowledged and is there {answer!r}")
    # A repeat of what was acknowledged gets the same answer and changes nothing.
    check(len(acknowledged) > 0 and len(results) > 0, "the writers have written")
    finish("crash", f"{rounds} kills, {len(acknowledged)} resources and {len(results)} results checked, slowest restart {slowest:.2f} s")
