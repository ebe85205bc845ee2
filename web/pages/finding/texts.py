"""What is found outside the database: words of the product and sections of the documentation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from experiments.services.search import Hit, Kind, matching
from web.documents import document, titles
from web.pages.words import word_href
from web.understanding import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


def find_words(_session: Session, asked: str) -> Iterable[Hit]:
    """Defined words, by name and meaning."""
    return matching(
        asked, ((Hit(Kind.WORD, word.title, word.meaning, word_href(word.anchor)), word.meaning) for word in WORDS)
    )


def find_sections(_session: Session, asked: str) -> Iterable[Hit]:
    """Documents and their sections, by heading; the document's name counts as text."""
    return matching(asked, _sections())


@lru_cache(maxsize=1)
def _sections() -> tuple[tuple[Hit, str], ...]:
    found: list[tuple[Hit, str]] = []
    for name, title in titles().items():
        found.append((Hit(Kind.DOCUMENT, title, "Document", f"/docs/{name}"), name))
        shown = document(name)
        headings = shown.contents if shown else ()
        found += [
            (Hit(Kind.DOCUMENT, heading.title, title, f"/docs/{name}#{heading.anchor}"), title) for heading in headings
        ]
    return tuple(found)


OUTSIDE = (find_words, find_sections)
