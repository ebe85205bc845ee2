"""One's own account: name, password, and leaving every browser."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.schemas import name_field
from web.api.users import UserSchema
from web.auth import current_actor, current_session
from web.deployment import deployment

bp = blueprint("me", "The person who calls: name, password, and leaving every browser.")


class NameSchema(Schema):
    """Another name."""

    name = name_field(required=True)


class PasswordSchema(Schema):
    """The password there is, and the one to be."""

    current = fields.String(required=True)
    password = fields.String(required=True)


@bp.get("/me")
@bp.response(200, UserSchema)
def show_me() -> Any:
    """Who calls; a server key is no person."""
    with read() as session:
        return describe.user(access.own_account(session, current_actor()))


@bp.put("/me/name")
@bp.doc(**described(NameSchema))
@bp.response(200, UserSchema)
def rename_me() -> Any:
    """Change how one is called; of tokens only those that manage people may."""
    name = Fields(body(), "", ("name",)).text("name")
    with placed("", "user"), write() as session:
        return describe.user(access.rename(session, current_actor(), now_us(), _address(session), name))


@bp.post("/me/password")
@bp.doc(**described(PasswordSchema))
@bp.response(200, UserSchema)
def change_my_password() -> Any:
    """Set another password, knowing the old one; every other session ends. Never for a token or key."""
    given = Fields(body(), "", ("current", "password"))
    current, new, here = given.text("current"), given.text("password"), current_session()
    with read() as session:
        access.own_account(session, current_actor())
    keep = here.id if here else None
    changed = access.change_own_password(deployment().engine, current_actor(), now_us(), current, new, keep=keep)
    return describe.user(changed)


@bp.post("/me/sign-out")
@bp.response(200, UserSchema)
def sign_me_out() -> Any:
    """End every session of oneself, also the one that asks; of tokens only those that manage people may."""
    with write() as session:
        return describe.user(access.sign_out_everywhere(session, current_actor(), now_us(), _address(session)))


def _address(session: Any) -> str:
    return access.own_account(session, current_actor()).email
