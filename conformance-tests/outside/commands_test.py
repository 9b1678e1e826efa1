# SPDX-License-Identifier: Apache-2.0
"""The program's commands: what they print, what they answer to the shell, and what they say when something is wrong."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import tomllib

from andiron import PROGRAM, ROOT, SHARED, Andiron, Client, checks, finish, run, that

folder = pathlib.Path(tempfile.mkdtemp(prefix="andiron-commands-"))

PATIENT = '{"resourceType":"Patient","id":"a","name":[{"family":"Lind","given":["Anna","Eva"]}],"birthDate":"1980-05-17","multipleBirthInteger":2}'
RESULT = (ROOT / "conformance-tests/fixtures/result.hl7").read_bytes()


class Ran:
    def __init__(self, *arguments, given=b"", time_limit=30):
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=given, capture_output=True, timeout=time_limit, cwd=folder)
        self.code, self.out, self.error = done.returncode, done.stdout.decode(), done.stderr.decode()

    def __repr__(self):
        return f"exit {self.code}, out {self.out[:300]!r}, error {self.error[:300]!r}"


def file(name, text):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def expect(code, words, *arguments, **more):
    """The exit code, and words that must stand in what it printed, in any case of letters."""
    ran = Ran(*arguments, **more)
    said = (ran.out + ran.error).lower()
    that(ran.code == code and all(word.lower() in said for word in words),
         f"andiron {' '.join(map(str, arguments))}: expected exit {code} and {words}: {ran!r}")
    that("terminate called" not in said and "internal error" not in said, f"andiron {' '.join(map(str, arguments))} ends in order: {ran!r}")
    return ran


def helps():
    ran = expect(0, ["serve", "validate", "path", "map", "package", "send", "listen", "version"], "--help")
    that(not ran.error, "--help writes to standard output")
    expect(0, ["serve"], "-h")
    expect(0, ["serve"], "help")
    expect(64, ["serve"])
    expect(64, ["brew", "--help"], "brew")
    for command in ("serve", "validate", "path", "map", "package", "unit", "code", "send", "listen"):
        expect(0, ["usage: andiron " + command], command, "--help")
    ran = expect(0, ["R4"], "version")
    that(re.match(r"^andiron \d+\.\d+\.\d+\S* \(FHIR R4 4\.0\.1\)\n$", ran.out), f"version: {ran!r}")
    that(Ran("--version").out == ran.out, "--version is version")


def validate():
    good, bad = file("good.json", PATIENT), file("bad.json",
                                                 PATIENT.replace('"birthDate":"1980-05-17"', '"birthDate":"1980-02-31","colour":"red"'))
    as_xml = file("good.xml", '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>')
    ran = expect(0, ["good.json: valid Patient"], "validate", good)
    expect(0, ["good.json: valid", "good.xml: valid"], "validate", good, as_xml)
    that(Ran("validate", "--quiet", good).out == "", "validate --quiet says nothing of what is good")
    ran = expect(65, ["bad.json: error: Patient"], "validate", bad)
    expect(65, ["birthDate"], "validate", file("date.json", PATIENT.replace("05-17", "02-31")))
    expect(65, ["good.json: valid", "bad.json: error"], "validate", good, bad)
    expect(66, ["cannot read", "nothing.json"], "validate", folder / "nothing.json")
    expect(66, ["cannot read"], "validate", folder)
    expect(65, ["broken.json"], "validate", file("broken.json", '{"resourceType":"Patient",'))
    expect(65, ["empty.json"], "validate", file("empty.json", ""))
    expect(65, ["evil.xml"], "validate", file("evil.xml",
                                              '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><id value="&e;"/></Patient>'))
    expect(65, ["noise.bin"], "validate", file("noise.bin", bytes(range(256)) * 20))
    expect(0, ["valid Patient"], "validate", "-", given=PATIENT.encode())
    expect(64, ["no file"], "validate")
    expect(64, ["--bogus"], "validate", "--bogus", good)


def path():
    good = file("good.json", PATIENT)
    that(expect(0, [], "path", "Patient.name.given", good).out == "Anna\nEva\n", "path: an item a line")
    that(expect(0, [], "path", "name.family", "-", given=PATIENT.encode()).out == "Lind\n", "path from standard input")
    that(expect(0, [], "path", "1 + 1", good).out == "2\n", "path computes")
    that(expect(0, [], "path", "name.where(use = 'old')", good).out == "", "path: nothing is nothing")
    that(json.loads(expect(0, [], "path", "name", good).out) == {"family": "Lind", "given": ["Anna", "Eva"]},
         "path: a complex item is JSON")
    expect(64, ["column 6"], "path", "name.", good)
    expect(64, [], "path", "name.(((", good)
    expect(64, ["nosuch"], "path", "name.nosuch()", good)
    expect(64, [], "path", "name")
    expect(64, ["given1", "column 6"], "path", "--strict", "name.given1", good)
    that(expect(0, [], "path", "name.given1", good).out == "", "path: unknown names are nothing where it is not strict")
    that(json.loads(expect(0, [], "path", "--json", "name.given.first() | 1.0", good).out)
         == {"results": [{"type": "string", "value": "Anna"}, {"type": "Decimal", "value": "1.0"}]}, "path: typed results")
    that(json.loads(expect(0, [], "path", "--json", "name.family.trace('f')", good).out)["traces"]
         == [{"name": "f", "values": [{"type": "string", "value": "Lind"}]}], "path: traces")
    that(json.loads(expect(65, [], "path", "--json", "1 + 'a'", good).out)["error"]["kind"] == "execution", "path: errors as JSON")
    that(expect(0, [], "path", "--variable", "who=Lind", "name.where(family = %who).exists()", good).out == "true\n", "path: variables")
    that(expect(0, [], "path", "1 'g' = 1000 'mg'", good).out == "true\n", "path: units are converted")
    asked = file("asked.jsonl", json.dumps({"expression": "name.family", "file": str(good)}) + "\n" + json.dumps({"expression": "1 +"}) + "\n")
    lines = [json.loads(line) for line in expect(0, [], "path", "--batch", asked).out.splitlines()]
    that(len(lines) == 2 and lines[0]["results"][0]["value"] == "Lind" and lines[1]["error"]["kind"] == "syntax", "path: many questions at once")
    mixed = file("mixed.xml", '<Patient xmlns="http://hl7.org/fhir"><birthDate value="1980-05-17"/><active value="true"/></Patient>')
    that(expect(0, [], "path", "active", mixed).out == "true\n", "path reads XML whose elements are out of order")
    expect(65, ["order"], "validate", mixed)
    expect(66, ["cannot read"], "path", "name", folder / "nothing.json")
    expect(65, [], "path", "name", file("broken.json", "{"))


def translate():
    message = file("result.hl7", RESULT)
    expect(0, ["maps hold"], "map", "check")
    ran = expect(0, ['"resourceType"'], "map", "run", message)
    bundle = json.loads(ran.out)
    kinds = [e["resource"]["resourceType"] for e in bundle["entry"]]
    that(bundle["type"] == "transaction" and {"Patient", "Observation", "DiagnosticReport"} <= set(kinds), f"map makes resources: {kinds}")
    ran = expect(0, ["accounted for", "Patient/", ".map:"], "map", "run", message, "--explain")
    that(expect(0, [], "map", "run", "-", given=RESULT).out == json.dumps(bundle)
         or json.loads(Ran("map", "run", "-", given=RESULT).out)["type"] == "transaction", "map from standard input")
    out = file("translated.json", json.dumps(bundle))
    expect(0, ["valid Bundle"], "validate", out)
    wide = file("wide.hl7", RESULT.decode().encode("utf-16"))
    that(json.loads(expect(0, ['"resourceType"'], "map", "run", wide).out)["entry"], "map run reads a file in UTF-16")
    expect(0, ["1 message"], "map", "coverage", wide)
    expect(66, ["cannot read"], "map", "run", folder / "nothing.hl7")
    expect(65, [], "map", "run", file("noise.hl7", b"\x00\x01\x02"))
    expect(65, [], "map", "run", file("empty.hl7", b""))
    ran = Ran("map", "run", file("unknown.hl7", RESULT.replace(b"ORU^R01^ORU_R01", b"QBP^Q11^QBP_Q11").replace(b"ORU^R01", b"QBP^Q11")))
    that(ran.code in (64, 65) and "no map translates" in ran.error, f"map of a message that nobody maps: {ran!r}")
    expect(64, ["no file"], "map", "run")
    expect(64, ["check, run or coverage"], "map")
    expect(64, ["--bogus"], "map", "run", "--bogus", message)
    site = folder / "site"
    site.mkdir(exist_ok=True)
    (site / "bad.map").write_text("this is no map at all\n")
    ran = Ran("map", "check", "--site", site)
    that(ran.code != 0 and "bad.map" in ran.error, f"map check names the file and line of a bad site map: {ran!r}")
    ran = Ran("map", "check", "--site", folder / "nowhere")
    that(ran.code != 0 and "nowhere" in ran.error, f"map check with a folder that is not there: {ran!r}")


def packages():
    expect(64, ["usage"], "package")
    expect(64, ["show"], "package", "brew")
    expect(64, ["compile"], "package", "compile", folder)
    ran = Ran("package", "show", folder / "nothing.tgz")
    that(ran.code in (65, 66) and "nothing.tgz" in ran.error, f"package show of what is not there: {ran!r}")
    ran = Ran("package", "show", file("noise.tgz", os.urandom(5000)))
    that(ran.code in (65, 66) and ran.error, f"package show of noise: {ran!r}")
    ran = Ran("package", "show", file("cut.tgz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x00" * 40))
    that(ran.code in (65, 66) and ran.error, f"package show of a broken archive: {ran!r}")
    for archive in sorted((SHARED / "packages").glob("*.tgz")) if (SHARED / "packages").is_dir() else []:
        ran = expect(0, ["StructureDefinition", "ValueSet"], "package", "show", archive)
        that(re.search(r"^ *\d+  StructureDefinition$", ran.out, re.M), f"package show {archive.name}: counts: {ran!r}")
        out = folder / (archive.stem + ".pack")
        expect(0, ["profiles"], "package", "compile", archive, "--out", out)
        that(out.read_bytes()[:64] and out.stat().st_size > 256, f"package compile {archive.name} writes a packed file")
    archives = sorted((SHARED / "packages").glob("*.tgz")) if (SHARED / "packages").is_dir() else []
    if archives:
        expect(74, ["cannot write"], "package", "compile", archives[0], "--out", folder / "no" / "such" / "place")


def units():
    expect(0, ["mg/dL\tvalid\t(milligram) / (deciliter)"], "unit", "check", "mg/dL")
    expect(65, ["iU\tinvalid", "[iU] is meant", "g\tvalid"], "unit", "check", "iU", "g")
    ran = expect(65, [], "unit", "check", "-", given=b"mm[Hg]\n12h\n")
    that([line.split("\t")[1] for line in ran.out.splitlines()] == ["valid", "invalid"], f"unit check -: {ran!r}")
    that(Ran("unit", "convert", "98.6", "[degF]", "Cel").out == "37 Cel\n", "unit convert")
    that(Ran("unit", "canonical", "1.50", "kg").out == "1500 g\n", "unit canonical")
    that(Ran("unit", "multiply", "2", "m", "1.5", "g").out == "3 g.m\n", "unit multiply")
    that(Ran("unit", "divide", "3", "mg", "2", "mg").out == "1.5 1\n", "unit divide")
    expect(65, ["cannot be converted"], "unit", "convert", "1", "mmol/L", "mg/dL")
    expect(65, ["not a decimal"], "unit", "canonical", "one", "kg")
    expect(65, ["zero"], "unit", "divide", "1", "m", "0", "s")
    for words in ((), ("weigh",), ("check",), ("convert", "1", "kg"), ("canonical", "1")):
        expect(64, ["unit"], "unit", *words)


def send():
    with Andiron() as server:
        message = file("result.hl7", RESULT)
        ran = expect(0, ["MSA|AA"], "send", message, "--to", f"127.0.0.1:{server.mllp}")
        that(Ran("send", message, "--quiet", "--to", f"127.0.0.1:{server.mllp}").out == "", "send --quiet prints nothing")
        unknown = file("unknown.hl7", RESULT.replace(b"ORU^R01^ORU_R01", b"QBP^Q11^QBP_Q11").replace(b"ORU^R01", b"QBP^Q11"))
        expect(65, ["MSA|A"], "send", unknown, "--to", f"127.0.0.1:{server.mllp}")
        expect(66, ["cannot read"], "send", folder / "nothing.hl7", "--to", f"127.0.0.1:{server.mllp}")
    expect(69, ["listens"], "send", message, "--to", f"127.0.0.1:{server.mllp}")
    expect(64, ["--to"], "send", message, "--to", "nowhere")
    expect(64, ["no file"], "send")


def settings():
    ran = expect(0, ["fhir.port", "mllp.port", "http.body"], "serve", "--settings")
    listed = {m.group(0) for m in re.finditer(r"\b(fhir|http|mllp|management|threads|log)\.[a-z_]+", ran.out)}
    that(len(listed) >= 25, f"serve --settings lists the settings: {len(listed)}")
    data = ["--data", folder / "settings"]
    ports = ["--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0"]
    expect(78, ["fhir.prot"], "serve", *data, "--set", "fhir.prot=1")
    expect(78, ["fhir.port"], "serve", *data, "--set", "fhir.port=many")
    expect(78, ["fhir.port"], "serve", *data, "--set", "fhir.port=70000")
    expect(78, ["http.head_time"], "serve", *data, "--set", "http.head_time=5 parsecs")
    expect(78, ["http.body"], "serve", *data, "--set", "http.body=-5")
    expect(78, ["log.level", "debug"], "serve", *data, "--set", "log.level=loud")
    expect(78, ["mllp.strict"], "serve", *data, "--set", "mllp.strict=perhaps")
    expect(64, ["--bogus"], "serve", "--bogus")
    expect(64, ["--set"], "serve", "--set")
    expect(64, [], "serve", "--set", "novalue")
    for door in ("fhir", "mllp", "management"):
        expect(78, [f"{door}.address", "loopback"], "serve", *data, "--set", f"{door}.address=0.0.0.0")
    expect(78, ["loopback"], "serve", *data, "--set", "fhir.address=::")
    ran = Ran("serve", *data, *ports, "--set", "fhir.address=127.0.0.1.example.com")
    that(ran.code in (69, 78) and "127.0.0.1.example.com" in ran.error, f"a name that only begins like loopback: {ran!r}")
    expect(78, ["fhir.key"], "serve", *data, "--set", "fhir.certificate=x.pem")
    ran = Ran("serve", *data, *ports, "--set", "fhir.certificate=x.pem", "--set", "fhir.key=y.pem")
    that(ran.code not in (0, 70) and "x.pem" in ran.error, f"a certificate that is not there: {ran!r}")

    expect(66, ["cannot read", "none.toml"], "serve", "--config", folder / "none.toml")
    for text, words in (('[fhir]\nprot = 1\n', ["fhir.prot", "fhir.port"]), ('[fhir\nport = 1\n', ["bad.toml"]),
                        ('[fhir]\nport = "many"\n', ["fhir.port"]),
                        ('colour = "red"\n', ["colour"]), ('[fhir]\nport = 1\nport = 2\n', ["bad.toml"]),
                        ('[http]\nbody = true\n', ["http.body"])):
        expect(78, words, "serve", "--config", file("bad.toml", text))
    blocked = file("plain", "a file, not a folder")
    ran = Ran("serve", "--data", blocked, *ports)
    that(ran.code not in (0, 70) and "plain" in ran.error, f"a data folder that is a file: {ran!r}")
    noise = folder / "noise"
    noise.mkdir(exist_ok=True)
    (noise / "andiron.db").write_bytes(os.urandom(8192))
    ran = Ran("serve", "--data", noise, *ports)
    that(ran.code not in (0, 70) and "andiron.db" in ran.error, f"a database that is none: {ran!r}")


def toml():
    text = 'data = "{}"\n[fhir]\nport = 0\npage = 3\ncors_origins = ["https://a.example"]\n[http]\nbody = "1MiB"\nhead_time = "2s"\n[mllp]\nport = 0\n[management]\nport = 0\n'
    config = file("good.toml", text.format(folder / "toml"))
    log = open(folder / "toml.log", "wb")
    process = subprocess.Popen([PROGRAM, "serve", "--config", str(config), "--set", "fhir.page=2"], stderr=log, stdout=log)
    try:
        said = started(folder / "toml.log", process)
        client = Client(said["fhir_port"])
        for _ in range(4):
            client.call("POST", "/Device", {"resourceType": "Device"})
        that(len(client.get("/Device").ids) == 2, "a setting of the command line wins over the file")
        that(client.get("/Device", Origin="https://a.example").headers["Access-Control-Allow-Origin"] == "https://a.example",
             "a setting of the file counts")
        that((folder / "toml/andiron.db").exists(), "the file says where the data is")
    finally:
        process.send_signal(signal.SIGTERM)
        that(process.wait(20) == 0, "a server ends with 0 after SIGTERM")


def started(log, process):
    begun = time.monotonic()
    while time.monotonic() - begun < 30:
        for line in log.read_bytes().splitlines():
            if b'"started"' in line:
                return json.loads(line)
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError("the server does not start: " + log.read_text()[-500:])


def taken():
    with Andiron() as server:
        for door, port in (("fhir", server.port), ("mllp", server.mllp), ("management", server.management)):
            ports = {"fhir": 0, "mllp": 0, "management": 0, door: port}
            begun = time.monotonic()
            ran = Ran("serve", "--data", folder / "taken", *(a for d, p in ports.items() for a in ("--set", f"{d}.port={p}")))
            that(ran.code not in (0, 70) and str(port) in ran.error and time.monotonic() - begun < 10,
                 f"the port of {door} is taken: {ran!r}")
        ran = Ran("serve", "--data", server.folder + "/data", "--set", "fhir.port=0", "--set", "mllp.port=0", "--set", "management.port=0")
        that(ran.code not in (0, 70) and server.folder in ran.error, f"a second server on the same data: {ran!r}")
        that("another" in ran.error or "in use" in ran.error or "already" in ran.error,
             f"a second server on the same data: the text says so: {ran!r}")
        that(server.client().get("/Patient").status == 200, "the first server goes on")
    with Andiron() as server:
        server.client().call("PUT", "/Device/d", {"resourceType": "Device", "id": "d"})
        server.kill()
        server.start()
        that(server.client().get("/Device/d").status == 200, "after a kill the data folder is free again")


def drains():
    """SIGTERM: what is under way is finished, nothing new is taken, the end is quick."""
    for sign in (signal.SIGTERM, signal.SIGINT):
        server = Andiron()
        try:
            client = server.client()
            client.get("/Patient")
            idle = socket.create_connection(("127.0.0.1", server.port))
            body = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
                {"resource": {"resourceType": "Patient", "name": [{"family": f"Drain{n}"}]},
                 "request": {"method": "POST", "url": "Patient"}} for n in range(3000)]}).encode()
            busy = socket.create_connection(("127.0.0.1", server.port))
            busy.settimeout(30)
            busy.sendall(b"POST /fhir HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            time.sleep(0.05)
            begun = time.monotonic()
            server.process.send_signal(sign)
            answer = b""
            while True:
                piece = busy.recv(65536)
                if not piece:
                    break
                answer += piece
            that(answer.startswith(b"HTTP/1.1 200") and answer.count(b'"201 Created"') == 3000,
                 f"{sign.name}: the transaction under way is answered: {answer[:200]!r}")
            code = server.process.wait(20)
            that(code == 0 and time.monotonic() - begun < 10, f"{sign.name}: exit {code} after {time.monotonic() - begun:.1f} s")
            idle.settimeout(5)
            that(idle.recv(10) == b"", f"{sign.name}: idle connections are closed")
            try:
                socket.create_connection(("127.0.0.1", server.port), timeout=2)
                that(False, f"{sign.name}: the port is still open")
            except OSError:
                pass
            log = pathlib.Path(server.log_path).read_text()
            that('"stopping"' in log and '"stopped"' in log, f"{sign.name}: the log tells: {log[-300:]!r}")
            that("Drain" not in log, "the log names no patient")
            server.start()
            that(server.client().get("/Patient?_summary=count").json["total"] == "3000",
                 f"{sign.name}: what was answered is there afterwards")
        finally:
            server.close()


def codes():
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    expect(0, ['"name":"in-set","valueCode":"yes"'], "code", "check", "--set", gender, "female")
    expect(0, ['"name":"in-set","valueCode":"no"', "male, female, other, unknown"], "code", "check", "--set", gender, "woman")
    expect(0, ['"name":"in-system","valueCode":"no"', "check digit"], "code", "check", "--system", "http://loinc.org", "8480-5")
    expect(0, ["Switzerland"], "code", "lookup", "--system", "urn:iso:std:iso:3166", "CH")
    expect(0, ['"total":4', '"code":"male"'], "code", "expand", "--count", "2", gender)
    expect(0, ["subsumes"], "code", "subsumes", "--system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "_ActEncounterCode", "AMB")
    own = file("colours.json", '{"resourceType":"CodeSystem","url":"http://example.org/c","content":"complete","concept":[{"code":"red"}]}')
    expect(0, ['"in-system","valueCode":"yes"'], "code", "--with", own, "check", "--system", "http://example.org/c", "red")
    ran = expect(0, [], "code", "-", given=b"check\t--set\t" + gender.encode() + b"\tmale\nfly\n")
    that([line[:1] for line in ran.out.splitlines()] == ["{", "!"], f"code -: {ran!r}")
    expect(66, ["not known"], "code", "expand", "http://example.org/none")
    expect(66, ["not here"], "code", "lookup", "--system", "http://snomed.info/sct", "73211009")
    expect(64, ["unknown flag"], "code", "check", "--fast", "x")
    expect(64, ["code"], "code", "fly")


TESTS = (helps, validate, path, translate, packages, units, codes, send, settings, toml, taken, drains)

if __name__ == "__main__":
    begun_ = time.monotonic()
    try:
        run(TESTS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    finish("commands", f"{checks()} checks, {time.monotonic() - begun_:.0f} s")
