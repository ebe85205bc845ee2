"""`netlift opportunities`: the ranked list on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from web.cli.context import load_settings, now, open_engine, print_json

if TYPE_CHECKING:
    from experiments.services.insight.opportunities import Looked


@click.command()
@click.option("--kappa", type=float, help="Percent of a gap that a test closes, 0 to 30; left out = what counts today.")
@click.option("--count", "anew", is_flag=True, help="Count now instead of reading what the worker counted last.")
@click.option("--all", "every", is_flag=True, help="Also cells without a gap, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV of every cell.")
def opportunities(kappa: float | None, anew: bool, every: bool, as_json: bool, as_csv: bool) -> None:
    """Where pages hold unused cross-sell potential, the surest first: ceilings, not forecasts.

    \b
    Example:
      netlift opportunities
      netlift opportunities --kappa 5 --csv > opportunities.csv
    """
    from experiments.insight.opportunities import Kappa
    from experiments.services.insight.counting import count_all
    from experiments.services.insight.opportunities import look
    from experiments.services.sessions import reading

    if as_json and as_csv:
        raise click.UsageError("Give at most one of --json and --csv.")
    share = None if kappa is None else Kappa(kappa / 100, 0.0, max(kappa / 100, Kappa().high), "asked")
    settings = load_settings()
    engine = open_engine(settings)
    if anew:
        count_all(engine, now())
    with reading(engine) as session:
        looked = look(session, share)
    if looked is None:
        raise click.ClickException("Nothing was counted yet: let the worker run, or add --count.")
    if as_csv:
        _print_csv(looked, settings.currency)
    elif as_json:
        _print_json(looked)
    else:
        _print_text(looked, settings.currency, every)


def _print_csv(looked: Looked, currency: str) -> None:
    import csv
    import sys

    from web.pages.opportunity_view import CSV_HEAD, csv_rows

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    writer.writerows(csv_rows(looked, currency))


def _print_json(looked: Looked) -> None:
    from experiments.domain.plain import to_plain
    from experiments.services.clock import to_iso

    print_json(
        {
            "computed_at": to_iso(looked.computed_at),
            "kappa": to_plain(looked.kappa),
            "items": to_plain(looked.findings.opportunities),
        }
    )


def _print_text(looked: Looked, currency: str, every: bool) -> None:
    from experiments.insight.opportunities.words import ADD, CEILING, sentence
    from experiments.insight.segments import segment_name
    from web.formatters.numbers import money, number, signed_points
    from web.formatters.times import moment

    click.echo(f"Counted {moment(looked.computed_at)}. {CEILING} {ADD}")
    click.echo(f"{100 * looked.kappa.value:g} % {looked.kappa.words}.")
    for each in looked.findings.opportunities if every else looked.findings.ranked:
        who, family = segment_name(each.held, looked.families), looked.families[each.family]
        click.echo(
            f"\n{f'{each.rank}.' if each.rank else '–'} {family} for {who} at {each.place.name} ({each.place.pattern})"
        )
        if each.rank and each.gap and each.ceiling:
            top, expected = each.ceiling, each.expected(looked.kappa.value)
            shared = f", {each.shared:.0%} of them also in {each.shared_with}." if each.shared_with else ""
            click.echo(
                f"   {number(each.units_per_week)} people a week{shared}; gap {signed_points(each.gap.value, 1)}"
            )
            click.echo(
                f"   ceiling {money(top.raw, currency, whole=True)} a week ({money(top.lo, currency, whole=True)} to "
                f"{money(top.hi, currency, whole=True)}), shrunk {money(top.shrunk, currency, whole=True)}, at least "
                f"{money(top.bound, currency, whole=True)}; expected {money(expected, currency, whole=True)}"
            )
        click.echo(f"   {sentence(each, looked.families)}")
    if not looked.findings.ranked:
        click.echo("\nNo gap is shown at any place.")
