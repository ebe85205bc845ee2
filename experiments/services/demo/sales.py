"""Sales that follow a visit, and what follows a sale: the browser's copy, a refund, an answer to the survey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.services.clock import DAY, MINUTE
from experiments.services.demo import messages
from experiments.services.demo.calendar import Calendar, Instants, written
from experiments.services.demo.company import BACKEND
from experiments.services.demo.messages import Message
from experiments.services.demo.people import TIERS, Numbers, People

CHANNELS = ("web", "app", "phone", "store")
CHANNEL_SHARES = (0.48, 0.20, 0.19, 0.13)
#: Days from visit to order: mean, and the longest; all of them inside the metrics' window.
USUAL_DELAY, LONGEST_DELAY = 2.5, 13.0
COPIED, REFUNDED, ANSWERED = 0.6, 0.035, 0.15
REFUND_DAYS = 6
#: Who orders online is asked about the order; who talks to somebody is asked about the contact.
ASKED = ("web", "app")
#: The nightly import runs half an hour after midnight.
IMPORT_AFTER = 30 * MINUTE


def delays(random: np.random.Generator, count: int) -> Instants:
    """µs from a visit to the order that follows it."""
    days = np.minimum(random.exponential(USUAL_DELAY, count), LONGEST_DELAY * random.random(count) ** 0.2)
    return MINUTE + (days * DAY).astype(np.int64)


def next_tier(people: People, numbers: Numbers, top: bool = False) -> list[str]:
    """The product each customer moves up to in the first family held: the next one, or the highest."""
    mobile, broadband = people.tiers["mobile"][numbers], people.tiers["broadband"][numbers]
    products = []
    for held_mobile, held_broadband in zip(mobile.tolist(), broadband.tolist(), strict=True):
        family, tier = ("broadband", held_broadband) if held_broadband else ("mobile", held_mobile)
        products.append(TIERS[family][-1 if top else tier])
    return products


def orders(
    random: np.random.Generator,
    calendar: Calendar,
    name: str,
    numbers: Numbers,
    at: Instants,
    products: Sequence[str],
    moved: Numbers | None = None,
    shares: tuple[float, ...] = CHANNEL_SHARES,
) -> Iterator[Message]:
    """Orders of these customers at these instants, with what follows them; what lies after the end is left out.

    Args:
        moved: 1 for orders that are made on the web where they would have been made over phone or counter.
        shares: of the channels.
    """
    count = len(numbers)
    channels = random.choice(len(CHANNELS), size=count, p=shares)
    if moved is not None:
        channels = np.where((moved > 0) & (channels >= CHANNELS.index("phone")), CHANNELS.index("web"), channels)
    draws: NDArray[np.float64] = random.random((3, count))
    later = at + (random.random(count) * REFUND_DAYS * DAY).astype(np.int64)
    stamps, later_stamps = written(at), written(later)
    for place in np.flatnonzero(at < calendar.end).tolist():
        number, order_id, channel = int(numbers[place]), f"{name}-{place:05d}", CHANNELS[channels[place]]
        moment, product = int(at[place]), products[place]
        night = moment - moment % DAY + DAY + IMPORT_AFTER
        yield messages.order(moment, night, stamps[place], number, order_id, product, channel)
        if channel == "web" and draws[0, place] < COPIED:
            yield messages.order_page(moment, stamps[place], number, order_id, product)
        if later[place] >= calendar.end:
            continue
        if draws[1, place] < REFUNDED:
            yield messages.refund(int(later[place]), later_stamps[place], number, order_id)
        elif draws[2, place] < ANSWERED:
            answer = _answer(random, int(later[place]), later_stamps[place], number, order_id, channel)
            if channel in ASKED:
                yield answer


def _answer(random: np.random.Generator, at: int, stamp: str, number: int, order_id: str, channel: str) -> Message:
    csat = int(random.choice(5, p=(0.04, 0.06, 0.15, 0.4, 0.35))) + 1
    answers = {"csat": csat, "nps": min(10, 2 * csat + int(random.integers(-1, 2))), "channel": channel}
    return messages.tracked(at, BACKEND, stamp, number, "Survey Answered", answers, f"survey-{order_id}")
