# SPDX-License-Identifier: Apache-2.0
"""Suites from outside: where they lie, and the list of what passes, which may only improve.

A suite is read from suites/NAME of the folder $ANDIRON_SHARED or ../shared beside the repository. Its scoreboard is
conformance-tests/scoreboard/NAME.tsv: a line for each case, with its result and, when it does not pass, the reason."""
import os
import pathlib
import sys

from andiron import ROOT, SHARED, check

shared = pathlib.Path(os.environ.get("ANDIRON_SHARED", SHARED))
if not shared.is_dir():
    shared = ROOT.parent.parent / "shared"


def suite(path, what):
    """The file or folder of the suite; ends the program in peace when it is not here."""
    found = shared / "suites" / path
    if not found.exists():
        print(f"  {what}: not here, nothing done (suites/{path} in $ANDIRON_SHARED)")
        raise SystemExit(0)
    return found


def read_board(name, keys=1, columns=3):
    """Of scoreboard/NAME.tsv: the first columns (one, or a tuple of several) -> the others, the last of them the reason."""
    file, board = ROOT / f"conformance-tests/scoreboard/{name}.tsv", {}
    for line in file.read_text().splitlines() if file.is_file() else []:
        if line and not line.startswith("#"):
            row = line.split("\t")
            row += [""] * (columns - len(row))
            board[row[0] if keys == 1 else tuple(row[:keys])] = tuple(row[keys:])
    return board


def write_board(name, head, rows):
    file = ROOT / f"conformance-tests/scoreboard/{name}.tsv"
    note = f"{head}\treason. Made by {pathlib.Path(sys.argv[0]).name} --write; a difference needs a reason, and a line may only improve."
    file.write_text("".join("\t".join(row).rstrip() + "\n" for row in [("# " + note,), *rows]))
    print(f"  written: {file.relative_to(ROOT)}")


def settle(name, results, said, write, reasons=None):
    """Compares the results (case -> "pass", "differs" or "left out") with the scoreboard, or writes it. `said`: what came back;
    `reasons`: of those that the test itself knows."""
    board, reasons = read_board(name), reasons or {}
    if write:
        write_board(name, "case\tresult", [(case, result, "" if result == "pass" else reasons.get(case) or board.get(case, ("", ""))[1])
                                           for case, result in results.items()])
        return
    for case, result in results.items():
        stood, reason = board.get(case, ("missing", ""))
        check(result == "pass" or stood in ("differs", "left out"), f"{case}: got worse; {said.get(case)}")
        check(result == stood or result != "pass", f"{case}: got better; write it down with --write")
        check(result == "pass" or reason, f"{case}: differs without a reason in the scoreboard; {said.get(case)}")
