# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, fails to sync, fails to read or turns read-only under the running server (O-03, O-04, O-16).

What was acknowledged stays, reads go on, nobody is told that a write is safe which is not, and where it can the server recovers by itself."""
import json
import os
import subprocess

from faults import Faulty, SmallDisk, in_own_mounts, library, remount
from trial import chance, finish, manage, ready, run, say, that, until

from andiron import PROGRAM, Mllp, segment

mounts = in_own_mounts()  # begins anew, so before anything is said


def patient(client, identity, size=100):
    return client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "name": [{"family": "x" * size}]})


def refusal(answer, what):
    """Not now, and not our own mistake, in words."""
    that(answer.status in (503, 507), f"{what}: refused with 503 or 507: {answer!r}")
    that(answer.issue in ("no-store", "transient"), f"{what}: the outcome says no-store or transient: {answer.issue}")


def message(number):
    return f"MSH|^~\\&|LAB|L|EHR|H|20260101||ADT^A08^ADT_A01|D{number}|P|2.5.1\rEVN|A08|20260101\rPID|1||D{number}^^^DISK^MR||Disk^Test||19700101|F\rPV1|1|I\r".encode()


def acknowledged(server, number):
    return segment(Mllp(server.mllp).exchange(message(number)), b"MSA")[1] == b"AA"


def kept(server, identities, what):
    client = server.client()
    lost = [one for one in identities if client.get(f"/Patient/{one}").status != 200]
    that(not lost, f"{what}: {len(identities)} acknowledged are there; lost: {lost[:5]}")


def full_for_real():
    """16 MB are filled to the last page, then there is room again; in between the process is killed."""
    if not mounts:
        return
    with SmallDisk(16) as server:
        filler = server.data + "/filler"
        with open(filler, "wb") as file:
            file.write(bytes(6 << 20))
        client, done, count = server.client(), [], 0
        while True:
            count += 1
            answer = patient(client, f"f{count}", chance.randrange(100, 40_000))
            if answer.status != 201:
                break
            done.append(f"f{count}")
            if count > 5000:
                return that(False, "O-03: 10 MB were never full")
        refusal(answer, "O-03: the disk is full")
        for i in range(5):
            refusal(patient(client, f"more{i}", 60_000), "O-03: and full again")
        that(client.get("/Patient?_count=5").status == 200 and client.get("/metadata").status == 200, "O-03: reads go on")
        kept(server, done, "O-03: full")
        server.kill()
        os.remove(filler)
        with open(filler, "wb") as file:  # the same once more: a start on a full disk
            free = os.statvfs(server.data)
            file.write(bytes(max(0, free.f_bavail * free.f_frsize)))
        try:
            server.start()
            kept(server, done, "O-03: started on a full disk")
            client = server.client()
        except RuntimeError as error:
            that("disk" in str(error) or "room" in str(error) or "full" in str(error), f"O-03: a start on a full disk that is refused says why: {error}")
            os.remove(filler)
            server.start()
            client = server.client()
        if os.path.exists(filler):
            os.remove(filler)
        that(until(lambda: patient(client, "again", 60_000).status in (200, 201), 10), "O-03: there is room again, and it writes")
        that(acknowledged(server, "again"), "O-03: and messages are taken again")
        kept(server, done + ["again"], "O-03: with room again")
        say(f"16 MB held {len(done)} patients before the disk was full")


def full_at_any_write():
    """ENOSPC from one moment on, under writers over HTTP and MLLP, and room again a while later."""
    if not library():
        return
    with Faulty() as server:
        client, done = server.client(), []
        for number in range(12):
            for i in range(chance.randrange(1, 6)):
                identity = f"e{number}-{i}"
                that(patient(client, identity, 3000).status == 201, "O-03: written while there is room")
                done.append(identity)
            server.fail("full")
            refusal(patient(client, f"no{number}", chance.randrange(10, 30_000)), "O-03: ENOSPC")
            that(not acknowledged(server, f"e{number}"), "O-03: ENOSPC: a message is not acknowledged")
            that(client.get(f"/Patient/{done[-1]}").status == 200, "O-03: ENOSPC: reads go on")
            server.mend()
            that(patient(client, f"r{number}").status in (200, 201), "O-03: it writes again when there is room")
            that(client.get(f"/Patient/no{number}").status == 404, "O-03: what was refused is not there")
            that(acknowledged(server, f"e{number}"), "O-03: the same message is taken when there is room")
            done.append(f"r{number}")
        server.kill()
        server.start()
        kept(server, done, "O-03: after a kill")


def sync_fails():
    """One failed sync ends all writing until a restart, whatever the disk says afterwards (O-04)."""
    if not library():
        return
    with Faulty() as server:
        client, done = server.client(), []
        for i in range(20):
            that(patient(client, f"s{i}").status == 201, "written while the disk is sound")
            done.append(f"s{i}")
        that(ready(server), "ready while the disk is sound")
        server.fail("sync")
        refusal(patient(client, "lost"), "O-04: a sync fails")
        that(not acknowledged(server, "lost"), "O-04: a sync fails: a message is not acknowledged")
        server.mend()
        refusal(patient(client, "later"), "O-04: the disk is sound again, and still nothing is written")
        that(not acknowledged(server, "later"), "O-04: nor is a message acknowledged")
        status, words = manage(server, "/readyz", accept="application/json")
        that(status == 503 and "disk" in words, f"O-04: it is not ready and says why: {status} {words[:200]}")
        that(manage(server, "/livez")[0] == 200, "O-04: it lives: a restart is an operator's decision")
        that(client.get("/Patient/s1").status == 200 and client.get("/Patient?_count=5").status == 200, "O-04: reads go on")
        server.kill()
        server.start()
        kept(server, done, "O-04: after a restart")
        that(ready(server) and patient(server.client(), "later").status in (200, 201), "O-04: a restart writes again")


def read_fails():
    if not library():
        return
    with Faulty() as server:
        client = server.client()
        for i in range(60):
            patient(client, f"q{i}", 20_000)
        server.stop()
        server.start()  # nothing is remembered
        client = server.client()
        server.fail("read")
        for path in ("/Patient/q1", "/Patient?_count=50", "/Patient/q2/_history", "/_history"):
            answer = client.get(path)
            that(answer.status in (200, 500, 503), f"O-04: a read error is 500 or 503: {path} {answer!r}")
            if answer.status == 200:
                that(json.loads(answer.body)["resourceType"] in ("Patient", "Bundle"), f"O-04: or whole: {path}")
        patient(client, "maybe")
        server.mend()
        that(client.get("/Patient/q1").status == 200 and client.get("/Patient?_count=50").status == 200, "O-04: it reads again when the disk does")
        server.kill()
        server.start()
        kept(server, [f"q{i}" for i in range(60)], "O-04: after a restart")


def read_only():
    """The file system turns read-only under a running server, and is so when one starts."""
    if not mounts:
        return
    with SmallDisk(16) as server:
        client = server.client()
        that(patient(client, "a").status == 201, "written before")
        try:
            remount(server.data, "ro")
        except subprocess.CalledProcessError:
            # Files that are open for writing keep it writable: the copy of the folder is made so instead.
            server.stop()
            remount(server.data, "ro")
        else:
            refusal(patient(client, "b"), "O-16: read-only under way")
            that(client.get("/Patient/a").status == 200, "O-16: reads go on")
            server.kill()
        ran = subprocess.run([PROGRAM, "serve", "--data", server.data, "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0"],
                             capture_output=True, text=True, timeout=60)
        that(ran.returncode not in (0, 70) and server.data in ran.stderr, f"O-16: a start on a read-only disk is refused and says what: {ran.returncode} {ran.stderr[-300:]}")
        remount(server.data, "rw")
        server.start()
        that(server.client().get("/Patient/a").status == 200, "O-16: writable again, it starts with everything")


run([full_for_real, full_at_any_write, sync_fails, read_fails, read_only])
finish("disk", "O-03 O-04 O-16")
