# SPDX-License-Identifier: Apache-2.0
"""`andiron backup` while writers write: all that was acknowledged before is in it, it is proved, a server starts from it with the same content.

A backup that is damaged afterwards is told from a sound one, whatever bit it is; a folder that has data is never overwritten."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import threading
import time

from trial import chance, figures, finish, percentile, rounds, run, say, that

from andiron import PROGRAM, Andiron, Mllp, segment

saved = 0


def andiron(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=600)


def writer(server, number, stop, acknowledged, times, lock):
    client, count = server.client(), 0
    while not stop.is_set():
        count += 1
        identity = f"w{number}-{count % 50}"
        begun = time.monotonic()
        answer = client.call("PUT", f"/Patient/{identity}", {"resourceType": "Patient", "id": identity, "name": [{"family": f"{count}", "given": ["x" * chance.randrange(1, 2000)]}]})
        ended = time.monotonic()
        that(answer.status in (200, 201), f"a write beside the backup: {answer!r}")
        with lock:
            times.append((begun, ended))
            acknowledged.append((ended, identity, int(answer.headers["ETag"].strip('W/"'))))


def sender(server, stop, messages, lock):
    link, count = Mllp(server.mllp), 0
    while not stop.is_set():
        count += 1
        name = f"B{count}"
        text = f"MSH|^~\\&|LAB|L|EHR|H|20260101||ADT^A08^ADT_A01|{name}|P|2.5.1\rEVN|A08|20260101\rPID|1||{name}^^^SAVED^MR||Backup^Test||19700101|F\rPV1|1|I\r".encode()
        if that(segment(link.exchange(text), b"MSA")[1] == b"AA", "a message beside the backup"):
            with lock:
                messages.append((time.monotonic(), name))


def one_round(number):
    global saved
    with Andiron() as server:
        packages = pathlib.Path(server.folder, "data/packages")
        packages.mkdir(exist_ok=True)
        note = pathlib.Path(server.folder, "data/andiron.toml")
        note.write_text("[fhir]\npage = 7\n")
        acknowledged, times, messages, lock, stop = [], [], [], threading.Lock(), threading.Event()
        threads = [threading.Thread(target=writer, args=(server, i, stop, acknowledged, times, lock)) for i in range(4)]
        threads.append(threading.Thread(target=sender, args=(server, stop, messages, lock)))
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(1, 2))
        target = server.folder + "/saved"
        begun = time.monotonic()
        ran = andiron("backup", target, "--data", server.folder + "/data")
        ended = time.monotonic()
        time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        if not that(ran.returncode == 0, f"a backup beside writers: {ran.returncode} {ran.stderr}"):
            return
        for word in ("SHA-256", "every page and index sound", "chained to", "each as the ledger has its hash"):
            that(word in ran.stdout, f"it says what it proved: {word}: {ran.stdout}")
        beside = [e - b for b, e in times if e > begun and b < ended]
        others = [e - b for b, e in times if e <= begun or b >= ended]
        say(f"round {number}: {ended - begun:.2f} s for {len(acknowledged)} writes; beside it a write took {figures(beside)}, otherwise {figures(others)}")
        that(percentile(beside, 1) < 5, f"no writer waits for long: {max(beside, default=0):.2f} s")
        that(not os.path.exists(target + ".unfinished"), "nothing unfinished is left")
        that(oct(os.stat(target).st_mode)[-3:] == "700", "it is for its owner alone")
        sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=target, capture_output=True, text=True)
        that(sums.returncode == 0, f"sha256sum finds it sound too: {sums.stderr}")
        that(pathlib.Path(target, "andiron.toml").read_text() == note.read_text(), "settings in the data folder are saved")
        proved = andiron("backup", "--verify", target)
        head = re.search(r"chained to (\w+)", ran.stdout)
        that(proved.returncode == 0 and head and head[0] in proved.stdout, f"it is proved again, with the same head: {proved.stdout}{proved.stderr}")
        that(sorted(os.listdir(target)) == ["SHA256SUMS", "andiron.db", "andiron.toml"], f"and leaves nothing beside it: {os.listdir(target)}")

        original = server.client()
        restored = andiron("restore", target, "--data", server.folder + "/again/data")
        that(restored.returncode == 74 and not os.path.exists(server.folder + "/again"), f"a folder that cannot be made: {restored!r}")
        other = Andiron.__new__(Andiron)
        other.config, other.settings, other.folder = None, {}, server.folder + "/again"
        os.mkdir(other.folder)
        restored = andiron("restore", target, "--data", other.folder + "/data")
        if not that(restored.returncode == 0, f"restored: {restored.stderr}"):
            return
        other.start()
        with other:
            copy = other.client()
            before = [one for one in acknowledged if one[0] <= begun]
            versions = {(identity, version) for _, identity, version in before}
            newest = {}
            for identity, version in versions:
                newest[identity] = max(version, newest.get(identity, 0))
            for identity, version in newest.items():
                answer = copy.get(f"/Patient/{identity}")
                that(answer.status == 200 and int(answer.headers["ETag"].strip('W/"')) >= version, f"Patient/{identity} version {version} was acknowledged before and is in it: {answer!r}")
            different = 0
            for identity, version in sorted(versions)[:400]:
                ours, theirs = copy.get(f"/Patient/{identity}/_history/{version}"), original.get(f"/Patient/{identity}/_history/{version}")
                different += ours.status != 200 or hashlib.sha256(ours.body).digest() != hashlib.sha256(theirs.body).digest()
                saved += 1
            that(different == 0, f"the same bytes in both: {different} differ")
            for when, name in messages:
                if when <= begun:
                    answer = copy.get(f"/Patient?identifier={name}&_summary=count")
                    that(answer.status == 200 and answer.json["total"] == "1", f"message {name} was acknowledged before and is in it once: {answer!r}")
            answer = copy.call("PUT", "/Patient/after", {"resourceType": "Patient", "id": "after"})
            that(answer.status == 201, f"the restored server writes: {answer!r}")
        refusals(server, target)


def refusals(server, target):
    def refused(code, word, *arguments):
        ran = andiron(*arguments)
        that(ran.returncode == code and word in ran.stderr, f"andiron {' '.join(arguments)}: {code} and \"{word}\": {ran!r}")

    before = hashlib.sha256(pathlib.Path(target, "andiron.db").read_bytes()).digest()
    refused(73, "there already", "backup", target, "--data", server.folder + "/data")
    refused(73, "something in it", "restore", target, "--data", server.folder + "/data")
    that(hashlib.sha256(pathlib.Path(target, "andiron.db").read_bytes()).digest() == before, "what is there is left alone")
    refused(66, "no database", "backup", server.folder + "/x", "--data", server.folder + "/nothing")
    refused(66, "no backup", "backup", "--verify", server.folder)
    refused(64, "", "backup")
    refused(64, "", "restore", target, "--verify")
    refused(74, "", "backup", "/proc/none", "--data", server.folder + "/data")
    size = os.path.getsize(target + "/andiron.db")
    for i in range(8):
        broken = server.folder + f"/broken{i}"
        shutil.copytree(target, broken)
        at, bit = chance.randrange(size), 1 << chance.randrange(8)
        with open(broken + "/andiron.db", "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ bit]))
        refused(65, "", "backup", "--verify", broken)
        refused(65, "", "restore", broken, "--data", server.folder + f"/from{i}")
        that(not os.path.exists(server.folder + f"/from{i}"), "nothing is restored from it")


def backups():
    for number in rounds(1):
        one_round(number)


run([backups])
finish("backup", f"{saved} versions compared with the original")
