# SPDX-License-Identifier: Apache-2.0
"""Eight clients read and write four resources while the server is killed; what they saw has an order (linearizable per resource, O-01).

The checker is tried first on histories that have no order: it must say so."""
import random
import threading
import time

from linearizable import Operation, explain
from trial import chance, figures, finish, kill_and_start, rounds, run, say, seed, that

from andiron import Andiron

CLIENTS, RESOURCES = 8, 4
counted = 0


def operation(kind, called, returned, value=None, condition=None, outcome="ok", version=None):
    one = Operation(kind, value, condition, called)
    if outcome != "unknown":
        one.end(outcome, returned, version, value)
    return one


def the_checker():
    write, read = (lambda *a, **k: operation("write", *a, **k)), (lambda *a, **k: operation("read", *a, **k))
    first = write(0, 1, "a", version=1)
    good = {"one after the other": [first, read(2, 3, "a", version=1)],
            "side by side": [write(0, 5, "a", version=1), read(1, 2, None, version=0), read(3, 4, "a", version=1)],
            "an unanswered write that counts": [first, write(2, 0, "b", outcome="unknown"), read(3, 4, "b", version=2)],
            "an unanswered write that never counts": [first, write(2, 0, "b", outcome="unknown"), read(3, 4, "a", version=1), write(5, 6, "c", 1, version=2)],
            "one that counts later": [first, write(2, 0, "b", outcome="unknown"), read(3, 4, "a", version=1), read(5, 6, "b", version=2)],
            "a refusal": [first, write(2, 3, "b", 0, "stale")]}
    bad = {"a lost write": [first, read(2, 3, None, version=0)],
           "back in time": [first, write(2, 3, "b", version=2), read(4, 5, "a", version=1)],
           "seen, then not": [first, write(2, 0, "b", outcome="unknown"), read(3, 4, "b", version=2), read(5, 6, "a", version=1)],
           "a version given twice": [first, write(2, 3, "b", version=2), write(4, 5, "c", version=2)],
           "a wrong refusal": [first, write(2, 3, "b", 1, "stale")],
           "done though stale": [first, write(2, 3, "b", version=2), write(4, 5, "c", 1, version=3)],
           "a write that two see in another order": [write(0, 9, "a", version=1), read(1, 2, "a", version=1), read(3, 4, None, version=0)]}
    for name, history in good.items():
        that(explain(history) is None, f"the checker finds the order of {name}: {explain(history)}")
    for name, history in bad.items():
        that(explain(history) is not None, f"the checker refuses {name}")


def client_of(server, number, histories, lock, up, ended):
    connection, known, count = None, {}, 0
    own = random.Random(f"{seed}-{number}")
    while not ended.is_set():
        up.wait(30)
        count += 1
        resource = own.randrange(RESOURCES)
        kind = own.choice(("read", "write", "write"))
        condition = known.get(resource) if kind == "write" and own.random() < 0.5 else None
        one = Operation(kind, f"{number}-{count}" if kind == "write" else None, condition, time.monotonic())
        with lock:
            histories[resource].append(one)
        try:
            connection = connection or server.client()
            path = f"/Patient/h{resource}"
            if kind == "read":
                answer = connection.get(path)
            else:
                answer = connection.call("PUT", path, {"resourceType": "Patient", "id": f"h{resource}", "name": [{"family": one.value}]},
                                         headers={"If-Match": f'W/"{condition}"'} if condition else {})
        except Exception:  # killed: nobody knows
            connection = None
            time.sleep(0.01)
            continue
        if answer.status == 404:
            one.end("ok", time.monotonic(), 0, None)
        elif answer.status in (200, 201):
            version = int(answer.headers["ETag"].strip('W/"'))
            known[resource] = version
            one.end("ok", time.monotonic(), version, answer.json["name"][0]["family"] if kind == "read" else None)
        elif answer.status == 412:
            known.pop(resource, None)
            one.end("stale", time.monotonic())
        else:
            that(False, f"{kind} {path} is answered {answer!r}")


def clients():
    global counted
    with Andiron() as server:
        for number in rounds(1):
            # A resource's history is short enough to be searched: each round is a history of its own.
            histories, lock, up, ended = [[] for _ in range(RESOURCES)], threading.Lock(), threading.Event(), threading.Event()
            before = []
            for resource in range(RESOURCES):
                answer = server.client().get(f"/Patient/h{resource}")
                before.append((int(answer.headers["ETag"].strip('W/"')), answer.json["name"][0]["family"]) if answer.status == 200 else (0, None))
            up.set()
            threads = [threading.Thread(target=client_of, args=(server, i, histories, lock, up, ended)) for i in range(CLIENTS)]
            for thread in threads:
                thread.start()
            took = []
            for _ in range(5):
                time.sleep(chance.uniform(0.3, 1.2))
                took.append(kill_and_start(server, up))
            time.sleep(0.5)
            ended.set()
            for thread in threads:
                thread.join()
            begun = time.monotonic()
            for resource, history in enumerate(histories):
                wrong = explain(history, before[resource])
                counted += len(history)
                that(wrong is None, f"O-01: round {number}: resource h{resource}: no order of {len(history)} operations; around the place where it ends:\n    "
                     + "\n    ".join(map(repr, wrong or [])))
            unknown = sum(one.outcome == "unknown" for history in histories for one in history)
            stale = sum(one.outcome == "stale" for history in histories for one in history)
            say(f"round {number}: {sum(map(len, histories))} operations, {unknown} without an answer, {stale} refused as stale, {len(took)} kills; start until ready "
                f"{figures(took)}; searched in {time.monotonic() - begun:.1f} s")


run([the_checker, clients])
finish("history", f"O-01: {counted} operations of {CLIENTS} clients have an order")
