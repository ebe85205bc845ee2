"""The form of a journey: steps that are added, removed and moved without scripts, and read into the domain's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from experiments.domain.errors import DomainError
from experiments.domain.journey import MOST_STEPS, WINDOW_DAYS
from experiments.services.journeys import read_journey
from web.pages.fields import slug

if TYPE_CHECKING:
    from experiments.domain.journey import Journey
    from web.pages.fields import Form

Row = dict[str, str]
FIELDS = ("name", "match", "pattern")
EMPTY: Row = {"name": "", "match": "path", "pattern": ""}
LISTS = ("families", "addons", "priority")
PLACES = {
    "key": "key",
    "name": "name",
    "steps": "steps",
    "families": "families",
    "addons": "addons",
    "priority": "priority",
    "window_days": "window_days",
    **{f"steps.{n}.{field}": f"{field}-{n}" for n in range(MOST_STEPS + 1) for field in FIELDS},
    **{f"steps.{n}": f"pattern-{n}" for n in range(MOST_STEPS + 1)},
}


def step_rows(form: Form) -> list[Row]:
    """The steps as typed, in the order of the page; at least one."""
    numbers = [number for number in range(MOST_STEPS + 1) if form.text(f"match-{number}")]
    rows = [{field: form.text(f"{field}-{number}") for field in FIELDS} for number in numbers]
    return rows or [dict(EMPTY)]


def rearranged(rows: list[Row], action: str) -> list[Row] | None:
    """The rows after "add", "remove-2", "up-2" or "down-2"; None where the action is another."""
    what, _, number = action.partition("-")
    place = int(number) if number.isdecimal() and len(number) < 4 else -1
    if what == "add":
        return [*rows, dict(EMPTY)][:MOST_STEPS]
    if not 0 <= place < len(rows):
        return None
    if what == "remove":
        return [row for index, row in enumerate(rows) if index != place] or [dict(EMPTY)]
    other = place + {"up": -1, "down": 1}.get(what, 0)
    if other == place or not 0 <= other < len(rows):
        return rows if what in ("up", "down") else None
    moved = list(rows)
    moved[place], moved[other] = moved[other], moved[place]
    return moved


def read_form(form: Form, known: Journey | None) -> Journey | None:
    """The journey as typed; None, with errors in the form, where a field needs attention."""
    name = form.required("name", "The name")
    window = form.whole("window_days", "The window", WINDOW_DAYS)
    rows = step_rows(form)
    for number, row in enumerate(rows):
        if not row["pattern"]:
            form.errors[f"pattern-{number}"] = "The page or event is empty, must be given."
    if form.errors:
        return None
    document = {
        "key": known.key if known else form.text("key") or slug(name),
        "name": name,
        "steps": [_step(row, number) for number, row in enumerate(rows, start=1)],
        "window_days": window,
        **{field: form.many(field) for field in LISTS},
    }
    try:
        return read_journey(document)
    except DomainError as error:
        form.refuse(error, PLACES)
        return None


def field_values(journey: Journey) -> list[tuple[str, str]]:
    """(field, text) of a journey, as a browser would send its form."""
    pairs = [("name", journey.name), ("key", journey.key), ("window_days", str(journey.window_days))]
    pairs += [(field, key) for field in LISTS for key in getattr(journey, field)]
    for number, step in enumerate(journey.steps):
        values = {"name": step.name, "match": step.match.value, "pattern": step.pattern}
        pairs += [(f"{field}-{number}", value) for field, value in values.items()]
    return pairs


def _step(row: Row, number: int) -> dict[str, Any]:
    return {
        "key": f"step-{number}",
        "name": row["name"] or row["pattern"],
        "match": row["match"],
        "pattern": row["pattern"],
    }
