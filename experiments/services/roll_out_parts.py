"""A roll-out from a document: what the API takes."""

from __future__ import annotations

from typing import Any

from experiments.domain.rollout import DEFAULT_HOLDBACK, OnHarm, ReadAs, RollOut, Step
from experiments.services.clock import from_iso
from experiments.services.fields import Fields

NAMES = ("variant", "share", "holdback", "steps", "keep", "last_read_out", "read_as", "on_harm", "guard_days")


def read_roll_out(data: Any) -> RollOut | None:
    """The roll-out that a document asks for; None where it asks for none.

    Raises:
        DomainError: a field is missing, of another type or out of range, by its dotted path.
    """
    if data is None:
        return None
    given = Fields(data, "rollout", NAMES)
    return RollOut(
        given.text("variant"),
        given.number("share", 1.0),
        given.number("holdback", DEFAULT_HOLDBACK),
        steps=tuple(_read_step(item, path) for path, item in given.items("steps")),
        keep=given.flag("keep", True),
        last_read_out=given.maybe_whole("last_read_out"),
        read_as=given.choice("read_as", ReadAs, ReadAs.SPENDING),
        on_harm=given.choice("on_harm", OnHarm, OnHarm.ROLL_BACK),
        guard_days=given.whole("guard_days", 3),
    )


def _read_step(item: Any, path: str) -> Step:
    given = Fields(item, path, ("share", "earliest"))
    return Step(given.number("share"), from_iso(given.text("earliest"), given.at("earliest")))
