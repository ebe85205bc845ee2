"""People and keys: hashes, throttle, roles, and what is never kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from experiments.domain.access import UserRole
from experiments.domain.environment import Environment
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.key import KeyKind
from experiments.domain.signed_in import Via
from experiments.domain.source import Source, SourceKind
from experiments.domain.user import User
from experiments.services import access, audit, catalogue
from experiments.services.actor import Actor
from experiments.services.clock import MINUTE
from experiments.services.sessions import reading, writing
from experiments.store.catalogue import users
from tests.scenes import ADMIN, APPROVER, EDITOR, NOW

PASSWORD = "a long enough password"
LIVE = Environment.PRODUCTION


@pytest.fixture(scope="module")
def hashed() -> access.HashedPassword:
    return access.hash_password(PASSWORD)


@pytest.fixture
def ann(engine: Engine, hashed: access.HashedPassword) -> User:
    return _create(engine, hashed, "Ann@Example.org", UserRole.EDITOR)


def test_a_person_signs_in_with_their_password(engine: Engine, ann: User) -> None:
    assert access.sign_in(engine, " ann@EXAMPLE.org ", PASSWORD, NOW) == ann
    assert access.sign_in(engine, "ann@example.org", PASSWORD + "!", NOW) is None
    assert access.sign_in(engine, "bob@example.org", PASSWORD, NOW) is None
    for strange in ("", "no address", "\x00@example.org", "\ud800@example.org", "x" * 9_999 + "@example.org"):
        assert access.sign_in(engine, strange, PASSWORD, NOW) is None
    assert access.sign_in(engine, "ann@example.org", "\ud800" * 9_999, NOW) is None


def test_passwords_are_kept_as_argon2id(engine: Engine, ann: User) -> None:
    with reading(engine) as session:
        kept = session.execute(text("select password_hash from app_user")).scalar_one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(DomainError, match="must have 10 to 200") as caught:
        access.hash_password(password)
    assert password not in caught.value.message


def test_five_failures_close_an_address_for_a_quarter_of_an_hour(engine: Engine, ann: User) -> None:
    for number in range(5):
        assert access.sign_in(engine, "ann@example.org", "wrong password", NOW + number) is None
    with pytest.raises(DomainError) as caught:
        access.sign_in(engine, "ann@example.org", PASSWORD, NOW + 5)
    assert caught.value.code == "too_many_attempts"
    assert access.sign_in(engine, "bob@example.org", PASSWORD, NOW + 5) is None
    assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW + 5 + 15 * MINUTE) == ann


def test_a_right_password_clears_the_failures(engine: Engine, ann: User) -> None:
    for _ in range(2):
        for _ in range(4):
            access.sign_in(engine, "ann@example.org", "wrong password", NOW)
        assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW) == ann


def test_an_old_hash_is_renewed_when_its_owner_signs_in(engine: Engine, ann: User) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with writing(engine) as session:
        users.set_password_hash(session, ann.id, weak)
    assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW) == ann
    with reading(engine) as session:
        found = users.find_by_email(session, "ann@example.org")
    assert found is not None
    assert found[1] != weak
    assert not PasswordHasher().check_needs_rehash(found[1])
    assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW) == ann


def test_a_disabled_person_stays_out(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        secret = access.begin_session(session, ann, NOW, "", Via.PASSWORD)
        access.disable_user(session, ADMIN, NOW, "ann@example.org", reason="Left.")
        assert access.find_session(session, secret, NOW) is None
    assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW) is None
    with writing(engine) as session:
        back = access.enable_user(session, ADMIN, NOW, "ann@example.org")
        assert access.find_session(session, secret, NOW) is None
    assert access.sign_in(engine, "ann@example.org", PASSWORD, NOW) == back


def test_sessions_end_with_a_new_password_and_on_demand(engine: Engine, ann: User) -> None:
    other = access.hash_password("another long password")
    with writing(engine) as session:
        here, there = (access.begin_session(session, ann, NOW, "", Via.PASSWORD) for _ in range(2))
        found = access.find_session(session, here, NOW)
        assert found is not None
        assert found[0] == ann
        access.change_password(session, Actor(ann.email, ann.role), NOW, ann.email, other, keep=found[1].id)
        assert access.find_session(session, there, NOW) is None
        assert access.find_session(session, here, NOW) is not None
        gone = access.sign_out_everywhere(session, ADMIN, NOW, ann.email)
        assert access.find_session(session, here, NOW) is None
        with pytest.raises(ForbiddenError):
            access.change_password(session, EDITOR, NOW, ann.email, other)
        with pytest.raises(ForbiddenError):
            access.sign_out_everywhere(session, EDITOR, NOW, ann.email)
    assert access.sign_in(engine, ann.email, PASSWORD, NOW) is None
    assert access.sign_in(engine, ann.email, "another long password", NOW) == gone


def test_the_last_administrator_stays(engine: Engine, ann: User, hashed: access.HashedPassword) -> None:
    boss = _create(engine, hashed, "boss@example.org", UserRole.ADMIN)
    with writing(engine) as session:
        for change in (
            lambda: access.disable_user(session, ADMIN, NOW, boss.email),
            lambda: access.change_role(session, ADMIN, NOW, boss.email, UserRole.EDITOR),
        ):
            with pytest.raises(ConflictError, match="only administrator"):
                change()
        assert access.change_role(session, ADMIN, NOW, ann.email, UserRole.ADMIN).role is UserRole.ADMIN
        assert access.change_role(session, ADMIN, NOW, boss.email, UserRole.EDITOR).role is UserRole.EDITOR
        assert [user.email for user in access.all_users(session)] == ["ann@example.org", "boss@example.org"]


def test_people_are_managed_by_administrators_and_written_down(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        for change in _changes_of_people(session):
            with pytest.raises(ForbiddenError):
                change()
        with pytest.raises(NotFoundError):
            access.user_by_email(session, "absent@example.org")
        with pytest.raises(ConflictError, match="exists already"):
            access.create_user(session, ADMIN, NOW, email=ann.email, name="A", password=_none(), role=UserRole.VIEWER)
        (line,) = audit.history(session, noun="user")
    assert (line.who, line.action, line.key) == (ADMIN.name, "create", "ann@example.org")
    assert "argon2" not in str(line.after)


def test_a_client_key_is_public_and_a_server_key_is_not_kept(engine: Engine) -> None:
    with writing(engine) as session:
        client = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "Web shop", LIVE, origins=["https://a.example"])
        server = access.create_key(session, ADMIN, NOW, KeyKind.SERVER, "Back office", Environment.TEST)
    with reading(engine) as session:
        assert access.find_key(session, client.key) == client.info
        assert access.find_public_key(session, client.key) == client.info
        assert access.find_key(session, server.key) == server.info
        assert access.find_public_key(session, server.key) is None
        assert access.all_keys(session) == (server.info, client.info)
        kept = str(session.execute(text("select * from api_key")).all())
        kept += str(session.execute(text("select before, after, reason from audit")).all())
    assert client.key.startswith("pk_live_")
    assert server.key.startswith("sk_test_")
    assert (client.info.public_key, server.info.public_key) == (client.key, None)
    assert (client.info.source_key, server.info.source_key) == ("web-shop", "back-office")
    assert server.key not in kept
    assert hashlib.sha256(server.key.encode()).hexdigest() in kept
    assert server.info.prefix == server.key[:12]


@pytest.mark.parametrize("presented", ["", "pk_live_x", "sk_live_x", "pk_\x00", "sk_\ud800", "pk_é", "nonsense"])
def test_an_unknown_key_is_no_key(engine: Engine, presented: str) -> None:
    with reading(engine) as session:
        assert access.find_key(session, presented) is None
        assert access.find_public_key(session, presented) is None


def test_a_revoked_key_is_no_key(engine: Engine) -> None:
    with writing(engine) as session:
        made = access.create_key(session, ADMIN, NOW, KeyKind.SERVER, "Office", LIVE)
        first = access.revoke_key(session, ADMIN, NOW + 1, made.info.id, reason="Leaked.")
        assert access.revoke_key(session, ADMIN, NOW + 2, made.info.id) == first
        assert access.find_key(session, made.key) is None
        lines = audit.history(session, noun="key")
        with pytest.raises(NotFoundError):
            access.revoke_key(session, ADMIN, NOW, made.info.id + 1)
    assert first.revoked_at == NOW + 1
    assert [line.action for line in lines] == ["revoke", "create"]


def test_two_keys_may_send_as_one_source(engine: Engine) -> None:
    with writing(engine) as session:
        first = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "Shop", LIVE)
        second = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "Shop, new", LIVE, source="shop")
        third = access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "Shop", LIVE)
        found = catalogue.source_by_key(session, "shop")
    assert second.info.source_id == first.info.source_id
    assert (third.info.source_key, third.info.source_id) != (first.info.source_key, first.info.source_id)
    assert found == Source("shop", "Shop", SourceKind.CLIENT)


@pytest.mark.parametrize(
    ("kind", "environment", "source", "origins", "field"),
    [
        (KeyKind.SERVER, LIVE, "shop", (), "key.source"),
        (KeyKind.CLIENT, Environment.TEST, "shop", (), "key.source"),
        (KeyKind.CLIENT, LIVE, "absent", (), "source"),
        (KeyKind.CLIENT, LIVE, None, ("shop.example",), "key.origins"),
        (KeyKind.SERVER, LIVE, None, ("https://shop.example",), "key.origins"),
    ],
)
def test_a_key_fits_its_source_and_origins(
    sqlite_engine: Engine,
    kind: KeyKind,
    environment: Environment,
    source: str | None,
    origins: tuple[str, ...],
    field: str,
) -> None:
    with writing(sqlite_engine) as session:
        access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, "Shop", LIVE)
        with pytest.raises(DomainError) as caught:
            access.create_key(session, ADMIN, NOW, kind, "New", environment, source=source, origins=origins)
    assert caught.value.field == field


def test_what_keys_may_do(engine: Engine) -> None:
    with writing(engine) as session:
        live, test, client = (
            access.create_key(session, ADMIN, NOW, kind, "K", environment).info
            for kind, environment in (
                (KeyKind.SERVER, LIVE),
                (KeyKind.SERVER, Environment.TEST),
                (KeyKind.CLIENT, LIVE),
            )
        )
        with pytest.raises(ForbiddenError):
            access.create_key(session, APPROVER, NOW, KeyKind.CLIENT, "K", LIVE)
        with pytest.raises(ForbiddenError):
            access.revoke_key(session, APPROVER, NOW, live.id)
    assert access.key_actor(live) == Actor("key:K", UserRole.APPROVER)
    assert access.key_actor(test) == Actor("key:K", UserRole.EDITOR)
    assert access.key_actor(client) is None


@pytest.mark.parametrize(("label", "key"), [("TV & Web!", "tv-web"), ("…", "client"), ("X" * 90, "x" * 48)])
def test_a_source_is_named_by_the_label(sqlite_engine: Engine, label: str, key: str) -> None:
    with writing(sqlite_engine) as session:
        assert access.create_key(session, ADMIN, NOW, KeyKind.CLIENT, label, LIVE).info.source_key == key


def _create(engine: Engine, hashed: access.HashedPassword, email: str, role: UserRole) -> User:
    with writing(engine) as session:
        return access.create_user(session, ADMIN, NOW, email=email, name="Name", password=hashed, role=role)


def _none() -> access.HashedPassword:
    return access.HashedPassword("")


def _changes_of_people(session: Session) -> list[Callable[[], object]]:
    ann = "ann@example.org"
    return [
        lambda: access.create_user(
            session, APPROVER, NOW, email="b@c.example", name="B", password=_none(), role=UserRole.ADMIN
        ),
        lambda: access.change_role(session, APPROVER, NOW, ann, UserRole.ADMIN),
        lambda: access.disable_user(session, APPROVER, NOW, ann),
        lambda: access.enable_user(session, APPROVER, NOW, ann),
    ]
