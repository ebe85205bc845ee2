"""Two plans side by side, differences marked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request

from experiments.services import experiments
from experiments.services.clock import to_iso
from experiments.services.compare_plans import Comparison, compare, revisions
from experiments.services.sessions import reading
from web.deployment import deployment
from web.pages.fields import Form
from web.pages.frame import signed_in_only
from web.sheets import sheet

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from sqlalchemy.orm import Session

#: Words of a plan that stand for somebody.
_NAMES = {"obrien_fleming": "O'Brien–Fleming", "pocock": "Pocock"}
bp = Blueprint("compare", __name__)
signed_in_only(bp)


@bp.get("/experiments/compare")
def show() -> ResponseReturnValue:
    """The chooser, and the two plans where both are chosen; as CSV with ?format=csv.

    Raises:
        NotFoundError: a test or a revision does not exist.
    """
    form = Form(request.args)
    chosen = {name: form.text(name) for name in ("a", "b")}
    numbers = {name: form.whole(f"{name}_revision", "The revision", 0) or None for name in chosen}
    with reading(deployment().engine) as session:
        found = _compared(session, chosen, numbers)
        if found is not None and form.text("format") == "csv":
            return _csv(found)
        values = {
            "tests": [(each.key, each.name) for each in experiments.all_experiments(session)],
            "revisions": {name: _revisions(session, key) for name, key in chosen.items()},
        }
    return render_template(
        "pages/builder/compare.html", title="Compare two plans", form=form, found=found, rows=_rows(found), **values
    )


def _compared(session: Session, chosen: dict[str, str], numbers: dict[str, int | None]) -> Comparison | None:
    if not chosen["a"] or not chosen["b"]:
        return None
    return compare(session, chosen["a"], chosen["b"], left_revision=numbers["a"], right_revision=numbers["b"])


def _revisions(session: Session, key: str) -> list[tuple[str, str]]:
    if not key:
        return []
    return [(str(number), f"{number}, {who}, {to_iso(at)[:10]}") for number, who, at in revisions(session, key)]


def _rows(found: Comparison | None) -> list[dict[str, Any]]:
    rows = found.rows if found else ()
    return [
        {"title": row.title, "left": words(row.left), "right": words(row.right), "differs": row.differs} for row in rows
    ]


def words(value: Any) -> str:
    """A value of a plan as people read it."""
    if value in (None, [], {}, ""):
        return "–"
    if isinstance(value, dict):
        return "; ".join(
            f"{name.replace('_', ' ')} {words(part)}" for name, part in value.items() if part not in (None, [], {})
        )
    if isinstance(value, list):
        return ", ".join(words(part) for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in _NAMES:
        return _NAMES[value]
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def _csv(found: Comparison) -> Response:
    rows = ([row.key, _json(row.left), _json(row.right), "yes" if row.differs else "no"] for row in found.rows)
    name = f"{found.left.key}-{found.right.key}"
    return sheet(name, ["part", found.left.key, found.right.key, "differs"], rows)


def _json(side: Any) -> str:
    return json.dumps(side, ensure_ascii=False)
