"""People, keys and the audit log come back as they went in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, NotFoundError
from experiments.domain.key import KeyInfo, KeyKind
from experiments.domain.source import Source, SourceKind
from experiments.domain.user import User
from experiments.store.catalogue import audit, keys, sources, users
from experiments.store.catalogue.audit import AuditEntry
from experiments.store.engines import reading, writing

ANN = User(0, "Ann@Example.org ", "Ann", UserRole.EDITOR)


def test_people(engine: Engine) -> None:
    with writing(engine) as session:
        ann = users.add(session, ANN, "hash-1", now=1)
        bob = users.add(session, User(0, "bob@example.org", "Bob", UserRole.ADMIN, session_epoch=3), "hash-2", now=1)
        with pytest.raises(ConflictError, match=r"'ann@example\.org', exists already"):
            users.add(session, ANN, "hash-3", now=1)
    with reading(engine) as session:
        assert users.find_by_email(session, "ann@example.org") == (ann, "hash-1")
        assert users.find_by_email(session, "Ann@Example.org") is None
        assert users.find(session, bob.id) == bob
        assert users.find(session, 0) is None
        assert users.all_users(session) == (ann, bob)


def test_a_changed_person(engine: Engine) -> None:
    with writing(engine) as session:
        ann = users.add(session, ANN, "hash-1", now=1)
    changed = User(ann.id, ann.email, "Anna", UserRole.ADMIN, disabled=True, session_epoch=7)
    with writing(engine) as session:
        users.save(session, changed, now=5)
        users.set_password_hash(session, ann.id, "hash-2")
    with reading(engine) as session:
        assert users.find_by_email(session, "ann@example.org") == (changed, "hash-2")
    with writing(engine) as session, pytest.raises(NotFoundError):
        users.set_password_hash(session, 999, "hash")


def test_failures_are_counted_per_address_and_window(engine: Engine) -> None:
    with writing(engine) as session:
        for at in (10, 20, 30):
            users.add_failure(session, "ann@example.org", at)
        users.add_failure(session, "bob@example.org", 30)
        assert users.failures(session, "ann@example.org", since=10) == 2
        users.forget_failures_before(session, 20)
        assert users.failures(session, "ann@example.org", since=0) == 1
        users.clear_failures(session, "ann@example.org")
        assert users.failures(session, "ann@example.org", since=0) == 0
        assert users.failures(session, "bob@example.org", since=0) == 1


def test_keys(engine: Engine) -> None:
    with writing(engine) as session:
        shop, office = _source(session, SourceKind.CLIENT), _source(session, SourceKind.SERVER)
        public = _key(KeyKind.CLIENT, shop, public_key="pk_live_1", origins=("https://shop.example",))
        secret = _key(KeyKind.SERVER, office)
        public_id = keys.add(session, public, secret_hash=None)
        secret_id = keys.add(session, secret, secret_hash="a" * 64)
    with reading(engine) as session:
        found = keys.find_public(session, "pk_live_1")
        assert found is not None
        assert (found.id, found.source_key, found.origins) == (public_id, "client", ("https://shop.example",))
        assert found.environment is Environment.PRODUCTION
        assert keys.find_public(session, "a" * 64) is None
        assert keys.find_secret(session, "pk_live_1") is None
        secret_found = keys.find_secret(session, "a" * 64)
        assert secret_found is not None
        assert (secret_found.id, secret_found.public_key) == (secret_id, None)
        assert [key.id for key in keys.all_keys(session)] == [secret_id, public_id]


def test_a_revoked_key_keeps_its_first_end(engine: Engine) -> None:
    with writing(engine) as session:
        key = _key(KeyKind.CLIENT, _source(session, SourceKind.CLIENT), public_key="pk_live_1")
        key_id = keys.add(session, key, secret_hash=None)
        keys.revoke(session, key_id, now=5)
        keys.revoke(session, key_id, now=9)
        found = keys.find(session, key_id)
        assert found is not None
        assert found.revoked_at == 5
        with pytest.raises(NotFoundError):
            keys.revoke(session, key_id + 1, now=9)


def test_the_audit_log(engine: Engine) -> None:
    first = AuditEntry(1, "ann@example.org", "create", "experiment", "tv", None, {"name": "TV"}, "")
    second = AuditEntry(2, "ann@example.org", "stop", "experiment", "tv", {"status": "running"}, {}, "Broken page.")
    other = AuditEntry(3, "key:office", "create", "metric", "tv", None, {}, "")
    with writing(engine) as session:
        for entry in (first, second, other):
            audit.add(session, entry)
    with reading(engine) as session:
        assert _without_ids(audit.entries(session)) == (other, second, first)
        assert _without_ids(audit.entries(session, noun="experiment", key="tv")) == (second, first)
        assert _without_ids(audit.entries(session, limit=1)) == (other,)
        newest, middle, oldest = (entry.id for entry in audit.entries(session))
        assert newest > middle > oldest > 0


def _without_ids(entries: Iterable[AuditEntry]) -> tuple[AuditEntry, ...]:
    return tuple(replace(entry, id=0) for entry in entries)


def _source(session: Session, kind: SourceKind) -> int:
    return sources.add(session, Source(kind.value, kind.value, kind), now=1)


def _key(kind: KeyKind, source_id: int, *, public_key: str | None = None, origins: tuple[str, ...] = ()) -> KeyInfo:
    return KeyInfo(
        0, kind, "Shop", source_id, kind.value, Environment.PRODUCTION, "pk_live_", public_key, origins, created_at=1
    )
