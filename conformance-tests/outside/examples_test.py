# SPDX-License-Identifier: Apache-2.0
"""Every example of the R4 specification is stored by PUT and read back equal: values, number text, order of items; in JSON, and
through XML. Those that are rightly refused are listed with their reasons in examples-refused.tsv."""
import pathlib
import sys
import time

from andiron import ROOT, Andiron, check, exact, finish

folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "profiles/node_modules/hl7.fhir.r4.examples"
refused = {}
for line in (ROOT / "conformance-tests/examples-refused.tsv").read_text().splitlines():
    if line and not line.startswith("#"):
        name, reason = line.split("\t", 1)
        refused[name] = reason


def without_stamps(resource):
    resource = dict(resource)
    resource.pop("id", None)
    meta = {key: value for key, value in resource.get("meta", {}).items() if key not in ("versionId", "lastUpdated", "_versionId", "_lastUpdated")}
    resource.pop("meta", None)
    if meta:
        resource["meta"] = meta
    return resource


stored = skipped = 0
begun = time.monotonic()
with Andiron(http__body="64MiB") as server:
    client = server.client()
    files = sorted(folder.glob("*.json"))
    for path in files:
        text = path.read_bytes()
        sent = exact(text)
        kind = sent.get("resourceType", "none")
        identity = sent.get("id") or "no-id"
        body = text if "id" in sent else text.replace(b"{", b'{"id":"no-id",', 1)
        answer = client.call("PUT", f"/{kind}/{identity}", body, headers={"Prefer": "return=minimal"})
        if path.name in refused:
            skipped += 1
            check(400 <= answer.status < 500 and b"OperationOutcome" in answer.body, f"{path.name} is listed as refused: {answer!r}")
            continue
        if answer.status not in (200, 201):
            check(False, f"{path.name}: {answer!r}")
            continue
        stored += 1
        back = client.get(f"/{kind}/{identity}", Accept="application/fhir+json")  # a Binary would come as its bytes
        check(back.status == 200 and without_stamps(back.json) == without_stamps(sent), f"{path.name} reads back equal")
        xml = client.get(f"/{kind}/{identity}", Accept="application/fhir+xml")
        check(xml.status == 200, f"{path.name} is written as XML")
        again = client.call("PUT", f"/{kind}/{identity}", xml.body, kind="application/fhir+xml", headers={"Prefer": "return=minimal"})
        back = client.get(f"/{kind}/{identity}", Accept="application/fhir+json")  # a Binary would come as its bytes
        check(again.status == 200 and without_stamps(back.json) == without_stamps(sent),
              f"{path.name} survives JSON to XML to JSON: {again!r}")
    unknown = [name for name in refused if not (folder / name).exists()]
    check(not unknown, f"listed as refused, but not there: {unknown}")
    finish("examples", f"{len(files)} files, {stored} stored and read back, {skipped} rightly refused, {time.monotonic() - begun:.0f} s")
