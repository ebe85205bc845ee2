"""The client of a shop's server: decide locally, log the exposure when the variant is read, never raise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent import futures
from typing import Any

from netlift.base import Base
from netlift.visit import Visit


class Client(Base):
    """One per process, made at its start and shared by all threads.

    It fetches the published config in the background and decides without a network call. No method raises: bad
    arguments and troubles go to the log named `netlift`, each once, and the caller gets the default. Before the first
    config arrives every variant is the default and nothing is an exposure; `wait_ready` waits for it.

    The settings are those of `netlift.options.Options`.
    """

    def wait_ready(self, timeout: float = 2.0) -> bool:
        """Wait for the first config, at most `timeout` seconds; whether it is there."""
        return self._wait(lambda: self._options.usable and self._running().source.wait(timeout))

    def flush(self, timeout: float = 5.0) -> bool:
        """Send what is queued, at most `timeout` seconds; whether all of it was settled."""
        return self._wait(lambda: self._running().flush(timeout))

    def remote(
        self,
        *,
        anonymous_id: str | None = None,
        user_id: str | None = None,
        identity: Mapping[str, Any] | None = None,
        attributes: Mapping[str, Any] | None = None,
        channel: str | None = None,
        experiments: Iterable[str] | None = None,
        consent: bool = True,
    ) -> Visit:
        """Ask the server once for a page view, where experiments need facts that only the server has.

        It waits for `timeout` at most, and not at all where no experiment needs it. Where no answer comes, those
        experiments show the control with reason REMOTE, and nothing is an exposure; after repeated failures the server
        is left alone for a while.

        Args:
            anonymous_id: the visitor's id.
            user_id: the customer's id.
            identity: what `sign_identity` made; a client key needs it, a server key does not.
            attributes: what is known of the unit; facts that the server keeps win.
            channel: where this is, such as `web`; the attribute `channel` where it is left out.
            experiments: which experiments to ask for; all that need it where it is left out.
            consent: False where the visitor has not agreed: the server is not asked.
        """
        visit = Visit(self, anonymous_id, user_id, attributes, identity, consent)
        future = self._ask(visit, channel, experiments)
        if future is not None:
            futures.wait([future], self._options.timeout)
        return self._answered(visit, future)

    def close(self, timeout: float | None = None) -> None:
        """Send what is queued, at most `timeout` seconds (`exit_timeout` where it is None), and stop.

        Called by itself when the process ends. Variants are still decided afterwards, with the last config, but
        nothing more is logged.
        """
        self._close(timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
