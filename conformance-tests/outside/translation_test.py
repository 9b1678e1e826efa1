# SPDX-License-Identifier: Apache-2.0
"""Every HL7 v2 message at hand through $convert: a Bundle that full validation accepts, what of the message is found in it, and what of
other converters' results is in ours.

Uses the messages below the shared samples when they are there, else the repository's own. Arguments narrow by words of the path."""
import json
import pathlib
import subprocess
import sys
import tempfile

from andiron import PROGRAM, ROOT, SHARED, Andiron, check, finish

sys.path.insert(0, str(ROOT / "conformance-tests/recall"))
import importlib.machinery  # noqa: E402
import importlib.util  # noqa: E402

from retention import Found, atoms  # noqa: E402

loader = importlib.machinery.SourceFileLoader("score", str(ROOT / "conformance-tests/recall/score"))
score = importlib.util.module_from_spec(importlib.util.spec_from_loader("score", loader))
loader.exec_module(score)

LEAST_RECALL = {"reportstream": 0.85, "microsoft": 0.75}
LEAST_RETENTION = 0.95
LEAST_OF_OUR_OWN = 0.94  # without the samples: our own messages are a few dozen, written for what is rare or left out on purpose


def messages():
    folder = SHARED / "samples/hl7v2"
    own = sorted((ROOT / "conformance-tests/translations/hl7v2").rglob("*.hl7")) + [ROOT / "conformance-tests/fixtures/result.hl7"]
    there = sorted(p for p in folder.rglob("*") if p.suffix.lower() == ".hl7") if folder.is_dir() else []
    wanted = sys.argv[1:]
    for path in own + there:
        if wanted and not any(word in str(path) for word in wanted):
            continue
        text = path.read_bytes()
        start = text.find(b"MSH")
        if start < 0 or text.lstrip().startswith((b"FHS", b"BHS")):
            continue  # no message; batch files have their own tests
        yield path, text


def refused_rightly(path, answer):
    """What cannot be a message, or asks and answers instead of telling, is refused with a reason."""
    issue = answer["issue"][0]
    return answer["resourceType"] == "OperationOutcome" and issue.get("diagnostics") and issue["code"] in (
        "structure", "required", "value", "not-supported", "code-invalid", "too-long", "business-rule", "processing")


with Andiron() as server, tempfile.TemporaryDirectory() as name:
    client = server.client()
    folder = pathlib.Path(name)
    translated, refused, all_atoms, found_atoms, lost = 0, [], 0, 0, {}
    bundles = []
    for path, text in messages():
        answer = client.call("POST", "/$convert", text.replace(b"\r\n", b"\r").replace(b"\n", b"\r"), kind="x-application/hl7-v2+er7")
        if answer.status != 200:
            check(answer.status in (400, 422) and refused_rightly(path, answer.json), f"{path.name}: refused with {answer.status}: {answer!r}")
            refused.append((path, answer.json["issue"][0].get("diagnostics", "")))
            continue
        translated += 1
        bundle = json.loads(answer.body)
        check(bundle["type"] == "transaction" and bundle["entry"], f"{path.name}: a transaction")
        found = Found(bundle)
        try:
            decoded = text.decode()
        except UnicodeDecodeError:
            decoded = text.decode("latin-1")
        for place, atom in atoms(decoded):
            all_atoms += 1
            if found.holds(atom):
                found_atoms += 1
            else:
                lost[place] = lost.get(place, 0) + 1
        file = folder / f"{translated:05}.json"
        file.write_text(json.dumps(bundle))
        bundles.append((path, file))

    # Full validation, by the command, many files a run.
    wrong = {}
    for begin in range(0, len(bundles), 200):
        part = bundles[begin:begin + 200]
        done = subprocess.run([PROGRAM, "validate", "--full", *(str(f) for _, f in part)], capture_output=True, text=True)
        names = {str(f): p for p, f in part}
        for line in (done.stdout + done.stderr).splitlines():
            where, _, rest = line.partition(": ")
            if rest.startswith(("error", "fatal")) and where in names:
                wrong.setdefault(names[where].name, []).append(rest)
    known = {line.split("\t")[0] for line in (ROOT / "conformance-tests/translations-not-valid.tsv").read_text().splitlines() if line and not line.startswith("#")}
    if (SHARED / "samples/hl7v2").is_dir() and not sys.argv[1:]:
        check(known <= set(wrong), f"valid now, to be taken from the list: {sorted(known - set(wrong))}")
    wrong = {name: remarks for name, remarks in wrong.items() if name not in known}
    for path, remarks in list(wrong.items())[:40]:
        check(False, f"{path}: full validation: {len(remarks)} errors, first {remarks[0][:240]}")
    check(len(wrong) == 0, f"{len(wrong)} of {translated} bundles are not valid")

    retention = found_atoms / max(1, all_atoms)
    most = sorted(lost.items(), key=lambda item: -item[1])[:25]
    least = LEAST_RETENTION if (SHARED / "samples/hl7v2").is_dir() else LEAST_OF_OUR_OWN
    check(retention >= least, f"retention {retention:.4f} of {all_atoms} atoms; most often lost: {most}")
    recalls = []
    if (SHARED / "samples/hl7v2").is_dir() and not sys.argv[1:]:
        for peer, least in LEAST_RECALL.items():
            result = score.score(peer, str(PROGRAM))
            recalls.append(f"{peer} {result.recall:.3f}")
            check(result.recall >= least, f"recall of {peer} {result.recall:.3f}, of {result.asked} facts; most missed: {result.missed.most_common(20)}")
    for path, why in refused:
        print(f"refused {path.name}: {why}", file=sys.stderr)

finish("translation", f"{translated} messages translated, {len(known)} known not to be valid, {len(refused)} refused, retention {retention:.4f}, recall {', '.join(recalls) or 'not asked'}")
