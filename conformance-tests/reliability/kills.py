# SPDX-License-Identifier: Apache-2.0
"""kill -9 under HTTP and MLLP load, again and again: whatever was acknowledged is there, exactly once, whole (O-01).

Writers update, create, send transactions and HL7 v2 results. What was not answered is asked for once more after the restart, by a conditional
create or byte for byte, so that each must be there once, whether the kill came before or behind the commit."""
import threading
import time

from trial import chance, figures, finish, rounds, run, say, start_until_ready, that

from andiron import Andiron, Mllp, segment

SYSTEM = "http://andiron.example/kills"
lock = threading.Lock()
versions = {}      # Patient id -> the last acknowledged number
once = set()       # identifiers of creates that were acknowledged
bundles = set()    # of transactions that were
results = set()    # filler numbers acknowledged over MLLP
unanswered = []    # (what it is, name, request)


def created(name):
    return {"resourceType": "Basic", "identifier": [{"system": SYSTEM, "value": name}], "code": {"text": "kept"}}


def transaction(name):
    entries = [{"resource": created(f"{name}-{part}"), "request": {"method": "POST", "url": "Basic", "ifNoneExist": f"identifier={SYSTEM}|{name}-{part}"}} for part in range(3)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def result(name, number):
    return (f"MSH|^~\\&|LAB|L|EHR|H|20260101120000||ORU^R01^ORU_R01|{name}|P|2.5.1\r"
            f"PID|1||C{number}^^^KILLS^MR||Crash^Test||19700101|F\r"
            f"OBR|1||{name}^LAB|718-7^Hemoglobin^LN|||20260101115900||||||||||||||||||F\r"
            f"OBX|1|NM|718-7^Hemoglobin^LN||{len(name)}|g/dL|||||F\r").encode()


def ask(client, kind, name, request):
    """Sends it; notes it when it is acknowledged."""
    if kind == "put":
        answer = client.call("PUT", f"/Patient/{name}", {"resourceType": "Patient", "id": name, "name": [{"family": request}]})
        if answer.status in (200, 201):
            with lock:
                versions[name] = request
    elif kind == "create":
        answer = client.call("POST", "/Basic", created(name), headers={"If-None-Exist": f"identifier={SYSTEM}|{name}"})
        if answer.status in (200, 201):
            with lock:
                once.add(name)
    else:
        answer = client.call("POST", "", transaction(name))
        if answer.status == 200:
            with lock:
                bundles.add(name)
    that(answer.status in (200, 201), f"{kind} {name} is answered well: {answer!r}")


def over_http(server, writer, number, stop):
    client, count = server.client(), 0
    while not stop.is_set():
        count += 1
        kind = ("put", "create", "transaction")[count % 3]
        name, request = (f"w{writer}-{count % 20}", f"{number}-{count}") if kind == "put" else (f"{kind[0]}{writer}-{number}-{count}", None)
        try:
            ask(client, kind, name, request)
        except Exception:  # killed
            with lock:
                if kind != "put":
                    unanswered.append((kind, name))
            return


def over_mllp(server, writer, number, stop):
    count = 0
    try:
        link = Mllp(server.mllp)
        while not stop.is_set():
            count += 1
            name = f"R{writer}-{number}-{count}"
            try:
                code = segment(link.exchange(result(name, writer)), b"MSA")[1]
            except Exception:
                with lock:
                    unanswered.append(("message", name, writer))
                return
            that(code == b"AA", f"{name} is answered well: {code}")
            with lock:
                results.add(name)
    except Exception:
        pass


def one_round(server, number):
    stop = threading.Event()
    threads = [threading.Thread(target=over_http, args=(server, i, number, stop)) for i in range(4)]
    threads += [threading.Thread(target=over_mllp, args=(server, i, number, stop)) for i in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(chance.uniform(0.1, 0.8))
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()
    took = start_until_ready(server)
    client = server.client()
    for identity, value in list(versions.items()):
        answer = client.get(f"/Patient/{identity}")
        if not that(answer.status == 200, f"O-01: round {number}: Patient/{identity} was acknowledged and is lost ({answer.status})"):
            continue
        # The stored value may be a later one whose answer the kill swallowed, never an earlier one.
        stored = tuple(map(int, answer.json["name"][0]["family"].split("-")))
        that(stored >= tuple(map(int, value.split("-"))), f"O-01: round {number}: Patient/{identity} went back in time: {stored}, acknowledged {value}")
    link = Mllp(server.mllp)
    for kind, name, *more in unanswered:
        if kind == "message":
            that(segment(link.exchange(result(name, *more)), b"MSA")[1] == b"AA", f"O-01: {name}, sent once more, is taken")
            results.add(name)
        else:
            found = [int(client.get(f"/Basic?identifier={SYSTEM}|{one}&_summary=count").json["total"]) for one in ([name] if kind == "create" else [f"{name}-{p}" for p in range(3)])]
            that(set(found) in ({0}, {1}), f"O-01: an unanswered {kind} is there whole or not at all: {name} {found}")
            ask(client, kind, name, None)
    link.close()
    unanswered.clear()
    return took


def count_of(client, question):
    answer = client.get(question + "&_summary=count")
    return int(answer.json["total"]) if answer.status == 200 else f"{answer!r}"


def kills():
    with Andiron() as server:
        took = [one_round(server, number) for number in rounds(5)]
        client = server.client()
        for name in sorted(once):
            found = count_of(client, f"/Basic?identifier={SYSTEM}|{name}")
            that(found == 1, f"O-01: {name} was acknowledged and is there once: {found}")
        for name in sorted(bundles):
            for part in range(3):
                found = count_of(client, f"/Basic?identifier={SYSTEM}|{name}-{part}")
                that(found == 1, f"O-01: {name}-{part} of an acknowledged transaction is there once: {found}")
        for name in sorted(results):
            found = count_of(client, f"/DiagnosticReport?identifier={name}")
            that(found == 1, f"O-01: result {name} was acknowledged and is there once: {found}")
        basics = count_of(client, "/Basic?_count=0")
        that(basics == len(once) + 3 * len(bundles), f"O-01: nothing is there that nobody asked for: {basics} of {len(once)} and {len(bundles)}")
        reports = count_of(client, "/DiagnosticReport?_count=0")
        that(reports == len(results), f"O-01: as many reports as were acknowledged: {reports} of {len(results)}")
        that(min(len(versions), len(once), len(bundles), len(results)) > 0, "all writers have written")
        say(f"{len(took)} kills; start until ready: {figures(took)}")


run([kills])
finish("kills", f"O-01: {len(versions)} updated, {len(once)} created, {len(bundles)} transactions, {len(results)} results")
