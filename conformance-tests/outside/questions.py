# SPDX-License-Identifier: Apache-2.0
"""Tables of questions and what they find: a line is an address and, behind two spaces, the ids of the answer in any order, or -."""
import re
import time
import urllib.parse

from andiron import that


def rows(table):
    for line in table.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        question, found = re.split(r" {2,}|(?<=\S) (?=-$)", line, maxsplit=1)
        yield question.strip(), found.split() if found.strip() != "-" else []


def encoded(question, base=""):
    path, _, query = question.replace("BASE", base).partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    return path, "&".join(urllib.parse.quote(name, safe=":") + "=" + urllib.parse.quote(value, safe="") for name, _, value in pairs)


def store(client, resources):
    for resource in resources:
        # lastUpdated counts milliseconds: each resource gets one of its own, so that sorting by it has one right answer.
        time.sleep(0.002)
        answer = client.call("PUT", f"/{resource['resourceType']}/{resource['id']}", resource)
        that(answer.status == 201, f"{resource['resourceType']}/{resource['id']} is stored: {answer!r}")


def found(answer, mode):
    return sorted(entry["resource"]["id"] for entry in answer.entries if entry["search"]["mode"] == mode)


def ask(client, server, table):
    """Asks by GET and by POST, and for the number alone. "a b + c" means: a and b are found, and c comes along as an include."""
    for question, expected in rows(table):
        matches = sorted(expected[:expected.index("+")] if "+" in expected else expected)
        included = sorted(expected[expected.index("+") + 1:]) if "+" in expected else []
        path, query = encoded(question, server.base)
        answer = client.get(f"/{path}?{query}" if query else "/" + path)
        fine = answer.status == 200 and found(answer, "match") == matches and found(answer, "include") == included
        that(fine, f"{question}: expected {expected}, found " +
             (f"{found(answer, 'match')} + {found(answer, 'include')}" if answer.status == 200 else repr(answer)))
        if answer.status != 200:
            continue
        that(answer.json.get("total") == str(len(matches)), f"{question}: total {answer.json.get('total')}")
        posted = client.call("POST", f"/{path}/_search" if path else "/_search", query, kind="application/x-www-form-urlencoded")
        that(posted.status == 200 and posted.ids == answer.ids, f"POST {question}: {posted!r}")
        only = client.get(f"/{path}?{query}&_summary=count").json
        that(only.get("total") == str(len(matches)) and "entry" not in only, f"{question} with _summary=count: {only.get('total')}")


def refuse(client, table):
    """What must be answered with 400, and words that the answer must name."""
    for question, words in rows(table):
        path, query = encoded(question)
        answer = client.get(f"/{path}?{query}")
        that(answer.status == 400 and answer.issue != "", f"{question}: refused with 400: {answer!r}")
        text = answer.body.decode()
        that(all(word in text for word in words), f"{question}: the text names {words}: {answer!r}")
