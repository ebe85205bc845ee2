"""Identity secrets of environments, sealed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.identity import IdentitySecretInfo
from experiments.store.catalogue.rows import required
from experiments.store.tables import IdentitySecretRow

NOUN = "identity secret"


def add(session: Session, info: IdentitySecretInfo, sealed: str) -> int:
    """Add a secret; returns its id."""
    row = IdentitySecretRow(
        environment=info.environment.value, sealed=sealed, prefix=info.prefix, created_at=info.created_at
    )
    session.add(row)
    session.flush()
    return row.id


def retire(session: Session, secret_id: int, now: int) -> None:
    """End a secret; a second time changes nothing."""
    row = required(session.get(IdentitySecretRow, secret_id), NOUN, secret_id)
    row.retired_at = row.retired_at or now
    session.flush()


def find(session: Session, secret_id: int) -> IdentitySecretInfo | None:
    """The secret with this id."""
    row = session.get(IdentitySecretRow, secret_id)
    return None if row is None else _info(row)


def every(session: Session) -> tuple[IdentitySecretInfo, ...]:
    """All of them, newest first."""
    query = select(IdentitySecretRow).order_by(IdentitySecretRow.created_at.desc(), IdentitySecretRow.id.desc())
    return tuple(_info(row) for row in session.scalars(query))


def active(session: Session, environment: Environment, *, lock: bool = False) -> dict[int, str]:
    """Sealed secrets in use by id; with `lock` nobody else adds one until the transaction ends."""
    query = select(IdentitySecretRow.id, IdentitySecretRow.sealed)
    query = query.where(IdentitySecretRow.environment == environment.value, IdentitySecretRow.retired_at.is_(None))
    query = query.order_by(IdentitySecretRow.id)
    return {row.id: row.sealed for row in session.execute(query.with_for_update() if lock else query)}


def _info(row: IdentitySecretRow) -> IdentitySecretInfo:
    return IdentitySecretInfo(row.id, Environment(row.environment), row.prefix, row.created_at, row.retired_at)
