"""Personal tokens, by the hash of their secret."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from experiments.domain.token import Scope, TokenInfo
from experiments.store.catalogue.rows import required
from experiments.store.tables import TokenRow

NOUN = "token"


def add(session: Session, token: TokenInfo, secret_hash: str) -> int:
    """Add a token; returns its id."""
    row = TokenRow(
        user_id=token.user_id,
        label=token.label,
        scopes=[scope.value for scope in token.scopes],
        secret_hash=secret_hash,
        prefix=token.prefix,
        created_at=token.created_at,
        expires_at=token.expires_at,
    )
    session.add(row)
    session.flush()
    return row.id


def find(session: Session, token_id: int) -> TokenInfo | None:
    """The token with this id."""
    row = session.get(TokenRow, token_id)
    return None if row is None else _token(row)


def find_secret(session: Session, secret_hash: str) -> TokenInfo | None:
    """The token whose secret has this hash."""
    row = session.scalars(select(TokenRow).where(TokenRow.secret_hash == secret_hash)).one_or_none()
    return None if row is None else _token(row)


def of_user(session: Session, user_id: int | None = None) -> tuple[TokenInfo, ...]:
    """The tokens of a person, or of everybody, newest first."""
    query = select(TokenRow).order_by(TokenRow.id.desc())
    if user_id is not None:
        query = query.where(TokenRow.user_id == user_id)
    return tuple(_token(row) for row in session.scalars(query))


def revoke(session: Session, token_id: int, now: int) -> None:
    """End a token; a second time changes nothing."""
    row = required(session.get(TokenRow, token_id), NOUN, token_id)
    row.revoked_at = row.revoked_at or now
    session.flush()


def touch(session: Session, token_id: int, now: int) -> None:
    """Write down that it was used."""
    session.execute(update(TokenRow).where(TokenRow.id == token_id).values(last_used_at=now))


def _token(row: TokenRow) -> TokenInfo:
    return TokenInfo(
        id=row.id,
        user_id=row.user_id,
        label=row.label,
        scopes=tuple(Scope(word) for word in row.scopes),
        prefix=row.prefix,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
