# SPDX-License-Identifier: Apache-2.0
"""HL7 v2 over MLLP, sent twice: each message gets one right answer, the second pass changes nothing, no result is lost.

Uses the messages below the shared samples when they are there, else the repository's own."""
import sys
import time

from andiron import ROOT, SHARED, Andiron, Mllp, check, finish, segment

HERE = ROOT / "conformance-tests"
folder = SHARED / "samples/hl7v2"
files = sorted((HERE / "translations/hl7v2").rglob("*.hl7")) + [HERE / "fixtures/result.hl7"]
if folder.is_dir():
    files += sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".hl7" and path.read_bytes().lstrip().startswith(b"MSH"))
# What is rightly refused: the file's name and why.
refused = dict(line.split("\t", 1) for line in (HERE / "messages-refused.tsv").read_text().splitlines() if line and not line.startswith("#"))


def original(message):
    """Without MSH-15 and MSH-16: one answer a message (wire_test tries the other mode)."""
    head, _, rest = message.partition(b"\r")
    fields = head.split(b"|")
    fields[14:16] = [b""] * len(fields[14:16])
    return b"|".join(fields) + b"\r" + rest


messages = [original(path.read_bytes().replace(b"\r\n", b"\r").replace(b"\n", b"\r")) for path in files]


def everything(client):
    """Every resource's type, id and version, from the history of the whole server."""
    state, path = {}, "/_history?_count=1000"
    while path:
        page = client.get(path).json
        for entry in page.get("entry", []):
            url = entry["fullUrl"].rsplit("/", 2)
            key = (url[1], url[2])
            state.setdefault(key, entry["response"]["etag"])
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        path = following[0].split("/fhir", 1)[1] if following else None
    return state


def observations(client):
    total = client.get("/Observation?_summary=count").json["total"]
    return int(total)


with Andiron() as server:
    begun = time.monotonic()
    link = Mllp(server.mllp)
    first = []
    expected_results = set()
    for path, message in zip(files, messages):
        answer = link.exchange(message)
        first.append(answer)
        msa = segment(answer.replace(answer[3:4], b"|"), b"MSA")  # in the sender's own delimiters
        good = path.name not in refused
        check(len(msa) > 1 and (msa[1] == b"AA") == good, f"{path.name}: answered {answer!r}")
        if not good and len(msa) > 1:
            check(msa[1] in (b"AR", b"AE") and segment(answer, b"ERR" if b"|2.5" in answer or b"|2.6" in answer else b"MSA"), f"{path.name}: refused with a reason")
        if good and path.parent.parent.name == "simhospital":
            header = segment(message, b"MSH")
            check(msa[2:3] == header[9:10], f"{path.name}: the answer names the message")
            if header[8].startswith(b"ORU^R01"):
                observation_request = segment(message, b"OBR")
                expected_results.add((observation_request[3] or observation_request[2]).split(b"^")[0].decode())
    took = time.monotonic() - begun
    client = server.client()
    before, count = everything(client), observations(client)
    check(len(before) > 0, "something was stored")
    for name in sorted(expected_results):
        answer = client.get(f"/DiagnosticReport?identifier={name}&_summary=count")
        check(answer.status == 200 and int(answer.json["total"]) >= 1, f"report {name} is found: {answer!r}")
    link.close()

    link = Mllp(server.mllp)
    for path, message, answer in zip(files, messages, first):
        check(link.exchange(message) == answer, f"{path.name}: the repeat gets the same answer byte for byte")
    check(everything(client) == before, "the second pass changed nothing")

    # The same content under another control id is a new message about the same things: nothing doubles, nothing changes
    # but what tells of the message itself.
    renamed = []
    for number, (path, message) in enumerate(zip(files, messages)):
        fields = message.split(b"|")
        if path.name not in refused and path.parent.parent.name == "simhospital" and fields[8].startswith((b"ADT^A0", b"ORU")):
            fields[9] = b"AGAIN%d" % number
            renamed.append(b"|".join(fields))
    for message in renamed[-50:]:
        check(segment(link.exchange(message), b"MSA")[1] == b"AA", "a message under another control id is accepted")
    check(observations(client) == count, "observations are not doubled by a message under another control id")
    finish("messages", f"{len(files)} messages twice, {len(before)} resources, {count} observations, first pass {len(files) / took:.0f} messages/s")
