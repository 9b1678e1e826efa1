# SPDX-License-Identifier: Apache-2.0
"""Files that others have laid hands on: flipped bits, a lost, cut or foreign write-ahead log, a second process, a reader that stays (O-05, O-06, O-07, O-13).

A damaged database is never served as if it were sound without anybody being able to tell: `andiron backup` and `--verify` find every bit of it that
counts. A server on one does not fall over, and answers what it can."""
import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

from trial import chance, figures, finish, rounds, run, say, seconds, that, until

from andiron import PROGRAM, Andiron

PEOPLE = 60


def andiron(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300)


def person(number, extra=""):
    return {"resourceType": "Patient", "id": f"p{number}", "identifier": [{"system": "urn:mrn", "value": str(number)}],
            "name": [{"family": f"Family{number}{extra}", "given": ["x" * (1 + number * 7 % 900)]}]}


def filled(server):
    """Writes everybody twice; returns the bodies by path."""
    client = server.client()
    for number in range(PEOPLE):
        client.call("PUT", f"/Patient/p{number}", person(number, "-first"))
    for number in range(PEOPLE):
        client.call("PUT", f"/Patient/p{number}", person(number))
    return {f"/Patient/p{n}": client.get(f"/Patient/p{n}").body for n in range(PEOPLE)}


class On(Andiron):
    """A server on a folder that is there."""

    def __init__(self, data):
        self.data = data
        super().__init__()

    def start(self):
        if not os.path.exists(self.folder + "/data"):
            shutil.copytree(self.data, self.folder + "/data")
        super().start()


def flip(path, count=1):
    """Flips bits of a file; returns where."""
    size, places = os.path.getsize(path), []
    with open(path, "r+b") as file:
        for _ in range(count):
            at, bit = chance.randrange(size), 1 << chance.randrange(8)
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ bit]))
            places.append(at)
    return places


CHAINED = {"resource": "rid, type, id, version, last_updated, position, change, body", "history": "position, rid, version, last_updated, change, body", "ledger": "*",
           "forgotten": "*", "type": "*"}


def content(path):
    """All rows that the ledger's chain covers, or None when SQLite cannot read them."""
    try:
        database = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
        database.text_factory = bytes
        told = hashlib.sha256()
        for name, columns in CHAINED.items():
            for row in database.execute(f"select {columns} from {name}"):
                told.update(repr(row).encode())
        return told.digest()
    except (sqlite3.Error, UnicodeDecodeError):  # the latter: SQLite names what is damaged, in its own damaged words
        return None


def flipped_bits(place):
    with Andiron() as server:
        bodies = filled(server)
        server.stop()
        sound = place / "sound"
        shutil.copytree(server.folder + "/data", sound)
    ran = andiron("backup", str(place / "saved"), "--data", str(sound))
    that(ran.returncode == 0, f"O-05: the undamaged one is sound: {ran.stderr}")
    was = content(sound / "andiron.db")
    found = others = others_found = refused = served = altered = 0
    for number in rounds(24):
        data, saved = place / "flipped", place / "copy"
        shutil.copytree(sound, data)
        flip(data / "andiron.db", 1 + number % 3)
        counts = content(data / "andiron.db") != was
        ran = andiron("backup", str(saved), "--data", str(data))
        that(ran.returncode in (0, 65, 74), f"O-05: backup says sound or not, and does not fall over: {ran!r}")
        if counts:
            found += 1
            that(ran.returncode != 0, f"O-05: round {number}: a change in resources or their ledger is found")
        else:
            others += 1
            others_found += ran.returncode != 0
        if number % 6 == 0:
            try:
                with On(data) as server:
                    client = server.client()
                    for path, body in bodies.items():
                        answer = client.get(path)
                        that(answer.status in (200, 404, 410, 500, 503), f"O-05: {path} of a damaged database: {answer!r}")
                        altered += answer.status == 200 and answer.body != body
                        refused += answer.status in (500, 503)
                        if answer.status == 200:
                            that(f'"id":"{path.rsplit("/", 1)[1]}"'.encode() in answer.body or ran.returncode != 0, f"O-05: never another patient's data: {path} {answer!r}")
                    client.get("/Patient?family=family1")
                    that(client.get("/metadata").status == 200, "O-05: the server lives")
                    served += 1
            except RuntimeError as error:
                that("andiron: " in str(error), f"O-05: a start that is refused says why: {str(error)[-300:]}")
        shutil.rmtree(data)
        shutil.rmtree(saved, ignore_errors=True)
    say(f"O-05: {found} changes of resources or their ledger, all of them found; {others_found} of {others} elsewhere (index, other rows, unused bytes); {served} damaged ones "
        f"served: {refused} reads refused, {altered} altered")


def log_lost_cut_or_foreign(place):
    with Andiron() as server, Andiron() as other:
        first = filled(server)
        server.stop()  # all of it is in the database
        server.start()
        client = server.client()
        for number in range(PEOPLE):
            client.call("PUT", f"/Patient/p{number}", person(number, "-last"))
        server.kill()
        other.client().call("PUT", "/Patient/theirs", {"resourceType": "Patient", "id": "theirs"})  # not the same from its first change on
        filled(other)
        other.kill()
        log = pathlib.Path(server.folder, "data/andiron.db-wal")
        if not that(log.exists() and log.stat().st_size > 100_000, "the kill leaves a log"):
            return
        cases = {"lost": lambda data: (data / "andiron.db-wal").unlink(),
                 "cut in the middle": lambda data: os.truncate(data / "andiron.db-wal", log.stat().st_size // 2 + 77),
                 "cut at its head": lambda data: os.truncate(data / "andiron.db-wal", 20),
                 "of another database": lambda data: shutil.copy(other.folder + "/data/andiron.db-wal", data / "andiron.db-wal"),
                 "with flipped bits": lambda data: flip(data / "andiron.db-wal", 20),
                 "without its index": lambda data: (data / "andiron.db-shm").unlink(missing_ok=True)}
        for name, harm in cases.items():
            data = place / "log"
            shutil.copytree(server.folder + "/data", data)
            harm(data)
            try:
                with On(data) as started:
                    client, earlier = started.client(), 0
                    for path, body in first.items():
                        answer = client.get(path)
                        whole = answer.status == 200 and (answer.body == body or b"-last" in answer.body)
                        earlier += answer.body == body
                        that(whole, f"O-06: a log {name}: {path} is as it was or as it is: {answer!r}")
                    if name == "lost":
                        that("store.log_lost" in open(started.log_path).read(), "O-06: a log lost: it says so")
                    that(client.get("/Patient/theirs").status == 404, f"O-06: a log {name}: nobody else's data")
                    if name == "without its index":
                        that(earlier == 0, f"O-06: a log {name} loses nothing: {earlier}")
                    that(client.call("PUT", "/Patient/after", {"resourceType": "Patient", "id": "after"}).status == 201, f"O-06: a log {name}: it writes")
                    proved = andiron("backup", started.folder + "/saved", "--data", started.folder + "/data")
                    that(proved.returncode == 0, f"O-06: a log {name}: what is there is sound: {proved.stderr}")
                    say(f"O-06: a log {name}: started, {earlier} of {PEOPLE} as they were before it")
            except RuntimeError as error:
                that("andiron: " in str(error), f"O-06: a log {name}: refused, and why: {str(error)[-300:]}")
                say(f"O-06: a log {name}: refused: {str(error).strip().splitlines()[-1][:150]}")
            shutil.rmtree(data)


def second_process(_):
    with Andiron() as server:
        ran = andiron("serve", "--data", server.folder + "/data", "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0")
        that(ran.returncode == 69 and "in use" in ran.stderr, f"O-07: a second server on the same folder is refused: {ran.returncode} {ran.stderr[-200:]}")
        that(server.client().get("/metadata").status == 200, "O-07: the first goes on")


def reader_that_stays(_):
    """Somebody else's long reader keeps the log from beginning anew: writers go on meanwhile, and afterwards it is short again."""
    with Andiron() as server:
        client = server.client()
        client.call("PUT", "/Patient/before", {"resourceType": "Patient", "id": "before"})
        log = server.folder + "/data/andiron.db-wal"
        reader = sqlite3.connect(f"file:{server.folder}/data/andiron.db?mode=ro", uri=True, isolation_level=None)
        reader.execute("begin")
        reader.execute("select count(*) from resource").fetchone()
        times, wanted = [], (700 if seconds else 400) << 20
        end = time.monotonic() + max(12, seconds)
        number = 0
        while os.path.getsize(log) < wanted and time.monotonic() < end:
            number += 1
            begun = time.monotonic()
            answer = client.call("PUT", f"/Binary/r{number % 20}", {"resourceType": "Binary", "id": f"r{number % 20}", "contentType": "application/octet-stream", "data": f"{number:08}" + "A" * (3 << 20)})
            times.append(time.monotonic() - begun)
            that(answer.status in (200, 201), f"O-13: it writes beside the reader: {answer!r}")
        size = os.path.getsize(log)
        late = sum(one > 4 for one in times)
        that(late <= 1 + size // (300 << 20), f"O-13: writers wait for the reader once in 320 MB, not always: {late} of {len(times)} took over 4 s")
        reader.execute("commit")
        reader.close()
        client.call("PUT", "/Patient/after", {"resourceType": "Patient", "id": "after"})
        short = until(lambda: os.path.getsize(log) <= 64 << 20, 20)
        that(short, f"O-13: when the reader has gone the log is short again: {os.path.getsize(log) >> 20} MiB")
        say(f"O-13: beside a reader that stays the log grew to {size >> 20} MiB, {len(times)} writes of 3 MiB took {figures(times)}; afterwards {os.path.getsize(log) >> 20} MiB")


with tempfile.TemporaryDirectory(prefix="andiron-damage-") as folder:
    run([flipped_bits, log_lost_cut_or_foreign, second_process, reader_that_stays], pathlib.Path(folder))
finish("damage", "O-05 O-06 O-07 O-13")
