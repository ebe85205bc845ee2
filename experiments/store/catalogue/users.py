"""People, their password hashes, and failed sign-ins."""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.user import User
from experiments.store.catalogue.rows import add_new, required
from experiments.store.tables import LoginFailureRow, UserRow


def add(session: Session, user: User, password_hash: str, now: int) -> User:
    """Add a person; returns them with their id.

    Raises:
        ConflictError: the address is taken.
    """
    row = UserRow(
        email=user.email,
        name=user.name,
        password_hash=password_hash,
        role=user.role.value,
        created_at=now,
        session_epoch=user.session_epoch,
    )
    add_new(session, row, "user", user.email)
    return _user(row)


def save(session: Session, user: User, now: int) -> None:
    """Change name, role, session epoch, and whether the person may sign in."""
    row = _row(session, user.id)
    row.name, row.role, row.session_epoch = user.name, user.role.value, user.session_epoch
    row.disabled_at = (row.disabled_at or now) if user.disabled else None
    session.flush()


def set_password_hash(session: Session, user_id: int, password_hash: str) -> None:
    """Replace the hash of a password."""
    _row(session, user_id).password_hash = password_hash
    session.flush()


def find(session: Session, user_id: int) -> User | None:
    """The person with this id."""
    row = session.get(UserRow, user_id)
    return None if row is None else _user(row)


def find_by_email(session: Session, email: str) -> tuple[User, str] | None:
    """(the person, the hash of their password)."""
    row = session.scalars(select(UserRow).where(UserRow.email == email)).one_or_none()
    return None if row is None else (_user(row), row.password_hash)


def all_users(session: Session) -> tuple[User, ...]:
    """Everyone, by address."""
    return tuple(_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.email)))


def lock(session: Session) -> None:
    """Let nobody else change a role until this transaction ends, so that two administrators cannot leave at once."""
    session.execute(select(UserRow.id).where(UserRow.role == UserRole.ADMIN.value).with_for_update()).all()


def failures(session: Session, email: str, since: int) -> int:
    """How many sign-ins failed since an instant."""
    query = select(func.count()).where(LoginFailureRow.email == email, LoginFailureRow.at > since)
    return session.execute(query).scalar_one()


def failed_at(session: Session, email: str, since: int) -> tuple[int, ...]:
    """Instants of failed sign-ins since an instant, oldest first."""
    query = select(LoginFailureRow.at).where(LoginFailureRow.email == email, LoginFailureRow.at > since)
    return tuple(session.scalars(query.order_by(LoginFailureRow.at)))


def add_failure(session: Session, email: str, at: int) -> None:
    """Write down a failed sign-in."""
    session.add(LoginFailureRow(email=email, at=at))
    session.flush()


def clear_failures(session: Session, email: str) -> None:
    """Forget the failed sign-ins of one address."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.email == email))


def forget_failures_before(session: Session, at: int) -> None:
    """Forget failed sign-ins that no longer count."""
    session.execute(delete(LoginFailureRow).where(LoginFailureRow.at <= at))


def _row(session: Session, user_id: int) -> UserRow:
    return required(session.get(UserRow, user_id), "user", user_id)


def _user(row: UserRow) -> User:
    return User(
        id=row.id,
        email=row.email,
        name=row.name,
        role=UserRole(row.role),
        disabled=row.disabled_at is not None,
        session_epoch=row.session_epoch,
    )
