# SPDX-License-Identifier: Apache-2.0
"""Who is who, over the wire: merges by message and by REST and their undoing, messages that come late, patients that FHIR clients stored,
many links that bring one patient at once, a site's own rule of identity, and queries answered from the store."""
import pathlib
import re
import shutil
import tempfile
import threading

from andiron import ROOT, Andiron, Mllp, checks, finish, run, segment, that

# Without a map for merges among ours the test brings the smallest that does it.
MERGE_MAP = """message ADT_A39
MSH make header MSH[MessageHeader]
MSH make transformation MSH[Provenance-Transformation]
  link transformation.target -> header
PATIENT
  PID make patient PID[Patient]
    link transformation.target -> patient
    link header.focus -> patient
  MRG make old MRG[Patient]
  merge old -> patient

map MRG to Patient
identity identifier:MR:MRN:PI
MRG-1   -> identifier               as CX
MRG-7   -> name                     as XPN
"""
IDENTITY_MAP = """map PID to Patient
override identity identifier(NI,urn:id:STATE)
"""

_number = 0


def message(kind, structure, rest, time="20240501120000", control=None):
    global _number
    _number += 1
    text = f"MSH|^~\\&|ADT|HOSP|EHR|CLINIC|{time}+0000||{kind}^{structure}|{control or f'C{_number}'}|P|2.5.1\r{rest}"
    return text.encode()


def admit(number, family, time="20240501120000"):
    return message("ADT^A08", "ADT_A01", f"EVN||{time}\rPID|1||{number}||{family}^Jane||19800201|F\rPV1|1|I\r", time)


def result(number, filler, value, status="F", time="20240501120000"):
    return message("ORU^R01", "ORU_R01", f"PID|1||{number}\rORC|RE|P{filler}^HOSP|{filler}^LAB\rOBR|1|P{filler}^HOSP|{filler}^LAB|24331-1^Lipids^LN|||20240501||||||||||||||||||{status}\r"
                   f"OBX|1|NM|2093-3^Chol^LN||{value}|mg/dL|||||{status}\r", time)


def merge(kept, gone, family="Roe", time="20240501130000"):
    return message("ADT^A40", "ADT_A39", f"EVN||{time}\rPID|1||{kept}||{family}^Jane\rMRG|{gone}\r", time)


def told(link, text):
    answer = link.exchange(text)
    return segment(answer, b"MSA")[1].decode(), answer


def taken(link, text, what):
    code, answer = told(link, text)
    that(code == "AA", f"{what}: {answer!r}")


def find(client, number):
    return client.get(f"/Patient?identifier={number}").entries


def one(client, number, what):
    found = find(client, number)
    that(len(found) == 1, f"{what}: one patient has {number}: {len(found)}")
    return found[0]["resource"] if found else {"id": "none"}


def survivor(client, number):
    """Of those with that number the one that was not merged."""
    return [entry["resource"] for entry in find(client, number) if not any(link["type"] == "replaced-by" for link in entry["resource"].get("link", []))][0]


def position(client):
    """What was changed last."""
    newest = client.get("/_history?_count=1").entries[0]
    return newest["fullUrl"], newest["response"]["etag"]


def by_message(client, link, _):
    taken(link, admit("10^^^HOSP^MR", "Doe"), "a patient")
    taken(link, admit("11^^^HOSP^MR", "Roe"), "the other")
    taken(link, result("10^^^HOSP^MR", "F10", "180"), "a result of the first")
    old, new = one(client, "urn:id:HOSP|10", "before"), one(client, "urn:id:HOSP|11", "before")
    that(len(client.get(f"/Observation?subject=Patient/{old['id']}").entries) == 1, "the result is the first's")
    text = merge("11^^^HOSP^MR", "10^^^HOSP^MR")
    taken(link, text, "the merge")
    gone = client.get(f"/Patient/{old['id']}").json
    that(gone["active"] is False and {"other": {"reference": f"Patient/{new['id']}"}, "type": "replaced-by"} in gone["link"], f"the first is merged: {gone}")
    kept = client.get(f"/Patient/{new['id']}").json
    that({"other": {"reference": f"Patient/{old['id']}"}, "type": "replaces"} in kept["link"], f"the other says so: {kept}")
    that(any(i["value"] == "10" and i.get("use") == "old" for i in kept["identifier"]), f"and has the number: {kept['identifier']}")
    for type_ in ("Observation", "DiagnosticReport", "ServiceRequest", "Encounter"):
        that(not client.get(f"/{type_}?subject=Patient/{old['id']}").entries, f"no {type_} is left with the merged patient")
    that(len(client.get(f"/Observation?subject=Patient/{new['id']}").entries) == 1, "the result moved")

    before = position(client)
    that(link.exchange(text)[:3] == b"MSH" and position(client) == before, "the same message again changes nothing")
    taken(link, merge("11^^^HOSP^MR", "10^^^HOSP^MR"), "the same merge under another control id")
    that(client.get(f"/Patient/{old['id']}").headers["ETag"] == 'W/"2"', "it changes neither patient")

    taken(link, admit("10^^^HOSP^MR", "Late", "20240501140000"), "a late update by the old number")
    taken(link, result("10^^^HOSP^MR", "F11", "190"), "a late result by the old number")
    kept = client.get(f"/Patient/{new['id']}").json
    that(kept["name"][0]["family"] == "Late" and any(i["value"] == "10" and i.get("use") == "old" for i in kept["identifier"]), f"lands on the one that was kept: {kept}")
    that(len(client.get(f"/Observation?subject=Patient/{new['id']}").entries) == 2, "so does the result")

    for source, target, code, what in (("11^^^HOSP^MR", "11^^^HOSP^MR", b"204", "itself"), ("11^^^HOSP^MR", "99^^^HOSP^MR", b"204", "an unknown one"),
                                       ("10^^^HOSP^MR", "11^^^HOSP^MR", b"", "a circle")):
        before = position(client)
        answer, bytes_ = told(link, merge(source, target, time="20240501150000"))
        that(answer == "AE" and code in b"^".join(segment(bytes_, b"ERR")), f"I-28 {what} is refused: {bytes_!r}")
        that(position(client) == before, f"I-28 {what}: nothing was stored")

    undone = client.call("POST", f"/Patient/{old['id']}/$unmerge", {"resourceType": "Parameters"})
    that(undone.status == 200 and "Observation/" in undone.body.decode(), f"undone, and what came later is told: {undone!r}")
    gone = client.get(f"/Patient/{old['id']}").json
    that(gone.get("active") is not False and "link" not in gone, f"the first lives again: {gone}")
    that(len(client.get(f"/Observation?subject=Patient/{old['id']}").entries) == 1, "its result is its own again")
    that(len(client.get(f"/Observation?subject=Patient/{new['id']}").entries) == 1, "what came after the merge stays")


def by_rest(client, link, _):
    for id_ in ("ra", "rb"):
        client.call("PUT", f"/Patient/{id_}", {"resourceType": "Patient", "id": id_, "identifier": [{"system": "urn:x", "value": id_}]})
    client.call("PUT", "/Observation/ro", {"resourceType": "Observation", "id": "ro", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/ra"}})

    def ask(operation, source, target, *more):
        return client.call("POST", f"/Patient/${operation}", {"resourceType": "Parameters", "parameter": [
            {"name": "source-patient", "valueReference": {"reference": f"Patient/{source}"}}, {"name": "target-patient", "valueReference": {"reference": f"Patient/{target}"}}, *more]})

    shown = ask("merge", "ra", "rb", {"name": "preview", "valueBoolean": True})
    that(shown.status == 200 and client.get("/Patient/ra").headers["ETag"] == 'W/"1"', f"a preview changes nothing: {shown!r}")
    that(ask("merge", "ra", "ra").status == 422 and ask("merge", "nobody", "rb").status == 404, "itself and nobody are refused")
    done = ask("merge", "ra", "rb")
    names = [one["name"] for one in done.json["parameter"]]
    that(done.status == 200 and names == ["input", "outcome", "result"], f"merged: {done!r}")
    that(client.get("/Observation/ro").json["subject"]["reference"] == "Patient/rb", "the observation moved")
    that(ask("merge", "rb", "ra").status == 409, "a circle is refused")
    record = client.get("/Provenance?target=Observation/ro").entries
    that(len(record) == 1 and record[0]["resource"]["activity"]["coding"][0]["code"] == "merge", f"there is a record: {record}")
    that(client.call("POST", "/$validate", record[0]["resource"]).status == 200, "the record is valid")
    that(ask("unmerge", "ra", "rb").status == 200 and client.get("/Observation/ro").json["subject"]["reference"] == "Patient/ra", "undone")
    that(client.get("/Patient/$merge").status == 405 or client.get("/Patient/$merge").issue != "", "a merge is asked by POST")


def known_from_fhir(client, link, _):
    made = client.call("POST", "/Patient", {"resourceType": "Patient", "identifier": [{"system": "urn:id:HOSP", "value": "20"}]}).json
    taken(link, admit("20^^^HOSP^MR", "Doe"), "a message about a patient that a client stored")
    that(one(client, "urn:id:HOSP|20", "after")["id"] == made["id"], "it is that one")
    taken(link, admit("20^^^HOSP^MR", "Roe"), "another")
    that(client.get(f"/Patient/{made['id']}").json["name"][0]["family"] == "Roe", "it stays that one")
    for _ in range(2):
        client.call("POST", "/Patient", {"resourceType": "Patient", "identifier": [{"system": "urn:id:HOSP", "value": "21"}]})
    code, answer = told(link, admit("21^^^HOSP^MR", "Doe"))
    that(code == "AE" and len(find(client, "urn:id:HOSP|21")) == 2, f"of two none is guessed: {answer!r}")


def out_of_order(client, link, _):
    taken(link, admit("30^^^HOSP^MR", "New", "20240501120000"), "the newer")
    taken(link, admit("30^^^HOSP^MR", "Old", "20240501110000"), "the older")
    that(one(client, "urn:id:HOSP|30", "after")["name"][0]["family"] == "New", "what is newer stays")
    taken(link, result("30^^^HOSP^MR", "F30", "200", "F", "20240501120000"), "the final result")
    taken(link, result("30^^^HOSP^MR", "F30", "100", "P", "20240501110000"), "the preliminary one, late")
    patient = one(client, "urn:id:HOSP|30", "after")
    values = [(e["resource"]["status"], e["resource"]["valueQuantity"]["value"]) for e in client.get(f"/Observation?subject=Patient/{patient['id']}").entries]
    that(values == [("final", "200")], f"the final result stays: {values}")
    that(b"urn:andiron:left" in client.get(f"/Provenance?target=Patient/{patient['id']}&_count=100").body, "the older message's Provenance says so")


def visits(client, link, _):
    """What is known of a visit stays known, and nobody's results go over to somebody else."""

    def visit(event, pv1, time, number="35^^^HOSP^MR", pid="||19700101|F"):
        taken(link, message(f"ADT^{event}", "", f"EVN|{event}|{time}\rPID|1||{number}||Doe^Ann{pid}\rPV1|1|{pv1}\r", time), event)

    def now(number):
        encounter = client.get(f"/Encounter?identifier={number}").entries[0]["resource"]
        return encounter["status"], sorted(encounter["period"])

    where = "I|W^1||||||||||||||||"
    visit("A01", where + "V35" + "|" * 25 + "20240501080000", "20240501080000")
    visit("A03", where + "V35" + "|" * 26 + "20240502080000", "20240502080000")
    that(now("V35") == ("finished", ["end", "start"]), f"a discharge keeps the admission: {now('V35')}")
    taken(link, result("35^^^HOSP^MR", "F35", "5", "F", "20240502090000").replace(b"\rORC", f"\rPV1|1|{where}V35\rORC".encode(), 1), "a late result")
    that(now("V35") == ("finished", ["end", "start"]), f"a result after the discharge does not open the visit again: {now('V35')}")
    visit("A13", where + "V35", "20240502100000")
    that(now("V35") == ("in-progress", ["start"]), f"a discharge is taken back: {now('V35')}")
    taken(link, message("ADT^A47", "ADT_A30", "EVN|A47|20240503\rPID|1||36^^^HOSP^MR||Doe^Ann\rMRG|35^^^HOSP^MR\r", "20240503100000"), "a changed number")
    patient = one(client, "urn:id:HOSP|36", "under the new number")
    that(patient["birthDate"] == "1970-01-01", "the patient with a changed number is who he was")
    taken(link, result("37^^^HOSP^MR", "F35", "9", "F", "20240504120000"), "a filler number again, of another patient")
    for number, value in (("36", "5"), ("37", "9")):
        found = client.get(f"/Observation?subject:Patient.identifier=urn:id:HOSP|{number}").entries
        that([str(e["resource"]["valueQuantity"]["value"]) for e in found] == [value], f"each patient has his own result: {number}")


def at_once(client, _, server):
    """32 links and some clients bring one patient at once."""
    failed = []

    def feed(number):
        try:
            link = Mllp(server.mllp)
            for turn in range(3):
                code, answer = told(link, admit("40^^^HOSP^MR", f"Name{turn}"))
                if code != "AA":
                    failed.append(answer)
            link.close()
        except OSError as error:
            failed.append(error)

    def post():
        own = server.client()
        own.call("POST", "/Patient", {"resourceType": "Patient", "identifier": [{"system": "urn:id:HOSP", "value": "40"}]}, headers={"If-None-Exist": "identifier=urn:id:HOSP|40"})

    threads = [threading.Thread(target=feed, args=(n,)) for n in range(32)] + [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    that(not failed, f"all are accepted: {failed[:2]}")
    that(len(find(client, "urn:id:HOSP|40")) == 1, "one patient came of 36 who brought it")


def queries(client, link, _):
    for number, family in (("50", "Query"), ("51", "Query"), ("52", "Queried")):
        taken(link, admit(f"{number}^^^HOSP^MR~N{number}^^^STATE^NI", family), "a patient")

    def ask(event, rest, kind="QBP"):
        return link.exchange(message(f"{kind}^{event}", "QBP_Q21", rest))

    def lines(answer, name):
        return [line for line in answer.split(b"\r") if line.startswith(name)]

    answer = ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^QUER*\rRCP|I|2^RD\r")
    that(segment(answer, b"MSH")[8].startswith(b"RSP^K22") and segment(answer, b"QAK")[1:3] == [b"T1", b"OK"], f"candidates: {answer!r}")
    that(len(lines(answer, b"PID")) == 2 and segment(answer, b"DSC")[1] == b"2", f"as many as were asked for, and where to go on: {answer!r}")
    answer = ask("Q22", "QPD|IHE PDQ Query|T1|@PID.5.1^QUER*\rRCP|I|2^RD\rDSC|2|I\r")
    that(len(lines(answer, b"PID")) == 1 and not lines(answer, b"DSC"), f"the rest: {answer!r}")
    answer = ask("Q21", "QPD|Q21|T2|50^^^HOSP\r")
    that(segment(answer, b"PID")[5].startswith(b"Query^Jane") and segment(answer, b"PID")[7:9] == [b"19800201", b"F"], f"demographics: {answer!r}")
    answer = ask("Q23", "QPD|IHE PIX Query|T3|50^^^HOSP|^^^STATE\r")
    that(segment(answer, b"PID")[3].startswith(b"N50^^^STATE"), f"corresponding identifiers: {answer!r}")
    that(segment(ask("Q22", "QPD|Q|T4|@PID.5.1^NOBODY\r"), b"QAK")[2] == b"NF", "nobody is NF")
    that(segment(ask("Q11", "QPD|Q11|T5|@PID.3.1^51\r"), b"QAK")[2] == b"OK", "by parameter")
    answer = link.exchange(message("QRY^A19", "QRY_A19", "QRD|20240501|R|I|T6|||5^RD|52^^^|DEM\r"))
    that(segment(answer, b"MSH")[8].startswith(b"ADR^A19") and lines(answer, b"PID"), f"the older form: {answer!r}")
    for event, rest in (("Q22", "QPD|Q|T7|@PID.99^X\r"), ("Q22", ""), ("Z99", "QPD|Z|T8\r")):
        answer = ask(event, rest)
        that(segment(answer, b"MSA")[1] in (b"AE", b"AR") and segment(answer, b"ERR"), f"{event} {rest!r} is refused: {answer!r}")


def own_rule(client, link, _):
    """Where the site says that the state's number identifies, the hospital's does not."""
    taken(link, admit("60^^^HOSP^MR~S60^^^STATE^NI", "Doe"), "a patient")
    taken(link, admit("61^^^HOSP^MR~S60^^^STATE^NI", "Roe"), "the same person at another desk")
    patient = one(client, "urn:id:STATE|S60", "by the state's number")
    that({i["value"] for i in patient["identifier"]} == {"60", "61", "S60"}, f"one patient: {patient['identifier']}")


def site(text):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="andiron-maps-"))
    (folder / "site.map").write_text(text)
    return folder


maps = [path.read_text() for path in (ROOT / "profiles/maps/hl7v2").rglob("*.map")]
known = any("ADT_A39" in text for text in maps)
merging = not known or any(re.search(r"^ *merge \w+ -> \w+", text, re.MULTILINE) for text in maps)
folders = [site(IDENTITY_MAP)] + ([] if known else [site(MERGE_MAP)])
try:
    with Andiron(mllp__per_peer=0, **({} if known else {"mllp__maps": folders[1]})) as server:
        client, link = server.client(), Mllp(server.mllp)
        run(([by_message] if merging else []) + [by_rest, known_from_fhir, out_of_order] + ([visits] if merging else []) + [at_once, queries], client, link, server)
    with Andiron(mllp__maps=folders[0], mllp__channel="state") as server:
        client, link = server.client(), Mllp(server.mllp)
        run([own_rule], client, link, server)
finally:
    for folder in folders:
        shutil.rmtree(folder)
finish("identity", f"{checks()} checks")
