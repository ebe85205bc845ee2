"""`netlift simulate`: send traffic through the SDK to a running server."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import click

from web.cli.context import load_settings

if TYPE_CHECKING:
    from experiments.config import Settings

VISITORS, RATE = 500, 20.0


@click.command()
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--host", help="Address of the server; NETLIFT_HOST and NETLIFT_PORT by default.")
@click.option("--client-key", help="Public key of the shop; the demo's by default.")
@click.option("--server-key", help="Secret key of the back office; the demo's by default.")
@click.option(
    "--visitors", type=click.IntRange(1, 200_000), help=f"Visitors per test; {VISITORS}, or what the plan needs."
)
@click.option(
    "--rate", type=click.FloatRange(0.1, 2_000), default=RATE, show_default=True, help="Visitors per second, live."
)
@click.option(
    "--lift", type=click.FloatRange(-1, 5), default=0.2, show_default=True, help="Change of cross-sales by a variant."
)
@click.option(
    "--up-sell-change", type=click.FloatRange(-1, 3), default=0.0, show_default=True, help="The same for up-sales."
)
@click.option("--weeks", type=click.IntRange(1), help="Tell so many weeks in a minute, in place of live traffic.")
@click.option("--seed", type=click.IntRange(0), help="The same seed brings the same visitors.")
def simulate(
    keys: tuple[str, ...],
    host: str | None,
    client_key: str | None,
    server_key: str | None,
    visitors: int | None,
    rate: float,
    lift: float,
    up_sell_change: float,
    weeks: int | None,
    seed: int | None,
) -> None:
    """Send simulated visitors to the running tests, or to those named, through the SDK.

    With --weeks a test that was just launched is told to have begun so many weeks ago, on the machine of the server
    only; its visitors and their orders follow within a minute, and the worker takes the look that is due.

    \b
    Example:
      netlift simulate --visitors 300
      netlift simulate my-test --weeks 8 --lift 0.2
    """
    from web.cli.simulate_runs import Request, live, replay
    from web.simulation.habits import Habits

    if weeks is not None and len(keys) != 1:
        raise click.UsageError("--weeks needs the KEY of one test that was just launched.")
    settings = load_settings()
    client_key, server_key = _keys(settings, client_key, server_key)
    asked = Request(
        settings=settings,
        host=host or _address(settings),
        client_key=client_key,
        server_key=server_key,
        habits=Habits(lift=lift, up_change=up_sell_change),
        seed=random.SystemRandom().randrange(2**31) if seed is None else seed,
        visitors=visitors,
    )
    if weeks is None:
        live(asked, keys, rate, VISITORS)
    else:
        replay(asked, keys[0], weeks)


def _keys(settings: Settings, client_key: str | None, server_key: str | None) -> tuple[str, str]:
    """The keys given, else those of the demo in the data folder."""
    from experiments.services.demo.credentials import load

    known = None if client_key and server_key else load(settings.data_dir)
    client_key = client_key or (known.client_key if known else None)
    server_key = server_key or (known.server_key if known else None)
    if client_key is None or server_key is None:
        message = f"{settings.data_dir} holds no demo: give --client-key and --server-key, or run `netlift demo` first."
        raise click.UsageError(message)
    return client_key, server_key


def _address(settings: Settings) -> str:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    return f"http://{host}:{settings.port}"
