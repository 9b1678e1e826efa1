# SPDX-License-Identifier: Apache-2.0
"""What a channel may write: types that its settings do not name are refused, nothing of the message is stored, and what is there stays as it
was. A channel without such a setting writes everything."""
import json
import pathlib
import tempfile
import urllib.request

from andiron import Andiron, Mllp, finish, run, segment, that


def message(number, name="Ng", kind="ADT^A08^ADT_A01"):
    return (f"MSH|^~\\&|LAB|HOSP|EHR|CITY|20240102030405||{kind}|{number}|P|2.5.1\rEVN|A08|20240102030405\r"
            f"PID|1||P1^^^H^MR||{name}^Ada||19800101|F\rPV1|1|I|||||||||||||||||V1^^^H^VN\r").encode()


def code(port, sent):
    link = Mllp(port)
    try:
        return segment(link.exchange(sent), b"MSA")[1].decode()
    finally:
        link.close()


def manage(server, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.management}{path}") as answer:
        return json.load(answer)


def totals(client):
    return {kind: int(client.get(f"/{kind}?_summary=count").json["total"]) for kind in ("Patient", "Encounter")}


def names(client):
    return [entry["resource"]["name"][0]["family"] for entry in client.get("/Patient").json["entry"]]


def narrow_channel():
    with tempfile.TemporaryDirectory() as folder:
        settings = pathlib.Path(folder) / "andiron.toml"
        settings.write_text('[channels.narrow]\nport = 0\nwrites = ["Encounter", "Organization", "Practitioner", "Location"]\n[channels.wide]\nport = 0\n')
        with Andiron(config=str(settings)) as server:
            client = server.client()
            ports = {one["name"]: one["port"] for one in manage(server, "/channels")["channels"]}
            narrow, wide = ports["narrow"], ports["wide"]
            that(code(narrow, message("1")) == "AE", "what it may not write is refused")
            that(totals(client) == {"Patient": 0, "Encounter": 0}, "and nothing of the message is stored")
            that(code(wide, message("2")) == "AA", "another channel may")
            before = totals(client)
            that(before == {"Patient": 1, "Encounter": 1}, f"and it is stored: {before}")
            that(code(narrow, message("3", name="Changed")) == "AE", "nor may it change what is there")
            that(names(client) == ["Ng"] and totals(client) == before, "which stays as it was")
            that(code(narrow, message("1")) == "AE", "a repeat is told the same")
            kept = manage(server, "/desk/messages?channel=narrow")["messages"]
            that(len(kept) == 2 and all(one["status"] == "failed" for one in kept), "refused messages wait for an operator")


run([narrow_channel])
finish("permission", "what a channel may write, it writes; nothing else")
