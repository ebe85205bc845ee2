"""Ask for a report to be computed anew now, and see how far it is: nothing is computed inside a web request."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from experiments.domain.access import Right
from experiments.domain.errors import ConflictError
from experiments.services.actor import Actor
from experiments.services.clock import now_us, to_iso
from experiments.services.experiments import by_key
from experiments.services.refresh import STEPS, is_computed, refresh
from experiments.services.steps import is_down
from experiments.store import progress as store
from experiments.store.engines import reading, writing
from experiments.store.progress import Progress

__all__ = ["Progress", "ask", "describe", "progress", "serve", "settle", "usual_seconds"]

_log = logging.getLogger(__name__)
PREFIX = "report/"
#: How long the report of a test took when it was last asked for, in ms.
TOOK = "report-took/"


def ask(session: Session, actor: Actor, now: int, key: str) -> Progress:
    """Ask the worker to compute the report of a test now; it starts within seconds, and asking twice is asking once.

    Raises:
        NotFoundError: there is no such test.
        ConflictError: its report is not computed here any more, or not yet.
    """
    actor.require(Right.EDIT)
    if not is_computed(session, by_key(session, key)):
        message = f"status of {key} does not let its report change: it has not begun, is final, or came from elsewhere."
        raise ConflictError(message, "status", code="not_computed")
    known = store.find(session, PREFIX + key)
    if known is None or not known.is_open:
        store.put(session, PREFIX + key, store.ASKED, now, total=len(STEPS))
    return store.find(session, PREFIX + key) or Progress(0, len(STEPS), store.ASKED, "", now)


def progress(session: Session, key: str) -> Progress | None:
    """How far it is; None where nobody ever asked."""
    return store.find(session, PREFIX + key)


def usual_seconds(session: Session, key: str) -> float | None:
    """How long it took when it was last asked for; None where it never was."""
    found = store.find(session, TOOK + key)
    return None if found is None else found.done / 1000


def describe(found: Progress | None, usual: float | None = None) -> dict[str, object]:
    """JSON-ready form; `usual` is what `usual_seconds` says."""
    if found is None:
        told: dict[str, object] = {"state": "never_asked", "step": "", "done": 0, "total": len(STEPS), "at": None}
        return told | {"usual_seconds": usual}
    told = {"state": found.state, "step": found.message, "done": found.done, "total": found.total}
    return told | {"at": to_iso(found.at), "usual_seconds": usual}


def serve(engine: Engine, now: int, zone: ZoneInfo, folder: Path | None = None) -> int:
    """Compute what was asked for, one report after the other; how many."""
    with reading(engine) as session:
        names = store.unfinished(session, PREFIX)
    for name in names:
        _compute(engine, name, now, zone, folder)
    return len(names)


def _compute(engine: Engine, name: str, now: int, zone: ZoneInfo, folder: Path | None) -> None:
    def say(state: str, done: int, message: str = "") -> None:
        with writing(engine) as session:
            store.put(session, name, state, begun, done=done, total=len(STEPS), message=message)

    begun = now_us()
    try:
        say(store.WORKING, 0, STEPS[0])
        refresh(
            engine,
            name.removeprefix(PREFIX),
            now,
            zone,
            folder,
            on_step=lambda done: say(store.WORKING, done, STEPS[min(done, len(STEPS) - 1)]),
        )
        say(store.DONE, len(STEPS))
        with writing(engine) as session:
            took = (now_us() - begun) // 1000
            store.put(session, TOOK + name.removeprefix(PREFIX), store.DONE, begun, done=took, total=took)
    except Exception as error:  # whatever one report trips over, the worker goes on
        if is_down(error):
            raise  # the report stays asked for
        _log.exception("The report of %s could not be computed", name.removeprefix(PREFIX))
        say(store.FAILED, 0)


def settle(engine: Engine, now: int, computed: Iterable[str], failed: Iterable[str]) -> None:
    """Have the pages of tests say that their report could not be computed, until it could."""
    broken = set(failed)
    with reading(engine) as session:
        known = {key: store.find(session, PREFIX + key) for key in {*computed, *broken}}
    for key, found in known.items():
        wanted = store.FAILED if key in broken else store.DONE
        was = store.DONE if found is None else found.state
        if was != wanted and (found is None or not found.is_open):
            with writing(engine) as session:
                store.put(session, PREFIX + key, wanted, now, total=len(STEPS))
