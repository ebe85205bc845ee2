"""The rows of one experiment by moment in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from experiments.domain.errors import DomainError
from experiments.domain.plan import MAX_LOOKS
from experiments.services.summaries.cells import Moment
from experiments.services.summaries.row import SummaryRow
from experiments.services.summaries.stated import refused


@dataclass(frozen=True, slots=True)
class Taken:
    """All rows of one moment.

    Args:
        text: the moment as the file writes it; None in a file without times.
        rows: by (variant, metric).
    """

    text: str | None
    rows: Mapping[tuple[str, str], SummaryRow]


def read_taken(key: str, rows: Sequence[SummaryRow]) -> tuple[Taken, ...]:
    """The rows of one experiment by moment, oldest first; each place once."""
    by_moment: dict[Moment | None, dict[tuple[str, str], SummaryRow]] = {}
    kinds = {None if row.moment is None else row.moment[0] for row in rows}
    if len(kinds) > 1:
        odd = next(row for row in rows if (row.moment and row.moment[0]) != (rows[0].moment and rows[0].moment[0]))
        raise refused(odd, "time", odd.moment_text or "empty", f"of one kind in all rows of {key!r}")
    for row in rows:
        cell = by_moment.setdefault(row.moment, {})
        before = cell.setdefault((row.variant, row.metric), row)
        if before is not row:
            same = f"{row.variant!r}, {row.metric!r}" + (f" at {row.moment_text}" if row.moment_text else "")
            raise refused(row, "variant, metric", same, f"distinct; line {before.line} has them already")
    if len(by_moment) > MAX_LOOKS:
        raise refused(
            rows[0], "time", f"{len(by_moment)} moments of {key!r}", f"at most {MAX_LOOKS}: the planned looks only"
        )
    ordered = sorted(by_moment, key=lambda moment: moment[1] if moment else 0.0)
    return tuple(Taken(_text_of(by_moment[moment]), by_moment[moment]) for moment in ordered)


def _text_of(rows: Mapping[tuple[str, str], SummaryRow]) -> str | None:
    return next(iter(rows.values())).moment_text


def check_complete(key: str, taken: Sequence[Taken], variants: Sequence[str], metrics: Sequence[str]) -> None:
    """Refuse a moment that lacks a metric of a variant."""
    for each in taken:
        for variant in variants:
            for metric in metrics:
                if (variant, metric) not in each.rows:
                    when = f" at {each.text}" if each.text else ""
                    raise DomainError(
                        "missing_row",
                        f"experiment {key!r} has no row for variant {variant!r} and metric {metric!r}{when}, "
                        "must have one per variant and metric.",
                        "metric",
                    )


def check_growing(taken: Sequence[Taken]) -> None:
    """Rows are cumulative: no count may fall from one moment to the next."""
    for before, after in pairwise(taken):
        for place, row in after.rows.items():
            least = before.rows[place].n
            if row.n < least:
                raise refused(row, "n", str(row.n), f">= {least} of {before.text}: rows are cumulative")
