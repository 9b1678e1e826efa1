# SPDX-License-Identifier: Apache-2.0
"""Runs the groups, a few at a time, and holds what ran against the ledger."""
import collections
import concurrent.futures
import time

import rows

GROUPS = {"A": 30, "B": 10, "C": 22, "D": 16, "E": 20, "F": 26, "G": 46, "H": 34, "I": 34, "J": 14, "K": 14, "L": 12, "M": 14, "N": 16, "O": 16}
LEDGER = rows.HERE / "bad-inputs.tsv"


def files():
    """The files with rows, those that wait most first."""
    found = [path.stem for path in sorted(rows.HERE.glob("[a-o]_*.py"))]
    return sorted(found, key=lambda name: name[0] not in "abi")


def ledger():
    """id -> (state, where, note)."""
    lines = [line.split("\t") for line in LEDGER.read_text().splitlines() if line and not line.startswith("#")]
    return {fields[0]: (fields + ["", ""])[1:4] for fields in lines[1:]}


def accounts(ran):
    """What is wrong with the ledger: every id is there once, what it calls tested ran, what ran it calls tested."""
    wanted = {f"{letter}-{n:02}" for letter, count in GROUPS.items() for n in range(1, count + 1)}
    names = [line.split("\t")[0] for line in LEDGER.read_text().splitlines()[1:] if line]
    known = ledger()
    for name in sorted(wanted - set(known)):
        yield f"{name} is not in the ledger"
    for name in sorted(set(known) - wanted) + [name for name, count in collections.Counter(names).items() if count > 1]:
        yield f"{name} stands in the ledger and is no row, or stands there twice"
    for name, (state, where, _) in known.items():
        if state not in ("tested", "waits") or not where:
            yield f"{name} is neither tested somewhere nor waits for something"
        elif state == "waits" and name in ran:
            yield f"{name} ran, but the ledger says that it waits"
        elif state == "tested" and where.endswith(".py") and "/" not in where and name not in ran:
            yield f"{name} did not run, but the ledger says that it is tested in {where}"
        elif state == "tested" and "/" in where:
            place = rows.HERE.parent.parent / where
            texts = [path.read_text(errors="replace") for path in ([place] if place.is_file() else place.rglob("*.*")) if path.is_file()] if place.exists() else []
            if not any(name in text for text in texts):
                yield f"{name}: {where} does not name it"
    for name in sorted(set(ran) - set(known)):
        yield f"{name} ran and is not in the ledger"


def main(wanted):
    begun = time.monotonic()
    wrong, ran = [], {}
    with concurrent.futures.ProcessPoolExecutor(3) as pool:
        groups = {pool.submit(rows.run_group, name, wanted): name for name in files()}
        for group in concurrent.futures.as_completed(groups):
            try:
                found = group.result()
            except Exception as error:
                wrong.append(f"{groups[group]}: {type(error).__name__}: {error}")
                continue
            for row in found:
                ran[row["id"]] = row
                wrong += row["wrong"]
    for row in sorted(ran.values(), key=lambda row: row["id"]) if wanted else []:
        print(f"  {row['id']} {row['checked']:5} checks {row['seconds']:6.1f} s")
    if not wanted:
        wrong += accounts(ran)
    for text in wrong:
        print(f"  WRONG: {text}", flush=True)
    states = ledger()
    waiting = collections.Counter(where for state, where, _ in states.values() if state == "waits")
    print("  waits for: " + ", ".join(f"{where} {count}" for where, count in waiting.most_common()))
    slow = ", ".join(f"{row['id']} {row['seconds']:.0f} s" for row in sorted(ran.values(), key=lambda row: -row["seconds"])[:5])
    print(f"  the longest: {slow}")
    print(f"  bad input: {len(ran)} rows ran, {sum(state == 'tested' for state, *_ in states.values())} tested and {sum(waiting.values())} waiting of "
          f"{sum(GROUPS.values())}, {sum(row['checked'] for row in ran.values())} checks, {len(wrong)} wrong, {time.monotonic() - begun:.0f} s", flush=True)
    raise SystemExit(1 if wrong else 0)
