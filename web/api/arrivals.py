"""What arrives: the newest events, what was refused, and what looks wrong; for whoever sets the product up."""

from __future__ import annotations

from typing import Any

from flask import request

from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError
from experiments.services import arrivals
from experiments.services.clock import now_us
from web.api.document import blueprint, read

bp = blueprint("arrivals", "The newest events, what was refused, and hints; ids are hashes and not shown.")


def _text(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string"}}


def _whole(name: str, description: str, most: int) -> dict[str, Any]:
    bounds = {"type": "integer", "minimum": 1, "maximum": most}
    return {"name": name, "in": "query", "description": description, "schema": bounds}


def _word(name: str, description: str, words: list[str]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": {"type": "string", "enum": words}}


ASKED = [
    _whole("minutes", "How far back; 15 where it is left out.", 60),
    _whole("rows", "Longest list; 50 where it is left out.", 200),
    _text("source", "Key of a source."),
    _word("environment", "One of the two.", [each.value for each in Environment]),
    _word("type", "Kind of event; empty for every one.", ["", "track", "page", "identify"]),
    _text("name", "Exact name of the event."),
]
PLACE = _text("place", "First part of the paths where a change is seen, such as /tv.")


@bp.get("/arrivals")
@bp.doc(parameters=ASKED)
@bp.response(200, description="Events and refused items, newest first, with the counts of every minute.")
def list_arrivals() -> Any:
    """What arrived in the last minutes."""
    asked = arrivals.Asked(
        minutes=_number("minutes", 15),
        environment=_environment(),
        source=request.args.get("source", ""),
        type=request.args.get("type", ""),
        name=request.args.get("name", ""),
        rows=_number("rows", 50),
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


def _number(name: str, default: int) -> int:
    given = request.args.get(name)
    if given is None:
        return default
    if not given.isdecimal() or not given.isascii() or len(given) > 6:
        raise DomainError("out_of_range", f"{name} == {given[:50]!r}, must be a whole number.", name)
    return int(given)
