"""The turn of the wheel: what to decide today, what starts, what was learned lately."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from experiments.decision.words import Action
from experiments.domain.calendar import Span, spans
from experiments.domain.experiment import Experiment, Status
from experiments.domain.learning import LearningStatus
from experiments.domain.rollout import RollOutState
from experiments.domain.schedule import final_at
from experiments.services import goals
from experiments.services.actor import Actor
from experiments.services.approvals import requests
from experiments.services.clock import DAY, local_day, maybe_iso, to_iso
from experiments.services.decide import decisions_on
from experiments.services.experiments import all_experiments, attempt
from experiments.services.headlines import Headline, headline
from experiments.services.learn import library

#: What was decided so lately counts as learned now.
LEARNED_DAYS = 31
#: Actions that cannot wait for the next look.
URGENT = (Action.INVALID, Action.CANNIBALISING, Action.HARM)
_RUNNING = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class ToDecide:
    """Something that waits for a person.

    Args:
        action: of the last report, None for what is no test.
        why: one sentence.
        href: where it is decided.
        urgent: it does harm, or can no longer be read.
    """

    title: str
    why: str
    href: str
    action: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A test that enrols, or is paused."""

    key: str
    name: str
    status: str
    day: int
    units: int | None
    action: str | None
    words: str
    ends: str | None


@dataclass(frozen=True, slots=True)
class Starting:
    """A draft: its earliest start, how long it takes, and what it lacks."""

    key: str
    name: str
    starts: str
    ends: str | None
    weeks: int | None
    waits_for: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned: a published learning, or a decided test with the sentence of its report.

    Args:
        decided: what people chose, or "learning".
    """

    key: str
    name: str
    decided: str
    at: str
    who: str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """Everything that turns."""

    to_decide: tuple[ToDecide, ...]
    running: tuple[Running, ...]
    starting: tuple[Starting, ...]
    learned: tuple[Learned, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self)


def wheel(session: Session, now: int, zone: ZoneInfo, actor: Actor | None = None) -> Wheel:
    """Read from stored reports; nothing is computed but dates. What is asked of `actor` alone comes with it."""
    known = [(one, attempt(session, one, partial(_said, session))) for one in all_experiments(session)]
    every = tuple(one for one, said in known if said is not None)
    found = {one.key: said[0] for one, said in known if said is not None}
    waiting = [item for one in every if (item := _to_decide(one, found.get(one.key), now))]
    waiting += [item for one in every if (item := _halted(one))]
    waiting += [*(_asked_of(session, actor) if actor else ()), *_reviews(session, local_day(now, zone))]
    return Wheel(
        to_decide=tuple(sorted(waiting, key=lambda item: (not item.urgent, item.title.lower()))),
        running=tuple(_running(one, found.get(one.key), now) for one in every if one.status in _RUNNING),
        starting=tuple(_starting(span) for span in spans(every, now) if span.is_planned),
        learned=_learned(session, every, now),
    )


def _said(session: Session, experiment: Experiment) -> tuple[Headline | None]:
    """What the last report says of a test that runs or waits for its decision; nothing of others."""
    is_open = experiment.launched_at is not None and experiment.status in (*_RUNNING, Status.STOPPED)
    return (_headline(session, experiment) if is_open else None,)


def _headline(session: Session, experiment: Experiment) -> Headline | None:
    return headline(session, experiment.key, experiment.phase.number)


def _to_decide(experiment: Experiment, said: Headline | None, now: int) -> ToDecide | None:
    href = f"/experiments/{experiment.key}"
    action = said.action.value if said else None
    last = final_at(experiment)
    if experiment.status is Status.STOPPED and not experiment.imported:
        if last is not None and now < last:
            why = "Stopped. It can be decided now; the last units are mature later."
        else:
            why = f"Stopped and read out: {said.title}" if said else "Stopped, without a report yet."
        return ToDecide(experiment.name, why, href, action)
    if experiment.status not in _RUNNING:
        return None
    if said is not None and said.action in URGENT:
        return ToDecide(experiment.name, said.title, href, action, urgent=True)
    if last is not None and now >= last:
        return ToDecide(experiment.name, "Its last planned look is over: stop it and decide.", href, action)
    return None


def _halted(experiment: Experiment) -> ToDecide | None:
    """A shipped winner whose roll-out stands still, because somebody or its guard stopped it."""
    if experiment.status is not Status.DECIDED or experiment.rollout is None:
        return None
    if experiment.rollout.state is not RollOutState.PAUSED:
        return None
    why = f"Its roll-out is paused at {experiment.rollout.share:.0%}: go on, or take it back."
    return ToDecide(experiment.name, why, f"/experiments/{experiment.key}")


def _asked_of(session: Session, actor: Actor) -> list[ToDecide]:
    """Launches and roll-outs that wait for this person's agreement."""
    return [
        ToDecide(f"Agree to {asked.deed.value} {asked.name}?", f"{asked.asked_by} asks: {asked.reason}", "/approvals")
        for asked in requests.waiting_for(session, actor)
    ]


def _reviews(session: Session, today: date) -> list[ToDecide]:
    """Agreements whose day of review has come."""
    return [
        ToDecide(f"What is agreed about {key}", f"Its review was due on {recorded.agreement.review_on}.", "/goals")
        for key, recorded in goals.current(session).items()
        if recorded.agreement.review_on and recorded.agreement.review_on <= today.isoformat()
    ]


def _running(experiment: Experiment, said: Headline | None, now: int) -> Running:
    return Running(
        key=experiment.key,
        name=experiment.name,
        status=experiment.status.value,
        day=max(1, (now - (experiment.launched_at or now)) // DAY + 1),
        units=said.exposed if said else None,
        action=said.action.value if said else None,
        words=said.title if said else "Waiting for the first report.",
        ends=maybe_iso(final_at(experiment)),
    )


def _starting(span: Span) -> Starting:
    weeks = None if span.recruits_until is None else (span.recruits_until - span.starts) // (7 * DAY)
    return Starting(
        span.key, span.name, to_iso(span.starts), maybe_iso(span.ends), weeks, span.waits_for, span.missing
    )  # fmt: skip


def _fresh(kept: library.Kept, now: int) -> bool:
    return kept.status is LearningStatus.PUBLISHED and now - kept.updated_at <= LEARNED_DAYS * DAY


def _published(kept: library.Kept) -> Learned:
    key, words = kept.experiment or "", kept.learning.finding
    return Learned(
        key, kept.learning.title, "learning", to_iso(kept.updated_at), "", words, f"/learnings/{kept.id}"
    )  # fmt: skip


def _learned(session: Session, every: tuple[Experiment, ...], now: int) -> tuple[Learned, ...]:
    found = [_published(kept) for kept in library.every(session) if _fresh(kept, now)]
    told = {kept.experiment for kept in library.every(session) if kept.status is LearningStatus.PUBLISHED}
    for one in every:
        if one.key in told or one.status not in (Status.DECIDED, Status.ARCHIVED):
            continue
        decided = decisions_on(session, one.key)
        if decided and now - decided[-1].at <= LEARNED_DAYS * DAY:
            last, said = decided[-1], attempt(session, one, partial(_headline, session))
            words = said.title if said else ""
            found.append(
                Learned(one.key, one.name, last.decided, to_iso(last.at), last.who, words, f"/experiments/{one.key}")
            )
    return tuple(sorted(found, key=lambda item: item.at, reverse=True))
