"""One's own tokens for this API."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.token import LONGEST_DAYS, Scope
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Listing, listed
from web.api.schemas import name_field
from web.auth import current_actor

BIGGEST_ID = 2**63 - 1
DAYS = 90
bp = blueprint("tokens", "A person's own tokens for this API, limited to scopes.")


class NewTokenSchema(Schema):
    """What a token is for."""

    label = name_field(required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf([scope.value for scope in Scope])),
        required=True,
        metadata={"minItems": 1},
    )
    days = fields.Integer(
        validate=validate.Range(1, LONGEST_DAYS), metadata={"description": f"How long it lives; {DAYS} by default."}
    )


class TokenSchema(Schema):
    """A token; only its first characters are told."""

    id = fields.Integer()
    label = fields.String()
    scopes = fields.List(fields.String(validate=validate.OneOf([scope.value for scope in Scope])))
    prefix = fields.String()
    created_at = fields.String()
    expires_at = fields.String()
    last_used_at = fields.String(allow_none=True, metadata={"description": "Exact to five minutes."})
    revoked_at = fields.String(allow_none=True)


class MadeTokenSchema(TokenSchema):
    """A token just made."""

    token = fields.String(metadata={"description": "The whole token, shown this once."})


TOKENS: Listing[Any] = Listing(
    TokenSchema,
    describe.token,
    unique=lambda token: token.id,
    orders={"id": lambda token: token.id},
    usual="-id",
)


@listed(bp, "/tokens", TOKENS)
def list_tokens() -> Any:
    """One's own tokens, newest first; a server key has none."""
    with read() as session:
        return TOKENS.answer(access.own_tokens(session, current_actor()))


@bp.post("/tokens")
@bp.doc(**described(NewTokenSchema))
@bp.response(201, MadeTokenSchema, headers={"Cache-Control": {"schema": {"type": "string"}}})
def create_token() -> Any:
    """Make a token for oneself; only a signed-in person may, never a token or a key."""
    given = Fields(body(), "", ("label", "scopes", "days"))
    label, scopes, days = given.text("label"), given.choices("scopes", Scope), given.whole("days", DAYS)
    with placed("", "token"), write() as session:
        made = access.create_token(session, current_actor(), now_us(), label, scopes, days=days)
    return {**describe.token(made.info), "token": made.token}, 201, {"Cache-Control": "no-store"}


@bp.delete(f"/tokens/<int(max={BIGGEST_ID}):token_id>")
@bp.response(200, TokenSchema)
def revoke_token(token_id: int) -> Any:
    """End a token at once; one's own, or as an administrator anybody's."""
    with write() as session:
        return describe.token(access.revoke_token(session, current_actor(), now_us(), token_id))
