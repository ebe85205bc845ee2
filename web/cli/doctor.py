"""`netlift doctor`: check an installation and say what to do."""

from __future__ import annotations

import sys

import click

from web.cli.context import load_settings, now, print_json

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check database, migrations, folders, keys, settings, clocks, worker and backups; exit code 1 where one fails.

    \b
    Example:
      netlift doctor
    """
    from experiments.services.doctor import State, examine
    from experiments.store.engines import make_engine

    settings = load_settings()
    found = examine(make_engine(settings.url), settings, now())
    failed = sum(item.state is State.FAIL for item in found)
    warned = sum(item.state is State.WARN for item in found)
    if as_json:
        print_json({"ok": not failed, "findings": [item.to_dict() for item in found]})
    else:
        for item in found:
            click.echo(f"{click.style(f'{item.state.value:<5}', fg=COLOURS[item.state.value])}{item.name}: {item.told}")
            if item.advice:
                click.echo(f"     → {item.advice}")
        click.echo(f"{len(found)} checks, {warned} to look at, {failed} failed.")
    sys.exit(1 if failed else 0)
