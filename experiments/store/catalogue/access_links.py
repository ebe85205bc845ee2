"""Links that open once, by the hash of the secret in their address."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.access_link import AccessLink, LinkPurpose
from experiments.store.tables import AccessLinkRow


def add(session: Session, link: AccessLink, secret_hash: str) -> int:
    """Add a link; returns its id."""
    row = AccessLinkRow(
        purpose=link.purpose.value,
        email=link.email,
        role=None if link.role is None else link.role.value,
        secret_hash=secret_hash,
        created_by=link.created_by,
        created_at=link.created_at,
        expires_at=link.expires_at,
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, link_id: int) -> AccessLink | None:
    """The link with this id."""
    row = session.get(AccessLinkRow, link_id)
    return None if row is None else _link(row)


def find_secret(session: Session, secret_hash: str, *, lock: bool = False) -> AccessLink | None:
    """The link whose secret has this hash; locked where it is about to be used."""
    query = select(AccessLinkRow).where(AccessLinkRow.secret_hash == secret_hash)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _link(row)


def every(session: Session, purpose: LinkPurpose, email: str | None = None) -> tuple[AccessLink, ...]:
    """All of one purpose, newest first, of everybody or of one address."""
    query = select(AccessLinkRow).where(AccessLinkRow.purpose == purpose.value).order_by(AccessLinkRow.id.desc())
    if email is not None:
        query = query.where(AccessLinkRow.email == email)
    return tuple(_link(row) for row in session.scalars(query))


def use(session: Session, link_id: int, now: int) -> None:
    """Write down that it was used."""
    session.execute(update(AccessLinkRow).where(AccessLinkRow.id == link_id).values(used_at=now))


def revoke_open(session: Session, purpose: LinkPurpose, email: str, now: int) -> None:
    """End what is still open of one purpose for one address."""
    still = (AccessLinkRow.used_at.is_(None), AccessLinkRow.revoked_at.is_(None))
    of = (AccessLinkRow.purpose == purpose.value, AccessLinkRow.email == email)
    session.execute(update(AccessLinkRow).where(*of, *still).values(revoked_at=now))


def _link(row: AccessLinkRow) -> AccessLink:
    return AccessLink(
        id=row.id,
        purpose=LinkPurpose(row.purpose),
        email=row.email,
        role=None if row.role is None else UserRole(row.role),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
