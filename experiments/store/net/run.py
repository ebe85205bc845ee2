"""Run the statement and put its sparse sums together, group by group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.stats.moments import Moments, add_up
from experiments.store.moments.run import prepare
from experiments.store.moments.split import MASK_NONE, MASK_UNKNOWN
from experiments.store.moments.statement import read_pair
from experiments.store.net.columns import block_of
from experiments.store.net.request import Block, NetRequest
from experiments.store.net.statement import ACTIVE, net_statement
from experiments.store.net.units import LARGEST, NONE, UNKNOWN, Grouped, read_group
from experiments.store.sparse import PairSums, dense_moments, needed_shifts

#: (variant position, place of the holding set, code of the channel shown in).
Group = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class NetCells:
    """Moments of every disjoint group of units, by block; their columns are named by their numbers.

    Args:
        sets: mask of each of the largest holding sets, by place.
        units: number of units by group.
        blocks: block → group → moments; every group of a block has the same columns.
        active: units with anything at all.
    """

    sets: tuple[int, ...]
    units: Mapping[Group, int]
    blocks: Mapping[Block, Mapping[Group, Moments]]
    active: int


def compute_net(session: Session, request: NetRequest) -> NetCells:
    """Moments of every group, recomputed from the facts the session sees."""
    prepare(session)
    grouped = Grouped(request)
    rows = [(int(v), int(mask), int(shown), int(n)) for v, mask, shown, n in session.execute(grouped.counts())]
    sets = _largest(rows)
    units = _units(rows, sets)
    found, active = _sums(session, request, grouped, sets, {})
    shifts = _shifts(request, units, found)
    if shifts:
        found, active = _sums(session, request, grouped, sets, shifts)
    return NetCells(sets, units, _moments(request, units, found, shifts), active)


def _largest(rows: Sequence[tuple[int, int, int, int]]) -> tuple[int, ...]:
    """The six sets most units hold, all variants together so that the choice is blind to them."""
    counts: dict[int, int] = defaultdict(int)
    for _, mask, _, n in rows:
        if mask not in (MASK_NONE, MASK_UNKNOWN):
            counts[mask] += n
    return tuple(sorted(counts, key=lambda mask: (-counts[mask], mask))[:LARGEST])


def _units(rows: Sequence[tuple[int, int, int, int]], sets: Sequence[int]) -> dict[Group, int]:
    places = {mask: place for place, mask in enumerate(sets)} | {MASK_NONE: NONE, MASK_UNKNOWN: UNKNOWN}
    units: dict[Group, int] = defaultdict(int)
    for v, mask, shown, n in rows:
        units[v, places.get(mask, LARGEST), shown] += n
    return dict(units)


Sums = dict[Group, list[PairSums]]


def _sums(
    session: Session, request: NetRequest, grouped: Grouped, sets: Sequence[int], shifts: Mapping[int, float]
) -> tuple[Sums, int]:
    found: Sums = defaultdict(list)
    active = 0
    for pair, *rest in session.execute(net_statement(request, grouped, sets, shifts)):
        if pair == ACTIVE:
            active = int(rest[0])
            continue
        group, a, b = read_pair(pair)
        found[read_group(group)].append((a, b, *rest))
    return found, active


def _moments(
    request: NetRequest, units: Mapping[Group, int], found: Sums, shifts: Mapping[int, float]
) -> dict[Block, dict[Group, Moments]]:
    columns: dict[int, list[int]] = {block: [] for block in request.blocks}
    for column in sorted({a for rows in found.values() for a, b, *_ in rows if a == b}):
        columns[block_of(column)].append(column)
    return {
        block: {group: _dense(n, columns[block], shifts, found.get(group, ())) for group, n in units.items()}
        for block in sorted(request.blocks)
    }


def _dense(n: int, columns: Sequence[int], shifts: Mapping[int, float], rows: Sequence[PairSums]) -> Moments:
    places = {column: place for place, column in enumerate(columns)}
    mine = [(places[a], places[b], n_both, sa, sb, sab) for a, b, n_both, sa, sb, sab in rows if a in places]
    return dense_moments(n, [str(column) for column in columns], [shifts.get(c, 0.0) for c in columns], mine)


def _shifts(request: NetRequest, units: Mapping[Group, int], found: Sums) -> dict[int, float]:
    """Only whole variants are looked at: a small group may well be constant by chance."""
    if not units:
        return {}
    shifts: dict[str, float] = {}
    for groups in _moments(request, units, found, {}).values():
        for variant in {group[0] for group in groups}:
            total = add_up([moments for group, moments in groups.items() if group[0] == variant])
            for column, shift in needed_shifts([total]).items():
                shifts.setdefault(column, shift)
    return {int(column): shift for column, shift in shifts.items()}
