"""What happens to clients when the process forks or ends."""

from __future__ import annotations

import atexit
import os
from typing import Protocol


class Living(Protocol):
    """A client, as far as the process cares."""

    def at_exit(self) -> None:
        """Send what waits and stop."""

    def after_fork(self) -> None:
        """Start afresh in a child process."""


_living: set[Living] = set()


def watch(client: Living) -> None:
    """Tell this client of forks, and close it when the process ends."""
    _living.add(client)


def unwatch(client: Living) -> None:
    """Forget this client."""
    _living.discard(client)


def _after_fork_in_child() -> None:
    for client in tuple(_living):
        client.after_fork()


def _at_exit() -> None:
    for client in tuple(_living):
        client.at_exit()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_after_fork_in_child)
