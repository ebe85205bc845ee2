"""Keys: client keys in clear, of server keys a hash."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from experiments.domain.environment import Environment
from experiments.domain.key import KeyInfo, KeyKind
from experiments.store.catalogue.rows import add_new, required
from experiments.store.tables import ApiKeyRow, SourceRow


def add(session: Session, key: KeyInfo, *, secret_hash: str | None) -> int:
    """Add a key; returns its id. A client key carries its public form, a server key the hash of its secret."""
    row = ApiKeyRow(
        kind=key.kind.value,
        label=key.label,
        source_id=key.source_id,
        public_key=key.public_key,
        secret_hash=secret_hash,
        prefix=key.prefix,
        origins=list(key.origins),
        created_at=key.created_at,
    )
    add_new(session, row, "key", key.prefix)
    return row.id


def revoke(session: Session, key_id: int, now: int) -> None:
    """End a key; a second time changes nothing."""
    row = required(session.get(ApiKeyRow, key_id), "key", key_id)
    row.revoked_at = row.revoked_at or now
    session.flush()


def find(session: Session, key_id: int) -> KeyInfo | None:
    """The key with this id."""
    return _one(session, _query().where(ApiKeyRow.id == key_id))


def find_public(session: Session, public_key: str) -> KeyInfo | None:
    """The client key that reads like this."""
    return _one(session, _query().where(ApiKeyRow.public_key == public_key))


def find_secret(session: Session, secret_hash: str) -> KeyInfo | None:
    """The server key whose secret has this hash."""
    return _one(session, _query().where(ApiKeyRow.secret_hash == secret_hash))


def all_keys(session: Session) -> tuple[KeyInfo, ...]:
    """Every key, newest first."""
    query = _query().order_by(ApiKeyRow.created_at.desc(), ApiKeyRow.id.desc())
    return tuple(_key(row, source) for row, source in session.execute(query))


def _query() -> Select[ApiKeyRow, SourceRow]:
    return select(ApiKeyRow, SourceRow).join(SourceRow, SourceRow.id == ApiKeyRow.source_id)


def _one(session: Session, query: Select[ApiKeyRow, SourceRow]) -> KeyInfo | None:
    found = session.execute(query).one_or_none()
    return None if found is None else _key(*found)


def _key(row: ApiKeyRow, source: SourceRow) -> KeyInfo:
    return KeyInfo(
        id=row.id,
        kind=KeyKind(row.kind),
        label=row.label,
        source_id=source.id,
        source_key=source.key,
        environment=Environment(source.environment),
        prefix=row.prefix,
        public_key=row.public_key,
        origins=tuple(row.origins),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
