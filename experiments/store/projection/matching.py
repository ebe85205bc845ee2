"""Which claims of an order speak of the same line, although their sources may number lines differently.

A source's own numbers are kept apart as it tells them. Between sources a number means little, because one counts from 0
and another from 1: what was bought decides first, then the number, then the place. The answer follows from the set of
claims alone, whatever order they came in.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple

#: Numbers for lines whose own is taken by another; above every number that a source may state.
_SPARE = 100_000


class Claim(NamedTuple):
    """What one message says about one line."""

    order_key: int
    line: int
    event_id: bytes
    seq: int
    at: int
    received_at: int
    source_id: int
    rank: int
    visitor: int | None
    customer: int | None
    channel: int
    product_id: int
    family_id: int
    tier: int
    multiple: bool
    quantity: int
    revenue: int
    margin: int
    agent: int | None = None
    stated_relation: int = 0

    @property
    def content(self) -> tuple[int, int, int]:
        """What two sources must agree on."""
        return (self.product_id, self.quantity, self.revenue)


#: Best claim first.
Line = list[Claim]
#: What two lines of different sources must share to be one; the first that fits wins.
_SAME: tuple[Callable[[Claim], Hashable], ...] = (
    lambda claim: (claim.content, claim.line),
    lambda claim: claim.content,
    lambda claim: (claim.product_id, claim.line),
    lambda claim: claim.product_id,
    lambda claim: claim.line,
)


def order(claim: Claim) -> tuple[int, int, bytes]:
    """Better claims first: the higher rank; at equal rank the earlier one, then the smaller event id."""
    return (-claim.rank, claim.at, claim.event_id)


def lines_of(claims: Iterable[Claim]) -> dict[int, Line]:
    """The lines of one order under their numbers, from all that was ever claimed about it."""
    lines: list[Line] = []
    for told in _by_source(claims):
        pairs, rest = _pairs(lines, told)
        if len(told) == len(lines):  # as many lines on both sides: what is left is a disagreement and no further line
            pairs += zip(_unpaired(lines, pairs), rest, strict=True)
            rest = []
        for line, other in pairs:
            line.extend(other)
        lines += rest
        lines.sort(key=lambda line: line[0].line)
    return _numbered(lines)


def is_alone(line: Line, claims: Sequence[Claim]) -> bool:
    """Whether the best source of the order tells of other lines, but not of this one."""
    return min(claims, key=order).source_id not in {claim.source_id for claim in line}


def _by_source(claims: Iterable[Claim]) -> list[list[Line]]:
    """Each source's own lines in the order of their numbers; better sources first."""
    told: dict[int, dict[int, Line]] = {}
    for claim in sorted(claims, key=order):
        told.setdefault(claim.source_id, {}).setdefault(claim.line, []).append(claim)
    return [[lines[number] for number in sorted(lines)] for lines in told.values()]


def _pairs(lines: list[Line], told: list[Line]) -> tuple[list[tuple[Line, Line]], list[Line]]:
    """Lines that are one, and what of `told` found no partner."""
    pairs: list[tuple[Line, Line]] = []
    for same in _SAME:
        free: dict[Hashable, list[Line]] = {}
        for line in _unpaired(lines, pairs):
            free.setdefault(same(line[0]), []).append(line)
        rest = []
        for other in told:
            partners = free.get(same(other[0]))
            if partners:
                pairs.append((partners.pop(0), other))
            else:
                rest.append(other)
        told = rest
    return pairs, told


def _unpaired(lines: list[Line], pairs: list[tuple[Line, Line]]) -> list[Line]:
    taken = {id(line) for line, _ in pairs}
    return [line for line in lines if id(line) not in taken]


def _numbered(lines: list[Line]) -> dict[int, Line]:
    numbered: dict[int, Line] = {}
    homeless: list[Line] = []
    for line in sorted(lines, key=lambda line: order(line[0])):
        if line[0].line in numbered:
            homeless.append(line)
        else:
            numbered[line[0].line] = line
    for place, line in enumerate(homeless):
        numbered[_SPARE + place] = line
    return {number: sorted(line, key=order) for number, line in numbered.items()}
