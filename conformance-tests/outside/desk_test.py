#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The operator's desk: a message that fails is seen, edited, replayed, discarded; nothing is lost or doubled, also by kill -9."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading

import andiron
from andiron import PROGRAM, ROOT, Andiron, Client, Mllp, finish, run, segment, that, checks

ADMIT = ("MSH|^~\\&|HIS|WARD|FHIR|HOUSE|20260105080000||ADT^A01|{control}|P|2.5\r"
         "EVN|A01|20260105080000\r"
         "PID|1||{number}^^^HIS^MR||{family}^Ada||19800102|F\r"
         "PV1|1|I|W1^12^3\r")


def admit(control, number, family="Okafor"):
    return ADMIT.format(control=control, number=number, family=family).encode()


def wrong(control, number):
    """Refused: a message type that no map knows."""
    return admit(control, number).replace(b"ADT^A01", b"QQQ^Q99")


def desk(server, *arguments, **environment):
    done = subprocess.run([PROGRAM, "desk", *arguments, "--to", f"127.0.0.1:{server.management}", "--by", "ann"], capture_output=True,
                          env={**os.environ, **environment}, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def door(server):
    return Client(server.management, "")


def post(server, path, body, **headers):
    return door(server).call("POST", path, body, headers={k.replace("_", "-"): v for k, v in headers.items()}, kind="application/json")


def patients(server, number):
    return len(server.client().get(f"/Patient?identifier={number}").entries)


def code(answer):
    return segment(answer, b"MSA")[1]


def seen_edited_discarded():
    with Andiron() as server:
        line = Mllp(server.mllp)
        refusal = line.exchange(wrong("1", "4711"))
        that(code(refusal) in (b"AR", b"AE"), f"a message of an unknown type is refused: {refusal!r}")
        that(line.exchange(wrong("1", "4711")) == refusal, "its repeat hears the same refusal, byte for byte")
        status, out, _ = desk(server, "list")
        that(status == 0 and "failed" in out and " 1 " in out, f"desk list shows it: {out!r}")
        status, out, _ = desk(server, "list", "--status", "failed", "--json")
        message = json.loads(out)[0]
        that(message["number"] == 1 and message["controlId"] == "1" and message["reason"]["text"], f"with its reason: {out!r}")
        status, out, _ = desk(server, "show", "1", "--bytes")
        that(out.encode() == wrong("1", "4711"), "show --bytes is what was sent")
        status, out, _ = desk(server, "show", "1", "--tree")
        that(status == 0 and "PID-5.1" in out and "Okafor" in out, f"show --tree takes it apart: {out!r}")
        that(desk(server, "show", "1", "--bundle")[0] in (64, 65), "what cannot be translated has no bundle")
        that(desk(server, "show", "2")[0] == 66, "a number that is none is 66")

        status, out, _ = desk(server, "replay", "1")
        that(status == 65 and "failed" in out, f"a replay without a change is refused again: {status} {out!r}")

        # An edited copy.
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "mended.hl7")
            file.write_bytes(admit("1", "4711").replace(b"\r", b"\n"))
            status, out, err = desk(server, "edit", "1", "--file", str(file))
            that(status == 0 and "1 -> 2 answered" in out, f"the edited copy is stored: {status} {out!r} {err!r}")
            status, out, _ = desk(server, "edit", "1", "--file", str(file))
            that(status == 0 and "1 -> 2 answered" in out, "the same edit once more finds the copy")
            file.write_bytes(admit("1", "4711", "Other"))
            that(desk(server, "edit", "1", "--file", str(file))[0] == 65, "another edit of the same original is refused")
        that(patients(server, "4711") == 1, "the patient is there")
        copy = json.loads(door(server).get("/desk/messages/2").body)
        that(copy["origin"] == 1 and copy["by"] == "ann", f"the copy tells what it corrects and who did it: {copy}")
        that(any(one.startswith("Patient/") for one in copy["wrote"]), f"and what it wrote: {copy['wrote']}")
        original = json.loads(door(server).get("/desk/messages/1").body)
        that(original["status"] == "replayed", f"the original is replayed: {original}")
        accepted = line.exchange(wrong("1", "4711"))
        that(code(accepted) == b"AA" and segment(accepted, b"MSA")[2] == b"1", f"a sender that repeats the original hears that it is stored: {accepted!r}")
        that(line.exchange(wrong("1", "4711")) == accepted, "and hears the same from then on")
        status, out, _ = desk(server, "show", "2", "--trace")
        that(status == 0 and "Patient.name" in out and ".map:" in out, f"show --trace tells the lines: {out[:300]!r}")
        status, out, _ = desk(server, "show", "2", "--bundle")
        that(json.loads(out)["resourceType"] == "Bundle", "show --bundle is a Bundle")
        that(desk(server, "show", "2", "--residue")[0] == 0, "show --residue")

        # With an editor.
        line.exchange(wrong("2", "4712"))
        status, out, err = desk(server, "edit", "3", EDITOR="sed -i s/QQQ.Q99/ADT^A01/")
        that(status == 0 and "3 -> 4 answered" in out, f"the editor's copy is stored: {status} {out!r} {err!r}")
        line.exchange(wrong("3", "4713"))
        that(desk(server, "edit", "5", EDITOR="true")[0] == 65, "nothing changed, nothing sent")

        # Put aside.
        that(desk(server, "discard", "5")[0] == 64, "a discard needs a reason")
        status, out, _ = desk(server, "discard", "5", "--reason", "sent by a test")
        that(status == 0 and "discarded" in out, f"discard: {out!r}")
        that(desk(server, "discard", "5", "--reason", "again")[0] == 0, "once more changes nothing")
        that(json.loads(door(server).get("/desk/messages/5").body)["reason"]["text"] == "sent by a test", "the first reason stays")
        that(desk(server, "discard", "2", "--reason", "no")[0] == 65, "what was accepted is not discarded")
        that(code(line.exchange(wrong("3", "4713"))) != b"AA", "a repeat of what was put aside hears a refusal")
        counts = json.loads(door(server).get("/desk").body)["all"]
        that((counts["failed"], counts["discarded"], counts["replayed"], counts["answered"]) == (0, 1, 2, 2), f"counts: {counts}")
        metrics = door(server).get("/metrics").body.decode()
        that('andiron_journal_messages{channel="mllp",status="discarded"} 1' in metrics, "metrics by channel and status")
        log = open(server.log_path).read()
        that("desk.discarded" in log and "Okafor" not in log and "4711" not in log, "the log tells what was done, and nothing of a patient")
        line.close()


def doors_are_closed_to_browsers():
    with Andiron(desk__not_ready_above=1) as server:
        line = Mllp(server.mllp)
        line.exchange(wrong("1", "1"))
        that(door(server).get("/desk/messages", Host="evil.example").status == 403, "a rebound name is refused")
        that(door(server).get("/desk/messages", Origin="http://127.0.0.1").status == 403, "a page is refused")
        that(door(server).call("POST", "/desk/messages/1/discard", "by=x&reason=y", kind="application/x-www-form-urlencoded").status == 415, "a form is refused")
        that(door(server).call("POST", "/desk/messages/1/discard", '{"by":"x","reason":"y"}', kind="text/plain").status == 415, "so is plain text")
        that(json.loads(door(server).get("/desk/messages/1").body)["status"] == "failed", "and nothing was done")
        for path, body, status in (("/desk/messages/1/discard", {"by": "x"}, 400), ("/desk/messages/1/discard", {"reason": "y"}, 400),
                                   ("/desk/messages/1/edit", {"by": "x", "bytes": "?"}, 400), ("/desk/messages/9/replay", {"by": "x"}, 404),
                                   ("/desk/messages/x/replay", {"by": "x"}, 404),
                                   ("/desk/replay", {"by": "x", "state": "failed"}, 400), ("/desk/messages/1/edit", {"by": "x", "bytes": base64.b64encode(wrong("1", "1")).decode()}, 422)):
            answer = post(server, path, body)
            that(answer.status == status and b'"error"' in answer.body, f"POST {path} {body}: {status}, got {answer!r}")
        that(post(server, "/desk/replay", "{").status == 400, "half a JSON")
        for query in ("?status=lost", "?count=x", "?nothing=1", "?since=yesterday"):
            that(door(server).get("/desk/messages" + query).status == 400, f"GET {query} is refused")
        ready = door(server).get("/readyz", Accept="application/json")
        that(ready.status == 200 and json.loads(ready.body)["checks"]["desk"]["facts"]["all"]["failed"] == 1, f"/readyz tells counts: {ready!r}")
        line.exchange(wrong("2", "2"))
        that(door(server).get("/readyz").status == 503, "too many dead letters: not ready")
        desk(server, "discard", "1", "--reason", "x")
        that(door(server).get("/readyz").status == 200, "and ready again")
        line.close()
    status, _, err = desk(server, "list")
    that(status == 69 and "no answer" in err, f"no server: 69 and a plain word: {status} {err!r}")


def replayed_under_mended_maps():
    """A map is missing, messages fail; it is put back, the server starts anew, and all of them are replayed in order."""
    built = pathlib.Path(PROGRAM).resolve().parents[2] / "profiles"
    if not (built / "r4.pack").exists():
        print("  not built here: maps cannot be changed for a test", flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        # As it would be installed, with maps of its own.
        share = pathlib.Path(folder, "share", "andiron")
        share.mkdir(parents=True)
        os.mkdir(folder + "/bin")
        program = shutil.copy(PROGRAM, folder + "/bin/andiron")
        for source in (*built.iterdir(), *(ROOT / "profiles").iterdir()):
            if source.name != "maps" and not (share / source.name).exists():
                (share / source.name).symlink_to(source)
        shutil.copytree(ROOT / "profiles/maps", share / "maps")
        admitted = next(path for path in (share / "maps/hl7v2/message").glob("*.map") if "message ADT_A01" in path.read_text())
        away = pathlib.Path(folder, "away.map")
        admitted.rename(away)

        own = andiron.PROGRAM
        andiron.PROGRAM = program
        try:
            with Andiron() as server:
                line = Mllp(server.mllp)
                refusals = [line.exchange(admit(str(i), f"M{i % 5}", f"Name{i}")) for i in range(20)]
                that(all(code(one) != b"AA" for one in refusals), f"without its map each is refused: {refusals[0]!r}")
                line.close()
                status, out, _ = desk(server, "replay", "--all")
                that(status == 65 and "0 stored, 20 not" in out, f"and again: {out[-60:]!r}")
                server.stop()
                away.rename(admitted)
                server.start()
                status, out, _ = desk(server, "replay", "--all")
                that(status == 0 and "20 stored, 0 not" in out, f"with the map all are stored: {out[-200:]!r}")
                that([line.split()[0] for line in out.splitlines()[:-1]] == [str(i) for i in range(1, 21)], "in order of arrival")
                that(len(server.client().get("/Patient?family=Name15,Name16,Name17,Name18,Name19").entries) == 5, "the last of each patient counts")
                that(server.client().get("/Patient?_summary=count").json["total"] == "5", "each patient once")
                line = Mllp(server.mllp)
                answers = [line.exchange(admit(str(i), f"M{i % 5}", f"Name{i}")) for i in range(20)]
                that(all(code(one) == b"AA" for one in answers), "repeats hear that they are stored")
                that([line.exchange(admit(str(i), f"M{i % 5}", f"Name{i}")) for i in range(20)] == answers, "always with the same bytes")
                line.close()
        finally:
            andiron.PROGRAM = own


def pages():
    with Andiron() as server:
        line = Mllp(server.mllp)
        for i in range(1, 8):
            line.exchange(wrong(str(i), "1") if i % 2 else admit(str(i), "1"))
        seen, after = [], 0
        while True:
            page = json.loads(door(server).get(f"/desk/messages?status=failed&count=2&after={after}").body)
            seen += [one["number"] for one in page["messages"]]
            if "next" not in page:
                break
            after = page["next"]
        that(seen == [1, 3, 5, 7], f"paged by number: {seen}")
        newest = json.loads(door(server).get("/desk/messages?order=newest&count=2").body)["messages"]
        that([one["number"] for one in newest] == [7, 6], "newest first")
        that([one["number"] for one in json.loads(door(server).get("/desk/messages?control=4").body)["messages"]] == [4], "by control id")
        that(json.loads(door(server).get("/desk/messages?channel=other").body)["messages"] == [], "by channel")
        that(json.loads(door(server).get("/desk/messages?since=2999-01-01").body)["messages"] == [], "by time")
        line.close()


def killed_while_it_replays(count=300):
    """Messages that were accepted are replayed all; the server dies in between; nothing is lost, nothing doubled, answers stay."""
    with Andiron() as server:
        line = Mllp(server.mllp)
        answers = [line.exchange(admit(str(i), f"K{i}")) for i in range(count)]
        that(all(code(one) == b"AA" for one in answers), "all are accepted")
        # Failed ones, whose corrected copies are stored by an edit each while the server is killed.
        refusals = [line.exchange(wrong(f"f{i}", f"F{i}")) for i in range(40)]
        line.close()
        before = json.loads(door(server).get("/desk").body)["all"]
        that(before["answered"] == count and before["failed"] == 40, f"{before}")
        total = server.client().get("/Patient?_summary=count").json["total"]

        def edit_all():
            for i in range(40):
                body = {"by": "ann", "bytes": base64.b64encode(admit(f"f{i}", f"F{i}")).decode()}
                try:
                    post(server, f"/desk/messages/{count + 1 + i}/edit", body)
                except OSError:
                    return
        asked = threading.Thread(target=lambda: desk(server, "replay", "--all", "--status", "answered"))
        editing = threading.Thread(target=edit_all)
        asked.start()
        editing.start()
        while json.loads(door(server).get("/desk").body)["all"]["replayed"] < 10:
            pass
        server.kill()
        asked.join()
        editing.join()
        server.start()
        edit_all()
        after = json.loads(door(server).get("/desk").body)["all"]
        that((after["received"], after["failed"], after["replayed"], after["answered"]) == (0, 0, 40, count + 40), f"each has its fate: {after}")
        status, out, _ = desk(server, "replay", "--all", "--status", "answered")
        that(status == 0 and f"{count + 40} stored, 0 not" in out, f"asked again it ends: {out[-100:]!r}")
        line = Mllp(server.mllp)
        that([line.exchange(admit(str(i), f"K{i}")) for i in range(count)] == answers, "repeats hear the first answers, byte for byte")
        again = [line.exchange(wrong(f"f{i}", f"F{i}")) for i in range(40)]
        that(all(code(one) == b"AA" for one in again) and again != refusals, "and those that were corrected that they are stored")
        that(int(str(server.client().get("/Patient?_summary=count").json["total"])) == int(str(total)) + 40, "each patient once")
        history = server.client().get(f"/Patient?identifier=K0").entries[0]["resource"]
        that(str(history["meta"]["versionId"]) == "1", "a replay of what is stored makes no version")
        line.close()


run([seen_edited_discarded, doors_are_closed_to_browsers, replayed_under_mended_maps, pages, killed_while_it_replays])
finish("desk", f"{checks()} checks")
