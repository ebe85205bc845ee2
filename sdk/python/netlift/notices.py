"""Say a thing once: a shop's log must not fill up with the same warning at every page view."""

from __future__ import annotations

import logging

logger = logging.getLogger("netlift")

# A topic may carry the name of an exception or a field; this bounds what a strange caller can make us remember.
_MOST_TOPICS = 200


class Notices:
    """Warnings to the log named `netlift`, each topic once until it is settled."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}

    def once(self, topic: str, message: str, *arguments: object, trace: bool = False) -> None:
        """Warn unless the topic was warned of before; `trace` adds the traceback of the current exception."""
        if topic in self._said or len(self._said) >= _MOST_TOPICS:
            return
        self._said[topic] = None
        logger.warning(message, *arguments, exc_info=trace)

    def settled(self, topic: str) -> None:
        """The trouble is over: say so if it was warned of, and warn again the next time."""
        if topic in self._said:
            self._said.pop(topic, None)
            logger.info("%s: works again.", topic)
