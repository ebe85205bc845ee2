"""Orders that two sources tell differently: which line, what each says, and whose word counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.errors import DomainError
from experiments.services.clock import to_iso
from experiments.store.projection.matching import Claim, is_alone, lines_of
from experiments.store.projection.merging import claims_of, conflicting
from experiments.store.tables import ProductRow, SourceRow

MOST = 200


@dataclass(frozen=True, slots=True)
class Side:
    """What one message says about a line; `counts` for the one whose word is taken.

    Args:
        revenue: minor units per month × quantity.
        at, received_at: µs UTC.
    """

    source: str
    product: str
    quantity: int
    revenue: int
    at: int
    received_at: int
    counts: bool

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form with times as ISO 8601."""
        return asdict(self) | {"at": to_iso(self.at), "received_at": to_iso(self.received_at)}


@dataclass(frozen=True, slots=True)
class Conflict:
    """One line of an order about which its sources disagree.

    Args:
        order: the order's hash; its id is nowhere kept.
        sides: the one that counts first.
        not_told_by: the source that counts most for this order, where it tells the order without this line.
    """

    order: str
    line: int
    sides: tuple[Side, ...]
    not_told_by: str | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        sides = [side.to_dict() for side in self.sides]
        return {"order": self.order, "line": self.line, "sides": sides, "not_told_by": self.not_told_by}


def conflicts(session: Session, *, most: int = 50) -> tuple[Conflict, ...]:
    """The newest lines in conflict.

    Raises:
        DomainError: `most` is not between 1 and 200.
    """
    if not 1 <= most <= MOST:
        raise DomainError("out_of_range", f"most == {most}, must be between 1 and {MOST}.", "most")
    lines = conflicting(session.connection(), most)
    claims = claims_of(session.connection(), {order for order, _ in lines})
    words = _Words(session)
    matched = {order: lines_of(told) for order, told in claims.items()}
    return tuple(
        _conflict(order, line, matched[order][line], claims[order], words)
        for order, line in lines
        if line in matched.get(order, {})
    )


class _Words:
    """Names for the codes of sources and products."""

    def __init__(self, session: Session) -> None:
        self.sources = dict(session.execute(select(SourceRow.id, SourceRow.key)).all())
        self.products = dict(session.execute(select(ProductRow.id, ProductRow.key)).all())


def _conflict(order: int, line: int, told: list[Claim], claims: list[Claim], words: _Words) -> Conflict:
    best = min(claims, key=lambda claim: (-claim.rank, claim.at, claim.event_id))
    silent = words.sources.get(best.source_id) if is_alone(told, claims) else None
    sides = tuple(
        Side(
            words.sources.get(claim.source_id, ""),
            words.products.get(claim.product_id, ""),
            claim.quantity,
            claim.revenue,
            claim.at,
            claim.received_at,
            place == 0,
        )
        for place, claim in enumerate(told)
    )
    return Conflict(str(order), line, sides, silent)
