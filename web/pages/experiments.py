"""The list of experiments."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from experiments.domain.access import Right
from experiments.services import experiments
from experiments.services.catalogue import all_families, all_journeys
from experiments.services.clock import maybe_iso
from experiments.services.facets import facets_of
from experiments.services.headlines import headline
from experiments.services.sessions import reading
from web.auth import current_actor
from web.deployment import deployment
from web.pages.experiment_filters import Asked, choices, state_tabs
from web.pages.frame import signed_in_only
from web.sheets import sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

    from experiments.domain.errors import UnreadableError
    from experiments.domain.experiment import Experiment
    from experiments.services.facets import Facets

bp = Blueprint("experiments", __name__)
signed_in_only(bp)

PER_PAGE = 25
COLUMNS = ("key", "name", "status", "unit", "launched_at", "stopped_at", "units", "action", "title", "owner",
           "journey", "channels", "holds", "kind")  # fmt: skip


@bp.get("/experiments")
def index() -> ResponseReturnValue:
    """All experiments, newest first, filtered; as CSV with ?format=csv.

    Raises:
        DomainError: `unknown_choice`, there is no such state.
    """
    asked = Asked.read(request.args)
    with reading(deployment().engine) as session:
        everything = experiments.all_experiments(session)
        facets = facets_of(session, everything)
        narrowed = [item for item in everything if asked.keeps(item, facets[item.key])]
        found = [item for item in narrowed if asked.status in (None, item.status)]
        if request.args.get("format") == "csv":
            lines = list(_lines(session, found, facets))
            lost = () if asked.narrowed or asked.status else experiments.unreadable(session)
            return sheet("experiments", COLUMNS, (*lines, *map(_lost_line, lost)))
        number = _page_number(len(found))
        rows = _rows(session, found[(number - 1) * PER_PAGE : number * PER_PAGE])
        damaged = experiments.unreadable(session)
        names = {family.key: family.name for family in all_families(session)}
        names |= {journey.key: journey.name for journey in all_journeys(session)}
    return render_template(
        "pages/experiments.html",
        title="Experiments",
        rows=rows,
        asked=asked,
        nothing=not everything and not damaged,
        unreadable=damaged,
        states=state_tabs(narrowed, asked),
        fields=choices(facets.values(), asked, names),
        pages=_pages(len(found), number, asked),
        csv_href=asked.address(format="csv"),
        may_create=current_actor().may(Right.EDIT),
    )


def _lines(session: Session, found: Iterable[Experiment], facets: Mapping[str, Facets]) -> Iterator[list[Any]]:
    for known in _rows(session, found):
        row = known | asdict(facets[known["key"]])
        yield [" ".join(row[name]) if isinstance(row[name], tuple) else row[name] for name in COLUMNS]


def _lost_line(test: UnreadableError) -> list[str]:
    """A test of which no more can be read than its names."""
    known = {"key": test.key, "name": test.name, "status": "unreadable"}
    return [known.get(name, "") for name in COLUMNS]


def _rows(session: Session, found: Iterable[Experiment]) -> list[dict[str, Any]]:
    rows = (experiments.attempt(session, item, partial(_row, session)) for item in found)
    return [row for row in rows if row is not None]


def _row(session: Session, experiment: Experiment) -> dict[str, Any]:
    launched = experiment.launched_at is not None
    said = headline(session, experiment.key, experiment.phase.number) if launched else None
    return {
        "key": experiment.key,
        "name": experiment.name,
        "status": experiment.status.value,
        "unit": experiment.unit.value,
        "imported": experiment.imported,
        "launched_at": maybe_iso(experiment.launched_at),
        "stopped_at": maybe_iso(experiment.stopped_at),
        "units": said.exposed if said else None,
        "action": said.action.value if said else None,
        "title": said.title if said else "",
    }


def _page_number(total: int) -> int:
    asked = request.args.get("page", 1, type=int)
    return min(max(asked, 1), max(1, -(-total // PER_PAGE)))


def _pages(total: int, number: int, asked: Asked) -> dict[str, str | None] | None:
    """Summary and neighbours for the pagination; None where all fits on one page."""
    if total <= PER_PAGE:
        return None
    first, last = (number - 1) * PER_PAGE + 1, min(number * PER_PAGE, total)
    return {
        "summary": f"{first} to {last} of {total}",
        "previous": asked.address(page=str(number - 1)) if number > 1 else None,
        "next": asked.address(page=str(number + 1)) if last < total else None,
    }
