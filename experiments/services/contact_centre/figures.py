"""The figures of one channel, beside the period before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Literal

from experiments.services.compared import Amount, Compared, Kind, change_of
from experiments.stats.clustered import (
    Clustered,
    count_interval,
    difference_interval,
    ratio_interval,
    share_interval,
)
from experiments.store.contact_centre.measures import ANSWERS, CONTACTS, HITS, LEADS, OFFERS, RESPONSE

#: Below it CSAT is not tested, nor where response rates differ at this p (definitions, §1.14).
LEAST_RESPONSE, DIFFERENT = 0.10, 0.01
#: (key, title, measure, kind); a count counts n, everything else is x per n.
FIGURES: tuple[tuple[str, str, int, Kind], ...] = (
    ("hit-rate", "Hit rate", HITS, "share"),
    ("handle-time", "Handle time per contact", CONTACTS, "seconds"),
    ("csat", "CSAT", ANSWERS, "mean"),
    ("response", "Answers per contact", RESPONSE, "ratio"),
    ("contacts", "Contacts", CONTACTS, "count"),
    ("offers", "Offers made", OFFERS, "count"),
    ("acceptance", "Offer acceptance", OFFERS, "share"),
    ("leads", "Leads per chat session", LEADS, "ratio"),
)
Sums = Mapping[int, Clustered]


@dataclass(frozen=True, slots=True)
class AmountOfPeople(Amount):
    """A figure that is spread between people, each with any number of contacts.

    Args:
        people: how many there are; below two there is no interval.
    """

    people: int = 0


@dataclass(frozen=True, slots=True)
class Figure(Compared):
    """One figure of a channel.

    Args:
        status: `not_testable` where CSAT was heard from too few, or from differently many; no change is given then.
        note: why it is not testable.
    """

    now: AmountOfPeople
    before: AmountOfPeople
    status: Literal["ok", "not_measured", "not_testable"]
    note: str = ""


def figures_of(now: Sums, before: Sums, *, chat: bool) -> tuple[Figure, ...]:
    """All figures of one channel; leads per session are those of chat only."""
    return tuple(
        _figure(key, title, kind, now.get(measure, Clustered()), before.get(measure, Clustered()), (now, before))
        for key, title, measure, kind in FIGURES
        if chat or key != "leads"
    )


def amount_of(kind: Kind, sums: Clustered) -> AmountOfPeople:
    """A value with its interval, the spread taken between people."""
    if kind == "count":
        return AmountOfPeople(sums.n, round(sums.n), people=sums.people)
    low, high = (share_interval(sums) if kind == "share" else ratio_interval(sums)) or (None, None)
    return AmountOfPeople(sums.ratio, round(sums.n), low, high, people=sums.people)


def _figure(key: str, title: str, kind: Kind, now: Clustered, before: Clustered, both: tuple[Sums, Sums]) -> Figure:
    ours, theirs = amount_of(kind, now), amount_of(kind, before)
    fault = _fault(*(sums.get(RESPONSE, Clustered()) for sums in both)) if key == "csat" and now.n else ""
    if fault:
        return Figure(key, title, kind, ours, theirs, None, None, None, "not_testable", fault)
    if kind == "count":
        span = count_interval(before, now)
    else:
        span = difference_interval(theirs.value, _span(theirs), ours.value, _span(ours))
    low, high = span or (None, None)
    status: Literal["ok", "not_measured"] = "not_measured" if ours.value is None else "ok"
    return Figure(key, title, kind, ours, theirs, change_of(kind, ours, theirs), low, high, status)


def _span(amount: Amount) -> tuple[float, float] | None:
    return None if amount.low is None or amount.high is None else (amount.low, amount.high)


def _fault(now: Clustered, before: Clustered) -> str:
    """Why satisfaction cannot be compared; "" where it can."""
    rates = now.ratio, before.ratio
    if rates[0] is None:
        return "answers cannot be set against contacts: none was told in this channel"
    if rates[0] < LEAST_RESPONSE or (rates[1] is not None and rates[1] < LEAST_RESPONSE):
        return "not testable: fewer than 10 answers per 100 contacts"
    spreads = now.variance(), before.variance()
    if rates[1] is None or spreads[0] is None or spreads[1] is None:
        return ""
    error = sqrt(spreads[0] + spreads[1])
    if error and erfc(abs(rates[0] - rates[1]) / error / sqrt(2)) < DIFFERENT:
        return "not testable: the two periods were answered by differently many"
    return ""
