"""A Report from events: one aggregate query, the counts behind it, and the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.data import NetData
from experiments.decision.inputs import AnalysisInput, MetricPlan
from experiments.decision.quality import Handled, NewIds, Quality
from experiments.decision.report import Report
from experiments.decision.settled import Settled, settled_by
from experiments.domain.errors import NotFoundError
from experiments.domain.experiment import Experiment, UnitKind
from experiments.domain.metric import Metric, MetricUse
from experiments.domain.rolling import contrast_end
from experiments.domain.schedule import is_over
from experiments.services.carry_over import carry_over_note
from experiments.services.clock import from_iso, to_iso
from experiments.services.columns import (
    columns_of,
    columns_of_answers,
    contacts_of,
    load_codes,
    measure_of,
    response_of,
)
from experiments.services.facts import experiment_facts, variant_facts
from experiments.services.linked import linked_moments, warning, with_linked
from experiments.services.look_now import looks_at
from experiments.services.net_input import Asked, net_data, withheld
from experiments.services.net_plan import net_plan_of
from experiments.services.next_look import next_look
from experiments.services.returning import returning_note
from experiments.services.split_segments import browsers, days, known_at_exposure
from experiments.services.undo import standing
from experiments.stats.moments import Moments
from experiments.store import eligibility
from experiments.store.catalogue import metrics as metric_store
from experiments.store.catalogue import snapshots
from experiments.store.catalogue.snapshots import Snapshot
from experiments.store.moments import MomentsRequest, MomentsResult, compute_moments
from experiments.store.moments.handled import handled_counts
from experiments.store.moments.others import offers_of_other_tests
from experiments.store.moments.quality import (
    IdentityFacts,
    exposed_by_day,
    identity_facts,
    late_exposures,
    new_ids,
    suppressed_units,
)
from experiments.store.moments.request import DAY, ColumnRequest
from experiments.store.moments.traffic import any_marked, marked_counts
from experiments.store.moments.units import every_exposed
from experiments.store.tables import ExperimentRow, PhaseRow, SourceRow

PER_CONTACT = (
    "Descriptive: a mean over contacts compares different people, because the offer changes who makes contact. Decide "
    "by totals per unit."
)


@dataclass(frozen=True)
class _Used:
    use: MetricUse
    metric: Metric


def request_from_events(session: Session, experiment: Experiment, now: int) -> MomentsRequest:
    """What the report of the current phase asks of the events."""
    used = _metrics(session, experiment)
    return _request(session, experiment, used, now, _delivered_until(session, used, now))


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
    used = _metrics(session, experiment)
    now, delivered = (now, _delivered_until(session, used, now)) if look is None else _as_of(look)
    before = snapshots.all_of(session, experiment.key, kind="look", phase=experiment.phase.number)
    before = before if look is None else tuple(each for each in before if each.at < look.at)
    request = _request(session, experiment, used, now, delivered)
    result = compute_moments(session, request)
    on_step(1)
    identity = identity_facts(session, request)
    data = _input(session, experiment, used, request, result, identity, exposed_by_day(session, request), now, before)
    quality = replace(
        data.quality,
        excluded=_excluded(session, experiment, request),
        suppressed=_suppressed(session, experiment, request),
        new_ids=_new_ids(session, experiment, request),
        offers_elsewhere=_offers_elsewhere(session, experiment, request),
        late=late_exposures(session, request),
        handled=_handled(session, request),
    )
    known = known_at_exposure(session, experiment, request)
    segments = {**data.segments, **browsers(quality.new_ids), **known}
    data = replace(data, segments=segments, assigned=_assigned(session, experiment))
    on_step(2)
    net = _net_data(session, experiment, used, request, data, now)
    on_step(3)
    metrics = [item.metric for item in used]
    told = (
        *carry_over_note(session, experiment, sum(data.exposed.values()), request),
        *returning_note(session, experiment, metrics, request),
        *warning(session, experiment, metrics),
    )
    quality = replace(quality, notes=(*quality.notes, *told))
    own = linked_moments(session, experiment, metrics, request)
    coming = next_look(experiment, data.looks, sum(data.exposed.values()), now)
    data = replace(data, data_until=to_iso(delivered), quality=quality, net_data=net, next_look=coming)
    return with_linked(data, own)


def _suppressed(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, int]:
    """Units that were kept from seeing their variant, by variant; only tests on private facts have any."""
    if not experiment.phase.audience.remote:
        return {}
    found = suppressed_units(session, request)
    return {variant.key: found.get(i, 0) for i, variant in enumerate(experiment.phase.variants)} if found else {}


def _assigned(session: Session, experiment: Experiment) -> dict[str, int]:
    """Units the server assigned by variant; only tests on private facts have any."""
    found = eligibility.assigned(session.connection(), experiment.key, experiment.phase.number)
    return {variant.key: found.get(variant.key, 0) for variant in experiment.phase.variants} if found else {}


def _new_ids(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, NewIds]]:
    """Exposed visitors and new ids by browser and variant; other ids are no browser's to forget."""
    if request.unit is not UnitKind.VISITOR:
        return {}
    keys = [variant.key for variant in experiment.phase.variants]
    found = new_ids(session, request)
    return {word: {key: NewIds(*counts.get(i, (0, 0))) for i, key in enumerate(keys)} for word, counts in found.items()}


def _handled(session: Session, request: MomentsRequest) -> Handled | None:
    found = handled_counts(session, request)
    return None if found is None else Handled(**asdict(found))


def _offers_elsewhere(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, int]]:
    """Units that other tests made an offer, by test and variant of this one."""
    keys = [variant.key for variant in experiment.phase.variants]
    found = offers_of_other_tests(session, request)
    return {test: {key: counts.get(i, 0) for i, key in enumerate(keys)} for test, counts in found.items()}


def _excluded(session: Session, experiment: Experiment, request: MomentsRequest) -> dict[str, dict[str, int]]:
    """Units left out by reason and variant; nothing where nobody is."""
    if not request.without_marked:
        return {}
    found = marked_counts(session, every_exposed(request), request.unit, request.cut)
    keys = [variant.key for variant in experiment.phase.variants]
    return {reason: {key: counts.get(i, 0) for i, key in enumerate(keys)} for reason, counts in found.items()}


def _net_data(
    session: Session,
    experiment: Experiment,
    used: tuple[_Used, ...],
    request: MomentsRequest,
    data: AnalysisInput,
    now: int,
) -> NetData | None:
    """From gross to net, at planned looks only; none where agents are drawn, whose contacts are no money of theirs."""
    if experiment.unit is UnitKind.AGENT:
        return None
    plan = net_plan_of(experiment, (item.metric for item in used))
    if not data.looks.is_look:
        return withheld(experiment, plan)
    delivered = _delivered_until(session, (), now)
    asked = Asked(plan, request.phase_id, now, delivered, data.exposed, request.without_marked)
    return net_data(session, experiment, asked, load_codes(session), final=is_over(experiment, now))


def _metrics(session: Session, experiment: Experiment) -> tuple[_Used, ...]:
    found = []
    for use in experiment.metrics:
        metric = metric_store.find(session, use.metric, use.version)
        if metric is None:
            raise NotFoundError("metric", use.metric)
        found.append(_Used(use, metric))
    return tuple(found)


def _request(
    session: Session, experiment: Experiment, used: tuple[_Used, ...], now: int, delivered: int
) -> MomentsRequest:
    codes = load_codes(session)
    columns: dict[str, ColumnRequest] = {}
    for item in used:
        answers = columns_of_answers(item.metric, codes, of_agents=experiment.unit is UnitKind.AGENT)
        needed = (*columns_of(item.metric, codes), *answers)
        columns |= {column.key: column for column in needed}
    window = max((item.metric.window_days for item in used), default=0)
    returns = max((item.metric.return_days for item in used), default=0)
    return MomentsRequest(
        phase_id=_phase_id(session, experiment),
        unit=experiment.unit,
        cut=now,
        mature_before=min(delivered, contrast_end(experiment, now)) - (window + returns) * DAY + 1,
        columns=tuple(columns.values()),
        return_window=returns * DAY if returns else None,
        since=experiment.phase.started_at or 0,
        until=experiment.phase.ended_at,
        without_marked=any_marked(session, experiment.unit),
        complete_sources=codes.complete_sources,
    )


def _phase_id(session: Session, experiment: Experiment) -> int:
    statement = (
        select(PhaseRow.id)
        .join(ExperimentRow)
        .where(ExperimentRow.key == experiment.key, PhaseRow.number == experiment.phase.number)
    )
    found = session.scalar(statement)
    if found is None:
        raise NotFoundError("experiment", experiment.key)
    return found


def _delivered_until(session: Session, used: tuple[_Used, ...], now: int) -> int:
    """The earliest watermark of any source the metrics use; sources without one deliver as things happen."""
    named = {source for item in used for source in item.metric.sources}
    statement = select(SourceRow.watermark).where(SourceRow.watermark.is_not(None))
    if named and all(item.metric.sources for item in used):
        statement = statement.where(SourceRow.key.in_(named))
    return min((now, *(mark for mark in session.scalars(statement) if mark is not None)))


def _as_of(look: Snapshot) -> tuple[int, int]:
    """The instant of a look, and up to when sources had delivered then."""
    return look.at, from_iso(look.report["data_until"], "data_until")


def _input(
    session: Session,
    experiment: Experiment,
    used: tuple[_Used, ...],
    request: MomentsRequest,
    result: MomentsResult,
    identity: IdentityFacts | None,
    by_day: dict[int, dict[int, int]],
    now: int,
    before: Sequence[Snapshot],
) -> AnalysisInput:
    variants = experiment.phase.variants
    exposed = {variant.key: result.counts.exposed.get(i, 0) for i, variant in enumerate(variants)}
    none = _nothing(request)
    moments = {variant.key: result.moments.get(i, none) for i, variant in enumerate(variants)}
    looks = looks_at(experiment, _taken(before), moments[variants[0].key].n, now)
    return AnalysisInput(
        experiment=experiment_facts(experiment),
        variants=variant_facts(variants),
        metrics=tuple(_plan(item, of_agents=experiment.unit is UnitKind.AGENT) for item in used),
        moments=moments,
        exposed=exposed,
        looks=looks,
        earlier=earlier_statistics(before[: len(looks.taken) - 1]) if looks.is_look else None,
        goal_rule=experiment.plan.goal_rule,
        alpha=experiment.plan.alpha,
        segments=days(by_day, experiment),
        quality=_quality(experiment, result, identity, exposed, moments),
        computed_at=to_iso(now),
        settled=_settled(session, experiment),
    )


def _settled(session: Session, experiment: Experiment) -> Settled | None:
    """The verdict that the standing decision was made on, in the current phase."""
    made = standing(session, experiment)
    seen = None if made is None or made.snapshot_id is None else snapshots.find(session, made.snapshot_id)
    if seen is None or seen.phase != experiment.phase.number:
        return None
    report = Report.from_dict(seen.report)
    return settled_by(report.decision, report.look.number, report.look.planned)


def _plan(item: _Used, *, of_agents: bool) -> MetricPlan:
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


def _quality(
    experiment: Experiment,
    result: MomentsResult,
    identity: IdentityFacts | None,
    exposed: dict[str, int],
    moments: dict[str, Moments],
) -> Quality:
    total = sum(exposed.values())
    twice = result.counts.in_two_variants
    keys = [variant.key for variant in experiment.phase.variants]

    def shares(linked: dict[int, int]) -> dict[str, float | None]:
        return {key: linked.get(i, 0) / exposed[key] if exposed[key] else None for i, key in enumerate(keys)}

    return Quality(
        in_two_variants=twice,
        in_two_variants_share=twice / (total + twice) if total + twice else 0.0,
        contaminated=identity.contaminated if identity else 0,
        contaminated_share=identity.contaminated / identity.customers if identity and identity.customers else 0.0,
        immature=total - sum(group.n for group in moments.values()),
        linked_at_exposure=shares(identity.linked_at_exposure) if identity else {},
        linked_at_cut=shares(identity.linked_at_cut) if identity else {},
    )
