"""Links that show one stored report to whoever has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, fields

from experiments.services import experiments as tests
from experiments.services import shares
from experiments.services.clock import maybe_iso, now_us, to_iso
from experiments.services.fields import Fields, placed
from web.api.document import blueprint, body, described, read, write
from web.api.listing import Listing, listed
from web.api.schemas import within
from web.auth import current_actor
from web.deployment import own_address
from web.share_links import link_of

if TYPE_CHECKING:
    from experiments.services.shares import Share

bp = blueprint("shares", "Read-only links to one stored report, for people without an account.")


class ShareSchema(Schema):
    """One link."""

    id = fields.Integer(dump_only=True)
    label = fields.String(metadata={"description": "For whom it is.", "maxLength": 200})
    snapshot = fields.Integer(dump_only=True, metadata={"description": "The report it shows, kept for good."})
    at = fields.String(dump_only=True)
    who = fields.String(dump_only=True)
    expires_at = fields.String(dump_only=True)
    revoked_at = fields.String(allow_none=True, dump_only=True)


class NewShareSchema(ShareSchema):
    """A link just made; its address is shown this once."""

    days = fields.Integer(load_only=True, metadata=within(1, shares.MOST_DAYS) | {"description": "For how long."})
    url = fields.String(dump_only=True)


SHARES: Listing[Share] = Listing(
    ShareSchema,
    lambda share: _plain(share),
    unique=lambda share: share.id,
    orders={"at": lambda share: share.at, "expires_at": lambda share: share.expires_at},
    usual="-at",
)


@listed(bp, "/experiments/<key>/shares", SHARES)
def list_shares(key: str) -> Any:
    """Links to reports of a test, newest first; their addresses cannot be had again."""
    with read() as session:
        tests.by_key(session, key)
        return SHARES.answer(shares.shares_of(session, key))


@bp.post("/experiments/<key>/shares")
@bp.doc(**described(NewShareSchema, required=False))
@bp.response(201, NewShareSchema)
def share_report(key: str) -> Any:
    """Keep the report people read now for good, and make a link to it."""
    given = Fields(body(required=False), "", ("days", "label"))
    days, label = given.whole("days", shares.USUAL_DAYS), given.text("label", "")
    with placed("", "share"), write() as session:
        made = shares.share_report(session, current_actor(), now_us(), key, days=days, label=label)
    return {**_plain(made.share), "url": own_address() + link_of(made.secret)}


@bp.delete("/experiments/<key>/shares/<int:share>")
@bp.response(200, ShareSchema)
def revoke_share(key: str, share: int) -> Any:
    """End a link at once; a second time changes nothing."""
    with write() as session:
        tests.by_key(session, key)
        return _plain(shares.revoke_share(session, current_actor(), now_us(), key, share))


def _plain(share: Share) -> dict[str, Any]:
    return {
        "id": share.id,
        "label": share.label,
        "snapshot": share.snapshot_id,
        "at": to_iso(share.at),
        "who": share.who,
        "expires_at": to_iso(share.expires_at),
        "revoked_at": maybe_iso(share.revoked_at),
    }
