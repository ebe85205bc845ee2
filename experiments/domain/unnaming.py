"""Taking a person's address and name out of texts, without touching anybody else's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Unnaming:
    """What stands for a person, and what shall stand there.

    Args:
        email, name: what stands there now. The address is found inside texts, but never inside a longer address; the
            name only where it is the whole text, because "Ann" is part of "Annual".
        label, title: what takes their places.
    """

    email: str
    name: str
    label: str
    title: str

    def text(self, value: str) -> str:
        """One text."""
        if value == self.name:
            return self.title
        return re.sub(rf"(?<![\w.+-]){re.escape(self.email)}(?![\w-]|\.\w)", self.label, value)

    def value(self, value: Any) -> Any:
        """Any JSON value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list) else value
