"""Simulate every study, print the table and write it into the documentation; exit status 1 on a broken promise."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.calibration.rows import STANDARD_ERRORS, table
from tests.calibration.studies import STUDIES, simulate

TARGET = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"

TEXT = """# Calibration

Simulated experiments, analysed by the product's own functions: how often do they say what they should not, how often
do their intervals cover the truth, and does a planned test have the power that was planned? Seeds are fixed, so the
table can be made again with `make calibrate`.

"Kept" means that the share seen lies within {errors:g} Monte-Carlo standard errors of the promise, or not further above
it where the promise is an upper bound (≤). The row "5 looks, no boundary" is there for contrast: its promise is the
published error rate of peeking.

Sizes are given as control : variant. The harm boundary carries no correction for looks: each look has a one-sided .01,
the last one .025, and the boundary of the decision counts where it is the lower one. Its promise per metric is the
chance to cross it at any look without an effect, which for five looks lies below 5 × .01; several metrics add up.

With few events in the smaller group the plain score form leans to one side. Exact one-sided sizes of 9,000 : 1,000
units, where .025 is promised, are .034 for a guardrail at its margin of 30 % and .032 for a gain, at a rate of 1 % (10
events in the variant). Ours is corrected for skewness and has .025 in both cases, and .024 to .025 at rates of 0.5 to
5 %; `tests/stats/test_score.py` computes such sizes over all counts.

Gross to net: units whose journeys are simulated with a known truth (`experiments/stats/simulate.py`): extra sales,
protected sales taken by them, sales that move from other channels, sales made earlier, and service cost. Every step,
the net, the rate and the retained share are held against that truth, and the decision against it at each of two
looks. A set of the retained share without bounds counts as covering.

<a id="opportunities"></a>
Opportunities: traffic in which people of one kind buy the same everywhere but for three planted gaps
(`experiments/insight/opportunities/simulate.py`), and a page that mostly strangers open, which looks like a gap at
nearly every cell and is none. Cells whose benchmark has a planted gap of its own are left out.

From raw events (`tests/calibration/worlds.py`): a world is some 24,000 messages of 5,100 people, told to a database of
its own through the doors real events come by: what the CRM knows, earlier visits, page views of which half come from a
browser whose customer is told later, orders, copies of orders, orders given back, orders after the window. They are
accepted, projected and counted by the one question the worker asks; nothing is handed to the finder. Customers who
hold mobile only buy seven tenths less TV on the TV pages, those with broadband too four tenths less, and strangers open
the help pages. "No gap" are all other cells that can be compared. The rows below are of 30 November 2026
(`python -m tests.calibration --only opportunities_raw`, 300 worlds, 7 minutes of CPU time).

<a id="agents"></a>
Agents: those of a contact centre differ, so that a tenth of the variance of a contact's seconds lies between them.
Where customers are drawn, agents serve both variants and the analysis per customer keeps its level. Where agents are
drawn, the analysis per agent (seconds over contacts, by the delta method) keeps it from ten agents a variant on; the
row "per contact" is there for contrast, and its promise is the error rate that the design effect 1 + (m − 1) ρ
predicts. Reports of tests of agents: the whole report, with contacts whose number differs between agents (lognormal,
spread half of the mean), sales per contact without an effect and handling time longer by just the margin; one-sided.

{table}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all studies; 0 where every promise was kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument("--small", action="store_true", help="few runs, as in every test session")
    parser.add_argument("--output", type=Path, default=None, help=f"file to write (default without --small: {TARGET})")
    parser.add_argument("--only", choices=sorted(STUDIES), help="one study; its table is printed, not written")
    options = parser.parse_args(arguments)
    rows = [
        row for name in ([options.only] if options.only else STUDIES) for row in simulate(name, small=options.small)
    ]
    print(table(rows))
    target = options.output or (None if options.small or options.only else TARGET)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(TEXT.format(errors=STANDARD_ERRORS, table=table(rows)), encoding="utf-8")
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
