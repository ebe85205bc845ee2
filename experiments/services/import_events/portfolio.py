"""Customers with one row per product: a statement for every instant at which what they hold changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from experiments.services.import_events.converted import Converted, Refused
from experiments.services.import_events.numbered import Cells, NumberedRow
from experiments.services.import_events.shapes import Values, customer

#: The cells that make a statement unique → the id of its message.
Naming = Callable[[Iterable[Any]], str]
#: Products of one customer; more are a file that is not sorted by customer.
MOST = 500


def statements(
    rows: Iterable[NumberedRow], read: Callable[[int, Cells | str], Values | Refused], name: Naming
) -> Iterator[Converted | Refused]:
    """Statements of what each customer held from which instant on; rows of a customer must stand together.

    Args:
        read: the fields of a row by its number and cells.
        name: gives a statement the id of its message.
    """
    who: str | None = None
    together: list[tuple[int, dict[str, Any]]] = []
    seen: set[int] = set()
    for number, cells in rows:
        values = read(number, cells)
        if isinstance(values, Refused):
            yield values
            continue
        if values["user_id"] != who:
            yield from _told(together, name)
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
    yield from _told(together, name)


def _told(together: list[tuple[int, dict[str, Any]]], name: Naming) -> Iterator[Converted]:
    changes = sorted({moment for _, values in together for moment in _moments(values)})
    for moment in changes:
        held = [values["product"] for _, values in together if _holds(values, moment)]
        number, last = next((row for row in together if moment in _moments(row[1])), together[0])
        said = {**last, "timestamp": moment, "holdings": [product for product in dict.fromkeys(held) if product]}
        event = customer(said)
        event["messageId"] = name((last["user_id"], moment, *sorted(said["holdings"])))
        yield Converted(number, event)


def _moments(values: dict[str, Any]) -> list[str]:
    until = values.get("until")
    return [values["timestamp"], until[0]] if until else [values["timestamp"]]


def _holds(values: dict[str, Any], moment: str) -> bool:
    until = values.get("until")
    return bool(_at(values["timestamp"]) <= _at(moment) and (not until or _at(moment) < _at(until[0])))


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
