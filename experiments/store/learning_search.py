"""The index of words: FTS5 on SQLite, tsvector on PostgreSQL; both stem English and rank the title before the rest.

Words come from `insight.search_words`: letters and digits only, so that no query can be anything but words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

How = Literal["all", "any"]

_PUT = {
    "sqlite": (
        "delete from learning_words where rowid = :id",
        "insert into learning_words (rowid, title, body) values (:id, :title, :body)",
    ),
    "postgresql": (
        "delete from learning_words where learning_id = :id",
        "insert into learning_words (learning_id, words) values (:id, setweight(to_tsvector('english', :title), 'A') "
        "|| setweight(to_tsvector('english', :body), 'B'))",
    ),
}
_FIND = {
    "sqlite": "select rowid from learning_words where learning_words match :query "
    "order by bm25(learning_words, 8.0, 1.0), rowid desc",
    "postgresql": "select learning_id from learning_words, to_tsquery('english', :query) as asked "
    "where words @@ asked order by ts_rank(words, asked) desc, learning_id desc",
}


def index(session: Session, learning_id: int, title: str, body: str) -> None:
    """Let a learning be found by its words, and by no words it had before."""
    remove, add = _PUT[_kind(session)]
    session.execute(text(remove), {"id": learning_id})
    session.execute(text(add), {"id": learning_id, "title": title, "body": body})


def remove(session: Session, learning_id: int) -> None:
    """Let a learning be found no more."""
    session.execute(text(_PUT[_kind(session)][0]), {"id": learning_id})


def find(session: Session, words: Sequence[str], how: How = "all") -> list[int]:
    """Ids of the learnings that hold all words, or any of them, the best first; words may be beginnings of words."""
    if not words:
        return []
    if _kind(session) == "sqlite":
        query = (" AND " if how == "all" else " OR ").join(f'"{word}"*' for word in words)
    else:
        query = (" & " if how == "all" else " | ").join(f"'{word}':*" for word in words)
    return list(session.scalars(text(_FIND[_kind(session)]), {"query": query}))


def _kind(session: Session) -> str:
    return session.get_bind().dialect.name
