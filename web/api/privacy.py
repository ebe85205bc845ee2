"""What is kept of one person: hand it over, or forget it.

Ids travel in bodies only, so that no log of addresses holds one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from experiments.domain.errors import DomainError
from experiments.services import privacy
from experiments.services.clock import now_us
from experiments.services.fields import Fields
from web.api.document import blueprint, body, described
from web.api.rules import exactly_one
from web.api.schemas import SAYS_SOMETHING, text_field
from web.auth import current_actor
from web.deployment import deployment

if TYPE_CHECKING:
    from experiments.services.privacy import Kind

KINDS: tuple[Kind, ...] = ("customer", "visitor", "agent")
bp = blueprint("privacy", "What is kept of one person; administrators only.")


_ID = {"pattern": SAYS_SOMETHING}


class PersonSchema(Schema):
    """Exactly one of the three ids, as the shop sends it."""

    customer = fields.String(metadata=_ID)
    visitor = fields.String(metadata=_ID)
    agent = fields.String(metadata=_ID | {"description": "Who of the contact centre handled it."})
    RULES = (exactly_one("customer", "visitor", "agent"),)


class ForgottenSchema(PersonSchema):
    """Who is to be forgotten, and why."""

    reason = text_field(description="Kept in the audit; write no id into it.")


class ExportSchema(Schema):
    """Every stored row of the person, by table; hashes are texts."""

    exported_at = fields.String()
    kind = fields.String()
    hash = fields.String()
    visitors = fields.Integer(metadata={"description": "Devices known to be this customer and nobody else."})
    shared_visitors = fields.Integer(metadata={"description": "Devices that other customers use too; left out."})
    tables = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()))


class ErasedSchema(Schema):
    """What was removed."""

    rows = fields.Dict(keys=fields.String(), values=fields.Integer())
    frozen_units = fields.Integer()
    visitors = fields.Integer()
    shared_visitors = fields.Integer()
    unnamed = fields.Integer(metadata={"description": "Rows of customers that no longer say which agent handled them."})


@bp.post("/privacy/export")
@bp.doc(**described(PersonSchema))
@bp.response(200, ExportSchema)
def export_person() -> Any:
    """Hand over every stored row of a person."""
    kind, raw, _ = _person(KINDS)
    settings, engine = deployment().settings, deployment().engine
    return privacy.export(engine, current_actor(), now_us(), kind, raw, id_key=settings.id_secret())


@bp.post("/privacy/erase")
@bp.doc(**described(ForgottenSchema))
@bp.response(200, ErasedSchema)
def erase_person() -> Any:
    """Delete every row of a person, and drop what of them still arrives late."""
    kind, raw, reason = _person((*KINDS, "reason"))
    settings, engine = deployment().settings, deployment().engine
    done = privacy.erase(
        engine,
        current_actor(),
        now_us(),
        kind,
        raw,
        id_key=settings.id_secret(),
        folder=settings.data_dir,
        reason=reason,
    )
    return done.to_dict()


def _person(names: tuple[str, ...]) -> tuple[Kind, str, str]:
    given = Fields(body(), "", names)
    named = [kind for kind in KINDS if given.has(kind)]
    if len(named) != 1:
        raise DomainError("required", "Give exactly one of customer, visitor and agent.", "customer")
    kind = named[0]
    return kind, given.text(kind), given.text("reason", "") if "reason" in names else ""
