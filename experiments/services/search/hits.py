"""What is found, and how well it matches."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session


class Kind(StrEnum):
    """What a hit is; in this order where two match equally well."""

    EXPERIMENT = "experiment"
    LEARNING = "learning"
    IDEA = "idea"
    METRIC = "metric"
    JOURNEY = "journey"
    WORD = "definition"
    DOCUMENT = "documentation"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found.

    Args:
        text: a line that says more.
        href: its page.
        rank: 0 is the best; see `rank_of`.
    """

    kind: Kind
    title: str
    text: str
    href: str
    rank: int = 0


#: Gives hits for what was asked; it may leave ranking to `matching`.
Finder = Callable[[Session, str], Iterable[Hit]]
#: Ranks: the title itself; it begins so; its words begin so; it holds them; the text holds them.
EXACT, BEGINS, WORDS, HOLDS, TEXT = range(5)


def plain(text: str) -> str:
    """Small letters without accents, so that "Café" is found by "cafe"."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def rank_of(asked: str, title: str, text: str) -> int | None:
    """How well a title and its text match; None where a word is in neither. Titles win over texts."""
    wanted = plain(asked).split()
    if not wanted:
        return None
    name, more = plain(title), plain(text)
    whole = " ".join(wanted)
    if name == whole:
        return EXACT
    if name.startswith(whole):
        return BEGINS
    begins = [part for part in re.split(r"\W+", name) if part]
    if all(any(part.startswith(word) for part in begins) for word in wanted):
        return WORDS
    if all(word in name for word in wanted):
        return HOLDS
    return TEXT if all(word in name or word in more for word in wanted) else None


def matching(asked: str, every: Iterable[tuple[Hit, str]]) -> Iterable[Hit]:
    """Hits that match, ranked.

    Args:
        every: hits with the text to search beside the title.
    """
    for hit, text in every:
        rank = rank_of(asked, hit.title, text)
        if rank is not None:
            yield Hit(hit.kind, hit.title, hit.text, hit.href, rank)
