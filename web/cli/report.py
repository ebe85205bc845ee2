"""`netlift report`: the stored report as one file that can be mailed, or one of its tables as CSV."""

from __future__ import annotations

import os
from pathlib import Path

import click

from web.cli.context import console_actor, load_settings, now, open_engine


@click.command()
@click.argument("key")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write one self-contained HTML file.")
@click.option("--csv", "table", metavar="TABLE", help="Print one table from gross to net as CSV, such as waterfall.")
def report(key: str, html: Path | None, table: str | None) -> None:
    """Write the report people see on the page of an experiment: as one HTML file, or one of its tables as CSV.

    The file holds styles, font and drawings, asks for nothing, and prints its first part on one sheet of A4.

    \b
    Example:
      netlift report tv-entry --html tv-entry.html
      netlift report tv-entry --csv waterfall
    """
    if (html is None) == (table is None):
        raise click.UsageError("Give exactly one of --html FILE and --csv TABLE.")
    if table is not None:
        click.echo(_table(key, table), nl=False)
        return
    target = Path(html or "")
    if not target.parent.is_dir():
        raise click.ClickException(f"{target.parent} is no folder: make it first, or name another file.")
    _write(target, _page(key))
    click.echo(f"{target}: {target.stat().st_size / 1000:,.0f} kB")


def _page(key: str) -> str:
    from experiments.services.sessions import reading
    from web.app import create_app
    from web.pages.frame import set_reader
    from web.pages.report_page import report_file
    from web.pages.results_page import results_page

    settings = load_settings()
    engine = open_engine(settings)
    app = create_app(settings, engine)
    with app.test_request_context():
        set_reader()
        with reading(engine) as session:
            page = results_page(session, key, console_actor(), "", settings.currency, now())
        if page.decision is None:
            raise click.ClickException(f"{key} has no report yet: launch it, and let the worker run.")
        return report_file(page)


def _table(key: str, table: str) -> str:
    from experiments.decision.gross_to_net.tables import TABLES, table_csv
    from experiments.services import experiments
    from experiments.services.sessions import reading
    from experiments.services.stored_reports import stored_reports

    if table not in TABLES:
        raise click.UsageError(f"--csv {table}: must be one of {', '.join(TABLES)}.")
    with reading(open_engine(load_settings())) as session:
        experiments.by_key(session, key)
        stored = stored_reports(session, key)
    found = stored.look or stored.live
    if found is None or found.gross_to_net is None or not found.gross_to_net.variants:
        raise click.ClickException(f"{key} has no numbers from gross to net yet.")
    return table_csv(found.gross_to_net, table)


def _write(target: Path, text: str) -> None:
    """Whole or not at all: into a file beside it, which then takes its name."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        draft.write_text(text, "utf-8")
        draft.replace(target)
    except OSError as error:
        raise click.ClickException(f"{target} is not written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)
