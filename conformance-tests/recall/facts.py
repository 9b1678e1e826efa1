# SPDX-License-Identifier: Apache-2.0
"""What a Bundle says, as a set of facts that can be compared with another converter's: (resource type, path, value).

Paths have no positions. Not counted, because they are nobody's knowledge about the patient or another's private naming: ids and
fullUrls, versions and times of storing, narrative, URIs below a converter's own host and what stands in extensions named so,
embedded originals, and the display of a coding that also has a code. A reference counts as the type that it leads to. Values are
normalised: instants to UTC, numbers without needless zeros, telephone numbers to digits, text to one case and single blanks."""
import datetime
import re

PRIVATE = ("http://example.com/", "https://reportstream.cdc.gov/", "urn:id:", "https://fhir.", "http://hl7.org/fhir/uv/v2mappings", "http://healthcare.microsoft")
MOMENT = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?)(\.\d+)?(Z|[+-]\d\d:\d\d)?$")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def value_of(value, path):
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    moment = MOMENT.match(text)
    if moment:
        plain = moment[1] if moment[2] else moment[1] + ":00"
        when = datetime.datetime.fromisoformat(plain)
        if moment[4] and moment[4] != "Z":
            hours, minutes = moment[4][1:].split(":")
            shift = datetime.timedelta(hours=int(hours), minutes=int(minutes))
            try:
                when = when - shift if moment[4][0] == "+" else when + shift
            except OverflowError:
                pass
        return when.isoformat()
    if NUMBER.match(text) and not isinstance(value, str):
        return f"{float(text):.10g}"
    if path.endswith("telecom.value") and re.fullmatch(r"[\d\s()+./-]+", text):
        return re.sub(r"\D", "", text)
    return " ".join(text.split()).casefold()


def type_of(reference, kinds):
    if reference in kinds:
        return kinds[reference]
    parts = reference.rstrip("/").split("/")
    return parts[-2] if len(parts) > 1 else "?"


def walk(node, path, kinds, out):
    if isinstance(node, list):
        for item in node:
            walk(item, path, kinds, out)
        return
    if not isinstance(node, dict):
        text = str(node)
        if not text.startswith(PRIVATE) and text.strip():
            out.add((path.split(".")[0], path, value_of(node, path)))
        return
    if str(node.get("url", "")).startswith(PRIVATE):
        return
    for name, child in node.items():
        if name in ("id", "text", "div", "fullUrl", "resourceType", "contained", "data") and (name != "text" or isinstance(child, dict) and "div" in child):
            continue
        if name == "meta":
            child = {k: v for k, v in child.items() if k in ("security", "tag")}
        if name == "display" and node.get("code"):
            continue
        if name == "reference" and isinstance(child, str):
            out.add((path.split(".")[0], path, "-> " + type_of(child, kinds)))
            continue
        if name == "extension":
            for item in child:
                url = item.get("url", "")
                if not url.startswith(PRIVATE):
                    walk({k: v for k, v in item.items() if k != "url"}, f"{path}.extension({url.rsplit('/', 1)[-1]})", kinds, out)
            continue
        walk(child, f"{path}.{name.lstrip('_')}", kinds, out)


def facts(bundle, leave_out=("Bundle",)):
    resources = [e["resource"] for e in bundle.get("entry", []) if "resource" in e]
    kinds = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle.get("entry", []) if "fullUrl" in e and "resource" in e}
    out = set()
    for resource in resources:
        if resource["resourceType"] not in leave_out:
            walk(resource, resource["resourceType"], kinds, out)
    return out
