"""Requests for a second person's word; an open one whose test has changed reads as void."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from experiments.domain.approval import Approval, ApprovalState, Deed
from experiments.domain.plain import from_plain, to_plain
from experiments.domain.rollout import RollOut
from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import ApprovalRow, ExperimentRow


def add(session: Session, asked: Approval) -> int:
    """Add a request; returns its id."""
    row = ApprovalRow(
        experiment_id=id_of(session, asked.experiment),
        deed=asked.deed.value,
        revision=asked.revision,
        rollout=_document(asked.rollout),
        asked_by=asked.asked_by,
        asked_at=asked.asked_at,
        reason=asked.reason,
        state=asked.state.value,
        answer="",
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, approval_id: int, *, lock: bool = False) -> Approval | None:
    """The request with this id; locked where it is about to be answered."""
    query = _query().where(ApprovalRow.id == approval_id)
    found = session.execute(query.with_for_update(of=ApprovalRow) if lock else query).one_or_none()
    return None if found is None else _approval(*found)


def every(session: Session, experiment: str | None = None, *, limit: int | None = None) -> tuple[Approval, ...]:
    """Requests, newest first, of all tests or of one."""
    query = _query().order_by(ApprovalRow.id.desc()).limit(limit)
    if experiment is not None:
        query = query.where(ExperimentRow.key == experiment)
    return tuple(_approval(*found) for found in session.execute(query))


def open_ones(session: Session) -> tuple[Approval, ...]:
    """Requests that wait and whose test is as it was, oldest first."""
    query = _query().where(ApprovalRow.state == "open", ApprovalRow.revision == ExperimentRow.revision)
    return tuple(_approval(*found) for found in session.execute(query.order_by(ApprovalRow.id)))


def count_open(session: Session, deeds: tuple[Deed, ...], not_by: str) -> int:
    """How many wait that somebody else asked for."""
    query = select(func.count()).select_from(ApprovalRow).join(ExperimentRow)
    wanted = (ApprovalRow.state == "open", ApprovalRow.revision == ExperimentRow.revision,
              ApprovalRow.deed.in_([deed.value for deed in deeds]), ApprovalRow.asked_by != not_by)  # fmt: skip
    return session.execute(query.where(*wanted)).scalar_one()


def answer(session: Session, approval_id: int, state: ApprovalState, who: str, now: int, words: str) -> None:
    """Write the answer down."""
    values = {"state": state.value, "answered_by": who, "answered_at": now, "answer": words}
    session.execute(update(ApprovalRow).where(ApprovalRow.id == approval_id).values(**values))


def void_open(session: Session, experiment: str, deed: Deed) -> None:
    """End what still waits of one deed on one test, because it is asked anew."""
    waiting = (ApprovalRow.experiment_id == id_of(session, experiment), ApprovalRow.deed == deed.value)
    session.execute(update(ApprovalRow).where(*waiting, ApprovalRow.state == "open").values(state="void"))


def _query() -> Select[ApprovalRow, str, str, int]:
    named = (ExperimentRow.key, ExperimentRow.name, ExperimentRow.revision)
    return select(ApprovalRow, *named).join(ExperimentRow, ExperimentRow.id == ApprovalRow.experiment_id)


def _approval(row: ApprovalRow, key: str, name: str, revision: int) -> Approval:
    state = ApprovalState(row.state)
    stale = state is ApprovalState.OPEN and row.revision != revision
    return Approval(
        id=row.id,
        experiment=key,
        name=name,
        deed=Deed(row.deed),
        revision=row.revision,
        rollout=None if row.rollout is None else from_plain(RollOut, row.rollout),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        reason=row.reason,
        state=ApprovalState.VOID if stale else state,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        answer=row.answer,
    )


def _document(rollout: RollOut | None) -> dict[str, Any] | None:
    if rollout is None:
        return None
    document: dict[str, Any] = to_plain(rollout)
    return document
