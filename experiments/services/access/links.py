"""Invitations and ways to a new password: a link that opens once, shown once, mailed where that is set."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from experiments.domain.access import Right, UserRole
from experiments.domain.access_link import HANDED_LIFE, HOUR, LIFE, AccessLink, LinkPurpose
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.domain.user import User, check_email
from experiments.services import audit, describe
from experiments.services.access.passwords import NO_PASSWORD, HashedPassword
from experiments.services.access.secret_words import hash_of, new_secret
from experiments.services.access.users import user_by_email
from experiments.services.actor import Actor
from experiments.store.catalogue import access_links, users, web_sessions

INVITATION = "invitation"
RESET = "password_link"
#: Of reset links that one address may ask for in an hour; more would only fill the mailbox.
MOST_RESETS = 3


class LinkError(DomainError):
    """The link opens nothing: unknown, used, withdrawn or over; which of them is nobody's business."""

    def __init__(self) -> None:
        super().__init__("link_over", "This link is used, withdrawn or over. Ask for a new one.", "link")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made: this is the only time its secret can be seen."""

    secret: str
    info: AccessLink


def invite(session: Session, actor: Actor, now: int, email: str, role: UserRole) -> NewLink:
    """Invite somebody; an open invitation for the same address ends.

    Raises:
        ConflictError: the address belongs to somebody already.
    """
    actor.require(Right.MANAGE_USERS)
    address = check_email(email, "email")
    if users.find_by_email(session, address) is not None:
        raise ConflictError(f"email == {address!r}, belongs to somebody already.", "email", code="exists")
    made = _make(session, now, LinkPurpose.INVITE, address, role, actor.name, LIFE[LinkPurpose.INVITE])
    audit.record(session, actor, now, "create", INVITATION, address, after=describe.access_link(made.info))
    return made


def invitations(session: Session, actor: Actor, now: int) -> tuple[AccessLink, ...]:
    """Open invitations, newest first; for administrators."""
    actor.require(Right.MANAGE_USERS)
    return tuple(link for link in access_links.every(session, LinkPurpose.INVITE) if link.is_open(now))


def withdraw(session: Session, actor: Actor, now: int, link_id: int) -> AccessLink:
    """End an invitation that nobody has used."""
    actor.require(Right.MANAGE_USERS)
    found = access_links.find(session, link_id)
    if found is None or found.purpose is not LinkPurpose.INVITE or not found.is_open(now):
        raise NotFoundError(INVITATION, link_id)
    access_links.revoke_open(session, LinkPurpose.INVITE, found.email, now)
    audit.record(session, actor, now, "withdraw", INVITATION, found.email, before=describe.access_link(found))
    return replace(found, revoked_at=now)


def look_up(session: Session, now: int, secret: str, purpose: LinkPurpose) -> AccessLink:
    """The open link of this secret; raises LinkError."""
    return _open(session, now, secret, purpose, lock=False)


def accept(session: Session, now: int, secret: str, name: str, password: HashedPassword) -> User:
    """Use an invitation: the person exists from now on, with the role they were invited to."""
    link = _open(session, now, secret, LinkPurpose.INVITE, lock=True)
    return _join(session, now, link, name, password)


def accept_signed_in(session: Session, now: int, email: str, name: str) -> User | None:
    """The same for somebody whom another system has recognised, so without link and password; None where uninvited."""
    invited = access_links.every(session, LinkPurpose.INVITE, check_email(email))
    link = next((each for each in invited if each.is_open(now)), None)
    return None if link is None else _join(session, now, link, name, NO_PASSWORD)


def make_reset(session: Session, actor: Actor, now: int, email: str) -> NewLink:
    """A link with which a person sets a new password, for an administrator to hand over; older ones end."""
    actor.require(Right.MANAGE_USERS)
    actor.require_presence("make links")
    user = user_by_email(session, email)
    made = _make(session, now, LinkPurpose.RESET, user.email, None, actor.name, HANDED_LIFE)
    audit.record(session, actor, now, "create", RESET, user.email, after=describe.access_link(made.info))
    return made


def request_reset(session: Session, now: int, email: str) -> NewLink | None:
    """A link for somebody who forgot their password; None where nobody is to get one, as nobody must learn."""
    try:
        found = users.find_by_email(session, check_email(email))
    except DomainError:
        return None
    if found is None or found[0].disabled:
        return None
    user = found[0]
    lately = [each for each in access_links.every(session, LinkPurpose.RESET, user.email) if not each.created_by]
    if sum(now - each.created_at < HOUR for each in lately) >= MOST_RESETS:
        return None
    made = _make(session, now, LinkPurpose.RESET, user.email, None, "", LIFE[LinkPurpose.RESET])
    actor = Actor(user.email, user.role)
    audit.record(session, actor, now, "request", RESET, user.email, after=describe.access_link(made.info))
    return made


def use_reset(session: Session, now: int, secret: str, password: HashedPassword) -> User:
    """Set the new password; every session of the person ends, and attempts that failed are forgotten."""
    link = _open(session, now, secret, LinkPurpose.RESET, lock=True)
    user = user_by_email(session, link.email)
    if user.disabled:
        raise LinkError
    access_links.use(session, link.id, now)
    users.set_password_hash(session, user.id, password)
    users.clear_failures(session, user.email)
    web_sessions.end_all(session, user.id)
    after = replace(user, session_epoch=user.session_epoch + 1)
    users.save(session, after, now)
    audit.record(session, Actor(user.email, user.role), now, "use", RESET, user.email)
    return after


def _join(session: Session, now: int, link: AccessLink, name: str, password: HashedPassword) -> User:
    role = link.role or UserRole.VIEWER
    user = users.add(session, User(0, link.email, name, role), password, now)
    access_links.use(session, link.id, now)
    audit.record(session, Actor(user.email, role), now, "accept", INVITATION, user.email, after=describe.user(user))
    return user


def _make(
    session: Session, now: int, purpose: LinkPurpose, email: str, role: UserRole | None, who: str, life: int
) -> NewLink:
    access_links.revoke_open(session, purpose, email, now)
    secret = new_secret()
    info = AccessLink(0, purpose, email, role, who, now, now + life)
    return NewLink(secret, replace(info, id=access_links.add(session, info, hash_of(secret))))


def _open(session: Session, now: int, secret: str, purpose: LinkPurpose, *, lock: bool) -> AccessLink:
    found = access_links.find_secret(session, hash_of(secret), lock=lock)
    if found is None or found.purpose is not purpose or not found.is_open(now):
        raise LinkError
    return found
