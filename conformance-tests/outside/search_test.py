# SPDX-License-Identifier: Apache-2.0
"""Search as R4 defines it (search.html), on a small data set of its own: each parameter type with its prefixes and modifiers, sorting,
paging while others write, totals, and a call of every search parameter that the CapabilityStatement names."""
import re
import threading
import time
import urllib.parse
import xml.etree.ElementTree as xml

from andiron import ROOT, Andiron, Client, checks, finish, run, that
from questions import ask, refuse, store

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
def quantity(value, unit="mmHg", code="mm[Hg]", system=UCUM):
    return {"value": value, "unit": unit, "code": code, "system": system}


def observation(identity, code, **more):
    coding = {"coding": [{"system": LOINC, "code": code}]} if code else {"text": "said in words"}
    return {"resourceType": "Observation", "id": identity, "status": "final", "code": coding, **more}


DATA = [
    {"resourceType": "Organization", "id": "o1", "name": "North"},
    {"resourceType": "Organization", "id": "o2", "name": "South", "partOf": {"reference": "Organization/o1"}},
    {"resourceType": "Patient", "id": "p1", "meta": {"tag": [{"system": "urn:t", "code": "red"}], "profile": ["http://example.org/P"],
                                                     "source": "http://example.org/s",
                                                     "security": [{"system": "urn:s", "code": "R"}]},
     "identifier": [{"system": "urn:mrn", "value": "A-1"}], "active": True, "name": [{"family": "Ångström", "given": ["Anna", "Karin"]}],
     "gender": "female",
     "birthDate": "1980-05-17", "address": [{"city": "Malmö", "country": "SE"}], "telecom": [{"system": "phone", "value": "+46 8 123"}],
     "managingOrganization": {"reference": "Organization/o1"}},
    {"resourceType": "Patient", "id": "p2", "meta": {"tag": [{"system": "urn:t", "code": "blue"}]},
     "identifier": [{"system": "urn:mrn", "value": "A-2"}, {"system": "urn:ssn", "value": "A-1"}], "active": False,
     "name": [{"family": "Anders", "given": ["Bo"]}, {"family": "Old_Name"}], "gender": "male", "birthDate": "1980-05",
     "managingOrganization": {"reference": "Organization/o2"}},
    {"resourceType": "Patient", "id": "p3", "identifier": [{"value": "A-1"}], "name": [{"family": "O'Brien, Jr", "text": "100% \\ Irish"}],
     "birthDate": "1980"},
    {"resourceType": "Patient", "id": "p4", "identifier": [{"system": "urn:mrn", "value": "a|b,c$d\\e"}], "gender": "unknown",
     "birthDate": "2000-02-29", "deceasedDateTime": "2020-02-03T04:05:06+01:00"},
    observation("b1", "8480-6", valueQuantity=quantity(120), effectiveDateTime="2024-03-10T10:00:00Z", subject={"reference": "Patient/p1"}),
    observation("b2", "8480-6", valueQuantity=quantity(120.4), effectivePeriod={"start": "2024-03-10", "end": "2024-03-12"},
                subject={"reference": "Patient/p1"}),
    observation("b3", "8480-6", valueQuantity=quantity(139), effectiveDateTime="2024-03", subject={"reference": "Patient/p2"}),
    observation("b4", "8462-4", valueQuantity=quantity(80), effectiveDateTime="2024-03-11T00:30:00+01:00",
                subject={"reference": "Patient/p1"}),
    observation("b5", "8462-4", status="amended", valueCodeableConcept={"coding": [{"system": "http://snomed.info/sct", "code": "123"}]},
                subject={"reference": "http://other.example/fhir/Patient/p1"}),
    observation("b6", "", status="preliminary", valueString="Very High",
                component=[{"code": {"coding": [{"system": LOINC, "code": "8480-6"}]}, "valueQuantity": quantity(7)},
                           {"code": {"coding": [{"system": LOINC, "code": "8462-4"}]}, "valueQuantity": quantity(5)}]),
    {"resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"}, "period": {"start": "2024-01-01T00:00:00Z"}},
    {"resourceType": "Encounter", "id": "e2", "status": "finished", "class": {"code": "IMP"}, "period": {"end": "2023-06-30"}},
    {"resourceType": "Encounter", "id": "e3", "status": "finished", "class": {"code": "AMB"},
     "period": {"start": "2023-12-30", "end": "2024-01-02"}},
    {"resourceType": "Encounter", "id": "e4", "status": "planned", "class": {"code": "AMB"}},
    *({"resourceType": "RiskAssessment", "id": f"x{n}", "status": "final", "subject": {"reference": "Patient/p1"},
       **({"prediction": [{"probabilityDecimal": p}]} if p else {})}
      for n, p in ((1, 0.8), (2, 0.84), (3, 100), (4, None))),
    {"resourceType": "ValueSet", "id": "v1", "status": "active", "url": "http://example.org/fhir/ValueSet/one"},
    {"resourceType": "ValueSet", "id": "v2", "status": "draft", "url": "http://example.org/fhir/ValueSet/one/more"},
    {"resourceType": "Device", "id": "gone"},
]

# Question and what it finds, in any order. Values are written as a person would; the client encodes them.
QUESTIONS = """
# string: starts with, folded; :exact; :contains; several values; escapes
Patient?family=ang                              p1
Patient?family=ÅNGSTRÖM                         p1
Patient?family=angstrom                         p1
Patient?family=an                               p1 p2
Patient?family=nders                            -
Patient?name=kar                                p1
Patient?given=anna&given=karin                  p1
Patient?given=anna&given=bo                     -
Patient?family=anders,o'b                       p2 p3
Patient?family=O'Brien\\, Jr                    p3
Patient?family:exact=Anders                     p2
Patient?family:exact=anders                     -
Patient?family:exact=Ander                      -
Patient?family:exact=Ångström                   p1
Patient?family:contains=NGST                    p1
Patient?family:contains=n                       p1 p2 p3
Patient?family:contains=_                       -
Patient?family=_                                -
Patient?family=%                                -
Patient?name:contains=%                         -
Patient?name:contains=\\\\                      -
Patient?name=a*                                 p1 p2
Patient?family:missing=true                     p4
Patient?family:missing=false                    p1 p2 p3
Patient?address-city=malmo                      p1
Patient?address=se                              p1
Observation?value-string=very                   b6
Organization?name=nor,sou                       o1 o2
# token: code, system|code, |code, system|; :not; :missing; escapes
Patient?gender=female                           p1
Patient?gender=male,female                      p1 p2
Patient?gender=http://hl7.org/fhir/administrative-gender|female      p1
Patient?gender=urn:other|female                 -
Patient?gender:not=male                         p1 p3 p4
Patient?gender:not=male,female                  p3 p4
Patient?gender:missing=true                     p3
Patient?gender:missing=false                    p1 p2 p4
Patient?active=true                             p1
Patient?active=false                            p2
Patient?active:not=true                         p2 p3 p4
Patient?identifier=A-1                          p1 p2 p3
Patient?identifier=urn:mrn|A-1                  p1
Patient?identifier=urn:ssn|A-1                  p2
Patient?identifier=|A-1                         p3
Patient?identifier=urn:mrn|                     p1 p2 p4
Patient?identifier=urn:mrn|A-1,urn:ssn|A-1      p1 p2
Patient?identifier=A                            -
Patient?identifier=urn:mrn|a\\|b\\,c\\$d\\\\e   p4
Patient?telecom=+46 8 123                       p1
Patient?phone=phone|+46 8 123                   -
Patient?deceased=true                           p4
Patient?deceased=false                          p1 p2 p3
Observation?status=final                        b1 b2 b3 b4
Observation?status:not=final                    b5 b6
Observation?code=8462-4                         b4 b5
Observation?code=http://loinc.org|8480-6        b1 b2 b3
Observation?code:missing=true                   -
Observation?combo-code=8480-6                   b1 b2 b3 b6
Observation?component-code=8462-4               b6
Observation?value-concept=http://snomed.info/sct|123                 b5
Encounter?class=AMB                             e1 e3 e4
# meta
Patient?_id=p1                                  p1
Patient?_id=p1,p4,nobody                        p1 p4
Patient?_id=p1&_id=p2                           -
Patient?_tag=red                                p1
Patient?_tag=urn:t|                             p1 p2
Patient?_tag:not=red                            p2 p3 p4
Patient?_tag:missing=true                       p3 p4
Patient?_security=urn:s|R                       p1
Patient?_profile=http://example.org/P           p1
Patient?_source=http://example.org/s            p1
Patient?_lastUpdated=ge2020                     p1 p2 p3 p4
Patient?_lastUpdated=lt2020                     -
Patient?_lastUpdated=gt2999                     -
# date against days, months, years
Patient?birthdate=1980-05-17                    p1
Patient?birthdate=eq1980-05-17                  p1
Patient?birthdate=1980-05                       p1 p2
Patient?birthdate=1980                          p1 p2 p3
Patient?birthdate=1979                          -
Patient?birthdate=ne1980-05                     p3 p4
Patient?birthdate=gt1980-05-17                  p2 p3 p4
Patient?birthdate=gt1980                        p4
Patient?birthdate=lt1980-05-17                  p2 p3
Patient?birthdate=lt1980                        -
Patient?birthdate=ge1980-05-17                  p1 p2 p3 p4
Patient?birthdate=ge1980                        p1 p2 p3 p4
Patient?birthdate=ge1981                        p4
Patient?birthdate=le1980-05                     p1 p2 p3
Patient?birthdate=le1979                        -
Patient?birthdate=sa1980-05                     p4
Patient?birthdate=sa1980-05-16                  p1 p4
Patient?birthdate=eb1980-06                     p1 p2
Patient?birthdate=eb1980-05-17                  -
Patient?birthdate=ap1981                        p1 p2 p3
Patient?birthdate=ap2001                        p4
Patient?birthdate=1980-05-17,2000               p1 p4
Patient?birthdate=ge1980-01-01&birthdate=lt1980-06-01                p1 p2 p3
Patient?birthdate:missing=true                  -
Patient?birthdate=2000-02-29                    p4
Patient?death-date=2020-02-03                   p4
Patient?death-date=2020-02-03T03:05:06Z         p4
Patient?death-date=2020-02-03T04:05:06+01:00    p4
Patient?death-date=2020-02-03T04:05:06Z         -
Patient?death-date=2020-02-03T03:05Z            p4
Patient?death-date=gt2020-02-03T03:05:05Z       p4
Patient?death-date=lt2020-02-03T03:05:06Z       -
Patient?death-date:missing=false                p4
# date against moments and periods, open ones too
Observation?date=2024-03-10                     b1 b4
Observation?date=2024-03                        b1 b2 b3 b4
Observation?date=2024-03-10T10:00:00Z           b1
Observation?date=2024-03-10T11:00:00+01:00      b1
Observation?date=gt2024-03-10                   b2 b3
Observation?date=sa2024-03-10                   -
Observation?date=ge2024-03-10                   b1 b2 b3 b4
Observation?date=lt2024-03-10                   b3
Observation?date=eb2024-03-13                   b1 b2 b4
Observation?date=ne2024-03-10                   b2 b3
Observation?date:missing=true                   b5 b6
Encounter?date=ge2030                           e1
Encounter?date=lt1990                           e2
Encounter?date=2024-01-01                       -
Encounter?date=sa2023-12-31                     e1
Encounter?date=eb2023-07-01                     e2
Encounter?date=ge2023-12-31&date=le2024-01-02   e1 e3
Encounter?date:missing=true                     e4
# number
RiskAssessment?probability=0.8                  x1 x2
RiskAssessment?probability=0.80                 x1
RiskAssessment?probability=eq0.84               x2
RiskAssessment?probability=gt0.8                x2 x3
RiskAssessment?probability=lt0.84               x1
RiskAssessment?probability=ge0.84               x2 x3
RiskAssessment?probability=le0.84               x1 x2
RiskAssessment?probability=ne0.8                x3
RiskAssessment?probability=sa0.8                x2 x3
RiskAssessment?probability=eb100                x1 x2
RiskAssessment?probability=ap95                 x3
RiskAssessment?probability=100                  x3
RiskAssessment?probability=1e2                  x3
RiskAssessment?probability=100.00               x3
RiskAssessment?probability=-1                   -
RiskAssessment?probability=0.80,100             x1 x3
RiskAssessment?probability:missing=true         x4
# quantity
Observation?value-quantity=120                  b1 b2
Observation?value-quantity=120.0                b1
Observation?value-quantity=120.4                b2
Observation?value-quantity=1.2e2                b1 b2
Observation?value-quantity=gt120                b2 b3
Observation?value-quantity=lt120                b4
Observation?value-quantity=ge120                b1 b2 b3
Observation?value-quantity=le120                b1 b4
Observation?value-quantity=ne120                b3 b4
Observation?value-quantity=sa120                b2 b3
Observation?value-quantity=eb120                b4
Observation?value-quantity=ap120                b1 b2
Observation?value-quantity=ap110                b1 b2
Observation?value-quantity=120|http://unitsofmeasure.org|mm[Hg]      b1 b2
Observation?value-quantity=gt100|http://unitsofmeasure.org|mm[Hg]    b1 b2 b3
Observation?value-quantity=120||mm[Hg]          b1 b2
Observation?value-quantity=120||mmHg            b1 b2
Observation?value-quantity=120||mg              -
Observation?value-quantity=120|urn:other|mm[Hg] -
Observation?value-quantity=80,139               b3 b4
Observation?value-quantity=gt100&value-quantity=lt130                b1 b2
Observation?value-quantity:missing=true         b5 b6
Observation?component-value-quantity=7          b6
Observation?combo-value-quantity=ge100,7        b1 b2 b3 b6
# reference
Observation?subject=Patient/p1                  b1 b2 b4
Observation?subject=p1                          b1 b2 b4
Observation?subject:Patient=p1                  b1 b2 b4
Observation?subject=BASE/Patient/p1             b1 b2 b4
Observation?patient=p1                          b1 b2 b4
Observation?patient=Patient/p1,Patient/p2       b1 b2 b3 b4
Observation?subject=http://other.example/fhir/Patient/p1             b5
Observation?subject=Group/p1                    -
Observation?subject:Group=p1                    -
Observation?subject=nobody                      -
Observation?subject:missing=true                b6
Patient?organization=Organization/o1            p1
Organization?partof=o1                          o2
# uri: the whole, nothing but the whole
ValueSet?url=http://example.org/fhir/ValueSet/one                    v1
ValueSet?url=http://example.org/fhir/ValueSet                        -
ValueSet?url=HTTP://example.org/fhir/ValueSet/one                    -
ValueSet?url=http://example.org/fhir/ValueSet/one,http://example.org/fhir/ValueSet/one/more    v1 v2
ValueSet?url:missing=true                       -
# composite: both within one element
Observation?code-value-quantity=8480-6$120      b1 b2
Observation?code-value-quantity=http://loinc.org|8480-6$gt120        b2 b3
Observation?code-value-quantity=8462-4$120      -
Observation?code-value-quantity=8480-6$120|http://unitsofmeasure.org|mm[Hg]     b1 b2
Observation?code-value-quantity=8480-6$139,8462-4$80                 b3 b4
Observation?component-code-value-quantity=8480-6$7                   b6
Observation?component-code-value-quantity=8480-6$5                   -
Observation?combo-code-value-quantity=8480-6$le120                   b1 b6
Observation?code-value-concept=8462-4$http://snomed.info/sct|123     b5
Observation?code-value-quantity:missing=true    b5 b6
# several parameters: all must hold
Observation?subject=p1&code=8480-6&value-quantity=gt120              b2
Patient?gender=female&birthdate=gt1990          -
Patient?                                        p1 p2 p3 p4
Patient                                         p1 p2 p3 p4
"""

# What must be refused with 400, and what the text must name.
REFUSED = """
Patient?nam=x                                   name
Patient?birthdat=2000                           birthdate
Patient?_lastupdated=gt2000                     _lastUpdated
Patient?gender:foo=male                         foo
Patient?gender:exact=male                       exact
Patient?family:not=x                            not
Patient?birthdate:contains=2000                 contains
Patient?gender:missing=perhaps                  missing
Observation?subject:Nothing=p1                  Nothing
Patient?birthdate=eq2024-02-30                  birthdate
Patient?birthdate=2024-13                       birthdate
Patient?birthdate=24                            birthdate
Patient?birthdate=yesterday                     birthdate
Patient?birthdate=gt9999999-01-01               birthdate
Patient?birthdate=xx2024                        birthdate
Patient?birthdate=2024-01-01T10                 birthdate
RiskAssessment?probability=x                    probability
RiskAssessment?probability=1e999                probability
RiskAssessment?probability=NaN                  probability
RiskAssessment?probability=0x10                 probability
Observation?value-quantity=1e309||mg            value-quantity
Observation?value-quantity=5|mg                 value-quantity
Observation?value-quantity=gt                   value-quantity
Observation?value-quantity=5|a|b|c              value-quantity
Patient?identifier=|                            identifier
Patient?identifier=a|b|c                        identifier
Patient?gender=male,                            gender
Observation?code-value-quantity=8480-6          code-value-quantity
Observation?code-value-quantity=8480-6$1$2      code-value-quantity
Observation?code-value-quantity=8480-6$x        value-quantity
Observation?subject=Nothing/1                   subject
Observation?subject=a b c                       subject
Patient?_query=x                                _query
Patient?_count=-1                               _count
Patient?_count=abc                              _count
Patient?_count=1.5                              _count
Patient?_total=some                             _total
Patient?_summary=x                              _summary
Patient?_elements=*                             _elements
Patient?_sort=nothing                           nothing
Patient?_sort=name;drop                         name;drop
Patient?_sort=                                  sort
Observation?_sort=code-value-quantity           code-value-quantity
"""


def fill(client, server):
    store(client, DATA)
    client.call("DELETE", "/Device/gone")


def questions(client, server):
    ask(client, server, QUESTIONS)


def refused(client, server):
    refuse(client, REFUSED)
    answer = client.get("/RiskAssessment?probability=")
    that(answer.status == 200 and b"no value" in answer.body, "an empty parameter is left out, and that is said")


def unknown_parameters(client, server):
    answer = client.get("/Patient?famly=x")
    that(answer.status == 400 and b"family" in answer.body and answer.issue == "not-supported", f"the nearest name is told: {answer!r}")
    that(client.get("/Patient?famly=x", Prefer="handling=strict").status == 400, "handling=strict refuses")
    lenient = client.get("/Patient?famly=x&gender=female", Prefer="handling=lenient")
    that(lenient.status == 200 and lenient.ids == ["p1"], f"handling=lenient goes on: {lenient!r}")
    that("famly" not in lenient.link("self") and "gender=female" in lenient.link("self"),
         f"handling=lenient: the self link shows what was used: {lenient.link('self')}")
    outcomes = [e for e in lenient.entries if e["search"]["mode"] == "outcome"]
    that(len(outcomes) == 1 and "famly" in str(outcomes[0]["resource"]["issue"]),
         f"handling=lenient: an outcome entry says what was ignored: {outcomes}")
    that(lenient.json["total"] == "1", "handling=lenient: the outcome does not count")
    for query in ("gender:foo=x", "_include=Patient:nothing", "_has:Observation:patient:nothing=1", "organization.nothing=x", "_sort=nothing"):
        answer = client.get(f"/Patient?{query}&gender=female", Prefer="handling=lenient")
        that(answer.status == 200 and answer.ids == ["p1"], f"handling=lenient ignores {query}: {answer!r}")
    for query in ("birthdate=monday", "_count=x", "gender:missing=x"):
        that(client.get(f"/Patient?{query}", Prefer="handling=lenient").status == 400, f"handling=lenient does not forgive {query}")


def forms(client, server):
    kind = "application/x-www-form-urlencoded"
    that(client.call("POST", "/Patient/_search?gender=female", "active=true", kind=kind).ids == ["p1"], "POST _search joins query and body")
    that(client.call("POST", "/Patient/_search?gender=male", "active=true", kind=kind).ids == [], "POST _search: both must hold")
    that(client.call("POST", "/Patient/_search", "gender=female", kind=kind + "; charset=UTF-8").ids == ["p1"],
         "POST _search with a charset")
    that(len(client.call("POST", "/Patient/_search", "", kind=kind).ids) == 4, "POST _search without criteria")
    that(client.call("POST", "/Patient/_search", "telecom=%2B46+8+123", kind=kind).ids == ["p1"], "POST _search: plus is a space")
    that(client.call("POST", "/Patient/_search", '{"gender":"male"}', kind="application/json").status == 415, "POST _search with JSON")
    that(client.call("POST", "/_search", "_id=p1", kind=kind).ids == ["p1"], "POST _search on the system")
    link = client.call("POST", "/Patient/_search", "gender=male,female&_count=1", kind=kind)
    second = client.get(link.link("next"))
    that(sorted(link.ids + second.ids) == ["p1", "p2"], "POST _search: its pages are read with GET")
    as_xml = client.call("POST", "/Patient/_search?_format=xml", "gender=female", kind=kind)
    that(b"<Bundle" in as_xml.body[:80], "POST _search?_format=xml")
    link = client.get("/Patient?_count=1&_format=xml")
    following = re.search(r'"next"/><url value="([^"]+)"', link.body.decode()).group(1).replace("&amp;", "&").split("/fhir", 1)[1]
    that(b"<Bundle" in client.get(following).body[:80], "the next page has the format of the first")
    as_xml = client.call("POST", "/Patient/_search", "gender=female&_format=xml", kind=kind)
    that(as_xml.status == 200 and b"<Bundle" in as_xml.body[:80], f"POST _search with _format in its body: {as_xml!r}")


def system_level(client, server):
    that(client.get("?_id=p1").ids == ["p1"], "search over all types by _id")
    that(sorted(client.get("?_tag=urn:t%7C").ids) == ["p1", "p2"], "search over all types by _tag")
    found = client.get("?_lastUpdated=gt2000&_count=1000")
    that({e["resource"]["resourceType"] for e in found.entries} >= {"Patient", "Observation", "Encounter", "ValueSet"},
         "search over all types by _lastUpdated")
    that(client.get("?name=x").status == 400, "search over all types knows no parameter of one type")
    that(client.get("?_sort=-_lastUpdated&_count=2").status == 200, "search over all types, sorted")
    seen, path = [], "?_count=7"
    while path:
        page = client.get(path)
        seen += page.ids
        path = page.link("next")
    that(len(seen) == len(set(seen)) == len(DATA) - 1, f"search over all types in pages: {len(seen)} of {len(DATA) - 1}")


ORDERS = [
    ("Patient?_sort=birthdate", "p3 p2 p1 p4"), ("Patient?_sort=-birthdate", "p4 p3 p2 p1"),
    ("Patient?_sort=family", "p2 p1 p3 p4"), ("Patient?_sort=-family", "p2 p3 p1 p4"),
    ("Patient?_sort=gender", "p1 p2 p4 p3"), ("Patient?_sort=-gender", "p4 p2 p1 p3"),
    ("Patient?_sort=gender,-birthdate", "p1 p2 p4 p3"), ("Patient?_sort=_id", "p1 p2 p3 p4"), ("Patient?_sort=-_id", "p4 p3 p2 p1"),
    ("Patient?_sort=_lastUpdated", "p1 p2 p3 p4"), ("Patient?_sort=-_lastUpdated", "p4 p3 p2 p1"),
    ("Observation?_sort=value-quantity", "b4 b1 b2 b3 b5 b6"), ("Observation?_sort=-value-quantity", "b3 b2 b1 b4 b5 b6"),
    ("RiskAssessment?_sort=probability", "x1 x2 x3 x4"), ("RiskAssessment?_sort=-probability", "x3 x2 x1 x4"),
    ("ValueSet?_sort=-url", "v2 v1"), ("Encounter?_sort=-class,_id", "e2 e1 e3 e4"), ("Observation?_sort=status,-_id", "b5 b4 b3 b2 b1 b6"),
    ("Patient?_sort=organization,_id", "p1 p2 p3 p4"), ("Patient?gender:missing=false&_sort=-birthdate", "p4 p2 p1"),
    ("Patient?_sort=death-date,_id", "p4 p1 p2 p3"), ("Patient?_sort=-death-date,-_id", "p4 p3 p2 p1"),
]


def sorting(client, server):
    for question, expected in ORDERS:
        answer = client.get("/" + question)
        that(answer.status == 200 and answer.ids == expected.split(),
             f"{question}: expected {expected}, found {answer.ids if answer.status == 200 else answer!r}")
        seen, path = [], f"/{question}&_count=1"
        while path and len(seen) < 20:
            page = client.get(path)
            seen += page.ids
            path = page.link("next")
        that(seen == expected.split(), f"{question} in pages of one: {seen}")


def counts_and_links(client, server):
    first = client.get("/Patient?_count=2")
    that(len(first.ids) == 2 and first.link("next") and "_count=2" in first.link("self"), "_count=2")
    that("total" not in first.json, "a total that would cost is not given unasked")
    that(client.get("/Patient?_count=2&_total=accurate").json["total"] == "4", "_total=accurate")
    that(client.get("/Patient?_count=2&_total=none").status == 200, "_total=none")
    that(client.get("/Patient?_count=2&_total=estimate").status == 200, "_total=estimate")
    zero = client.get("/Patient?_count=0").json
    that(zero["total"] == "4" and "entry" not in zero, "_count=0 counts")
    last = client.get(first.link("next"))
    that(len(last.ids) == 2 and not last.link("next"), "the last page has no next")
    that(last.link("first") and client.get(last.link("first")).ids == first.ids, "a later page links to the first")
    that(client.get(last.link("self")).ids == last.ids, "a self link is the page again")
    that(client.get("/Patient?_count=2147483648").status == 200 and client.get("/Patient?_count=99999999999999999999").status == 200,
         "a large _count is clamped")
    clamped = client.get("/Patient?_count=1000000")
    that("_count=1000" in clamped.link("self") and "_count=1000000" not in clamped.link("self"),
         f"the self link shows the clamped _count: {clamped.link('self')}")
    for entry in first.entries:
        that(entry["fullUrl"] == f"{server.base}/Patient/{entry['resource']['id']}" and entry["search"]["mode"] == "match",
             "entries have fullUrl and search.mode")
    link = client.get("/Patient?identifier=urn%3Amrn%7CA-1&_sort=family").link("self")
    that(client.get(link).ids == ["p1"], f"a self link can be asked: {link}")
    that(client.get("/Device").json["total"] == "0" and "entry" not in client.get("/Device").json, "an empty result has no entries")
    before = client.get("/Patient?_sort=family")
    again = client.get("/Patient?_sort=family")
    that(before.ids == again.ids, "the same question has the same answer")


def paging_under_writes(client, server):
    """Pages show one moment: nothing twice, nothing missing, whatever is written in between."""
    batch = lambda entries: client.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries})
    put = lambda n, name: {"resource": {"resourceType": "Group", "id": f"g{n:03}", "type": "person", "actual": True, "name": name,
                                        "identifier": [{"value": "paging"}]},
                           "request": {"method": "PUT", "url": f"Group/g{n:03}"}}
    batch([put(n, f"name {n * 37 % 200:03}") for n in range(200)])
    stop = threading.Event()
    written = [0]

    def writer():
        own = Client(server.port)
        count = 0
        while not stop.is_set():
            count += 1
            body = {"resourceType": "Group", "id": f"w{count}", "type": "person", "actual": True, "name": f"name {count % 200:03}",
                    "identifier": [{"value": "paging"}]}
            own.call("PUT", f"/Group/w{count}", body)
            if count > 1:
                own.call("DELETE", f"/Group/w{count - 1}")
            written[0] = count

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        for question in ("/Group?identifier=paging&_count=17", "/Group?_count=9", "/Group?identifier=paging&_sort=_id&_count=13",
                         "/Group?_sort=-_lastUpdated&_count=23",
                         "/Group?_sort=type,_id&_count=50", "/Group/_history?_count=41"):
            pages, path = [], question
            while path and len(pages) < 400:
                page = client.get(path)
                if page.status != 200:
                    break
                pages.append(page)
                path = page.link("next")
            that(page.status == 200 and not path, f"{question}: pages end: {page!r}")
            if "_history" in question:
                seen = [(e["fullUrl"], e["response"]["etag"]) for p in pages for e in p.entries]
                that(len(seen) == len(set(seen)), f"{question}: no version twice")
                continue
            seen = [i for p in pages for i in p.ids]
            that(len(seen) == len(set(seen)), f"{question}: nothing twice ({len(seen)}, {len(set(seen))})")
            that({f"g{n:03}" for n in range(200)} <= set(seen),
                 f"{question}: nothing missing, {200 - len([i for i in seen if i[0] == 'g'])} of 200")
            that(len(seen) <= 203, f"{question}: what is written later is not there: {len(seen)}")
    finally:
        stop.set()
        thread.join()
    that(written[0] >= 1, f"the writer wrote meanwhile: {written[0]}")
    # A resource that changes between two pages stays where it was created: there once.
    first = client.get("/Group?identifier=paging&_count=100")
    for identity in (first.ids[0], "g199"):
        client.call("PUT", f"/Group/{identity}", {"resourceType": "Group", "id": identity, "type": "person", "actual": True,
                                                  "name": "moved", "identifier": [{"value": "paging"}]})
    rest, path = [], first.link("next")
    while path:
        page = client.get(path)
        rest += page.ids
        path = page.link("next")
    for identity in (first.ids[0], "g199"):
        that((first.ids + rest).count(identity) == 1, f"what changes between pages is there once: {(first.ids + rest).count(identity)}")


def every_parameter(client, server):
    """Each search parameter of each type, as advertised: once with a plausible value, once with :missing, once as sort key."""
    values = {"token": "x", "string": "x", "date": "2024-01-01", "number": "1", "quantity": "1", "reference": "x",
              "uri": "http://example.org/x", "special": "1|2|3|km"}
    parts, types = {}, {}
    space = "{http://hl7.org/fhir}"
    text = lambda element, name: element.find(space + name).get("value")
    for path in (ROOT / "profiles/node_modules/hl7.fhir.r4.core").glob("SearchParameter-*.xml"):
        root = xml.parse(path).getroot()
        types[text(root, "url")] = text(root, "type")
        parts[text(root, "url")] = [text(c, "definition") for c in root.findall(space + "component")]
    asked = 0
    for resource in client.get("/metadata").json["rest"][0]["resource"]:
        kind = resource["type"]
        for parameter in resource["searchParam"]:
            name = parameter["name"]
            if parameter["type"] == "composite":
                if not parts:
                    continue
                value = "$".join(values[types[one]] for one in parts[parameter["definition"]])
            elif parameter["type"] not in values:
                that(False, f"{kind}: {name} is advertised as {parameter['type']}, which nobody can ask")
                continue
            else:
                value = values[parameter["type"]]
            questions_ = [f"{name}={urllib.parse.quote(value)}", f"{name}:missing=true", f"{name}:missing=false"]
            if parameter["type"] not in ("composite", "special") and name not in ("_text", "_content"):
                questions_.append(f"_sort={name}")
            for query in questions_:
                answer = client.get(f"/{kind}?{query}&_count=1")
                that(answer.status == 200, f"/{kind}?{query}: {answer!r}")
                asked += 1
    that(asked > 5000, f"{asked} questions were asked")


TESTS = (fill, questions, refused, unknown_parameters, forms, system_level, sorting, counts_and_links, paging_under_writes, every_parameter)

if __name__ == "__main__":
    with Andiron() as server_:
        begun = time.monotonic()
        for test in TESTS:
            run([test], server_.client(), server_)
        finish("search", f"{checks()} checks, {time.monotonic() - begun:.0f} s")
