# SPDX-License-Identifier: Apache-2.0
"""The rest of R4's search grammar on a data set of its own: modifiers that need words, codes, units or versions, chains and _has,
includes, _filter, _list, _type, _text and _content, near, contained resources; what must be refused; pages in both directions."""
import time

from andiron import Andiron, Client, checks, finish, run, that
from questions import ask, refuse, store

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
SCT = "http://snomed.info/sct"
LOCAL = "http://example.org/codes"


def ref(to):
    return {"reference": to}


def concept(system, code, text=None, display=None):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding], **({"text": text} if text else {})}


def narrative(words):
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p>{words}</p></div>'}


def observation(identity, code, patient, **more):
    return {"resourceType": "Observation", "id": identity, "status": "final", "code": code, "subject": ref(f"Patient/{patient}"), **more}


def quantity(value, code, unit=None):
    return {"value": value, "unit": unit or code, "system": UCUM, "code": code}


DATA = [
    {"resourceType": "CodeSystem", "id": "local", "url": LOCAL, "status": "active", "content": "complete", "hierarchyMeaning": "is-a",
     "caseSensitive": True,
     "concept": [{"code": "animal", "display": "Animal", "concept": [
         {"code": "dog", "display": "Dog", "concept": [{"code": "poodle", "display": "Poodle"}]}, {"code": "cat", "display": "Cat"}]},
                 {"code": "plant", "display": "Plant"}]},
    {"resourceType": "ValueSet", "id": "pets", "url": "http://example.org/ValueSet/pets", "version": "1.0", "status": "active",
     "compose": {"include": [{"system": LOCAL, "concept": [{"code": "dog"}, {"code": "cat"}]}]}},
    {"resourceType": "ValueSet", "id": "pets2", "url": "http://example.org/ValueSet/pets/more", "version": "2.0", "status": "active"},
    {"resourceType": "ValueSet", "id": "urn", "url": "urn:oid:1.2.3.4", "status": "active"},
    {"resourceType": "Organization", "id": "top", "name": "Group of Houses"},
    {"resourceType": "Organization", "id": "north", "name": "North House", "partOf": ref("Organization/top")},
    {"resourceType": "Organization", "id": "south", "name": "South House", "partOf": ref("Organization/top")},
    {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Weiß", "given": ["Jürgen"]}]},
    {"resourceType": "Practitioner", "id": "dr2", "name": [{"family": "Green"}]},
    {"resourceType": "Patient", "id": "ann", "name": [{"family": "Ström", "given": ["Ann"]}], "gender": "female", "birthDate": "1980-01-02",
     "identifier": [{"type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number"), "system": "urn:mrn",
                     "value": "A1"},
                    {"type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "SS"), "value": "55"}],
     "managingOrganization": ref("Organization/north"), "generalPractitioner": [ref("Practitioner/dr")],
     "text": narrative("Likes mountains and rivers")},
    {"resourceType": "Patient", "id": "bob", "name": [{"family": "Straße", "given": ["Bob"]}], "gender": "male", "birthDate": "1975",
     "identifier": [{"type": concept("http://terminology.hl7.org/CodeSystem/v2-0203", "MR"), "system": "urn:mrn", "value": "a1"}],
     "managingOrganization": ref("Organization/south"), "generalPractitioner": [ref("Practitioner/dr2")],
     "text": narrative("Likes rivers but no hills")},
    {"resourceType": "Patient", "id": "cyd", "name": [{"family": "Łukasz"}], "gender": "other", "link": [{"other": ref("Patient/ann"), "type": "seealso"}]},
    {"resourceType": "Encounter", "id": "enc1", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                                                                             "code": "AMB"},
     "subject": ref("Patient/ann"), "serviceProvider": ref("Organization/north"), "period": {"start": "2024-01-01", "end": "2024-01-02"}},
    {"resourceType": "Encounter", "id": "enc2", "status": "in-progress", "class": {"code": "IMP"}, "subject": ref("Patient/bob"),
     "serviceProvider": ref("Organization/south"), "partOf": ref("Encounter/enc1")},
    observation("glu1", concept(LOINC, "2339-0", "Glucose in blood", "Glucose [Mass/volume] in Blood"), "ann",
                valueQuantity=quantity(5400, "mg/L"), effectiveDateTime="2024-01-01T08:00:00Z", encounter=ref("Encounter/enc1"),
                performer=[ref("Practitioner/dr")], category=[concept("http://terminology.hl7.org/CodeSystem/observation-category",
                                                                      "laboratory")]),
    observation("glu2", concept(LOINC, "2339-0", display="Glucose [Mass/volume] in Blood"), "bob", valueQuantity=quantity(7.2, "g/L"),
                effectiveDateTime="2024-02-01", encounter=ref("Encounter/enc2"), performer=[ref("Practitioner/dr2")],
                hasMember=[ref("Observation/pet1")]),
    observation("temp1", concept(LOINC, "8310-5"), "ann", valueQuantity=quantity(37, "Cel"), effectiveDateTime="2024-03-01"),
    observation("temp2", concept(LOINC, "8310-5"), "ann", valueQuantity=quantity(102.2, "[degF]"), effectiveDateTime="2024-03-02"),
    observation("pet1", concept(LOCAL, "poodle"), "ann", derivedFrom=[ref("Observation/pet2")]),
    observation("pet2", concept(LOCAL, "cat"), "bob", derivedFrom=[ref("Observation/pet1")]),
    observation("plant1", concept(LOCAL, "plant"), "bob", note=[{"text": "the mountain rose grows slowly"}]),
    {"resourceType": "Condition", "id": "con1", "code": concept(SCT, "44054006", "Diabetes mellitus type 2"), "subject": ref("Patient/ann"),
     "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"), "encounter": ref("Encounter/enc1"),
     "category": [concept("http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")]},
    {"resourceType": "Condition", "id": "con2", "code": concept(SCT, "38341003", "Hypertension"), "subject": ref("Patient/bob"),
     "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved")},
    {"resourceType": "Coverage", "id": "cov1", "status": "active", "beneficiary": ref("Patient/ann"),
     "payor": [{"identifier": {"system": "urn:payor", "value": "P1"}, "type": "Organization"}]},
    {"resourceType": "List", "id": "favourites", "status": "current", "mode": "working",
     "entry": [{"item": ref("Patient/bob")}, {"item": ref("Observation/glu1")}]},
    {"resourceType": "Location", "id": "boston", "name": "Boston", "position": {"latitude": 42.3601, "longitude": -71.0589}},
    {"resourceType": "Location", "id": "cambridge", "name": "Cambridge", "position": {"latitude": 42.3736, "longitude": -71.1097}},
    {"resourceType": "Location", "id": "fiji", "name": "Fiji", "position": {"latitude": -16.5, "longitude": 179.99}},
    {"resourceType": "MedicationRequest", "id": "med1", "status": "active", "intent": "order", "subject": ref("Patient/ann"),
     "contained": [{"resourceType": "Medication", "id": "m", "code": concept(LOCAL, "aspirin")}], "medicationReference": ref("#m")},
    {"resourceType": "MedicationRequest", "id": "med2", "status": "active", "intent": "order", "subject": ref("Patient/ann"),
     "medicationReference": ref("Medication/pill")},
    {"resourceType": "Medication", "id": "pill", "code": concept(LOCAL, "aspirin")},
    {"resourceType": "Questionnaire", "id": "q1", "url": "http://example.org/Questionnaire/q", "version": "1.0", "status": "active"},
    {"resourceType": "QuestionnaireResponse", "id": "qr1", "questionnaire": "http://example.org/Questionnaire/q|1.0", "status": "completed",
     "subject": ref("Patient/ann")},
]

QUESTIONS = """
# strings: letters without their marks, sharp s, one letter for two
Patient?family=strom                            ann
Patient?family=strasse                          bob
Patient?family=STRASSE                          bob
Patient?family=lukasz                           cyd
# tokens: case of codes and of identifiers, text, kind of identifier
Patient?gender=FEMALE                           ann
Patient?identifier=urn:mrn|A1                   ann
Patient?identifier=urn:mrn|a1                   bob
Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|A1      ann
Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|55      -
Patient?identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|SS|55      ann
Observation?code:text=glucose                   glu1 glu2
Observation?code:text=GLUCOSE in                glu1
Observation?code:text=fructose                  -
Condition?code:text=diabetes                    con1
# tokens: value sets and what stands above and below
Observation?code:in=http://example.org/ValueSet/pets                 pet2
Observation?code:in=ValueSet/pets               pet2
Observation?code:not-in=http://example.org/ValueSet/pets&code=http://example.org/codes|          pet1 plant1
Observation?code:below=http://example.org/codes|dog                  pet1
Observation?code:below=http://example.org/codes|animal               pet1 pet2
Observation?code:above=http://example.org/codes|poodle               pet1
Observation?code:below=http://example.org/codes|plant                plant1
Observation?subject:Patient.identifier=A1&code:below=http://example.org/codes|animal             pet1
# quantities in other units
Observation?code=2339-0&value-quantity=5.4|http://unitsofmeasure.org|g/L       glu1
Observation?code=2339-0&value-quantity=gt6000|http://unitsofmeasure.org|mg/L   glu2
Observation?code=2339-0&value-quantity=lt0.006|http://unitsofmeasure.org|kg/L  glu1
Observation?value-quantity=5400|http://unitsofmeasure.org|mg                   -
Observation?value-quantity=gt38|http://unitsofmeasure.org|Cel                  temp2
Observation?code-value-quantity=2339-0$ge7000|http://unitsofmeasure.org|mg/L   glu2
# uris and canonicals
ValueSet?url:below=http://example.org/ValueSet/pets                  pets pets2
ValueSet?url:above=http://example.org/ValueSet/pets/more             pets pets2
ValueSet?url:below=http://example.org/ValueSet/pe                    -
ValueSet?url=urn:oid:1.2.3.4                    urn
ValueSet?url=http://example.org/ValueSet/pets&version=1.0            pets
QuestionnaireResponse?questionnaire=http://example.org/Questionnaire/q         qr1
QuestionnaireResponse?questionnaire=http://example.org/Questionnaire/q|1.0     qr1
QuestionnaireResponse?questionnaire=http://example.org/Questionnaire/q|2.0     -
# references by identifier
Coverage?payor:identifier=urn:payor|P1          cov1
Coverage?payor:identifier=P1                    cov1
Coverage?payor:identifier=urn:other|P1          -
# chains
Observation?subject:Patient.family=strom        glu1 temp1 temp2 pet1
Observation?subject.family=strasse              glu2 pet2 plant1
Observation?patient.gender=male&code=2339-0     glu2
Observation?patient.organization.name=north     glu1 temp1 temp2 pet1
Observation?patient.organization.partof.name=group&code=2339-0       glu1 glu2
Observation?encounter.service-provider:Organization.name:exact=South House     glu2
Observation?subject:Group.identifier=x          -
Observation?patient.birthdate=lt1979            glu2 pet2 plant1
Observation?patient._id=bob&code=2339-0         glu2
Observation?patient.organization:missing=true   -
Observation?patient.organization=Organization/north&code=2339-0      glu1
Observation?performer:Practitioner.name=weiss   glu1
QuestionnaireResponse?subject:Patient.name=ann  qr1
# _has
Patient?_has:Observation:patient:code=2339-0    ann bob
Patient?_has:Observation:patient:code=8310-5    ann
Patient?_has:Condition:patient:code=http://snomed.info/sct|44054006            ann
Patient?_has:Observation:patient:code=nothing   -
Patient?_has:Encounter:patient:_has:Observation:encounter:code=2339-0          ann bob
Patient?_has:Encounter:patient:_has:Condition:encounter:code=44054006          ann
Patient?_has:Observation:patient:performer:Practitioner.name=green   bob
Organization?_has:Patient:organization:gender=female                 north
Organization?_has:Patient:organization:_has:Observation:patient:code=8310-5    north
Practitioner?_has:Patient:general-practitioner:name=ann              dr
Encounter?patient._has:Condition:patient:code=38341003               enc2
Patient?_has:Observation:patient:code=8310-5,plant                   ann bob
Patient?_has:Observation:patient:code=8310-5&_has:Condition:patient:code=38341003        -
# includes
Observation?_id=glu1&_include=Observation:patient                    glu1 + ann
Observation?_id=glu1&_include=Observation:subject:Patient            glu1 + ann
Observation?_id=glu1&_include=Observation:subject:Group              glu1
Observation?_id=glu1&_include=Observation:*     glu1 + ann enc1 dr
Observation?_id=glu1&_include=*                 glu1 + ann enc1 dr
Observation?_id=glu1&_include=Observation:patient&_include:iterate=Patient:organization  glu1 + ann north
Observation?_id=glu1&_include=Observation:patient&_include:iterate=Patient:organization&_include:iterate=Organization:partof   glu1 + ann north top
Observation?_id=glu1&_include=Patient:organization                   glu1
Observation?_id=pet1&_include:iterate=Observation:derived-from       pet1 + pet2
Patient?_id=ann&_revinclude=Condition:patient   ann + con1
Patient?_id=ann&_revinclude=Observation:patient&_revinclude=Encounter:patient  ann + enc1 glu1 pet1 temp1 temp2
Patient?_id=bob&_revinclude=*                   bob + con2 enc2 favourites glu2 pet2 plant1
Organization?_id=top&_revinclude:iterate=Organization:partof&_revinclude:iterate=Patient:organization           top + ann bob north south
Observation?code=2339-0&_include=Observation:patient                 glu1 glu2 + ann bob
MedicationRequest?_id=med2&_include=MedicationRequest:medication     med2 + pill
# _filter
Patient?_filter=name co "str"                   ann bob
Patient?_filter=gender eq male or birthdate ge 1980                  ann bob
Patient?_filter=gender eq male and birthdate ge 1980                 -
Patient?_filter=not (gender eq male)            ann cyd
Patient?_filter=(gender eq male or gender eq other) and family sw "stra"       bob
Patient?_filter=identifier eq urn:mrn|A1        ann
Observation?_filter=patient.family eq "Ström" and code eq http://loinc.org|8310-5        temp1 temp2
Observation?_filter=date gt 2024-01-15          glu2 temp1 temp2
Patient?_filter=birthdate pr false              cyd
Observation?_filter=code in http://example.org/ValueSet/pets         pet2
Observation?_filter=code ss http://example.org/codes|animal          pet1 pet2
Observation?_filter=subject re Patient/bob      glu2 pet2 plant1
# lists and types
Patient?_list=favourites                        bob
Observation?_list=favourites                    glu1
Condition?patient=ann&_list=$current-problems   con1
Condition?patient=bob&_list=$current-problems   -
?_type=Patient,Organization&_id=ann,top,glu1    ann top
?_type=Observation&_id=glu1                     glu1
# words
Patient?_text=mountains                         ann
Patient?_text=rivers                            ann bob
Patient?_text=rivers mountains                  ann
Patient?_text=hills OR mountains                ann bob
Patient?_text="mountains and rivers"            ann
Observation?_content=mountain                   plant1
Observation?_text=mountain                      -
Condition?_content=diabetes                     con1
Condition?_content=DIABETES mellitus            con1
# places
Location?near=42.3601|-71.0589|1|km             boston
Location?near=42.3601|-71.0589|5|km             boston cambridge
Location?near=42.3601|-71.0589|4500|m           boston cambridge
Location?near=42.3601|-71.0589|4400|m           boston
Location?near=-16.5|-179.99|5|km                fiji
# contained
Medication?code=aspirin                         pill
Medication?code=aspirin&_contained=true&_containedType=container     med1
# many values
Patient?_id=MANY,ann                            ann
Observation?code=MANY,2339-0                    glu1 glu2
""".replace("MANY", ",".join(f"v{n}" for n in range(600)))

REFUSED = """
Observation?subject.nothing=x                   nothing
Observation?subject:Patient.nothing=x           nothing
Observation?code.text=x                         code
Observation?patient.organization.address.x=y    address
Patient?_has:Observation:nothing:code=1         nothing
Patient?_has:Observation:patient:nothing=1      nothing
Patient?_has:Nothing:patient:code=1             Nothing
Patient?_has:Observation:patient=1              _has
Patient?_has:Observation:performer:code=1&_has=1                     _has
Patient?_include=Patient:nothing                nothing
Patient?_include=Nothing:organization           Nothing
Patient?_include=Patient:birthdate              birthdate
Patient?_revinclude=Observation                 _revinclude
Patient?_include:foo=Patient:organization       foo
Patient?_filter=name eq                         _filter
Patient?_filter=(name eq "x"                    _filter
Patient?_filter=nothing eq x                    nothing
Patient?_filter=birthdate co 1980               co
Observation?code:in=http://example.org/ValueSet/nowhere              nowhere
Location?near=x|y                               near
Location?near=91|0|1|km                         near
Location?near=1|2|3|parsec                      near
Patient?identifier:of-type=x                    of-type
Patient?_list=$nothing                          nothing
?_type=Nothing                                  Nothing
Patient?_query=nothing                          nothing
QuestionnaireResponse?questionnaire.status=active                    canonical
QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire   canonical
Questionnaire?_has:QuestionnaireResponse:questionnaire:status=completed        canonical
Patient?_contained=maybe                        _contained
"""


def fill(client, server):
    store(client, DATA)


def questions(client, server):
    ask(client, server, QUESTIONS)


def refused(client, server):
    refuse(client, REFUSED)


def contained(client, server):
    answer = client.get("/Medication?code=aspirin&_contained=true&_containedType=contained")
    that(answer.status == 200 and len(answer.entries) == 1 and answer.entries[0]["resource"]["id"] == "m" and
         answer.entries[0]["fullUrl"].endswith("MedicationRequest/med1#m"), f"_containedType=contained shows the contained resource: {answer!r}")
    both = client.get("/Medication?code=aspirin&_contained=both&_containedType=contained")
    that(sorted(both.ids) == ["m", "pill"], f"_contained=both: {both!r}")


def distances(client, server):
    answer = client.get("/Location?near=42.3601|-71.0589|10|km".replace("|", "%7C"))
    for entry in answer.entries:
        said = [one for one in entry["search"].get("extension", []) if one["url"].endswith("/location-distance")]
        that(len(said) == 1 and "valueDistance" in said[0], f"how far it is stands beside the match: {entry['search']}")


def a_long_list(client, server):
    values = ",".join(f"http://loinc.org|{n}-{n % 10}" for n in range(4999)) + ",2339-0"
    answer = client.call("POST", "/Observation/_search", "code=" + values.replace("|", "%7C"), kind="application/x-www-form-urlencoded")
    that(answer.status == 200 and sorted(answer.ids) == ["glu1", "glu2"], f"5,000 values: {answer!r}")


def explained(client, server):
    answer = client.get("/Observation?patient.family=strom&code=8310-5&_explain=true")
    that(answer.status == 200 and answer.json["resourceType"] == "Parameters", f"_explain: {answer!r}")


def compartments(client, server):
    for path, expected in (("/Patient/ann/Observation?code=8310-5", ["temp1", "temp2"]), ("/Patient/ann/Condition", ["con1"]),
                           ("/Encounter/enc1/Observation", ["glu1"]), ("/Practitioner/dr/Observation", ["glu1"]),
                           ("/Patient/nobody/Observation", [])):
        answer = client.get(path)
        that(answer.status == 200 and sorted(answer.ids) == expected, f"{path}: {answer!r}")
    everything = client.get("/Patient/ann/*?_count=100")
    that(everything.status == 200 and {"con1", "glu1", "enc1", "cov1", "med1"} <= set(everything.ids) and "glu2" not in everything.ids,
         f"/Patient/ann/*: {everything!r}")


def both_directions(client, server):
    """From the first page to the last and back: the same pages, whatever is written in between."""
    group = lambda n, name: {"resourceType": "Group", "id": f"g{n:03}", "type": "person", "actual": True, "name": name,
                             "identifier": [{"value": f"v{n * 37 % 101:03}"}]}
    batch = lambda entries: that(client.call("POST", "", {"resourceType": "Bundle", "type": "batch", "entry": entries}).status == 200, "batch")
    put = lambda resource: {"resource": resource, "request": {"method": "PUT", "url": f"Group/{resource['id']}"}}
    batch([put(group(n, "first")) for n in range(100)])
    for question in ("/Group?_count=7&_total=accurate", "/Group?_sort=identifier&_count=7&_total=accurate",
                     "/Group?_sort=-_lastUpdated&_count=9&_total=accurate", "/Group?type=person&_sort=-identifier,_id&_count=11&_total=accurate"):
        expected = client.get(question.replace("_count=7", "_count=1000").replace("_count=9", "_count=1000").replace("_count=11", "_count=1000"))
        forth, path, count, selfs = [], question, 0, []
        while path and len(forth) < 300:
            page = client.get(path)
            that(page.status == 200, f"{question}: {page!r}")
            forth.append([(e["resource"]["id"], e["resource"]["meta"]["versionId"]) for e in page.entries])
            that(page.json.get("total") == expected.json["total"], f"{question}: the total stays: {page.json.get('total')}")
            selfs.append(path)
            path = page.link("next")
            count += 1
            # In between a tenth is changed, deleted and made new.
            batch([put(group((count * 13 + n) % 100, f"changed {count}")) for n in range(3)])
            client.call("DELETE", f"/Group/g{count * 7 % 100:03}")
            client.call("PUT", f"/Group/new{count}", {**group(count, "new"), "id": f"new{count}"})
        seen = [one for page_ in forth for one in page_]
        want = [(e["resource"]["id"], e["resource"]["meta"]["versionId"]) for e in expected.entries]
        that(seen == want, f"{question}: the pages are the moment of the first: {len(seen)} of {len(want)}, "
                           f"{[one for one in want if one not in seen][:5]} missing, {[one for one in seen if one not in want][:5]} too many")
        back, path = [], selfs[-1]
        while path and len(back) < 300:
            page = client.get(path)
            back.append([(e["resource"]["id"], e["resource"]["meta"]["versionId"]) for e in page.entries])
            path = page.link("previous") or page.link("prev")
        that([one for page_ in reversed(back) for one in page_] == want, f"{question}: and back again: {len(back)} pages of {len(forth)}")
        last = client.get(selfs[1]).link("last")
        that(bool(last) and [e["resource"]["id"] for e in client.get(last).entries] == [one for one, _ in forth[-1]],
             f"{question}: the link to the last page")
    page = client.get("/Group?_sort=identifier&_count=7")
    following = page.link("next")
    server.stop()
    server.start()
    again = Client(server.port).get(following)
    that(again.status == 200 and len(again.ids) == 7 and not set(again.ids) & set(page.ids), f"a page link survives a restart: {again!r}")
    broken = following[:-5] + ("AAAAA" if not following.endswith("AAAAA") else "BBBBB")
    that(Client(server.port).get(broken).status == 400, "a page link that was changed is refused")


TESTS = (fill, questions, refused, contained, distances, a_long_list, explained, compartments, both_directions)

if __name__ == "__main__":
    with Andiron() as server_:
        begun = time.monotonic()
        for test in TESTS:
            run([test], server_.client(), server_)
        finish("search_grammar", f"{checks()} checks, {time.monotonic() - begun:.0f} s")
