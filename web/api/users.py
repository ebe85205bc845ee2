"""People who sign in, invitations, and sessions."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.access import Right, UserRole
from experiments.domain.access_link import AccessLink
from experiments.domain.errors import NotFoundError
from experiments.domain.signed_in import Via, WebSession
from experiments.domain.user import EMAIL_MAX, User
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.schemas import text_field
from web.auth import current_actor
from web.deployment import own_address

BIGGEST_ID = 2**63 - 1
NUMBER = f"<int(max={BIGGEST_ID}):number>"
ROLE = validate.OneOf([role.value for role in UserRole])
NO_STORE = {"Cache-Control": {"schema": {"type": "string"}}}
bp = blueprint("users", "People who sign in, invitations, and where one is signed in.")


class UserSchema(Schema):
    """A person."""

    id = fields.Integer()
    email = fields.String()
    name = fields.String()
    role = fields.String(validate=ROLE)
    disabled = fields.Boolean(metadata={"description": "Kept out."})


class RoleSchema(Schema):
    """Another role."""

    role = fields.String(required=True, validate=ROLE)


class KeepOutSchema(Schema):
    """Why somebody is kept out."""

    reason = text_field()


class ForgottenSchema(Schema):
    """What stands where the name was."""

    name = fields.String()


class InviteSchema(Schema):
    """Who is invited, and as what."""

    email = fields.String(required=True, metadata={"pattern": r"^[!-?A-~]+@[!-?A-~]+$", "maxLength": EMAIL_MAX})
    role = fields.String(required=True, validate=ROLE)


class InvitationSchema(Schema):
    """An open invitation."""

    id = fields.Integer()
    email = fields.String()
    role = fields.String(allow_none=True)
    created_by = fields.String()
    created_at = fields.String()
    expires_at = fields.String()


class MadeLinkSchema(InvitationSchema):
    """A link just made."""

    link = fields.String(metadata={"description": "The address that opens once, shown this once."})


class SessionSchema(Schema):
    """Where one is signed in; no network address is kept."""

    id = fields.Integer()
    device = fields.String()
    via = fields.String(validate=validate.OneOf([via.value for via in Via]))
    started_at = fields.String()
    seen_at = fields.String(metadata={"description": "Exact to five minutes."})


def _state(user: User) -> str:
    return "kept_out" if user.disabled else "active"


USERS: Listing[User] = Listing(
    UserSchema,
    describe.user,
    unique=lambda user: user.id,
    orders={"email": lambda user: user.email, "name": lambda user: user.name.casefold(), "id": lambda user: user.id},
    usual="email",
    filters=(
        Filter("role", "Only people of this role.", lambda user: user.role.value, tuple(UserRole)),
        Filter("state", "Only these.", _state, ("active", "kept_out")),
    ),
    searched=lambda user: (user.email, user.name),
)
INVITATIONS: Listing[AccessLink] = Listing(
    InvitationSchema,
    describe.access_link,
    unique=lambda link: link.id,
    orders={"id": lambda link: link.id},
    usual="-id",
)
SESSIONS: Listing[WebSession] = Listing(
    SessionSchema, describe.web_session, unique=lambda each: each.id, orders={"id": lambda each: each.id}, usual="-id"
)


@listed(bp, "/users", USERS)
def list_users() -> Any:
    """Everybody; administrators only."""
    current_actor().require(Right.MANAGE_USERS)
    with read() as session:
        return USERS.answer(access.all_users(session))


@bp.post(f"/users/{NUMBER}/role")
@bp.doc(**described(RoleSchema))
@bp.response(200, UserSchema)
def change_role(number: int) -> Any:
    """Give somebody another role; the last administrator keeps theirs."""
    role = Fields(body(), "", ("role",)).choice("role", UserRole)
    with write() as session:
        return describe.user(access.change_role(session, current_actor(), now_us(), _email(session, number), role))


@bp.post(f"/users/{NUMBER}/deactivate")
@bp.doc(**described(KeepOutSchema, required=False))
@bp.response(200, UserSchema)
def deactivate(number: int) -> Any:
    """Keep somebody out: sessions end, tokens are refused."""
    reason = Fields(body(required=False), "", ("reason",)).text("reason", "")
    with write() as session:
        email = _email(session, number)
        return describe.user(access.disable_user(session, current_actor(), now_us(), email, reason=reason))


@bp.post(f"/users/{NUMBER}/activate")
@bp.response(200, UserSchema)
def activate(number: int) -> Any:
    """Let somebody in again."""
    with write() as session:
        return describe.user(access.enable_user(session, current_actor(), now_us(), _email(session, number)))


@bp.post(f"/users/{NUMBER}/sign-out")
@bp.response(200, UserSchema)
def sign_out(number: int) -> Any:
    """End every session of somebody."""
    with write() as session:
        return describe.user(access.sign_out_everywhere(session, current_actor(), now_us(), _email(session, number)))


@bp.post(f"/users/{NUMBER}/forget")
@bp.doc(**described(KeepOutSchema, required=False))
@bp.response(200, ForgottenSchema)
def forget(number: int) -> Any:
    """Take the name of somebody who is kept out from everything; what they did stays. Never for a token."""
    reason = Fields(body(required=False), "", ("reason",)).text("reason", "")
    with write() as session:
        email = _email(session, number)
        return {"name": access.forget_user(session, current_actor(), now_us(), email, reason=reason)}


@bp.post(f"/users/{NUMBER}/password-link")
@bp.response(201, MadeLinkSchema, headers=NO_STORE)
def password_link(number: int) -> Any:
    """A link with which somebody sets a new password, to hand over; never for a token."""
    with write() as session:
        made = access.make_reset(session, current_actor(), now_us(), _email(session, number))
    return _shown(made)


@listed(bp, "/invitations", INVITATIONS)
def list_invitations() -> Any:
    """Open invitations; administrators only."""
    with read() as session:
        return INVITATIONS.answer(access.invitations(session, current_actor(), now_us()))


@bp.post("/invitations")
@bp.doc(**described(InviteSchema))
@bp.response(201, MadeLinkSchema, headers=NO_STORE)
def invite() -> Any:
    """Invite somebody; the link is answered this once and not mailed, so that the caller decides."""
    given = Fields(body(), "", ("email", "role"))
    email, role = given.text("email"), given.choice("role", UserRole)
    with write() as session:
        made = access.invite(session, current_actor(), now_us(), email, role)
    return _shown(made)


@bp.delete(f"/invitations/{NUMBER}")
@bp.response(200, InvitationSchema)
def withdraw(number: int) -> Any:
    """End an invitation that nobody has used."""
    with write() as session:
        return describe.access_link(access.withdraw(session, current_actor(), now_us(), number))


@listed(bp, "/sessions", SESSIONS)
def list_sessions() -> Any:
    """Where one is signed in oneself; a server key is nowhere."""
    with read() as session:
        return SESSIONS.answer(access.own_sessions(session, current_actor(), now_us()))


@bp.delete(f"/sessions/{NUMBER}")
@bp.response(200, SessionSchema)
def end_session(number: int) -> Any:
    """Sign one device out, one's own or as an administrator anybody's; never for a token."""
    with write() as session:
        return describe.web_session(access.end_session(session, current_actor(), now_us(), number))


def _email(session: Any, number: int) -> str:
    current_actor().require(Right.MANAGE_USERS)
    found = next((user.email for user in access.all_users(session) if user.id == number), None)
    if found is None:
        raise NotFoundError("user", number)
    return found


def _shown(made: access.NewLink) -> Any:
    told = {**describe.access_link(made.info), "link": own_address() + access.path_of(made)}
    return told, 201, {"Cache-Control": "no-store"}
