"""Reading forms: numbers as people type them, errors under the name of their field."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, TypeVar

from experiments.domain.checks import parse_enum
from experiments.domain.errors import DomainError
from web.formatters.refusals import in_typed_unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from enum import StrEnum

    from werkzeug.datastructures import MultiDict

    E = TypeVar("E", bound=StrEnum)

# A comma is refused and never guessed at: "1,500" is one and a half to some and fifteen hundred to others.
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,12})?|\.\d{1,12})")
_SIGNS = str.maketrans({"\u2212": "-", "%": None, " ": None, "\u00a0": None, "\u202f": None})


class Form:
    """One submitted form; collects errors by field instead of stopping at the first."""

    def __init__(self, values: MultiDict[str, str]) -> None:
        self._values = values
        self.errors: dict[str, str] = {}
        self._factors: dict[str, float] = {}

    def text(self, name: str, default: str = "") -> str:
        """Trimmed text."""
        return self._values.get(name, default).strip()

    def required(self, name: str, label: str) -> str:
        """Trimmed text; notes an error where there is none."""
        text = self.text(name)
        if not text:
            self.errors[name] = f"{label} is empty, must be given."
        return text

    def many(self, name: str) -> list[str]:
        """All chosen values."""
        return [value for value in self._values.getlist(name) if value]

    def answers(self) -> dict[str, list[str]]:
        """Everything that was typed, by field."""
        return {name: [text for text in texts if text] for name, texts in self._values.lists()}

    def number(self, name: str, label: str, *, required: bool = True, percent: bool = False) -> float | None:
        """A number; with `percent`, what was typed divided by 100. Notes an error where it is none."""
        typed = self.text(name)
        if not typed:
            if required:
                self.errors[name] = f"{label} is empty, must be a number."
            return None
        if percent:
            self.stored_as(name, 0.01)
        bare = typed.translate(_SIGNS)
        if not _NUMBER.fullmatch(bare):
            self.errors[name] = f"{label} == {typed!r}, must be a number such as 3.2."
            return None
        return float(bare) / 100 if percent else float(bare)

    def stored_as(self, name: str, factor: float) -> None:
        """Note that the domain hears what is typed here times `factor`, so that refusals speak of what was typed."""
        self._factors[name] = factor

    def whole(self, name: str, label: str, default: int) -> int:
        """A whole number, `default` where the field is empty."""
        value = self.number(name, label, required=False)
        if value is None:
            return default
        if value != int(value):
            self.errors[name] = f"{label} == {value:g}, must be a whole number."
            return default
        return int(value)

    def choice(self, name: str, enum: type[E], default: E) -> E:
        """A word of a closed set, `default` where the field is empty; notes an error for any other word."""
        try:
            return parse_enum(enum, self.text(name) or default.value, name)
        except DomainError as error:
            self.errors[name] = error.message
            return default

    def refuse(self, error: DomainError, places: Mapping[str, str]) -> None:
        """Put a refusal of the domain under the field that caused it, in the unit typed there.

        The longest matching path wins; pages put the label in the place of the path (`web/formatters/refusals`).
        """
        path = error.field or ""
        known = [place for place in places if path == place or path.startswith(place + ".")]
        name = places[max(known, key=len)] if known else self._typed_as(error)
        self.errors[name] = in_typed_unit(error.message, self.text(name), self._factors.get(name, 1))

    def _typed_as(self, error: DomainError) -> str:
        """The one field that is called as the path ends and holds the refused number, else empty."""
        ends = "_" + (error.field or "").rpartition(".")[2]
        found = [name for name in self._factors if name.endswith(ends) and self._stored(name) == error.value]
        return found[0] if len(found) == 1 else ""

    def _stored(self, name: str) -> str:
        """The number that the domain was given, as its refusals print it."""
        bare = self.text(name).translate(_SIGNS)
        return str(float(bare) * self._factors[name]) if _NUMBER.fullmatch(bare) else ""


def slug(name: str) -> str:
    """A key made from a name: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")
