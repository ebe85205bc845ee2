"""Keys of shops and back offices."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.environment import Environment
from experiments.domain.key import KeyInfo, KeyKind
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.api.rules import any_of, both, no_items, where, word
from web.api.schemas import name_field
from web.auth import current_actor

BIGGEST_ID = 2**63 - 1
bp = blueprint("keys", "Keys with which shops and back offices call the service.")


class NewKeySchema(Schema):
    """What a key is for."""

    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in KeyKind]))
    label = name_field(required=True)
    environment = fields.String(validate=validate.OneOf([each.value for each in Environment]))
    origins = fields.List(fields.String(metadata={"pattern": r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$"}))
    source = fields.String(allow_none=True, metadata={"description": "Key of a source to send as; else a new one."})
    RULES = (
        any_of(where(kind=word(KeyKind.CLIENT)), both(where(kind=word(KeyKind.SERVER)), where(origins=no_items()))),
    )


class KeySchema(NewKeySchema):
    """A key; of a server key only the first characters are known."""

    id = fields.Integer()
    prefix = fields.String()
    public_key = fields.String(allow_none=True)
    created_at = fields.String()
    revoked_at = fields.String(allow_none=True)


class MadeKeySchema(KeySchema):
    """A key just made."""

    secret = fields.String(metadata={"description": "The whole key; a server key is shown this once."})


KEYS: Listing[KeyInfo] = Listing(
    KeySchema,
    describe.key,
    unique=lambda key: key.id,
    orders={"id": lambda key: key.id, "label": lambda key: key.label.casefold()},
    usual="-id",
    filters=(
        Filter("kind", "Only keys of this kind.", lambda key: key.kind.value, tuple(KeyKind)),
        Filter("environment", "Only keys of it.", lambda key: key.environment.value, tuple(Environment)),
        Filter("state", "Only these.", lambda key: "revoked" if key.revoked_at else "active", ("active", "revoked")),
    ),
    searched=lambda key: (key.label, key.prefix),
)


@listed(bp, "/keys", KEYS)
def list_keys() -> Any:
    """Every key, newest first."""
    with read() as session:
        return KEYS.answer(access.all_keys(session))


@bp.post("/keys")
@bp.doc(**described(NewKeySchema))
@bp.response(201, MadeKeySchema, headers={"Cache-Control": {"schema": {"type": "string"}}})
def create_key() -> Any:
    """Make a key; administrators only."""
    given = Fields(body(), "", ("kind", "label", "environment", "origins", "source"))
    kind, label = given.choice("kind", KeyKind), given.text("label")
    environment = given.choice("environment", Environment, Environment.PRODUCTION)
    source = given.text("source") if given.has("source") else None
    more: dict[str, Any] = {"origins": given.texts("origins"), "source": source}
    with placed("", "key"), write() as session:
        made = access.create_key(session, current_actor(), now_us(), kind, label, environment, **more)
    return {**describe.key(made.info), "secret": made.key}, 201, {"Cache-Control": "no-store"}


@bp.delete(f"/keys/<int(max={BIGGEST_ID}):key_id>")
@bp.response(200, KeySchema)
def revoke_key(key_id: int) -> Any:
    """End a key at once; administrators only."""
    with write() as session:
        return describe.key(access.revoke_key(session, current_actor(), now_us(), key_id))
