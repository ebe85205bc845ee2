"""A heading and the sentence that proves it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Banner:
    """Heading and sentence of a decision; the sentence also stands alone."""

    title: str
    sentence: str
