"""Look out for what people should hear of at once: a broken split, harm at a look, events that stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision import formats
from experiments.decision.words import Action
from experiments.domain.experiment import Experiment, Status
from experiments.domain.message import Topic
from experiments.services import alarms
from experiments.services.clock import DAY, HOUR, to_iso
from experiments.services.headlines import headline
from experiments.services.messages.letters import alarm_letter
from experiments.services.messages.outbox import News, tell
from experiments.services.project import is_rebuilding
from experiments.services.steps import Alone, is_down, together
from experiments.store import pulse
from experiments.store.catalogue import experiments as experiment_store
from experiments.store.catalogue import snapshots
from experiments.store.engines import reading, writing

#: Silence is news where at least so many exposures came in the same hours before, and it lasted so long (µs):
#: a Poisson count with a mean of 30 is 0 once in 10 million million times.
USUAL, SILENCE = 30, HOUR
WEEK = 7 * DAY
WATCHED = frozenset({Status.RUNNING, Status.PAUSED, Status.STOPPED})
HARMFUL = frozenset({Action.HARM, Action.CANNIBALISING})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may be news; `facts` tell it from another of its kind."""

    kind: str
    sentence: str
    facts: dict[str, Any]


def look_out(engine: Engine, now: int, alone: Alone = together) -> int:
    """Sound alarms about what is new; how many."""
    if is_rebuilding(engine):
        return 0  # facts that come back one by one look like a silence
    with reading(engine) as session:
        keys = experiment_store.keys(session, WATCHED)
    return sum(alone("look-out", partial(_look_at, engine, key, now), key) or 0 for key in keys)


def spread(engine: Engine, now: int, *, public_url: str, by_mail: bool, alone: Alone = together) -> int:
    """Write messages about alarms that nobody was told of; an alarm and its messages are marked together."""

    def write(alarm: alarms.Alarm) -> int:
        with writing(engine) as session:
            written = tell(session, now, _news(alarm, public_url), source=public_url or "netlift", by_mail=by_mail)
            alarms.mark_told(session, alarm.id, now)
        return written

    with reading(engine) as session:
        waiting = alarms.untold(session)
    return sum(alone("messages", partial(write, alarm), f"alarm {alarm.id}") or 0 for alarm in reversed(waiting))


def _look_at(engine: Engine, key: str, now: int) -> int:
    """Look at a test in every way; the first that fails is raised once the others have been heard."""
    found: list[Finding] = []
    failed: Exception | None = None
    with reading(engine) as session:
        one = experiment_store.find(session, key)
        for look in LOOKS if one is not None and not one.imported else ():
            assert one is not None
            try:
                found += [each for each in look(session, one, now) if _is_news(session, key, each)]
            except Exception as error:
                if is_down(error):
                    raise
                failed = failed or error
    for finding in found:
        with writing(engine) as session:
            alarms.sound(session, now, finding.kind, key, finding.sentence, finding.facts)
    if failed is not None:
        raise failed
    return len(found)


def _news(alarm: alarms.Alarm, public_url: str) -> News:
    path = f"/experiments/{alarm.experiment}" if alarm.experiment else "/"
    text, html = alarm_letter(alarm.sentence, path, public_url)
    about = f": {alarm.experiment}" if alarm.experiment else ""
    subject = f"Alarm{about}, {alarm.kind.replace('_', ' ')}"
    data = {"sentence": alarm.sentence, "facts": alarm.facts, "path": path}
    news = News(Topic.ALARM, f"alarm/{alarm.id}", alarm.at, data, subject, text, html)
    return replace(news, kind=alarm.kind, experiment=alarm.experiment)


def _is_news(session: Session, key: str, finding: Finding) -> bool:
    """Whether nothing of the kind with the same facts was sounded before."""
    names = ("phase", "since", "look")
    known = (alarm for alarm in alarms.alarms_of(session, key, 1_000) if alarm.kind == finding.kind)
    return not any(all(alarm.facts.get(name) == finding.facts.get(name) for name in names) for alarm in known)


def _broken_split(session: Session, experiment: Experiment, _now: int) -> Iterator[Finding]:
    live = snapshots.latest(session, experiment.key, kind="live", phase=experiment.phase.number)
    split = live.report["split"] if live else {}
    if split.get("status") == "broken" and split.get("p") is not None:
        chance = formats.chance(split["p"])
        sentence = f"{experiment.name}: the split is broken (the chance of what was seen is {chance})."
        facts = {"phase": experiment.phase.number, "p": split["p"]}
        yield Finding("split_broken", sentence + " Nothing that it shows can be read.", facts)


def _harm(session: Session, experiment: Experiment, _now: int) -> Iterator[Finding]:
    """Verdicts change at planned looks only, so harm is read there."""
    look = snapshots.latest(session, experiment.key, kind="look", phase=experiment.phase.number)
    said = headline(session, experiment.key, experiment.phase.number)
    if look is not None and said is not None and said.action in HARMFUL:
        facts = {"phase": experiment.phase.number, "look": look.report["look"]["number"], "action": said.action.value}
        yield Finding("harm", f"{experiment.name}: {said.title}", facts)


def _silence(session: Session, experiment: Experiment, now: int) -> Iterator[Finding]:
    """Nothing seen since some instant, where the same hours a week (else a day) before had seen many."""
    if experiment.status is not Status.RUNNING:
        return
    phase = pulse.phase_id(session, experiment.key, experiment.phase.number)
    last = None if phase is None else pulse.last_exposure(session, phase, now)
    if phase is None or last is None or now - last < SILENCE:
        return
    started = experiment.phase.started_at or last
    back = WEEK if last - WEEK >= started else DAY
    if last - back < started:
        return
    usual = pulse.exposures_between(session, phase, last - back, min(now, last + back) - back)
    if usual >= USUAL:
        before = "a week" if back == WEEK else "a day"
        sentence = (
            f"{experiment.name}: not seen since {to_iso(last)[:16].replace('T', ' ')} UTC; in the same hours {before} "
            f"before it was seen {formats.count(usual)} times. Is the page, the key or the sender broken?"
        )
        yield Finding(
            "events_stopped", sentence, {"phase": experiment.phase.number, "since": to_iso(last), "usual": usual}
        )


LOOKS: tuple[Callable[[Session, Experiment, int], Iterator[Finding]], ...] = (_broken_split, _harm, _silence)
