"""The form of a decision on a stopped test, with the recommendation chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from experiments.domain.experiment import Status
from experiments.domain.rollout import DEFAULT_HOLDBACK
from experiments.services.decide import Choice
from web.pages.ship_form import USUAL, ship_values

if TYPE_CHECKING:
    from web.pages.fields import Form
    from web.pages.results_page import ResultsPage

KEEP = Choice.KEEP_CONTROL.value


@dataclass(frozen=True)
class DecideForm:
    """What the form shows.

    Args:
        choices: (value, label, hint); a variant is shipped with `ship:<key>`.
        holdback: percent, as typed.
        ship: how a winner is shipped, as typed; see `web.pages.ship_form`.
    """

    choices: list[tuple[str, str, str | None]]
    choice: str = ""
    holdback: str = f"{100 * DEFAULT_HOLDBACK:g}"
    reason: str = ""
    ship: dict[str, str] = field(default_factory=lambda: dict(USUAL))
    errors: dict[str, str] = field(default_factory=dict)


def decide_form(page: ResultsPage) -> DecideForm | None:
    """The empty form of a stopped test; None where nothing is to decide, or for somebody else to decide."""
    if page.experiment.status is not Status.STOPPED or not page.may["decide"]:
        return None
    return DecideForm(_choices(page), choice=_recommended(page) or "")


def refused_form(page: ResultsPage, filled: Form) -> DecideForm:
    """The form as it was filled, with its errors."""
    typed = {name: filled.text(name) for name in ("choice", "holdback", "reason")}
    return DecideForm(_choices(page), **typed, ship=ship_values(filled), errors=filled.errors)


def _choices(page: ResultsPage) -> list[tuple[str, str, str | None]]:
    recommended = _recommended(page)
    _, *tested = page.experiment.phase.variants
    values = [(f"ship:{variant.key}", f"Ship {variant.name}") for variant in tested]
    values.append((KEEP, "Keep the control"))
    return [(value, label, "What the report says" if value == recommended else None) for value, label in values]


def _recommended(page: ResultsPage) -> str | None:
    """The choice that follows the report; None where it names no variant to ship."""
    variant = page.decision["decision"]["variant"] if page.decision else None
    return f"ship:{variant}" if variant else None
