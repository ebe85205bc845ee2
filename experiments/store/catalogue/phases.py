"""Phases of experiments with their variants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from experiments.domain.audience import Audience
from experiments.domain.layer import LayerSlice
from experiments.domain.phase import Phase
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.variant import Variant
from experiments.store.tables import ExperimentRow, PhaseRow, VariantRow


def save_all(session: Session, experiment_id: int, phases: Sequence[Phase]) -> None:
    """Write the phases of one experiment; ids stay, because exposures refer to them."""
    query = select(PhaseRow).where(PhaseRow.experiment_id == experiment_id)
    known = {row.number: row for row in session.scalars(query)}
    for phase in phases:
        row = known.get(phase.number) or PhaseRow(experiment_id=experiment_id, number=phase.number)
        _fill(row, phase)
        session.add(row)
        session.flush()
        _save_variants(session, row.id, phase.variants)


#: A phase as it is stored, with its variants.
Stored = tuple[PhaseRow, list[VariantRow]]


def load(session: Session, experiment_ids: Iterable[int]) -> dict[int, list[Stored]]:
    """What is stored of the phases, by id of their experiment, oldest first; see `read`."""
    query = select(PhaseRow).where(PhaseRow.experiment_id.in_(list(experiment_ids))).order_by(PhaseRow.number)
    rows = session.scalars(query).all()
    variants = _variant_rows(session, [row.id for row in rows])
    found: dict[int, list[Stored]] = {}
    for row in rows:
        found.setdefault(row.experiment_id, []).append((row, variants.get(row.id, [])))
    return found


def read(stored: Iterable[Stored]) -> tuple[Phase, ...]:
    """The phases of one experiment; raises whatever damaged values raise."""
    return tuple(_phase(row, _variants(variants)) for row, variants in stored)


def ids(session: Session) -> dict[tuple[str, int], int]:
    """The code of each (experiment key, phase number) in the exposure table."""
    query = select(ExperimentRow.key, PhaseRow.number, PhaseRow.id).join(
        PhaseRow, PhaseRow.experiment_id == ExperimentRow.id
    )
    return {(key, number): code for key, number, code in session.execute(query)}


def _fill(row: PhaseRow, phase: Phase) -> None:
    row.salt = phase.salt
    row.enrolment = phase.enrolment
    row.audience = to_plain(phase.audience)
    flag_modified(row, "audience")  # a value that changed from 1 to true would look unchanged
    row.layer = to_plain(phase.layer)
    row.started_at = phase.started_at
    row.ended_at = phase.ended_at


def _save_variants(session: Session, phase_id: int, variants: Sequence[Variant]) -> None:
    old = _variant_rows(session, [phase_id]).get(phase_id, [])
    if _comparable(_variants(old)) == _comparable(variants):
        return
    for row in old:
        session.delete(row)
    session.flush()  # first, because keys may have changed places
    session.add_all(_variant_row(phase_id, position, variant) for position, variant in enumerate(variants))
    session.flush()


def _variant_rows(session: Session, phase_ids: Sequence[int]) -> dict[int, list[VariantRow]]:
    query = select(VariantRow).where(VariantRow.phase_id.in_(phase_ids)).order_by(VariantRow.position)
    found: dict[int, list[VariantRow]] = {}
    for row in session.scalars(query):
        found.setdefault(row.phase_id, []).append(row)
    return found


def _variants(rows: Iterable[VariantRow]) -> tuple[Variant, ...]:
    return tuple(Variant(row.key, row.name, row.weight, row.payload) for row in rows)


def _comparable(variants: Iterable[Variant]) -> list[tuple[object, ...]]:
    return [(variant.name, *variant.shown) for variant in variants]


def _variant_row(phase_id: int, position: int, variant: Variant) -> VariantRow:
    return VariantRow(
        phase_id=phase_id,
        position=position,
        key=variant.key,
        name=variant.name,
        weight=variant.weight,
        payload=variant.payload,
    )


def _phase(row: PhaseRow, variants: tuple[Variant, ...]) -> Phase:
    return Phase(
        number=row.number,
        salt=row.salt,
        variants=variants,
        audience=from_plain(Audience, row.audience),
        enrolment=row.enrolment,
        layer=None if row.layer is None else from_plain(LayerSlice, row.layer),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
