"""How a winner is shipped, as the form of the decision asks it: at once or in steps, with what is kept and guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from experiments.domain.errors import DomainError
from experiments.domain.rollout import READ_OUTS, OnHarm, ReadAs, RollOut, Step
from experiments.services.clock import DAY

if TYPE_CHECKING:
    from web.pages.fields import Form

#: What is proposed.
USUAL = {"pace": "at_once", "shares": "10, 25, 50, 100", "days": "7", "keep": "1", "on_harm": OnHarm.ROLL_BACK.value,
         "last_read_out": "", "read_as": ReadAs.SPENDING.value}  # fmt: skip
CHOICES = ("pace", "on_harm", "read_as")
#: Where in the form a path of the roll-out is asked.
PLACES = {
    "rollout": "choice",
    "rollout.holdback": "holdback",
    "rollout.steps": "shares",
    "rollout.steps.share": "shares",
    "rollout.share": "shares",
    "rollout.last_read_out": "last_read_out",
    "rollout.on_harm": "on_harm",
    "rollout.read_as": "read_as",
}


def ship_values(form: Form) -> dict[str, str]:
    """What was typed, with the usual answer where a choice that has no empty one was not sent."""
    return {name: form.text(name, USUAL[name] if name in CHOICES else "") for name in USUAL}


def read_ship(form: Form, variant: str, holdback: float, now: int) -> RollOut | None:
    """The roll-out that was asked for; None where the form holds an error, which then stands in it.

    A form that does not ask how (an older page, left open) ships at once and keeps the enrolled.
    """
    shares, days = [1.0], 7.0
    if form.text("pace") == "steps":
        shares = _shares(form)
        days = form.number("days", "Days between steps") or 0.0
    if form.errors:
        return None
    asked = bool(form.text("pace"))
    last = form.text("last_read_out")
    try:
        return RollOut(
            variant,
            share=shares[0],
            holdback=holdback,
            steps=tuple(Step(share, now + round(at * days * DAY)) for at, share in enumerate(shares[1:], start=1)),
            keep=form.text("keep") == "1" if asked else True,
            last_read_out=int(last) if last in map(str, READ_OUTS) else None,
            read_as=form.choice("read_as", ReadAs, ReadAs.SPENDING),
            on_harm=OnHarm(form.text("on_harm") or OnHarm.ROLL_BACK.value),
        )
    except ValueError:
        form.errors["on_harm"] = f"on_harm == {form.text('on_harm')!r}, must be roll_back or pause."
    except DomainError as error:
        form.refuse(error, PLACES)
    return None


def _shares(form: Form) -> list[float]:
    """Fractions of what was typed as percent, separated by commas or blanks."""
    form.stored_as("shares", 0.01)
    parts = form.required("shares", "The steps").replace("%", " ").replace(",", " ").split()
    try:
        return [float(part) / 100 for part in parts] or [1.0]
    except ValueError:
        form.errors["shares"] = f"steps == {form.text('shares')!r}, must be percentages such as 10, 25, 50, 100."
        return [1.0]
