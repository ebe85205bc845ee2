"""Journeys as documents: read what people write, keep versions, put one away and take it out again."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import DomainError
from experiments.domain.journey import WINDOW_DAYS, Journey, Match, Step
from experiments.services import describe
from experiments.services.actor import Actor
from experiments.services.catalogue import all_families, all_journeys, all_products, journey_by_key, save_journey
from experiments.services.fields import Fields, placed
from experiments.store.catalogue.journeys import Recorded
from experiments.store.catalogue.journeys import versions as _versions

__all__ = ["Recorded", "archive", "described", "live_journeys", "read_journey", "save", "versions"]

TOP = ("key", "name", "steps", "families", "addons", "priority", "window_days")
#: What `describe.journey` shows beside them; read back, it is ignored.
SET_BY_PRODUCT = ("version", "archived")
STEP = ("key", "name", "match", "pattern")


def live_journeys(session: Session) -> tuple[Journey, ...]:
    """Every journey that is not archived, by key."""
    return tuple(journey for journey in all_journeys(session) if not journey.archived)


def described(journey: Journey) -> dict[str, Any]:
    """The document of a journey."""
    return dict(describe.journey(journey))


def read_journey(data: Any, key: str | None = None) -> Journey:
    """Read the document as decoded from JSON.

    Args:
        key: of the journey where its address says it; one in the document is then ignored.

    Raises:
        DomainError: with the dotted path of the first field that does not fit.
    """
    fields = Fields(data, "", (*TOP, *SET_BY_PRODUCT))
    steps = tuple(_step(item, path, number) for number, (path, item) in enumerate(fields.items("steps"), start=1))
    with placed("", "journey"):
        return Journey(
            key=fields.text("key") if key is None else key,
            name=fields.text("name"),
            steps=steps,
            families=fields.texts("families"),
            addons=fields.texts("addons"),
            priority=fields.texts("priority"),
            window_days=fields.whole("window_days", WINDOW_DAYS),
        )


def save(session: Session, actor: Actor, now: int, journey: Journey) -> Journey:
    """Add a journey or its next version; families and products must exist.

    Raises:
        DomainError: `unknown_choice`, with the nearest key that does.
    """
    actor.require(Right.EDIT)
    families = [family.key for family in all_families(session)]
    products = [product.key for product in all_products(session)]
    for name, known in (("families", families), ("addons", products), ("priority", products)):
        _check_known(name, getattr(journey, name), known)
    return save_journey(session, actor, now, journey)


def archive(session: Session, actor: Actor, now: int, key: str, *, archived: bool = True) -> Journey:
    """Put a journey away, or take it out again; its versions and counts stay."""
    actor.require(Right.EDIT)
    return save_journey(session, actor, now, replace(journey_by_key(session, key), archived=archived))


def versions(session: Session, key: str) -> tuple[Recorded, ...]:
    """Every version with who saved it, newest first; raises NotFoundError."""
    journey_by_key(session, key)
    return _versions(session, key)


def _step(item: Any, path: str, number: int) -> Step:
    fields = Fields(item, path, STEP)
    with placed(path, "step"):
        return Step(
            key=fields.text("key", f"step-{number}"),
            name=fields.text("name"),
            match=fields.choice("match", Match, Match.PATH),
            pattern=fields.text("pattern"),
        )


def _check_known(name: str, keys: tuple[str, ...], known: list[str]) -> None:
    for key in keys:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise DomainError("unknown_choice", f"{name} holds {key!r}, which does not exist.{hint}", name)
