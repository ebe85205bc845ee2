"""`netlift demo`: seed the demo telecom and serve it."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING

import click

from web.cli.context import load_settings, now
from web.cli.progress import progress_bar

if TYPE_CHECKING:
    from experiments.config import Settings
    from experiments.services.demo.ensure import Ready

#: As `experiments.services.demo.seed.LEAST_DAYS`, known without importing it.
DAYS, MOST_DAYS = 60, 120


@click.command()
@click.option("--no-serve", is_flag=True, help="Seed only.")
@click.option(
    "--days", type=click.IntRange(DAYS, MOST_DAYS), default=DAYS, show_default=True, help="Days of traffic to tell."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on; NETLIFT_PORT by default.")
def demo(no_serve: bool, days: int, port: int | None) -> None:
    """Seed a telecom that does not exist, with seven tests, and serve it.

    The database lies in the folder var unless NETLIFT_DATA_DIR names another; a second start seeds nothing again.

    \b
    Example:
      netlift demo --port 8001
    """
    from experiments.services.demo.company import NAME
    from web.cli.serve import supervise

    settings = load_settings(company=NAME, **({} if port is None else {"port": port}))
    if not no_serve:
        _check_port(settings)
    click.echo(_described(settings, _ensure(settings, days)))
    if not no_serve:
        sys.exit(supervise(settings))


def _ensure(settings: Settings, days: int) -> Ready:
    """The demo that is there, else a new one, with a progress bar on standard error."""
    from experiments.services.demo.ensure import find_demo, make_demo

    ready = find_demo(settings, now())
    if ready is not None:
        click.echo("The demo is there already; nothing is seeded again.", err=True)
        return ready
    started = time.monotonic()
    with progress_bar(f"Telling {days} days") as report:
        ready = make_demo(settings, now(), days=days, on_progress=report)
    if ready.seeded is not None:
        told = f"{ready.seeded.events:,} events of {ready.seeded.customers:,} customers"
        click.echo(f"{told} in {time.monotonic() - started:.0f} s.", err=True)
    return ready


def _described(settings: Settings, ready: Ready) -> str:
    known = ready.credentials
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host  # noqa: S104
    return f"""
{settings.company}: a company that does not exist. Its figures are made up, its decisions are computed.

  Address     http://{host}:{settings.port}
  Sign in     {known.email}
  Password    {known.password}
  Client key  {known.client_key}
  Server key  {known.server_key}  (secret)

  Take the tour      http://{host}:{settings.port}/tour  (once around the wheel in eleven steps)

  tv-entry           a winner that takes nothing from up-sales, waiting for a decision
  tv-bundle-banner   a gain that is taken from up-sales
  order-button       a channel shift: sales moved to the web, none more
  checkout-hint      a broken split: no verdict
  app-offer          still running, first look taken
  call-offer         of the contact centre: shipped, with a holdback, its read-out and its return
  desk-streaming     of the contact centre: has begun, and contradicts what the app offers

  More traffic:      netlift simulate
  For a test of yours, after its launch:  netlift simulate KEY --weeks 8
"""


def _check_port(settings: Settings) -> None:
    """Say before a minute of seeding that the port is taken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            message = f"{settings.host}:{settings.port} cannot be used: {error.strerror}. Choose another --port."
            raise click.ClickException(message) from None
