"""Customers with one row per product: a statement for every instant at which what they hold changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from experiments.services.import_events.rows import NumberedRow
from experiments.services.import_events.shapes import customer

if TYPE_CHECKING:
    from experiments.services.import_events.convert import Converted, Converter, Refused

#: Products of one customer; more are a file that is not sorted by customer.
MOST = 500


def statements(converter: Converter, rows: Iterable[NumberedRow]) -> Iterator[Converted | Refused]:
    """Statements of what each customer held from which instant on; rows of a customer must stand together."""
    from experiments.services.import_events.convert import Refused

    who: str | None = None
    together: list[tuple[int, dict[str, Any]]] = []
    seen: set[int] = set()
    for number, cells in rows:
        values = converter.values(number, cells)
        if isinstance(values, Refused):
            yield values
            continue
        if values["user_id"] != who:
            yield from _told(converter, together)
            who, together = values["user_id"], []
            if hash(who) in seen:
                who = None
                yield Refused(number, "user_id", "(id)", "the rows of a customer must stand together: sort the file")
                continue
            seen.add(hash(who))
        if len(together) == MOST:
            yield Refused(number, "product", str(values["product"]), f"a customer may have at most {MOST} rows")
            continue
        together.append((number, values))
    yield from _told(converter, together)


def _told(converter: Converter, together: list[tuple[int, dict[str, Any]]]) -> Iterator[Converted]:
    from experiments.services.import_events.convert import Converted

    changes = sorted({moment for _, values in together for moment in _moments(values)})
    for moment in changes:
        held = [values["product"] for _, values in together if _holds(values, moment)]
        number, last = next((row for row in together if moment in _moments(row[1])), together[0])
        said = {**last, "timestamp": moment, "holdings": [product for product in dict.fromkeys(held) if product]}
        event = customer(said)
        event["messageId"] = converter.message_id((last["user_id"], moment, *sorted(said["holdings"])))
        yield Converted(number, event)


def _moments(values: dict[str, Any]) -> list[str]:
    until = values.get("until")
    return [values["timestamp"], until[0]] if until else [values["timestamp"]]


def _holds(values: dict[str, Any], moment: str) -> bool:
    until = values.get("until")
    return bool(_at(values["timestamp"]) <= _at(moment) and (not until or _at(moment) < _at(until[0])))


def _at(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
