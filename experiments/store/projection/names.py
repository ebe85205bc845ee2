"""Codes for words, made on first sight."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from experiments.store.tables import NameRow
from experiments.store.upserts import dialect_insert

#: A word in its space: names of custom events and of offers made, answers of surveys, paths of pages.
Word = tuple[str, str]
EVENT = "event"
SURVEY = "survey"
PATH = "path"
#: An offer that was made without saying which; and what stands for all of them in a statement of qualification.
SOME_OFFER = "offer"
EVERY_OFFER = "*"


def codes(connection: Connection, words: Collection[Word]) -> dict[Word, int]:
    """Code of every word; new ones get one, and two processes that see a word first agree on it.

    The empty word has code 0: no name.
    """
    wanted = {word for word in words if word[1]}
    known = _known(connection, wanted)
    missing = sorted(wanted - known.keys())
    if missing:
        insert = dialect_insert(connection, NameRow).on_conflict_do_nothing(index_elements=["space", "text"])
        connection.execute(insert, [{"space": space, "text": text} for space, text in missing])
        known |= _known(connection, missing)
    return known | {word: 0 for word in words if not word[1]}


def _known(connection: Connection, words: Collection[Word]) -> dict[Word, int]:
    if not words:
        return {}
    spaces, texts = zip(*words, strict=True)
    query = select(NameRow.space, NameRow.text, NameRow.id)
    query = query.where(NameRow.space.in_(set(spaces)), NameRow.text.in_(set(texts)))
    return {(row.space, row.text): row.id for row in connection.execute(query)}
