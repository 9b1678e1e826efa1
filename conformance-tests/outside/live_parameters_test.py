# SPDX-License-Identifier: Apache-2.0
"""SearchParameters that come at run time: active without a restart, for old and new resources, and never answered from a part.

Usage: live_parameters_test.py [RESOURCES]   default 4000: what is indexed while the server is killed"""
import sys
import threading
import time

from andiron import Andiron, check, finish, run

resources = int(sys.argv[1]) if len(sys.argv) > 1 else 4000


def parameter(code, expression, **more):
    return {"resourceType": "SearchParameter", "id": code, "url": f"http://example.org/SearchParameter/{code}", "name": code, "status": "active",
            "description": code, "code": code, "base": ["Patient"], "type": "string", "expression": expression, **more}


def nickname(code="nick", **more):
    return {**parameter(code, "Patient.name.where(use = 'nickname').given"), **more}


def fill(client, count):
    for begin in range(0, count, 1000):
        entries = [{"resource": {"resourceType": "Patient", "id": f"p{i}", "name": [{"use": "nickname", "given": [f"Nick{i % 10}"]}]},
                    "request": {"method": "PUT", "url": f"Patient/p{i}"}} for i in range(begin, min(count, begin + 1000))]
        answer = client.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}, headers={"Prefer": "return=minimal"})
        check(answer.status == 200, f"the patients are stored: {answer}")


def parts(client, code):
    answer = client.get(f"/SearchParameter/{code}/$status")
    if answer.status != 200:
        return {}
    return {part["name"]: next(value for name, value in part.items() if name.startswith("value")) for part in answer.json["parameter"][0]["part"]}


def wait_active(client, code, seconds=60):
    """Until it is active; never says active before it answers."""
    end = time.monotonic() + seconds
    seen = []
    while time.monotonic() < end:
        state = parts(client, code)
        seen.append((state.get("state"), int(state.get("done", 0))))
        if state.get("state") == "active":
            return seen
        time.sleep(0.005)
    check(False, f"{code} does not become active: {seen[-1]}")
    return seen


def total(client, question):
    answer = client.get(f"/Patient?{question}&_summary=count")
    return int(answer.json["total"]) if answer.status == 200 else answer.status


def comes_and_goes(server):
    client = server.client()
    client.call("PUT", "/Patient/old", {"resourceType": "Patient", "id": "old", "name": [{"use": "nickname", "given": ["Bob"]}]})
    check(client.get("/Patient?nick=bob").status == 400, "an unknown parameter is refused")
    check(client.call("PUT", "/SearchParameter/nick", nickname()).status == 201, "it is stored")
    wait_active(client, "nick")
    client.call("PUT", "/Patient/new", {"resourceType": "Patient", "id": "new", "name": [{"use": "nickname", "given": ["Bob"]}]})
    check(sorted(client.get("/Patient?nick=bob").ids) == ["new", "old"], "old and new are found")
    metadata = client.get("/metadata").json
    patient = next(one for one in metadata["rest"][0]["resource"] if one["type"] == "Patient")
    check(any(one["name"] == "nick" and one["definition"] == nickname()["url"] for one in patient["searchParam"]), "metadata lists it")
    # Another meaning.
    client.call("PUT", "/SearchParameter/nick", parameter("nick", "Patient.name.given"))
    client.call("PUT", "/Patient/given", {"resourceType": "Patient", "id": "given", "name": [{"given": ["Bob"]}]})
    wait_active(client, "nick")
    check(sorted(client.get("/Patient?nick=bob").ids) == ["given", "new", "old"], "another expression counts for all")
    check(client.call("DELETE", "/SearchParameter/nick").status == 204, "it is deleted")
    check(client.get("/Patient?nick=bob").status == 400, "then it is refused again")
    check(b'"nick"' not in client.get("/metadata").body, "and metadata does not list it")
    client.call("PUT", "/SearchParameter/nick", nickname())
    wait_active(client, "nick")
    check(sorted(client.get("/Patient?nick=bob").ids) == ["new", "old"], "it comes back with its own meaning")
    client.call("PUT", "/SearchParameter/nick", nickname(status="retired"))
    check(client.get("/Patient?nick=bob").status == 400, "retired it is refused")


def is_checked(server):
    client = server.client()
    for what, change in {"expression": {"expression": "Patient.name.where("}, "element": {"expression": "Patient.nam"}, "base": {"base": ["Patiant"]},
                         "type": {"type": "date"}, "code": {"code": "a:b"}, "component": {"type": "composite"},
                         "xpath": {"expression": None, "xpath": "f:Patient/f:name"}}.items():
        body = {key: value for key, value in {**nickname("wrong"), **change}.items() if value is not None}
        answer = client.call("POST", "/SearchParameter", body)
        check(answer.status in (400, 422) and answer.issue != "", f"a wrong {what} is refused: {answer}")
    check(client.get("/SearchParameter?url=http://example.org/SearchParameter/wrong").json["total"] == "0", "nothing of it is stored")
    answer = client.call("POST", "/SearchParameter", {**nickname("shadow"), "code": "name"}, headers={"Prefer": "return=OperationOutcome"})
    check(answer.status == 201 and answer.json["issue"][0]["severity"] == "warning", f"a code that is taken is told: {answer}")


def is_never_a_part(server):
    """While parameters come, readers see 400, 503 or the whole; writers that were under way are found too."""
    client = server.client()
    fill(client, 1000)
    stop = threading.Event()
    wrong = []
    written = []

    def reader():
        mine = server.client()
        while not stop.is_set():
            found = total(mine, "live=nick3")
            if found not in (400, 503, 100):
                wrong.append(found)

    def writer():
        mine = server.client()
        while not stop.is_set():
            number = len(written)
            answer = mine.call("PUT", f"/Patient/w{number}", {"resourceType": "Patient", "id": f"w{number}", "name": [{"use": "nickname", "given": ["While"]}]})
            if answer.status == 201:
                written.append(number)

    threads = [threading.Thread(target=reader), threading.Thread(target=writer)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        client.call("PUT", "/SearchParameter/live", nickname("live"))
        wait_active(client, "live")
        check(total(client, "live=nick3") == 100, "the whole is found")
        client.call("DELETE", "/SearchParameter/live")
    client.call("PUT", "/SearchParameter/live", nickname("live"))
    wait_active(client, "live")
    stop.set()
    for thread in threads:
        thread.join()
    check(not wrong, f"no answer comes from a part: {wrong[:5]}")
    check(total(client, "live=while") == len(written), "whoever was written meanwhile is found")


def survives_a_kill():
    with Andiron() as server:
        client = server.client()
        fill(client, resources)
        client.call("PUT", "/Observation/o", {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}})
        codes = [f"nick{i}" for i in range(5)]
        bundle = [{"resource": nickname(code), "request": {"method": "PUT", "url": f"SearchParameter/{code}"}} for code in codes]
        answer = client.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": bundle})
        check(answer.status == 200, f"five parameters at once: {answer}")
        refused = client.get("/Patient?nick0=nick3")
        check(refused.status == 503 and refused.issue == "incomplete" and refused.headers["Retry-After"], f"it is not answered yet: {refused}")
        created = client.call("POST", "/Patient", {"resourceType": "Patient"}, headers={"If-None-Exist": "nick0=nick3"})
        check(created.status == 503, f"nor decides it what is created: {created}")
        check(client.get("/Observation?status=final").status == 200, "other searches go on")
        check(total(client, "_id=p1") == 1, "other searches of that type go on")
        first = parts(client, "nick0")
        check(first["state"] == "filling" and int(first["total"]) == resources, f"the status tells: {first}")
        while int(parts(client, "nick0").get("done", 0)) < resources // 4 and parts(client, "nick0")["state"] == "filling":
            time.sleep(0.002)
        before = parts(client, "nick0")
        server.kill()
        server.start()
        client = server.client()
        after = parts(client, "nick0")
        if before["state"] == "filling":
            check(after["state"] == "active" or int(after["done"]) >= int(before["done"]), f"it goes on where it was: {before} {after}")
        print(f"  killed at {before.get('done')} of {before.get('total')}")
        seen = wait_active(client, "nick0")
        counts = [done for state, done in seen if state == "filling"]
        check(counts == sorted(counts), "progress never goes back")
        for code in codes:
            wait_active(client, code)
            check(total(client, f"{code}=nick3") == resources // 10, f"{code} finds everything")
        answer = client.call("POST", "/$reindex")
        check(answer.status == 200, f"everything is indexed anew: {answer}")
        check(total(client, "nick0=nick3") == resources // 10, "and searches go on")
        server.kill()
        server.start()
        check(total(server.client(), "nick4=nick3") == resources // 10, "also after another kill")


with Andiron() as server:
    run([comes_and_goes, is_checked, is_never_a_part], server)
run([survives_a_kill])
finish("live parameters", f"{resources} resources")
