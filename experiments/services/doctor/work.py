"""The worker, what waits for it, and settings that must fit together."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, and_, func, select

from experiments.config import Settings
from experiments.services.doctor.finding import Finding, fail, ok, warn
from experiments.services.given_settings import sentence, unknown_settings
from experiments.services.health import SILENCE, WORKER
from experiments.services.steps import failing
from experiments.store import events
from experiments.store.engines import POOL_SIZE, reading
from experiments.store.projection import cursor
from experiments.store.tables import LeaseRow, QuarantineRow

MINUTE = 60_000_000
LAG = 5 * MINUTE
TOO_LATE = 60 * MINUTE
DAY = 86_400_000_000
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


def names(_engine: Engine, _settings: Settings, _now: int) -> Iterator[Finding]:
    """No variable looks like a setting and is none: a mistyped one would leave its default in force."""
    strange = unknown_settings()
    for name, meant in strange.items():
        yield warn("settings", sentence(name, meant), "Mend the name, or take it out; docs/settings.md lists all.")
    if not strange:
        yield ok("settings", "Every NETLIFT_ variable is one.")


def worker(engine: Engine, _settings: Settings, now: int) -> Iterator[Finding]:
    """It has shown itself within a minute."""
    with reading(engine) as session:
        beat = session.scalar(select(LeaseRow.beat_at).where(LeaseRow.name == WORKER))
    if beat is None:
        yield fail("worker", "No worker has ever shown itself.", "Run `netlift worker`, or `netlift serve`.")
    elif now - beat > SILENCE:
        told = f"The worker was last seen {(now - beat) / MINUTE:.0f} minutes ago."
        yield fail("worker", told, "Run `netlift worker`, or look into its log.")
    else:
        yield ok("worker", f"Seen {max(now - beat, 0) / 1e6:.0f} s ago.")


def steps(engine: Engine, _settings: Settings, now: int) -> Iterator[Finding]:
    """Nothing that the worker does has failed for long."""
    with reading(engine) as session:
        fails = failing(session)
    for told in fails:
        one = told.fault
        name = f"{told.title} ({one.item})" if one.item else told.title
        said = f"{name} has failed for {max(now - one.since, 0) / MINUTE:.0f} minutes: {one.error}"
        finding = fail if now - one.since > TOO_LATE else warn
        yield finding("steps", said, "It is tried again by itself; see /admin/worker and the log of the worker.")
    if not fails:
        yield ok("steps", "Nothing that the worker does fails.")


def projection(engine: Engine, _settings: Settings, now: int) -> Iterator[Finding]:
    """How old the oldest event is that has not become a fact."""
    with reading(engine) as session:
        connection = session.connection()
        waiting = events.unread(connection, cursor.position(connection), 1)
    age = now - waiting[0].received_at if waiting else 0
    told = f"The oldest event that is no fact yet waits {age / MINUTE:.0f} minutes." if waiting else "Nothing waits."
    if age > TOO_LATE:
        yield fail("projection", told, "Is the worker running, and does its log tell of errors?")
    elif age > LAG:
        yield warn("projection", told, "Watch it: a backlog after an import is normal, a growing one is not.")
    else:
        yield ok("projection", told)


def quarantine(engine: Engine, _settings: Settings, now: int) -> Iterator[Finding]:
    """Items that were refused and wait to be mended."""
    waits = and_(QuarantineRow.replayed_at.is_(None), QuarantineRow.discarded_at.is_(None))
    with reading(engine) as session:
        total = session.scalar(select(func.count()).select_from(QuarantineRow).where(waits)) or 0
        fresh = select(func.count()).select_from(QuarantineRow).where(waits, QuarantineRow.last_seen > now - DAY)
        today = session.scalar(fresh) or 0
        commonest = select(QuarantineRow.reason).where(waits).group_by(QuarantineRow.reason)
        reason = session.scalar(commonest.order_by(func.count().desc()).limit(1))
    if today:
        told = f"{total:,} items wait, {today:,} of them from today; most often {reason}."
        yield warn("quarantine", told, "Mend the catalogue or the sender, then replay them.")
    else:
        yield ok("quarantine", f"{total:,} items wait, none of them from today.")


def fitting(_engine: Engine, settings: Settings, _now: int) -> Iterator[Finding]:
    """Threads and connections, proxy and cookies."""
    threads, most = settings.web_threads, 2 * POOL_SIZE
    if threads > most:
        told = f"NETLIFT_WEB_THREADS == {threads}, a process has at most {most} connections to the database."
        yield warn("threads", told, f"Use at most {most} threads and more workers.")
    else:
        yield ok("threads", f"{settings.web_workers} processes of {threads} threads.")
    if settings.host not in LOCAL and not settings.behind_proxy:
        told = f"NETLIFT_HOST == {settings.host!r} is reachable from elsewhere without a proxy."
        yield warn("proxy", told, "Put a TLS proxy in front and set NETLIFT_BEHIND_PROXY=true.")
    elif settings.behind_proxy and not settings.secure_cookies:
        told = "Behind a proxy, but session cookies also go over plain HTTP."
        yield warn("cookies", told, "Set NETLIFT_SECURE_COOKIES=true once the proxy speaks HTTPS.")
    else:
        yield ok("proxy", "Proxy, host and cookies fit together.")
