"""What happens whether or not a test runs: holdings, pages, sign-ins and sales."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from experiments.services.demo import messages
from experiments.services.demo.calendar import Calendar, visits_between, written
from experiments.services.demo.messages import Message
from experiments.services.demo.people import Numbers, People
from experiments.services.demo.sales import delays, next_tier, orders

#: Share of a segment seen on these pages on any day, one line per kind of visit.
PAGES = (
    (("mobile-only",), ("/tv", "/tv/packages", "/tv/start", "/shop/mobile"), 0.006),
    (("mobile-broadband-tv", "broadband-tv"), ("/tv", "/tv/packages", "/tv/plus", "/tv/max", "/shop/tv"), 0.04),
    (("mobile-broadband", "broadband-only"), ("/shop", "/shop/broadband", "/tv"), 0.005),
)
#: The gap that opportunities find: who holds mobile only and sees the TV offers in the shop buys TV far more often than
#: on the TV pages. Share of them on any day, chance to buy, what they buy.
LOOKERS, CHANCE, TV = 0.0012, 0.22, ("tv-start", "tv-start", "tv-plus")
#: Shares of all customers on any day.
SIGN_INS, SALES = 0.004, 0.0008


def statements(people: People, at: int) -> Iterator[Message]:
    """The CRM tells what everybody holds."""
    stamp = written(np.array([at]))[0]
    return (messages.statement(at, stamp, number, people) for number in range(len(people)))


def everyday(random: np.random.Generator, calendar: Calendar, people: People) -> Iterator[Message]:
    """All days at once, in no order."""
    for segments, paths, share in PAGES:
        yield from _pages(random, calendar, people.of(*segments), paths, share)
    everybody = np.arange(len(people))
    yield from _sign_ins(random, calendar, everybody)
    yield from _sales(random, calendar, people)
    yield from _lookers(random, calendar, people)  # last, so that everything before it keeps its numbers


def _some(random: np.random.Generator, calendar: Calendar, among: Numbers, share: float) -> Numbers:
    return random.choice(among, size=round(len(among) * share * calendar.days))


def _pages(
    random: np.random.Generator, calendar: Calendar, among: Numbers, paths: tuple[str, ...], share: float
) -> Iterator[Message]:
    numbers = _some(random, calendar, among, share)
    at = visits_between(random, calendar.start, calendar.end, len(numbers))
    seen = random.integers(0, len(paths), len(numbers)).tolist()
    rows = zip(at.tolist(), written(at), numbers.tolist(), seen, strict=True)
    for place, (moment, stamp, number, path) in enumerate(rows):
        yield messages.page_view(moment, stamp, number, paths[path], f"view-{paths[0]}-{len(among)}-{place}")


def _sign_ins(random: np.random.Generator, calendar: Calendar, among: Numbers) -> Iterator[Message]:
    numbers = _some(random, calendar, among, SIGN_INS)
    at = visits_between(random, calendar.start, calendar.end, len(numbers))
    rows = zip(at.tolist(), written(at), numbers.tolist(), strict=True)
    for place, (moment, stamp, number) in enumerate(rows):
        yield messages.sign_in(moment, stamp, number, f"sign-in-{place}")


def _sales(random: np.random.Generator, calendar: Calendar, people: People) -> Iterator[Message]:
    numbers = _some(random, calendar, people.of("mobile-only", "mobile-broadband-tv"), 2 * SALES)
    at = visits_between(random, calendar.start, calendar.end, len(numbers))
    yield from orders(random, calendar, "everyday", numbers, at, next_tier(people, numbers))


def _lookers(random: np.random.Generator, calendar: Calendar, people: People) -> Iterator[Message]:
    numbers = _some(random, calendar, people.of("mobile-only"), LOOKERS)
    at = visits_between(random, calendar.start, calendar.end, len(numbers))
    for place, (moment, stamp, number) in enumerate(zip(at.tolist(), written(at), numbers.tolist(), strict=True)):
        yield messages.page_view(moment, stamp, number, "/shop/tv", f"offer-{place}")
    buys = np.flatnonzero(random.random(len(numbers)) < CHANCE)
    sold = random.choice(TV, size=len(buys)).tolist()
    yield from orders(random, calendar, "shop-tv", numbers[buys], at[buys] + delays(random, len(buys)), sold)
