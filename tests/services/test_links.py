"""Invitations and links for a new password: once, for a while, and never a hint."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from experiments.config import Settings
from experiments.domain.access import UserRole
from experiments.domain.access_link import HANDED_LIFE, HOUR, LIFE, LinkPurpose
from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.domain.signed_in import Via
from experiments.services import access, audit
from experiments.services.mail import postman
from experiments.services.sessions import writing
from tests.mailbox import mail_server
from tests.scenes import ADMIN, APPROVER, NOW

HASHED = access.HashedPassword("nobody's")
EMAIL = "ann@example.org"


def test_an_invitation_makes_one_person_once(engine: Engine) -> None:
    with writing(engine) as session:
        made = access.invite(session, ADMIN, NOW, " Ann@Example.org ", UserRole.EDITOR)
        kept = str(session.execute(text("select * from access_link")).all())
        kept += str(session.execute(text("select before, after from audit")).all())
        assert [link.email for link in access.invitations(session, ADMIN, NOW)] == [EMAIL]
        assert access.look_up(session, NOW, made.secret, LinkPurpose.INVITE) == made.info
        with pytest.raises(access.LinkError):
            access.look_up(session, NOW, made.secret, LinkPurpose.RESET)
        ann = access.accept(session, NOW, made.secret, "Ann", HASHED)
        with pytest.raises(access.LinkError):
            access.accept(session, NOW, made.secret, "Eve", HASHED)
        assert access.invitations(session, ADMIN, NOW) == ()
        with pytest.raises(ConflictError, match="belongs to somebody"):
            access.invite(session, ADMIN, NOW, EMAIL, UserRole.EDITOR)
        line = audit.history(session, noun="invitation")[0]
    assert (ann.email, ann.role) == (EMAIL, UserRole.EDITOR)
    assert (line.who, line.action) == (EMAIL, "accept")
    assert made.secret not in kept


def test_an_invitation_ends_by_time_by_hand_and_by_the_next(engine: Engine) -> None:
    with writing(engine) as session:
        first = access.invite(session, ADMIN, NOW, EMAIL, UserRole.EDITOR)
        second = access.invite(session, ADMIN, NOW, EMAIL, UserRole.VIEWER)
        with pytest.raises(access.LinkError):
            access.look_up(session, NOW, first.secret, LinkPurpose.INVITE)
        with pytest.raises(access.LinkError):
            access.look_up(session, NOW + LIFE[LinkPurpose.INVITE], second.secret, LinkPurpose.INVITE)
        access.withdraw(session, ADMIN, NOW, second.info.id)
        with pytest.raises(access.LinkError):
            access.accept(session, NOW, second.secret, "Ann", HASHED)
        with pytest.raises(NotFoundError):
            access.withdraw(session, ADMIN, NOW, second.info.id)


def test_only_administrators_invite(engine: Engine) -> None:
    with writing(engine) as session:
        made = access.invite(session, ADMIN, NOW, EMAIL, UserRole.EDITOR)
        for deed in (
            lambda: access.invite(session, APPROVER, NOW, "b@example.org", UserRole.VIEWER),
            lambda: access.withdraw(session, APPROVER, NOW, made.info.id),
            lambda: access.invitations(session, APPROVER, NOW),
            lambda: access.make_reset(session, APPROVER, NOW, EMAIL),
        ):
            with pytest.raises(ForbiddenError):
                deed()


def test_a_new_password_ends_sessions_and_forgets_failed_attempts(engine: Engine) -> None:
    with writing(engine) as session:
        ann = access.create_user(session, ADMIN, NOW, email=EMAIL, name="Ann", password=HASHED, role=UserRole.EDITOR)
        secret = access.begin_session(session, ann, NOW, "", Via.PASSWORD)
    for _ in range(5):
        access.sign_in(engine, EMAIL, "wrong", NOW)
    with writing(engine) as session:
        first = access.request_reset(session, NOW, EMAIL)
        second = access.request_reset(session, NOW, EMAIL)
        assert first is not None
        assert second is not None
        hashed = access.hash_password("four unlikely words here")
        for over in (first.secret, "nonsense", "\ud800"):
            with pytest.raises(access.LinkError):
                access.use_reset(session, NOW, over, hashed)
        with pytest.raises(access.LinkError):
            access.use_reset(session, NOW + HOUR, second.secret, hashed)
        access.use_reset(session, NOW, second.secret, hashed)
        with pytest.raises(access.LinkError):
            access.use_reset(session, NOW, second.secret, hashed)
        assert access.find_session(session, secret, NOW) is None
    assert access.sign_in(engine, EMAIL, "four unlikely words here", NOW) is not None


def test_nobody_learns_who_exists_and_no_mailbox_is_filled(engine: Engine) -> None:
    with writing(engine) as session:
        access.create_user(session, ADMIN, NOW, email=EMAIL, name="Ann", password=HASHED, role=UserRole.EDITOR)
        for stranger in ("bob@example.org", "", "no address", "\x00@x.example"):
            assert access.request_reset(session, NOW, stranger) is None
        assert [access.request_reset(session, NOW, EMAIL) is not None for _ in range(4)] == [True, True, True, False]
        assert access.request_reset(session, NOW + HOUR, EMAIL) is not None
        handed = access.make_reset(session, ADMIN, NOW, EMAIL)
        assert handed.info.expires_at == NOW + HANDED_LIFE
        access.disable_user(session, ADMIN, NOW, EMAIL)
        assert access.request_reset(session, NOW + 9 * HOUR, EMAIL) is None
        with pytest.raises(access.LinkError):
            access.use_reset(session, NOW, handed.secret, HASHED)


@pytest.mark.parametrize("password", ["ann@example.org1", "passwordpassword", "0123456789", "qwertyuiop12"])
def test_a_password_that_is_easy_to_guess_is_refused_with_a_hint(password: str) -> None:
    with pytest.raises(DomainError, match="password is easy to guess") as caught:
        access.hash_password(password, about=(EMAIL, "Ann"))
    assert caught.value.code == "weak_password"
    assert password not in caught.value.message


def test_the_letter_leads_to_the_address_of_the_settings(engine: Engine) -> None:
    with mail_server() as box, writing(engine) as session:
        made = access.invite(session, ADMIN, NOW, EMAIL, UserRole.EDITOR)
        settings = Settings(
            _env_file=None, public_url="https://tests.example", mail_host=box.host, mail_port=box.port, mail_tls="none"
        )  # type: ignore[call-arg]
        carrier = postman(settings)
        assert carrier is not None
        carrier.send(access.letter_of(made, settings.public_url, "Polder"))
        got = box.next()
    assert got["Subject"] == "You are invited to Netlift of Polder"
    assert f"https://tests.example/invitation/{made.secret}" in got.get_content()
    assert "within 7 days" in got.get_content()
