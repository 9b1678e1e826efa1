# SPDX-License-Identifier: Apache-2.0
# Runs alone: it judges how long answers take.
"""Channels from outside: who may connect, in which order messages are worked on, when they are answered, and what happens to them when
a channel is stopped, changed or the process is killed. Tests are named by the rows of the abuse table that they prove."""
import json
import os
import resource
import select
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from andiron import Andiron, Mllp, finish, run, segment, that


def message(number, patient="P1", name="Ng", accept="", application="", sender="LAB|HOSP", kind="ADT^A08^ADT_A01", more=""):
    head = f"MSH|^~\\&|{sender}|EHR|CITY|20240102030405||{kind}|{number}|P|2.5.1|||{accept}|{application}\r"
    return (head + f"EVN|A08|20240102030405\rPID|1||{patient}^^^H^MR||{name}^Ada||19800101|F\rPV1|1|I\r{more}").encode()


def msa(answer):
    return b" ".join(segment(answer, b"MSA")[1:3]).decode()


def manage(server, path, method="GET", origin=None):
    request = urllib.request.Request(f"http://127.0.0.1:{server.management}{path}", method=method, data=b"" if method == "POST" else None)
    if origin:
        request.add_header("Origin", origin)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def channel(server, name="mllp"):
    return json.loads(manage(server, f"/channels/{name}")[1])


def metric(server, name, label="mllp"):
    for line in manage(server, "/metrics")[1].decode().splitlines():
        if line.startswith(f'{name}{{channel="{label}"}}'):
            return float(line.rsplit(" ", 1)[1])
    return None


def until(condition, what, seconds=30):
    """Asks again until it is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return that(True, what)
        time.sleep(0.02)
    that(False, what)


def family(server, patient="P1"):
    found = server.client().get(f"/Patient?identifier={patient}").entries
    return found[0]["resource"]["name"][0]["family"] if len(found) == 1 else f"{len(found)} patients"


def i_06_many_without_reading(server):
    """1,000 messages without reading an answer: held back, none lost, answers in order, the last one counts."""
    link = Mllp(server.mllp)

    def send():
        for i in range(1000):
            link.send(message(f"A{i}", "P6", f"Name{i}"))

    sender = threading.Thread(target=send)
    sender.start()
    sender.join(5)  # it may still be held back: from here the answers are read
    answers = [msa(link.receive()) for _ in range(1000)]
    sender.join()
    that(answers == [f"AA A{i}" for i in range(1000)], "I-06: 1,000 messages in a row are answered in order")
    that(family(server, "P6") == "Name999", "I-06: the last message about the patient counts")


def order_over_links(server):
    """Messages of one patient over two links, each sent when the one before has been answered: enhanced mode answers before processing."""
    one, two = Mllp(server.mllp), Mllp(server.mllp)
    for i in range(20):
        link = (one, two)[i % 2]
        first = msa(link.exchange(message(f"O{i}", "P7", f"Name{i}", "AL", "NE")))
        that(first == f"CA O{i}", f"kept at once: {first}")
    until(lambda: family(server, "P7") == "Name19", "messages about one patient are worked on in order of arrival over two links")


def enhanced(server):
    link = Mllp(server.mllp)
    link.send(message("E1", "P8", "Ng", "AL", "AL"))
    both = [link.receive(), link.receive()]
    that([msa(one) for one in both] == ["CA E1", "AA E1"], "CA, then AA on the same link")
    link.send(message("E1", "P8", "Ng", "AL", "AL"))
    that([link.receive(), link.receive()] == both, "I-07: a repeat gets both answers byte for byte")
    link.send(message("E2", "P8", "Ng", "NE", "AL"))
    that(msa(link.receive()) == "AA E2", "the application answer alone")
    link.send(message("E3", "P8", "Ng", "AL", "NE"))
    that(msa(link.receive()) == "CA E3", "the commit answer alone")
    link.send(message("E4", "P8", "Ng", "AL", "ER") + b"MSH|^~\\&|x|y\rPID|")
    link.send(message("E5", "P8", "Ng", "ER", "SU"))
    heard = [msa(link.receive()) for _ in range(3)]
    that("AA E5" in heard, f"SU: told of success; what came before it was answered too: {heard}")
    link.send(message("E6", "P8", kind="QQQ^Q99", accept="AL", application="AL"))
    heard = [msa(link.receive()), msa(link.receive())]
    that(heard[0] == "CA E6" and heard[1].endswith("R E6") or heard[1].endswith("E E6"), f"kept, then refused: {heard}")
    link.send(message("E7", "P8", accept="AL", application="AL").replace(b"|2.5.1|", b"|9.9|"))
    that(msa(link.receive()) == "CR E7", "a version that is not taken is CR and nothing more")
    link.send(b"MSH|^~\\&|LAB|HOSP|EHR|CITY|1||ACK^A08|99|P|2.5.1\rMSA|AA|nobody\r")
    that(msa(link.exchange(message("E8", "P8"))) == "AA E8", "I-30: an acknowledgement is not answered")
    that(metric(server, "andiron_inbound_ignored_total") >= 1, "I-30: it is counted")


def tolerant(server):
    link = Mllp(server.mllp)
    link.socket.sendall(message("T1", "P9") + b"\x1c\r")
    that(msa(link.receive()) == "AA T1", "I-01: a missing start block")
    link.socket.sendall(b"\x0b" + message("T2", "P9").replace(b"\r", b"\n") + b"\x1c\n")
    that(msa(link.receive()) == "AA T2", "I-02: LF ends, FS LF")
    link.socket.sendall(b"\x0b" + message("T3", "P9").replace(b"\r", b"\r\n") + b"\x1c\r")
    that(msa(link.receive()) == "AA T3", "CRLF ends")
    link.send(message("T4", "P9") + message("T5", "P9"))
    that([msa(link.receive()), msa(link.receive())] == ["AA T4", "AA T5"], "several messages in one frame, one answer each")
    link.socket.sendall(b"\x0bMSH|^~\\&|half" + b"\x0b" + message("T6", "P9") + b"\x1c\r")
    that(msa(link.receive()) == "AA T6", "I-03: a message that begins anew is answered once")
    batch = b"FHS|^~\\&|LAB|HOSP\rBHS|^~\\&|LAB|HOSP|||||||B1\r" + message("T7", "P9") + message("T8", "P9") + b"BTS|3\rFTS|1\r"
    answer = link.exchange(batch)
    lines = [line[:3].decode() for line in answer.split(b"\r") if line]
    that(lines == ["FHS", "BHS", "MSH", "MSA", "MSH", "MSA", "MSH", "MSA", "ERR", "BTS", "FTS"], f"I-26: a batch is answered by a batch: {lines}")
    that(b"MSA|AA|T7" in answer and b"MSA|AA|T8" in answer and b"BTS|3" in answer, "I-26: each message for itself, and the wrong count")
    that(link.exchange(batch) == answer, "I-26: a batch that comes again gets the same answer, byte for byte")
    that(msa(link.exchange(b"")) == "AR", "I-11: an empty frame is AR")
    http = socket.create_connection(("127.0.0.1", server.mllp), timeout=10)
    http.sendall(b"GET / HTTP/1.1\r\n\r\n")
    that(http.recv(10) == b"", "a browser is cut off")


def half_open(server):
    """Peers that leave in the middle, or send and never read, keep nobody else waiting and leave nothing."""
    before = metric(server, "andiron_inbound_messages_total")
    for _ in range(10):
        link = Mllp(server.mllp)
        link.socket.sendall(b"\x0b" + message("H1", "P10")[:60])
        link.close()
    link = Mllp(server.mllp)
    that(msa(link.exchange(message("H2", "P10"))) == "AA H2", "I-05: half messages keep nobody waiting")
    that(metric(server, "andiron_inbound_messages_total") == before + 1, "I-05: nothing of them is taken")
    link.send(message("H3", "P10"))
    link.close()
    again = Mllp(server.mllp)
    that(msa(again.exchange(message("H3", "P10"))) == "AA H3", "I-07: the peer left before its answer; the repeat gets it")


def i_32_per_peer(server):
    links = [Mllp(server.mllp) for _ in range(40)]
    open_links = 0
    for i, link in enumerate(links):
        try:
            open_links += msa(link.exchange(message(f"C{i}", "P11"))) == f"AA C{i}"
        except (ConnectionError, OSError):
            pass
        link.socket.settimeout(5)
    that(0 < open_links <= 16, f"I-32: {open_links} of 40 links of one address")
    for link in links:
        link.close()
    until(lambda: channel(server)["links"] == 0, "all links are gone")


def start_stop_pause(server):
    done, lost = [], []
    halt = threading.Event()

    def feed(name):
        number = 0
        while not halt.is_set():
            number += 1
            control = f"{name}{number}"
            while True:
                try:
                    link = Mllp(server.mllp)
                    link.socket.settimeout(20)
                    answer = msa(link.exchange(message(control, f"S{name}", f"Name{number}")))
                    (done if answer == f"AA {control}" else lost).append((control, answer))
                    link.close()
                    break
                except (ConnectionError, OSError):
                    if halt.is_set():
                        return
                    time.sleep(0.05)

    feeds = [threading.Thread(target=feed, args=(chr(65 + i),)) for i in range(4)]
    for one in feeds:
        one.start()
    for _ in range(3):
        count = len(done)
        until(lambda: len(done) > count + 5, "messages come in")
        status, body = manage(server, "/channels/mllp/stop", "POST")
        that(status == 200 and json.loads(body)["state"] == "stopped", f"stopped under load: {body!r}")
        status, body = manage(server, "/channels/mllp/start", "POST")
        that(status == 200 and json.loads(body)["state"] == "running", f"started again: {body!r}")
        server.mllp = json.loads(body)["port"]
    halt.set()
    for one in feeds:
        one.join()
    that(lost == [], f"nothing but AA while the channel came and went: {lost[:3]}")
    link = Mllp(server.mllp)
    that(msa(link.exchange(message("X1", "P12"))) == "AA X1", "before the pause")
    that(json.loads(manage(server, "/channels/mllp/pause", "POST")[1])["state"] == "paused", "paused")
    link.send(message("X2", "P12", "Later"))
    link.socket.settimeout(0.3)
    try:
        that(link.receive() is None, "no answer while paused")
    except TimeoutError:
        that(True, "no answer while paused")
    link.socket.settimeout(30)
    that(family(server, "P12") == "Ng", "nothing is taken while paused")
    manage(server, "/channels/mllp/start", "POST")
    that(msa(link.receive()) == "AA X2", "the same link goes on")
    that(manage(server, "/channels/nobody/stop", "POST")[0] == 404, "an unknown channel is 404")
    that(manage(server, "/channels/mllp/stop")[0] == 405, "GET changes nothing")
    that(manage(server, "/channels/mllp/stop", "POST", "http://evil.example")[0] == 403, "a web page changes nothing")


def killed(server):
    """kill -9 between CA and the processing: what was told as kept is stored after the restart, once."""
    sure = []
    for turn in range(3):
        links = [Mllp(server.mllp) for _ in range(8)]
        for i, link in enumerate(links):
            for k in range(10):
                link.send(message(f"K{turn}-{i}-{k}", f"K{turn}x{i}", f"Name{k}", "AL", "NE"))
        for i, link in enumerate(links):
            for k in range(turn + 1):
                answer = msa(link.receive())
                sure.append((f"K{turn}x{i}", k))
                that(answer == f"CA K{turn}-{i}-{k}", f"kept: {answer}")
        server.kill()
        server.start()
        until(lambda: b'andiron_journal_open 0' in manage(server, "/metrics")[1], "everything kept is worked on without its sender")
        for i in range(8):
            name = family(server, f"K{turn}x{i}")
            that(name.startswith("Name") and int(name[4:]) >= turn, f"I-09: patient K{turn}x{i} is there: {name}")


def large(_):
    with Andiron(mllp__message="64MiB") as server:
        link = Mllp(server.mllp)
        link.exchange(message("W1", "P20"))
        before = server.resident()
        document = b"A" * 60_000_000
        obx = b"OBR|1|||11488-4^Note^LN\rOBX|1|ED|11488-4^Note^LN||^application^pdf^Base64^" + document + b"||||||F\r"
        begun = time.monotonic()
        answer = link.exchange(message("W2", "P20", kind="ORU^R01^ORU_R01").split(b"EVN")[0] + b"PID|1||P20^^^H^MR||Ng^Ada\r" + obx)
        took = time.monotonic() - begun
        peak = int([line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmHWM")][0].split()[1]) * 1024
        that(msa(answer) == "AA W2", f"60 MB of base64: {answer[:300]!r}")
        that(peak - before < 10 * len(document), f"memory stays bounded: {(peak - before) >> 20} MiB above")
        print(f"  60 MB in OBX-5: {took:.1f} s, peak {(peak - before) >> 20} MiB above {before >> 20} MiB", flush=True)
        long = Mllp(server.mllp)
        long.socket.sendall(b"\x0b" + message("W3", "P20"))
        try:
            for _ in range(70):
                long.socket.sendall(b"x" * 1_000_000)
        except OSError:
            pass
        try:
            that(msa(long.receive()) == "AR W3", "I-04: a message that does not end is AR")
        except (ConnectionError, OSError):
            pass  # our answer can be lost to the bytes that were on their way
        that(msa(link.exchange(message("W4", "P20"))) == "AA W4", "others go on")


def make_certificates(folder):
    def ssl_tool(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    for ca in ("ca", "other"):
        ssl_tool("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{ca}.key", "-out", f"{ca}.pem",
                 "-subj", f"/CN={ca}", "-days", "30")
    for name, ca, usage in (("server", "ca", "serverAuth"), ("lab", "ca", "clientAuth"), ("ward", "ca", "clientAuth"), ("thief", "other", "clientAuth")):
        ssl_tool("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(f"{folder}/{name}.ext", "w") as file:
            file.write(f"subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage={usage}\n")
        ssl_tool("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "30",
                 "-extfile", f"{name}.ext")


class Secure(Mllp):
    def __init__(self, port, folder, name):
        context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
        if name:
            context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
        raw = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        self.buffer = b""


def i_31_identity(_):
    with tempfile.TemporaryDirectory() as folder:
        try:
            make_certificates(folder)
        except (OSError, subprocess.CalledProcessError):
            print("  certificates cannot be made here: TLS is not tested", flush=True)
            return
        config = f"{folder}/andiron.toml"

        def write(extra="", ward='senders = ["WARD|*"]'):
            with open(config, "w") as file:
                file.write(f"""
[channels.lab]
port = 0
certificate = "{folder}/server.pem"
key = "{folder}/server.key"
client_ca = "{folder}/ca.pem"
writes = ["Patient", "Encounter"]
[channels.lab.peers.lab]
subject = "CN=lab"
senders = ["LAB|HOSP"]
[channels.lab.peers.ward]
subject = "CN=ward"
{ward}
[channels.near]
port = 0
networks = ["192.0.2.0/24"]
[channels.open]
port = 0
ordering = "strict"
processing = ["P"]
{extra}
""")

        write()
        with Andiron(config=config) as server:
            ports = {one["name"]: one["port"] for one in json.loads(manage(server, "/channels")[1])["channels"]}
            that(set(ports) == {"lab", "near", "open"}, f"three channels: {ports}")
            lab = Secure(ports["lab"], folder, "lab")
            first = lab.exchange(message("I1", "P1"))
            that(msa(first) in ("AA I1", "AE I1"), f"a known certificate is served: {first!r}")
            that(msa(lab.exchange(message("I2", "P1", sender="WARD|HOSP"))) == "AR I2", "I-31: a sender that is not of this certificate is AR")
            that(b"207" in lab.exchange(message("I3", "P1", sender="WARD|HOSP")), "I-31: with code 207")
            result = message("I4", "P1", kind="ORU^R01^ORU_R01").split(b"EVN")[0] + b"PID|1||P1^^^H^MR||Ng\rOBR|1|||1-8^x^LN\rOBX|1|ST|1-8^x^LN||a||||||F\r"
            refused = lab.exchange(result)
            that(msa(refused) == "AE I4" and b"may not write" in refused, f"what the channel may not write is AE: {refused!r}")
            that(msa(Secure(ports["lab"], folder, "ward").exchange(message("I5", sender="WARD|X"))) in ("AA I5", "AE I5"), "another certificate speaks for others")
            for name, what in ((None, "without a certificate"), ("thief", "with another authority's certificate")):
                try:
                    link = Secure(ports["lab"], folder, name)
                    link.exchange(message("I6"))
                    that(False, f"I-31: {what} is refused")
                except (OSError, ConnectionError):
                    that(True, f"I-31: {what} is refused")
            plain = socket.create_connection(("127.0.0.1", ports["lab"]), timeout=30)
            plain.sendall(b"\x0b" + message("I7") + b"\x1c\r")
            try:
                heard = plain.recv(1000)
            except OSError:
                heard = b""
            that(b"MSA" not in heard, "I-31: plain text on a TLS channel is not answered")
            far = socket.create_connection(("127.0.0.1", ports["near"]), timeout=30)
            try:
                that(far.recv(10) == b"", "I-31: an address outside the networks is cut off")
            except OSError:
                that(True, "I-31: an address outside the networks is cut off")
            opened = Mllp(ports["open"])
            that(msa(opened.exchange(message("I8", "P3"))) == "AA I8", "another channel beside it")
            test = opened.exchange(message("I9", "P3").replace(b"|P|2.5.1", b"|T|2.5.1"))
            that(msa(test) == "AR I9" and b"202" in test, "I-15: a processing id that is not taken")

            # A change of one channel leaves the others alone; SIGHUP and POST /channels do the same.
            write(extra="[channels.new]\nport = 0\n", ward='senders = ["*|*"]')
            server.process.send_signal(signal.SIGHUP)
            until(lambda: manage(server, "/channels/new")[0] == 200, "a new channel listens after SIGHUP")
            that(msa(opened.exchange(message("I10", "P3"))) == "AA I10", "a link of a channel that did not change goes on")
            port = json.loads(manage(server, "/channels/lab")[1])["port"]
            that(msa(Secure(port, folder, "ward").exchange(message("I11", sender="LAB|X"))) in ("AA I11", "AE I11"), "the changed channel has its new rules")
            write()
            status, body = manage(server, "/channels", "POST")
            that(status == 200 and {one["name"] for one in json.loads(body)["channels"]} == {"lab", "near", "open"}, "a channel that is not in the file any more is gone")
            with open(config, "a") as file:
                file.write("[channels.bad]\nport = 0\naddress = \"0.0.0.0\"\n")
            status, body = manage(server, "/channels", "POST")
            that(status == 422 and b"loopback" in body, f"an open address without certificates is refused: {status} {body!r}")
            that(msa(opened.exchange(message("I12", "P3"))) == "AA I12", "a refused change changes nothing")


def i_05_slow(_):
    """One byte a second, and half a message and then nothing: cut off. 200 bytes a second are enough."""
    with Andiron() as server:
        slow, half, steady = (Mllp(server.mllp) for _ in range(3))
        half.socket.sendall(b"\x0b" + message("L2", "P30")[:60])
        trickle = b"\x0b" + message("L1", "P30", more="NTE|1||" + "x" * 2000 + "\r")
        long = b"\x0b" + message("L3", "P31", more="NTE|1||" + "x" * 100_000 + "\r") + b"\x1c\r"
        sent, cut, begun = 0, {}, time.monotonic()
        while len(cut) < 2 and time.monotonic() - begun < 90:
            steady.socket.sendall(long[200 * sent:200 * sent + 200])
            if slow not in cut:
                try:
                    slow.socket.sendall(trickle[sent:sent + 1])
                except OSError:
                    pass
            sent += 1
            ready, _, _ = select.select([one.socket for one in (slow, half) if one not in cut], [], [], 1)
            for one in (slow, half):
                if one.socket in ready:
                    try:
                        heard = one.socket.recv(1000)
                    except OSError:
                        heard = b""
                    that(heard == b"", f"I-05: nothing is said to a message that is not there: {heard!r}")
                    cut[one] = time.monotonic() - begun
        that(all(25 < cut.get(one, 0) < 75 for one in (slow, half)), f"I-05: cut off at the limit: {[round(t) for t in cut.values()]} s")
        steady.socket.sendall(long[200 * sent:])
        that(msa(steady.receive()) == "AA L3", "I-05: a slow message that keeps the rate is taken")
        that(metric(server, "andiron_inbound_messages_total") == 1 and family(server, "P30") == "0 patients", "I-05: nothing of the others is kept")


def own_maps(_):
    """A channel's own maps, settings and character set, beside one that has none."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/maps")
        with open(f"{folder}/maps/site.map", "w") as file:
            file.write("map PID to Patient\noverride PID-23 -> extension(v2:PID.23).valueString\nif setting trial -> active = 'true'\n")
        with open(f"{folder}/andiron.toml", "w") as file:
            file.write(f'''
[channels.own]
port = 0
maps = "{folder}/maps"
settings = ["trial"]
charset = "8859/2"
[channels.plain]
port = 0
''')
        with Andiron(config=f"{folder}/andiron.toml") as server:
            ports = {one["name"]: one["port"] for one in json.loads(manage(server, "/channels")[1])["channels"]}
            found = {}
            for number, name in enumerate(("own", "plain")):
                text = message(f"S{number}", f"P4{number}").replace(b"||Ng^Ada|", b"||\xb3^Ada|").replace(b"|19800101|F", b"|19800101|F" + b"|" * 15 + b"Ulm")
                that(msa(Mllp(ports[name]).exchange(text)) == f"AA S{number}", f"the channel {name} takes it")
                found[name] = server.client().get(f"/Patient?identifier=P4{number}").entries[0]["resource"]
            families = [found[name]["name"][0]["family"] for name in ("own", "plain")]
            that(families == ["\u0142", "\u00b3"], f"a message without MSH-18 is read as the channel says, or as Windows-1252: {families}")
            that([found[name].get("active") for name in ("own", "plain")] == [True, None], "a row under a setting is the channel's alone")
            places = [[one["url"] for one in found[name].get("extension", []) if "irth" in one["url"] or "PID.23" in one["url"]] for name in ("own", "plain")]
            that(places == [["urn:hl7-org:v2xml#PID.23"], ["http://hl7.org/fhir/StructureDefinition/patient-birthPlace"]], f"a row of the site takes the place of ours: {places}")


def many_idle(_):
    """10,000 links that say nothing cost memory and nothing else."""
    wanted = 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted + 500:
        print(f"  only {hard} descriptors are allowed here: 10,000 idle links are not tested", flush=True)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, hard))
    try:
        with Andiron(mllp__per_peer=0) as server:
            before = server.resident()
            links = []
            try:
                for i in range(wanted):
                    one = socket.socket()
                    one.bind((f"127.0.0.{2 + i // 2500}", 0))
                    one.connect(("127.0.0.1", server.mllp))
                    links.append(one)
            except OSError as error:
                print(f"  {len(links)} idle links only: {error}", flush=True)
            until(lambda: channel(server)["links"] == len(links), f"{len(links)} idle links are open")
            grown = server.resident() - before
            link = Mllp(server.mllp)
            begun = time.monotonic()
            that(msa(link.exchange(message("M1"))) == "AA M1", "a message beside them is answered")
            print(f"  {len(links)} idle links: {grown >> 20} MiB, a message beside them {1000 * (time.monotonic() - begun):.0f} ms", flush=True)
            for one in links:
                one.close()
            until(lambda: channel(server)["links"] == 1, "they are gone")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


patience = threading.Thread(target=run, args=([i_05_slow], None))  # it waits for the others to be cut off, half a minute
patience.start()
with Andiron() as server:
    run([tolerant, enhanced, order_over_links, half_open, i_32_per_peer, i_06_many_without_reading, start_stop_pause, killed], server)
run([i_31_identity, own_maps, large, many_idle], None)
patience.join()
finish("wire", "channels from outside")
