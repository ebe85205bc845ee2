"""Send waiting events in batches, and try again where that may help."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from netlift import __version__
from netlift.backoff import Backoff, retry_after
from netlift.events import LARGEST_BATCH, make_batch
from netlift.notices import Notices
from netlift.options import Options
from netlift.outbox import Outbox, Waiting
from netlift.tally import Tally
from netlift.transport import Failure, Reply, Transport
from netlift.troubles import failure, refusal

PATH = "/v1/batch"
_TOO_LARGE = 413
_TROUBLE = "sending events"


class Sender:
    """Takes turns on one background thread; `hurry` and `report_now` may be called from any other.

    `patience` is the timeout of the next requests, and `stopping` ends the current turn after its request.

    A request that failed on the network, with 429 or with 5xx is repeated after a growing pause, or after the time
    the server asks for. Any other refusal is final: the same events would be refused again. Repeats are safe because
    each event keeps its `messageId`.
    """

    def __init__(self, options: Options, outbox: Outbox, tally: Tally, notices: Notices) -> None:
        self._options = options
        self._outbox = outbox
        self._tally = tally
        self._notices = notices
        self._transport = Transport(options.host)
        self._backoff = Backoff(options.retry_interval)
        self._most = options.batch_size
        self._not_before = 0.0
        self._asked_to_wait = False
        self._last_report = time.monotonic()
        self.patience = options.send_timeout
        self.stopping = False
        self.sent = 0
        self.rejected = 0
        self.retries = 0

    def turn(self) -> float:
        """Send all that waits; returns the seconds until the next turn."""
        pause = self._not_before - time.monotonic()
        if pause > 0:
            return pause
        while not self.stopping:
            batch = self._outbox.first(self._most, LARGEST_BATCH)
            report_due = time.monotonic() - self._last_report >= self._options.report_interval
            if not batch and not report_due:
                break
            pause = self._send(batch, report_due)
            if pause > 0:
                return pause
        return self._options.flush_interval

    def hurry(self) -> None:
        """Cut short a pause of our own; one that the server asked for is kept."""
        if not self._asked_to_wait:
            self._not_before = 0.0

    def report_now(self) -> None:
        """Send the counts of reasons with the next turn."""
        self._last_report = -self._options.report_interval

    def finish(self) -> None:
        """Take a last turn, for what came during the one before, and close the connection."""
        self.report_now()
        try:
            self.turn()
        finally:
            self._transport.close()

    def abandon(self) -> None:
        """Let go of the parent's connection in a forked process."""
        self._transport.abandon()

    def _send(self, batch: list[Waiting], report_due: bool) -> float:
        """Send one batch; returns the seconds to pause before it is tried again, 0 where it is done with."""
        counts, evaluations = self._tally.untold() if report_due else (None, {})
        if not batch and not evaluations:
            self._last_report = time.monotonic()
            return 0.0
        try:
            reply = self._post(make_batch((waiting.event for waiting in batch), evaluations))
        except Failure as error:
            return self._pause(failure(error), None)
        if reply.status == 429 or reply.status >= 500:
            return self._pause(refusal(reply), retry_after(reply.headers))
        self._recovered()
        if reply.status == _TOO_LARGE and len(batch) > 1:
            self._most = len(batch) // 2
            return 0.0
        if counts is not None:
            self._tally.told(counts)
            self._last_report = time.monotonic()
        self._settle(batch, reply)
        return 0.0

    def _post(self, body: bytes) -> Reply:
        login = b64encode(f"{self._options.key}:".encode()).decode()
        headers = {
            "Authorization": f"Basic {login}",
            "Content-Type": "application/json",
            "User-Agent": f"netlift-python/{__version__}",
        }
        return self._transport.request("POST", PATH, headers, body, timeout=self.patience)

    def _pause(self, trouble: str, asked: float | None) -> float:
        self.retries += 1
        self._notices.once(_TROUBLE, "Netlift: sending events to %s failed: %s.", self._options.host, trouble)
        pause = self._backoff.failed()
        self._asked_to_wait = asked is not None
        pause = pause if asked is None else max(pause, asked)
        self._not_before = time.monotonic() + pause
        return pause

    def _recovered(self) -> None:
        self._backoff.succeeded()
        self._not_before = 0.0
        self._notices.settled(_TROUBLE)

    def _settle(self, batch: list[Waiting], reply: Reply) -> None:
        """Done with these events, whether the server took them or never will."""
        if not batch:
            return
        count = self._outbox.settle(batch[-1].number)
        self._most = min(self._most * 2, self._options.batch_size)
        if 200 <= reply.status < 300:
            refused = min(self._note_refused(reply.body), count)
        else:
            refused = count
            self._notices.once(
                f"status {reply.status}", "Netlift: %s refused events, %s.", self._options.host, refusal(reply)
            )
        self.rejected += refused
        self.sent += count - refused

    def _note_refused(self, body: bytes) -> int:
        """How many events of an accepted batch the server did not take; the reasons go to the log, each once."""
        refused = _refused(body)
        for item in refused:
            reason = f"{item.get('field')}: {item.get('reason')}" if isinstance(item, Mapping) else str(item)
            self._notices.once(f"refused {reason}", "Netlift: the server refused an event: %s.", reason)
        return len(refused)


def _refused(body: bytes) -> list[Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return []
    refused = answer.get("rejected") if isinstance(answer, Mapping) else None
    return refused if isinstance(refused, list) else []
