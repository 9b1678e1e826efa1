# SPDX-License-Identifier: Apache-2.0
"""A data folder of each earlier schema under this program: nothing is lost, also when the upgrade is killed at any change of the file (O-14, O-15).

The folder is made from the migrations themselves and a few rows of our own; what is read afterwards is compared by its hash."""
import hashlib
import http.client
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from faults import Faulty, library
from trial import chance, finish, run, say, seconds, that, until

from andiron import PROGRAM, ROOT, Andiron

MIGRATIONS = sorted((ROOT / "src/store/relational/migrations").glob("*.sql"))
OURS = 0x616E6472  # application_id
PEOPLE = [("Lind", "Ada"), ("Osterhagen", "Jo"), ("Ng", "Wei"), ("Brennan", "Nora")]


def old_folder(folder, version):
    """A database of schema `version` in `folder`; returns its resources by type/id: {version: body}."""
    folder.mkdir()
    database = sqlite3.connect(folder / "andiron.db", isolation_level=None)
    database.execute("pragma page_size = 8192")
    database.execute("pragma journal_mode = wal")
    for migration in MIGRATIONS[:version]:
        database.executescript("begin;" + migration.read_text() + ";commit;")
    database.execute(f"pragma application_id = {OURS}")
    database.execute(f"pragma user_version = {version}")
    database.execute("insert into type (id, name) values (1, 'Patient'), (2, 'Observation')")
    stored, before, position = {}, bytes(32), 0

    def change(kind, name, identity, number, body):
        nonlocal before, position
        position += 1
        time = 1_700_000_000_000_000 + position * 1_000_000
        if body is not None:
            body["meta"] = {"versionId": str(number), "lastUpdated": f"2023-11-14T22:13:{20 + position:02}.000Z"}
        text = json.dumps(body, separators=(",", ":")).encode() if body is not None else b""
        content = hashlib.sha256(text).digest()
        what = 2 if body is None else 0 if number == 1 else 1
        before = hashlib.sha256(before + f"{position}|{time}|{name}|{identity}|{number}|{what}|".encode() + content).digest()
        row = database.execute("select rid, version, last_updated, position, change, body from resource where type = ? and id = ?", (kind, identity)).fetchone()
        rid = row[0] if row else position
        if row:
            database.execute("insert into history (position, rid, version, last_updated, change, body) values (?, ?, ?, ?, ?, ?)", (row[3], rid, *row[1:3], *row[4:]))
            database.execute("delete from resource where rid = ?", (rid,))
        database.execute("insert into resource (rid, type, id, version, last_updated, position, change, body) values (?, ?, ?, ?, ?, ?, ?, ?)",
                         (rid, kind, identity, number, time, position, what, text if body is not None else None))
        database.execute("insert into ledger (position, time, type, rid, version, change, content, hash) values (?, ?, ?, ?, ?, ?, ?, ?)",
                         (position, time, kind, rid, number, what, content, before))
        stored.setdefault(f"{name}/{identity}", {})[number] = text

    for i, (family, given) in enumerate(PEOPLE):
        person = {"resourceType": "Patient", "id": f"p{i}", "name": [{"family": family, "given": [given]}], "identifier": [{"system": "urn:mrn", "value": str(i)}]}
        change(1, "Patient", f"p{i}", 1, dict(person))
        change(1, "Patient", f"p{i}", 2, {**person, "active": True})
        change(2, "Observation", f"o{i}", 1, {"resourceType": "Observation", "id": f"o{i}", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
                                              "subject": {"reference": f"Patient/p{i}"}})
    change(2, "Observation", "o0", 2, None)
    for i in range(3):
        database.execute("insert into journal (channel, control_id, digest, received, reused, status, answer, bytes) values ('lab', ?, ?, ?, 0, 'answered', ?, ?)",
                         (f"m{i}", hashlib.sha256(bytes([i])).digest(), 1000 + i, b"MSH|^~\\&|A\rMSA|AA|m\r", b"MSH|^~\\&|L\r"))
    database.execute("insert into record (key, expires, value) values ('note', 0, x'41')")
    database.close()
    return stored


def holds(server, stored, what):
    client = server.client()
    for name, versions in stored.items():
        for number, body in versions.items():
            answer = client.get(f"/{name}/_history/{number}")
            if body == b"":
                that(answer.status == 410, f"{what}: {name} version {number} was deleted: {answer.status}")
            else:
                that(answer.status == 200 and hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest(), f"{what}: {name} version {number} is as it was: {answer!r}")
        newest = versions[max(versions)]
        that(client.get("/" + name).status == (410 if newest == b"" else 200), f"{what}: {name} now")


def found(server):
    """Once everything is indexed anew a search finds it."""
    client = server.client()
    return until(lambda: client.get("/Patient?family=osterhagen&active=true").status == 200 and len(client.get("/Patient?family=osterhagen&active=true").entries) == 1
                 and len(client.get("/Observation?code=718-7&subject=Patient/p1").entries) == 1, 20)


class Upgraded(Faulty if library() else Andiron):
    """Starts on a copy of `source`."""

    def __init__(self, source, die=None):
        self.source, self.died = source, False
        self.die = die
        if library():
            self.faults = tempfile.mkdtemp(prefix="andiron-faults-")
        Andiron.__init__(self)

    def start(self):
        data = pathlib.Path(self.folder, "data")
        if not data.exists():
            shutil.copytree(self.source, data)
        try:
            super().start()
        except RuntimeError:
            if self.process.poll() != -9:
                raise
            self.died = True
            self.die = None
            super().start()


def upgraded(folder):
    for version in range(1, len(MIGRATIONS)):
        stored = old_folder(folder / f"v{version}", version)
        with Upgraded(folder / f"v{version}") as server:
            holds(server, stored, f"schema {version}")
            that(found(server), f"schema {version}: it is found by search")
            answer = server.client().call("PUT", "/Patient/p0", {"resourceType": "Patient", "id": "p0"})
            that(answer.status == 200 and answer.headers["ETag"] == 'W/"3"', f"schema {version}: it goes on with version 3: {answer!r}")
            proved = subprocess.run([PROGRAM, "backup", server.folder + "/saved", "--data", server.folder + "/data"], capture_output=True, text=True, timeout=60)
            that(proved.returncode == 0, f"schema {version}: the ledger's chain and every hash hold after it: {proved.stderr}")


def killed_while_upgrading(folder):
    if not library():
        return
    version = len(MIGRATIONS) - 1
    stored = old_folder(folder / "killed", version)
    # In the short form some of the changes that a start makes, in the long one all of them.
    stride = 1 if seconds else 37
    number, kills = 1 + chance.randrange(stride), 0
    while True:
        with Upgraded(folder / "killed", number) as server:
            for attempt in (server.stop, None):  # also when it dies while it answers, fills its index or stops
                try:
                    holds(server, stored, f"O-14: killed at change {number}")
                    if attempt:
                        attempt()
                    break
                except (OSError, http.client.HTTPException, RuntimeError):
                    if server.died or server.process.wait(10) != -9:
                        raise
                    server.died, server.die = True, None
                    server.start()
            kills += server.died
            if not server.died:
                break
        number += stride
    say(f"a start on schema {version} makes {number - stride} to {number} changes; killed at {kills} of them")
    that(kills > 1, "O-14: the upgrade was killed")


def newer(folder):
    """O-15: a database that a newer program has made is refused, and left as it is."""
    old_folder(folder / "newer", len(MIGRATIONS))
    database = sqlite3.connect(folder / "newer/andiron.db")
    database.execute("pragma user_version = 99")
    database.execute("pragma wal_checkpoint(truncate)")
    database.close()
    before = hashlib.sha256((folder / "newer/andiron.db").read_bytes()).digest()
    ran = subprocess.run([PROGRAM, "serve", "--data", str(folder / "newer"), "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0"],
                         capture_output=True, text=True, timeout=60)
    that(ran.returncode == 69 and "newer" in ran.stderr, f"O-15: refused, and why: {ran.returncode} {ran.stderr[-300:]}")
    that(hashlib.sha256((folder / "newer/andiron.db").read_bytes()).digest() == before, "O-15: and nothing in it is changed")


with tempfile.TemporaryDirectory(prefix="andiron-upgrade-") as place:
    run([upgraded, killed_while_upgrading, newer], pathlib.Path(place))
finish("upgrade", f"O-14 O-15: {len(MIGRATIONS) - 1} earlier schemas")
