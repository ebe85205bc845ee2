"""A shared link shows one report, until it expires or is revoked."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from experiments.domain.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from experiments.services import audit
from experiments.services.clock import DAY
from experiments.services.sessions import reading, writing
from experiments.services.shares import (
    EndedLinkError,
    UnknownLinkError,
    open_share,
    revoke_share,
    share_report,
    shares_of,
)
from experiments.store.catalogue import snapshots
from tests.scenes import EDITOR, NOW, VIEWER, running, seed
from tests.stories import live


def test_the_report_of_that_day_until_it_expires_or_is_revoked(engine: Engine) -> None:
    with writing(engine) as session:
        seed(session)
        test = running(session)
        then = live(session, test, 4_000, {})
        made = share_report(session, EDITOR, NOW, "tv-entry", days=2, label="Agency")
        other = share_report(session, EDITOR, NOW + 1, "tv-entry")
        live(session, test, 5_000, {})
    with reading(engine) as session:
        share, shown = open_share(session, made.secret, NOW + 2 * DAY - 1)
        assert (share, shown) == (made.share, then)
        with pytest.raises(EndedLinkError, match="that time is over"):
            open_share(session, made.secret, NOW + 2 * DAY)
        for guess in ("", made.secret[:-1], "\udfff"):
            with pytest.raises(UnknownLinkError):
                open_share(session, guess, NOW)
        kept = snapshots.all_of(session, "tv-entry", kind="share")
        assert [each.id for each in kept] == [made.share.snapshot_id, other.share.snapshot_id]
        stored = session.execute(text("select secret_hash from share")).scalars().all()
    assert made.secret not in stored
    with writing(engine) as session:
        ended = revoke_share(session, EDITOR, NOW + 5, "tv-entry", other.share.id)
        assert revoke_share(session, EDITOR, NOW + 6, "tv-entry", other.share.id) == ended
        with pytest.raises(EndedLinkError, match="withdrawn"):
            open_share(session, other.secret, NOW + 6)
        assert open_share(session, made.secret, NOW + 6)[0].label == "Agency"
        assert shares_of(session, "tv-entry") == (ended, made.share)
        assert [deed.action for deed in audit.history(session, noun="share")] == ["revoke", "create", "create"]
    assert ended.revoked_at == NOW + 5


def test_who_may_share_what(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        seed(session)
        test = running(session)
        with pytest.raises(ConflictError, match="no report to share"):
            share_report(session, EDITOR, NOW, "tv-entry")
        live(session, test, 4_000, {})
        with pytest.raises(ForbiddenError):
            share_report(session, VIEWER, NOW, "tv-entry")
        for days in (0, 366):
            with pytest.raises(DomainError, match=f"share.days == {days}"):
                share_report(session, EDITOR, NOW, "tv-entry", days=days)
        made = share_report(session, EDITOR, NOW, "tv-entry")
        with pytest.raises(ForbiddenError):
            revoke_share(session, VIEWER, NOW, "tv-entry", made.share.id)
        with pytest.raises(NotFoundError):
            revoke_share(session, EDITOR, NOW, "tv-entry", made.share.id + 1)
