# SPDX-License-Identifier: Apache-2.0
# Runs alone: it judges how long answers take.
"""The list of bad inputs: each row of bad-inputs/ that can be tested today runs, and bad-inputs.tsv accounts for all of them. Arguments
are the beginnings of ids ("A C-0" runs group A and C-01 to C-09)."""
import sys

from andiron import ROOT

sys.path.insert(0, str(ROOT / "conformance-tests/bad-inputs"))

import everything  # noqa: E402

if __name__ == "__main__":
    everything.main(sys.argv[1:])
