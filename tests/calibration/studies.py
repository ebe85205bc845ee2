"""The studies: each simulates experiments and counts what the product would have said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, product

import numpy as np

from experiments.stats import alwaysvalid, boundaries, effects, noninferiority, normal, power, srm
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from tests.calibration.agents import agent_reports, agents
from tests.calibration.few_events import few_events, joint_few_events
from tests.calibration.gross_to_net import gross_to_net, net_verdicts
from tests.calibration.harm import false_harm
from tests.calibration.levels import ALPHA, LOOKS, MARGIN, covers, significant
from tests.calibration.opportunities import opportunities
from tests.calibration.opportunities_raw import opportunities_raw
from tests.calibration.populations import POPULATIONS, RATE, Population, Random
from tests.calibration.rows import Row
from tests.calibration.small_samples import small_adjusted


@dataclass(frozen=True)
class Study:
    """A study with its number of simulated experiments.

    Attributes:
        run: simulates so many experiments and reports rows.
        runs: experiments per case in the full run.
        small: experiments per case in the small run of every test session.
    """

    run: Callable[[Random, int], Iterator[Row]]
    runs: int
    small: int


def fixed_sample(random: Random, runs: int) -> Iterator[Row]:
    """Error rate without effect, coverage with one, and the error rate of non-inferiority at the margin."""
    for population in POPULATIONS:
        yield from _fixed_sample(population, random, runs)


def _fixed_sample(population: Population, random: Random, runs: int) -> Iterator[Row]:
    lift, wrong, covered, covered_lift, passed = 0.10, 0, 0, 0, 0
    for _ in range(runs):
        control = population.draw(random, population.n_control, 0.0)
        same, better, worse = (population.draw(random, population.n_variant, x) for x in (0.0, lift, -MARGIN))
        null = effects.absolute(population.measure, control, same)
        wrong += significant(null)
        covered += covers(effects.absolute(population.measure, control, better), lift * population.value)
        covered_lift += covers(effects.relative(population.measure, control, better), lift)
        passed += noninferiority.relative(population.measure, control, worse, MARGIN).holds
    study, name = "no looks", population.name
    yield Row(study, f"{name}, no effect", "significant", 2 * ALPHA, "equal", wrong, runs)
    yield Row(study, f"{name}, +10 %", "absolute interval covers", 1 - 2 * ALPHA, "equal", covered, runs)
    yield Row(study, f"{name}, +10 %", "Fieller interval covers", 1 - 2 * ALPHA, "equal", covered_lift, runs)
    yield Row(study, f"{name}, −10 % at a margin of 10 %", "guardrail holds", ALPHA, "equal", passed, runs)


def planned_looks(random: Random, runs: int) -> Iterator[Row]:
    """Five looks: with the boundary the level is kept; without it the published price of peeking is paid."""
    critical = boundaries.critical_values(boundaries.equally_spaced(LOOKS), ALPHA)
    stopped = peeked = 0
    for _ in range(runs):
        arms = [_looks([RATE.draw(random, 4000, 0.0) for _ in range(LOOKS)]) for _ in range(2)]
        found = [effects.absolute(RATE.measure, c, t, z) for c, t, z in zip(*arms, critical, strict=True)]
        stopped += any(not covers(effect, 0.0) for effect in found)
        peeked += any(significant(effect) for effect in found)
    naive = boundaries.exit_probabilities(boundaries.equally_spaced(LOOKS), [normal.upper_quantile(ALPHA)] * LOOKS)
    case = "rate 5 %, 2 × 4,000 a look, no effect"
    yield Row("5 planned looks", case, "significant at any look", 2 * ALPHA, "equal", stopped, runs)
    yield Row("5 looks, no boundary", case, "significant at any look", sum(naive.by_look), "equal", peeked, runs)


def _looks(parts: list[Moments]) -> list[Moments]:
    return list(accumulate(parts))


def joint_rule(random: Random, runs: int) -> Iterator[Row]:
    """Ship where goal and guardrail pass at the same look, at each corner of "must not ship"."""
    corners = {
        "no gain, guardrail untouched": (0.0, 0.0),
        "no gain, guardrail at the margin": (0.0, -MARGIN),
        "large gain, guardrail at the margin": (0.5, -MARGIN),
    }
    critical = boundaries.critical_values(boundaries.equally_spaced(LOOKS), ALPHA, sides=1)
    for (name, lifts), rho in product(corners.items(), (-0.3, 0.0, 0.3)):
        shipped = sum(_ships(random, lifts, rho, critical) for _ in range(runs))
        case = f"{name}, correlation {rho:+.1f}"
        yield Row("joint rule, 5 looks", case, "shipped", ALPHA, "at_most", shipped, runs)


def _ships(random: Random, lifts: tuple[float, float], rho: float, critical: tuple[float, ...]) -> bool:
    goal, guardrail = Measure("mean", "goal"), Measure("mean", "guardrail")
    arms = [_looks([_pair(random, 250, shift, rho) for _ in critical]) for shift in ((0.0, 0.0), lifts)]
    for control, variant, z in zip(*arms, critical, strict=True):
        gain = effects.absolute(goal, control, variant, z)
        if gain.lo is not None and gain.lo > 0:
            held = noninferiority.relative(guardrail, control, variant, MARGIN, alpha=ALPHA, critical=z)
            if held.holds:
                return True
    return False


def _pair(random: Random, n: int, lifts: tuple[float, float], rho: float) -> Moments:
    first = random.normal(size=n)
    second = rho * first + (1 - rho**2) ** 0.5 * random.normal(size=n)
    values = np.column_stack([1.0 + lifts[0] + first, 1.0 + lifts[1] + second])
    return Moments.from_rows(values, ("goal", "guardrail"))


def planned_power(random: Random, runs: int) -> Iterator[Row]:
    """A planned test with looks ships as often as the plan says when its planned effects are true."""
    goal = power.GoalSpec("goal", "rate", 0.05, effect_relative=0.10)
    guardrail = power.GuardrailSpec("guardrail", "rate", 0.08, margin=0.06)
    plan = power.plan(goal, [guardrail], 50_000, looks=LOOKS)
    n = -(-plan.joint.arms.control // LOOKS)
    critical = boundaries.critical_values(boundaries.equally_spaced(LOOKS), ALPHA, sides=1)
    passed = [
        _passes(random, n, critical, runs, baseline, lift, margin)
        for baseline, lift, margin in ((0.05, 0.10, 0.0), (0.08, 0.0, 0.06))
    ]
    shipped = int((passed[0] & passed[1]).any(axis=1).sum())
    case = f"goal +10 %, guardrail unchanged, 2 × {n * LOOKS:,} units"
    yield Row("planned power, joint rule, 5 looks", case, "shipped", 0.80, "equal", shipped, runs)
    size = power.sample_size(goal).arms.control
    found = _passes(random, size, (normal.upper_quantile(ALPHA),), runs, 0.05, 0.10, 0.0)
    case = f"goal +10 %, 2 × {size:,} units"
    yield Row("planned power, goal alone", case, "significant gain", 0.80, "equal", int(found.sum()), runs)


def _passes(
    random: Random, n: int, critical: tuple[float, ...], runs: int, baseline: float, lift: float, margin: float
) -> np.ndarray:
    """Whether m_t − (1 − margin) m_c passes its boundary, shape (runs, looks); margin 0 is superiority."""
    looks = len(critical)
    units = n * np.arange(1, looks + 1)
    c = np.cumsum(random.binomial(n, baseline, (runs, looks)), axis=1) / units
    t = np.cumsum(random.binomial(n, baseline * (1 + lift), (runs, looks)), axis=1) / units
    weight = 1 - margin
    z = (t - weight * c) / np.sqrt((t * (1 - t) + weight**2 * c * (1 - c)) / units)
    return np.asarray(z > np.asarray(critical))


def always_valid(random: Random, runs: int) -> Iterator[Row]:
    """Fifty looks whenever one likes: the sequence keeps its level, a fixed interval does not."""
    looks, step = 50, 500
    units = 2 * step * np.arange(1, looks + 1)
    planned = int(units[-1])
    c, t = (np.cumsum(random.binomial(step, 0.10, (runs, looks)), axis=1) / (units / 2) for _ in range(2))
    z = np.abs(t - c) / np.sqrt((t * (1 - t) + c * (1 - c)) / (units / 2))
    for sides in (2, 1):
        critical = np.array([alwaysvalid.critical_value(n, planned, 0.05, sides) for n in units])  # type: ignore[arg-type]
        found = z if sides == 2 else np.where(t < c, z, 0.0)
        case = f"rate 10 %, 2 × 500 units a look, no effect, {sides}-sided"
        stopped = int((found >= critical).any(axis=1).sum())
        yield Row("always-valid, 50 looks", case, "significant at any look", 0.05, "at_most", stopped, runs)


def split_watch(random: Random, runs: int) -> Iterator[Row]:
    """The sequential split test on a fair split, watched daily for four weeks."""
    days, alarms, crossings = 28, 0, 0
    for _ in range(runs):
        units = random.poisson(800, days)
        first = random.binomial(units, 0.5)
        smallest = srm.sequential(np.column_stack([first, units - first]).tolist(), [1, 1]).p
        alarms += smallest < 0.001
        crossings += smallest < 0.05
    case = "fair split, 28 days of 800 units"
    yield Row("sequential split test", case, "alarm (p < .001) on any day", 0.001, "at_most", alarms, runs)
    yield Row("sequential split test", case, "p < .05 on any day", 0.05, "at_most", crossings, runs)


STUDIES: dict[str, Study] = {
    "fixed_sample": Study(fixed_sample, 4000, 300),
    "small_adjusted": Study(small_adjusted, 4000, 200),
    "few_events": Study(few_events, 4000, 100),
    "joint_few_events": Study(joint_few_events, 3000, 60),
    "planned_looks": Study(planned_looks, 6000, 600),
    "false_harm": Study(false_harm, 4000, 150),
    "joint_rule": Study(joint_rule, 2500, 120),
    "planned_power": Study(planned_power, 40_000, 10_000),
    "always_valid": Study(always_valid, 20_000, 2000),
    "split_watch": Study(split_watch, 20_000, 1000),
    "gross_to_net": Study(gross_to_net, 1000, 25),
    "net_verdicts": Study(net_verdicts, 1000, 25),
    "opportunities": Study(opportunities, 1000, 25),
    "opportunities_raw": Study(opportunities_raw, 300, 3),
    "agents": Study(agents, 8000, 250),
    "agent_reports": Study(agent_reports, 4000, 40),
}


def simulate(name: str, small: bool = False) -> list[Row]:
    """Rows of one study; its seed depends on its name only, so studies do not disturb each other."""
    study = STUDIES[name]
    random = np.random.default_rng([20_231, *name.encode()])
    return list(study.run(random, study.small if small else study.runs))
