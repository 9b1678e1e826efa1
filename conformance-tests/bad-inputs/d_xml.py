# SPDX-License-Identifier: Apache-2.0
"""Group D: XML (R4 xml.html), its entities and encodings, and what narrative may hold."""
import json
import socket

from rows import MEBI, SECRET, XML, needs, peak_memory, processor_time


def patient(text, head=""):
    return f'{head}<Patient xmlns="http://hl7.org/fhir">{text}</Patient>'


def div(text):
    return patient(f'<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">{text}</div></text>')


def no(at, what, body, *allowed, **more):
    return at.refuse(what, body, *(allowed or (400,)), kind=XML, **more)


class Listener:
    """Somebody who would hear it when an address is fetched."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}/x"
        return self

    def __exit__(self, *_):
        self.socket.close()

    def quiet(self, at):
        self.socket.settimeout(0.1)
        try:
            self.socket.accept()
            at.that(False, "nothing is fetched")
        except TimeoutError:
            at.that(True, "nothing is fetched")


def doctypes(at, rows):
    """Each is refused at once as structure; nothing is fetched and no file told."""
    with Listener() as listener:
        for what, doctype, use in rows:
            with at.quick(what, 0.3):
                answer = no(at, what, patient(f'<name><family value="{use}"/></name>', doctype.replace("THERE", listener.address)), issue=("structure",))
            at.that(b"root:" not in answer.body, f"{what}: no file is told")
        listener.quiet(at)


def d_01_doctypes(at):
    doctypes(at, (("bare", "<!DOCTYPE Patient>", ""), ("by address", '<!DOCTYPE Patient SYSTEM "THERE">', ""),
                  ("public", '<!DOCTYPE Patient PUBLIC "-//A//B" "THERE">', ""), ("behind a comment", "<!-- a --><!DOCTYPE Patient []>", "")))


def d_02_external_entities(at):
    doctypes(at, [(address, f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}">]>', "&e;")
                  for address in ("file:///etc/passwd", "THERE", "jar:file:///a.zip!/b", "expect://id")])


def d_03_parameter_entities(at):
    doctypes(at, (("a parameter entity", '<!DOCTYPE a [<!ENTITY % p SYSTEM "THERE"> %p;]>', ""),
                  ("out of band", '<!DOCTYPE a [<!ENTITY % f SYSTEM "file:///etc/hostname"><!ENTITY % e "<!ENTITY &#37; s SYSTEM \'THERE?%f;\'>"> %e; %s;]>', "")))


def d_04_laughs(at):
    laughs = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(10)) + "]>"
    before = processor_time(at.server)
    doctypes(at, (("a billion laughs", laughs, "&k;"), ("quadratic", '<!DOCTYPE l [<!ENTITY a "' + "x" * 50_000 + '">]>', "&a;" * 5000)) * 5)
    at.that((processor_time(at.server) - before) / 10 <= 0.01, "each takes less than 10 ms")


def d_05_what_would_be_included(at):
    with Listener() as listener:
        there = listener.address
        no(at, "XInclude", patient('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'))
        no(at, "XInclude by address", patient(f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{there}"/>'))
        located = patient("").replace("<Patient ", f'<Patient xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir {there}" ')
        for what, body in (("schemaLocation", located), ("a stylesheet", f'<?xml-stylesheet href="{there}"?>' + patient(""))):
            answer = at.call("POST", "/Patient", body, {"Accept": XML}, XML)
            at.gives(what, answer, 201, 400)
            at.that(b"stylesheet" not in answer.body, f"{what} is not kept")
        listener.quiet(at)


def d_06_depth(at):
    before = peak_memory(at.server)
    with at.quick("depth", 2):
        no(at, "2,000,000", "<a>" * 2_000_000)
        no(at, "20,000 extensions", patient('<extension url="u:x">' * 20_000 + "</extension>" * 20_000))
        no(at, "20,000 in the narrative", div("<b>" * 20_000 + "x" + "</b>" * 20_000))
    at.that(peak_memory(at.server) - before < 64 * MEBI, "nothing large is made of it")


@needs(memory=32)
def d_07_attributes(at):
    with at.quick("attributes", 3):
        no(at, "100,000", patient("<active " + " ".join(f'a{n}="1"' for n in range(100_000)) + ' value="true"/>'))
        no(at, "one of 15 MB", patient('<language value="' + "a" * 15_000_000 + '"/>'))
        at.gives("one of 17 MB", at.call("POST", "/Patient", patient('<language value="' + "a" * (17 << 20) + '"/>'), kind=XML), 413, 0)
        no(at, "one twice", patient('<active value="true" value="false"/>'))
        no(at, "an unknown one", patient('<active value="true" colour="red"/>'))


def d_08_encodings(at):
    for name in ("UTF-16", "UTF-7", "IBM037", "EBCDIC-CP-US", "nonsense"):
        no(at, f"{name} declared", patient('<active value="true"/>', f'<?xml version="1.0" encoding="{name}"?>'), 400, 415)
    no(at, "UTF-16 sent", patient('<active value="true"/>').encode("utf-16"), 400, 415)
    no(at, "EBCDIC sent", patient('<active value="true"/>', '<?xml version="1.0" encoding="IBM037"?>').encode("cp037"), 400, 415)
    no(at, "Latin-1 sent", patient('<name><family value="Å"/></name>').encode("latin-1"), 400)


def d_09_namespaces_and_text(at):
    for what, body in (("an undeclared prefix", patient('<f:active value="true"/>')), ("another namespace", '<Patient xmlns="urn:hl7-org:v3"/>'),
                       ("no namespace", "<Patient/>"), ("another namespace inside", patient('<active xmlns="urn:x" value="true"/>')),
                       ("text between elements", patient('hello<active value="true"/>')), ("text in an element", patient("<active>true</active>"))):
        no(at, what, body, issue=("structure",))
    at.accept("a declared prefix", '<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="true"/></f:Patient>', kind=XML)


def d_10_other_nodes_in_values(at):
    no(at, "CDATA", patient('<active value="true"><![CDATA[x]]></active>'))
    no(at, "CDATA between elements", patient('<![CDATA[x]]><active value="true"/>'))
    for what, text in (("a processing instruction", "<?do it?>"), ("a comment", "<!-- a -->")):
        answer = at.call("POST", "/Patient", patient(f'<active value="true">{text}</active>'), {"Accept": XML}, XML)
        at.gives(what, answer, 201, 400)
        at.that(text.encode() not in answer.body, f"{what} is not kept")


def d_11_values_and_order(at):
    no(at, "no value", patient("<active/>"))
    no(at, "an empty value", patient('<gender value=""/>'))
    no(at, "the wrong order", patient('<birthDate value="2000-01-01"/><active value="true"/>'))
    no(at, "a list that is interrupted", patient('<identifier><value value="a"/></identifier><active value="true"/><identifier><value value="b"/></identifier>'))
    no(at, "twice what may stand once", patient('<active value="true"/><active value="false"/>'))
    no(at, "an unknown element", patient('<colour value="red"/>'))


def d_12_cut_everywhere(at):
    good = patient('<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><b>x</b>&amp;</div></text><name><family value="Å&quot;'
                   f'{SECRET}"/></name>', '<?xml version="1.0" encoding="UTF-8"?>').encode()
    at.accept("whole", good, kind=XML)
    wrong = [n for n in range(len(good)) if at.call("POST", "/Patient", good[:n], kind=XML).status != 400]
    at.that(not wrong, f"not refused when cut at {wrong}")
    for junk in ("x", "<a/>", "<!-- --", "</Patient>", "\0"):
        no(at, f"behind the end: {junk!r}", patient('<active value="true"/>') + junk)


def d_13_active_narrative(at):
    for text in ("<script>alert(1)</script>", '<b onclick="x()">x</b>', '<a href="javascript:x()">x</a>', "<iframe src='x'/>", "<form><input/></form>",
                 '<object data="x"/>', '<svg onload="x()"/>', "<style>@import 'x'</style>", '<img src="x" onerror="x()"/>', '<a href=" java&#x0A;script:x()">x</a>',
                 '<embed src="x"/>', '<base href="x"/>', '<link rel="x"/>', '<meta http-equiv="x"/>'):
        no(at, text, div(text), 422, issue=("security",))
        at.refuse(f"in JSON {text}", json.dumps({"resourceType": "Patient", "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}}), 422,
                  issue=("security",))


def d_14_character_references(at):
    for text in ("&#0;", "&#xFFFE;", "&#x1F;", "&#xD800;", "&#x110000;", "&#99999999999;", "&unknown;", "&", "&#;", "&#x;", "a<b"):
        no(at, text, patient(f'<name><family value="{text}"/></name>'))


def d_15_signature_wrapping(at):
    """A Bundle signed over another Bundle: the document is one Bundle, whole; a second root or a second resource in an entry is refused."""
    bundle = lambda inside: f'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>{inside}</Bundle>'
    entry = lambda resources: f"<entry><resource>{resources}</resource></entry>"
    device = '<Device><status value="active"/></Device>'
    no(at, "two Bundles", bundle(entry(device)) + bundle(entry(device)), path="/Bundle")
    no(at, "two resources in one entry", bundle(entry(device + device)), path="/Bundle")
    no(at, "a Bundle beside a signature of XML", bundle('<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>' + entry(device)), path="/Bundle")
    at.accept("one", bundle(entry(device)), path="/Bundle", kind=XML)


@needs(counted=False)
def d_16_expressions_in_values(at):
    for text in ("Patient.name", "'; drop table x; --", "%resource", "${7*7}", "{{7*7}}", "//*[1]", "$$ne", "1 or 1=1", "&lt;x&gt;"):
        made = at.accept(text, json.dumps({"resourceType": "Patient", "name": [{"family": text}]}))
        at.that(made.status == 201 and at.get(f"/Patient/{made.json['id']}").json["name"][0]["family"] == text, f"{text} is kept as it is")
