# SPDX-License-Identifier: Apache-2.0
"""Group K, as far as it is about FHIR itself: narrative, attachments and Binary. C-CDA comes later."""
import base64
import json

from rows import XML, needs

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def div(text):
    return json.dumps({"resourceType": "Patient", "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}})


def k_05_addresses_in_narrative(at):
    for scheme in ("\tjavascript:x()", " javascript:x()", "java&#10;script:x()", "java&#x09;script:x()", "JaVaScRiPt:x()", "&#1;javascript:x()", "vbscript:x", "\x0bjavascript:x",
                   "&#106;avascript:x()", "javascript&#58;x()", "data:text/html;base64,PHNjcmlwdD4=", "file:///etc/passwd"):
        answer = at.call("POST", "/Patient", div(f'<a href="{scheme}">x</a>'))
        at.gives(f"href {scheme!r}", answer, 400, 422)
        if "&#1;" not in scheme and "\x0b" not in scheme:
            at.that(answer.issue == "security", f"href {scheme!r}: security: {answer!r}")
    for source in ("data:text/html,<b>x</b>".replace("<", "&lt;"), "javascript:x()", " javascript:x()", "data:image/svg+xml;base64,PHN2Zz4="):
        at.gives(f"src {source!r}", at.call("POST", "/Patient", div(f'<img src="{source}" alt="x"/>')), 400, 422, issue=("security",))
    at.accept("an address of the web", div('<a href="https://example.org/x">x</a>'))
    at.accept("a place in the text", div('<a href="#x">x</a><b id="x">y</b>'))


def k_06_active_markup(at):
    for text in ('<img src="x" onerror="y()"/>', '<a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="javascript:x()">y</a>', "<math><mi>x</mi></math>", '<base href="http://x/"/>',
                 '<meta http-equiv="refresh" content="0"/>', '<b style="width:expression(alert(1))">x</b>', '<b style="background:url(http://evil.example/x)">x</b>',
                 '<b style="background:u\\72l(http://evil.example/x)">x</b>', '<b style="behavior:url(x)">x</b>', '<b style="-moz-binding:url(x)">x</b>', "<b onmouseover='x'>y</b>",
                 '<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>', "<video src='x'/>", "<b><![CDATA[<script>x</script>]]></b>"):
        if "CDATA" in text:
            answer = at.call("POST", "/Patient", div(text))
            at.gives(text, answer, 201, 400, 422)
            at.that(answer.status != 201 or b"<script>" not in at.get(f"/Patient/{answer.json['id']}").body.replace(b"<![CDATA[<script>x</script>]]>", b""), "text stays text")
            continue
        at.gives(text, at.call("POST", "/Patient", div(text)), 400, 422, issue=("security",))
        narrative = f'<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">{text}</div></text>'
        at.gives("in XML: " + text, at.call("POST", "/Patient", f'<Patient xmlns="http://hl7.org/fhir">{narrative}</Patient>', kind=XML), 400, 422)


@needs(counted=False)
def k_07_binaries_in_a_browser(at):
    for kind in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/javascript", "application/pdf", "text/html; charset=utf-8", "TEXT/HTML"):
        made = at.call("POST", "/Binary", b"<script>alert(1)</script>", kind=kind)
        if not at.that(made.status == 201, f"{kind} is stored: {made!r}"):
            continue
        answer = at.get(made.headers["Location"].split("/fhir", 1)[1].split("/_history")[0], Accept="*/*")
        if answer.headers["Content-Type"].startswith("application/fhir"):
            continue  # inert
        at.that(answer.headers["X-Content-Type-Options"] == "nosniff", f"{kind}: nosniff")
        at.that("sandbox" in answer.headers.get("Content-Security-Policy", ""), f"{kind}: a sandbox")
        at.that("pdf" in kind or answer.headers.get("Content-Disposition", "").startswith("attachment"), f"{kind}: an attachment: {answer.headers}")


@needs(settings={"fhir__validation": "full"}, memory=64)  # the first full validation reads its definitions
def k_08_what_attachments_say(at):
    photo = lambda **more: {"resourceType": "Patient", "photo": [{"contentType": "text/plain", "data": base64.b64encode(b"hello").decode(), **more}]}
    at.accept("a size that fits", photo(size=5))
    for size in (0, 4, 6, 2**31 - 1):
        at.refuse(f"the size {size}", photo(size=size), 400, 422)
    at.refuse("a size that is negative", photo(size=-1), 400, 422)


def k_09_names_of_files(at):
    for kind in ("text/html\r\nX-Evil: 1", "text/html\nX-Evil: 1", 'text/html"; filename="../../x', "text/\u202ehtml", "text/" + "x" * 4096):
        answer = at.call("POST", "/Binary", {"resourceType": "Binary", "contentType": kind, "data": "eA=="})
        at.gives(f"contentType {kind[:20]!r}", answer, 201, 400)
        if answer.status == 201:
            read = at.get(f"/Binary/{answer.json['id']}", Accept="*/*")
            at.that("X-Evil" not in read.headers and "../" not in read.headers.get("Content-Disposition", ""), f"{kind[:20]!r}: {read.headers}")
    for title in ("../../x", "a\r\nX-Evil: 1", "\u202egnp.exe", "x" * 4096):
        answer = at.call("POST", "/Patient", {"resourceType": "Patient", "photo": [{"data": "eA==", "contentType": "text/plain", "title": title}]})
        at.gives(f"title {title[:10]!r}", answer, 201, 400)
        at.that("X-Evil" not in answer.headers, "no header is made of it")
    at.refuse("a title that is no text", {"resourceType": "Patient", "photo": [{"title": 1}]})


def k_12_documents_of_others(at):
    for what, body in (("CDA", '<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="US"/></ClinicalDocument>'), ("HL7 v2 in XML", '<ADT_A01 xmlns="urn:hl7-org:v2xml"/>'),
                       ("HTML", "<html xmlns='http://www.w3.org/1999/xhtml'/>")):
        for path in ("/Patient", "/Bundle", "", "/Binary"):
            at.refuse(f"{what} at {path!r}", body, 400, 404, kind=XML, path=path)


@needs(counted=False)
def k_13_bytes_of_any_kind(at):
    for what, content in (("EICAR", EICAR), ("a PDF that is a zip", b"%PDF-1.4\nPK\x03\x04" + bytes(range(256))), ("NUL", b"\0" * 100)):
        made = at.call("POST", "/Binary", content, kind="application/octet-stream")
        if at.that(made.status == 201, f"{what} is stored: {made!r}"):
            read = at.get(made.headers["Location"].split("/fhir", 1)[1].split("/_history")[0], Accept="application/octet-stream")
            at.that(read.body == content, f"{what} is read as it was: {read.body[:60]!r}")
