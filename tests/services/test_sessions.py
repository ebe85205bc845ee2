"""Sessions in the database: what ends them, who may, what is not kept."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from experiments.domain.access import UserRole
from experiments.domain.device import device_of
from experiments.domain.errors import DomainError, ForbiddenError, NotFoundError
from experiments.domain.signed_in import IDLE, LONGEST, Via
from experiments.domain.token import Scope
from experiments.domain.user import User
from experiments.services import access
from experiments.services.access.web_sessions import TOUCH_EVERY
from experiments.services.actor import Actor
from experiments.services.clock import DAY
from experiments.services.sessions import reading, writing
from tests.scenes import ADMIN, EDITOR, NOW, add_person

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15E148 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0"
HASHED = access.HashedPassword("nobody's")
ANN = Actor("ann@example.org", UserRole.EDITOR)


@pytest.fixture
def ann(engine: Engine) -> User:
    with writing(engine) as session:
        return add_person(session, ANN, "Ann")


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [(FIREFOX, "Firefox on Linux"), (PHONE, "Safari on iPhone"), (EDGE, "Edge on Windows"), ("", "Unknown device"),
     ("curl/8.1", "curl"), ("x" * 9_999, "Unknown device")],
)  # fmt: skip
def test_a_device_is_named_as_people_would(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


def test_only_a_hash_and_the_kind_of_device_are_kept(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        secret = access.begin_session(session, ann, NOW, FIREFOX, Via.PASSWORD)
        kept = str(session.execute(text("select * from web_session")).all())
        kept += str(session.execute(text("select before, after from audit")).all())
    assert secret not in kept
    assert "rv:150" not in kept
    assert "Firefox on Linux" in kept


def test_a_session_ends_by_itself(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        secret = access.begin_session(session, ann, NOW, FIREFOX, Via.PASSWORD)
    for at in range(0, LONGEST, 7 * DAY):
        with reading(engine) as session:
            found = access.find_session(session, secret, NOW + at)
        assert found is not None
        access.note_seen(engine, found[1], NOW + at)
    with writing(engine) as session:
        assert access.find_session(session, secret, NOW + LONGEST) is None
        idle = access.begin_session(session, ann, NOW, FIREFOX, Via.PASSWORD)
        assert access.find_session(session, idle, NOW + IDLE - 1) is not None
        assert access.find_session(session, idle, NOW + IDLE) is None
        access.begin_session(session, ann, NOW + LONGEST, FIREFOX, Via.PASSWORD)
        assert session.execute(text("select count(*) from web_session")).scalar_one() == 1


def test_being_seen_is_written_now_and_then(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        access.begin_session(session, ann, NOW, FIREFOX, Via.PASSWORD)
    for at, seen in ((1, NOW), (TOUCH_EVERY, NOW + TOUCH_EVERY)):
        with reading(engine) as session:
            (mine,) = access.sessions_of(session, ANN, NOW, ANN.name)
        access.note_seen(engine, mine, NOW + at)
        with reading(engine) as session:
            assert access.sessions_of(session, ANN, NOW, ANN.name)[0].seen_at == seen


def test_one_is_ended_from_elsewhere_by_its_owner_or_an_administrator(engine: Engine, ann: User) -> None:
    with writing(engine) as session:
        secrets = [access.begin_session(session, ann, NOW + i, FIREFOX, Via.PASSWORD) for i in range(3)]
        first, second, third = access.sessions_of(session, ANN, NOW, ANN.name)
        with pytest.raises(NotFoundError):
            access.end_session(session, EDITOR, NOW, first.id)
        with pytest.raises(ForbiddenError):
            access.sessions_of(session, EDITOR, NOW, ANN.name)
        access.end_session(session, ANN, NOW, first.id)
        access.end_session(session, ADMIN, NOW, second.id)
        assert access.sessions_of(session, ADMIN, NOW, ANN.name) == (third,)
        assert [access.find_session(session, each, NOW) is not None for each in secrets] == [True, False, False]
        made = access.create_token(session, ANN, NOW, "CI", [Scope.WRITE])
        token = access.find_token(session, made.token, NOW)
        assert token is not None
        with pytest.raises(ForbiddenError):
            access.end_session(session, token[1], NOW, third.id)


def test_ones_own_password_needs_the_old_one_and_is_throttled(engine: Engine, ann: User) -> None:
    old, new = "four unlikely words here", "quite another phrase entirely"
    with writing(engine) as session:
        access.change_password(session, ADMIN, NOW, ANN.name, access.hash_password(old))
        keep = access.begin_session(session, ann, NOW, FIREFOX, Via.PASSWORD)
        other = access.begin_session(session, ann, NOW, PHONE, Via.PASSWORD)
        found = access.find_session(session, keep, NOW)
    assert found is not None
    with pytest.raises(DomainError, match="not your current"):
        access.change_own_password(engine, ANN, NOW, "wrong", new)
    access.change_own_password(engine, ANN, NOW, old, new, keep=found[1].id)
    with reading(engine) as session:
        assert access.find_session(session, keep, NOW) is not None
        assert access.find_session(session, other, NOW) is None
    assert access.sign_in(engine, ANN.name, new, NOW) is not None
    for _ in range(5):
        with pytest.raises(DomainError):
            access.change_own_password(engine, ANN, NOW, "guess", new)
    with pytest.raises(access.TooManyAttemptsError, match="15 minutes") as caught:
        access.change_own_password(engine, ANN, NOW, new, old)
    assert caught.value.retry_seconds == 900


def test_the_refusal_names_the_time_that_is_left(engine: Engine, ann: User) -> None:
    minute = 60_000_000
    for number in range(5):
        access.sign_in(engine, ANN.name, "wrong", NOW + number * minute)
    for after, words in ((4, "11 minutes"), (14, "1 minute")):
        with pytest.raises(access.TooManyAttemptsError, match=f"try again in {words}"):
            access.sign_in(engine, ANN.name, "wrong", NOW + after * minute)
    assert access.sign_in(engine, ANN.name, "wrong", NOW + 15 * minute) is None
