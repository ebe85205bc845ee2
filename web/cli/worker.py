"""`netlift worker`: project events and refresh reports until told to stop."""

from __future__ import annotations

import logging
import os
import socket
from typing import TYPE_CHECKING

import click

from web.cli.context import load_settings, now, open_engine
from web.cli.stopping import Stop

if TYPE_CHECKING:
    from experiments.services.work import Tick, Worker

_log = logging.getLogger("worker")
PAUSE_SECONDS = 1.0
#: After an error the pause doubles up to this, so that a database that is down is not hammered.
LONGEST_PAUSE_SECONDS = 30.0


@click.command()
@click.option("--once", is_flag=True, help="Do one round and end; for cron and tests.")
def worker(once: bool) -> None:
    """Run the worker: it turns events into facts, refreshes reports and takes the planned looks.

    \b
    Example:
      netlift worker
    """
    from experiments.services.work import Worker
    from web import logs

    settings = load_settings()
    logs.configure(settings)
    engine = open_engine(settings)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    runner = Worker(engine, settings, holder)
    try:
        if once:
            _say(runner.tick(now()))
            return
        _loop(runner)
    finally:
        runner.close()
        engine.dispose()


def _loop(runner: Worker) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from experiments.services.steps import words_of

    stop = Stop()
    parent, pause = os.getppid(), PAUSE_SECONDS
    while not stop.wait(pause):
        if os.getppid() != parent:
            return  # the supervisor was killed: a worker without it would compete with its successor's
        try:
            _say(runner.tick(now()))
            pause = PAUSE_SECONDS
        except SQLAlchemyError as error:
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            told = {"error": words_of(error), "next_try_seconds": round(pause)}
            _log.warning("the database cannot do its work", extra=told)


def _say(tick: Tick) -> None:
    looks = [f"{item.experiment} look {item.look}" for item in tick.refreshed if item.look is not None]
    if tick.events or looks:
        told = {"events": tick.events, "reports": len(tick.refreshed), "looks": ", ".join(looks)}
        _log.info("round", extra=told)
