"""What a report asks of the events: columns per unit, the cohort and the cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Select

from experiments.domain.experiment import UnitKind
from experiments.domain.holding import Relation
from experiments.domain.metric import EventKind, Value
from experiments.store.codes import RELATION_CODE

DAY = 86_400_000_000
#: Families, channels and sources are filtered by a bit of a 64-bit mask.
MASK_BITS = 62
_FACTS_OF_VALUE = {
    Value.QUANTITY: ("quantity",),
    Value.REVENUE: ("revenue", "quantity"),
    Value.MARGIN: ("margin", "quantity"),
    Value.SECONDS: ("seconds",),
    Value.NUMBER: ("number",),
    Value.ORDERS: ("id", "order_key", "quantity"),
    Value.NET_SCORE: ("number",),
}


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """One number per unit, in codes of the store.

    Args:
        key: name of the column in the Moments.
        start, end: µs relative to first exposure, [start, end); a covariate has end = 0.
        binary: 1 where the sum is above 0 and `at_least` or more, else 0.
        cap: upper bound of a unit's sum, fixed before unblinding.
        shift: constant subtracted before squaring, so that a large mean does not eat the variance.
        families, channels, sources, products, names: accepted codes; empty = any.
        least_rank: least trust rank of the source, so that browsers count only while nothing better exists.
    """

    key: str
    kind: EventKind
    value: Value
    start: int
    end: int
    binary: bool = False
    cap: float | None = None
    shift: float = 0.0
    relations: tuple[Relation, ...] = ()
    families: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    sources: tuple[int, ...] = ()
    products: tuple[int, ...] = ()
    names: tuple[int, ...] = ()
    least_rank: int = 0
    at_least: int = 1

    def __post_init__(self) -> None:
        """Codes must fit the masks."""
        for field, codes in (("families", self.families), ("channels", self.channels), ("sources", self.sources)):
            if any(not 0 <= code <= MASK_BITS for code in codes):
                raise ValueError(f"{field} == {codes}, codes must be between 0 and {MASK_BITS}.")
        if self.start >= self.end:
            raise ValueError(f"end == {self.end}, must be > start == {self.start}.")

    @property
    def facts(self) -> set[str]:
        """Columns of the outcome table that this column reads."""
        wanted = set(_FACTS_OF_VALUE.get(self.value, ()))
        for names, used in (
            (("family_id", "tier", "multiple", "product_id"), self.relations),
            (("family_id",), self.families),
            (("channel",), self.channels),
            (("source_id",), self.sources),
            (("product_id",), self.products),
            (("name_id",), self.names),
            (("rank",), self.least_rank),
        ):
            if used:
                wanted.update(names)
        return wanted

    @property
    def relation_mask(self) -> int:
        """Bit per accepted relation, -1 for any."""
        return bit_mask(RELATION_CODE[relation] for relation in self.relations)


@dataclass(frozen=True, slots=True)
class MomentsRequest:
    """One phase of one experiment, and the columns wanted.

    Args:
        cut: µs; later exposures and outcomes do not exist for this report.
        mature_before: µs; only units first exposed before it count, because their windows have closed in every source.
        return_window: µs after an order in which a refund takes the sale back; None = refunds are ignored.
        since, until: µs; start and end of the randomised contrast. Exposures of a rehearsal before it, and of a config
            that was still remembered after it, do not exist for this report; until None = still open.
        entrants: who counts as exposed, rows (unit, t0, low, high) as `units.exposed_units` gives them; None = the
            phase's own exposures.
        without_marked: leave out bots, internal traffic and units with an inhuman rate (`moments.traffic`).
        linked_only: only visitors that were known to be a customer at first exposure; of the others, sales of other
            channels cannot be matched, and what moves between channels would read as an effect.
        complete_sources: ids of sources that are complete for all customers independently of the test; what they tell
            counts as known before exposure however late it comes.
    """

    phase_id: int
    unit: UnitKind
    cut: int
    mature_before: int
    columns: tuple[ColumnRequest, ...]
    return_window: int | None = None
    since: int = 0
    until: int | None = None
    entrants: Select[int, int, int, int] | None = None
    without_marked: bool = False
    linked_only: bool = False
    complete_sources: tuple[int, ...] = ()

    @property
    def reads_before(self) -> bool:
        """Whether any column looks at what came before exposure."""
        return any(column.start < 0 for column in self.columns)

    @property
    def needs_relations(self) -> bool:
        """Whether holdings at exposure must be looked up at all."""
        return any(column.relations for column in self.columns)

    @property
    def facts(self) -> tuple[str, ...]:
        """Columns of the outcome table that this request reads; the fewer, the less is carried through the query."""
        wanted = {"kind", "at"}
        for column in self.columns:
            wanted |= column.facts
        if self.return_window is not None:
            wanted |= {"id", "order_key", "product_id", "quantity", "rank"}
        if self.unit is UnitKind.AGENT and self.needs_relations:
            wanted |= {"id", "customer"}
        return tuple(sorted(wanted))

    @property
    def needs_pages(self) -> bool:
        """Whether page views must be read."""
        return any(column.kind is EventKind.PAGE for column in self.columns)

    @property
    def needs_facts(self) -> bool:
        """Whether anything but page views must be read."""
        return any(column.kind is not EventKind.PAGE for column in self.columns)

    def with_shifts(self, shifts: dict[str, float]) -> MomentsRequest:
        """The same request with constants to subtract per column."""
        columns = (replace(column, shift=shifts.get(column.key, column.shift)) for column in self.columns)
        return replace(self, columns=tuple(columns))


def bit_mask(codes: Iterable[int]) -> int:
    """One bit per code; -1, all bits, where no code restricts."""
    mask = 0
    for code in codes:
        mask |= 1 << code
    return mask or -1
