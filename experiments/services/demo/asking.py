"""The desk asks the service before it offers: what the offer policy forbids is kept from the customer, and counted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np
from sqlalchemy import Engine

from experiments.config import Settings
from experiments.domain.environment import Environment
from experiments.services.clock import DAY
from experiments.services.demo import messages
from experiments.services.demo.calendar import written
from experiments.services.demo.contacts import Contact, Service
from experiments.services.demo.designs import Design
from experiments.services.demo.messages import Message
from experiments.services.demo.people import customer_id
from experiments.services.evaluate import Answer, Question, evaluate_remote


class Desk:
    """Agents of phone and chat, who know what the service answers once the test is launched."""

    def __init__(self, engine: Engine, settings: Settings, design: Design, contacts: Iterable[Contact]) -> None:
        self._engine, self._key, self._design = engine, settings.id_secret(), design
        self._service, self._asks_from = Service(), sys.maxsize
        self._days: dict[int, list[Contact]] = {}
        for contact in contacts:
            self._days.setdefault(contact.at // DAY, []).append(contact)

    def ask_from(self, at: int) -> None:
        """The test is launched at an instant (µs); contacts of the hours before it know nothing of it."""
        self._asks_from = at

    def work(self, midnight: int) -> Iterator[Message]:
        """Everything that comes of the contacts of one day."""
        channels = {channel.value for channel in self._design.channels}
        for contact in self._days.pop(midnight // DAY, []):
            if contact.at >= self._asks_from and contact.channel in channels:
                yield from self._asked(contact)
            else:
                yield from self._service.handle(contact, self._service.usual(contact))

    def _asked(self, contact: Contact) -> Iterator[Message]:
        design, answer = self._design, self._answer(contact)
        if answer.result.exposure:
            yield _exposure(contact, answer)
        if answer.result.variant == design.variant.key and not answer.suppressed:
            offer = str(design.variant.payload["offer"])
            yield from self._service.handle(contact, offer, liking=1.3, test=design.key)
        else:
            yield from self._service.handle(contact, self._service.usual(contact))

    def _answer(self, contact: Contact) -> Answer:
        question = Question(
            Environment.PRODUCTION,
            customer=customer_id(contact.number),
            known=True,
            attributes={"channel": contact.channel},
            experiments=(self._design.key,),
            server=True,
        )
        return evaluate_remote(self._engine, question, id_key=self._key, now=contact.at).items[0]


def _exposure(contact: Contact, answer: Answer) -> Message:
    told = messages.decided(answer.key, answer.result, suppressed=answer.suppressed)
    stamp = written(np.array([contact.at]))[0]
    return messages.desk_exposure(
        contact.at, stamp, contact.number, told, contact.channel, f"{answer.key}-{contact.place}"
    )
