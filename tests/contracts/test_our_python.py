"""Our own Python SDK against the real server: private facts, signatures, exposures, and the report they end in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from sqlalchemy import Engine, select

from experiments.services import project
from experiments.services.analyse import report_for
from experiments.services.clock import now_us
from experiments.services.sessions import reading
from experiments.store.tables import ExposureRow, LinkRow
from netlift import Client, sign_identity
from netlift.__main__ import main as check_connection
from netlift.openfeature import NetliftProvider
from tests.contracts.conftest import Server

SHOPPERS = 12


@pytest.fixture
def shop(server: Server) -> Iterator[Client]:
    """The SDK with a client key, as a page's own backend could use it."""
    client = Client(server.page_key, server.url, timeout=20)
    assert client.wait_ready(20)
    yield client
    client.close()


@pytest.fixture
def office(server: Server) -> Iterator[Client]:
    client = Client(server.server_key, server.url, timeout=20)
    assert client.wait_ready(20)
    yield client
    client.close()


def test_the_check_of_a_connection_says_what_the_server_says(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, code in ((server.page_key, 0), (server.server_key, 0), ("pk_live_wrong", 1), ("sk_live_wrong", 1)):
        assert check_connection(["--host", server.url, "--key", key]) == code
        told = capsys.readouterr().out
        assert told.count("the server knows no such key") == 2 * code
    assert check_connection(["--host", f"{server.url}/setup", "--key", server.page_key]) == 1
    assert "no Netlift server answers there" in capsys.readouterr().out


def signed(server: Server, customer: str) -> dict[str, Any]:
    return sign_identity(server.secret, customer)


def projected(engine: Engine, *clients: Client) -> None:
    assert all(client.flush(20) for client in clients)
    project.run_all(engine, now_us())


def test_a_signed_customer_is_decided_exposed_and_later_kept_from_the_offer(
    server: Server, contract_engine: Engine, shop: Client, office: Client
) -> None:
    shown: dict[str, str | None] = {}
    for number in range(SHOPPERS):
        visitor, customer = f"shopper-{number}", f"shopper of {number}"
        identity = signed(server, customer)
        result = shop.remote(anonymous_id=visitor, user_id=customer, identity=identity).decide("private")
        assert (result.reason, result.exposure, result.suppressed) == ("SPLIT", True, False)
        shown[visitor] = result.variant
    assert set(shown.values()) == {"control", "entry"}
    unsigned = shop.remote(anonymous_id="shopper-0", user_id="shopper of 0").decide("private")
    assert (unsigned.reason, unsigned.variant, unsigned.exposure) == ("REMOTE", "control", False)
    by_office = office.remote(anonymous_id="shopper-0", user_id="shopper of 0").peek("private")
    assert (by_office.reason, by_office.variant) == ("SPLIT", shown["shopper-0"])
    projected(contract_engine, shop)

    for number in range(SHOPPERS):
        office.track("Contact Handled", user_id=f"shopper of {number}", properties={"severity": "serious"})
    projected(contract_engine, office)
    for number in range(SHOPPERS):
        visitor, customer = f"shopper-{number}", f"shopper of {number}"
        identity = signed(server, customer)
        result = shop.remote(anonymous_id=visitor, user_id=customer, identity=identity).decide("private")
        assert (result.reason, result.variant, result.suppressed) == ("SPLIT", "control", True)
    projected(contract_engine, shop)
    with reading(contract_engine) as session:
        report = report_for(session, "private", now=now_us())
    exposed = {variant.key: variant.exposed for variant in report.variants}
    assert exposed == {key: list(shown.values()).count(key) for key in ("control", "entry")}
    assert report.quality.suppressed == exposed


def test_a_signed_link_of_a_page_is_verified(server: Server, contract_engine: Engine, shop: Client) -> None:
    shop.identify("linked-1", anonymous_id="linking-visitor-1", identity=signed(server, "linked-1"))
    shop.identify("linked-2", anonymous_id="linking-visitor-2")
    shop.identify("linked-3", anonymous_id="linking-visitor-3", identity=signed(server, "somebody else"))
    with reading(contract_engine) as session:
        before = {(row.visitor, row.customer) for row in session.execute(select(LinkRow.visitor, LinkRow.customer))}
    projected(contract_engine, shop)
    with reading(contract_engine) as session:
        links = session.execute(select(LinkRow.visitor, LinkRow.customer, LinkRow.verified)).all()
    new = [row.verified for row in links if (row.visitor, row.customer) not in before]
    assert sorted(new) == [False, False, True]


def test_the_provider_for_openfeature_exposes_what_the_server_split(
    server: Server, contract_engine: Engine, office: Client
) -> None:
    api.set_provider(NetliftProvider(office), "ours")
    client = api.get_client("ours")
    answers = [
        client.get_string_details("words", "default", EvaluationContext(f"flagged-{number}")) for number in range(8)
    ]
    client.get_string_details("paused", "default", EvaluationContext("flagged-0"))
    before = exposures(contract_engine)
    projected(contract_engine, office)
    after = exposures(contract_engine)
    assert len(after) - len(before) == len(answers)
    drawn = sorted(0 if answer.variant == "control" else 1 for answer in answers)
    assert sorted(variant for seq, variant in after.items() if seq not in before) == drawn


def exposures(engine: Engine) -> dict[int, int]:
    """Variant codes of all exposures by their number."""
    with reading(engine) as session:
        return {row.seq: row.variant for row in session.execute(select(ExposureRow.seq, ExposureRow.variant))}
