"""The client for asyncio: the same decisions and events, and nothing that makes the event loop wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from netlift.base import Base
from netlift.visit import Visit


class AsyncClient(Base):
    """As `netlift.Client`, for programs that run an event loop.

    Deciding and recording happen in memory, so they are plain calls here too; `wait_ready`, `flush`, `close` and
    `remote` are awaited. It may be made before the loop runs, and be shared by several loops and threads. Where the
    policy `block` meets a full queue, an event recorded by the thread of a loop is dropped and counted instead.
    """

    async def wait_ready(self, timeout: float = 2.0) -> bool:
        """Wait for the first config, at most `timeout` seconds; whether it is there."""
        return await self._aside(lambda: self._options.usable and self._running().source.wait(timeout))

    async def flush(self, timeout: float = 5.0) -> bool:
        """Send what is queued, at most `timeout` seconds; whether all of it was settled."""
        return await self._aside(lambda: self._running().flush(timeout))

    async def close(self, timeout: float | None = None) -> None:
        """Send what is queued, at most `timeout` seconds (`exit_timeout` where it is None), and stop."""
        await asyncio.to_thread(self._close, timeout)

    async def remote(
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
        """Ask the server once for a page view, as `netlift.Client.remote` does."""
        visit = Visit(self, anonymous_id, user_id, attributes, identity, consent)
        future = self._ask(visit, channel, experiments)
        if future is not None:
            await asyncio.wait([asyncio.wrap_future(future)], timeout=self._options.timeout)
        return self._answered(visit, future)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _aside(self, work: Callable[[], bool]) -> bool:
        return await asyncio.to_thread(self._wait, work)
