"""`netlift analyse --summary FILE`: reports of tests known only by their sums."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from web.cli.context import now
from web.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.services.summaries.analyse import Analysed

Form = Literal["text", "json", "csv"]


def analyse_summary(file: Path, form: Form, *, split: str | None, margins: Sequence[str], meta: bool) -> None:
    """Print every report of the file, or with `meta` what they say together; nothing is printed before all is done."""
    from experiments.services.clock import to_iso
    from experiments.services.summaries.analyse import analyse_all
    from experiments.services.summaries.margins import parse_assignment, parse_split
    from experiments.services.summaries.read import read_summary

    experiments = read_summary(
        file,
        margins=dict(parse_assignment(text) for text in margins),
        split=parse_split(split) if split else (),
    )
    with progress_bar("Experiments") as progress:
        found = analyse_all(experiments, computed_at=to_iso(now()), progress=progress)
    if meta:
        _print_meta(found, form)
    else:
        _print_reports(found, form)


def _print_reports(found: Sequence[Analysed], form: Form) -> None:
    from experiments.services.summaries.render import csv_of, json_of, rows_of, text_of

    if form == "csv":
        click.echo(csv_of(rows_of(found)), nl=False)
        return
    blocks = json_of([each.to_dict() for each in found]) if form == "json" else text_of(found)
    for block in blocks:
        click.echo(block)


def _print_meta(found: Sequence[Analysed], form: Form) -> None:
    from experiments.services.summaries.meta import pool
    from experiments.services.summaries.render import csv_of, json_of, meta_text

    rows = pool(found)
    if form == "text":
        click.echo(meta_text(rows), nl=False)
        return
    plain = [row.to_dict() for row in rows]
    for block in json_of(plain) if form == "json" else [csv_of(plain).rstrip("\n")]:
        click.echo(block)
