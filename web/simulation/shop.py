"""The simulated shop: its pages speak with a client key, its back office with a server key, both through the SDK."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from experiments.domain.errors import DomainError
from netlift import Client
from web.simulation.eligible import Profile
from web.simulation.habits import Purchase
from web.simulation.installation import LiveTest

READY_SECONDS, FLUSH_SECONDS = 15.0, 120.0
#: Beyond so many waiting events the shop waits too, so that the SDK never has to drop one.
MOST_WAITING, MAX_QUEUE, BATCH = 4_000, 20_000, 400
COUNTS = ("sent", "rejected", "dropped", "refused", "queued", "retries")


@dataclass(frozen=True, slots=True)
class Shopper:
    """One simulated customer and the browser they use."""

    visitor: str
    customer: str
    profile: Profile


class Shop:
    """Serves simulated customers; a context that ends when the server has got everything.

    Args:
        clock: when events happen, in a replay; None = now.
    """

    def __init__(
        self, host: str, client_key: str, server_key: str, clock: Callable[[], datetime] | None = None
    ) -> None:
        options: dict[str, Any] = {"max_queue": MAX_QUEUE, "batch_size": BATCH, "clock": clock}
        self._pages = Client(client_key, host, **options)
        self._office = Client(server_key, host, **options)
        self.shown: Counter[tuple[str, str]] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.totals: Counter[str] = Counter()

    def open(self) -> None:
        """Wait for the published config.

        Raises:
            DomainError: it did not come (`unreachable`): a wrong key or host.
        """
        for client, key in ((self._pages, "client key"), (self._office, "server key")):
            if not client.wait_ready(READY_SECONDS):
                message = f"The config did not come with this {key}; check the key and the host."
                raise DomainError("unreachable", message, key.replace(" ", "_"))

    def welcome(self, shopper: Shopper) -> None:
        """The back office says who this is and what they hold."""
        holds = [product.key for product in shopper.profile.holds]
        self._office.identify(shopper.customer, anonymous_id=shopper.visitor, holdings=holds)

    def settle(self) -> None:
        """Wait until the back office's word has arrived."""
        self._office.flush(FLUSH_SECONDS)

    def visit(self, test: LiveTest, shopper: Shopper) -> str | None:
        """Show the variant; returns its key, None where the customer is not in the test.

        A test whose audience needs private facts is asked by the back office, any other by the page itself.
        """
        client = self._office if test.remote else self._pages
        client.page("/shop", anonymous_id=shopper.visitor, user_id=shopper.customer)
        result = client.decide(
            test.key,
            attributes=shopper.profile.attributes,
            anonymous_id=shopper.visitor,
            user_id=shopper.customer,
        )
        self.reasons[test.key, result.reason] += 1
        if not result.exposure or result.variant is None:
            return None
        self.shown[test.key, result.variant] += 1
        return result.variant

    def pass_by(self) -> None:
        """Somebody sees a page and meets no test."""
        self._pages.page("/shop", anonymous_id="sim-v-passer-by")

    def sell(self, shopper: Shopper, purchase: Purchase, order_id: str, at: datetime | None = None) -> None:
        """The back office records an order; on the phone and in a store nobody knows the browser."""
        online = purchase.channel in ("web", "app")
        self._office.order(
            order_id,
            [{"product_id": purchase.product.key, "price": purchase.product.price}],
            channel=purchase.channel,
            anonymous_id=shopper.visitor if online else None,
            user_id=shopper.customer,
            timestamp=at,
        )

    def keep_pace(self) -> None:
        """Wait while the server is behind."""
        for client in (self._pages, self._office):
            while client.stats()["queued"] > MOST_WAITING:
                time.sleep(0.02)

    def flush(self) -> bool:
        """Send everything; whether it was settled in time."""
        settled = [client.flush(FLUSH_SECONDS) for client in (self._pages, self._office)]
        return all(settled)

    def close(self) -> None:
        """Send everything and stop; `totals` are the SDK's counts from then on."""
        for client in (self._pages, self._office):
            client.close(FLUSH_SECONDS)
            stats = client.stats()
            self.totals.update({name: stats[name] for name in COUNTS})

    def __enter__(self) -> Shop:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
