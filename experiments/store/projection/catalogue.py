"""Keys to codes: what the projection must know of sources, products and experiments."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from operator import attrgetter

from sqlalchemy import Connection, select

from experiments.domain.environment import Environment
from experiments.domain.source import RANK, SourceKind
from experiments.store.tables import (
    ExperimentRow,
    PhaseRow,
    ProductAliasRow,
    ProductPriceRow,
    ProductRow,
    SourceRow,
    VariantRow,
)


@dataclass(frozen=True, slots=True)
class SourceCode:
    """Who sent: whether it counts, how far it is believed."""

    id: int
    rank: int
    trusted: bool
    complete: bool
    test: bool


@dataclass(frozen=True, slots=True)
class Price:
    """What a product costs and earns from an instant on, in minor units per month; `one_off` once."""

    valid_from: int
    price: int
    margin: int
    months: int
    one_off: int = 0


@dataclass(frozen=True, slots=True)
class ProductCode:
    """A product with its prices, oldest first, and what it consists of where it is a bundle."""

    id: int
    family_id: int
    tier: int
    multiple: bool
    prices: list[Price] = field(default_factory=list)
    components: list[tuple[ProductCode, int]] = field(default_factory=list)

    @property
    def parts(self) -> list[tuple[ProductCode, int]]:
        """What is held after one of it is bought: the components of a bundle, else itself."""
        return self.components or [(self, 1)]

    def price_at(self, at: int) -> Price | None:
        """The price at an instant; before the first one the first; None where there is none at all."""
        place = bisect_right(self.prices, at, key=attrgetter("valid_from"))
        return self.prices[max(place - 1, 0)] if self.prices else None


@dataclass(frozen=True, slots=True)
class PhaseCode:
    """A phase with its start (µs, None before) and the position of each variant."""

    id: int
    started_at: int | None
    variants: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExperimentCode:
    """An experiment with its phases by number."""

    unit: str
    phases: dict[int, PhaseCode] = field(default_factory=dict)

    def phase_at(self, at: int) -> int | None:
        """Number of the phase that had started last at an instant."""
        started = [number for number, phase in self.phases.items() if phase.started_at is not None]
        return max((number for number in started if (self.phases[number].started_at or 0) <= at), default=None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything above by key, as one transaction saw it."""

    sources: dict[int, SourceCode]
    products: dict[str, ProductCode]
    experiments: dict[str, ExperimentCode]


def load(connection: Connection) -> Catalogue:
    """Read the catalogue; small beside the events of one chunk."""
    return Catalogue(_sources(connection), _products(connection), _experiments(connection))


def _sources(connection: Connection) -> dict[int, SourceCode]:
    query = select(SourceRow.id, SourceRow.kind, SourceRow.environment, SourceRow.complete)
    found = {}
    for row in connection.execute(query):
        kind = SourceKind(row.kind)
        test = row.environment != Environment.PRODUCTION
        found[row.id] = SourceCode(row.id, RANK[kind], kind is not SourceKind.CLIENT, row.complete, test)
    return found


def _products(connection: Connection) -> dict[str, ProductCode]:
    query = select(ProductRow.key, ProductRow.id, ProductRow.family_id, ProductRow.tier, ProductRow.multiple)
    rows = connection.execute(query.add_columns(ProductRow.components)).all()
    found = {row.key: ProductCode(row.id, row.family_id, row.tier, row.multiple) for row in rows}
    for row in rows:
        found[row.key].components.extend((found[key], quantity) for key, quantity in row.components)
    by_id = {product.id: product for product in found.values()}
    prices = ProductPriceRow
    columns = (prices.product_id, prices.valid_from, prices.price, prices.margin, prices.months, prices.one_off)
    for product_id, *price in connection.execute(select(*columns).order_by(prices.product_id, prices.valid_from)):
        by_id[product_id].prices.append(Price(*price))
    aliases = connection.execute(select(ProductAliasRow.alias, ProductAliasRow.product_id))
    return {row.alias: by_id[row.product_id] for row in aliases} | found


def _experiments(connection: Connection) -> dict[str, ExperimentCode]:
    experiments = connection.execute(select(ExperimentRow.id, ExperimentRow.key, ExperimentRow.unit)).all()
    by_id = {row.id: ExperimentCode(row.unit) for row in experiments}
    phases = {}
    for phase in connection.execute(select(PhaseRow.id, PhaseRow.experiment_id, PhaseRow.number, PhaseRow.started_at)):
        phases[phase.id] = by_id[phase.experiment_id].phases[phase.number] = PhaseCode(phase.id, phase.started_at)
    for variant in connection.execute(select(VariantRow.phase_id, VariantRow.key, VariantRow.position)):
        phases[variant.phase_id].variants[variant.key] = variant.position
    return {row.key: by_id[row.id] for row in experiments}
