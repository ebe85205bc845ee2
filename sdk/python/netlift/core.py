"""What all parts of a client share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from netlift.notices import Notices
from netlift.runtime import Runtime
from netlift.settings import read_options


class Core:
    """Settings, log and the moving parts of this process."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._notices = Notices()
        self._options = read_options(settings, self._notices)
        self._runtime = Runtime(self._options, self._notices)

    def after_fork(self) -> None:
        """Start afresh in a forked process; called by itself after every fork."""
        parent = self._runtime
        self._runtime = Runtime(self._options, self._notices, parent)
        parent.abandon()

    def _moment(self) -> datetime | None:
        """When an event happens that states no time of its own; None = the moment it is written.

        A clock that fails costs the event its place in time and nothing else.
        """
        clock = self._options.clock
        if clock is None:
            return None
        try:
            moment: object = clock()
        except Exception as error:
            self._notices.once("clock", "Netlift: the clock failed: %s. The real time is used.", error)
            return None
        if isinstance(moment, datetime):
            return moment
        self._notices.once("clock", "Netlift: clock() == %r, must be a datetime. The real time is used.", moment)
        return None

    def _running(self) -> Runtime:
        """The moving parts, started where a fork left them to be started on first use."""
        runtime = self._runtime
        if not runtime.started:
            runtime.start()
        return runtime
