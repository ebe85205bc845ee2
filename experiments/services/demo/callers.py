"""The customers of the shipped test: who calls, what they are offered, what they buy then and in the months after.

They are in no other test, and they were there before everybody else's story begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.services.clock import DAY, MINUTE
from experiments.services.demo import messages
from experiments.services.demo.calendar import HOUR, Calendar, Instants, visits_between, written
from experiments.services.demo.company import BACKEND, CRM, OFFLINE, PRODUCTS
from experiments.services.demo.desk_designs import CALL_OFFER, WITHOUT_TV
from experiments.services.demo.messages import Message
from experiments.services.demo.people import SEGMENT_KEYS, Numbers, customer_id, invent_people
from experiments.services.demo.sales import IMPORT_AFTER, delays, next_tier, orders
from netlift.config import Config
from netlift.evaluation import evaluate
from netlift.result import Result

#: Numbers of these customers begin here.
FIRST = 600_000
#: Who calls while the cohort of the read-outs is open, who calls afterwards, and how many days the cohort is open.
ENTRANTS, LATER, ENTRY_DAYS = 2_300, 200, 28
#: Share of calls, chats being the rest; of the gain, the share that orders on the line.
PHONE, ON_THE_LINE = 0.7, 0.9
#: Who orders once more after the first week, without and with the winner.
AGAIN, AGAIN_DAYS = (0.10, 0.12), (8, 26)
#: Channels of those who order later: web, app, phone, store.
SHARES = (0.4, 0.15, 0.3, 0.15)
SECONDS, LONGER, ANSWERS = 315, 38, 0.28
#: Who calls again about the same, and µs until then.
CALLS_BACK = 0.08, 3 * DAY
#: Shares of answers up to 1, 2, 3 and 4 of 5.
SATISFIED = (0.04, 0.1, 0.26, 0.66)
#: Days before the end at which the CRM states anew what the cohort holds: after everybody's entry, and before the
#: thirtieth day of the first who entered. Then the share of those who have left.
STATED_AGO, LEFT = 33, 0.03
_FAMILY = {product.key: product.family for product in PRODUCTS}


class _Call(NamedTuple):
    """One call or chat; `number` without FIRST."""

    name: str
    number: int
    at: int
    channel: str
    seconds: int


class Callers:
    """Everybody who calls for the test or its roll-out, one call each.

    Args:
        scale: share of them.
    """

    def __init__(self, random: np.random.Generator, calendar: Calendar, scale: float) -> None:
        wanted = [round(count * scale) for count in (CALL_OFFER.reaction.units, ENTRANTS, LATER)]
        self._random, self._calendar = random, calendar
        self._people = invent_people(random, round(1.3 * sum(wanted)) + 50)
        everybody = self._people.of(*WITHOUT_TV)[: sum(wanted)]
        self._tested, self._entrants, self._later = np.split(everybody, np.cumsum(wanted)[:2])
        self._bought: dict[int, dict[str, str]] = {}

    def __len__(self) -> int:
        return len(self._tested) + len(self._entrants) + len(self._later)

    def statements(self, at: int) -> Iterator[Message]:
        """The CRM tells what they hold."""
        for number in np.concatenate([self._tested, self._entrants, self._later]).tolist():
            yield self._statement(at, number, self._people.holdings(number), "crm")

    def test(self, config: Config, start: int, end: int) -> Iterator[Message]:
        """The calls of the test."""
        at = visits_between(self._random, start, end, len(self._tested))
        yield from self._calls("call", self._tested, at, config)

    def roll_out(self, config: Config, start: int) -> Iterator[Message]:
        """The calls since the winner was shipped, later orders, and what the CRM states after the entry."""
        closes, end = start + ENTRY_DAYS * DAY, self._calendar.end - DAY
        at = visits_between(self._random, start, closes, len(self._entrants))
        yield from self._calls("shipped", self._entrants, at, config, again=True)
        at = visits_between(self._random, closes, end, len(self._later))
        yield from self._calls("since", self._later, at, config)
        stated = self._calendar.ago(STATED_AGO)
        left = self._random.random(len(self._entrants)) < LEFT
        for number, gone in zip(self._entrants.tolist(), left.tolist(), strict=True):
            held = {_FAMILY[key]: key for key in self._people.holdings(number)} | self._bought.get(number, {})
            yield self._statement(stated, number, [] if gone else list(held.values()), "crm-again")

    def _statement(self, at: int, number: int, held: list[str], name: str) -> Message:
        who, stamp = customer_id(FIRST + number), written(np.array([at]))[0]
        item = {"type": "identify", "userId": who, "traits": {"holdings": held}}
        return Message(at, CRM, item | {"messageId": f"{name}-{who}", "timestamp": stamp})

    def _calls(
        self, name: str, numbers: Numbers, at: Instants, config: Config, *, again: bool = False
    ) -> Iterator[Message]:
        reaction, count = CALL_OFFER.reaction, len(numbers)
        draws: NDArray[np.float64] = self._random.random((8, count))
        channels = ["phone" if share < PHONE else "chat" for share in draws[0].tolist()]
        seen = [self._seen(config, *who) for who in zip(numbers.tolist(), channels, strict=True)]
        inside = np.array([result.exposure for result in seen], dtype=bool)
        treated = np.array([result.variant == CALL_OFFER.variant.key for result in seen], dtype=bool)
        takes = treated & (draws[1] < reaction.cross * reaction.lift * ON_THE_LINE)
        sold = self._random.choice(list(reaction.sells), size=count, p=list(reaction.sells.values())).tolist()
        seconds = self._random.gamma(3.0, SECONDS / 3, count) + LONGER * treated
        for place in np.flatnonzero(inside).tolist():
            call = _Call(f"{name}-{place}", int(numbers[place]), int(at[place]), channels[place], int(seconds[place]))
            yield from self._call(call, seen[place], sold[place] if takes[place] else "", draws[2:4, place])
        cross = draws[4] < reaction.cross * (1 + reaction.lift * (1 - ON_THE_LINE) * treated)
        moved = draws[5] < reaction.up * (1 + reaction.up_change * treated)
        yield from self._orders(f"{name}-cross", numbers, at, inside & cross & ~takes, sold)
        yield from self._orders(f"{name}-up", numbers, at, inside & moved, next_tier(self._people, numbers))
        if again:
            more = draws[6] < np.where(treated, AGAIN[1], AGAIN[0])
            days = AGAIN_DAYS[0] + draws[7] * (AGAIN_DAYS[1] - AGAIN_DAYS[0])
            later = at + (days * DAY).astype(np.int64)
            yield from self._orders(f"{name}-again", numbers, later, inside & more, ["streaming-basic"] * count)

    def _seen(self, config: Config, number: int, channel: str) -> Result:
        attributes = {"segment": SEGMENT_KEYS[self._people.segment[number]], "channel": channel}
        return evaluate(config, CALL_OFFER.key, customer_id(FIRST + number), attributes)

    def _call(self, call: _Call, seen: Result, sold: str, luck: NDArray[np.float64]) -> Iterator[Message]:
        """The exposure, the contact, what is ordered on the line, and the answer to the survey."""
        at, channel, who, stamp = call.at, call.channel, FIRST + call.number, written(np.array([call.at]))[0]
        night = at - at % DAY + DAY + IMPORT_AFTER - 5 * MINUTE
        yield messages.desk_exposure(at, stamp, who, messages.decided(CALL_OFFER.key, seen), channel, call.name)
        told: dict[str, Any] = {"channel": channel, "handle_seconds": call.seconds, "severity": "normal"}
        if seen.variant == CALL_OFFER.variant.key:
            told |= {"offer": CALL_OFFER.variant.payload["offer"], "accepted": bool(sold)}
        yield messages.tracked(night, OFFLINE, stamp, who, "Contact Handled", told, f"contact-{call.name}")
        if sold:
            self._remember(call.number, sold)
            yield messages.order(at, night, stamp, who, f"line-{call.name}", sold, channel)
        if luck[1] * 1_000 % 1 < CALLS_BACK[0]:
            yield _call_back(call, night)
        if luck[0] < ANSWERS:
            yield _answer(call, 1 + int(np.searchsorted(SATISFIED, luck[1])))

    def _orders(
        self, name: str, numbers: Numbers, at: Instants, who: NDArray[np.bool_], products: Sequence[str]
    ) -> Iterator[Message]:
        places = np.flatnonzero(who)
        bought = [products[place] for place in places.tolist()]
        when = at[places] + delays(self._random, len(places))
        for number, product in zip(numbers[places].tolist(), bought, strict=True):
            self._remember(number, product)
        yield from orders(self._random, self._calendar, name, numbers[places] + FIRST, when, bought, shares=SHARES)

    def _remember(self, number: int, product: str) -> None:
        self._bought.setdefault(number, {})[_FAMILY[product]] = product


def _answer(call: _Call, csat: int) -> Message:
    at = call.at + 2 * HOUR
    told = {"csat": csat, "nps": min(10, 2 * csat), "channel": call.channel}
    stamp, who = written(np.array([at]))[0], FIRST + call.number
    return messages.tracked(at, BACKEND, stamp, who, "Survey Answered", told, f"survey-{call.name}")


def _call_back(call: _Call, night: int) -> Message:
    wait, who = CALLS_BACK[1], FIRST + call.number
    told = {"channel": call.channel, "handle_seconds": SECONDS, "severity": "normal"}
    stamp = written(np.array([call.at + wait]))[0]
    return messages.tracked(night + wait, OFFLINE, stamp, who, "Contact Handled", told, f"back-{call.name}")
