"""Who buys what and where: cells with simultaneous intervals, grey where there is too little to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.decision.gross_to_net.data import BEFORE, CHANNEL, COUNT_SCALE, FAMILY, Arms, summed
from experiments.decision.gross_to_net.estimates import alpha_of, critical_of, vector
from experiments.decision.gross_to_net.figures import Bar
from experiments.decision.gross_to_net.matrix import LEAST_EVENTS, Matrix, MatrixCell, MatrixLine
from experiments.stats.moments import Matrix as Array
from experiments.stats.moments import Moments
from experiments.stats.multiplicity import holm
from experiments.stats.simultaneous import correlation_of, max_t_critical
from experiments.stats.tails import two_sided_p

ALL = "all"


@dataclass(frozen=True)
class _Row:
    """Effects of one group of units, and the cells they become."""

    cells: tuple[MatrixCell, ...]
    sigma: Array | None


def family_matrix(arms: Arms, bar: Bar) -> Matrix:
    """Holding set at exposure → family bought."""
    rows = {key: arms.in_set(FAMILY, key) for key in arms.held_sets()}
    return _matrix(arms, bar, "family", rows, dict(arms.data.sets), dict(arms.data.families), arms.pair(FAMILY))


def channel_matrix(arms: Arms, bar: Bar) -> Matrix:
    """Channel of the first exposure → channel bought in."""
    rows = {key: arms.shown_in(CHANNEL, key) for key in arms.shown_channels()}
    return _matrix(arms, bar, "channel", rows, dict(arms.data.channels), dict(arms.data.channels), arms.pair(CHANNEL))


def _matrix(
    arms: Arms,
    bar: Bar,
    kind: str,
    rows: Mapping[str, tuple[Moments, Moments]],
    row_titles: Mapping[str, str],
    column_titles: Mapping[str, str],
    overall: tuple[Moments, Moments],
) -> Matrix:
    columns = [key for key in column_titles if f"n:{key}" in overall[0].columns]
    lines = {key: _row(arms, bar, key, columns, groups) for key, groups in rows.items()}
    cells, critical, tested = _simultaneous([lines[key] for key in rows], bar)
    units = {
        key: dict(zip((arms.control, arms.variant), (g.n for g in groups), strict=True)) for key, groups in rows.items()
    }
    return Matrix(
        kind="family" if kind == "family" else "channel",
        rows=tuple(MatrixLine(key, row_titles[key], units[key]) for key in rows),
        columns=tuple(MatrixLine(key, column_titles[key], {}) for key in columns),
        cells=cells,
        row_totals=tuple(_total(arms, bar, key, columns, groups) for key, groups in rows.items()),
        column_totals=_pointwise(_row(arms, bar, ALL, columns, overall), bar),
        level=bar.level,
        critical=critical,
        tested=tested,
    )


def _row(arms: Arms, bar: Bar, key: str, columns: Sequence[str], groups: tuple[Moments, Moments]) -> _Row:
    names = [f"n:{column}" for column in columns]
    used = (BEFORE,) if bar.covariates and BEFORE in groups[0].columns else ()
    picked = tuple(summed(group, {}, (*names, *used)) for group in groups)
    events = [tuple(round(group.n * group.mean_of(name)) for group in picked) for name in names]
    found = vector(names, (picked[0], picked[1]), used) if names else None
    cells = []
    for place, column in enumerate(columns):
        seen = dict(zip((arms.control, arms.variant), events[place], strict=True))
        grey = found is None or min(events[place]) < LEAST_EVENTS or found[1][place, place] <= 0
        means = [group.mean_of(names[place]) * COUNT_SCALE if group.n else None for group in picked]
        value = None if found is None else float(found[0][place]) * COUNT_SCALE
        cells.append(
            MatrixCell(key, column, means[0], means[1], value, None, None, None, seen, "grey" if grey else "ok")
        )
    return _Row(tuple(cells), None if found is None else found[1])


def _simultaneous(rows: Sequence[_Row], bar: Bar) -> tuple[tuple[MatrixCell, ...], float | None, int]:
    """Cells with max-t intervals and Holm's p over all that are tested; rows are disjoint units, so independent."""
    places = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row.cells) if cell.status == "ok"]
    everything = tuple(cell for row in rows for cell in row.cells)
    if not places:
        return everything, None, 0
    sigma = np.zeros((len(places), len(places)))
    for a, (i, j) in enumerate(places):
        for b, (k, m) in enumerate(places):
            block = rows[i].sigma
            sigma[a, b] = block[j, m] if i == k and block is not None else 0.0
    critical = max(critical_of(bar), max_t_critical(correlation_of(sigma), alpha_of(bar)))
    se = np.sqrt(np.diag(sigma)) * COUNT_SCALE
    tested = [rows[i].cells[j] for i, j in places]
    p = holm([two_sided_p((cell.value or 0.0) / s) for cell, s in zip(tested, se.tolist(), strict=True)])
    shown = {
        (cell.row, cell.column): _with_interval(cell, critical * s, adjusted)
        for cell, s, adjusted in zip(tested, se.tolist(), p, strict=True)
    }
    return tuple(shown.get((cell.row, cell.column), cell) for cell in everything), critical, len(places)


def _pointwise(row: _Row, bar: Bar) -> tuple[MatrixCell, ...]:
    if row.sigma is None:
        return row.cells
    critical = critical_of(bar)
    se = (np.sqrt(np.clip(np.diag(row.sigma), 0, None)) * COUNT_SCALE).tolist()
    return tuple(
        _with_interval(cell, critical * s, two_sided_p((cell.value or 0.0) / s)) if cell.status == "ok" else cell
        for cell, s in zip(row.cells, se, strict=True)
    )


def _total(arms: Arms, bar: Bar, key: str, columns: Sequence[str], groups: tuple[Moments, Moments]) -> MatrixCell:
    """All sales of a row, whatever was bought."""
    wanted = {f"n:{ALL}": [f"n:{column}" for column in columns]}
    keep = (BEFORE,) if BEFORE in groups[0].columns else ()
    picked = (summed(groups[0], wanted, keep), summed(groups[1], wanted, keep))
    return _pointwise(_row(arms, bar, key, [ALL], picked), bar)[0]


def _with_interval(cell: MatrixCell, half: float, p: float | None) -> MatrixCell:
    value = cell.value or 0.0
    return replace(cell, lo=value - half, hi=value + half, p=p)
