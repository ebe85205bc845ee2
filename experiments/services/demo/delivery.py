"""Bring the demo's events in the way everybody's events come in: batch by batch, with the clock of their day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.errors import ConflictError
from experiments.services.catalogue import source_by_key
from experiments.services.demo.calendar import HOUR
from experiments.services.demo.company import SOURCES
from experiments.services.demo.messages import Item, Message
from experiments.services.ingest import Limits, SourceInfo, accept
from experiments.services.sessions import reading
from experiments.store.catalogue import sources

#: Events of one sender within so many hours travel in batches of at most so many.
TOGETHER, BATCH = 4 * HOUR, 500


class Post:
    """Takes messages to the service; counts what it accepted."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._key, self._limits = settings.id_secret(), Limits.of(settings)
        with reading(engine) as session:
            codes = sources.ids(session)
            known = [source_by_key(session, source.key) for source in SOURCES]
        self._senders = {it.key: SourceInfo(codes[it.key], it.key, it.kind, it.environment) for it in known}
        self.accepted = 0
        self.duplicates = 0

    def deliver(self, messages: Iterable[Message]) -> None:
        """Bring messages in as of the moments they are received.

        Raises:
            ConflictError: the service refused one (`refused`); the demo and the service do not fit together.
        """
        for sender, received, items in _batches(messages, min(BATCH, self._limits.max_batch)):
            source = self._senders[sender]
            answer = accept(self._engine, source, items, id_key=self._key, now=received, limits=self._limits)
            if answer.rejected:
                first = answer.rejected[0]
                message = f"{first.field} of event {first.message_id} was refused: {first.reason}."
                raise ConflictError(message, first.field, code="refused")
            self.accepted += answer.accepted
            self.duplicates += answer.duplicates


def _batches(messages: Iterable[Message], size: int) -> Iterator[tuple[str, int, list[Item]]]:
    ordered = sorted(messages, key=lambda message: (message.received // TOGETHER, message.sender, message.received))
    for (_, sender), group in groupby(ordered, key=lambda message: (message.received // TOGETHER, message.sender)):
        together = list(group)
        for start in range(0, len(together), size):
            part = together[start : start + size]
            yield sender, part[-1].received, [message.item for message in part]
