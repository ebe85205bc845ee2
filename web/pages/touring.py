"""The guided tour of the demo: a strip above each page, kept in the visitor's session; it changes no data by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session
from sqlalchemy.exc import SQLAlchemyError

from experiments.domain.errors import NotFoundError
from experiments.services.demo.credentials import is_demo
from experiments.services.experiments import by_key
from experiments.services.sessions import reading
from web.auth import current_person
from web.deployment import deployment
from web.pages.frame import is_fragment, signed_in_only
from web.pages.tour_steps import STEPS, Step

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

bp = Blueprint("tour", __name__)
signed_in_only(bp)
#: In the session: number of the step one is at, from 1.
AT = "tour"


@dataclass(frozen=True)
class Strip:
    """What stands above a page on the tour.

    Args:
        number: of this step, from 1.
        total: steps there are.
        step: what it says.
        missing: why its page cannot be shown, empty where it can.
        href: its page, or what is shown instead.
        away: whether the visitor has gone to another page.
    """

    number: int
    total: int
    step: Step
    missing: str
    href: str
    away: bool


def register(app: Flask) -> None:
    """Give pages their strip, and the overview the offer."""
    app.context_processor(_context)
    app.add_template_global(_offered, "tour_offered")


@bp.get("/tour")
def overview() -> ResponseReturnValue:
    """All steps, and where to begin."""
    if not _here():
        return render_template("pages/tour_elsewhere.html", title="Tour"), 404
    steps = steps_here()
    return render_template("pages/tour.html", title="Tour", steps=steps, at=_number(len(steps)))


@bp.get("/tour/<int:number>")
def go(number: int) -> ResponseReturnValue:
    """To a step; only the visitor's own session remembers it."""
    steps = steps_here()
    if not _here():
        abort(404)
    if not 1 <= number <= len(steps):
        raise NotFoundError("step", str(number))
    session[AT] = number
    return redirect(f"{_target(steps[number - 1])[0]}#tour")


@bp.post("/tour/leave")
def leave() -> ResponseReturnValue:
    """End it, after the last step or before."""
    if session.pop(AT, 0) == len(steps_here()):
        flash("You have gone once around. The tour can be taken again from this page.", "success")
    return redirect("/")


def steps_here() -> tuple[Step, ...]:
    """The steps whose pages this version has."""
    known = {rule.rule for rule in current_app.url_map.iter_rules()}
    return tuple(step for step in STEPS if step.test or step.path in known)


def _here() -> bool:
    with reading(deployment().engine) as found:
        return is_demo(found, deployment().settings.data_dir)


def _offered() -> bool:
    return AT not in session and _here()


def _number(total: int) -> int | None:
    at = session.get(AT)
    return at if isinstance(at, int) and 1 <= at <= total else None


def _target(step: Step) -> tuple[str, str]:
    """Where a step leads, and why not to its own page."""
    if not step.test:
        return step.path, ""
    with reading(deployment().engine) as found:
        try:
            test = by_key(found, step.test)
        except NotFoundError:
            return "/experiments", step.missing
    if test.status.value == "archived" or (step.shipped and test.rollout is None):
        return step.instead, step.missing
    return step.path, ""


def _context() -> dict[str, Any]:
    """The strip, for whole pages of somebody on the tour."""
    if AT not in session or is_fragment():
        return {"tour": None}
    try:
        return {"tour": _strip() if current_person() is not None else None}
    except SQLAlchemyError:
        return {"tour": None}


def _strip() -> Strip | None:
    steps = steps_here()
    number = _number(len(steps))
    if number is None:
        return None
    step = steps[number - 1]
    href, missing = _target(step)
    return Strip(number, len(steps), step, missing, href, request.path.rstrip("/") != href.rstrip("/"))
