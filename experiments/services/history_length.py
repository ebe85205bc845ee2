"""Does the history reach far enough for the period asked for?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.services.clock import DAY, to_iso
from experiments.services.history_result import LEAST_DAYS, Lookback
from experiments.store.history import Sight, Span, first_event, span_of


def check_length(
    session: Session, sight: Sight, wanted: Lookback, window: int, returns: int, covariate_days: int
) -> None:
    """Refuse a period that the events do not cover.

    Args:
        window, returns: days of the longest window and return window behind the last unit.
        covariate_days: days before the first unit that covariates need.

    Raises:
        DomainError: `no_history` or `too_short`, with the dates.
    """
    span, since, last = span_of(session, sight), day_of(sight.start), day_of(sight.until - 1)
    units = f"{wanted.unit.value}s"
    if span.first is None or span.last is None:
        raise DomainError("no_history", f"No {units} were seen {wanted.place} before {day_of(sight.until)}.")
    if span.last < sight.start:
        raise DomainError(
            "no_history",
            f"No {units} were seen {wanted.place} from {since} to {last}; the last ones were "
            f"seen on {day_of(span.last)}. State an earlier end.",
            "until",
        )
    begins = _begins(span, sight.start)
    if begins is not None:
        raise DomainError(
            "too_short",
            f"days == {wanted.days}, needs events {wanted.place} from {since} on and has them from "
            f"{day_of(begins)} on: {wanted.days} days of new {units}, {window} of the metric's window and "
            f"{returns} for returns, up to {last}. Look back over fewer days, or state the baselines.",
            "days",
        )
    earliest, before = first_event(session), sight.start - covariate_days * DAY
    if covariate_days and earliest is not None and earliest >= before + DAY:
        raise DomainError(
            "too_short",
            f"covariate_days == {covariate_days}, needs events from {day_of(before)} on and has them from "
            f"{day_of(earliest)} on. Look back over fewer days, or plan without a covariate.",
            "covariate_days",
        )


def longest_days(session: Session, sight: Sight, behind: int) -> int | None:
    """Days of new units that the events have, with `behind` days for windows and returns; None where under a week."""
    first = span_of(session, sight).first
    if first is None:
        return None
    days = -((first - sight.until) // DAY) - behind
    return days if days >= LEAST_DAYS else None


def _begins(span: Span, start: int) -> int | None:
    """Where the history really begins, if that is too late: after the first day, or after an empty first week.

    A first day without any sight is no gap where there were sights before; a whole week is.
    """
    if span.first is not None and span.first >= start + DAY:
        return span.first
    return span.inside if span.inside is not None and span.inside >= start + LEAST_DAYS * DAY else None


def day_of(instant: int) -> str:
    """The date of an instant in UTC."""
    return to_iso(instant)[:10]
