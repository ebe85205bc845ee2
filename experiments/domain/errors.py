"""One error for everything the domain refuses: a code for machines, a sentence for people, the field that caused it."""

from __future__ import annotations

import re

#: The one form of a refusal: "field == value, must be bound."; a field may also be empty, hold or have something.
_FORM = re.compile(
    r"\A\S+ (?:== (?P<value>.*?)|is empty|(?:has|holds) (?P<held>.*?)), (?P<bound>(?:must|is|does) .*?)\.(?:\s.*)?\Z",
    re.DOTALL,
)


class DomainError(Exception):
    """The domain refuses.

    Args:
        code: stable, machine-readable, snake_case ("out_of_range").
        message: names the field, the value and the bound.
        field: dotted path of the field that caused it, where there is one.
    """

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field

    @property
    def value(self) -> str | None:
        """The refused value as the message shows it; None where the message shows none."""
        found = _FORM.match(self.message)
        return None if found is None else found["value"] or found["held"]

    @property
    def bound(self) -> str | None:
        """What the value must be ("must be >= 0 and <= 1"); None where the message names no bound."""
        found = _FORM.match(self.message)
        return None if found is None else found["bound"]


class NotFoundError(DomainError):
    """A thing with this key does not exist."""

    def __init__(self, noun: str, key: object) -> None:
        super().__init__("not_found", f"{noun} == {str(key)!r}, does not exist.", noun)


class ConflictError(DomainError):
    """The thing exists already, or somebody changed it in between."""

    def __init__(self, message: str, field: str | None = None, code: str = "conflict") -> None:
        super().__init__(code, message, field)


class UnreadableError(ConflictError):
    """What is stored of a test is damaged: there is such a test, and nobody knows what it is.

    Args:
        key, name: of the test.
        why: class of the error, for the log and for whoever mends it; never a stored value.
    """

    def __init__(self, key: str, name: str, why: str) -> None:
        what = f"What is stored of the test {name!r} cannot be read ({why})"
        super().__init__(f"{what}; whoever keeps the database must mend it.", "experiment", code="unreadable")
        self.key, self.name = key, name


class ForbiddenError(DomainError):
    """This person or key may not do that."""

    def __init__(self, message: str) -> None:
        super().__init__("forbidden", message)
