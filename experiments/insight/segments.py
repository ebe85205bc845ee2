"""Holding segments: the set of families held, in words and in the order pages show them."""

from __future__ import annotations

from collections.abc import Mapping

#: Families held, by key and sorted; () = known to hold nothing; None = not known.
Held = tuple[str, ...] | None
#: Segments shown by name; the rest is one row (definitions: the six largest, other, none, unknown).
MOST_SEGMENTS = 6
UNKNOWN, NOTHING, OTHER = "unknown", "nothing", "other"


def segment_key(held: Held) -> str:
    """A word for addresses and files: "mobile+tv", "nothing", "unknown"."""
    if held is None:
        return UNKNOWN
    return "+".join(held) or NOTHING


def segment_name(held: Held, families: Mapping[str, str]) -> str:
    """In words for people: "Mobile and TV", "Mobile only", "Nothing", "Not known"."""
    if held is None:
        return "Holdings not known"
    names = [families.get(key, key) for key in held]
    if not names:
        return "Holds nothing"
    if len(names) == 1:
        return f"{names[0]} only"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def largest_first(sizes: Mapping[Held, int]) -> list[Held]:
    """Segments by size, with "nothing" and "not known" last."""
    return sorted(sizes, key=lambda held: (not held, held is None, -sizes[held], held or ()))


def shown(sizes: Mapping[Held, int], most: int = MOST_SEGMENTS) -> tuple[list[Held], list[Held]]:
    """(segments with a row of their own, those that share the row "other")."""
    ordered = largest_first(sizes)
    named: list[Held] = [held for held in ordered if held]
    rest: list[Held] = [held for held in ordered if not held]
    return named[:most] + rest, named[most:]
