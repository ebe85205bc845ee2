"""Names for the numbers of columns, holding sets, families, channels and products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.decision.gross_to_net.data import BEFORE, CHANNEL, CURVE, FAMILY, MONEY, PRODUCT, SERVICE, Product
from experiments.domain.channel import Channel
from experiments.stats.moments import Moments
from experiments.store.catalogue import products as product_store
from experiments.store.codes import CHANNEL_CODE
from experiments.store.net import Block
from experiments.store.net import columns as column
from experiments.store.net.units import NONE, OTHER, UNKNOWN
from experiments.store.tables import FamilyRow, ProductRow

BLOCKS: Mapping[Block, str] = {
    Block.MONEY: MONEY,
    Block.FAMILY: FAMILY,
    Block.CHANNEL: CHANNEL,
    Block.CURVE: CURVE,
    Block.SERVICE: SERVICE,
    Block.PRODUCT: PRODUCT,
}
#: By offset in the money block.
MONEY_COLUMNS = ("PE", "PX", "PL", "U", "O", "S", "n:P", "n:U", "once:P", "once:U")
CLASSES = {1: "P", 2: "U", 3: "O"}
NO_CHANNEL = "unknown"


@dataclass(frozen=True)
class Names:
    """Keys and titles by the codes of the store."""

    families: Mapping[int, str]
    family_titles: Mapping[str, str]
    product_keys: Mapping[int, str]
    replaces: tuple[tuple[int, int], ...]
    day_ends: tuple[int, ...]

    @property
    def channels(self) -> dict[int, str]:
        """Keys by code; 0 = nobody said."""
        return {code: channel.value for channel, code in CHANNEL_CODE.items()} | {0: NO_CHANNEL}

    @property
    def channel_titles(self) -> dict[str, str]:
        """Titles by key in the order of display."""
        titles = {Channel.TV: "Smart TV", Channel.EMAIL: "E-mail"}
        named = {channel.value: titles.get(channel, channel.value.capitalize()) for channel in Channel}
        return named | {NO_CHANNEL: "Unknown channel"}

    def held(self, mask: int) -> tuple[str, ...]:
        """Keys of the families of a holding set."""
        return tuple(key for code, key in sorted(self.families.items()) if mask >> code & 1)

    def set_keys(self, sets: Sequence[int]) -> dict[int, str]:
        """Key of each holding set by its place."""
        named = {place: "+".join(self.held(mask)) for place, mask in enumerate(sets)}
        return named | {OTHER: "other", NONE: "none", UNKNOWN: "unknown"}

    def sets(self, sets: Sequence[int]) -> dict[str, str]:
        """Titles of the holding sets by key, the largest first."""
        titles = {}
        for mask in sets:
            held = self.held(mask)
            names = [self.family_titles[key] for key in held]
            titles["+".join(held)] = f"{names[0]} only" if len(names) == 1 else " + ".join(names)
        return titles | {"other": "Other combinations", "none": "Nothing", "unknown": "Not known at exposure"}

    def products(self, session: Session, at: int) -> tuple[Product, ...]:
        """The catalogue as it is at an instant."""
        return tuple(
            Product(product.key, product.name, product.months, product.margin, product.one_off)
            for product in product_store.all_products(session, at)
        )

    def moments(self, block: Block, moments: Moments) -> Moments:
        """The same moments with names for columns."""
        named = tuple(self.column(block, int(number)) for number in moments.columns)
        return Moments(moments.n, named, moments.mean, moments.cov)

    def column(self, block: Block, number: int) -> str:
        """Name of one column."""
        offset = number - block * column.BLOCK
        if block is not Block.PRODUCT and offset == column.BEFORE:
            return BEFORE
        if block is Block.MONEY:
            return MONEY_COLUMNS[offset]
        if block is Block.CURVE:
            return f"d:{self.day_ends[offset]}"
        if block is Block.PRODUCT:
            product, cls = column.product_of(number)
            return f"q:{self.product_keys[product]}:{CLASSES[cls]}"
        if block is Block.SERVICE:
            return self._service(offset)
        codes = self.families if block is Block.FAMILY else self.channels
        what, code = ("n", offset - column.NUMBER) if offset >= column.NUMBER else ("v", offset - column.VALUE)
        return f"{what}:{codes[code]}"

    def _service(self, offset: int) -> str:
        if offset in _SINGLE:
            return _SINGLE[offset]
        start = max(start for start in _BY_CHANNEL if start <= offset)
        return f"{_BY_CHANNEL[start]}:{self.channels[offset - start]}"


_SINGLE = {column.BUYER: "buyer", column.RESPONDED: "responded"}
_BY_CHANNEL = {
    column.CONTACTS: "contacts",
    column.SECONDS: "seconds",
    column.ANSWERS: "answers",
    column.SCORE: "score",
    column.DISSATISFIED: "dissatisfied",
    column.BUYER_IN: "buyer",
}


def load_names(session: Session, day_ends: tuple[int, ...]) -> Names:
    """Read the catalogue once per report."""
    families = session.execute(select(FamilyRow.id, FamilyRow.key, FamilyRow.name).order_by(FamilyRow.id)).all()
    products = session.execute(select(ProductRow.id, ProductRow.key, ProductRow.replaces)).all()
    return Names(
        families={code: key for code, key, _ in families},
        family_titles={key: name for _, key, name in families},
        product_keys={code: key for code, key, _ in products},
        replaces=tuple(_replaces(products)),
        day_ends=day_ends,
    )


def _replaces(products: Iterable[tuple[int, str, list[str]]]) -> Iterator[tuple[int, int]]:
    rows = list(products)
    codes = {key: code for code, key, _ in rows}
    for code, _, replaced in rows:
        yield from ((code, codes[key]) for key in replaced if key in codes)
