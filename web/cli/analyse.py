"""`netlift analyse`: print the report of an experiment, or of every experiment of a summary file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from web.cli.context import load_settings, now, open_engine, print_json

if TYPE_CHECKING:
    from experiments.decision.report import Report

Form = Literal["text", "json", "csv"]


@click.command()
@click.argument("key", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON; of a summary a list with one report a line.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, one row per metric and variant.")
@click.option("--segments", is_flag=True, help="With --csv: one row per group of each segment instead.")
@click.option("--latest", is_flag=True, help="Print the stored report of the last planned look instead of computing.")
@click.option("--frozen", is_flag=True, help="Compute the final report of a finished test from its frozen unit table.")
@click.option(
    "--summary",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="CSV or Parquet with one row per experiment, variant and metric; docs/summary-files.md describes it.",
)
@click.option("--split", metavar="SHARES", help="Planned shares of a summary's variants, control first: 0.5,0.5.")
@click.option("--margin", "margins", multiple=True, metavar="METRIC=5%", help="Make a metric of a summary a guardrail.")
@click.option("--meta", is_flag=True, help="Pool a summary's experiments per metric instead of printing each.")
def analyse(
    key: str | None,
    as_json: bool,
    as_csv: bool,
    segments: bool,
    latest: bool,
    frozen: bool,
    summary: Path | None,
    split: str | None,
    margins: tuple[str, ...],
    meta: bool,
) -> None:
    """Print the report of an experiment: of a finished test the final one, else computed from all that has arrived.

    Between planned looks it holds counts and data quality only; --latest prints the last look's verdicts. With
    --summary the reports are those of a file, and no database is needed.

    \b
    Example:
      netlift analyse tv-entry --json
      netlift analyse spring-offer --csv --segments
      netlift analyse --summary tests.csv --split 0.5,0.5 --margin up-sell=5%
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    if segments and (not as_csv or key is None):
        raise click.UsageError("--segments needs KEY and --csv.")
    if (key is None) == (summary is None):
        raise click.UsageError("Give exactly one of KEY and --summary FILE.")
    if summary is not None:
        from web.cli.analyse_summary import analyse_summary

        if latest or frozen:
            raise click.UsageError("--latest and --frozen need KEY: a summary file has no stored report.")
        form: Form = "json" if as_json else "csv" if as_csv else "text"
        analyse_summary(summary, form, split=split, margins=margins, meta=meta)
        return
    if split or margins or meta:
        raise click.UsageError("--split, --margin and --meta need --summary FILE.")
    found = _frozen(key or "") if frozen else _report(key or "", latest=latest)
    _print(found, "json" if as_json else "segments" if segments else "csv" if as_csv else "text")


def _report(key: str, *, latest: bool) -> Report:
    from experiments.services.analyse import report_for
    from experiments.services.project import run_all
    from experiments.services.sessions import reading
    from experiments.services.stored_reports import stored_reports

    engine = open_engine(load_settings())
    if not latest:
        run_all(engine, now())
    with reading(engine) as session:
        stored = stored_reports(session, key)
        # What a finished test came to was fixed at its last look and is never computed again.
        finished = stored.look is not None and stored.look.look.final
        report = stored.shown if latest or finished else report_for(session, key, now=now())
    if report is None:
        raise click.ClickException(f"{key} has no stored report yet; run the worker, or leave --latest out.")
    return report


def _frozen(key: str) -> Report:
    from experiments.services.frozen import report_from_units

    settings = load_settings()
    return report_from_units(open_engine(settings), settings.data_dir, key)


def _print(report: Report, form: str) -> None:
    from experiments.decision.render_text import to_csv, to_segment_csv, to_text

    if form == "json":
        print_json(report.to_dict())
    else:
        write = {"segments": to_segment_csv, "csv": to_csv, "text": to_text}[form]
        click.echo(write(report), nl=False)
