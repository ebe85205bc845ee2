"""The two kinds of simulated traffic: live, and weeks told in a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from web.cli.progress import progress_bar

if TYPE_CHECKING:
    from experiments.config import Settings
    from web.simulation.habits import Habits
    from web.simulation.installation import LiveTest
    from web.simulation.shop import Shop

#: A replay ends so long ago that none of its events is ahead of the server's clock.
MARGIN = timedelta(seconds=30)


@dataclass(frozen=True)
class Request:
    """What was asked for, with the defaults filled in; `visitors` of None is as many as the run needs."""

    settings: Settings
    host: str
    client_key: str
    server_key: str
    habits: Habits
    seed: int
    visitors: int | None


def live(asked: Request, keys: tuple[str, ...], rate: float, usual: int) -> None:
    """Visitors at a steady rate, now."""
    from web.simulation.installation import Installation
    from web.simulation.shop import Shop
    from web.simulation.traffic import Traffic

    installation = Installation(asked.host, asked.server_key)
    tests, assortment = installation.tests(keys), installation.assortment()
    visitors, done = asked.visitors or usual, 0
    with Shop(asked.host, asked.client_key, asked.server_key) as shop:
        traffic = Traffic(shop, assortment, asked.habits, asked.seed)
        with progress_bar("Visitors") as report:
            for arrived in traffic.live(tests, visitors, rate):
                done += arrived
                report(done, visitors)
    _summarise(shop, tests)


def replay(asked: Request, key: str, weeks: int) -> None:
    """The last weeks of a test that was just launched."""
    from web.cli.replay_console import ReplayConsole
    from web.simulation.installation import Installation
    from web.simulation.replay import Clock, Span, check_weeks, tell, visitors_for
    from web.simulation.shop import Shop
    from web.simulation.traffic import Traffic

    check_weeks(weeks, asked.settings.late_days)
    installation = Installation(asked.host, asked.server_key)
    (test,), assortment = installation.tests((key,)), installation.assortment()
    _say_what_is_reached(test, weeks)
    span, clock = Span.of(test, weeks, datetime.now(UTC) - MARGIN), Clock()
    console = ReplayConsole(asked.settings, asked.server_key)
    with Shop(asked.host, asked.client_key, asked.server_key, clock) as shop:
        traffic = Traffic(shop, assortment, asked.habits, asked.seed)
        shoppers = traffic.shoppers(test, asked.visitors or visitors_for(test, span))
        console.backdate(key, span.launch)
        try:
            console.acquaint(span.launch, shoppers)
            with progress_bar(f"Telling {weeks} weeks") as report:
                for done in tell(traffic, shop, test, shoppers, span, clock):
                    report(done, len(shoppers))
            shop.flush()
        finally:
            console.complete()
            console.close()
        shop.pass_by()  # the worker looks again when something new has come in
    _summarise(shop, (test,))
    click.echo(f"The worker now takes the look that is due: {asked.host}/experiments/{key}", err=True)


def _say_what_is_reached(test: LiveTest, weeks: int) -> None:
    from web.simulation.replay import MOST_WEEKS, weeks_to_the_end

    needed = weeks_to_the_end(test)
    if weeks >= needed:
        return
    advice = f"--weeks {needed} reaches it" if needed <= MOST_WEEKS else "no replay reaches it"
    click.echo(f"The last planned look of {test.key} falls {needed} weeks after its launch; {advice}.", err=True)


def _summarise(shop: Shop, tests: Sequence[LiveTest]) -> None:
    """Who saw what, and what the server took; a failure where something was lost or nobody was exposed."""
    for test in tests:
        shown = [f"{variant} {count:,}" for (key, variant), count in sorted(shop.shown.items()) if key == test.key]
        why = [f"{reason} {count:,}" for (key, reason), count in sorted(shop.reasons.items()) if key == test.key]
        click.echo(f"{test.key:<24}{', '.join(shown) or 'nobody exposed'}  ({', '.join(why)})")
    told = shop.totals
    sent = told["sent"] + told["rejected"]
    lost = told["dropped"] + told["refused"] + told["queued"]
    click.echo(f"{sent:,} events sent: {told['sent']:,} accepted, {told['rejected']:,} rejected; {lost:,} not sent.")
    if lost or told["rejected"] or not shop.shown:
        raise click.ClickException("The server did not get everything, or nobody was exposed; see the lines above.")
