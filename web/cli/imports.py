"""`netlift import`: files of events and products, and finished tests from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from web.cli import import_files
from web.cli.context import console_actor, load_settings, now, open_engine
from web.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.services.import_units.result import ImportResult
    from experiments.services.import_units.rows import Rejection

#: Rejected rows printed; the import keeps more of them.
_PRINTED = 20


@click.group("import")
def imports() -> None:
    """Bring sales, contacts, customers and price lists from files, and finished tests from elsewhere.

    \b
    Example:
      netlift import events sales.csv --spec sales.toml
      netlift import products catalogue.csv
      netlift import units customers.csv --spec test.toml
      netlift import daily control.csv variant.csv --spec test.toml
    """


imports.add_command(import_files.events)
imports.add_command(import_files.products)


@imports.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), required=True, help="What the columns mean.")
def units(file: Path, spec: Path) -> None:
    """Import a test with one row per customer or visitor; docs/import-units.md describes spec and file.

    Rejected rows go to standard error with line and reason. The same file with the same spec changes nothing.

    \b
    Example:
      netlift import units customers.csv --spec test.toml
    """
    from experiments.domain.errors import DomainError
    from experiments.services.import_units.parse import read_spec
    from experiments.services.import_units.preview import first_rejections
    from experiments.services.import_units.quality import condition
    from experiments.services.import_units.write import import_units

    settings = load_settings()
    wanted = read_spec(spec)
    id_key = settings.id_secret()
    try:
        with progress_bar("Rows") as progress:
            result = import_units(
                open_engine(settings), file, wanted, id_key=id_key, now=now(), actor=console_actor(), progress=progress
            )
    except DomainError as error:
        if error.code == "no_units":
            _print_rejections(first_rejections(file, wanted, id_key, _PRINTED))
        raise
    _print_rejections(result.rejections, result.rejected)
    per_variant = ", ".join(f"{variant} {count:,}" for variant, count in result.variants.items())
    left_out = _left_out(result, condition(wanted))
    twice = f", {_counted(result.in_two_variants, 'unit')} in two variants left out" if result.in_two_variants else ""
    click.echo(
        f"{result.experiment} {result.outcome}: {_counted(result.rows, 'unit')} ({per_variant}), "
        f"{_counted(result.rejected, 'row')} rejected{twice}{left_out}. "
        f"Read it with: netlift analyse {result.experiment}"
    )


@imports.command()
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--spec", type=click.Path(path_type=Path), required=True, help="What the columns mean.")
def daily(files: tuple[Path, ...], spec: Path) -> None:
    """Import a test known by its counts per day; docs/summary-files.md describes spec and files.

    The totals of all mature days are analysed as counts of independent units. The same files with the same spec
    change nothing.

    \b
    Example:
      netlift import daily control.csv variant.csv --spec test.toml
    """
    from experiments.services.import_daily.parse import read_spec
    from experiments.services.import_daily.write import import_daily

    wanted = read_spec(spec)
    result = import_daily(open_engine(load_settings()), files, wanted, now=now(), actor=console_actor())
    click.echo(
        f"{result.experiment} {result.outcome}: {_counted(result.rows, 'row')}, {_counted(result.days, 'day')}, "
        f"{result.mature:,} of them mature for every metric. Read it with: netlift analyse {result.experiment}"
    )


def _print_rejections(rejections: Sequence[Rejection], count: int = 0) -> None:
    for rejection in rejections[:_PRINTED]:
        click.echo(f"Rejected line {rejection.line}: {rejection.reason}.", err=True)
    if count > _PRINTED:
        click.echo(f"… and {_counted(count - _PRINTED, 'row')} more.", err=True)


def _left_out(result: ImportResult, condition: str) -> str:
    parts = [f"{count:,} of variant {text!r}" for text, count in result.left_out.items()]
    if condition:
        parts.append(f"{result.unmatched:,} without {condition}")
    return f"; left out: {', '.join(parts)}" if parts else ""


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
