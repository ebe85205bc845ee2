"""The known name that looks most like one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """The name, or "none" where nothing is known."""
    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.0)), "none")
