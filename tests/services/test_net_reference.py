"""Every number between gross and net against pandas and statsmodels on the rows of the slow reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.optimize import brentq
from sqlalchemy import Engine, select
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from experiments.decision.gross_to_net.block import GrossToNet, VariantNet
from experiments.decision.gross_to_net.build import gross_to_net
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.waterfall import STEPS
from experiments.domain.channel import Channel
from experiments.domain.holding import Relation
from experiments.domain.net_plan import NetPlan, SaleSet
from experiments.services.columns import load_codes
from experiments.services.net_input import Asked, net_data
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.engines import reading
from experiments.store.tables import PhaseRow
from tests.reference.feed import feed, micros
from tests.reference.net_world import make_net_world
from tests.reference.slow_net import Declared, NetReference
from tests.reference.world import START

CUT = START + timedelta(days=25)
PER, MINOR = 1000, 100
COLUMNS = ("PE", "PX", "PL", "U", "O", "S")
PLAN = NetPlan(
    promoted=SaleSet(relations=(Relation.CROSS, Relation.NEW, Relation.UNKNOWN)),
    channels=(Channel.WEB,),
    horizon_days=9,
    early_days=5,
    return_days=5,
    second_cost={Channel.PHONE: 1.25},
    sale_cost={Channel.PHONE: 900.0, Channel.STORE: 1_500.0},
    currency="EUR",
)


@dataclass(frozen=True)
class Case:
    """The block of a world, and the rows it was made of."""

    block: GrossToNet
    mine: VariantNet
    rows: pd.DataFrame

    def arms(self, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
        """A column of control and treatment."""
        treated = self.rows["variant"] == "treatment"
        return values[~treated].to_numpy(float), values[treated].to_numpy(float)

    def difference(self, values: pd.Series, bar: float = 0.95) -> tuple[float, float, float]:
        """Difference of means with statsmodels' interval, variances not pooled."""
        control, treated = self.arms(values)
        lo, hi = CompareMeans(DescrStatsW(treated), DescrStatsW(control)).zconfint_diff(1 - bar, usevar="unequal")
        return treated.mean() - control.mean(), lo, hi


@pytest.fixture(scope="module")
def world():
    return make_net_world(21, unit="customer")


def test_every_number_is_that_of_the_reference_and_the_steps_add_up(engine, world):
    feed(engine, world, "customer", CUT + timedelta(days=20))
    for options in ({}, {"cap": 20_000.0}, {"covariate_days": 6}, {"cap": 20_000.0, "covariate_days": 6}):
        case = _case(engine, world, replace(PLAN, **options))
        _check_sum(case)
        assert bool(case.mine.waterfall.bar.covariates) == ("covariate_days" in options)
        if "covariate_days" in options:
            _check_lin(case)
            continue
        _check_waterfall(case)
        _check_rate(case)
        _check_matrices(case)
        _check_curve(case)
        _check_service(case)
        _check_segments(case)


def test_a_cohort_too_young_is_read_over_the_early_window(engine, world):
    """No unit has closed the horizon: no pull-forward, and the sum of the rest is no net."""
    cut = START + timedelta(days=15)
    feed(engine, world, "customer", cut)
    plan = replace(PLAN, horizon_days=12)
    case = _case(engine, world, plan, cut=cut, days=5)
    fall = case.mine.waterfall
    assert fall.cohort.young
    assert fall.cohort.days == 5
    step = next(step for step in fall.steps if step.key == "pull_forward")
    assert (step.value, step.status) == (None, "not_measured")
    assert (fall.net.status, fall.net.missing) == ("partial", ("pull_forward",))
    total = sum(step.value for step in fall.steps if step.value is not None)
    assert fall.net.value == pytest.approx(total, abs=1e-9 * abs(total) + 1e-9)
    assert case.mine.curve.status == "not_measured"
    assert fall.cohort.units == {
        "control": len(case.arms(case.rows["PE"])[0]),
        "treatment": len(case.arms(case.rows["PE"])[1]),
    }


def _check_sum(case: Case) -> None:
    fall = case.mine.waterfall
    values = [step.value for step in fall.steps]
    assert None not in values
    assert sum(values) == pytest.approx(fall.net.value, rel=0, abs=1e-9 * max(map(abs, values)))


def _check_waterfall(case: Case) -> None:
    rows, fall = case.rows, case.mine.waterfall
    scale = PER / MINOR
    for step in fall.steps:
        column, sign = STEPS[step.key]
        expected = [scale * value for value in case.difference(sign * rows[column])]
        _close((step.value, step.lo, step.hi), expected)
    net = rows[["PE", "PX", "PL", "U", "O"]].sum(axis=1) - rows["S"]
    _close((fall.net.value, fall.net.lo, fall.net.hi), [scale * value for value in case.difference(net)])
    assert fall.net.status == "ok"
    recurring = rows[["PE", "PX", "PL"]].sum(axis=1) - rows["once:P"]
    halved = next(s for s in fall.sensitivity if (s.lever, s.factor) == ("promoted_months", 0.5))
    _close((halved.value, halved.lo, halved.hi), [scale * v for v in case.difference(net - 0.5 * recurring)])
    even = next(b for b in fall.break_even if b.lever == "promoted_months")
    factor = 1 - case.difference(net)[0] / case.difference(recurring)[0]
    assert even.factor == (pytest.approx(factor, rel=1e-9) if factor >= 0 else None)


def _check_rate(case: Case) -> None:
    """The set of rates that are not rejected, found by trying them out."""
    gained, lost = case.rows["n:P"], case.rows["n:U"]
    rate = case.mine.rate
    _close((rate.promoted.value, rate.promoted.lo, rate.promoted.hi), [PER * v for v in case.difference(gained)])
    _close((rate.protected.value, rate.protected.lo, rate.protected.hi), [PER * v for v in case.difference(lost)])

    def beyond(r: float) -> float:
        value, lo, hi = case.difference(lost + r * gained)
        return value**2 - ((hi - lo) / 2) ** 2

    if rate.kind != "line":
        for root in (rate.lo, rate.hi):
            near = 1e-3 * (1 + abs(root))
            assert brentq(beyond, root - near, root + near, xtol=1e-14) == pytest.approx(root, rel=1e-9)
    worth = [case.rows[c].sum() for c in ("PE", "PX", "PL", "U")]
    expected = (sum(worth[:3]) / gained.sum()) / (worth[3] / lost.sum())
    assert rate.break_even == (pytest.approx(expected, rel=1e-9) if worth[3] > 0 else None)


def _check_matrices(case: Case) -> None:
    family, channel = case.mine.matrices
    for matrix, by in ((family, "held"), (channel, "shown")):
        known = {line.key for line in matrix.rows}
        group = case.rows[by].where(case.rows[by].isin(known), "other")
        assert sum(sum(line.units.values()) for line in matrix.rows) == len(case.rows)
        for cell in (*matrix.cells, *matrix.column_totals):
            inside = case.rows if cell.row == "all" else case.rows[group == cell.row]
            part = replace(case, rows=inside)
            control, treated = part.arms(inside[f"n:{cell.column}"])
            assert (cell.events["control"], cell.events["treatment"]) == (control.sum(), treated.sum())
            assert (cell.status == "grey") == (min(control.sum(), treated.sum()) < 10)
            if cell.status == "ok":
                compared = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
                assert cell.value == pytest.approx(PER * (treated.mean() - control.mean()), rel=1e-9)
                wide = matrix.critical if cell.row != "all" else 1.959963984540054
                assert (cell.hi - cell.lo) / 2 == pytest.approx(
                    PER * wide * compared.std_meandiff_separatevar, rel=1e-9
                )
    assert channel.tested > 0, "the world must fill a cell"
    assert channel.critical >= 1.959963984540054


def _check_curve(case: Case) -> None:
    total = 0.0
    for point in case.mine.curve.points:
        total = total + case.rows[f"d:{point.day}"] if f"d:{point.day}" in case.rows else total
        _close((point.value, point.lo, point.hi), [PER / MINOR * v for v in case.difference(total)])
        assert point.band_lo <= point.lo
        assert point.band_hi >= point.hi
    steps = {step.key: step.value for step in case.mine.waterfall.steps}
    end = steps["gross"] + steps["channel"] + steps["pull_forward"]
    assert case.mine.curve.points[-1].value == pytest.approx(end, rel=1e-9, abs=1e-9)


def _check_service(case: Case) -> None:
    rows = case.rows
    numbers = [c for c in ("n:web", "n:phone", "n:store") if c in rows]
    everything = rows[numbers].sum(axis=1)
    for share in case.mine.digital_share.shares:
        mine = rows["variant"] == share.variant
        assert share.share == pytest.approx(rows["n:web"][mine].sum() / everything[mine].sum(), rel=1e-12)
    seconds = rows[[c for c in rows if c.startswith("seconds:")]].sum(axis=1)
    total = next(total for total in case.mine.kpi.totals if total.key == "handle_seconds")
    assert total.effect.value == pytest.approx(case.difference(seconds)[0], rel=1e-9)
    hit = next(total for total in case.mine.kpi.totals if total.key == "hit_rate")
    assert hit.effect.value == pytest.approx(case.difference(rows["buyer"])[0], rel=1e-9)
    low = rows[[c for c in rows if c.startswith("dissatisfied:")]].sum(axis=1)
    assert case.mine.kpi.dissatisfied.value == pytest.approx(PER * case.difference(low)[0], rel=1e-9)


def _check_segments(case: Case) -> None:
    """Cochran's Q and its weights, from statsmodels' standard errors."""
    test = next(t for t in case.mine.segments if (t.variable, t.measure) == ("channel", "net"))
    net = case.rows[["PE", "PX", "PL", "U", "O"]].sum(axis=1) - case.rows["S"]
    effects, variances = [], []
    for line in test.lines:
        part = replace(case, rows=case.rows[case.rows["shown"] == line.key])
        control, treated = part.arms(net[part.rows.index])
        compared = CompareMeans(DescrStatsW(treated), DescrStatsW(control))
        effects.append(treated.mean() - control.mean())
        variances.append(compared.std_meandiff_separatevar**2)
        assert line.effect.value == pytest.approx(PER / MINOR * effects[-1], rel=1e-9)
    weights = 1 / np.array(variances)
    mean = (weights * effects).sum() / weights.sum()
    assert test.q == pytest.approx(float((weights * (np.array(effects) - mean) ** 2).sum()), rel=1e-9)
    assert test.df == len(test.lines) - 1


def _check_lin(case: Case) -> None:
    """Least squares with the centred covariate fully interacted, one regression per column."""
    treated = (case.rows["variant"] == "treatment").to_numpy(float)
    centred = (case.rows["before"] - case.rows["before"].mean()).to_numpy(float)
    design = np.column_stack([np.ones(len(treated)), treated, centred, treated * centred])
    for step in case.mine.waterfall.steps:
        column, sign = STEPS[step.key]
        fitted = sm.OLS(sign * case.rows[column].to_numpy(float), design).fit()
        assert step.value == pytest.approx(PER / MINOR * fitted.params[1], rel=1e-9, abs=1e-9)


def _case(engine: Engine, world, plan: NetPlan, cut=CUT, days: int | None = None) -> Case:
    with reading(engine) as session:
        experiment = experiment_store.find(session, "entry")
        phase = session.scalars(select(PhaseRow.id)).one()
        asked = Asked(plan, phase, micros(cut), micros(cut), {"control": 0, "treatment": 0})
        data = net_data(session, experiment, asked, load_codes(session), final=False)
    block = gross_to_net(data, "control", {"treatment": Bar(0.95, None)}, early_stop=False)
    assert block.status == "ok", block.reason
    declared = Declared(
        promoted_relations=tuple(relation.value for relation in plan.promoted.relations),
        channels=("web",),
        horizon=days or plan.horizon_days,
        early=plan.early_days,
        returns=plan.return_days,
        second_cost={channel.value: cost for channel, cost in plan.second_cost.items()},
        sale_cost={channel.value: cost for channel, cost in plan.sale_cost.items()},
        cap=plan.cap,
        before=plan.covariate_days,
        day_ends=data.day_ends,
    )
    rows = NetReference(world, "customer", cut, declared).table()
    always = (*COLUMNS, "n:P", "n:U", "once:P", "once:U", "before")
    rows = rows.reindex(columns=[*rows.columns, *(c for c in always if c not in rows)], fill_value=0.0)
    return Case(block, block.variants[0], rows)


def _close(found, expected) -> None:
    size = max(map(abs, expected))
    for value, wanted in zip(found, expected, strict=True):
        assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9 * size + 1e-9)
