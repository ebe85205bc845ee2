"""Lists of the management API: filters, order, pages that stay put while rows are added, and CSV.

A cursor names the last row that was shown by its place in the order, never by a count of rows; what is added or removed
before it moves nothing.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request

from experiments.domain.errors import DomainError
from web.api.queries import parameter, whole_number
from web.api.schemas import page_of
from web.sheets import sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from flask import Response
    from marshmallow import Schema

T = TypeVar("T")
USUAL, MOST = 100, 500
FORMATS = ("json", "csv")


#: Any text, as a pattern of the document.
TEXT = r"^[\s\S]*$"


@dataclass(frozen=True, slots=True)
class Filter(Generic[T]):
    """A filter of a list: rows of which `of` says one of the given words.

    Args:
        of: the word of a row, or all of its words.
        choices: the words there are; empty = any text.
    """

    name: str
    description: str
    of: Callable[[T], str | Iterable[str] | None]
    choices: tuple[str, ...] = ()

    def parameter(self) -> dict[str, Any]:
        """As the document shows it; it may be given several times."""
        item: dict[str, Any] = {"type": "string"}
        if self.choices:
            item = {"type": "string", "enum": list(self.choices)}
        told = f"{self.description} May be given several times."
        return parameter(self.name, told, type="array", items=item)

    def keeps(self, row: T, wanted: Sequence[str]) -> bool:
        """Whether a row is one of those asked for."""
        found = self.of(row)
        words = (found,) if isinstance(found, str) else tuple(found or ())
        return any(word in wanted for word in words)

    def read(self) -> list[str]:
        """What the address asks for.

        Raises:
            DomainError: `unknown_choice`.
        """
        given = request.args.getlist(self.name)
        for word in given:
            if self.choices and word not in self.choices:
                known = ", ".join(self.choices)
                raise DomainError("unknown_choice", f"{self.name} == {word!r}, must be one of {known}.", self.name)
        return given


@dataclass(frozen=True)
class Listing(Generic[T]):
    """How one list is filtered, sorted, paged and written.

    Args:
        schema: of one item.
        describe: a row as the document shows it.
        unique: tells rows apart; the last word of every order.
        orders: what it may be sorted by, each a text, a number, None, or a tuple of them.
        usual: the order where none is asked for; "-" in front turns it round.
        searched: texts in which `q` is looked for.
    """

    schema: type[Schema]
    describe: Callable[[T], Mapping[str, Any]]
    unique: Callable[[T], str | int]
    orders: Mapping[str, Callable[[T], Any]]
    usual: str
    filters: tuple[Filter[T], ...] = ()
    searched: Callable[[T], Iterable[str | None]] | None = None
    columns: tuple[str, ...] = field(default=())

    def parameters(self) -> list[dict[str, Any]]:
        """Every parameter of the address, for the document."""
        names = [sign + name for name in self.orders for sign in ("", "-")]
        told = [
            parameter("limit", f"Longest page; {USUAL} by default.", type="integer", minimum=1, maximum=MOST),
            parameter("cursor", "From `next` of the page before.", pattern=r"^[A-Za-z0-9_-]{2,2000}$"),
            parameter("sort", f"Order; {self.usual} by default.", enum=names),
            parameter("format", "csv for a table of all rows, json by default.", enum=list(FORMATS)),
        ]
        if self.searched is not None:
            told.append(parameter("q", "Only rows that hold this text.", maxLength=200))
        return [*told, *(each.parameter() for each in self.filters)]

    def answer(self, rows: Iterable[T]) -> Response | dict[str, Any]:
        """The page, or the table, that the address asks for.

        Raises:
            DomainError: a parameter does not fit.
        """
        name, turned = self._order()
        after, limit = (
            _cursor(name, turned),
            (whole_number("limit", 1, MOST) or USUAL),
        )  # refused also where a table has no pages
        wanted = self._wanted(rows)
        wanted.sort(key=self._place_of(name), reverse=turned)
        if _one_of("format", FORMATS, "json") == "csv":
            return sheet(request.path.rsplit("/", 1)[-1], self._columns(), map(self._cells, wanted))
        page = wanted if after is None else _beyond(wanted, self._place_of(name), after, turned)
        shown, more = list(islice(page, limit)), len(page) > limit
        following = _address(_cursor_of(name, turned, self._place_of(name)(shown[-1]))) if more else None
        return {"items": [self.describe(row) for row in shown], "next": following}

    def _wanted(self, rows: Iterable[T]) -> list[T]:
        asked = [(each, given) for each in self.filters if (given := each.read())]
        text = request.args.get("q", "").casefold()
        found = self.searched
        return [
            row
            for row in rows
            if all(each.keeps(row, given) for each, given in asked)
            and (not text or found is None or any(text in (part or "").casefold() for part in found(row)))
        ]

    def _order(self) -> tuple[str, bool]:
        asked = _one_of("sort", [sign + name for name in self.orders for sign in ("", "-")], self.usual)
        return asked.removeprefix("-"), asked.startswith("-")

    def _place_of(self, name: str) -> Callable[[T], tuple[Any, ...]]:
        value, unique = self.orders[name], self.unique
        return lambda row: (_comparable(value(row)), _comparable(unique(row)))

    def _cells(self, row: T) -> list[Any]:
        written = self.schema().dump(self.describe(row))
        return [written.get(name) for name in self._columns()]

    def _columns(self) -> tuple[str, ...]:
        return self.columns or tuple(self.schema().fields)


def listed(
    bp: Any, rule: str, listing: Listing[Any], *more: dict[str, Any], page: type[Schema] | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """An address that answers with a list; its view gives `listing.answer(rows)` back.

    Args:
        more: parameters that the view reads itself.
        page: of an answer that says more than `items` and `next`.
    """

    def decorated(view: Callable[..., Any]) -> Any:
        view = bp.alt_response(200, schema={"type": "string"}, content_type="text/csv", success=True)(view)
        view = bp.response(200, page or page_of(listing.schema))(view)
        return bp.get(rule)(bp.doc(parameters=[*listing.parameters(), *more])(view))

    return decorated


def refuse_unknown_parameters(known: Mapping[str, tuple[int, int]]) -> None:
    """A mistyped filter must not answer with everything.

    Args:
        known: parameters with the fewest and the most characters of each.

    Raises:
        DomainError: `unknown_field`, `too_long`.
    """
    words = sorted(known)
    for name in request.args:
        if name not in words:
            raise DomainError("unknown_field", f"{name[:60]!r} is no parameter here; there are {words}.", name[:60])
        length, (fewest, most) = len(request.args[name]), known[name]
        if not fewest <= length <= most:
            told = f"{name} has {length} characters, must have {fewest} to {most}."
            raise DomainError("too_long" if length > most else "required", told, name)


def _comparable(value: Any) -> list[Any]:
    """Nothing before something, so that every two values can be compared; lists, because a cursor is JSON."""
    if isinstance(value, tuple | list):
        return [_comparable(part) for part in value]
    return [0] if value is None else [1, value]


def _beyond(rows: list[T], place: Callable[[T], Any], last: tuple[Any, ...], turned: bool) -> list[T]:
    """The rows behind the last one that was shown."""
    try:
        return [row for row in rows if (place(row) < last if turned else place(row) > last)]
    except TypeError:  # a text where the order holds numbers: nobody got this cursor from us
        raise _bad_cursor(request.args["cursor"]) from None


def _cursor_of(name: str, turned: bool, place: tuple[Any, ...]) -> str:
    text = json.dumps([name, turned, list(place)], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(name: str, turned: bool) -> tuple[Any, ...] | None:
    given = request.args.get("cursor")
    if given is None:
        return None
    try:
        told = json.loads(urlsafe_b64decode(given + "=" * (-len(given) % 4)))
        named, way, (value, unique) = told
        for part in (value, unique):
            _check_place(part)
    except (ValueError, TypeError, RecursionError):
        raise _bad_cursor(given) from None
    if (named, way) != (name, turned):
        raise _bad_cursor(given)
    return value, unique


def _check_place(value: Any) -> None:
    """What `_comparable` writes: [0], [1, text or number], or a list of them."""
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    if isinstance(value[0], list):
        for part in value:
            _check_place(part)
    elif value != [0] and not (value[0] == 1 and len(value) == 2 and isinstance(value[1], str | int | float)):
        raise ValueError(value)


def _bad_cursor(given: str) -> DomainError:
    return DomainError("bad_cursor", f"cursor == {given[:60]!r}, must be of `next` in the same order.", "cursor")


def _address(cursor: str) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{request.path}?{urlencode([*kept, ('cursor', cursor)])}"


def _one_of(name: str, known: Sequence[str], usual: str) -> str:
    given = request.args.get(name, usual)
    if given not in known:
        raise DomainError("unknown_choice", f"{name} == {given[:60]!r}, must be one of {', '.join(known)}.", name)
    return given
