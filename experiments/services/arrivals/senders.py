"""Who sends, by the code that events carry."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.source import SourceKind
from experiments.store.catalogue import sources


@dataclass(frozen=True, slots=True)
class Sender:
    """A source as people know it."""

    id: int
    key: str
    name: str
    kind: SourceKind
    environment: Environment


def senders(session: Session) -> dict[int, Sender]:
    """Every source by its code."""
    codes = sources.ids(session)
    return {
        codes[source.key]: Sender(codes[source.key], source.key, source.name, source.kind, source.environment)
        for source in sources.all_sources(session)
    }
