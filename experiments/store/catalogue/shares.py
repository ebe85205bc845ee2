"""Links that show one stored report to whoever has them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.store.catalogue.experiments import id_of
from experiments.store.tables import ExperimentRow, ShareRow


@dataclass(frozen=True, slots=True)
class Share:
    """One shared link.

    Args:
        experiment: key of the test.
        label: for whom it is, in words.
        at: µs UTC, as are the other instants.
        expires_at: from then on it leads nowhere.
    """

    id: int
    experiment: str
    snapshot_id: int
    label: str
    at: int
    who: str
    expires_at: int
    revoked_at: int | None = None


def add(session: Session, share: Share, secret_hash: str) -> Share:
    """Store a new link."""
    row = ShareRow(
        experiment_id=id_of(session, share.experiment),
        snapshot_id=share.snapshot_id,
        secret_hash=secret_hash,
        label=share.label,
        at=share.at,
        who=share.who,
        expires_at=share.expires_at,
    )
    session.add(row)
    session.flush()
    return _share(row, share.experiment)


def all_of(session: Session, experiment: str) -> tuple[Share, ...]:
    """Links to reports of an experiment, newest first, those that lead nowhere included."""
    query = select(ShareRow).join(ExperimentRow).where(ExperimentRow.key == experiment)
    return tuple(_share(row, experiment) for row in session.scalars(query.order_by(ShareRow.id.desc())))


def by_hash(session: Session, secret_hash: str) -> Share | None:
    """The link whose secret has this hash."""
    query = select(ShareRow, ExperimentRow.key).join(ExperimentRow).where(ShareRow.secret_hash == secret_hash)
    found = session.execute(query).one_or_none()
    return None if found is None else _share(found[0], found[1])


def revoke(session: Session, share_id: int, at: int) -> None:
    """End a link."""
    session.get_one(ShareRow, share_id).revoked_at = at
    session.flush()


def _share(row: ShareRow, experiment: str) -> Share:
    return Share(
        row.id, experiment, row.snapshot_id, row.label, row.at, row.who, row.expires_at, row.revoked_at
    )  # fmt: skip
