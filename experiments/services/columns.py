"""From metric definitions to columns of the aggregate query and to measures of the statistics."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from experiments.domain.metric import Column, EventFilter, EventKind, Metric, MetricKind, Value
from experiments.domain.source import RANK, SourceKind
from experiments.stats.measure import Measure
from experiments.store.codes import CHANNEL_CODE, KIND_CODE
from experiments.store.moments.request import DAY, ColumnRequest
from experiments.store.tables import FamilyRow, NameRow, OutcomeRow, ProductRow, SourceRow

#: No outcome has this code: a filter on a name never seen must match nothing, not everything.
NOTHING = -1
#: The same for masks, whose bit 0 no catalogue entry uses.
NO_BIT = 0
#: Values that only a unit which answered a survey has.
_ANSWERED = (Value.NUMBER, Value.NET_SCORE)


@dataclass(frozen=True)
class Codes:
    """Keys of the catalogue with the small integers the fact tables use."""

    families: dict[str, int]
    products: dict[str, int]
    sources: dict[str, int]
    names: dict[tuple[str, str], int] = field(default_factory=dict)
    trusted_sales: bool = False
    complete_sources: tuple[int, ...] = ()


def load_codes(session: Session) -> Codes:
    """Read the codes once per report."""
    trusted = exists().where(OutcomeRow.kind == KIND_CODE[EventKind.SALE], OutcomeRow.rank >= RANK[SourceKind.SERVER])
    return Codes(
        families=_table(session, select(FamilyRow.key, FamilyRow.id)),
        products=_table(session, select(ProductRow.key, ProductRow.id)),
        sources=_table(session, select(SourceRow.key, SourceRow.id)),
        names={
            (space, text): code
            for space, text, code in session.execute(select(NameRow.space, NameRow.text, NameRow.id))
        },
        trusted_sales=bool(session.scalar(select(trusted))),
        complete_sources=tuple(session.scalars(select(SourceRow.id).where(SourceRow.complete))),
    )


def measure_of(metric: Metric) -> Measure:
    """The measure that the statistics compute from the metric's columns."""
    covariates = (f"{metric.key}:before",) if metric.covariate_days else ()
    denominator = f"{metric.key}:per" if metric.denominator else None
    return Measure(metric.kind.value, metric.key, denominator, covariates)


def response_of(metric: Metric) -> str | None:
    """Name of the 0/1 column of the units that answered, where a metric reads answers; None where it reads none.

    Answers are heard from responders only, so that their rates decide whether the metric may be tested.
    """
    event = metric.column.event
    return f"{metric.key}:heard" if event.kind is EventKind.SURVEY and metric.column.value in _ANSWERED else None


def contacts_of(metric: Metric) -> str | None:
    """Name of the column of contacts over which the answers of an agent's customers are counted."""
    return None if response_of(metric) is None else f"{metric.key}:asked"


def columns_of_answers(metric: Metric, codes: Codes, *, of_agents: bool = False) -> tuple[ColumnRequest, ...]:
    """The column of `response_of`; none where the metric reads no answers.

    Args:
        of_agents: count answers, and contacts beside them: nearly every agent has some answer.
    """
    key, answered, end = response_of(metric), Column(metric.column.event), metric.window_days * DAY
    if key is None:
        return ()
    heard = _column(metric, answered, key, 0, end, not of_agents, codes)
    if not of_agents:
        return (heard,)
    asked = Column(EventFilter(EventKind.CONTACT, channels=metric.column.event.channels))
    return heard, _column(metric, asked, f"{metric.key}:asked", 0, end, False, codes)


def columns_of(metric: Metric, codes: Codes) -> tuple[ColumnRequest, ...]:
    """Every column a metric needs: itself, its denominator, its covariate before exposure."""
    window = metric.window_days * DAY
    binary = metric.kind is MetricKind.RATE
    columns = [_column(metric, metric.column, metric.key, 0, window, binary, codes)]
    if metric.denominator:
        columns.append(_column(metric, metric.denominator, f"{metric.key}:per", 0, window, False, codes))
    if metric.covariate_days:
        start = -metric.covariate_days * DAY
        columns.append(_column(metric, metric.column, f"{metric.key}:before", start, 0, False, codes))
    return tuple(columns)


def _column(
    metric: Metric, column: Column, key: str, start: int, end: int, binary: bool, codes: Codes
) -> ColumnRequest:
    event = column.event
    return ColumnRequest(
        key=key,
        kind=event.kind,
        value=column.value,
        start=start,
        end=end,
        binary=binary,
        cap=column.cap,
        at_least=column.at_least,
        relations=event.relations,
        families=_known(codes.families, event.families, NO_BIT),
        channels=tuple(CHANNEL_CODE[channel] for channel in event.channels),
        sources=_known(codes.sources, metric.sources, NO_BIT),
        products=_known(codes.products, event.products, NOTHING),
        names=_names(event, codes),
        least_rank=_least_rank(metric, event, codes),
    )


def _table(session: Session, statement: Select[str, int]) -> dict[str, int]:
    return {str(key): int(code) for key, code in session.execute(statement)}


def _known(table: dict[str, int], keys: tuple[str, ...], nothing: int) -> tuple[int, ...]:
    found = tuple(table[key] for key in keys if key in table)
    return found or ((nothing,) if keys else ())


def _names(event: EventFilter, codes: Codes) -> tuple[int, ...]:
    if not event.name:
        return ()
    if event.kind is EventKind.PAGE:
        paths = [
            code for (space, text), code in codes.names.items() if space == "path" and fnmatchcase(text, event.name)
        ]
        return tuple(paths) or (NOTHING,)
    space = "survey" if event.kind is EventKind.SURVEY else "event"
    return (codes.names.get((space, event.name), NOTHING),)


def _least_rank(metric: Metric, event: EventFilter, codes: Codes) -> int:
    """Sales of browsers count only while no server or import has told any (design: once, and whose)."""
    if event.kind is EventKind.SALE and codes.trusted_sales and not metric.sources:
        return RANK[SourceKind.SERVER]
    return 0
