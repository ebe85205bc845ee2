"""Whether everything has arrived and belongs to somebody: sources by day, and links of exposed units by variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.domain.checks import check_range
from experiments.domain.experiment import Experiment, Status, UnitKind
from experiments.domain.source import Source
from experiments.domain.stated import StatedRelations
from experiments.services.clock import local_day, maybe_iso, to_iso
from experiments.services.experiments import all_experiments, attempt
from experiments.services.stored_reports import stored_reports
from experiments.store import reconciliation, stated_relations
from experiments.store.catalogue import sources
from experiments.store.engines import reading, writing
from experiments.store.reconciliation import DayRow, day_of
from experiments.store.stated_relations import Told

#: Days that are counted, and that a page shows at first.
DAYS = 62
USUAL_DAYS = 14
_RUNNING = (Status.RUNNING, Status.PAUSED)
#: How the alarms of `decision.linkage` begin.
_ALARM = "Linked to a customer"

__all__ = [
    "DAYS",
    "USUAL_DAYS",
    "DayRow",
    "Linked",
    "SourceState",
    "count_all",
    "days_of",
    "linked",
    "source_states",
]


@dataclass(frozen=True, slots=True)
class SourceState:
    """How far a source has delivered.

    Args:
        last_day: start of the newest day with facts of it, µs; None where there are none.
        relations: what it states about sales, beside what the holdings give.
    """

    source: Source
    last_day: int | None
    sales: int
    sales_matched: int
    waiting: int
    relations: StatedRelations

    @property
    def share_matched(self) -> float | None:
        """Share of the sales that belong to a unit of a running test; None without a sale."""
        return self.sales_matched / self.sales if self.sales else None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "source": self.source.key,
            "name": self.source.name,
            "kind": self.source.kind.value,
            "watermark": maybe_iso(self.source.watermark),
            "last_day": maybe_iso(self.last_day),
            "sales": self.sales,
            "sales_matched": self.sales_matched,
            "waiting": self.waiting,
            "stated_relations": self.relations.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class LinkedVariant:
    """Exposed units of one variant and the shares of them whose customer is known; None where nobody was exposed."""

    key: str
    title: str
    exposed: int
    at_exposure: float | None
    at_cut: float | None


@dataclass(frozen=True, slots=True)
class Linked:
    """Links of one running test's units.

    Args:
        by_customer: the test randomises customers, so that nothing has to be linked.
        alarms: sentences where variants differ more than by chance.
    """

    experiment: str
    name: str
    by_customer: bool
    variants: tuple[LinkedVariant, ...]
    alarms: tuple[str, ...]
    computed_at: str | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        names = ("key", "title", "exposed", "at_exposure", "at_cut")
        variants = [{name: getattr(variant, name) for name in names} for variant in self.variants]
        return {
            "experiment": self.experiment,
            "name": self.name,
            "by_customer": self.by_customer,
            "variants": variants,
            "alarms": list(self.alarms),
            "computed_at": self.computed_at,
        }


def count_all(engine: Engine, now: int, zone: ZoneInfo) -> int:
    """Count every source and day anew, in the worker; how many rows. The counting holds no lock."""
    days = days_between(now, DAYS, zone)
    day = partial(day_of, days=days)
    with reading(engine) as session:
        relations = stated_relations.count(session.connection(), days[0][0], days[-1][1], day)
        rows = reconciliation.count(session.connection(), days, relations)
    with writing(engine) as session:
        reconciliation.replace(session.connection(), rows, now)
        stated_relations.replace_all(session.connection(), relations)
    return len(rows)


def days_between(now: int, number: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """(start, end) of the last local days, today last; days on which clocks change are shorter or longer."""
    today = local_day(now, zone)
    starts = [
        round(datetime.combine(today - timedelta(days=back), time(), zone).timestamp()) * 1_000_000
        for back in range(number - 1, -2, -1)
    ]
    return list(pairwise(starts))


def days_of(session: Session, now: int, zone: ZoneInfo, *, days: int = USUAL_DAYS, source: str = "") -> list[DayRow]:
    """What the worker counted of the last days, newest first.

    Raises:
        DomainError: more days than are counted.
    """
    check_range(days, "days", low=1, high=DAYS)
    since = days_between(now, days, zone)[0][0]
    told = _by_place(stated_relations.stored(session.connection(), since=since, source=source))
    rows = reconciliation.stored(session.connection(), since=since, source=source)
    return [replace(row, relations=told.get((row.day, row.source), row.relations)) for row in rows]


def source_states(session: Session, rows: Sequence[DayRow]) -> list[SourceState]:
    """Every source with what the rows say of it."""
    return [
        _state(source, [row for row in rows if row.source == source.key]) for source in sources.all_sources(session)
    ]


def linked(session: Session) -> list[Linked]:
    """Running tests with the shares of their exposed units that are linked, as their last report says."""
    found = (attempt(session, test, partial(_linked, session)) for test in all_experiments(session, _RUNNING))
    return [one for one in found if one is not None]


def _state(source: Source, rows: Sequence[DayRow]) -> SourceState:
    days = [row.day for row in rows if row.sales or row.contacts or row.others or row.refunds]
    return SourceState(
        source,
        max(days, default=None),
        sum(row.sales for row in rows),
        sum(row.sales_matched for row in rows),
        sum(row.waiting for row in rows),
        StatedRelations.together(row.relations for row in rows),
    )


def _by_place(told: Sequence[Told]) -> dict[tuple[int, str], StatedRelations]:
    """By day and source."""
    found: dict[tuple[int, str], list[tuple[str, str, int]]] = {}
    for each in told:
        found.setdefault((each.day, each.source), []).append((each.stated, each.computed, each.sales))
    return {place: StatedRelations.of(counts) for place, counts in found.items()}


def _linked(session: Session, experiment: Experiment) -> Linked:
    report = stored_reports(session, experiment.key).live
    return Linked(
        experiment.key,
        experiment.name,
        experiment.unit is UnitKind.CUSTOMER,
        _variants(report) if report else (),
        tuple(note for note in report.quality.notes if note.startswith(_ALARM)) if report else (),
        report.computed_at if report else None,
    )


def _variants(report: Report) -> tuple[LinkedVariant, ...]:
    quality = report.quality
    return tuple(
        LinkedVariant(
            variant.key,
            variant.title,
            variant.exposed,
            quality.linked_at_exposure.get(variant.key),
            quality.linked_at_cut.get(variant.key),
        )
        for variant in report.variants
    )


def describe_day(row: DayRow) -> dict[str, Any]:
    """JSON-ready form of a row."""
    found = {name: getattr(row, name) for name in DayRow.__slots__ if name != "relations"}
    told = {"relations_stated": row.relations.sales, "relations_conflicting": row.relations.conflicting}
    return found | told | {"day": to_iso(row.day), "counted_at": to_iso(row.counted_at)}
