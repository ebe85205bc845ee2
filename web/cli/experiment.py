"""`netlift experiment`: list, show, create, launch, stop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from web.cli.context import console_actor, load_settings, now, open_engine, print_json

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group()
def experiment() -> None:
    """List, create, launch and stop experiments.

    \b
    Example:
      netlift experiment create --file tv-entry.toml
      netlift experiment launch tv-entry
    """


@experiment.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List experiments, newest first.

    \b
    Example:
      netlift experiment list --json
    """
    from experiments.services import describe, experiments
    from experiments.services.sessions import reading

    with reading(open_engine(load_settings())) as session:
        found = [describe.experiment(item) for item in experiments.all_experiments(session)]
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("No experiment yet. Create one with: netlift experiment create --file EXPERIMENT.toml", err=True)
    for item in found:
        click.echo(f"{item['key']:<32}{item['status']:<10}{item['name']}")


@experiment.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(key: str, as_json: bool) -> None:
    """Show one experiment.

    \b
    Example:
      netlift experiment show tv-entry --json
    """
    from experiments.services import describe, experiments
    from experiments.services.sessions import reading

    with reading(open_engine(load_settings())) as session:
        found = describe.experiment(experiments.by_key(session, key))
    if as_json:
        print_json(found)
        return
    for text in _described(found):
        click.echo(text)


@experiment.command()
@click.option("--file", "file", type=click.Path(path_type=Path), required=True, help="EXPERIMENT.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(file: Path, as_json: bool) -> None:
    """Create a draft from a file; docs/experiment-file.md describes it.

    \b
    Example:
      netlift experiment create --file tv-entry.toml
    """
    from experiments.services import describe, experiments
    from experiments.services.definitions import read_toml
    from experiments.services.sessions import writing

    definition = read_toml(file.read_text(encoding="utf-8"))
    with writing(open_engine(load_settings())) as session:
        draft = experiments.create(session, console_actor(), now(), definition)
    if as_json:
        print_json(describe.experiment(draft))
        return
    click.echo(f"Draft {draft.key} created. Launch it with: netlift experiment launch {draft.key}")


@experiment.command()
@click.argument("key")
def launch(key: str) -> None:
    """Launch a draft; the plan is frozen from then on.

    \b
    Example:
      netlift experiment launch tv-entry
    """
    from experiments.services import launch as launching

    _change(key, launching.launch, "runs")


@experiment.command()
@click.argument("key")
@click.option("--reason", default="", help="Kept in the audit log.")
def stop(key: str, reason: str) -> None:
    """Stop recruitment for good; everyone sees the control until a decision.

    \b
    Example:
      netlift experiment stop tv-entry --reason "planned end"
    """
    from experiments.services import launch as launching

    _change(key, launching.stop, "is stopped", reason=reason)


def _change(key: str, use_case: Callable[..., Any], words: str, **more: str) -> None:
    from experiments.services.sessions import writing

    with writing(open_engine(load_settings())) as session:
        use_case(session, console_actor(), now(), key, **more)
    click.echo(f"{key} {words}.")


def _described(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['name']} ({found['key']})", f"  status      {found['status']}, phase {found['phase']}"]
    lines.append(f"  unit        {found['unit']}")
    if found.get("hypothesis"):
        lines.append(f"  hypothesis  {found['hypothesis']}")
    lines += [f"  variant     {item['key']:<24}{item['weight']:.0%}" for item in found["variants"]]
    lines += [f"  metric      {item['metric']:<24}{item['role']}" for item in found["metrics"]]
    return lines
