"""What only the console of the server may do for a replay: it changes when things are said to have happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from experiments.domain.errors import DomainError
from web.cli.context import console_actor, now, open_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from experiments.config import Settings
    from web.simulation.shop import Shopper

#: Customers are known so long before the launch.
BEFORE = timedelta(hours=1)


class ReplayConsole:
    """The database of the server that the replay is sent to.

    Raises:
        DomainError: `other_server`, this database does not know the key.
    """

    def __init__(self, settings: Settings, server_key: str) -> None:
        from experiments.services.access import find_key
        from experiments.services.sessions import reading

        self._settings, self._engine = settings, open_engine(settings)
        with reading(self._engine) as session:
            known = find_key(session, server_key)
        if known is None:
            message = "This database does not know the server key: a replay is started on the machine of the server."
            raise DomainError("other_server", message, "server_key")

    def backdate(self, key: str, launch: datetime) -> None:
        """Move the launch of an untouched test back."""
        from experiments.services.demo.backdate import backdate
        from experiments.services.project import run_all
        from experiments.services.sessions import writing

        run_all(self._engine, now())  # an exposure that waits to be projected counts too
        with writing(self._engine) as session:
            backdate(session, console_actor(), now(), key, _micros(launch))

    def acquaint(self, launch: datetime, shoppers: Iterable[Shopper]) -> None:
        """Tell who the customers are and what they hold, as of before the launch."""
        from experiments.services.demo.backdate import acquaint

        known = launch - BEFORE
        acquaint(self._engine, self._settings, [_statement(one, known) for one in shoppers], _micros(known))

    def complete(self) -> None:
        """Everything has been delivered; it is projected first, so that no look misses a part of it."""
        from experiments.services.demo.backdate import complete
        from experiments.services.project import run_all
        from experiments.services.sessions import writing

        run_all(self._engine, now())
        with writing(self._engine) as session:
            complete(session, console_actor(), now())

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _statement(shopper: Shopper, at: datetime) -> dict[str, object]:
    return {
        "type": "identify",
        "anonymousId": shopper.visitor,
        "userId": shopper.customer,
        "traits": {"holdings": [product.key for product in shopper.profile.holds]},
        "messageId": f"known-{shopper.customer}",
        "timestamp": at.isoformat(),
    }


def _micros(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
