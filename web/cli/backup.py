"""`netlift backup` and `netlift restore`."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.context import load_settings, now, open_engine


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Back up database, keys and frozen unit tables into a new FOLDER, while the service runs.

    The folder holds the key of the ids: keep it where nobody else can read it.

    \b
    Example:
      netlift backup /backups/netlift-2026-11-27
    """
    from experiments.services.backup import backup as take

    settings = load_settings()
    made = take(open_engine(settings), settings, folder, now(), say=_say)
    click.echo(f"{sum(made.rows.values()):,} rows of {len(made.rows)} tables, {len(made.files)} files in {folder}.")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--force", is_flag=True, help="Replace a database that is there; a SQLite file is moved aside.")
def restore(folder: Path, force: bool) -> None:
    """Restore a backup from FOLDER; stop the service first.

    \b
    Example:
      netlift restore /backups/netlift-2026-11-27
    """
    from experiments.services.backup import restore as bring_back

    made = bring_back(load_settings(), folder, now(), force=force, say=_say)
    click.echo(f"{sum(made.rows.values()):,} rows as of {made.made_at} are back; start the service again.")


def _say(text: str) -> None:
    click.echo(text, err=True)
