"""Rows of a file → events in the shape a shop would have sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from experiments.services.import_events.converted import Converted, Refused
from experiments.services.import_events.holds import KEYS, SECRET, Holds, target_of
from experiments.services.import_events.numbered import NumberedRow
from experiments.services.import_events.portfolio import statements
from experiments.services.import_events.rules import Read, RowError, mask, reader_of
from experiments.services.import_events.shapes import SHAPES, Values
from experiments.services.import_events.spec import EventSpec

#: Fields of a line of an order; the others belong to the order.
LINE_FIELDS = ("product", "quantity", "price", "discount", "line", "relation")
#: Different unknown products that are remembered.
MOST_UNKNOWN = 500


class Notes:
    """What was noticed on the way.

    Args:
        dates: rows whose instant was a date without a time.
        unknown: products that the catalogue does not have, with the number of rows.
        skipped: rows that the mapping leaves out.
    """

    def __init__(self) -> None:
        self.dates = 0
        self.unknown: Counter[str] = Counter()
        self.skipped = 0


class Converter:
    """Turns rows into events.

    Args:
        columns: the columns of the cells of each row, outer ones first.
        id_key: keys the message ids, which are made of the cells that make a row unique.
        products: keys (and aliases) of the catalogue.

    Raises:
        DomainError: a constant of the spec cannot be read.
    """

    def __init__(self, spec: EventSpec, columns: Sequence[str], *, id_key: bytes, products: Collection[str]) -> None:
        self.notes = Notes()
        self._spec, self._id_key, self._products = spec, id_key[:64], products
        places = {column: place for place, column in enumerate(columns)}
        readers: dict[str, Read] = {}
        for name, rule in spec.fields.items():
            target = target_of(spec.holds, name)
            assert target is not None  # the spec has checked it
            readers[name] = reader_of(target, rule, places, spec.file)
        inner = [column for column in columns if spec.file.lines and column.startswith(f"{spec.file.lines}.")]
        self._inner = [column.removeprefix(f"{spec.file.lines}.").split(".") for column in inner]
        self._lines_at = places[spec.file.lines] if spec.file.lines else -1
        self._line_readers = {name: read for name, read in readers.items() if name in LINE_FIELDS and self._inner}
        self._readers = [(name, read) for name, read in readers.items() if name not in self._line_readers]
        self._key = [places[column] for column in spec.key]
        self._secret = [places[rule.column] for name, rule in spec.fields.items() if name in SECRET and rule.column]
        self._only = [(places[column], frozenset(map(str.lower, values))) for column, values in spec.only.items()]
        self._shape = SHAPES[spec.holds]
        self._counted: dict[int, int] = {}
        self._counts_lines = spec.holds is Holds.ORDERS and "line" not in readers and not self._inner
        self._by_product = spec.holds is Holds.CUSTOMERS and "product" in readers

    def items(self, rows: Iterable[NumberedRow]) -> Iterator[Converted | Refused]:
        """Every row as an event or with the reason why not; a customer's rows may become several events."""
        rows = filter(self._wanted, rows) if self._only else rows
        if self._by_product:
            yield from statements(rows, self.values, self.message_id)
            return
        for number, cells in rows:
            values = self.values(number, cells)
            yield values if isinstance(values, Refused) else self.event(number, values, cells)

    def values(self, number: int, cells: Sequence[Any] | str) -> Values | Refused:
        """The fields of a row."""
        if isinstance(cells, str):
            return Refused(number, "", "", cells)
        try:
            values = {name: read(cells) for name, read in self._readers}
            if self._inner:
                values["lines"] = self._lines(cells)
            self._check(values)
        except RowError as error:
            shown = mask(error.value, [cells[place] for place in self._secret])
            return Refused(number, error.field, shown, error.reason)
        return values

    def event(self, number: int, values: Values, cells: Sequence[Any]) -> Converted:
        """The event of a row that was read."""
        if self._counts_lines:
            order = hash(values["order_id"])
            values["line"] = self._counted[order] = self._counted.get(order, -1) + 1
        event = self._shape(values)
        event["messageId"] = self._message_id(values, cells)
        return Converted(number, event)

    def message_id(self, parts: Iterable[Any]) -> str:
        """A keyed hash: the cells that make a row unique are often ids of people."""
        text = "\x1f".join(str(part) for part in parts)
        return blake2b(f"{self._spec.holds}\x1f{text}".encode(), digest_size=16, key=self._id_key).hexdigest()

    def _wanted(self, row: NumberedRow) -> bool:
        cells = row[1]
        if isinstance(cells, str) or all(str(cells[place]).strip().lower() in values for place, values in self._only):
            return True
        self.notes.skipped += 1
        return False

    def _message_id(self, values: Values, cells: Sequence[Any]) -> str:
        if self._key:
            return self.message_id(cells[place] for place in self._key)
        parts = [values.get(name) for name in KEYS[self._spec.holds]]
        if all(values.get(name) is None for name in ("user_id", "anonymous_id")) and values.get("agent_id"):
            parts.append(values["agent_id"])  # two agents may handle somebody unknown at one moment
        return self.message_id(parts)

    def _lines(self, cells: Sequence[Any]) -> list[Values]:
        told = cells[self._lines_at]
        if not isinstance(told, list | tuple) or not told:
            raise RowError("lines", "", "must be a list with at least one line")
        lines = []
        for line in told:
            extended = [*cells[: len(cells) - len(self._inner)], *(_inside(line, path) for path in self._inner)]
            lines.append({name: read(extended) for name, read in self._line_readers.items()})
        return lines

    def _check(self, values: Values) -> None:
        self._note_time(values)
        nobody = all(values.get(name) is None for name in ("user_id", "anonymous_id", "agent_id"))
        if nobody and self._spec.holds not in (Holds.REFUNDS, Holds.PRODUCTS):
            raise RowError("user_id", "", "is empty, and so is the visitor: somebody must be named")
        for product in self._products_in(values):
            if product not in self._products and (
                len(self.notes.unknown) < MOST_UNKNOWN or product in self.notes.unknown
            ):
                self.notes.unknown[product] += 1

    def _note_time(self, values: Values) -> None:
        read = values.get("timestamp")
        if read is None:
            return
        text, bare = read
        values["timestamp"] = text
        self.notes.dates += bare

    def _products_in(self, values: Values) -> Iterator[str]:
        if self._spec.holds is Holds.PRODUCTS:
            return
        for line in values.get("lines", ()):
            if line.get("product") is not None:
                yield line["product"]
        if values.get("product") is not None:
            yield values["product"]
        yield from values.get("holdings") or ()


def _inside(line: Any, path: Sequence[str]) -> Any:
    for name in path:
        line = line.get(name) if isinstance(line, dict) else None
    return line
