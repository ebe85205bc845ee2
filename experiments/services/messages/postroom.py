"""What the worker does for messages: look out, write the digest, send; sending has a thread of its own.

A receiver that takes ten seconds to answer must not hold up the events of the shop.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from experiments.config import Settings
from experiments.services import lag
from experiments.services.access import vault
from experiments.services.clock import DAY, HOUR, MINUTE, now_us
from experiments.services.mail import postman
from experiments.services.messages.digest import digest_of, due_week
from experiments.services.messages.letters import digest_news
from experiments.services.messages.outbox import tell
from experiments.services.messages.sending import Means, send_due
from experiments.services.messages.watch import look_out, spread
from experiments.services.steps import Alone, together
from experiments.store.catalogue import messages as store
from experiments.store.engines import reading, writing

#: µs between two looks at what is due; where sending itself fails it doubles with each failure, up to the longest.
PAUSE, LONGEST_PAUSE = 5_000_000, 20 * MINUTE
#: µs of events that wait from which on a silence may be our own.
BEHIND = 2 * MINUTE
KEPT = 90 * DAY
#: µs for which a digest waits until every day is counted.
PATIENCE = HOUR


class Postroom:
    """Messages of one worker process."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings
        self._zone = ZoneInfo(settings.time_zone)
        self._means = Means(vault(settings.session_secret()), postman(settings), now_us)
        self._sender = ThreadPoolExecutor(1, "messages")
        self._sending: Future[int] | None = None
        self._sent_at, self._pause = 0, PAUSE
        self._digest = ""

    def look(self, now: int, alone: Alone = together) -> None:
        """Sound alarms, write down who is to hear of them, and the digest where it is due."""
        engine, url, by_mail = self._engine, self._settings.public_url, self._means.postman is not None
        if lag.of(engine, now).age < BEHIND:
            alone("look-out", lambda: look_out(engine, now, alone))
        alone("messages", lambda: spread(engine, now, public_url=url, by_mail=by_mail, alone=alone))
        alone("digest", lambda: self._write_digest(now))

    def send(self, now: int, alone: Alone = together) -> None:
        """Begin to send what is due, unless the thread is at it still."""
        if self._sending is not None:
            if not self._sending.done():
                return
            ended, self._sending = self._sending, None
            failed = alone("letters", ended.result) is None
            # beyond the pause of the step itself, so that what the next try brings is heard
            self._pause = min(max(2 * self._pause, MINUTE), LONGEST_PAUSE) if failed else PAUSE
        if 0 <= now - self._sent_at < self._pause:
            return
        self._sent_at = now
        self._sending = self._sender.submit(send_due, self._engine, self._means)

    def close(self) -> None:
        """Wait for the message that is on its way; the others wait for the next worker."""
        self._sender.shutdown(wait=True, cancel_futures=True)

    def _write_digest(self, now: int) -> None:
        due = due_week(now, self._zone)
        if due is None or due[0] == self._digest:
            return
        week, at = due
        company, digital = self._settings.company, self._settings.digital
        with reading(self._engine) as session:
            digest = digest_of(session, now, self._zone, week=week, digital=digital, company=company)
        if not digest.complete and now - at < PATIENCE:
            return
        news = digest_news(digest, at, self._settings.public_url)
        with writing(self._engine) as session:
            source = self._settings.public_url or "netlift"
            tell(session, now, news, source=source, by_mail=self._means.postman is not None)
            store.forget_before(session, now - KEPT)
        self._digest = week
