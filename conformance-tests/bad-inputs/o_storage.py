# SPDX-License-Identifier: Apache-2.0
"""Group O, what needs no fault in the middle of a write: reliability/ has the rest."""
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

from rows import PROGRAM, Andiron, Client, needs, until


def attempt(folder):
    """How `andiron serve` on that data folder ends, or 0 as soon as it serves; and what it said."""
    ports = [word for door in ("fhir", "mllp", "management") for word in ("--set", f"{door}.port=0")]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([PROGRAM, "serve", "--data", folder, *ports], stdout=log, stderr=log)
        said = lambda: os.pread(log.fileno(), 100_000, 0).decode(errors="replace")
        until(lambda: process.poll() is not None or '"started"' in said(), 20)
        code = process.poll()
        process.kill()
        process.wait()
        return code or 0, said()


def fill(server, count=50):
    client = Client(server.port)
    for n in range(count):
        client.call("PUT", f"/Basic/o{n}", {"resourceType": "Basic", "id": f"o{n}", "code": {"text": "x" * 500}})


@needs(counted=False)
def o_06_the_log_of_the_database(at):
    """-wal taken away, cut, or of another database: what was brought into the main file is there, whole resources only."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with Andiron() as server:
            fill(server)
            server.kill()
            shutil.copytree(server.folder + "/data", folder / "one")
        with Andiron() as server:
            fill(server, 5)
            server.kill()
            shutil.copytree(server.folder + "/data", folder / "two")
        for what, change in (("taken away", lambda wal: wal.unlink(missing_ok=True)), ("cut", lambda wal: os.truncate(wal, wal.stat().st_size // 2)),
                             ("cut in a page", lambda wal: os.truncate(wal, wal.stat().st_size - 100)), ("of another", lambda wal: shutil.copy(folder / "two/andiron.db-wal", wal)),
                             ("noise", lambda wal: wal.write_bytes(os.urandom(100_000)))):
            data = folder / what.replace(" ", "-")
            shutil.copytree(folder / "one", data)
            (data / "andiron.db-shm").unlink(missing_ok=True)
            change(data / "andiron.db-wal")
            code, said = attempt(str(data))
            at.that(code != 70 and "terminate" not in said, f"{what}: exit {code}: {said[-200:]}")
            if '"started"' in said:
                at.that(True, f"{what}: it starts")
            check = sqlite3.connect(data / "andiron.db").execute("pragma integrity_check").fetchone()[0] if '"started"' in said else "ok"
            at.that(check == "ok", f"{what}: {check}")


@needs(counted=False)
def o_07_two_servers_on_one_file(at):
    with at.quick("a second server", 8):
        code, said = attempt(at.server.folder + "/data")
    at.that(code not in (0, 70) and at.server.folder in said, f"it is refused: exit {code}: {said[-200:]}")
    at.that(at.get("/Patient/good").status == 200, "the first goes on")


@needs(memory=32)
def o_09_no_descriptors(at):
    pid = at.server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir(f"/proc/{pid}/fd")) + 3, before[1]))
    links = []
    for _ in range(10):
        client = Client(at.server.port)
        client.http.timeout = 0.5
        try:
            at.that(client.get("/Patient/good").status in (200, 503), "served or told to come again")
            links.append(client)
        except OSError:
            break  # it waits for a place
    at.that(links, "some are served")
    for n in range(20 if links else 0):
        answer = links[0].call("PUT", f"/Basic/o09{n}", {"resourceType": "Basic", "id": f"o09{n}", "code": {"text": "x"}})
        at.that(answer.status in (201, 503), f"a write is kept or refused: {answer!r}")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    for one in links:
        one.http.close()
    at.that(at.get("/Patient/good").status == 200, "it recovers")
    log = pathlib.Path(at.server.log_path).read_text()
    at.that(len(log.splitlines()) < 200, f"the log is not flooded: {len(log.splitlines())} lines")
    at.get("/Spaceship")


@needs(memory=64, settings={})
def o_13_a_long_reader(at):
    """Pages of one search are turned slowly while others write: the log of the database is brought in all the same."""
    fill(at.server, 200)
    halt = threading.Event()
    def read():
        client = Client(at.server.port)
        while not halt.is_set():
            path = "/Basic?_count=10"
            while path and not halt.is_set():
                path = client.get(path).link("next")
                time.sleep(0.02)
    threads = [threading.Thread(target=read) for _ in range(4)]
    for one in threads:
        one.start()
    wal, most = at.server.folder + "/data/andiron.db-wal", 0
    for n in range(15):
        entries = [{"resource": {"resourceType": "Basic", "id": f"w{k}", "code": {"text": f"{n}" + "y" * 4000}}, "request": {"method": "PUT", "url": f"Basic/w{k}"}}
                   for k in range(200)]
        at.that(at.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}).status == 200, "writing goes on")
        most = max(most, os.path.getsize(wal))
    halt.set()
    for one in threads:
        one.join()
    at.that(most < 400 << 20, f"the log stays below its cap: {most >> 20} MiB")


@needs(counted=False)
def o_15_an_old_program_on_a_new_schema(at):
    with Andiron() as server:
        server.stop()
        base = sqlite3.connect(server.folder + "/data/andiron.db")
        version = base.execute("pragma user_version").fetchone()[0]
        base.execute(f"pragma user_version = {version + 1}")
        base.commit()
        base.close()
        code, said = attempt(server.folder + "/data")
        at.that(code not in (0, 70) and "andiron.db" in said, f"refused: exit {code}: {said[-300:]}")
        base = sqlite3.connect(server.folder + "/data/andiron.db")
        at.that(base.execute("pragma user_version").fetchone()[0] == version + 1, "nothing is changed")
        base.execute(f"pragma user_version = {version}")
        base.commit()
        base.close()
        server.start()
