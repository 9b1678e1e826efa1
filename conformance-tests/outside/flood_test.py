# SPDX-License-Identifier: Apache-2.0
# Runs alone: it judges how long answers take.
"""Nonsense at random and more work than there are threads: no answer is 5xx but 501, 503 and 505, and what was turned away was not done. An
argument is the seed of the random part."""
import concurrent.futures
import json
import random
import re
import socket
import sys
import urllib.parse

from andiron import Andiron, Client, checks, finish, run, that

seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20240501

BODY = b'{"resourceType":"Patient"}'
POST = b"POST /fhir/Patient HTTP/1.1\r\nHost: a\r\nContent-Type: application/fhir+json\r\nContent-Length: 26\r\n\r\n" + BODY
WORDS = ["Patient", "Observation", "_history", "_search", "metadata", "$op", "?", "&", "=", ":", "/", "%", "%20", "%2f", "name", "exact", "missing", "_id", "_count",
         "_sort", "-", "1", "a", ",", "|", "\\", "$", ".", "..", "ge2020", "5.4", "é", "+", ";", "#", "*", "'", "_page", "_include", "birthdate", "code", "_elements",
         "_format", "xml", "true", "{", "}", "[", "]", "@", "!", "~", "^", "%c3%a9", "%e2%80%8b", "_lastUpdated", "_total", "accurate", "code-value-quantity", "%00", "\t"]


def raw(server, sent):
    """The statuses of what comes back in a second."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as link:
        answer = b""
        try:
            link.sendall(sent)
            while piece := link.recv(65536):
                answer += piece
                link.settimeout(0.25)
        except OSError:
            pass
        return [int(code) for code in re.findall(rb"(?:^|\n|\}|>)HTTP/1\.1 (\d{3}) ", answer)]


def urls(server):
    dice = random.Random(seed)
    odd, codes, client = [], set(), server.client()
    for n in range(2500):
        target = ("/Patient?" if n % 3 == 0 else "/") + "".join(dice.choice(WORDS) for _ in range(dice.randrange(1, 14)))
        keep = "/?&=:%|,$.-+;*'_@!~^#" if n % 5 else "/?&=:%|,$.-+;*'_@!~^#{}[]\\"
        client.http.putrequest(dice.choice(("GET", "GET", "GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS")), "/fhir" + urllib.parse.quote(target, safe=keep))
        client.http.putheader("Content-Length", "0")
        client.http.endheaders()
        response = client.http.getresponse()
        body = response.read()
        codes.add(response.status)
        if response.status >= 500 and response.status != 501:
            odd.append((target, response.status, body[:100]))
        if response.getheader("Connection") == "close":
            client = server.client()
    that(not odd, f"URLs answered 5xx: {odd[:3]} (seed {seed})")
    that({400, 200, 404} <= codes, f"URLs meet many answers: {sorted(codes)}")


def noise(server):
    dice = random.Random(seed)
    sent = [dice.randbytes(dice.randrange(1, 400)) + b"\r\n\r\n" for _ in range(150)]
    for _ in range(400):
        changed = bytearray(POST)
        for _ in range(dice.randrange(1, 4)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        sent.append(bytes(changed))
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda bytes_: raw(server, bytes_), sent))
    odd = [(bytes_, codes) for bytes_, codes in zip(sent, answers) if any(code >= 500 and code not in (501, 505) for code in codes)]
    that(not odd, f"noise answered 5xx: {odd[:2]} (seed {seed})")


def turned_away(_):
    """More than the server can do at once: 503 with a time to wait, and what was taken is done."""
    with Andiron(threads__work=1, threads__waiting=2) as server:
        bundle = json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
            {"resource": {"resourceType": "Basic", "code": {"text": f"t{n}"}}, "request": {"method": "POST", "url": "Basic"}} for n in range(300)]})
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            answers = list(pool.map(lambda _: server.client().call("POST", "", bundle), range(40)))
        away = [answer for answer in answers if answer.status == 503]
        done = [answer for answer in answers if answer.status == 200]
        that(len(away) + len(done) == 40 and done and away, f"200 or 503: {sorted(a.status for a in answers)}")
        that(all(answer.headers["Retry-After"] and b"OperationOutcome" in answer.body for answer in away), "503 says when to come again, in FHIR's words")
        that(server.client().get("/Basic?_summary=count").json["total"] == str(300 * len(done)), "what was answered 200 is there, what was turned away is not")


def nothing_broke(server):
    that(server.client().get("/metadata").status == 200, "the next good request is answered")
    metrics = Client(server.management, "").get("/metrics").body.decode()
    that(re.search(r"^andiron_bugs_total 0$", metrics, re.M) is not None, "no exception reached a door")
    that(all(line.startswith("{") for line in open(server.log_path).read().splitlines()), "the log has only lines of JSON")


if __name__ == "__main__":
    with Andiron() as server_:
        run((urls, noise, turned_away, nothing_broke), server_)
    finish("flood", f"{checks()} checks")
