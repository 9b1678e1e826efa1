# SPDX-License-Identifier: Apache-2.0
"""FHIRPath beside the npm package fhirpath: the expressions of peers/fhirpath-expressions.txt on examples of R4, and those of R4's own
search parameters and invariants on an example of each type, must give the same.

    peers_fhirpath_test.py            all; those listed in peers/fhirpath-differences.tsv, with a reason, must differ
    peers_fhirpath_test.py WORD...    expressions that contain a word, with both answers
    peers_fhirpath_test.py --examples=N   the definitions' expressions on N examples of each type instead of one
    peers_fhirpath_test.py --new      only what differs and is not listed, as lines for that list

Without the packages (npm ci in conformance-tests/peers and in profiles) there is nothing to do."""
import concurrent.futures
import decimal
import json
import re
import shutil
import subprocess
import sys
import time

from andiron import PROGRAM, ROOT, check, finish
from r4_expressions import definitions

peers, examples = ROOT / "conformance-tests/peers", ROOT / "profiles/node_modules/hl7.fhir.r4.examples"
words = [word for word in sys.argv[1:] if not word.startswith("--")]
only_new = "--new" in sys.argv
if not (peers / "node_modules/fhirpath").is_dir() or not examples.is_dir() or not shutil.which("node"):
    print("  peers fhirpath: npm packages are not here, nothing done (npm ci in conformance-tests/peers)")
    raise SystemExit(0)

questions, file = [], None
for line in (peers / "fhirpath-expressions.txt").read_text().splitlines():
    if line.startswith("["):
        file = line.strip("[]")
    elif line and not line.startswith("#"):
        questions.append((file, line))
check(len(set(questions)) == len(questions), f"asked twice: {sorted(q for q in set(questions) if questions.count(q) > 1)}")


def on_examples(count):
    """The expressions of R4's definitions, each on the first examples of the type that they are about: large ones first."""
    for kind, expressions in sorted(definitions(examples).items()):
        files = sorted((path for path in examples.glob(f"{kind}-*.json") if path.stat().st_size < 200_000), key=lambda path: (-path.stat().st_size, path.name))
        for path in files[:count]:
            yield from ((path.name, expression) for expression in sorted(expressions))


count = next((int(word.split("=")[1]) for word in sys.argv if word.startswith("--examples=")), 1)
questions += on_examples(count)
known, known_errors = {}, {}  # a file * has words of their error instead of an expression; a type stands for all its examples
for line in (peers / "fhirpath-differences.tsv").read_text().splitlines():
    if line and not line.startswith("#"):
        file, expression, reason = line.split("\t")
        if file == "*":
            known_errors[expression] = reason
        else:
            known[file, expression] = reason
left = {q for q in known if q not in set(questions) and "-" in q[0]}
check(not left, f"listed, but not asked: {sorted(left)}")
questions = [q for q in questions if not words or any(word in q[1] for word in words)]


def ours(question):
    file, expression = question
    ran = subprocess.run([PROGRAM, "path", expression, str(examples / file)], capture_output=True, timeout=60)
    if ran.returncode:
        check(ran.returncode in (64, 65) and ran.stderr, f"{expression}: exit {ran.returncode}: {ran.stderr!r}")
        return None, ran.stderr.decode().strip()
    return ran.stdout.decode().split("\n")[:-1], ""


def theirs():
    asked = "".join(json.dumps({"id": n, "file": str(examples / file), "expression": expression}) + "\n"
                    for n, (file, expression) in enumerate(questions))
    ran = subprocess.run(["node", str(peers / "fhirpath-run.js")], input=asked, capture_output=True, text=True, timeout=300)
    answers = {one["id"]: one for one in map(json.loads, ran.stdout.splitlines())}
    check(len(answers) == len(questions), f"fhirpath answered {len(answers)} of {len(questions)}: {ran.stderr[-300:]}")
    return [answers.get(n, {"error": "no answer"}) for n in range(len(questions))]


def number(text):
    return decimal.Decimal(text) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?", text) else None


def equal_values(a, b):
    """Values as text; numbers by value, to the digits that a double has."""
    if a == b:
        return True
    x, y = re.fullmatch(r"(\S+)( .*)?", a, re.S), re.fullmatch(r"(\S+)( .*)?", b, re.S)
    if not x or not y or (x[2] or "").strip(" '") != (y[2] or "").strip(" '"):
        return False
    one, two = number(x[1]), number(y[1])
    return one is not None and two is not None and abs(one - two) <= decimal.Decimal("1e-7") * max(abs(one), abs(two))


def equal_json(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(equal_json(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(equal_json, a, b))
    return a == b


def equal_items(line, item):
    if "json" not in item:
        return equal_values(line, item["text"])
    try:
        return equal_json(json.loads(line), item["json"])
    except ValueError:
        return False


# The order of these is not defined.
unordered = re.compile(r"children|descendants|distinct|union|\||intersect|exclude|repeat|split\(''")


def same(lines, answer, expression):
    if lines is None or "error" in answer:
        return (lines is None) == ("error" in answer)
    items = answer["items"]
    if "\n".join(lines) == "\n".join(item.get("text", "") for item in items) and lines:
        return True  # texts of many lines
    if len(lines) != len(items):
        return False
    if not unordered.search(expression):
        return all(map(equal_items, lines, items))
    left = list(lines)
    for item in items:
        match = next((line for line in left if equal_items(line, item)), None)
        if match is None:
            return False
        left.remove(match)
    return True


begun = time.monotonic()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    asked = pool.submit(theirs)
    own = list(pool.map(ours, questions))
    answers = asked.result()
equal = 0
for question, (lines, fault), answer in zip(questions, own, answers):
    file, expression = question
    good = same(lines, answer, expression)
    equal += good
    listed = question in known or (file.split("-")[0], expression) in known
    excused = not good and lines is not None and any(part in answer.get("error", "") for part in known_errors)
    mine = f"error: {fault}" if lines is None else lines
    their = f"error: {answer['error']}" if "error" in answer else [item.get("text", item.get("json")) for item in answer["items"]]
    if words:
        print(f"{file} {expression}\n    ours   {mine}\n    theirs {their}")
    elif only_new:
        if not good and not excused and not listed:
            print(f"{file}\t{expression}\tours {str(mine)[:200]} theirs {str(their)[:200]}")
    elif question in known:
        check(not good, f"{expression} on {file} is listed as different and is not")
    else:
        check(good or excused or listed, f"{expression} on {file}: ours {str(mine)[:200]}, theirs {str(their)[:200]}")
finish("peers fhirpath", f"{len(questions)} expressions, {equal} equal, {len(known)} known differences, {time.monotonic() - begun:.0f} s")
