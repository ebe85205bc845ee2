"""Who comes to a test, which variant they see, and what they buy because of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.services.demo import messages
from experiments.services.demo.calendar import Calendar, Instants, visits_between, written
from experiments.services.demo.designs import APP_OFFER, CHECKOUT_HINT, Design
from experiments.services.demo.messages import Message
from experiments.services.demo.people import Numbers, People, customer_id
from experiments.services.demo.sales import delays, next_tier, orders
from netlift.config import Config
from netlift.evaluation import evaluate

#: Tests late in the journey sell the highest tier, so that it is an up-sale whatever was bought before.
_TOP_TIER = frozenset({CHECKOUT_HINT.key, APP_OFFER.key})


def visits(
    random: np.random.Generator,
    calendar: Calendar,
    design: Design,
    people: People,
    config: Config,
    launched_at: int,
    stopped_at: int,
    scale: float,
) -> Iterator[Message]:
    """Everything that the visits of one test lead to, in no order.

    Args:
        config: what the service published at launch; the SDK's own evaluation says who sees what.
    """
    reaction = design.reaction
    numbers = _comers(random, design, people, scale)
    at = visits_between(random, launched_at, stopped_at, len(numbers))
    lost = random.random(len(numbers)) < reaction.lost
    treated = np.zeros(len(numbers), dtype=np.int64)
    for place, (number, moment, stamp) in enumerate(zip(numbers.tolist(), at.tolist(), written(at), strict=True)):
        seen = _seen(config, design.key, number, people.attributes(number))
        treated[place] = -1 if seen is None else int(seen["variation_id"] == design.variant.key)
        if seen is None:
            continue
        message_id = f"{design.key}-{number}"
        if reaction.page:
            yield messages.page_view(moment, stamp, number, reaction.page, f"page-{message_id}")
        if not (treated[place] and lost[place]):
            yield messages.exposure(moment, stamp, number, seen, page=reaction.page, message_id=message_id)
    inside = treated >= 0
    yield from _bought(random, calendar, design, people, numbers[inside], at[inside], treated[inside])


def _comers(random: np.random.Generator, design: Design, people: People, scale: float) -> Numbers:
    able = people.of(*design.reaction.segments)
    if design.reaction.page is None:
        able = able[people.app[able]]
    return random.permutation(able)[: round(design.reaction.units * scale)]


def _seen(config: Config, key: str, number: int, attributes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Properties of the exposure, None where the customer is not drawn into the test."""
    result = evaluate(config, key, customer_id(number), attributes)
    return messages.decided(key, result) if result.exposure else None


def _bought(
    random: np.random.Generator,
    calendar: Calendar,
    design: Design,
    people: People,
    numbers: Numbers,
    at: Instants,
    treated: NDArray[np.int64],
) -> Iterator[Message]:
    reaction = design.reaction
    crossed = np.flatnonzero(random.random(len(numbers)) < reaction.cross * (1 + reaction.lift * treated))
    moved = np.flatnonzero(random.random(len(numbers)) < reaction.up * (1 + reaction.up_change * treated))
    keys, shares = list(reaction.sells), list(reaction.sells.values())
    sold = random.choice(keys, size=len(crossed), p=shares).tolist()
    when = at[crossed] + delays(random, len(crossed))
    # Without a shift nothing is drawn, so that the other tests keep their numbers.
    online = treated[crossed] * (random.random(len(crossed)) < reaction.moved) if reaction.moved else None
    yield from orders(random, calendar, f"{design.key}-cross", numbers[crossed], when, sold, online)
    upgrades = next_tier(people, numbers[moved], top=design.key in _TOP_TIER)
    when = at[moved] + delays(random, len(moved))
    yield from orders(random, calendar, f"{design.key}-up", numbers[moved], when, upgrades)
