"""Weeks of visits, told in a minute: events carry the instants at which they would have happened."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from experiments.domain.errors import DomainError
from web.simulation.installation import LiveTest
from web.simulation.shop import Shop, Shopper
from web.simulation.traffic import Traffic, visitors_needed

#: The longest replay: with the day before it, it must fit into what the service accepts late.
MOST_WEEKS = 12


class Clock:
    """What the SDK takes for the time: the instant of the visit that is being told."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        """That instant."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Span:
    """The weeks of a replay.

    Args:
        launch: when the test is said to have begun.
        recruited: until when visitors come: the planned weeks, or the end where that is earlier.
        end: now.
    """

    launch: datetime
    recruited: datetime
    end: datetime

    @classmethod
    def of(cls, test: LiveTest, weeks: int, now: datetime) -> Span:
        """The last so many weeks."""
        launch = now - timedelta(weeks=weeks)
        return cls(launch, min(now, launch + timedelta(weeks=test.weeks or weeks)), now)

    def share(self, test: LiveTest) -> float:
        """Part of the planned recruitment that lies in the replay."""
        planned = timedelta(weeks=test.weeks) if test.weeks else self.recruited - self.launch
        return (self.recruited - self.launch) / planned


def check_weeks(weeks: int, late_days: int) -> None:
    """Refuse a replay whose first events the service would refuse.

    Raises:
        DomainError: `out_of_range`.
    """
    most = min(MOST_WEEKS, (late_days - 1) // 7)
    if weeks > most:
        message = f"weeks == {weeks}, must be at most {most}: events older than {late_days} days are refused."
        raise DomainError("out_of_range", message, "weeks")


def weeks_to_the_end(test: LiveTest) -> int:
    """Whole weeks from launch until the last planned look."""
    return (test.weeks or 0) + math.ceil(test.maturation_days / 7)


def visitors_for(test: LiveTest, span: Span) -> int:
    """Visitors that bring the units planned for the weeks that are told."""
    return math.ceil(visitors_needed(test) * span.share(test))


def tell(
    traffic: Traffic, shop: Shop, test: LiveTest, shoppers: list[Shopper], span: Span, clock: Clock
) -> Iterator[int]:
    """Serve the shoppers one after the other, at instants spread over the span; yields how many are served."""
    moments = traffic.arrivals(len(shoppers), span.launch, span.recruited)
    for number, (shopper, moment) in enumerate(zip(shoppers, moments, strict=True), start=1):
        clock.moment = moment
        traffic.serve(test, shopper, moment, span.end)
        if number % 100 == 0:
            shop.keep_pace()
        yield number
