"""Who sends: the key that is presented, and the source it stands for."""

from __future__ import annotations

from sqlalchemy import Engine

from experiments.domain.key import KeyInfo
from experiments.domain.source import SourceKind
from experiments.services.access import find_key
from experiments.services.ingest.availability import answering
from experiments.services.ingest.reading import SourceInfo
from experiments.store.engines import reading


def find_sender(engine: Engine, presented: str) -> KeyInfo | None:
    """The key; None where it is unknown or revoked.

    Raises:
        UnavailableError: the database could not answer.
    """
    with answering(), reading(engine) as session:
        return find_key(session, presented)


def source_of(key: KeyInfo) -> SourceInfo:
    """The source a key sends as."""
    return SourceInfo(key.source_id, key.source_key, SourceKind(key.kind.value), key.environment)
