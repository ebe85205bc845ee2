"""The events a shop records beside exposures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from netlift import messages
from netlift.core import Core
from netlift.events import EventError
from netlift.options import CLIENT_KEY


class Recording(Core):
    """Queue events; they are sent in the background.

    `anonymous_id` is the visitor's id and `user_id` the customer's; give the one that is known, or both. Ids are text.
    `timestamp` is when it happened, now (by the client's `clock`) where it is left out; a datetime without a zone is
    taken as UTC. An event that cannot be sent as it is, without an id for instance, is refused: it goes to the log and
    is counted.
    """

    def track(
        self,
        event: str,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        properties: Mapping[str, Any] | None = None,
        timestamp: datetime | str | None = None,
    ) -> None:
        """Record that something happened, by its name."""
        about = {"anonymous_id": anonymous_id, "user_id": user_id, "timestamp": self._at(timestamp)}
        self._record(lambda: messages.track(event, properties, **about))

    def page(
        self,
        path: str,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        properties: Mapping[str, Any] | None = None,
        timestamp: datetime | str | None = None,
    ) -> None:
        """Record that a page was seen, by its path."""
        about = {"anonymous_id": anonymous_id, "user_id": user_id, "timestamp": self._at(timestamp)}
        self._record(lambda: messages.page(path, properties, **about))

    def identify(
        self,
        user_id: str,
        traits: Mapping[str, Any] | None = None,
        anonymous_id: str | None = None,
        *,
        holdings: Iterable[Any] | None = None,
        identity: Mapping[str, Any] | None = None,
        timestamp: datetime | str | None = None,
    ) -> None:
        """Record what is known of a customer, and that the visitor `anonymous_id` is this customer.

        `identity` is what `sign_identity` made, which a client key needs and a server key does not. `holdings` are the
        products the customer has: keys, or objects with `product` and `since`. An empty list says that there are none;
        None says nothing.
        """
        about = {"anonymous_id": anonymous_id, "identity": identity, "timestamp": self._at(timestamp)}
        if holdings is not None and self._options.key.startswith(CLIENT_KEY):
            self._notices.once("holdings", "Netlift: holdings from a client key are not believed, use a server key.")
        self._record(lambda: messages.identify(user_id, traits, holdings, **about))

    def order(
        self,
        order_id: str,
        products: Iterable[Mapping[str, Any]],
        *,
        channel: str,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        currency: str | None = None,
        properties: Mapping[str, Any] | None = None,
        timestamp: datetime | str | None = None,
    ) -> None:
        """Record a completed order.

        Each product is an object with `product_id`, `quantity` (1 where it is left out), `price` per month in major
        units of the currency, and `discount` per month where there is one.
        """
        about = {"anonymous_id": anonymous_id, "user_id": user_id, "timestamp": self._at(timestamp)}
        self._record(lambda: messages.order(order_id, products, channel, currency, properties, **about))

    def _at(self, timestamp: datetime | str | None) -> datetime | str | None:
        return self._moment() if timestamp is None else timestamp

    def _record(self, make: Callable[[], bytes]) -> None:
        """Make and queue an event; one that cannot be made is refused with a word in the log."""
        try:
            self._running().put(make())
        except EventError as error:
            self._runtime.refuse()
            self._notices.once(f"refused {error.topic}", "Netlift: an event was refused: %s", error)
        except Exception as error:
            self._runtime.refuse()
            self._notices.once(f"refused {type(error).__name__}", "Netlift: an event was refused.", trace=True)
