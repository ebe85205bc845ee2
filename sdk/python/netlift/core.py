"""What all parts of a client share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netlift.notices import Notices
from netlift.options import read_options
from netlift.runtime import Runtime


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

    def _running(self) -> Runtime:
        """The moving parts, started where a fork left them to be started on first use."""
        runtime = self._runtime
        if not runtime.started:
            runtime.start()
        return runtime
