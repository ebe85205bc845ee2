"""The lines of the checklist: what the definition says, what arrived, what history and neighbours say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from experiments.domain.audience import PRIVATE_ATTRIBUTES, Audience
from experiments.domain.environment import Environment
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.source import Source
from experiments.services.aa import Check, check_of
from experiments.services.catalogue import all_sources
from experiments.services.checklist.flows import flows
from experiments.services.checklist.line import ATTENTION, OK, OPEN, Line
from experiments.services.clock import DAY
from experiments.services.consistency import inconsistencies
from experiments.services.neighbours import BESIDE, CLASH, neighbours, place_of
from experiments.store import rehearsal

#: A rehearsal older than this proves little about the page as it is.
REHEARSED = 14 * DAY
#: A source is late when it delivered nothing for so long.
LATE = 3 * DAY


def checklist(session: Session, experiment: Experiment, now: int) -> tuple[Line, ...]:
    """Every line, in the order in which one would see to them.

    Args:
        now: µs; nothing later exists.
    """
    return (
        *_definition(experiment),
        _rehearsed(session, experiment, now),
        flows(session, experiment, now),
        *_history(check_of(session, experiment)),
        _sources(session, now),
        _neighbours(session, experiment),
        _consistent(session, experiment),
        _owner(experiment),
        _end(experiment, now),
    )


def _definition(experiment: Experiment) -> Iterator[Line]:
    hypothesis = bool(experiment.hypothesis)
    yield Line(
        "hypothesis", "Hypothesis", OK if hypothesis else ATTENTION,
        experiment.hypothesis if hypothesis else "The hypothesis is empty.", "hypothesis", blocks=True,
    )  # fmt: skip
    yield audience_line(experiment)
    missing = [text for text in experiment.missing_for_launch() if "metric" in text or "guardrail" in text]
    goals, guarded = len(experiment.goals), len(experiment.guardrails)
    losses = "guardrail with its accepted loss" if guarded == 1 else "guardrails with their accepted losses"
    told = f"{goals} {'goal' if goals == 1 else 'goals'}, {guarded} {losses}."
    yield Line(
        "metrics", "Goal and guardrail", ATTENTION if missing else OK, " ".join(missing) or told, "metrics", blocks=True
    )
    plan, words = experiment.plan, "The plan has no sample size yet."
    sized = plan.weeks is not None and plan.units_per_variant is not None
    if sized:
        words = f"{plan.weeks} weeks, {plan.units_per_variant:,} units in the control, read at {plan.looks} looks."
    yield Line(
        "plan", "Sample size", OK if sized else ATTENTION, words,
        "plan", blocks=True,
    )  # fmt: skip


def audience_line(experiment: Experiment) -> Line:
    """Words keep nobody out: an audience that is only described lets everyone in."""
    audience, line = experiment.phase.audience, Line("audience", "Audience", OK, "", "audience")
    if experiment.unit is UnitKind.AGENT and any(rule.attribute in PRIVATE_ATTRIBUTES for rule in audience.rules):
        words = "A rule asks what a customer holds or was offered, and agents are drawn: nobody would enter."
        return replace(line, state=ATTENTION, reason=words)
    if audience.rules:
        told = "1 rule decides" if len(audience.rules) == 1 else f"{len(audience.rules)} rules decide"
        return replace(line, reason=f"{audience.description}; {told} who may enter.")
    if audience.description in ("", Audience().description):
        return replace(line, reason="Everyone who comes to the place of the offer may enter.")
    if experiment.unit is UnitKind.AGENT:
        return replace(line, reason=f"{audience.description}: those for whom the contact centre asks.")
    words = f"“{audience.description}” are words only: no rule keeps anybody out, so everyone may enter."
    return replace(line, state=ATTENTION, reason=words)


def _rehearsed(session: Session, experiment: Experiment, now: int) -> Line:
    line = Line("rehearsed", "Exposure seen from each variant in test mode", OPEN, "", "/setup?environment=test")
    seen = rehearsal.exposures(session.connection(), experiment.key, now - REHEARSED)
    absent = [variant.name for variant in experiment.phase.variants if not seen[variant.key]]
    if not absent:
        counts = ", ".join(f"{variant.name} {seen[variant.key]:,}" for variant in experiment.phase.variants)
        return replace(line, state=OK, reason=f"{counts}, among the newest events of the last 14 days.")
    if experiment.status is not Status.TESTING and not seen:
        reason = "Start the rehearsal, then open each variant once with a key of the test environment."
        return replace(line, reason=reason, mend="")
    return replace(line, reason=f"Not seen yet: {', '.join(absent)}.")


def _history(check: Check | None) -> Iterator[Line]:
    splits = Line("aa", "200 A/A splits on history", OPEN, "Not made yet.")
    hash_ = Line("split", "Split of the test's own hash", OPEN, "Comes with the A/A splits.")
    if check is None:
        yield from (splits, hash_)
    elif check.state == "outdated":
        yield from (replace(splits, reason="Metrics or shares changed since; make them again."), hash_)
    elif check.is_busy:
        yield from (replace(splits, reason=f"{check.done} of {check.total} splits made."), hash_)
    elif check.state == "failed" or not check.metrics:
        yield from (replace(splits, state=ATTENTION, reason=check.reason), hash_)
    else:
        yield _splits(check, splits)
        yield _own_split(check, hash_)


def _splits(check: Check, line: Line) -> Line:
    tested = [each for each in check.metrics if each["share"] is not None]
    parts = [f"{each['metric']} {each['share']:.1%}" for each in tested]
    parts += [f"{each['metric']} has too few events" for each in check.metrics if each["share"] is None]
    reason = f"Rejected at 5%: {', '.join(parts)}; 2% to 9% is right. {check.units:,} units, {check.days} days."
    sound = bool(tested) and all(each["sound"] for each in tested)
    return replace(line, state=OK if sound else ATTENTION, reason=reason)


def _own_split(check: Check, line: Line) -> Line:
    split = check.split or {}
    if split.get("p") is None:
        return replace(line, reason="Too few units to tell.")
    counts = " / ".join(f"{count:,}" for count in split["counts"])
    reason = f"{counts} units of history under this test's salt, p = {split['p']:.3f}."
    return replace(line, state=OK if split["sound"] else ATTENTION, reason=reason)


def _sources(session: Session, now: int) -> Line:
    line = Line("sources", "Sources deliver", OK, "", "/data/reconciliation")
    known = [source for source in all_sources(session) if source.environment is Environment.PRODUCTION]
    counted = rehearsal.last_days(session.connection())
    late = [words for source in known if (words := _late(source, counted.get(source.key), now))]
    if not counted:
        return replace(line, state=OPEN, reason="No source has delivered anything yet.", mend="/setup")
    if late:
        return replace(line, state=ATTENTION, reason=" ".join(late))
    return replace(line, reason=f"{len(counted)} of {len(known)} sources delivered within the last 3 days.")


def _late(source: Source, day: int | None, now: int) -> str:
    until = source.watermark if source.watermark is not None else None if day is None else day + DAY
    if until is None or now - until < LATE:
        return ""
    return f"{source.name}: nothing since {_date(until)}."


def _neighbours(session: Session, experiment: Experiment) -> Line:
    line = Line("neighbours", "No clash with other tests and offers", OK, "", "plan")
    beside = neighbours(session, experiment, place_of(session, experiment.key))
    clashes = [each for each in beside if each.kind == CLASH]
    if clashes:
        words = " ".join(f"{each.name}: {each.reason}" for each in clashes)
        return replace(line, state=ATTENTION, reason=words, mend="audience", blocks=True)
    shared = [each for each in beside if each.kind == BESIDE]
    if shared:
        return replace(line, state=ATTENTION, reason=" ".join(f"{each.name}: {each.reason}" for each in shared))
    return replace(line, reason="No launched test shares its units, its place or its offer.")


def _consistent(session: Session, experiment: Experiment) -> Line:
    line = Line("consistent", "One customer, one promise", OK, "", "audience")
    found = inconsistencies(session, experiment)
    if found:
        return replace(line, state=ATTENTION, reason=" ".join(each.reason for each in found))
    return replace(line, reason="No variant contradicts what a running test promises the same customer.")


def _owner(experiment: Experiment) -> Line:
    owner = experiment.owner
    reason = owner or "Nobody is named who decides in the end."
    return Line("owner", "Owner", OK if owner else ATTENTION, reason, "start")


def _end(experiment: Experiment, now: int) -> Line:
    plan = experiment.plan
    if plan.weeks is None:
        return Line("end", "End date", ATTENTION, "The plan has no weeks yet.", "plan")
    last = now + (7 * plan.weeks + plan.maturation_days) * DAY
    recruits = _date(now + 7 * plan.weeks * DAY)
    return Line("end", "End date", OK, f"Launched today it recruits until {recruits} and is read on {_date(last)}.")


def _date(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant / 1e6, UTC):%-d %B %Y}"
