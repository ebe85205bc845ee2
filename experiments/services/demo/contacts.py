"""Everyday service: who contacts the company, what agents offer, what customers answer, and who becomes a lead.

Some customers call often and most never do. Whoever heard many offers accepts fewer of them and is less satisfied, so
that the page of the contact centre has something to show; the statistics know nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from experiments.services.clock import DAY, MINUTE
from experiments.services.demo import messages
from experiments.services.demo.calendar import HOUR, Calendar, visits_between, written
from experiments.services.demo.company import BACKEND, OFFLINE
from experiments.services.demo.messages import Message
from experiments.services.demo.people import People
from experiments.services.demo.sales import IMPORT_AFTER

#: Share of all customers who contact the company on any day, and how uneven customers are.
DAILY, UNEVEN = 0.0025, 0.03
#: Share of the contacts in the last days: before, the callers of the shipped test keep the desk busy.
RECENT, RECENT_DAYS = 0.7, 32
#: Channel → its share, mean seconds, and the share of contacts that answer the survey.
CHANNELS = {
    "phone": (0.55, 330, 0.26),
    "chat": (0.25, 280, 0.26),
    "email": (0.12, 240, 0.16),
    "store": (0.08, 420, 0.06),
}
SERIOUS, LEADS, OFFERED = 1 / 17, 0.13, 0.5
OFFERS = ("streaming-basic", "streaming-basic", "streaming-plus")
#: Chance to accept, and mean satisfaction, by offers heard in the 30 days before.
ACCEPTED, SATISFIED = (0.34, 0.22, 0.13, 0.07, 0.03), (4.0, 3.95, 3.8, 3.6, 3.4)
REACH = 30 * DAY


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact, before anybody knows what is offered.

    Args:
        at: µs; luck: two numbers in [0, 1), for whether an offer is made and whether it is accepted.
    """

    place: int
    number: int
    at: int
    channel: str
    seconds: int
    luck: tuple[float, float]
    answer: tuple[float, float]


def invent_contacts(random: np.random.Generator, calendar: Calendar, people: People) -> list[Contact]:
    """All contacts of the everyday, in the order of their instants."""
    count = round(len(people) * DAILY * calendar.days)
    weights = random.gamma(UNEVEN, 1.0, len(people))
    numbers = random.choice(len(people), size=count, p=weights / weights.sum())
    recent = round(count * RECENT)
    parts = ((calendar.start, count - recent), (calendar.ago(RECENT_DAYS), recent))
    ends = (calendar.ago(RECENT_DAYS), calendar.end - DAY)
    found = [visits_between(random, start, end, part) for (start, part), end in zip(parts, ends, strict=True)]
    at = np.sort(np.concatenate(found))
    shares, means, _ = (np.array(column) for column in zip(*CHANNELS.values(), strict=True))
    channels = random.choice(len(CHANNELS), size=count, p=shares)
    seconds = (random.gamma(3.0, 1 / 3, count) * means[channels]).astype(int)
    luck, names = random.random((count, 4)).tolist(), tuple(CHANNELS)
    return [
        Contact(place, int(numbers[place]), int(at[place]), names[channels[place]], int(seconds[place]),
                (luck[place][0], luck[place][1]), (luck[place][2], luck[place][3]))
        for place in range(count)
    ]  # fmt: skip


class Service:
    """Remembers who heard how many offers, and writes down each contact once it is known what was offered."""

    def __init__(self) -> None:
        self._heard: dict[int, list[int]] = defaultdict(list)
        self._has: set[int] = set()

    def usual(self, contact: Contact) -> str:
        """What an agent offers on a usual day; "" for nothing."""
        offer = OFFERS[contact.place % len(OFFERS)]
        return offer if contact.luck[0] < OFFERED and contact.number not in self._has else ""

    def handle(self, contact: Contact, offer: str, *, liking: float = 1.0, test: str = "") -> Iterator[Message]:
        """The contact, and what follows it.

        Args:
            liking: how many times more often the offer is accepted than the usual one.
            test: the test whose offer it is; its own refusals must not keep anybody from it.
        """
        number, channel, stamp = contact.number, contact.channel, written(np.array([contact.at]))[0]
        heard = min(sum(at > contact.at - REACH for at in self._heard[number]), len(ACCEPTED) - 1)
        accepted = bool(offer) and contact.luck[1] < ACCEPTED[heard] * liking
        told = {
            "channel": channel,
            "handle_seconds": contact.seconds + (45 if offer else 0),
            "severity": "serious" if contact.answer[0] * 1_000 % 1 < SERIOUS else "normal",
            **({"offer": test or offer, "accepted": accepted} if offer else {}),
        }
        night, place = contact.at - contact.at % DAY + DAY + IMPORT_AFTER - 5 * MINUTE, contact.place
        yield messages.tracked(night, OFFLINE, stamp, number, "Contact Handled", told, f"contact-{place}")
        if offer:
            self._heard[number].append(contact.at)
        if accepted:
            self._has.add(number)
            yield messages.order(contact.at, night, stamp, number, f"desk-{place}", offer, channel)
        if channel == "chat" and not accepted and contact.answer[1] < LEADS:
            yield messages.tracked(night, OFFLINE, stamp, number, "Lead", {"channel": channel}, f"lead-{place}")
        if contact.answer[0] < CHANNELS[channel][2]:
            yield survey(contact, SATISFIED[min(heard + bool(offer), len(SATISFIED) - 1)], f"survey-contact-{place}")


def survey(contact: Contact, mean: float, message_id: str) -> Message:
    """An answer some hours after the contact, from 1 to 5 around a mean."""
    csat = int(min(5, max(1, round(mean + 2.6 * (contact.answer[1] - 0.5)))))
    at = contact.at + 2 * HOUR
    told = {"csat": csat, "nps": min(10, 2 * csat + contact.place % 3 - 1), "channel": contact.channel}
    return messages.tracked(
        at, BACKEND, written(np.array([at]))[0], contact.number, "Survey Answered", told, message_id
    )
