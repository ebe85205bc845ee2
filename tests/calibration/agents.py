"""Agents who differ strongly: drawing customers keeps the level, drawing agents keeps it only per agent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.decision.analyse import build_report
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.words import Verdict
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import effects, normal
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments
from tests.calibration.levels import ALPHA, significant
from tests.calibration.populations import Random
from tests.calibration.rows import Row

#: Share of the variance of a contact's seconds that lies between agents.
RHO = 0.10
#: Mean and spread of one contact's seconds.
SECONDS, SPREAD = 600.0, 200.0
#: Mean contacts of one agent; the least is one.
CONTACTS = 100
STUDY = "agents who differ, no effect"
REPORTS = "reports of tests of agents"


def agents(random: Random, runs: int) -> Iterator[Row]:
    """Handle time without an effect: per customer, per agent, and per contact as if contacts were independent."""
    yield _customers_drawn(random, runs)
    for number in (10, 20, 40):
        yield from _agents_drawn(random, runs, number)


def _customers_drawn(random: Random, runs: int, customers: int = 1000, number: int = 40) -> Row:
    """Customers call none to a few times and meet any agent; seconds are summed per customer."""
    wrong = 0
    for _ in range(runs):
        effect = _effects(random, number)
        groups = []
        for _ in range(2):
            calls = random.poisson(1.5, customers)
            owner = np.repeat(np.arange(customers), calls)
            seconds = _seconds(random, effect[random.integers(number, size=owner.size)])
            groups.append(Moments.from_rows(np.bincount(owner, seconds, customers)[:, None], ("seconds",)))
        wrong += significant(effects.absolute(Measure("mean", "seconds"), *groups))
    case = f"2 × {customers:,} customers drawn, {number} agents serve both"
    return Row(STUDY, case, "significant, per customer", 2 * ALPHA, "equal", wrong, runs)


def _agents_drawn(random: Random, runs: int, number: int) -> Iterator[Row]:
    per_agent = per_contact = 0
    for _ in range(runs):
        groups = [_agents(random, number) for _ in range(2)]
        ratio = Measure("ratio", "seconds", "contacts")
        per_agent += significant(effects.absolute(ratio, *(totals for totals, _ in groups)))
        per_contact += significant(effects.absolute(Measure("mean", "seconds"), *(contacts for _, contacts in groups)))
    case = f"2 × {number} agents drawn, {CONTACTS} contacts each"
    yield Row(STUDY, case, "significant, per agent", 2 * ALPHA, "equal", per_agent, runs)
    if number == 40:  # with fewer the approximation of its promise is rough
        yield Row(STUDY, case, "significant, per contact (wrong)", naive_size(), "equal", per_contact, runs)


#: Of the reports: contacts per agent are lognormal with this spread over their mean, a contact sells with this chance,
#: and a fiftieth of its variance lies between agents.
UNEVEN, SELLS, SALES_RHO = 0.5, 0.10, 0.02
GUARD = 0.10
COLUMNS = ("sales", "seconds", "contacts")
METRICS = (
    MetricPlan("sales", "Sales", Role.GOAL, Direction.HIGHER, Measure("ratio", "sales", "contacts")),
    MetricPlan(
        "seconds", "Seconds", Role.GUARDRAIL, Direction.LOWER, Measure("ratio", "seconds", "contacts"),
        Margin(Scale.RELATIVE, GUARD),
    ),
)  # fmt: skip
VARIANTS = (VariantFacts("control", "Control", 0.5, True), VariantFacts("guide", "Guide", 0.5))


def agent_reports(random: Random, runs: int) -> Iterator[Row]:
    """Whole reports of tests of agents with uneven contacts: no gain, and a guardrail lost by just its margin."""
    for number in (10, 20, 40):
        better = holds = 0
        for _ in range(runs):
            moments = {"control": _uneven(random, number, 0.0), "guide": _uneven(random, number, GUARD)}
            sizes = dict.fromkeys(moments, number)
            given = AnalysisInput(ExperimentFacts("guide", "Guide", "agent"), VARIANTS, METRICS, moments, sizes)
            sales, seconds = build_report(given).metrics
            better += sales.verdict is Verdict.BETTER
            holds += seconds.verdict is Verdict.HOLDS
        case = f"2 × {number} agents drawn, about {CONTACTS} contacts each, unevenly"
        yield Row(REPORTS, case, "sales per contact better", ALPHA, "equal", better, runs)
        yield Row(REPORTS, case, "handle time holds, lost by its margin", ALPHA, "equal", holds, runs)


def _uneven(random: Random, number: int, longer: float) -> Moments:
    """Sums per agent: sales and seconds of contacts that differ in number and in kind."""
    spread = np.log(1 + UNEVEN**2)
    contacts = np.maximum(np.rint(CONTACTS * random.lognormal(-spread / 2, spread**0.5, number)), 1).astype(int)
    strength = (1 - SALES_RHO) / SALES_RHO
    sales = random.binomial(contacts, random.beta(SELLS * strength, (1 - SELLS) * strength, number))
    of_agent, alone = SPREAD * RHO**0.5, SPREAD * (1 - RHO) ** 0.5
    seconds = contacts * (SECONDS + random.normal(0, of_agent, number)) + random.normal(0, alone * contacts**0.5)
    return Moments.from_rows(np.column_stack([sales, seconds * (1 + longer), contacts]), COLUMNS)


def design_effect() -> float:
    """How much larger the variance of a mean is than contacts alone say: 1 + (m − 1) ρ, m weighted by contacts."""
    weighted = CONTACTS + 1  # E[m²] / E[m] of a Poisson number
    return 1 + (weighted - 1) * RHO


def naive_size() -> float:
    """Chance that a test which takes contacts for independent rejects although nothing changed."""
    return 2 * normal.sf(normal.upper_quantile(ALPHA) / design_effect() ** 0.5)


def _agents(random: Random, number: int) -> tuple[Moments, Moments]:
    """Totals per agent, and the same contacts one by one."""
    contacts = np.maximum(random.poisson(CONTACTS, number), 1)
    owner = np.repeat(np.arange(number), contacts)
    seconds = _seconds(random, _effects(random, number)[owner])
    totals = np.column_stack([np.bincount(owner, seconds, number), contacts])
    return Moments.from_rows(totals, ("seconds", "contacts")), Moments.from_rows(seconds[:, None], ("seconds",))


def _effects(random: Random, number: int) -> np.ndarray:
    return random.normal(0.0, SPREAD * RHO**0.5, number)


def _seconds(random: Random, of_agent: np.ndarray) -> np.ndarray:
    return np.asarray(SECONDS + of_agent + random.normal(0.0, SPREAD * (1 - RHO) ** 0.5, of_agent.size))
