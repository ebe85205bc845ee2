"""Show a report to people without an account: a link to one stored report, until it expires or is revoked.

Whoever has the link may read that report and nothing else. Its secret is random and shown once; of it only the
SHA-256 is kept, which suffices for 256 random bits.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from experiments.decision.report import Report
from experiments.domain.access import Right
from experiments.domain.checks import check_range, check_text
from experiments.domain.errors import ConflictError, DomainError, NotFoundError
from experiments.services import audit, changing
from experiments.services.actor import Actor
from experiments.services.clock import DAY, to_iso
from experiments.services.headlines import deciding_snapshot
from experiments.store.catalogue import shares, snapshots
from experiments.store.catalogue.shares import Share

__all__ = [
    "MOST_DAYS",
    "RIGHT",
    "USUAL_DAYS",
    "EndedLinkError",
    "NewShare",
    "Share",
    "UnknownLinkError",
    "leads_somewhere",
    "open_share",
    "revoke_share",
    "share_report",
    "shares_of",
]

NOUN = "share"
#: What making and revoking links needs.
RIGHT = Right.EDIT
SECRET_BYTES = 32
USUAL_DAYS = 30
MOST_DAYS = 365


class UnknownLinkError(NotFoundError):
    """No link to a report has this address; said to somebody who knows nothing of Netlift."""

    def __init__(self) -> None:
        super().__init__(NOUN, "this link")
        self.message = "No report has this address; perhaps a part of it was lost on the way. Ask whoever sent it."


class EndedLinkError(DomainError):
    """The link was one and is none any more; only who has its secret learns so."""

    def __init__(self, how: str) -> None:
        super().__init__("link_over", f"{how} Ask whoever sent it for a new one.", "link")


@dataclass(frozen=True, slots=True)
class NewShare:
    """A link just made; `secret` cannot be had again."""

    secret: str
    share: Share


def share_report(
    session: Session, actor: Actor, now: int, key: str, *, days: int = USUAL_DAYS, label: str = ""
) -> NewShare:
    """Keep the report people read now for good, and make a link to it.

    Args:
        days: for how long the link leads there.
        label: for whom it is, in words; may be empty.

    Raises:
        NotFoundError: there is no such test.
        ConflictError: `nothing_to_share`, it has no report yet.
        DomainError: days or label are out of bounds.
    """
    actor.require(RIGHT)
    experiment = changing.load(session, key)
    check_range(days, "share.days", low=1, high=MOST_DAYS)
    label = check_text(label, "share.label", required=False)
    seen = deciding_snapshot(session, key, experiment.phase.number)
    if seen is None:
        raise ConflictError(f"{key} has no report to share yet.", "share", code="nothing_to_share")
    kept = snapshots.add(session, key, seen.phase, "share", seen.report, now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    wanted = Share(0, key, kept, label, now, actor.name, now + days * DAY)
    made = shares.add(session, wanted, _hash(secret))
    audit.record(session, actor, now, "create", NOUN, f"{key}/{made.id}", after=_plain(made))
    return NewShare(secret, made)


def shares_of(session: Session, key: str) -> tuple[Share, ...]:
    """Links to reports of a test, newest first, with those that ended."""
    return shares.all_of(session, key)


def revoke_share(session: Session, actor: Actor, now: int, key: str, share_id: int) -> Share:
    """End a link at once; a second time changes nothing. Raises NotFoundError."""
    actor.require(RIGHT)
    before = next((each for each in shares.all_of(session, key) if each.id == share_id), None)
    if before is None:
        raise NotFoundError(NOUN, share_id)
    if before.revoked_at is None:
        shares.revoke(session, share_id, now)
        ended = {"revoked_at": to_iso(now)}
        audit.record(session, actor, now, "revoke", NOUN, f"{key}/{share_id}", before={"revoked_at": None}, after=ended)
    return next(each for each in shares.all_of(session, key) if each.id == share_id)


def open_share(session: Session, secret: str, now: int) -> tuple[Share, Report]:
    """The report behind a link.

    Raises:
        UnknownLinkError: it never was.
        EndedLinkError: it has expired or was revoked.
    """
    share = shares.by_hash(session, _hash(secret))
    if share is None:
        raise UnknownLinkError
    if share.revoked_at is not None:
        raise EndedLinkError("The report was shared with this link, and the link was withdrawn.")
    if not leads_somewhere(share, now):
        raise EndedLinkError("The report was shared for a time, and that time is over.")
    found = snapshots.find(session, share.snapshot_id)
    if found is None:
        raise UnknownLinkError
    return share, Report.from_dict(found.report)


def leads_somewhere(share: Share, now: int) -> bool:
    """Whether a link still shows its report."""
    return share.revoked_at is None and now < share.expires_at


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _plain(share: Share) -> dict[str, object]:
    return {"label": share.label, "snapshot": share.snapshot_id, "expires_at": to_iso(share.expires_at)}
