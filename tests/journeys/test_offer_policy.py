"""The offer policy over chat, phone and web: a desk and a shop that ask one server, and what it counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine

from experiments.services import project
from experiments.services.clock import now_us
from experiments.services.sessions import writing
from netlift import Client, Result, sign_identity
from tests.scenes import running
from tests.served import Served, serving

PATIENCE = 20.0
KEY, OFFER = "tv-offer", "tv-bundle"
CHANNELS = ("chat", "phone", "web")
POLICY = {
    "not_with_open_issue": True, "not_refused_within_days": 90, "only_if_qualified": True, "most_offers_in_30_days": 2,
}  # fmt: skip
VARIANTS = [
    {"key": "control", "weight": 0.5, "payload": {"offer": OFFER, "text": "plain"}},
    {"key": "personal", "weight": 0.5, "payload": {"offer": OFFER, "text": "for you"}},
]


class Company:
    """A desk that serves chat and phone with a server key, and a web shop whose pages have a client key."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.desk = Client(served.server, served.address, timeout=10, flush_interval=0.05)
        self.pages = Client(served.page, served.address, timeout=10, flush_interval=0.05)
        assert self.desk.wait_ready(PATIENCE)
        assert self.pages.wait_ready(PATIENCE)

    def close(self) -> None:
        for client in (self.desk, self.pages):
            client.close(PATIENCE)
            for worker in client._runtime.workers:
                worker.join(PATIENCE)

    def qualifies(self, *customers: str) -> None:
        """The back office says who may have the offer."""
        for customer in customers:
            self.desk.identify(customer, {"qualifies": [OFFER]})

    def contact(self, customer: str, channel: str, **said: Any) -> None:
        """A contact as the desk tells it."""
        self.desk.track("Contact Handled", user_id=customer, properties={"channel": channel, **said})

    def arrived(self) -> None:
        """Everything told so far is known to the server."""
        assert self.desk.flush(PATIENCE)
        assert self.pages.flush(PATIENCE)
        project.run_all(self.served.engine, now_us())

    def ask(self, customer: str, channel: str) -> Result:
        """What the customer is shown in one channel."""
        if channel != "web":
            return self.desk.remote(user_id=customer, channel=channel).decide(KEY)
        identity = sign_identity(self.served.secret, customer)
        visitor = f"browser-of-{customer}"
        return self.pages.remote(anonymous_id=visitor, user_id=customer, identity=identity, channel="web").decide(KEY)

    def everywhere(self, customer: str) -> set[tuple[str, str | None, bool]]:
        """Reason, variant and suppression over all channels: one, where they agree."""
        found = [self.ask(customer, channel) for channel in CHANNELS]
        return {(each.reason, each.assigned or each.variant, each.suppressed) for each in found}

    def counts(self) -> dict[str, int]:
        """Units by reason, as the API tells them."""
        address = f"{self.served.address}/api/v1/experiments/{KEY}/evaluations"
        request = Request(address, headers={"Authorization": f"Bearer {self.served.server}"})
        with urlopen(request, timeout=PATIENCE) as answer:
            return {reason["reason"]: reason["count"] for reason in json.load(answer)["units"]}


@pytest.fixture
def company(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(engine, tmp_path) as served:
        with writing(engine) as session:
            running(session, KEY, unit="customer", variants=VARIANTS, audience={"policy": POLICY})
        with closing(Company(served)) as made:
            yield made


def test_what_one_channel_learns_holds_in_every_channel(company: Company) -> None:
    company.qualifies("free", "once", "angry", "calmed", "refuser", "other-refuser", "tired")
    company.contact("angry", "phone", severity="serious")
    company.contact("calmed", "phone", severity="serious")
    company.contact("calmed", "chat", resolved=True)
    company.contact("refuser", "chat", offer=OFFER, accepted=False)
    # Another offer refused is no refusal of this one; one offer is below the cap, two in two channels reach it.
    company.contact("other-refuser", "store", offer="film-pack", accepted=False)
    company.contact("once", "chat", offer="film-pack")
    company.contact("tired", "chat", offer="film-pack")
    company.contact("tired", "store", offer="phone-plan")
    company.arrived()
    for customer in ("free", "once", "calmed", "other-refuser"):
        [(reason, variant, suppressed)] = company.everywhere(customer)
        assert (reason, suppressed, variant in ("control", "personal")) == ("SPLIT", False, True)
    for customer in ("angry", "refuser", "stranger", "tired"):
        assert company.everywhere(customer) == {("AUDIENCE", "control", False)}
    # Three channels asked for each, and each is counted once.
    assert company.counts() == {
        "eligible": 4,
        "policy:open_issue": 1,
        "policy:refused_before": 1,
        "policy:not_qualified": 1,
        "policy:offer_cap": 1,
    }
    company.arrived()
    # The desk tells an exposure once for chat and phone, the web shop once of its own; who is kept out is not exposed.
    exposed = Counter(event.customer for event in company.served.events("Experiment Viewed"))
    assert list(exposed.values()) == [2] * 4


def test_what_is_learned_after_the_draw_hides_the_offer_in_every_channel_and_moves_nobody(company: Company) -> None:
    company.qualifies("angry", "refuser", "tired")
    company.arrived()
    before = {customer: company.everywhere(customer) for customer in ("angry", "refuser", "tired")}
    company.contact("angry", "chat", severity="critical")
    company.contact("refuser", "phone", offer=OFFER, accepted=False)
    for channel in ("chat", "phone"):
        company.contact("tired", channel, offer="film-pack")
    company.arrived()
    for customer, [(reason, variant, suppressed)] in before.items():
        assert (reason, suppressed) == ("SPLIT", False)
        assert company.everywhere(customer) == {("SPLIT", variant, True)}
    assert company.counts() == {"eligible": 3}
