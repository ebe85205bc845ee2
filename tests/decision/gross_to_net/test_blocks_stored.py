"""A stored report reads back exactly with every block, and one stored before there were any still loads."""

from __future__ import annotations

import dataclasses
import json

from experiments.decision.analyse import build_report
from experiments.decision.report import Report
from tests.gross_to_net_blocks import every_block


def test_every_block_reads_back_exactly(build):
    report = dataclasses.replace(build_report(build({"entry": {"cross": 0.125}})), gross_to_net=every_block("entry"))
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert Report.from_dict(plain) == report
    assert plain["waterfall"]["net"]["value"] == report.waterfall.net.value
    assert [step["key"] for step in plain["waterfall"]["steps"]] == [
        "gross", "up_sell", "other_families", "channel", "pull_forward", "service",
    ]  # fmt: skip


def test_a_report_of_an_older_version_loads_without_blocks(build):
    plain = build_report(build({"entry": {"cross": 0.125}})).to_dict()
    del plain["gross_to_net"], plain["waterfall"]
    older = Report.from_dict(plain)
    assert older.gross_to_net is None
    assert older.waterfall is None
