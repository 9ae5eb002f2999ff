"""Verifies one copy of a ledger after another with tools/verify_ledger.py, in one process.

Reads lines of JSON, the arguments of `verify`, and answers each with a line, its report. What the first copy
begins with is not walked again in later ones, if it is the same bytes; {"anew": true} walks all of a copy.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools"))

import verify_ledger  # noqa: E402


class Known(dict):
    def setdefault(self, *_):
        """Only the first copy, which is as it was written, is known."""


known = {}
for line in sys.stdin:
    asked = json.loads(line)
    is_anew = asked.pop("anew")
    report = verify_ledger.verify(**asked, given_lines=[], kept=[], known=None if is_anew else known)
    known = known if is_anew else Known(known)
    print(json.dumps(report), flush=True)
