"""Frozen unit tables: one Parquet file per phase of a finished test, one row per exposed unit.

The name of a file holds the head of its content's SHA-256, so a rewritten table is another file and the row that names
it is the only switch: whoever crashes in between leaves a whole table behind, never half of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from experiments.stats.moments import Moments
from experiments.store.moments.request import MomentsRequest
from experiments.store.moments.statement import unit_totals
from experiments.store.moments.units import exposed_units
from experiments.store.sparse import PairSums, dense_moments, needed_shifts

FOLDER = "units"
#: Columns before those of the report.
FACTS = ("unit", "variant", "other_variant", "first_exposure", "mature")
_ABOUT = b"netlift"


@dataclass(frozen=True)
class UnitTable:
    """The rows of one phase.

    Args:
        facts: by name of `FACTS`; `other_variant` differs from `variant` for a unit that was logged in two.
        columns: of the report, one number per unit; 0 where a unit has nothing or is not mature.
        about: what else the report is computed from, as plain values.
    """

    facts: Mapping[str, npt.NDArray[Any]]
    columns: Mapping[str, npt.NDArray[np.float64]]
    about: dict[str, Any]

    @property
    def rows(self) -> int:
        """Number of units."""
        return len(self.facts["unit"])

    def exposed(self, position: int) -> int:
        """Units of a variant that were logged in no other."""
        return int(np.count_nonzero(self._clean(position)))

    @property
    def in_two_variants(self) -> int:
        """Units that were logged in several."""
        return int(np.count_nonzero(self.facts["variant"] != self.facts["other_variant"]))

    def without(self, units: Collection[int]) -> UnitTable:
        """The table without some units."""
        keep = ~np.isin(self.facts["unit"], np.fromiter(units, np.int64, len(units)))
        facts, columns = ({name: values[keep] for name, values in part.items()} for part in (self.facts, self.columns))
        return UnitTable(facts, columns, self.about)

    def moments(self, positions: Sequence[int]) -> dict[int, Moments]:
        """Moments of the mature units of each variant; sums are exact, so that every machine finds the same."""
        found = {position: self._moments(position, {}) for position in positions}
        shifts = needed_shifts(found.values())
        return {position: self._moments(position, shifts) for position in positions} if shifts else found

    def _clean(self, position: int) -> npt.NDArray[np.bool_]:
        variant, other = self.facts["variant"], self.facts["other_variant"]
        clean: npt.NDArray[np.bool_] = (variant == other) & (variant == position)
        return clean

    def _moments(self, position: int, shifts: Mapping[str, float]) -> Moments:
        mine = self._clean(position) & self.facts["mature"]
        values = [column[mine] for column in self.columns.values()]
        shift = [shifts.get(name, 0.0) for name in self.columns]
        return dense_moments(int(np.count_nonzero(mine)), tuple(self.columns), shift, _pairs(values, shift))


def _pairs(values: Sequence[npt.NDArray[np.float64]], shift: Sequence[float]) -> list[PairSums]:
    rows: list[PairSums] = []
    for a, left in enumerate(values):
        for b, right in enumerate(values[a:], start=a):
            both = (left != 0) & (right != 0)
            if both.any():
                x, y = left[both] - shift[a], right[both] - shift[b]
                rows.append((a, b, int(np.count_nonzero(both)), fsum(x), fsum(y), fsum(x * y)))
    return rows


def take(session: Session, request: MomentsRequest, about: dict[str, Any]) -> UnitTable:
    """Every exposed unit of a request with its columns, in the order of the ids."""
    listed = sorted(tuple(row) for row in session.execute(exposed_units(request)))
    parts = zip(*listed, strict=True) if listed else [()] * 4
    units, firsts, low, high = (np.array(part, dtype=np.int64) for part in parts)
    facts = {
        "unit": units,
        "variant": low.astype(np.int16),
        "other_variant": high.astype(np.int16),
        "first_exposure": firsts,
        "mature": (low == high) & (firsts < request.mature_before),
    }
    columns = {column.key: np.zeros(len(units)) for column in request.columns}
    arrays = list(columns.values())
    if arrays:
        place = {unit: index for index, unit in enumerate(units.tolist())}
        for unit, col, value in session.execute(unit_totals(request)):
            arrays[col][place[unit]] = value
    return UnitTable(facts, columns, about)


def write(folder: Path, name: str, table: UnitTable) -> tuple[str, str]:
    """Store a table as a whole or not at all; (file name, SHA-256).

    Args:
        folder: the data folder.
        name: stem of the file.
    """
    place = folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place / f".{name}.{os.getpid()}.draft"
    arrow = pa.table({**table.facts, **table.columns})
    kept = json.dumps(table.about, ensure_ascii=False, sort_keys=True, allow_nan=False).encode()
    try:
        pq.write_table(arrow.replace_schema_metadata({_ABOUT: kept}), draft, compression="zstd")
        with draft.open("rb+") as handle:
            os.fsync(handle.fileno())
        digest = checksum(draft)
        file = f"{name}-{digest[:12]}.parquet"
        draft.replace(place / file)
    finally:
        draft.unlink(missing_ok=True)
    return file, digest


def read(folder: Path, file: str) -> UnitTable:
    """A stored table."""
    arrow = pq.read_table(folder / FOLDER / file)
    about = json.loads(arrow.schema.metadata[_ABOUT])
    arrays = {name: arrow.column(name).to_numpy() for name in arrow.column_names}
    return UnitTable(
        {name: arrays[name] for name in FACTS},
        {name: values for name, values in arrays.items() if name not in FACTS},
        about,
    )


def checksum(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as handle:
        digest = sha256()
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
