"""From a question about history to what is asked of the events: metrics, pages, families and the period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.domain.metric import Metric
from experiments.services.clock import DAY, to_iso
from experiments.services.columns import Codes, load_codes
from experiments.services.history_length import check_length, longest_days
from experiments.services.history_result import Lookback
from experiments.services.metrics import metric_by_key
from experiments.store.history import Sight, delivered_until


@dataclass(frozen=True)
class Prepared:
    """A question in the terms of the store.

    Args:
        window, returns: days of the longest window and return window of the metrics.
    """

    metrics: tuple[Metric, ...]
    codes: Codes
    sight: Sight
    window: int
    returns: int


def prepare(session: Session, keys: Sequence[str], wanted: Lookback, now: int) -> Prepared:
    """Find what a question names; reads no event.

    Raises:
        NotFoundError: there is no such metric.
        DomainError: a family or page does not exist, or not every source has delivered up to the end.
    """
    metrics = tuple(_with_covariate(metric_by_key(session, key), wanted) for key in keys)
    codes = load_codes(session)
    window = max(metric.window_days for metric in metrics)
    returns = max(metric.return_days for metric in metrics)
    until = _until(session, metrics, wanted, now)
    sight = Sight(
        wanted.unit,
        until - (wanted.days + window + returns) * DAY,
        until,
        _paths(codes, wanted.page),
        _families(codes, wanted.holds, "holdings"),
        _families(codes, wanted.lacks, "holdings_not"),
        _families(codes, wanted.holds_any, "holdings_any"),
    )
    return Prepared(metrics, codes, sight, window, returns)


def check_covered(session: Session, wanted: Lookback, found: Prepared) -> None:
    """Refuse a period that the events do not cover; see `check_length`."""
    before = max(metric.covariate_days for metric in found.metrics)
    check_length(session, found.sight, wanted, found.window, found.returns, before)


def shortened(session: Session, keys: Sequence[str], wanted: Lookback, now: int) -> Lookback:
    """The same question over as many days as there are events for, at most those it has; as it is where none fit."""
    found = prepare(session, keys, wanted, now)
    days = longest_days(session, found.sight, found.window + found.returns)
    return wanted if days is None or days >= wanted.days else replace(wanted, days=days)


def _with_covariate(metric: Metric, wanted: Lookback) -> Metric:
    return metric if wanted.covariate_days is None else replace(metric, covariate_days=wanted.covariate_days)


def _until(session: Session, metrics: Sequence[Metric], wanted: Lookback, now: int) -> int:
    named = frozenset(source for metric in metrics for source in metric.sources)
    delivered = delivered_until(session, named if all(metric.sources for metric in metrics) else None, now)
    if wanted.until is None or wanted.until <= delivered:
        return delivered if wanted.until is None else wanted.until
    raise DomainError(
        "out_of_range",
        f"until == {to_iso(wanted.until)}, must be at most {to_iso(delivered)}: not every source delivered past it.",
        "until",
    )


def _paths(codes: Codes, page: str | None) -> tuple[int, ...] | None:
    if page is None:
        return None
    known = {text: code for (space, text), code in codes.names.items() if space == "path"}
    found = tuple(code for text, code in known.items() if fnmatchcase(text, page))
    if found:
        return found
    near = get_close_matches(page, known, n=1)
    hint = f"; the nearest is {near[0]!r}" if near else ""
    raise DomainError("unknown_page", f"page == {page!r}, matches none of the {len(known)} paths seen{hint}.", "page")


def _families(codes: Codes, keys: Sequence[str], field: str) -> tuple[int, ...]:
    for key in keys:
        if key not in codes.families:
            known = ", ".join(sorted(codes.families)) or "none yet"
            raise DomainError("unknown_choice", f"{field} == {key!r}, must be a product family: {known}.", field)
    return tuple(codes.families[key] for key in keys)
