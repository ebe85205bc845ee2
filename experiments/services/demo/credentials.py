"""How to get into the demo: a person's password and the keys of its shop, kept in a file that only its owner reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import DomainError, NotFoundError
from experiments.domain.key import KeyKind
from experiments.services import access
from experiments.services.actor import SYSTEM
from experiments.services.demo.company import BACKEND, SHOP
from experiments.services.demo.story import EMAIL
from experiments.services.sessions import reading, writing

FILE = "demo.json"
PASSWORD_BYTES = 9


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a newcomer needs.

    Args:
        client_key: public, of the web shop; reads the config and sends events.
        server_key: secret, of the shop's back office.
    """

    email: str
    password: str
    client_key: str
    server_key: str

    def save(self, folder: Path) -> None:
        """Write the file, readable by its owner only."""
        draft = folder / f"{FILE}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as handle:
            json.dump(asdict(self), handle, indent=2)
        draft.replace(folder / FILE)


def load(folder: Path) -> Credentials | None:
    """What the file says; None where there is none.

    Raises:
        DomainError: `bad_file`, it is not what the demo wrote.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return Credentials(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise DomainError("bad_file", f"{path} is not what the demo wrote; delete it and run `netlift demo`.") from None


def grant(engine: Engine, now: int) -> Credentials:
    """New keys for the shop and its back office, and a new password for the demo's person."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    hashed = access.hash_password(password)
    with writing(engine) as session:
        _let_in(session, now, hashed)
        keys = {
            source: access.create_key(session, SYSTEM, now, kind, label, Environment.PRODUCTION, source=source).key
            for source, kind, label in (
                (SHOP, KeyKind.CLIENT, "Web shop and app"),
                (BACKEND, KeyKind.SERVER, "Shop back office"),
            )
        }
    return Credentials(EMAIL, password, keys[SHOP], keys[BACKEND])


def still_valid(engine: Engine, known: Credentials) -> bool:
    """Whether both keys still belong to this database; of the password only its owner can know."""
    with reading(engine) as session:
        return all(access.find_key(session, key) for key in (known.client_key, known.server_key))


def is_demo(session: Session, folder: Path) -> bool:
    """Whether this deployment is the demo: its file lies in the data folder and its person is in the database."""
    return (folder / FILE).exists() and is_granted(session)


def is_granted(session: Session) -> bool:
    """Whether the demo's person is known, which is the last thing seeding does."""
    try:
        access.user_by_email(session, EMAIL)
    except NotFoundError:
        return False
    return True


def _let_in(session: Session, now: int, hashed: access.HashedPassword) -> None:
    if is_granted(session):
        access.change_password(session, SYSTEM, now, EMAIL, hashed)
        return
    access.create_user(session, SYSTEM, now, email=EMAIL, name="Demo", password=hashed, role=UserRole.ADMIN)
