# SPDX-License-Identifier: Apache-2.0
"""Transaction Bundles of a folder, and how they get into a server."""
import bz2
import gzip
import pathlib
import threading
import time


def read(path):
    data = path.read_bytes()
    return bz2.decompress(data) if path.suffix == ".bz2" else gzip.decompress(data) if path.suffix == ".gz" else data


def is_first(name):
    """Hospitals and practitioners, which the others refer to."""
    return name.startswith("0-") or "hospitalInformation" in name or "practitionerInformation" in name


def find(folder):
    """(name, bytes) of each, looked through with its subfolders."""
    paths = sorted(path for path in pathlib.Path(folder).rglob("*") if path.name.endswith((".json", ".json.bz2", ".json.gz", ".bz2")))
    return [(path.name, read(path)) for path in paths]


def load(server, bundles, clients=2):
    """Those that are first alone, then the rest from several clients: resources stored, seconds, and (name, answer) of what was refused."""
    stored, refused, lock = 0, [], threading.Lock()
    waiting = [one for one in reversed(bundles) if not is_first(one[0])]

    def post(client, name, data):
        nonlocal stored
        answer = client.call("POST", "/", data, headers={"Prefer": "return=minimal"})
        with lock:
            stored += answer.body.count(b'"status":"2')
            if answer.status != 200 or b'"status":"4' in answer.body:
                refused.append((name, answer))

    def work():
        client = server.client()
        while True:
            with lock:
                if not waiting:
                    return
                one = waiting.pop()
            post(client, *one)

    begun = time.monotonic()
    client = server.client()
    for one in bundles:
        if is_first(one[0]):
            post(client, *one)
    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return stored, time.monotonic() - begun, refused
