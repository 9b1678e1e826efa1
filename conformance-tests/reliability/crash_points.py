# SPDX-License-Identifier: Apache-2.0
"""Stops the disk at the first, second, third... change of six kinds of work and of every upgrade and looks at what is left (O-01, O-02, O-03, O-04, O-14).

The work is done by the store's test program, which brings a disk of its own (src/store/sql/faulty_disk_fixture.h) and stands beside
the program under test in its build folder."""
import os
import pathlib
import re
import subprocess

from trial import finish, run, say, seconds, seed, that

program = pathlib.Path(os.environ["ANDIRON"]).parent.parent / "store" / "store_test"
told = []


def crash_points():
    if not os.access(program, os.X_OK):
        return that(False, f"{program} is not there; build the target store_test of the same build")
    # The short form takes every thirteenth point, another one with another seed.
    environment = {**os.environ, "ANDIRON_CRASH_SEED": str(seed), "ANDIRON_CRASH_SECONDS": str(int(seconds)), "ANDIRON_CRASH_STRIDE": "1" if seconds else "13"}
    half = [subprocess.Popen([str(program), "-ts=store/relational/crash_points,store/sql/faulty_disk", f"-tc={cases}*"], env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True) for cases in ("O-01", "O-03")]
    for one in half:
        output = one.communicate()[0]
        found = re.search(r"(crashes|refusals): .*", output)
        told.append(found[0] if found else "nothing was said")
        say(told[-1])
        if not that(one.returncode == 0 and found, "O-01 O-02 O-03 O-04 O-14: what was acknowledged is there after every stop"):
            say("\n".join(line[:600] for line in output.splitlines()[:60]))


run([crash_points])
finish("crash_points", "O-01 O-02 O-03 O-04 O-14: " + "; ".join(told))
