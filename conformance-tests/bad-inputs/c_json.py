# SPDX-License-Identifier: Apache-2.0
"""Group C: JSON, and what FHIR allows in it (R4 json.html, datatypes.html)."""
import base64
import json
import re
import urllib.parse

from rows import SECRET, needs, processor_time

BODY = b'{"resourceType":"Patient"}'
STRUCTURE = ("structure", "invalid", "value", "required")
VALUE = ("value", "invalid", "structure", "code-invalid", "required")
SHAPED = (*STRUCTURE, "invariant")


def patient(text):
    return '{"resourceType":"Patient",%s}' % text


def observation(value, more=""):
    return '{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueQuantity":{"value":%s}%s}' % (value, more)


def c_01_depth(at):
    with at.quick("depth", 1):
        at.refuse("500,000 brackets", "[" * 500_000, issue=("structure",))
        at.refuse("500,000 objects", '{"a":' * 500_000, issue=("structure",))
    nested = lambda depth: patient('"extension":[' + '{"url":"u:x","extension":[' * depth + '{"url":"u:x","valueCode":"x"}' + "]}" * depth + "]")
    at.refuse("65 extensions in each other", nested(65), issue=("structure",))
    at.accept("a few levels of extensions", nested(8))


def c_02_cut_everywhere(at):
    good = json.dumps({"resourceType": "Patient", "name": [{"family": f"{SECRET}Å\"\\", "given": ["a"]}], "birthDate": "2000-01-01", "active": True,
                       "multipleBirthInteger": 2}, ensure_ascii=False).encode()
    wrong = [n for n in range(len(good)) if at.call("POST", "/Patient", good[:n]).status != 400]
    at.that(not wrong, f"not refused when cut at {wrong}")
    at.accept("whole", good)


def c_03_bytes_behind_the_end(at):
    for junk in ("x", "\0junk", "{}", " {}", "]", "}", "\0"):
        at.refuse(f"{junk!r}", BODY + junk.encode(), issue=("structure",))
    at.accept("white space", BODY + b" \r\n\t")


def c_04_a_key_twice(at):
    at.refuse("id", '{"resourceType":"Patient","id":"a","id":"b"}', issue=("structure",))
    at.refuse("deeper", patient('"name":[{"family":"a","family":"b"}]'), issue=("structure",))
    at.refuse("once escaped", patient('"active":true,"\\u0061ctive":false'), issue=("structure",))


def c_05_encodings(at):
    for what, text in (("a byte that is none of UTF-8", b"\xff"), ("a lone continuation", b"\x80"), ("an overlong slash", b"\xc0\xaf"),
                       ("a surrogate in bytes", b"\xed\xa0\x80"), ("a lone surrogate", rb"\ud800"), ("a low surrogate first", rb"\udc00\ud800"),
                       ("half a pair", rb"\ud83dx"), ("a cut character", b"\xc3"), ("beyond Unicode", b"\xf4\x90\x80\x80")):
        at.refuse(what, b'{"resourceType":"Patient","name":[{"family":"' + text + b'"}]}')
    at.accept("a byte order mark is taken off", b"\xef\xbb\xbf" + BODY)
    at.accept("a pair of surrogates", rb'{"resourceType":"Patient","name":[{"family":"\ud83d\ude00"}]}')
    for coding in ("utf-16", "utf-16-le", "utf-32"):
        at.refuse(coding, BODY.decode().encode(coding), 400, 415)


def c_06_control_characters(at):
    for control in (r"\u0000", r"\u0001", r"\b", r"\u001f", r"\f"):
        at.refuse(control, patient('"name":[{"family":"a%sb"}]' % control), issue=("value",))
    at.refuse("as it is", b'{"resourceType":"Patient","name":[{"family":"a\x01b"}]}', issue=("value", "structure"))
    at.accept("tab and line ends", patient(r'"name":[{"text":"a\t\r\nb"}]'))


def c_07_numbers(at):
    for number in ("1.0", "1.00", "0", "-0", "0.10", "100", "1E2", "1e-3", "1234567890123456789012345678901234567890", "12345678901234567890.123456789",
                   "0.000000000000000001", "128." + "7" * 30 + "e-336"):
        made = at.accept(number, observation(number), "/Observation")
        back = at.get(f"/Observation/{made.json['id']}") if made.status == 201 else made
        at.that(re.search(rb'"value":' + re.escape(number.encode()) + rb"\b", back.body) is not None, f"{number} is read back as it was written: {back!r}")
    for number in ("1e400", "-1e400", "1e999999999"):
        at.refuse(number, observation(number), path="/Observation", issue=("value",))
    for number in ('"1"', "true", "[1]", "{}", "null"):
        at.refuse(f"a value that is no number: {number}", observation(number), path="/Observation")


def c_08_numbers_that_are_none(at):
    for number in ("NaN", "Infinity", "-Infinity", "01", ".5", "1.", "+1", "1e", "0x1", "1_000", "--1", "- 1"):
        at.refuse(number, observation(number), path="/Observation")


def c_09_not_quite_json(at):
    for text in ('{"resourceType":"Patient",}', '{"resourceType":"Patient"/**/}', "{'resourceType':'Patient'}", '{resourceType:"Patient"}',
                 '{"resourceType":"Patient","name":[{"family":"a"},]}', '{"resourceType" "Patient"}', '{"resourceType":"Patient" "active":true}',
                 patient('"active":True'), patient('"name":"\\x41"'), patient('"active":tru'), "// a\n" + BODY.decode(), '{"resourceType":"Patient",,"active":true}'):
        at.refuse(text[:50], text)


def c_10_other_things_than_an_object(at):
    for text in ("[]", '"x"', "null", "1", "true", "", " ", "\n", "{}", "[{}]", '[{"resourceType":"Patient"}]'):
        at.refuse(f"{text!r}", text, issue=("structure", "required"))


def c_11_resource_types(at):
    at.refuse("none", '{"active":true}')
    at.refuse("unknown", '{"resourceType":"Spaceship"}', issue=("not-supported",))
    at.refuse("another than the URL's", '{"resourceType":"Device"}', issue=("invalid", "value"))
    at.refuse("no text", '{"resourceType":1}')
    at.refuse("an abstract type", '{"resourceType":"DomainResource"}')
    at.refuse("a data type", '{"resourceType":"HumanName"}')
    at.accept("last", '{"active":true,"resourceType":"Patient"}')


def c_12_lists_and_single_values(at):
    for text in ('"name":{"family":"a"}', '"name":"a"', '"active":[true]', '"active":{"value":true}', '"birthDate":["2000"]', '"name":[["a"]]', '"name":[null]',
                 '"name":[{"given":[null]}]', '"name":[{"given":"a"}]', '"name":null', '"active":null', '"active":"true"', '"active":1', '"birthDate":2000',
                 '"multipleBirthInteger":"2"', '"multipleBirthInteger":2.5', '"name":[1]', '"name":[true]'):
        at.refuse(text, patient(text), issue=STRUCTURE)


def c_13_empty_things(at):
    for text in ('"name":[]', '"name":[{}]', '"name":[{"family":""}]', '"contact":[{}]', '"maritalStatus":{}', '"name":[{"given":[]}]', '"extension":[]',
                 '"gender":""'):
        at.refuse(text, patient(text), issue=VALUE)


def c_14_twins(at):
    for text in ('"name":[{"given":["a"],"_given":[{"id":"x"},{"id":"y"}]}]', '"_birthDate":[{"id":"x"}]', '"_name":[{"id":"x"}]', '"_nothing":{"id":"x"}',
                 '"_birthDate":"x"', '"_birthDate":{}', '"_birthDate":{"colour":"red"}', '"name":[{"given":["a","b"],"_given":[{"id":"x"}]}]'):
        at.refuse(text, patient(text), issue=SHAPED)
    at.accept("of the same length", patient('"name":[{"given":["a",null],"_given":[null,{"extension":[{"url":"u:x","valueCode":"b"}]}]}]'))


def c_15_two_choices(at):
    at.refuse("a quantity and a string", observation("1", ',"valueString":"x"'), path="/Observation", issue=("structure",))
    at.refuse("one only extended", patient('"deceasedBoolean":true,"_deceasedDateTime":{"extension":[{"url":"u:x","valueCode":"b"}]}'), issue=("structure",))
    at.refuse("a type that is not offered", patient('"deceasedString":"x"'), issue=("structure",))


def c_16_unknown_properties(at):
    for text in ('"colour":"red"', '"__proto__":{"a":1}', '"constructor":"x"', '"Active":true', '"name":[{"surname":"x"}]', '"value":1', '"":1',
                 '"resourcetype":"Patient"', '"fhir_comments":["x"]', '"' + "k" * 100_000 + '":1'):
        at.refuse(text[:40], patient(text), issue=("structure",))


@needs(memory=32)
def c_17_sizes(at):
    def timed(what, body, *allowed):
        before = processor_time(at.server)
        answer = at.call("POST", "/Patient", body)
        used = processor_time(at.server) - before
        at.that(answer.status in allowed, f"{what}: expected {allowed}, got {answer!r}")
        at.that(used < 1, f"{what}: {used:.2f} s of processor")
    timed("a string of 17 MB", b'{"resourceType":"Patient","name":[{"text":"' + b"a" * (17 << 20) + b'"}]}', 413, 0)
    timed("a string of 15 MB", b'{"resourceType":"Patient","name":[{"text":"' + b"a" * (15 << 20) + b'"}]}', 400, 413)
    timed("an array of a million", b'{"resourceType":"Patient","name":[{"given":[' + b",".join([b'"a"'] * 1_000_000) + b"]}]}", 400, 413)
    timed("a million keys", b'{"resourceType":"Patient",' + b",".join(b'"k%d":1' % n for n in range(1_000_000)) + b"}", 400, 413)
    timed("a million equal keys", b'{"resourceType":"Patient",' + b",".join([b'"active":true'] * 1_000_000) + b"}", 400)
    timed("a million backslashes", b'{"resourceType":"Patient","name":[{"text":"' + b"\\\\" * 1_000_000 + b'"}]}', 201, 400)
    timed("a number of a million digits", observation("1" * 1_000_000).encode(), 400)


@needs(memory=32)
def c_18_a_million_extensions(at):
    with at.quick("300,000 extensions", 2):
        at.refuse("300,000 extensions", b'{"resourceType":"Patient","extension":[' + b",".join([b'{"url":"u:x","valueCode":"a"}'] * 300_000) + b"]}", issue=("too-long",))
    at.refuse("1,000,000 extensions under the cap", b'{"resourceType":"Patient","extension":[' + b",".join([b'{"url":"u"}'] * 1_000_000) + b"]}", 400, 413)


@needs(memory=32)
def c_19_base64(at):
    data = lambda text: '{"resourceType":"Binary","contentType":"text/plain","data":"%s"}' % text
    for text in ("aG VsbG8=", "aGVsbG 8=", "a", "ab=", "a===", "@@@@", "aGVsbG8=x"):
        at.refuse(f"wrong ends: {text!r}", data(text), path="/Binary")
    at.gives("50 MB", at.call("POST", "/Binary", data("A" * 50_000_000)), 413, 0)
    at.accept("white space between groups of four, as R4's own pattern has it", data("aGVs bG8="), path="/Binary")
    at.accept("base64", data(base64.b64encode(bytes(range(256))).decode()), path="/Binary")


def c_20_dates(at):
    for text in ("2024-02-30", "2024-13-01", "2024-00-10", "0000-01-01", "24-01-01", "2024-1-1", "2024-02-29T00:00:00Z", "20240101", " 2024-01-01", "2023-02-29",
                 SECRET):
        at.refuse(f"birthDate {text}", patient(f'"birthDate":"{text}"'), issue=("value",))
    for text in ("2024-01-01T24:00:00Z", "2024-01-01T10:00:00+25:00", "2024-01-01T10:60:00Z", "2024-01-01T10:00:00", "2024-01-01T10:00", "0000-01-01T00:00:00Z",
                 "2024-01-01T10:00:00+5:00", "2024-01-01 10:00:00Z", "2024-01-01T10:00:00ZZ", "2024-02-30T10:00:00Z"):
        at.refuse(f"deceasedDateTime {text}", patient(f'"deceasedDateTime":"{text}"'), issue=("value",))
    at.accept("a leap second", patient('"deceasedDateTime":"2016-12-31T23:59:60Z"'))
    at.accept("a leap day", patient('"birthDate":"2024-02-29"'))
    at.refuse("an instant without zone", '{"resourceType":"Observation","status":"final","code":{"text":"c"},"issued":"2024-01-01T10:00:00"}', path="/Observation",
              issue=("value",))


def c_21_ids(at):
    for identity in ("a" * 65, "../x", "a_b", "", "a b", "ä", "a/b", "a\u0000", "%61"):
        body = json.dumps({"resourceType": "Patient", "id": identity})
        answer = at.call("PUT", "/Patient/" + (urllib.parse.quote(identity, safe="") or "x"), body)
        at.that(answer.status == (404 if "/" in identity else 400), f"{identity!r} in an update: {answer!r}")
        at.refuse(f"{identity!r} in a create", body)
    made = at.accept("a client's version is ignored", patient('"meta":{"versionId":"77","lastUpdated":"1999-01-01T00:00:00Z"}'))
    at.that(made.json["meta"]["versionId"] == "1" and not made.json["meta"]["lastUpdated"].startswith("1999"), f"the server's own count: {made!r}")
    at.refuse("a client's version that is no id", patient('"meta":{"versionId":"a b"}'))


def c_22_contained(at):
    inside = lambda text, more="": patient('"contained":[%s]%s' % (text, more))
    to = ',"managingOrganization":{"reference":"#o"}'
    at.refuse("in contained", inside('{"resourceType":"Organization","id":"o","contained":[{"resourceType":"Device","id":"d"}]}', to), issue=("invariant", "structure"))
    at.refuse("referred to by nobody", inside('{"resourceType":"Organization","id":"o"}'), issue=("invariant",))
    at.refuse("two of one id", inside('{"resourceType":"Organization","id":"o","name":"a"},{"resourceType":"Organization","id":"o","name":"b"}', to))
    at.gives("two that refer to each other", at.call("POST", "/Patient", inside(
        '{"resourceType":"Organization","id":"o","partOf":{"reference":"#p"}},{"resourceType":"Organization","id":"p","partOf":{"reference":"#o"}}', to)), 201, 400)
    at.gives("that refers to itself", at.call("POST", "/Patient", inside('{"resourceType":"Organization","id":"o","partOf":{"reference":"#o"}}', to)), 201, 400)
    at.accept("contained", inside('{"resourceType":"Organization","id":"o","name":"x"}', to))
