"""`netlift explain`: take one number of a report apart."""

from __future__ import annotations

import click

from web.cli.context import load_settings, now, open_engine, print_json


@click.command()
@click.argument("key")
@click.argument("metric")
@click.option("--variant", help="Key of the variant; the first one beside the control by default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(key: str, metric: str, variant: str | None, as_json: bool) -> None:
    """Show how a number of a report came to be: counts, sums, covariances, and every step to interval and verdict.

    Of a test that runs here it is the report of the last planned look. With these numbers and formulas the result can
    be rebuilt by hand or in a spreadsheet.

    \b
    Example:
      netlift explain tv-entry cross-sell --json
    """
    from experiments.decision.render_explanation import explanation_text
    from experiments.services import analyse
    from experiments.services.project import run_all
    from experiments.services.sessions import reading

    settings = load_settings()
    engine = open_engine(settings)
    run_all(engine, now())
    with reading(engine) as session:
        explanation = analyse.explain(session, key, metric, now=now(), variant=variant, folder=settings.data_dir)
    if as_json:
        print_json(explanation.to_dict())
    else:
        click.echo(explanation_text(explanation), nl=False)
