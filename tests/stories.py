"""Tests in every state a page can show, with reports computed from hand-made moments and stored like real ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.analyse import build_report
from experiments.decision.gross_to_net.block import GrossToNet
from experiments.decision.inputs import AnalysisInput, ExperimentFacts, MetricPlan, VariantFacts
from experiments.decision.looks import Looks
from experiments.decision.quality import NewIds, Quality
from experiments.decision.report import Report
from experiments.decision.sizing import GoalLine, GuardrailLine, MarginForm, Sizing, size_test
from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.experiment import Experiment, Status
from experiments.domain.key import KeyKind
from experiments.domain.metric import Metric, MetricKind
from experiments.domain.plan import Plan
from experiments.domain.product import Family, Product
from experiments.domain.rollout import RollOut
from experiments.domain.schedule import DAY, planned_looks
from experiments.services import access, catalogue, decide, experiments, launch
from experiments.services.access import hash_password
from experiments.services.actor import SYSTEM
from experiments.services.analyse_events import earlier_statistics
from experiments.services.clock import from_iso, now_us, to_iso
from experiments.services.columns import measure_of
from experiments.services.definitions import read_definition
from experiments.services.metrics import ensure_default_metrics, metric_by_key
from experiments.services.next_look import next_look
from experiments.stats.moments import Moments
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.catalogue import snapshots
from experiments.store.engines import writing
from tests.gross_to_net_blocks import every_block
from tests.insight_stories import add_journey, add_opportunities

PASSWORD = "correct horse battery"
PEOPLE = {
    "viewer": ("vera@example.org", "Vera Vos", UserRole.VIEWER),
    "editor": ("edda@example.org", "Edda Eik", UserRole.EDITOR),
    "approver": ("abel@example.org", "Abel Aas", UserRole.APPROVER),
    "admin": ("ada@example.org", "Ada Adler", UserRole.ADMIN),
}
#: Control values: shares of units, and means per unit with their standard deviation (money in cents).
RATES = {"cross-sell": 0.0315, "up-sell": 0.0426, "all-sales": 0.0711, "survey-response": 0.12}
MEANS = {"revenue": (182.0, 890.0), "handle-time": (38.0, 160.0), "contacts": (0.118, 0.41)}
SHARE = ("digital-share", 0.58, 0.0711)
LAUNCHED = 1_790_000_000_000_000
METRICS = [
    {"metric": "cross-sell", "role": "goal", "effect": 0.08},
    {"metric": "up-sell", "role": "guardrail", "margin": {"relative": 0.05}},
    {"metric": "contacts", "role": "guardrail", "margin": {"absolute": 0.01}},
    {"metric": "all-sales", "role": "secondary"},
    {"metric": "revenue", "role": "secondary"},
    {"metric": "handle-time", "role": "secondary"},
    {"metric": "digital-share", "role": "secondary"},
]
HYPOTHESIS = (
    "We believe that a personal entry to the shop for visitors who hold only a mobile product will let more of them "
    "buy a second one, because they never see what fits; we will see it in cross-sell orders."
)
#: What was typed into the planner for all of them.
ASKED = {
    "goal": "cross-sell", "goal_baseline": "3.15", "goal_effect": "8", "goal_value": "240",
    "guardrail1": "up-sell", "guardrail1_baseline": "4.26", "guardrail1_margin": "5", "guardrail1_form": "relative",
    "guardrail1_value": "180", "traffic": "75000", "power": "80", "looks": "3",
}  # fmt: skip
Lifts = Mapping[str, float]


@cache
def plan() -> Plan:
    """The plan of every story: four weeks, read at three looks, the guardrail decides."""
    goal = GoalLine("cross-sell", MetricKind.RATE, 0.0315, 0.08, value=240)
    guardrail = GuardrailLine("up-sell", MetricKind.RATE, 0.0426, 0.05, MarginForm.RELATIVE, value=180)
    outcome = size_test(Sizing((goal,), (guardrail,), 75_000, looks=3, window_days=42))
    return Plan(
        looks=len(outcome.looks), weeks=outcome.weeks, units_per_variant=outcome.joint_per_arm, maturation_days=42,
        traffic_per_week=75_000, binding=outcome.binding, sizing={**outcome.to_dict(), "asked": ASKED},
    )  # fmt: skip


def units(fraction: float = 1.0) -> int:
    """So much of the planned sample, per variant."""
    return round(fraction * (plan().units_per_variant or 0))


def seed(engine: Engine) -> None:
    """People, products, keys, and one test per story."""
    add_people(engine)
    with writing(engine) as session:
        add_catalogue(session)
        add_draft(session)
        add_stories(session)
        add_journey(session, LAUNCHED)
        add_opportunities(session, LAUNCHED)


def add_people(engine: Engine) -> None:
    """One person per role, all with the same password."""
    hashed = hash_password(PASSWORD)
    with writing(engine) as session:
        for email, name, role in PEOPLE.values():
            access.create_user(session, SYSTEM, LAUNCHED, email=email, name=name, password=hashed, role=role)


def add_catalogue(session: Session) -> None:
    """Built-in metrics, three families, a key of each kind."""
    ensure_default_metrics(session, LAUNCHED)
    for key, name in (("mobile", "Mobile"), ("broadband", "Broadband"), ("tv", "TV")):
        catalogue.save_family(session, SYSTEM, LAUNCHED, Family(key, name))
        for tier, size in enumerate(("Small", "Large"), start=1):
            product = Product(f"{key}-{size.lower()}", f"{name} {size}", key, tier, 1500 * tier, 500 * tier, 24)
            catalogue.save_product(session, SYSTEM, LAUNCHED, product)
    access.create_key(session, SYSTEM, LAUNCHED, KeyKind.CLIENT, "Web shop", Environment.PRODUCTION)
    access.create_key(session, SYSTEM, LAUNCHED, KeyKind.CLIENT, "Rehearsal", Environment.TEST)
    access.create_key(session, SYSTEM, LAUNCHED, KeyKind.SERVER, "Back office", Environment.PRODUCTION)


def add_stories(session: Session) -> None:
    """One launched test per situation; the key says which."""
    gain = {"cross-sell": 0.125, "up-sell": -0.008, "all-sales": 0.066, "revenue": 0.05, "digital-share": 0.055}
    won = stopped(session, "ship", "Personal entry on TV pages")
    look(session, won, units(0.5), {"entry": {"cross-sell": 0.05, "up-sell": -0.02}}, number=1)
    look(session, won, units(0.75), {"entry": {"cross-sell": 0.09, "up-sell": -0.013}}, number=2)
    look(session, won, units(), {"entry": gain}, number=3, net=every_block("entry", complete=True))
    taken = {"cross-sell": 0.14, "up-sell": -0.11, "all-sales": 0.001, "revenue": -0.03, "contacts": 0.02}
    bundle = running(session, "cannibalising", "Bundle offer in the TV shop")
    look(session, bundle, units(0.5), {"entry": {"cross-sell": 0.05, "up-sell": -0.03}}, number=1)
    look(session, bundle, units(0.75), {"entry": taken}, number=2, net=every_block("entry"))
    broken = running(session, "broken-split", "Redirect to the new shop", since_days=25)
    live(session, broken, 128_000, {"entry": gain}, exposed={"control": 131_900, "entry": 128_004})
    early = running(session, "between-looks", "Offer after support calls", since_days=6)
    live(session, early, 32_000, {"entry": gain}, mature=0.25, net=GrossToNet("withheld"))
    later = running(session, "after-a-look", "Two words for one entry", since_days=58, variants=3)
    halfway: dict[str, Lifts] = {"entry": {"cross-sell": 0.06}, "banner": {"cross-sell": -0.03}}
    look(session, later, units(0.5), halfway, number=1, net=every_block("entry", "banner"))
    live(session, later, units(1.2), {"entry": {}, "banner": {}}, mature=0.52, number=1)
    running(session, "waiting", "Entry on the app's start page", since_days=0)
    decided(session, "decided", "Entry in the order confirmation", gain)
    add_testing(session)
    imported(session, "imported", gain)
    launch.pause(session, SYSTEM, now_us(), running(session, "paused", "Chat suggests a family bundle").key)


def document(key: str, name: str, **changes: Any) -> dict[str, Any]:
    """A definition that is ready to launch."""
    made: dict[str, Any] = {
        "key": key,
        "name": name,
        "hypothesis": HYPOTHESIS,
        "unit": "visitor",
        "owner": "edda@example.org",
        "audience": {"description": "Mobile customers on TV pages"},
        "variants": _variants(2),
        "metrics": METRICS,
    }
    return made | changes


def add_draft(session: Session) -> Experiment:
    """A draft that lacks a guardrail and a plan."""
    incomplete = document("draft", "Entry for broadband customers", metrics=METRICS[:1])
    return experiments.create(session, SYSTEM, LAUNCHED, read_definition(incomplete))


def ready(session: Session, key: str = "ready", name: str = "Entry on the bill", **changes: Any) -> Experiment:
    """A draft that may be launched."""
    experiments.create(session, SYSTEM, LAUNCHED, read_definition(document(key, name, **changes)))
    return experiments.set_plan(session, SYSTEM, LAUNCHED, key, plan())


def add_testing(session: Session) -> None:
    """A test in rehearsal, whose audience needs facts of the server."""
    rules = [{"attribute": "holdings", "op": "any_of", "values": ["mobile-small", "mobile-large"]}]
    audience = {"description": "Mobile customers", "rules": rules}
    ready(session, "testing", "Entry for mobile customers", audience=audience)
    launch.start_testing(session, SYSTEM, LAUNCHED, "testing")


def running(session: Session, key: str, name: str, since_days: float = 66, variants: int = 2) -> Experiment:
    """A test that was launched so many days ago."""
    ready(session, key, name, variants=_variants(variants))
    return launch.launch(session, SYSTEM, now_us() - round(since_days * DAY), key)


def stopped(session: Session, key: str, name: str) -> Experiment:
    """A test that has run its four weeks, with the last units mature."""
    test = running(session, key, name, since_days=75)
    return launch.stop(session, SYSTEM, (test.launched_at or 0) + 28 * DAY, key)


def decided(session: Session, key: str, name: str, lifts: Lifts) -> None:
    """A shipped winner."""
    test = stopped(session, key, name)
    look(session, test, units(), {"entry": lifts}, number=3)
    shipped = RollOut("entry", holdback=0.05)
    an_hour_ago = now_us() - DAY // 24  # so that the decision is final
    decide.decide(session, SYSTEM, an_hour_ago, key, decide.Choice.SHIP, rollout=shipped, reason="As planned.")


def imported(session: Session, key: str, lifts: Lifts) -> None:
    """A finished test from elsewhere: no plan, no looks of ours."""
    definition = read_definition(document(key, "E-mail about a second product"))
    test = definition.draft("salt", LAUNCHED)
    started = replace(test.phase, started_at=LAUNCHED, ended_at=LAUNCHED + 14 * DAY)
    begun = replace(test, launched_at=LAUNCHED, stopped_at=LAUNCHED + 14 * DAY)
    test = replace(begun, status=Status.STOPPED, imported=True, phases=(started,))
    experiment_store.add(session, test)
    given = analysis(session, test, 21_000, {"entry": lifts}, Looks())
    given = replace(given, experiment=replace(given.experiment, source="units"))
    keep(session, test, build_report(given))


def keep(session: Session, test: Experiment, report: Report, *, for_good: bool = False) -> None:
    """Store a report at the instant it was computed: live, and as a planned look too where it is to stay."""
    document, at = report.to_dict(), from_iso(report.computed_at or "", "computed_at")
    snapshots.save_live(session, test.key, report.phase, document, at)
    if for_good:
        snapshots.add(session, test.key, report.phase, "look", document, at, report.look.number)


def look(
    session: Session,
    test: Experiment,
    n: int,
    lifts: Mapping[str, Lifts],
    number: int,
    net: GrossToNet | None = None,
) -> Report:
    """Take a planned look and store it, as the worker does: live and for good.

    Args:
        net: the way from gross to net; None as in reports that were stored before it was computed.
    """
    schedule = planned_looks(test)
    fractions = tuple(item.fraction for item in schedule)
    following = next((to_iso(item.at) for item in schedule[number:]), None)
    looks = Looks(planned=fractions, number=number, final=number == len(fractions), next_at=following)
    given = analysis(session, test, n, lifts, looks, at=schedule[number - 1].at)
    before = snapshots.all_of(session, test.key, kind="look", phase=test.phase.number)[: number - 1]
    given = replace(
        given,
        next_look=next_look(test, looks, 2 * n, schedule[number - 1].at),
        earlier=earlier_statistics(before),
    )
    report = replace(build_report(given), gross_to_net=net)
    keep(session, test, report, for_good=True)
    return report


def live(
    session: Session,
    test: Experiment,
    n: int,
    lifts: Mapping[str, Lifts],
    *,
    mature: float = 1.0,
    exposed: Mapping[str, int] | None = None,
    excluded: Mapping[str, Mapping[str, int]] | None = None,
    number: int | None = None,
    net: GrossToNet | None = None,
) -> Report:
    """Store counts between looks; effects are withheld."""
    schedule = planned_looks(test)
    waiting = next((to_iso(item.at) for item in schedule[number or 0 :] if item.at > now_us()), None)
    looks = Looks(
        planned=tuple(item.fraction for item in schedule), number=number, is_look=False, final=False,
        information=mature * n / units(), next_at=waiting,
    )  # fmt: skip
    given = analysis(session, test, n, lifts, looks, mature=mature)
    quality = replace(given.quality, excluded=excluded or {})
    report = replace(build_report(replace(given, exposed=exposed or given.exposed, quality=quality)), gross_to_net=net)
    keep(session, test, report)
    return report


def analysis(
    session: Session,
    test: Experiment,
    n: int,
    lifts: Mapping[str, Lifts],
    looks: Looks,
    *,
    mature: float = 1.0,
    at: int | None = None,
) -> AnalysisInput:
    """What a report is built from: the control has the base values, each variant its relative lifts."""
    metrics = {use.metric: metric_by_key(session, use.metric) for use in test.metrics}
    keys = [variant.key for variant in test.phase.variants]
    ripe = round(mature * n)
    moments = {key: _moments(list(metrics.values()), ripe, lifts.get(key, {})) for key in keys}
    linked = dict.fromkeys(keys, 0.412)
    return AnalysisInput(
        experiment=ExperimentFacts(test.key, test.name, test.unit.value, test.status.value, test.phase.number),
        variants=tuple(
            VariantFacts(each.key, each.name, each.weight, each.key == keys[0]) for each in test.phase.variants
        ),
        metrics=tuple(_plan(use, metrics[use.metric]) for use in test.metrics),
        moments=moments,
        exposed={key: n + 41 * position for position, key in enumerate(keys)},
        looks=looks,
        segments={f"2026-10-{day:02}": dict.fromkeys(keys, n // 20) for day in range(12, 15)},
        quality=Quality(
            in_two_variants=12, in_two_variants_share=0.00003, contaminated=310, contaminated_share=0.0041,
            immature=(n - ripe) * len(keys), linked_at_exposure=linked, linked_at_cut=dict.fromkeys(keys, 0.447),
            new_ids={word: dict.fromkeys(keys, NewIds(800, new)) for word, new in (("Edg", 88), ("Safari", 304))},
            offers_elsewhere={"app-offer": {key: 420 - 60 * position for position, key in enumerate(keys)}},
            notes=("Visitors are counted for 28 days; browsers that cap script storage keep an id about 7 days.",),
        ),
        data_until=to_iso(at or now_us()),
        computed_at=to_iso(at or now_us()),
    )  # fmt: skip


def _plan(use: Any, metric: Metric) -> MetricPlan:
    return MetricPlan(
        metric.key, metric.name, use.role, metric.direction, measure_of(metric), margin=use.margin,
        protected=metric.protected, measurable=use.measurable, planned_effect=use.effect,
    )  # fmt: skip


def _moments(metrics: list[Metric], n: int, lifts: Lifts) -> Moments:
    """Independent columns, but that sales of one kind are part of all sales."""
    columns: dict[str, tuple[float, float]] = {}
    for metric in metrics:
        columns |= _columns(metric.key, 1 + lifts.get(metric.key, 0.0))
    names = tuple(columns)
    means = np.array([columns[name][0] for name in names])
    deviations = np.array([columns[name][1] for name in names])
    correlation = np.eye(len(names))
    for first, second, value in (("cross-sell", "all-sales", 0.64), ("up-sell", "all-sales", 0.75), SHARED):
        if first in names and second in names:
            i, j = names.index(first), names.index(second)
            correlation[i, j] = correlation[j, i] = value
    return Moments(n, names, means, correlation * np.outer(deviations, deviations))


SHARED = ("digital-share", "digital-share:per", 0.75)


def _columns(key: str, factor: float) -> dict[str, tuple[float, float]]:
    """(mean, standard deviation) of the columns of one metric."""
    if key in RATES:
        rate = RATES[key] * factor
        return {key: (rate, (rate * (1 - rate)) ** 0.5)}
    if key == SHARE[0]:
        per = SHARE[2]
        return {key: (SHARE[1] * per * factor, 0.2), f"{key}:per": (per, 0.27)}
    mean, deviation = MEANS[key]
    return {key: (mean * factor, deviation)}


def _variants(number: int) -> list[dict[str, Any]]:
    names = (("control", "Page as it is"), ("entry", "Personal entry"), ("banner", "Plain banner"))[:number]
    return [
        {
            "key": key,
            "name": name,
            "weight": 1 / number,
            **({"payload": {"label": "For you"}} if key != "control" else {}),
        }
        for key, name in names
    ]
