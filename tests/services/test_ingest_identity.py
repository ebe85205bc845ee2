"""A browser's word of who its customer is counts where the shop signed it, and only then."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from experiments.domain.environment import Environment
from experiments.domain.identity import sign
from experiments.domain.key import KeyKind
from experiments.domain.source import SourceKind
from experiments.services import access, ingest, project
from experiments.services.sessions import writing
from experiments.store.engines import reading
from experiments.store.tables import EventRow, HoldingRow, LinkRow, QuarantineRow
from tests.scenes import ADMIN, NOW

KEY = b"for tests"
SIGNED = {"expiry": NOW // 1_000_000 + 600, "signature": "good"}
WHO = {"anonymousId": "visitor-12345", "userId": "customer-12345"}


def check(user_id: str, identity: Any) -> bool:
    """A stand-in for the secrets, which tests/domain/test_identity.py holds to their rules."""
    return user_id == "customer-12345" and identity == SIGNED


def accept(engine: Engine, *items: dict[str, Any], kind: KeyKind = KeyKind.CLIENT, now: int = NOW) -> Any:
    with writing(engine) as session:
        made = access.create_key(session, ADMIN, NOW, kind, "A key", Environment.PRODUCTION)
    source = ingest.source_of(made.info)
    assert source.kind in SourceKind
    limits = ingest.Limits()
    return ingest.accept(engine, source, list(items), id_key=KEY, now=now, limits=limits, is_signed=check)


def bodies(engine: Engine) -> list[Any]:
    with reading(engine) as session:
        return [json.loads(body) for body in session.scalars(select(EventRow.body).order_by(EventRow.seq))]


def links(engine: Engine) -> list[bool]:
    project.run_all(engine, NOW)
    with reading(engine) as session:
        return list(session.scalars(select(LinkRow.verified)))


def identify(identity: Any, **more: Any) -> dict[str, Any]:
    return {"type": "identify", **WHO, "context": {"identity": identity, "library": {"name": "x"}}, **more}


def test_a_signed_link_is_verified_and_the_signature_is_not_kept(engine: Engine) -> None:
    accept(engine, identify(SIGNED))
    [body] = bodies(engine)
    assert body == {"context": {"library": {"name": "x"}}, "verified": True}
    assert links(engine) == [True]


@pytest.mark.parametrize("identity", [{"expiry": 1, "signature": "bad"}, "x", 5, [], {}])
def test_a_wrong_signature_leaves_the_link_unverified(engine: Engine, identity: Any) -> None:
    accept(engine, identify(identity))
    [body] = bodies(engine)
    assert body["verified"] is False
    assert links(engine) == [False]


def test_without_a_signature_nothing_is_said(engine: Engine) -> None:
    accept(engine, identify(None), {**identify(None), "context": None, "verified": True})
    assert all("verified" not in body for body in bodies(engine))
    assert links(engine) == [False]


def test_a_signature_beside_an_unusual_context_counts_too(engine: Engine) -> None:
    accept(engine, identify(SIGNED) | {"context": {"identity": SIGNED, "library": 5}})
    assert links(engine) == [True]


def test_a_signed_event_of_any_kind_links(engine: Engine) -> None:
    event = {"type": "track", "event": "Clicked", **WHO, "context": {"identity": SIGNED}}
    unsigned = {"type": "track", "event": "Clicked", "anonymousId": "visitor-67890", "userId": "customer-12345"}
    accept(engine, event, unsigned)
    assert links(engine) == [True]


def test_a_server_proves_nothing(engine: Engine) -> None:
    accept(engine, identify({"expiry": 1, "signature": "bad"}), kind=KeyKind.SERVER)
    assert "verified" not in bodies(engine)[0]
    assert links(engine) == [True]


def test_a_later_signature_mends_an_earlier_claim_and_is_not_undone(engine: Engine) -> None:
    accept(engine, identify(None))
    accept(engine, identify(SIGNED), now=NOW + 1)
    accept(engine, identify(None), now=NOW + 2)
    assert links(engine) == [True]


def test_holdings_from_a_browser_are_ignored_even_when_signed(engine: Engine) -> None:
    accept(engine, identify(SIGNED, traits={"holdings": [], "qualifies": True}))
    done = project.run_all(engine, NOW)
    assert done.ignored == {"untrusted_holdings": 1, "untrusted_qualification": 1}
    with reading(engine) as session:
        assert session.scalars(select(HoldingRow.customer)).all() == []


def test_a_refused_item_keeps_the_verdict_and_not_the_signature(engine: Engine) -> None:
    answer = accept(engine, identify(SIGNED, timestamp="2026-01-01T00:00:00Z"))
    assert [item.reason for item in answer.rejected] == ["too_old"]
    with reading(engine) as session:
        [kept] = session.scalars(select(QuarantineRow.body))
    assert "good" not in kept
    assert json.loads(kept)["item"]["verified"] is True
    assert ingest.replay(engine, now=NOW, limits=ingest.Limits(late_days=700)) == 1
    assert links(engine) == [True]


def test_the_real_secrets_over_http(engine: Engine, tmp_path: Any) -> None:
    from experiments.services.clock import now_us
    from tests.web.test_ingest import make_app, make_key

    app = make_app(engine, tmp_path)
    place = app.extensions["netlift"]
    with writing(engine) as session:
        made = access.create_identity_secret(session, ADMIN, NOW, Environment.PRODUCTION, place.vault)
    expiry = now_us() // 1_000_000 + 600
    signed = {"expiry": expiry, "signature": sign("customer-12345", expiry, made.secret.encode())}
    foreign = {**signed, "signature": "0" * 64}
    batch = [identify(signed, messageId="a"), identify(foreign, messageId="b", anonymousId="visitor-2")]
    answer = app.test_client().post("/v1/batch", json={"batch": batch, "writeKey": make_key(engine)})
    assert answer.json == {"accepted": 2, "duplicates": 0, "rejected": []}
    assert sorted(body["verified"] for body in bodies(engine)) == [False, True]
