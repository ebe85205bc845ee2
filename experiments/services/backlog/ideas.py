"""Ideas: everybody puts them in, editors complete, move, archive and start them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.checks import TEXT_MAX, check_range, check_text
from experiments.domain.errors import DomainError
from experiments.domain.idea import Idea, IdeaStatus, Origin, Season, check_open
from experiments.domain.plain import to_plain
from experiments.services import audit, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import to_iso
from experiments.services.fields import Fields, placed
from experiments.services.metrics import metric_by_key
from experiments.store.catalogue import ideas
from experiments.store.catalogue.ideas import Held

NOUN = "idea"
FIELDS = tuple(Idea.__dataclass_fields__)
_TEXTS = ("hypothesis", "evidence", "source", "journey", "template", "layer", "guardrail", "not_before", "not_after")
_NUMBERS = ("effort_days", "traffic_per_week", "baseline", "sd", "effect", "value", "guardrail_baseline",
            "guardrail_margin", "half_life_weeks", "expected", "gap")  # fmt: skip

__all__ = ["Held"]


def suggest(session: Session, actor: Actor, now: int, title: str, hypothesis: str = "", evidence: str = "") -> Held:
    """Put an idea in, as anybody may who can sign in: what to test, why, and what was seen; others add the numbers."""
    actor.require(Right.SUGGEST)
    return _add(session, actor, now, Idea(title, hypothesis, evidence, Origin.STAFF))


def add(session: Session, actor: Actor, now: int, idea: Idea) -> Held:
    """Put a whole idea in, typed, from an opportunity or from a learning."""
    actor.require(Right.EDIT)
    _check_references(session, idea)
    return _add(session, actor, now, idea)


def change(session: Session, actor: Actor, now: int, idea_id: int, idea: Idea, revision: int | None = None) -> Held:
    """Change an open idea; where it came from stays.

    Raises:
        ConflictError: `stale`, or it is not open any more.
    """
    actor.require(Right.EDIT)
    before = ideas.find(session, idea_id)
    check_open(before.status, "changed")
    _check_references(session, idea)
    after = replace(before, idea=replace(idea, origin=before.idea.origin), revision=revision or before.revision)
    return _save(session, actor, now, "change", before, after)


def place(session: Session, actor: Actor, now: int, idea_id: int, place: int | None, reason: str) -> Held:
    """Move an idea to a place of the order whatever its value says, or let its value decide again (None).

    Raises:
        DomainError: the reason is missing, which is asked both ways, or the place is below 1.
    """
    actor.require(Right.EDIT)
    before = ideas.find(session, idea_id)
    check_open(before.status, "moved")
    words = check_text(reason, "reason", at_most=TEXT_MAX)
    if place is not None:
        check_range(place, "place", low=1, high=10_000)
    after = replace(before, place=place, place_reason=words if place else "")
    return _save(session, actor, now, "move", before, after, words)


def archive(session: Session, actor: Actor, now: int, idea_id: int, reason: str = "") -> Held:
    """Put an idea away; it can be brought back."""
    actor.require(Right.EDIT)
    before = ideas.find(session, idea_id)
    check_open(before.status, "archived")
    after = replace(before, status=IdeaStatus.ARCHIVED, place=None, place_reason="")
    return _save(session, actor, now, "archive", before, after, reason)


def restore(session: Session, actor: Actor, now: int, idea_id: int) -> Held:
    """Bring an archived or started idea back; the draft it became stays where it is."""
    actor.require(Right.EDIT)
    before = ideas.find(session, idea_id)
    after = replace(before, status=IdeaStatus.OPEN, experiment=None)
    return before if before.status is IdeaStatus.OPEN else _save(session, actor, now, "restore", before, after)


def started(session: Session, actor: Actor, now: int, idea_id: int, experiment: str) -> Held:
    """Write down which draft an idea became."""
    actor.require(Right.EDIT)
    before = ideas.find(session, idea_id)
    check_open(before.status, "started")
    after = replace(before, status=IdeaStatus.STARTED, experiment=experiment, place=None, place_reason="")
    return _save(session, actor, now, "start", before, after)


def by_id(session: Session, idea_id: int) -> Held:
    """The idea; raises NotFoundError."""
    return ideas.find(session, idea_id)


def all_ideas(session: Session, status: IdeaStatus | None = None) -> tuple[Held, ...]:
    """Ideas of one state or of all, the newest first."""
    return tuple(held for held in ideas.all_ideas(session) if status is None or held.status is status)


def add_season(session: Session, actor: Actor, now: int, season: Season) -> int:
    """Keep days on which no test may be planned."""
    actor.require(Right.EDIT)
    season_id = ideas.add_season(session, season)
    audit.record(session, actor, now, "add", "season", str(season_id), after=to_plain(season))
    return season_id


def delete_season(session: Session, actor: Actor, now: int, season_id: int) -> None:
    """Forget such days."""
    actor.require(Right.EDIT)
    gone = ideas.delete_season(session, season_id)
    audit.record(session, actor, now, "delete", "season", str(season_id), before=to_plain(gone))


def all_seasons(session: Session) -> tuple[tuple[int, Season], ...]:
    """(id, season), the earliest first."""
    return ideas.all_seasons(session)


def read_idea(data: Any) -> Idea:
    """An idea from its document.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", FIELDS)
    with placed("", "idea"):
        return Idea(
            title=fields.text("title"),
            origin=fields.choice("origin", Origin, Origin.TYPED),
            audience=fields.text("audience", "Everyone"),
            families=fields.texts("families"),
            goal=fields.text("goal", "cross-sell"),
            layer_share=fields.number("layer_share", 1.0),
            net_share=fields.number("net_share", 1.0),
            **{name: fields.text(name, "") for name in _TEXTS},  # type: ignore[arg-type]
            **{name: fields.maybe_number(name) for name in _NUMBERS},  # type: ignore[arg-type]
        )


def read_season(data: Any) -> Season:
    """A season from its document."""
    fields = Fields(data, "", ("name", "starts_on", "ends_on"))
    with placed("", "season"):
        return Season(fields.text("name"), fields.text("starts_on"), fields.text("ends_on"))


def describe(held: Held) -> dict[str, Any]:
    """JSON-ready; the fields of an idea are those that `read_idea` reads."""
    return {
        "id": held.id,
        **to_plain(held.idea),
        "status": held.status.value,
        "revision": held.revision,
        "place": held.place,
        "place_reason": held.place_reason,
        "experiment": held.experiment,
        "who": held.who,
        "created_at": to_iso(held.created_at),
        "updated_at": to_iso(held.updated_at),
    }


def _add(session: Session, actor: Actor, now: int, idea: Idea) -> Held:
    held = ideas.add(session, idea, actor.name, now)
    audit.record(session, actor, now, "add", NOUN, str(held.id), after=describe(held))
    return held


def _save(session: Session, actor: Actor, now: int, deed: str, before: Held, after: Held, reason: str = "") -> Held:
    saved = ideas.save(session, after, now)
    audit.record(
        session, actor, now, deed, NOUN, str(before.id), before=describe(before), after=describe(saved), reason=reason
    )
    return saved


def _check_references(session: Session, idea: Idea) -> None:
    metric_by_key(session, idea.goal)
    if idea.guardrail:
        metric_by_key(session, idea.guardrail)
    if idea.journey:
        catalogue.journey_by_key(session, idea.journey)
    if idea.layer:
        catalogue.layer_by_key(session, idea.layer)
    known = {family.key for family in catalogue.all_families(session)}
    for key in idea.families:
        if key not in known:
            raise DomainError("unknown_choice", f"families holds {key!r}, which is no family.", "families")
