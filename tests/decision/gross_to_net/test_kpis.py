"""Handling time, hit rate and satisfaction are judged per unit, and answers only where responding is alike."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.decision.gross_to_net.block import Declared
from experiments.decision.gross_to_net.data import Arms, BlockMoments, NetData, NetGroup
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.kpis import kpi_triangle
from experiments.decision.gross_to_net.service import KpiKey, KpiTotal, KpiTriangle
from experiments.stats.moments import Moments

N = 2_000
DECLARED = Declared(("tv",), ("cross",), (), ("up",), ("web",), 14, 7, 7, "EUR", None, 0, {}, ())
COLUMNS = (
    "contacts:phone", "seconds:phone", "buyer", "responded", "answers:phone", "score:phone", "dissatisfied:phone",
)  # fmt: skip


def group(variant: str, *, calls: int, buyers: int, content: int, discontent: int) -> NetGroup:
    """The first of 2,000 units call for 300 seconds, buy, or answer with 5, and the next ones with 1."""
    unit = np.arange(N)
    called, bought = unit < calls, unit < buyers
    answered, low = unit < content + discontent, (unit >= content) & (unit < content + discontent)
    score = np.where(low, 1.0, 5.0) * answered
    rows = np.column_stack([called, 300.0 * called, bought, answered, answered, score, low]).astype(float)
    return NetGroup(variant, "none", "web", {"service": BlockMoments.of(Moments.from_rows(rows, COLUMNS))})


def triangle(**entry: int) -> KpiTriangle:
    usual = {"calls": 800, "buyers": 200, "content": 600, "discontent": 200}
    groups = (group("control", **usual), group("entry", **{**usual, **entry}))
    data = NetData(DECLARED, "customer", groups=groups, channels=(("phone", "Phone"),))
    return kpi_triangle(Arms(data, "control", "entry"), Bar(0.95, None))


def of(found: KpiTriangle, key: KpiKey) -> KpiTotal:
    return next(total for total in found.totals if total.key == key)


def test_fewer_calls_and_more_buyers_are_better() -> None:
    found = triangle(calls=600, buyers=280)
    seconds, hits = of(found, "handle_seconds"), of(found, "hit_rate")
    assert (seconds.verdict, seconds.effect.control, seconds.effect.variant) == ("better", 120, 90)
    assert (hits.verdict, hits.effect.control, hits.effect.variant) == ("better", 0.1, 0.14), (
        "of all units, not of calls"
    )
    assert of(found, "csat").verdict == "not_shown"


def test_where_responding_differs_satisfaction_is_not_testable_and_its_bounds_are_wide() -> None:
    """The discontent of the variant keep silent: those who answer are happier, and nobody is."""
    found = triangle(discontent=0)
    csat = of(found, "csat")
    assert (csat.verdict, csat.effect.status, csat.effect.lo) == ("not_testable", "not_testable", None)
    assert (csat.effect.control, csat.effect.variant) == (pytest.approx(4.0), pytest.approx(5.0))
    # 40 % answer in control with 4.0 on average, 30 % in the variant with 5.0; silent are 60 % and 70 %.
    worst, best = (0.3 * 5 + 0.7 * 1) - (0.4 * 4 + 0.6 * 5), (0.3 * 5 + 0.7 * 5) - (0.4 * 4 + 0.6 * 1)
    assert found.csat_worst == (pytest.approx(worst), pytest.approx(best))
    assert found.dissatisfied.value == pytest.approx(-100), "dissatisfied answers per 1,000 units stand beside it"
    assert not found.mixed


def test_where_few_answer_satisfaction_is_not_testable() -> None:
    few = {"calls": 800, "buyers": 200, "content": 100, "discontent": 50}
    groups = (group("control", **few), group("entry", **few))
    data = NetData(DECLARED, "customer", groups=groups, channels=(("phone", "Phone"),))
    csat = of(kpi_triangle(Arms(data, "control", "entry"), Bar(0.95, None)), "csat")
    assert csat.verdict == "not_testable"
