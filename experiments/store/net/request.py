"""What the columns between gross and net are computed from, in codes of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind, Value
from experiments.store.moments.request import ColumnRequest, MomentsRequest


class Block(IntEnum):
    """Columns are only multiplied with those of their own block; nothing needs the others' covariances."""

    MONEY = 0
    FAMILY = 1
    CHANNEL = 2
    CURVE = 3
    SERVICE = 4
    PRODUCT = 5


@dataclass(frozen=True, slots=True)
class SaleMasks:
    """A set of sales as two bit masks over the codes; -1 = any."""

    families: int = -1
    relations: int = -1


@dataclass(frozen=True, slots=True)
class NetRequest:
    """One phase of one experiment, its cohort and the declaration.

    Args:
        cut, mature_before, since, until, return_window: see `MomentsRequest`.
        last: µs after first exposure; orders and contacts up to and including it count.
        early: µs of the early window, its end included.
        day_ends: rising ends of the buckets of the curve, in days; the last one covers `last`.
        channels: codes of the channels in which the offer is shown.
        second_cost, sale_cost: minor units by code of the channel.
        replaces: (product, replaced product) ids of the catalogue.
        before: µs before first exposure whose sales are the covariate; 0 = none.
        complete_sources: ids of sources whose facts count as known before exposure however late they come.
        least_rank: least trust rank of the source of a sale.
        csat: code of the answers' name; None where nobody ever answered.
        blocks: which to compute.
        without_marked: see `MomentsRequest`.
    """

    phase_id: int
    unit: UnitKind
    cut: int
    mature_before: int
    last: int
    early: int
    day_ends: tuple[int, ...]
    promoted: SaleMasks
    protected: SaleMasks
    channels: tuple[int, ...]
    return_window: int = 0
    since: int = 0
    until: int | None = None
    second_cost: Mapping[int, float] = field(default_factory=dict)
    sale_cost: Mapping[int, float] = field(default_factory=dict)
    offer_cost: float = 0.0
    retention: int = 0
    cap: float | None = None
    replaces: tuple[tuple[int, int], ...] = ()
    before: int = 0
    complete_sources: tuple[int, ...] = ()
    least_rank: int = 0
    csat: int | None = None
    dissatisfied: float = 2.0
    blocks: frozenset[Block] = frozenset(Block)
    without_marked: bool = False

    @property
    def events(self) -> MomentsRequest:
        """The events that are read, as three columns: they say which facts and which window to carry along."""
        end = self.last + 1
        sale = ColumnRequest(
            "sale", EventKind.SALE, Value.MARGIN, -self.before, end,
            relations=tuple(Relation), channels=(1,), sources=(1,), least_rank=1,
        )  # fmt: skip
        contact = ColumnRequest("contact", EventKind.CONTACT, Value.SECONDS, 0, end)
        survey = ColumnRequest("survey", EventKind.SURVEY, Value.NUMBER, 0, end, names=(0,))
        return MomentsRequest(
            phase_id=self.phase_id,
            unit=self.unit,
            cut=self.cut,
            mature_before=self.mature_before,
            columns=(sale, contact, survey),
            return_window=self.return_window,
            since=self.since,
            until=self.until,
            complete_sources=self.complete_sources,
            without_marked=self.without_marked,
        )
