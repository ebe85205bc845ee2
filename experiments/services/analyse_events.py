"""A Report from events: one aggregate query, the counts behind it, and the rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.data import NetData
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.quality import Quality
from experiments.decision.report import Report
from experiments.decision.settled import Settled, settled_by
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Role
from experiments.domain.schedule import is_over
from experiments.services.clock import from_iso, to_iso
from experiments.services.columns import contacts_of, load_codes, measure_of, response_of
from experiments.services.facts import experiment_facts, variant_facts
from experiments.services.linked import linked_moments, with_linked
from experiments.services.look_now import looks_at
from experiments.services.moments_asked import Used, delivered_until, request_of, used_metrics
from experiments.services.net_input import Asked, net_data, withheld
from experiments.services.net_plan import net_plan_of
from experiments.services.next_look import next_look
from experiments.services.split_segments import Counts, browsers, days, known_at_exposure
from experiments.services.undo import standing
from experiments.services.unit_quality import exposed_units, unit_quality
from experiments.stats.moments import Moments
from experiments.store import eligibility
from experiments.store.catalogue import snapshots
from experiments.store.catalogue.snapshots import Snapshot
from experiments.store.moments import MomentsRequest, MomentsResult, compute_moments
from experiments.store.moments.quality import exposed_by_day

PER_CONTACT = (
    "Descriptive: a mean over contacts compares different people, because the offer changes who makes contact. Decide "
    "by totals per unit."
)


SILENT = (
    "Nothing that a goal counts has come for any unit of this test: a look that is due waits until it does, for two "
    "weeks. Bring the files that are missing, or see under Sources who has not delivered."
)


def is_heard(used: Iterable[Used], moments: Collection[Moments]) -> bool:
    """Whether any unit did anything that a goal counts or divides by."""
    goals = {item.metric.key for item in used if item.use.role is Role.GOAL}
    columns = goals | {f"{key}:per" for key in goals}
    return not goals or any(
        group.mean_of(column) != 0 for group in moments for column in columns.intersection(group.columns)
    )


def input_from_events(
    session: Session,
    experiment: Experiment,
    now: int,
    *,
    on_step: Callable[[int], None] = lambda _done: None,
    look: Snapshot | None = None,
) -> AnalysisInput:
    """What the report of the current phase is computed from, from the facts the session sees.

    Args:
        now: µs UTC; the cut of the data.
        on_step: told after the sums over units (1), the data quality (2) and the way from gross to net (3).
        look: one that was taken in this phase, to be computed again as of its own instant; `now` does not count then.
    """
    used = used_metrics(session, experiment)
    metrics = [item.metric for item in used]
    now, delivered = (now, delivered_until(session, used, now)) if look is None else _as_of(look)
    request = request_of(session, experiment, used, now, delivered)
    result = compute_moments(session, request)
    on_step(1)
    moments = _moments(experiment, request, result)
    mature = sum(group.n for group in moments.values())
    quality = unit_quality(session, experiment, metrics, request, result, mature)
    before = _looks_before(session, experiment, look)
    heard = look is not None or is_heard(used, moments.values())  # a look that was taken stays one
    looks = looks_at(experiment, _taken(before), moments[experiment.phase.variants[0].key].n, now, heard=heard)
    if mature and not heard:
        quality = replace(quality, silent=True, notes=(SILENT, *quality.notes))
    exposed = exposed_units(experiment, result)
    on_step(2)
    net = _net_data(session, experiment, used, request, exposed, now, at_look=looks.is_look)
    on_step(3)
    data = AnalysisInput(
        experiment=experiment_facts(experiment),
        variants=variant_facts(experiment.phase.variants),
        metrics=_plans(experiment, used),
        moments=moments,
        exposed=exposed,
        looks=looks,
        earlier=earlier_statistics(before[: len(looks.taken) - 1]) if looks.is_look else None,
        goal_rule=experiment.plan.goal_rule,
        alpha=experiment.plan.alpha,
        segments=_segments(session, experiment, request, quality),
        quality=quality,
        computed_at=to_iso(now),
        settled=_settled(session, experiment),
        assigned=_assigned(session, experiment),
        data_until=to_iso(delivered),
        net_data=net,
        next_look=next_look(experiment, looks, sum(exposed.values()), now),
    )
    return with_linked(data, linked_moments(session, experiment, metrics, request))


def _as_of(look: Snapshot) -> tuple[int, int]:
    """The instant of a look, and up to when sources had delivered then."""
    return look.at, from_iso(look.report["data_until"], "data_until")


def _looks_before(session: Session, experiment: Experiment, look: Snapshot | None) -> tuple[Snapshot, ...]:
    """The looks of this phase that were taken before the given one, None for all of them."""
    taken = snapshots.all_of(session, experiment.key, kind="look", phase=experiment.phase.number)
    return taken if look is None else tuple(each for each in taken if each.at < look.at)


def _moments(experiment: Experiment, request: MomentsRequest, result: MomentsResult) -> dict[str, Moments]:
    none = _nothing(request)
    return {variant.key: result.moments.get(i, none) for i, variant in enumerate(experiment.phase.variants)}


def _segments(session: Session, experiment: Experiment, request: MomentsRequest, quality: Quality) -> Counts:
    """Exposed units by day, by browser, and by what was known at exposure."""
    by_day = days(exposed_by_day(session, request), experiment)
    return {**by_day, **browsers(quality.new_ids), **known_at_exposure(session, experiment, request)}


def _assigned(session: Session, experiment: Experiment) -> dict[str, int]:
    """Units the server assigned by variant; only tests on private facts have any."""
    found = eligibility.assigned(session.connection(), experiment.key, experiment.phase.number)
    return {variant.key: found.get(variant.key, 0) for variant in experiment.phase.variants} if found else {}


def _net_data(
    session: Session,
    experiment: Experiment,
    used: tuple[Used, ...],
    request: MomentsRequest,
    exposed: dict[str, int],
    now: int,
    *,
    at_look: bool,
) -> NetData | None:
    """From gross to net, at planned looks only; none where agents are drawn, whose contacts are no money of theirs."""
    if experiment.unit is UnitKind.AGENT:
        return None
    plan = net_plan_of(experiment, (item.metric for item in used))
    if not at_look:
        return withheld(experiment, plan)
    delivered = delivered_until(session, (), now)
    asked = Asked(plan, request.phase_id, now, delivered, exposed, request.without_marked)
    return net_data(session, experiment, asked, load_codes(session), final=is_over(experiment, now))


def _settled(session: Session, experiment: Experiment) -> Settled | None:
    """The verdict that the standing decision was made on, in the current phase."""
    made = standing(session, experiment)
    seen = None if made is None or made.snapshot_id is None else snapshots.find(session, made.snapshot_id)
    if seen is None or seen.phase != experiment.phase.number:
        return None
    report = Report.from_dict(seen.report)
    return settled_by(report.decision, report.look.number, report.look.planned)


def _plans(experiment: Experiment, used: tuple[Used, ...]) -> tuple[MetricPlan, ...]:
    currency = net_plan_of(experiment, (item.metric for item in used)).currency
    return tuple(_plan(item, currency, of_agents=experiment.unit is UnitKind.AGENT) for item in used)


def _plan(item: Used, currency: str, *, of_agents: bool) -> MetricPlan:
    return MetricPlan(
        key=item.metric.key,
        title=item.metric.name,
        role=item.use.role,
        direction=item.metric.direction,
        measure=measure_of(item.metric),
        margin=item.use.margin,
        protected=item.metric.protected,
        measurable=item.use.measurable,
        planned_effect=item.use.effect,
        response=response_of(item.metric),
        response_per=contacts_of(item.metric) if of_agents else None,
        fault=PER_CONTACT if item.metric.per_contact and not of_agents else None,
        measured_in=item.metric.measured_in(currency),
    )


def _nothing(request: MomentsRequest) -> Moments:
    keys = [column.key for column in request.columns]
    return Moments.from_sums(0, keys, [0.0] * len(keys), [[0.0] * len(keys)] * len(keys))


def _taken(stored: Iterable[Snapshot]) -> list[float]:
    """Information at the looks already taken."""
    fractions = [snapshot.report["look"]["information"] for snapshot in stored]
    return [float(fraction) for fraction in fractions if fraction is not None]


def earlier_statistics(stored: Iterable[Snapshot]) -> dict[str, dict[str, tuple[float, ...]]]:
    """Statistics of these looks by variant and metric; a look without one could not pass a bound and counts as 0."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for snapshot in stored:
        for row in snapshot.report["metrics"]:
            by_metric = found.setdefault(row["variant"], {})
            by_metric[row["metric"]] = (*by_metric.get(row["metric"], ()), row["absolute"]["statistic"] or 0.0)
    return found
