"""Identity secrets, with which a shop's own server signs customer ids."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from experiments.domain.environment import Environment
from experiments.domain.identity import IdentitySecretInfo
from experiments.services import access, describe
from experiments.services.clock import now_us
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Filter, Listing, listed
from web.auth import current_actor
from web.deployment import deployment

BIGGEST_ID = 2**63 - 1
bp = blueprint("identity-secrets", "Secrets with which a shop's own server signs customer ids; two may be in use.")


class NewIdentitySecretSchema(Schema):
    """Which environment it is for."""

    environment = fields.String(validate=validate.OneOf([each.value for each in Environment]))


class IdentitySecretSchema(NewIdentitySecretSchema):
    """A secret; only its first characters are told."""

    id = fields.Integer()
    prefix = fields.String()
    created_at = fields.String()
    retired_at = fields.String(allow_none=True)


class MadeIdentitySecretSchema(IdentitySecretSchema):
    """A secret just made."""

    secret = fields.String(metadata={"description": "The whole secret, shown this once."})


SECRETS: Listing[IdentitySecretInfo] = Listing(
    IdentitySecretSchema,
    describe.identity_secret,
    unique=lambda secret: secret.id,
    orders={"id": lambda secret: secret.id},
    usual="-id",
    filters=(Filter("environment", "Only of it.", lambda secret: secret.environment.value, tuple(Environment)),),
)


@listed(bp, "/identity-secrets", SECRETS)
def list_identity_secrets() -> Any:
    """Every secret, newest first."""
    with read() as session:
        return SECRETS.answer(access.all_identity_secrets(session))


@bp.post("/identity-secrets")
@bp.doc(**described(NewIdentitySecretSchema, required=False))
@bp.response(201, MadeIdentitySecretSchema, headers={"Cache-Control": {"schema": {"type": "string"}}})
def create_identity_secret() -> Any:
    """Make a secret; administrators only, and two of an environment may be in use."""
    given = Fields(body(required=False), "", ("environment",))
    environment = given.choice("environment", Environment, Environment.PRODUCTION)
    with placed("", "identity_secret"), write() as session:
        made = access.create_identity_secret(session, current_actor(), now_us(), environment, deployment().vault)
    return {**describe.identity_secret(made.info), "secret": made.secret}, 201, {"Cache-Control": "no-store"}


@bp.delete(f"/identity-secrets/<int(max={BIGGEST_ID}):secret_id>")
@bp.response(200, IdentitySecretSchema)
def retire_identity_secret(secret_id: int) -> Any:
    """End a secret: what it signed counts no longer; administrators only."""
    with write() as session:
        retired = access.retire_identity_secret(session, current_actor(), now_us(), secret_id)
    return describe.identity_secret(retired)
