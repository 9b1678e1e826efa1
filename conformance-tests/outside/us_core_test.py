# SPDX-License-Identifier: Apache-2.0
"""The suite us-core against a fresh Andiron, with the package installed in it and without: everything SHALL holds, and the reference data are
gone afterwards.

The package is packages/hl7.fhir.us.core-6.1.0.tgz of the folder $ANDIRON_SHARED or ../shared beside the repository; without it there is nothing to do
but to see that the suite says so."""
import pathlib
import re
import subprocess
import tempfile

from andiron import PROGRAM, ROOT, Andiron, checks, finish, run, that
from scoreboard import shared

PACKAGE = shared / "packages/hl7.fhir.us.core-6.1.0.tgz"
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="andiron-us-core-"))


def call(server, *words):
    return subprocess.run([PROGRAM, "test", "--target", server.base, "--suite", "us-core", *words], capture_output=True, text=True, timeout=400, cwd=FOLDER)


def sums(said):
    """Of the suite's line in the summary: tests, pass, warning, skip, limit, fail, error."""
    line = re.search(r"^ *us-core +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+) +(\d+)", said.stdout, re.M)
    return tuple(map(int, line.groups())) if line else (0,) * 7


def stored(server):
    return int(server.client().get("/?_summary=count").json["total"])


def without_the_package():
    with Andiron() as server:
        said = call(server)
        that(said.returncode == 0 and sums(said)[3] == 1, f"without the package the suite is skipped: {said.stdout} {said.stderr}")


def judged(config, *words):
    with Andiron(config=config) as server:
        before = stored(server)
        said = call(server, "--package", str(PACKAGE), "--report", str(FOLDER / "report"), *words)
        tests, passed, warned, skipped, limits, failed, errors = sums(said)
        that(said.returncode == 0 and failed == errors == limits == 0, f"everything that US Core demands is there: {said.stdout[-3000:]} {said.stderr}")
        that(tests >= 800 and passed >= 0.9 * (tests - skipped), f"hundreds of tests, nearly all of them tried and passed: {sums(said)}")
        that(stored(server) == before, f"what was made is gone: {before}, {stored(server)}")
        return warned, skipped


def with_the_package():
    judged(None)
    config = FOLDER / "andiron.toml"
    config.write_text(f'[packages]\nfiles = ["{PACKAGE}"]\n')
    warned, skipped = judged(str(config), "--scoreboard", str(ROOT / "conformance-tests/scoreboard.tsv"))
    that(warned <= 26 and skipped <= 9, f"what the package brings is searched by; only profiles are not named: {warned} warnings, {skipped} skipped")


without_the_package()
if PACKAGE.exists():
    run([with_the_package])
else:
    print("  us core: the package is not here (packages/hl7.fhir.us.core-6.1.0.tgz in $ANDIRON_SHARED)")
finish("us core", f"{checks()} checks")
