"""`netlift import events` and `netlift import products`: files with sales, contacts, customers, price lists."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.domain.spreadsheet import safe_cell
from web.cli.context import console_actor, load_settings, now, open_engine
from web.cli.progress import rated_bar

if TYPE_CHECKING:
    from experiments.services.import_events.runs import Surroundings
    from experiments.services.import_events.spec import EventSpec
    from experiments.services.import_events.take_in import Taken

#: Refused rows printed; `--errors` writes them all.
PRINTED = 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--spec", type=click.Path(path_type=Path), required=True, help="What the columns mean.")
@click.option("--dry-run", is_flag=True, help="Say what would be new, known and refused; store nothing.")
@click.option(
    "--delivered-up-to", metavar="DATE|newest|none", help="Last day the file covers whole; moves the watermark."
)
@click.option("--errors", type=click.Path(path_type=Path), help="Write the refused rows to this CSV file.")
def events(file: Path, spec: Path, dry_run: bool, delivered_up_to: str | None, errors: Path | None) -> None:
    """Import orders, refunds, contacts, surveys, customers or other events; docs/import-events.md describes the spec.

    Refused rows go to standard error with row, field, value and reason. The same rows again change nothing, and an
    interrupted import goes on where it was when the command is given again.

    \b
    Example:
      netlift import events sales.csv --spec sales.toml --dry-run
      netlift import events sales.csv --spec sales.toml
    """
    from dataclasses import replace

    from experiments.services.import_events.parse import read_spec_file

    wanted = read_spec_file(spec)
    if delivered_up_to is not None:
        wanted = replace(wanted, source=replace(wanted.source, watermark=delivered_up_to))
    _run(file, wanted, dry_run, errors)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--spec", type=click.Path(path_type=Path), help="What the columns mean; not needed where they bear our names."
)
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option("--errors", type=click.Path(path_type=Path), help="Write the refused rows to this CSV file.")
def products(file: Path, spec: Path | None, dry_run: bool, errors: Path | None) -> None:
    """Import a price list: families, tiers, prices, margins, bundles; docs/import-events.md describes the columns.

    \b
    Example:
      netlift import products catalogue.csv
    """
    from experiments.services.import_events.holds import Holds
    from experiments.services.import_events.parse import read_spec_file
    from experiments.services.import_events.product_list import own_spec

    wanted = own_spec(file) if spec is None else read_spec_file(spec, Holds.PRODUCTS)
    _run(file, wanted, dry_run, errors)


def _run(file: Path, spec: EventSpec, dry_run: bool, errors: Path | None) -> None:
    from experiments.services.import_events.take_in import look, take_in

    around = surroundings()
    with rated_bar("Checking" if dry_run else "Importing") as progress:
        use_case = look if dry_run else take_in
        taken = use_case(around, file, spec, console_actor(), progress=progress)
    _print_problems(taken)
    if errors is not None:
        _write_problems(errors, taken)
    for line in summary(taken, dry_run):
        click.echo(line)


def surroundings() -> Surroundings:
    """What an import needs, from the settings of the console."""
    from experiments.services.import_events.runs import Surroundings
    from experiments.services.ingest import Limits

    settings = load_settings()
    return Surroundings(open_engine(settings), settings.id_secret(), Limits.of(settings), now)


def summary(taken: Taken, dry_run: bool) -> list[str]:
    """What came of it, in a few lines."""
    report, verb = taken.report, "would be" if dry_run else "were"
    lines = [f"Went on after {taken.resumed:,} rows."] if taken.resumed else []
    changed = f", {report['changed']:,} {verb} changed" if "changed" in report else ""
    known = "unchanged" if "changed" in report else "known already"
    lines.append(
        f"{report['rows']:,} rows: {report['new']:,} {verb} new{changed}, {report['duplicates']:,} {verb} {known}, "
        f"{report['refused']:,} {verb} refused."
    )
    lines += [f"  {name}: {count:,}" for name, count in report["events"].items()]
    lines += [f"  refused, {reason}: {count:,}" for reason, count in list(report["reasons"].items())[:PRINTED]]
    if report["unknown_products"]:
        names = ", ".join(list(report["unknown_products"])[:10])
        lines.append(f"{report['waiting']:,} rows wait in quarantine until the catalogue knows: {names}.")
    if report["skipped"]:
        lines.append(f"{report['skipped']:,} rows were left out, as the spec says.")
    if report["dates"]:
        lines.append(f"{report['dates']:,} rows have a date without a time; file.date_at says what it stands for.")
    return lines


def _print_problems(taken: Taken) -> None:
    for problem in taken.problems[:PRINTED]:
        click.echo(f"Refused row {problem.row}: {sentence(problem)}", err=True)
    if taken.report["refused"] > PRINTED:
        click.echo(f"… and {taken.report['refused'] - PRINTED:,} more.", err=True)


def sentence(problem: Any) -> str:
    """Field, value and reason of a refused row."""
    value = f" == {problem.value!r}," if problem.value else ""
    return f"{problem.field}{value} {problem.reason}.".strip().replace("..", ".")


def _write_problems(path: Path, taken: Taken) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(("row", "field", "value", "reason"))
        writer.writerows((one.row, one.field, safe_cell(one.value), one.reason) for one in taken.problems)
