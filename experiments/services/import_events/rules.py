"""A field's rule as a function from the cells of a row to the field's value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from experiments.domain.errors import DomainError
from experiments.services.import_events.cells import BadCellError, parser_of
from experiments.services.import_events.holds import SECRET, Target, Type
from experiments.services.import_events.spec import REFUSE, FileOptions, Rule, template_columns
from experiments.services.import_events.times import BadTimeError

#: How much of a cell a report repeats.
SHOWN = 60
MASK = "(id)"
#: Shorter ids would be found inside words and numbers that have nothing to do with them.
MIN_MASKED = 5
#: Different texts of a column whose values are remembered.
REMEMBERED = 20_000
Read = Callable[[Sequence[Any]], Any]


class RowError(Exception):
    """A row that cannot be taken: the field, the cell as far as it may be shown, and what it must be."""

    def __init__(self, field: str, value: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.value, self.reason = field, value, reason


def mask(shown: str, ids: Iterable[Any]) -> str:
    """What is shown of a cell without the ids of its row; refused rows are kept, and nobody's id with them."""
    for text in sorted((str(value).strip() for value in ids if value is not None), key=len, reverse=True):
        if len(text) >= MIN_MASKED:
            shown = shown.replace(text, MASK)
    return shown


def reader_of(target: Target, rule: Rule, places: Mapping[str, int], options: FileOptions) -> Read:
    """The function; None where the cell is empty and nothing stands for it.

    Raises:
        DomainError: a constant or default cannot be read, so no row could be.
        RowError: from the function.
    """
    field = target.key
    parse = parser_of(target, rule, options)
    if rule.constant is not None:
        fixed = _fixed(parse, rule.constant, f"columns.{field}.constant")
        return lambda _cells: fixed
    raw = _raw_of(rule, places)
    empty = None if rule.default is None else _fixed(parse, rule.default, f"columns.{field}.default")
    if empty is None and target.type is Type.LIST:
        empty = []
    translate = _translator(field, rule)
    required = target.required and empty is None

    def read(cells: Sequence[Any]) -> Any:
        value = translate(raw(cells))
        if value is None or value == "":
            if required:
                raise RowError(field, "", "is empty, must be given")
            return empty
        try:
            return parse(value)
        except (BadCellError, BadTimeError) as error:
            raise RowError(field, _shown(field, value), str(error)) from None

    if rule.column is None or target.type in (Type.ID, Type.LIST):
        return read
    return _remembering(read, places[rule.column])


def _remembering(read: Read, place: int) -> Read:
    """The same function; most columns hold few different texts, and looking one up is cheaper than reading it."""
    known: dict[str, Any] = {}

    def recall(cells: Sequence[Any]) -> Any:
        cell = cells[place]
        if type(cell) is not str:
            return read(cells)
        if cell in known:
            return known[cell]
        value = read(cells)
        if len(known) < REMEMBERED:
            known[cell] = value
        return value

    return recall


def _translator(field: str, rule: Rule) -> Callable[[Any], Any]:
    """What the values of the mapping make of a cell."""
    words, strict = {key.lower(): value for key, value in rule.values.items()}, rule.otherwise == REFUSE
    if not words:
        return lambda value: value

    def translate(value: Any) -> Any:
        if value is None or value == "":
            return value
        text = str(value).strip().lower()
        if text in words:
            return words[text]
        if strict:
            raise RowError(field, _shown(field, value), "is not among the values of the mapping")
        return value

    return translate


def _raw_of(rule: Rule, places: Mapping[str, int]) -> Read:
    if rule.column is not None:
        place = places[rule.column]

        def cell(cells: Sequence[Any]) -> Any:
            value = cells[place]
            return value.strip() if isinstance(value, str) else value

        return cell
    template = rule.template or ""
    names = template_columns(template)

    def fill(cells: Sequence[Any]) -> Any:
        values = {name: str(cells[places[name]] or "").strip() for name in names}
        return template.format(**values) if all(values.values()) else None

    return fill


def _fixed(parse: Callable[[Any], Any], text: str, path: str) -> Any:
    try:
        return parse(text)
    except (BadCellError, BadTimeError) as error:
        raise DomainError("bad_constant", f"{path} == {text!r}, {error}.", path) from None


def _shown(field: str, value: Any) -> str:
    if field in SECRET:
        return MASK
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
