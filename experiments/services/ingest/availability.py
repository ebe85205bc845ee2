"""A database that cannot answer now is no fault of the sender: it may try again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class UnavailableError(Exception):
    """Nothing was stored; the same request may be sent again later.

    Args:
        why: for the log.
        retry_seconds: how long the sender should wait.
    """

    def __init__(self, why: str, *, retry_seconds: int = 5) -> None:
        super().__init__(why)
        self.retry_seconds = retry_seconds


@contextmanager
def answering() -> Iterator[None]:
    """Turn a locked, full or absent database into UnavailableError."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise UnavailableError(type(error).__name__) from error
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise UnavailableError(type(error).__name__) from error
