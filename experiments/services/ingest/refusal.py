"""Why an item was not accepted."""

from __future__ import annotations


class RefusalError(Exception):
    """One item is refused; its neighbours are not touched.

    Args:
        reason: stable code of the answer and of the quarantine ("too_old").
        field: dotted path inside the item, "" where the item as a whole is meant.
        message: a sentence with the bound; it never holds an id.
    """

    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.field = field
        self.message = message
