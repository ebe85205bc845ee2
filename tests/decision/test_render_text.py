from __future__ import annotations

import csv
import io

from experiments.decision.aligned import aligned
from experiments.decision.analyse import build_report
from experiments.decision.quality import Quality
from experiments.decision.render_text import to_csv, to_rows, to_text

LIFTS = {"entry": {"cross": 0.125, "up": -0.08}}


def test_the_text_says_what_the_page_says(build):
    report = build_report(build(LIFTS, quality=Quality(notes=("Phone sales up to 12 May.",))))
    assert to_text(report) == (
        "Personal entry on TV pages (tv-entry), phase 1, running\n"
        "\n"
        "Do not ship: the gain is taken from up-sell orders\n"
        "Do not ship: up-sell orders fell 8.0% (−11.8 to −4.0; limit 5%) "
        "while cross-sell orders rose 12.5% (7.3 to 17.9).\n"
        "\n"
        "Visitors: Control 100,000 exposed, 100,000 mature; Entry 100,000 exposed, 100,000 mature\n"
        "Split: ok (p = 1), look 1 of 1, data until 12 May 2026\n"
        "\n"
        "Entry against Control\n"
        "Metric               Role       Control  Variant  Change (interval)      Level, form  Limit  Verdict\n"
        "-------------------  ---------  -------  -------  ---------------------  -----------  -----  --------\n"
        "Cross-sell orders    goal         3.15%    3.54%  +12.5% (7.3 to 17.9)   95% fieller         ▲ Better\n"
        "Up-sell orders       guardrail    4.26%    3.92%  −8.0% (−11.8 to −4.0)  95% fieller  5%     ✕ Broken\n"
        "Calls within 7 days  guardrail    5.89%    5.89%  0.0% (−3.4 to 3.6)     95% fieller  5%     ✓ Holds\n"
        "\n"
        "Notes\n"
        "- Phone sales up to 12 May.\n"
    )


def test_repeated_intervals_are_named(build, look):
    assert "95% fieller (repeated)" in to_text(build_report(build({"entry": {"cross": 0.125}}, looks=look(3))))


def test_between_looks_the_table_is_empty_but_for_names_and_limits(build, look):
    text = to_text(build_report(build(LIFTS, looks=look(2, is_look=False))))
    assert "between looks" in text
    assert "12.5" not in text
    assert "3.54" not in text


def test_rows_carry_unrounded_numbers(build):
    report = build_report(build(LIFTS))
    rows = to_rows(report)
    assert rows[0]["relative_effect"] == report.metrics[0].relative.point
    assert rows[1]["bound"] == report.metrics[1].noninferiority.bound
    assert (rows[1]["verdict"], rows[1]["action"]) == ("broken", "cannibalising")


def test_csv_reads_back_and_leaves_cells_empty_where_there_is_no_number(build):
    report = build_report(build({"entry": {}}, n=200))
    read = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert [row["metric"] for row in read] == ["cross-sell", "up-sell", "calls"]
    assert read[0]["relative_lo"] == ""
    assert float(read[2]["relative_hi"]) == report.metrics[2].relative.hi


def test_columns_line_up():
    assert aligned([("a", "b"), ("long", "1")], right=(1,)) == ["a     b", "----  -", "long  1"]
