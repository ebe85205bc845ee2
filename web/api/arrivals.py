"""What arrives: the newest events, what was refused, and what looks wrong; for whoever sets the product up."""

from __future__ import annotations

from typing import Any

from flask import request

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.services import arrivals
from experiments.services.arrivals.live import MOST_MINUTES, MOST_ROWS
from experiments.services.clock import now_us
from web.api.document import blueprint, read
from web.api.queries import parameter, whole_number

bp = blueprint("arrivals", "The newest events, what was refused, and hints; ids are hashes and not shown.")


ASKED = [
    parameter("minutes", "How far back; 15 where it is left out.", type="integer", minimum=1, maximum=MOST_MINUTES),
    parameter("rows", "Longest list; 50 where it is left out.", type="integer", minimum=1, maximum=MOST_ROWS),
    parameter("source", "Key of a source."),
    parameter("environment", "One of the two.", enum=[each.value for each in Environment]),
    parameter("type", "Kind of event; empty for every one.", enum=["", "track", "page", "identify"]),
    parameter("name", "Exact name of the event."),
]
PLACE = parameter("place", "First part of the paths where a change is seen, such as /tv.")


@bp.get("/arrivals")
@bp.doc(parameters=ASKED)
@bp.response(200, description="Events and refused items, newest first, with the counts of every minute.")
def list_arrivals() -> Any:
    """What arrived in the last minutes."""
    asked = arrivals.Asked(
        minutes=whole_number("minutes", 1, MOST_MINUTES) or 15,
        environment=_environment(),
        source=request.args.get("source", ""),
        type=request.args.get("type", ""),
        name=request.args.get("name", ""),
        rows=whole_number("rows", 1, MOST_ROWS) or 50,
    )
    with read() as session:
        return arrivals.live(session, asked, now_us()).to_dict()


@bp.get("/arrivals/hints")
@bp.doc(parameters=[PLACE])
@bp.response(200, description="Hints, and how widely the variant of each running test is read.")
def list_hints() -> Any:
    """What looks wrong in what arrived."""
    with read() as session:
        facts = arrivals.gather(session, now_us(), request.args.get("place", ""))
    hints = [hint.to_dict() for hint in arrivals.hints_of(facts)]
    return {"items": hints, "readings": [reading.to_dict() for reading in facts.readings]}


@bp.get("/arrivals/first-exposures")
@bp.response(200, description="Running tests and rehearsals, those that wait first.")
def list_first_exposures() -> Any:
    """Which tests have seen their first exposure."""
    with read() as session:
        return {"items": [test.to_dict() for test in arrivals.awaited(session, now_us())]}


def _environment() -> Environment | None:
    given = request.args.get("environment")
    if given is None:
        return None
    if given not in {each.value for each in Environment}:
        raise DomainError("unknown_choice", f"environment == {given!r}, must be production or test.", "environment")
    return Environment(given)
