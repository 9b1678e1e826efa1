# SPDX-License-Identifier: Apache-2.0
"""Group M: addresses that others give. The server fetches nothing today but what an operator has set; what can be tested is that it stays so."""
import json
import socket

from hl7 import link, message
from rows import nobody_came

SCHEMES = ("http://127.0.0.1:PORT/x", "http://localhost:PORT/x", "http://[::1]:PORT/x", "http://0.0.0.0:PORT/x", "http://[::ffff:127.0.0.1]:PORT/x")
OTHERS = ("http://user:pass@127.0.0.1:PORT/x", "http://127.0.0.1:PORT\\@evil.example/", "http://127.0.0.1:PORT#@evil.example/", "gopher://127.0.0.1:PORT/_x", "file:///etc/passwd",
          "unix:/tmp/x", "ht\ttp://127.0.0.1:PORT/x", "jar:http://127.0.0.1:PORT/x!/y", "ftp://127.0.0.1:PORT/x")


def everywhere(at, addresses):
    """Each address in each place that a server could be led to fetch from."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = str(listener.getsockname()[1])
    for address in (one.replace("PORT", port) for one in addresses):
        resources = (
            {"resourceType": "Patient", "meta": {"profile": [address]}, "photo": [{"url": address}], "managingOrganization": {"reference": address}, "implicitRules": address},
            {"resourceType": "Subscription", "status": "requested", "reason": "x", "criteria": "Patient?", "channel": {"type": "rest-hook", "endpoint": address}},
            {"resourceType": "ValueSet", "status": "active", "url": address, "compose": {"include": [{"valueSet": [address]}, {"system": address}]}},
            {"resourceType": "StructureDefinition", "url": address, "name": "X", "status": "draft", "kind": "resource", "abstract": False, "type": "Patient",
             "baseDefinition": address, "derivation": "constraint"},
            {"resourceType": "Endpoint", "status": "active", "connectionType": {"code": "hl7-fhir-rest"}, "payloadType": [{"text": "x"}], "address": address})
        for one in resources:
            answer = at.call("POST", f"/{one['resourceType']}", one)
            at.that(answer.status in (201, 400, 422), f"{address} in {one['resourceType']}: {answer!r}")
        parameters = lambda *parts: {"resourceType": "Parameters", "parameter": list(parts)}
        for path, body in (("/Patient/$validate", parameters({"name": "resource", "resource": {"resourceType": "Patient"}}, {"name": "profile", "valueUri": address})),
                           ("/$fhirpath", parameters({"name": "expression", "valueString": "managingOrganization.resolve()"}, {"name": "resource", "resource": {
                               "resourceType": "Patient", "managingOrganization": {"reference": address}}})),
                           ("/Patient/$graphql", None), ("", {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": address}}]})):
            answer = at.call("POST", path, body or json.dumps({"query": "{ id }"}))
            at.that(answer.status < 500 or answer.status == 501, f"{address} at {path}: {answer!r}")
            at.that(b"root:" not in answer.body, f"{address} at {path}: no file is told")
        at.get("/Patient/good", X_Forwarded_Host=f"127.0.0.1:{port}", Referer=address.replace("\t", ""))
    link(at).exchange(message("M1", "ORU^R01^ORU_R01", f"PID|1||PM^^^H^MR||Ng\rOBR|1|||1-8^x^LN\rOBX|1|RP|1-8^x^LN||http://127.0.0.1:{port}/x^a^b^c||||||F\r"))
    nobody_came(at, listener, 0.3)
    listener.close()


def m_02_addresses_of_this_machine(at):
    everywhere(at, SCHEMES)


def m_07_addresses_that_are_written_oddly(at):
    everywhere(at, OTHERS)
