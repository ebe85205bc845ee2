"""The report from gross to net on journeys with a known truth: does every interval cover, is the verdict right?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from experiments.decision.analyse import build_report
from experiments.decision.gross_to_net.block import Declared, VariantNet
from experiments.decision.gross_to_net.data import CURVE, MONEY, BlockMoments, NetData, NetGroup
from experiments.decision.gross_to_net.figures import Cohort
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.looks import Looks
from experiments.decision.report import Report
from experiments.decision.words import Action
from experiments.domain.metric import Direction, Margin, Role, Scale
from experiments.stats import simulate
from experiments.stats.measure import Measure
from experiments.stats.moments import Moments, add_up
from experiments.stats.simulate import Journeys
from tests.calibration.levels import ALPHA
from tests.calibration.populations import Random
from tests.calibration.rows import Row

N = 4_000
MARGIN = 0.15
LOOKS = (0.5, 1.0)
PER_1000 = 10.0
TITLES = {
    "gross": "gross gain",
    "up_sell": "up-sell",
    "other_families": "other families",
    "channel": "other channels",
    "pull_forward": "later than the early window",
    "service": "service cost",
    "net": "net",
}
_GAIN = Journeys(gained=0.03)
WORLDS = {
    "nothing happens": Journeys(),
    "a clean gain": _GAIN,
    "4 of 10 extra sales taken": replace(_GAIN, taken=0.4),
    "a shift of channels, nothing more": Journeys(moved=0.6),
    "sales made earlier, nothing more": Journeys(pulled=0.5),
    "a gain eaten up by service": replace(_GAIN, extra_contacts=1.2),
    "all at once": Journeys(gained=0.03, taken=0.25, moved=0.3, pulled=0.2, extra_contacts=0.1),
}
GOAL = MetricPlan("promoted", "Promoted orders", Role.GOAL, Direction.HIGHER, Measure("mean", "n:P"))
GUARDRAIL = MetricPlan(
    "protected", "Protected orders", Role.GUARDRAIL, Direction.HIGHER, Measure("mean", "n:U"),
    margin=Margin(Scale.RELATIVE, MARGIN), protected=True,
)  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """Moments of one arm, by block."""

    money: Moments
    curve: Moments

    def __add__(self, other: Arm) -> Arm:
        return Arm(add_up([self.money, other.money]), add_up([self.curve, other.curve]))


def draw(random: Random, journeys: Journeys, n: int = N, *, offer: bool) -> Arm:
    """One simulated arm."""
    return Arm(*simulate.units(random, n, journeys, offer=offer).moments())


def report(
    control: Arm, variant: Arm, looks: Looks | None = None, *, covariate: bool = False, curve: bool = False
) -> Report:
    """What the product says of two arms; the curve by day, whose band takes most of the time, only where asked for."""
    arms = {"control": control, "variant": variant}
    moments = {key: arm.money for key, arm in arms.items()}
    counts = {key: arm.money.n for key, arm in arms.items()}
    return build_report(
        AnalysisInput(
            ExperimentFacts("simulated", "Simulated"),
            (VariantFacts("control", "Control", 0.5, True), VariantFacts("variant", "Variant", 0.5)),
            (GOAL, GUARDRAIL),
            moments,
            counts,
            looks=looks or Looks(),
            net_data=_net_data(arms, counts, covariate, curve),
        )
    )


def _net_data(arms: dict[str, Arm], counts: dict[str, int], covariate: bool, curve: bool) -> NetData:
    days = simulate.DAY_ENDS
    declared = Declared(
        (), ("cross",), (), ("up",), ("web",), days[-1], days[simulate.EARLY_BLOCKS - 1], 14, "EUR", None, 0.0, {}, ()
    )
    cohort = Cohort(counts, counts, None, days[-1], days[-1], declared.early_days, 14, False, False, None)
    groups = tuple(NetGroup(key, "all", "web", _blocks(arm, covariate)) for key, arm in arms.items())
    return NetData(
        declared, "customer", cohort, groups, sets=(("all", "All"),), channels=(("web", "Web"),),
        day_ends=days if curve else (),
    )  # fmt: skip


def _blocks(arm: Arm, covariate: bool) -> dict[str, BlockMoments]:
    nothing = {name: BlockMoments(arm.money.n, (), (), ()) for name in ("family", "channel", "service", "product")}
    known = [(MONEY, arm.money), (CURVE, arm.curve)]
    kept = {name: [c for c in moments.columns if covariate or c != "before"] for name, moments in known}
    return nothing | {name: BlockMoments.of(moments.select(kept[name])) for name, moments in known}


def gross_to_net(random: Random, runs: int) -> Iterator[Row]:
    """Every step, the net, the rate and the retained share, without looks, with and without a covariate."""
    for name, journeys in WORLDS.items():
        yield from _covered(random, runs, name, journeys)
    everything = WORLDS["all at once"]
    yield from _covered(random, runs, "all at once, sales before as covariate", everything, covariate=True)
    yield _retained(random, runs, "all at once", everything)
    yield _retained(random, runs, "sales made earlier, nothing more", Journeys(gained=0.0, pulled=0.9))


def _covered(random: Random, runs: int, name: str, journeys: Journeys, *, covariate: bool = False) -> Iterator[Row]:
    truth, hits = journeys.truth(), Counter[str]()
    for _ in range(runs):
        hits.update(_found(_simulated(random, journeys, covariate=covariate), truth, journeys))
    case = f"{name}, 2 × {N:,}"
    for key, title in TITLES.items():
        yield Row("gross to net", case, f"interval of {title} covers", 0.95, "equal", hits[key], runs)
    if journeys.gained:
        # All promoted orders count, so neither moved nor earlier ones change the rate.
        yield Row("gross to net", case, "set of the rate covers", 0.95, "equal", hits["rate"], runs)


def _retained(random: Random, runs: int, name: str, journeys: Journeys) -> Row:
    """The share of the early gain that is there at the end; a set without bounds holds every share."""
    early = journeys.gained + journeys.pulled * journeys.later
    share, hits = journeys.gained / early, 0
    for _ in range(runs):
        found = _simulated(random, journeys, curve=True).curve.retained
        hits += found.lo is None or found.hi is None or found.lo <= share <= found.hi
    return Row(
        "gross to net", f"{name}, 2 × {N:,}", "interval of the retained share covers", 0.95, "at_least", hits, runs
    )


def _simulated(random: Random, journeys: Journeys, *, covariate: bool = False, curve: bool = False) -> VariantNet:
    arms = [draw(random, journeys, offer=offer) for offer in (False, True)]
    found = report(*arms, covariate=covariate, curve=curve).gross_to_net
    block = found.of("variant") if found else None
    assert block is not None
    return block


def _found(block: VariantNet, truth: dict[str, float], journeys: Journeys) -> Iterator[str]:
    fall = block.waterfall
    bars = {step.key: (step.lo, step.hi) for step in fall.steps} | {"net": (fall.net.lo, fall.net.hi)}
    for key, (lo, hi) in bars.items():
        value = PER_1000 * truth[key]
        if lo is not None and hi is not None and lo <= value <= hi:
            yield key
    if _holds(block, journeys.taken):
        yield "rate"


def _holds(block: VariantNet, rate: float) -> bool:
    """Whether Fieller's set, an interval or not, holds the true rate."""
    found = block.rate
    if found.lo is None or found.hi is None:
        return True
    inside = found.lo <= rate <= found.hi
    return inside if found.kind == "interval" else not inside


def net_verdicts(random: Random, runs: int) -> Iterator[Row]:
    """How often a decision is wrong: a net loss called where the net is 0, a ship at the limit, two looks each."""
    margin = GUARDRAIL.margin.value if GUARDRAIL.margin else 0.0
    base = Journeys()
    at_limit = Journeys(gained=0.06, taken=margin * base.protected / 0.06)
    even = Journeys(gained=0.06, extra_contacts=0.06 * base.value / base.contact_cost)
    loss = replace(even, extra_contacts=2.5 * even.extra_contacts)
    cases = (
        ("true net of 0, goal clearly up", even, Action.NET_LOSS, ALPHA, "at_most"),
        ("guardrail at its limit of 15 %, goal clearly up", at_limit, Action.SHIP, ALPHA, "at_most"),
        ("nothing happens", base, Action.SHIP, ALPHA, "at_most"),
        ("a clear net loss", loss, Action.SHIP, 0.0, "at_most"),
    )
    for name, journeys, action, promise, kind in cases:
        hits = sum(_says(random, journeys, action) for _ in range(runs))
        yield Row("verdict with the net, 2 looks", f"{name}, 2 × {2 * N:,}", action.value, promise, kind, hits, runs)  # type: ignore[arg-type]


def _says(random: Random, journeys: Journeys, action: Action) -> bool:
    """Whether the product says so at either look; the first look that ships or stops ends the test."""
    control = variant = None
    for number, _ in enumerate(LOOKS, start=1):
        fresh = [draw(random, journeys, offer=offer) for offer in (False, True)]
        control = fresh[0] if control is None else control + fresh[0]
        variant = fresh[1] if variant is None else variant + fresh[1]
        looks = Looks(LOOKS, number, final=number == len(LOOKS))
        said = report(control, variant, looks).decision.action
        if said is action:
            return True
        if said in (Action.SHIP, Action.NET_LOSS):
            return False
    return False
