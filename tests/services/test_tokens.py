"""Personal tokens: never more than their owner may, never more than their scopes, and never kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from experiments.domain.access import Right, UserRole, may
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.domain.token import Scope, TokenInfo, check_scopes, rights_of, scopes_for
from experiments.domain.user import User
from experiments.services import access, audit
from experiments.services.access.tokens import TOUCH_EVERY, token_actor
from experiments.services.actor import SYSTEM, Actor
from experiments.services.clock import DAY
from experiments.services.sessions import reading, writing
from tests.scenes import ADMIN, NOW

HASHED = access.HashedPassword("no hash of anybody")


@pytest.fixture
def ann(engine: Engine) -> Actor:
    return _person(engine, "ann@example.org", UserRole.APPROVER)


@given(st.sampled_from(UserRole), st.sets(st.sampled_from(Scope), min_size=1))
def test_a_token_never_may_more_than_role_and_scopes(role: UserRole, scopes: set[Scope]) -> None:
    token = TokenInfo(1, 1, "CI", tuple(scopes), "pt_abcd", NOW, NOW + 1)
    actor = token_actor(token, User(1, "ann@example.org", "Ann", role))
    for right in Right:
        allowed = may(role, right) and right in rights_of(scopes)
        assert actor.may(right) == allowed
        if not allowed:
            with pytest.raises(ForbiddenError):
                actor.require(right)
    if scopes <= set(scopes_for(role)):
        assert set(check_scopes(scopes, role)) == scopes
    else:
        with pytest.raises(DomainError, match="within the role"):
            check_scopes(scopes, role)


def test_the_scopes_cover_every_right() -> None:
    assert rights_of(Scope) == set(Right)
    assert [len(scopes_for(role)) for role in UserRole] == [1, 2, 3, 4]


def test_a_token_is_recognised_until_it_is_over(engine: Engine, ann: Actor) -> None:
    with writing(engine) as session:
        made = access.create_token(session, ann, NOW, " CI ", [Scope.WRITE], days=2)
    with reading(engine) as session:
        found = access.find_token(session, made.token, NOW)
        assert access.find_token(session, made.token, NOW + 2 * DAY) is None
        assert access.find_token(session, made.token + "x", NOW) is None
        assert access.find_token(session, "pt_\u00e9", NOW) is None
        kept = str(session.execute(text("select * from personal_token")).all())
        kept += str(session.execute(text("select before, after from audit")).all())
    assert found is not None
    assert found[0] == made.info
    assert (found[1].name, found[1].person) == ("ann@example.org with token “CI”", "ann@example.org")
    assert made.token.startswith("pt_")
    assert made.token not in kept
    assert made.info.prefix == made.token[:7]


def test_a_token_follows_its_owner(engine: Engine, ann: Actor) -> None:
    with writing(engine) as session:
        made = access.create_token(session, ann, NOW, "CI", [Scope.DECIDE])
        access.change_role(session, ADMIN, NOW, ann.name, UserRole.VIEWER)
        found = access.find_token(session, made.token, NOW)
        assert found is not None
        assert not found[1].may(Right.LAUNCH)
        access.disable_user(session, ADMIN, NOW, ann.name)
        assert access.find_token(session, made.token, NOW) is None


def test_a_token_makes_no_further_doors(engine: Engine, ann: Actor) -> None:
    with writing(engine) as session:
        made = access.create_token(session, ann, NOW, "CI", [Scope.WRITE])
        found = access.find_token(session, made.token, NOW)
        assert found is not None
        with pytest.raises(ForbiddenError, match="may not make another token"):
            access.create_token(session, found[1], NOW, "More", [Scope.WRITE])
        with pytest.raises(ForbiddenError, match="no person"):
            access.create_token(session, SYSTEM, NOW, "More", [Scope.WRITE])


def test_tokens_are_revoked_by_their_owner_and_by_administrators(engine: Engine, ann: Actor) -> None:
    bob = _person(engine, "bob@example.org", UserRole.APPROVER)
    with writing(engine) as session:
        first, second = (access.create_token(session, ann, NOW, label, [Scope.READ]) for label in "AB")
        with pytest.raises(ForbiddenError):
            access.revoke_token(session, bob, NOW, first.info.id)
        with pytest.raises(ForbiddenError):
            access.tokens_of(session, bob, ann.name)
        with pytest.raises(NotFoundError):
            access.revoke_token(session, ann, NOW, 99)
        gone = access.revoke_token(session, ann, NOW + 1, first.info.id)
        assert access.revoke_token(session, ann, NOW + 2, first.info.id) == gone
        access.revoke_token(session, ADMIN, NOW + 1, second.info.id, reason="Leaked.")
        assert access.find_token(session, first.token, NOW) is None
        assert [token.revoked_at for token in access.own_tokens(session, ann)] == [NOW + 1, NOW + 1]
        assert access.own_tokens(session, bob) == ()
        assert access.tokens_of(session, ADMIN, ann.name) == access.own_tokens(session, ann)
        deeds = [(line.action, line.who) for line in audit.history(session, noun="token")]
    assert deeds[:2] == [("revoke", ADMIN.name), ("revoke", ann.name)]


def test_a_token_ends_itself_and_no_other_of_its_owner(engine: Engine, ann: Actor) -> None:
    with writing(engine) as session:
        leaked, other = (access.create_token(session, ann, NOW, label, [Scope.WRITE]) for label in "AB")
        found = access.find_token(session, leaked.token, NOW)
        assert found is not None
        with pytest.raises(ForbiddenError, match="may not revoke another token"):
            access.revoke_token(session, found[1], NOW, other.info.id)
        assert access.revoke_token(session, found[1], NOW, leaked.info.id).revoked_at == NOW


def test_the_last_use_is_written_now_and_then(engine: Engine, ann: Actor) -> None:
    with writing(engine) as session:
        made = access.create_token(session, ann, NOW, "CI", [Scope.READ])
    for at, seen in ((NOW + 5, NOW + 5), (NOW + 9, NOW + 5), (NOW + 5 + TOUCH_EVERY, NOW + 5 + TOUCH_EVERY)):
        with reading(engine) as session:
            found = access.find_token(session, made.token, at)
        assert found is not None
        access.note_use(engine, found[0], at)
        with reading(engine) as session:
            assert access.own_tokens(session, ann)[0].last_used_at == seen


@pytest.mark.parametrize(
    ("label", "scopes", "days", "field"),
    [
        (" ", [Scope.READ], 1, "token.label"),
        ("CI", [], 1, "token.scopes"),
        ("CI", [Scope.ADMIN], 1, "token.scopes"),
        ("CI", [Scope.READ], 0, "token.days"),
        ("CI", [Scope.READ], 366, "token.days"),
    ],
)
def test_a_bad_token_names_its_field(
    sqlite_engine: Engine, label: str, scopes: list[Scope], days: int, field: str
) -> None:
    ann = _person(sqlite_engine, "ann@example.org", UserRole.APPROVER)
    with writing(sqlite_engine) as session, pytest.raises(DomainError) as caught:
        access.create_token(session, ann, NOW, label, scopes, days=days)
    assert caught.value.field == field


def _person(engine: Engine, email: str, role: UserRole) -> Actor:
    with writing(engine) as session:
        access.create_user(session, ADMIN, NOW, email=email, name="Somebody", password=HASHED, role=role)
    return Actor(email, role)
