# SPDX-License-Identifier: Apache-2.0
"""Group F, first part: searches that are wrong, hostile or too long (R4 search.html)."""
import base64
import random
import re
import urllib.parse

from rows import Andiron, needs

FORM = "application/x-www-form-urlencoded"
INJECTIONS = ("'", "''", '"', "%", "_", "\\", "\\\\", "' OR 1=1 --", '" OR ""="', "');--", "'; drop table resource; --", "*", "?", "[a-z]%",
              "x' union select body from history --", "\u200b", "😀", "a\tb", "(", ")", "{", "$", "\n", "--", "/*", "0x27", "%27", "NULL", "true", "1e5",
              "a" * 3000, "ª", "İ", "ß", "\ufeff", "\u202e", "ﬁ", "e\u0301", "\U0010ffff")


def post(at, text, path="/Patient/_search"):
    return at.call("POST", path, text, kind=FORM)


def no(at, what, query, *allowed, issue=()):
    return at.gives(f"{what} {query[:60]}", at.get("/" + query), *(allowed or (400,)), issue=issue)


def f_01_unknown_parameters(at):
    no(at, "strict is the default:", "Patient?famly=x", issue=("not-supported",))
    at.gives("asked for strict", at.get("/Patient?famly=x", Prefer="handling=strict"), 400, issue=("not-supported",))
    lenient = at.gives("asked to be lenient", at.get("/Patient?famly=x&_id=good", Prefer="handling=lenient"), 200)
    at.that("famly" not in lenient.link("self") and "_id=good" in lenient.link("self"), f"self shows what was used: {lenient.link('self')}")
    outcomes = [one for one in lenient.entries if one["search"]["mode"] == "outcome"]
    at.that(len(outcomes) == 1 and "famly" in str(outcomes[0]), "a warning says what was left out")


def f_02_modifiers(at):
    for query in ("Patient?name:foo=x", "Patient?birthdate:exact=2000", "Patient?gender:contains=m", "Patient?name:above=x", "Patient?name:missing=perhaps",
                  "Observation?value-quantity:text=5", "Patient?organization:exact=x", "Patient?name:exact:exact=x", "Patient?:exact=x", "Patient?name:=x"):
        no(at, "a modifier that does not fit", query)
    # "ge" begins names as well as comparisons: R4 has no prefixes on strings.
    at.call("PUT", "/Patient/gebauer", {"resourceType": "Patient", "id": "gebauer", "name": [{"family": "ge1970"}]})
    at.that(at.get("/Patient?family=ge1970").ids == ["gebauer"], "a prefix on a string is a part of the string")


def f_03_counts(at):
    at.gives("_count=0", at.get("/Patient?_count=0"), 200)
    at.that("entry" not in at.get("/Patient?_count=0").json, "_count=0 counts")
    for value in ("-1", "abc", "", "1.5", "0x10"):
        no(at, "no number of entries:", f"Patient?_count={value}")
    for value in ("2147483648", "99999999999999999999999"):
        at.gives(f"{value} is held to the most there is", at.get(f"/Patient?_count={value}"), 200)
    at.gives("1e9 is no whole number", at.get("/Patient?_count=1e9"), 400)
    with at.another(fhir__page=2, fhir__most_page=4):
        for n in range(6):
            at.call("PUT", f"/Device/d{n}", {"resourceType": "Device", "id": f"d{n}"})
        at.that(len(at.get("/Device").ids) == 2 and len(at.get("/Device?_count=2147483648").ids) == 4, "fhir.page and fhir.most_page")
        at.get("/Device?_count=x")


def f_07_many_values(at):
    many = ",".join(f"c{n}" for n in range(5001))
    at.gives("5,001 values", post(at, "gender=" + many), 400, 413)
    at.gives("5,001 codes", post(at, "code=" + many, "/Observation/_search"), 400, 413)
    at.gives("4,000 values are searched", post(at, "gender=" + ",".join(f"c{n}" for n in range(4000))), 200)
    at.gives("500 parameters", post(at, "&".join(["name=a"] * 500)), 400, 413)
    at.gives("100,000 parameters", post(at, "&".join(f"a{n}=b" for n in range(100_000))), 400, 413)
    at.gives("64 kB", post(at, "name=" + "a" * 65536), 200, 400, 413)
    at.gives("2 MB", post(at, "name=" + "a" * (2 << 20)), 400, 413)


def f_08_sort_keys(at):
    for keys in (",".join(["name"] * 50), "nothing", ";drop", "name%00", "--name", "name;drop%20table%20x", "", ",", "-"):
        no(at, "keys that are none:", f"Patient?_sort={keys}", *((200, 400) if keys == "" else (400,)))


def f_09_injections(at):
    at.call("PUT", "/Patient/plain", {"resourceType": "Patient", "id": "plain", "name": [{"family": "Plain"}], "identifier": [{"value": "plain"}], "birthDate": "2000-01-01"})
    stored = {}
    for number, text in enumerate(INJECTIONS):
        answer = at.call("PUT", f"/Patient/inj{number}", {"resourceType": "Patient", "id": f"inj{number}", "name": [{"family": "inj" + text + "end"}],
                                                         "identifier": [{"system": "urn:inj", "value": "inj" + text.strip() + "end"}]})
        if answer.status in (200, 201):
            stored[number] = text
    at.that(len(stored) > len(INJECTIONS) - 6, f"nearly all texts can be stored: {sorted(set(range(len(INJECTIONS))) - set(stored))}")
    total = lambda: int(at.get("/Patient?_summary=count").json["total"])
    before = total()
    escape = lambda text: re.sub(r"([\\,$|])", r"\\\1", text)
    ask = lambda name, text: at.get(f"/Patient?{name}={urllib.parse.quote(text, safe='')}&_count=1000")
    for number, text in stored.items():
        if len(text) > 2000:
            continue
        plain = "inj" + text.strip() + "end"
        for name, value in (("family:exact", escape("inj" + text + "end")), ("identifier", escape(plain)), ("identifier", "urn:inj|" + escape(plain))):
            answer = ask(name, value)
            at.that(answer.status == 200 and answer.ids == [f"inj{number}"], f"{name} finds {text[:20]!r} and nothing else: {answer!r}")
        answer = ask("family", escape("inj" + text + "end"))
        most = 6 if any(c.isalnum() for c in text) else len(stored)  # punctuation does not count: "inj'end" is "inj(end"
        at.that(answer.status == 200 and f"inj{number}" in answer.ids and len(answer.ids) <= most, f"family finds {text[:20]!r}: {answer!r}")
    paths = ("Patient?name", "Patient?name:contains", "Patient?name:exact", "Patient?identifier", "Patient?gender:not", "Patient?birthdate", "Patient?organization",
             "Patient?_id", "Patient?_tag", "Patient?_lastUpdated", "Patient?_profile", "Observation?value-quantity", "Observation?code-value-quantity",
             "RiskAssessment?probability", "ValueSet?url", "Patient?_sort", "Patient?_elements", "Patient?_count", "Patient?_total", "Patient?_page", "Patient?_summary",
             "Patient/_history?_since", "Patient/_history?_at", "Patient?name:missing", "Observation?subject:Patient", "Patient?general-practitioner",
             "Patient?_filter", "Patient?_text", "Patient?_content", "Patient?_list")
    for text in INJECTIONS:
        quoted = urllib.parse.quote(text, safe="")
        for path in paths:
            answer = at.get(f"/{path}={quoted}")
            at.that(answer.status in (200, 400), f"{path} = {text[:20]!r}: {answer!r}")
            if answer.status == 200 and text not in ("😀", "\u200b", "\ufeff") and ("exact" in path or path == "Patient?identifier"):
                at.that(answer.json.get("total", "0") == "0", f"{path} = {text[:20]!r} finds nothing: {answer.json.get('total')}")
        at.that(at.get(f"/Patient?{quoted}=x").status in (200, 400), f"a parameter of the name {text[:20]!r}")
        at.that(at.get(f"/Patient/{quoted}").status in (200, 400, 404), f"an id {text[:20]!r}")
        at.that(at.get(f"/Patient/plain/_history/{quoted}").status in (200, 400, 404), f"a version {text[:20]!r}")
    for path in paths[:20]:
        no(at, "NUL:", f"{path}=a%00b")
    at.that(total() == before, "nothing was dropped")


def f_13_dates(at):
    for value in ("gt9999999-01-01", "eq2024-02-30", "ge10000-01-01", "gt", "ap", "2024-01-01T00:00:00%2B99:99", "-2024", "2024-13", "lt0000"):
        no(at, "no date:", f"Patient?birthdate={value}")
    for value in ("ap9999", "ap0001", "ap9999-12-31T23:59:59Z", "sa0001-01-01", "eb9999-12-31"):
        no(at, "an extreme:", f"Patient?birthdate={value}", 200, 400)


def f_14_quantities(at):
    for value in ("1e309|u|m", "1e", "e1", "-", "%2B", "1e2147483648", "1e-2147483649", "5%7C%7C%7C%7C", "5|a|b|c|d", "abc"):
        no(at, "no quantity:", f"Observation?value-quantity={value}")
    for value in ("1e308", "-1e308", "1e-308", "ap1e308", "gt1e-400", "1" * 60, "1" * 100, "0." + "0" * 100 + "1", "ap0"):
        no(at, "an extreme:", f"Observation?value-quantity={value}", 200, 400)
    for number, unit in enumerate(("a|b", "a,b", "a$b", "a\\b")):
        at.call("PUT", f"/Observation/q{number}", {"resourceType": "Observation", "id": f"q{number}", "status": "final", "code": {"text": "c"},
                                                  "valueQuantity": {"value": 5, "system": "urn:u", "code": unit}})
        escaped = urllib.parse.quote("5|urn:u|" + re.sub(r"([\\,$|])", r"\\\1", unit), safe="")
        answer = at.get(f"/Observation?value-quantity={escaped}")
        at.that(answer.status == 200 and answer.ids == [f"q{number}"], f"the unit {unit} is found: {answer!r}")


def f_16_page_tokens(at):
    for n in range(6):
        at.call("PUT", f"/Device/d{n}", {"resourceType": "Device", "id": f"d{n}"})
    token = re.search(r"_page=([^&]+)", at.get("/Device?_count=2").link("next")).group(1)
    ask = lambda text, base="/Device?_count=2&": at.get(f"{base}_page={text}").status
    bad = (400, 410)
    at.that(ask(token) == 200, "as it was given")
    wrong = [n for n in range(len(token)) if ask(token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1:]) not in bad]
    at.that(not wrong, f"a letter changed: taken at {wrong}")
    at.that(all(ask(token[:n]) in bad for n in range(1, len(token))), "cut")
    at.that(all(ask(made) in bad for made in (token + "A", "x" * 5000, "%00", "1")), "made up")
    for what, base in (("another type", "/Patient?_count=2&"), ("another question", "/Device?_count=3&"), ("a narrower question", "/Device?_count=2&_id=d1&"),
                       ("a history", "/Device/_history?_count=2&")):
        at.that(ask(token, base) in bad, f"of {what}")
    with Andiron() as other:
        at.that(other.client().get(f"/Device?_count=2&_page={token}").status in bad, "of another server")
    dice = random.Random(20240501)
    for _ in range(200):
        text = base64.urlsafe_b64encode(dice.randbytes(dice.randrange(1, 80))).decode().rstrip("=")
        at.that(ask(text) in bad, f"random: {text}")


def f_19_places(at):
    for value in ("999|999|1e9|km", "NaN|NaN", "1|1|-5|km", "1|1|5|parsecs", "1", "a|b", "1|2|3|km|5", "POLYGON((0 0,1 1,0 1,0 0))", "inf|0", "1|1|NaN|km"):
        no(at, "no place:", "Location?near=" + urllib.parse.quote(value))


def f_20_composites_and_tokens(at):
    for value in ("$", "$$", "a$", "$5", "a$5$6", "%7C%7C$5", "a%7Cb%7Cc$5", "a"):
        no(at, "no composite:", f"Observation?code-value-quantity={value}")
    for value in ("%7C%7C", "%7C", "a%7Cb%7Cc"):
        no(at, "no token:", f"Patient?identifier={value}")
    no(at, "an empty one:", "Patient?identifier=", 200, 400)


def f_21_lists_of_ids(at):
    at.gives("10,000 ids", post(at, "_id=" + ",".join(f"i{n}" for n in range(10_000))), 400, 413)
    for query in ("Patient?_profile=http://nobody.example/x", "Patient?_security=urn:nobody|x", "Patient?_tag=urn:nobody|x", "Patient?_list=nobody"):
        answer = at.gives(query, at.get("/" + query), 200)
        at.that(answer.status == 200 and answer.ids == [], f"{query} finds nothing")


@needs(counted=False)
def f_22_query_and_body(at):
    at.call("PUT", "/Patient/f22", {"resourceType": "Patient", "id": "f22", "gender": "male", "name": [{"family": "Bodyquery"}]})
    at.that(post(at, "family=Bodyquery", "/Patient/_search?gender=male").ids == ["f22"], "both hold")
    at.that(post(at, "family=Bodyquery", "/Patient/_search?gender=female").ids == [], "both must hold")
    at.that(post(at, "gender=male&family=Bodyquery", "/Patient/_search?gender=female").ids == [], "the same parameter in both must hold twice")
