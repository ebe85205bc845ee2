"""Every event as (unit, group, block, column, value): a line of an order counts in a handful of columns, never in all.

Numbers of columns are arithmetic on the codes of an event (1000 × block + offset + code), so that a further family,
channel or day costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import CTE, ColumnElement, Double, Select, and_, case, cast, func, literal, select

from experiments.domain.metric import EventKind
from experiments.store.codes import KIND_CODE
from experiments.store.net.lines import OTHER, PROMOTED, PROTECTED, sales_before
from experiments.store.net.request import Block, NetRequest
from experiments.store.tables import ExposureRow
from experiments.store.types import BigInt

BLOCK = 1000
#: Offsets of the money block; those of the six steps first.
PE, PX, PL, UP, OTHERS, SERVICE, N_PROMOTED, N_PROTECTED, ONCE_PROMOTED, ONCE_PROTECTED = range(10)
VALUE, NUMBER = 100, 200
#: Offsets of the service block; from BINARY up to BINARY_END a unit counts once.
CONTACTS, SECONDS, ANSWERS, SCORE, DISSATISFIED = 0, 20, 40, 60, 80
BINARY, BUYER, RESPONDED, BUYER_IN, BINARY_END = 100, 100, 101, 120, 140
#: The covariate, in every block.
BEFORE = 999
#: Products with larger ids are left out of the table of what was sold.
MAX_PRODUCT = 1300

Expression = ColumnElement[Any]


def block_of(column: int) -> Block:
    """The block of a column; that of products is the last one and may be longer than the others."""
    return Block(min(column // BLOCK, Block.PRODUCT))


def product_of(column: int) -> tuple[int, int]:
    """(product id, class) of a column of the product block."""
    place, cls = divmod(column - Block.PRODUCT * BLOCK - 1, OTHER)
    return place, cls + 1


def emitted(request: NetRequest, gu: CTE, s: CTE, line: CTE) -> Iterator[Select[Any]]:
    """Selects (unit, g, blk, col, x) of everything that counts."""
    wanted = request.blocks
    if Block.MONEY in wanted:
        yield from _money(request, gu, s, line)
    if Block.FAMILY in wanted:
        yield from _sales(Block.FAMILY, line, line.c.family_id)
    if Block.CHANNEL in wanted:
        yield from _sales(Block.CHANNEL, line, line.c.channel)
    if Block.CURVE in wanted:
        yield _row(Block.CURVE, line, line.c.day, line.c.x).where(line.c.cls == PROMOTED)
    if Block.SERVICE in wanted:
        yield from _service(request, gu, s, line)
    if Block.PRODUCT in wanted:
        place = line.c.product_id * OTHER + line.c.cls
        kept = and_(line.c.kept > 0, line.c.product_id < MAX_PRODUCT)
        yield _row(Block.PRODUCT, line, place, line.c.kept).where(kept)
    if request.before:
        before = sales_before(request, gu, s).subquery("before")
        for block in sorted(wanted - {Block.PRODUCT}):
            yield _row(block, before, literal(BEFORE), before.c.x)


def _row(block: Block, source: Any, offset: Expression, x: Any) -> Select[Any]:
    number = cast(offset, BigInt) + block * BLOCK
    return select(source.c.unit, source.c.g, literal(int(block)).label("blk"), number.label("col"), _real(x).label("x"))


def _real(x: Any) -> Expression:
    return literal(float(x), Double) if isinstance(x, int | float) else cast(x, Double)


def _sales(block: Block, line: CTE, code: Expression) -> Iterator[Select[Any]]:
    yield _row(block, line, code + VALUE, line.c.x)
    yield _row(block, line, code + NUMBER, 1).where(line.c.kept > 0)


def _money(request: NetRequest, gu: CTE, s: CTE, line: CTE) -> Iterator[Select[Any]]:
    promoted = case((line.c.early == 0, PL), (line.c.shown == 1, PE), else_=PX)
    step = case((line.c.cls == PROMOTED, promoted), (line.c.cls == PROTECTED, UP), else_=OTHERS)
    yield _row(Block.MONEY, line, step, line.c.x)
    number = case((line.c.cls == PROMOTED, N_PROMOTED), else_=N_PROTECTED)
    yield _row(Block.MONEY, line, number, 1).where(line.c.cls != OTHER, line.c.kept > 0)
    once = case((line.c.cls == PROMOTED, ONCE_PROMOTED), else_=ONCE_PROTECTED)
    yield _row(Block.MONEY, line, once, line.c.once).where(line.c.cls != OTHER, line.c.once != 0)
    yield from _costs(request, gu, s, line)


def _costs(request: NetRequest, gu: CTE, s: CTE, line: CTE) -> Iterator[Select[Any]]:
    if request.second_cost:
        seconds = _events(gu, s, EventKind.CONTACT, s.c.seconds * _by_channel(request.second_cost, s.c.channel))
        yield _row(Block.MONEY, seconds, literal(SERVICE), seconds.c.x)
    if request.sale_cost:
        # Every order costs once, however many lines it has and whether or not it comes back.
        order = (
            select(line.c.unit, func.min(line.c.g).label("g"), func.min(line.c.channel).label("channel"))
            .group_by(line.c.unit, line.c.order_key)
            .subquery("orders")
        )
        yield _row(Block.MONEY, order, literal(SERVICE), _by_channel(request.sale_cost, order.c.channel))
    if request.offer_cost:
        offers = _offers(request, gu)
        yield _row(Block.MONEY, offers, literal(SERVICE), request.offer_cost)


def _offers(request: NetRequest, gu: CTE) -> Any:
    """One row per logged exposure of a variant that is not the control; where it was suppressed nothing was shown."""
    row = ExposureRow
    window = and_(~row.suppressed, row.at >= gu.c.t0, row.at <= gu.c.t0 + request.last, row.at <= request.cut)
    mine = and_(row.unit == gu.c.unit, row.phase_id == request.phase_id)
    return select(gu.c.unit, gu.c.g).join(row, mine).where(gu.c.v > 0, window).subquery("offers")


def _service(request: NetRequest, gu: CTE, s: CTE, line: CTE) -> Iterator[Select[Any]]:
    block = Block.SERVICE
    contact = _events(gu, s, EventKind.CONTACT, s.c.seconds)
    yield _row(block, contact, contact.c.channel + CONTACTS, 1)
    yield _row(block, contact, contact.c.channel + SECONDS, contact.c.x)
    bought = and_(line.c.cls == PROMOTED, line.c.kept > 0)
    yield _row(block, line, literal(BUYER), 1).where(bought)
    yield _row(block, line, line.c.channel + BUYER_IN, 1).where(bought)
    if request.csat is None:
        return
    answer = _events(gu, s, EventKind.SURVEY, s.c.number, s.c.name_id == request.csat)
    yield _row(block, answer, literal(RESPONDED), 1)
    yield _row(block, answer, answer.c.channel + ANSWERS, 1)
    yield _row(block, answer, answer.c.channel + SCORE, answer.c.x)
    low = answer.c.x <= request.dissatisfied
    yield _row(block, answer, answer.c.channel + DISSATISFIED, 1).where(low)


def _events(gu: CTE, s: CTE, kind: EventKind, x: Expression, where: Expression | None = None) -> Any:
    """Rows (unit, g, channel, x) of one kind after exposure."""
    query = select(gu.c.unit, gu.c.g, s.c.channel, cast(x, Double).label("x")).join(s, s.c.unit == gu.c.unit)
    query = query.where(s.c.kind == KIND_CODE[kind], s.c.at >= s.c.t0)
    return (query if where is None else query.where(where)).subquery()


def _by_channel(costs: Any, channel: Expression) -> Expression:
    prices = [(channel == code, cost) for code, cost in sorted(costs.items())]
    return case(*prices, else_=0.0)
