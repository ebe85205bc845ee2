"""`netlift settings`: what holds, and what says so."""

from __future__ import annotations

import click

from web.cli.context import load_settings, print_json


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--example", "as_example", is_flag=True, help="Print a .env with every setting at its default.")
def settings(as_json: bool, as_example: bool) -> None:
    """Print every setting with its value and what gives it: environment, .env or the default; secrets are hidden.

    \b
    Example:
      netlift settings
      netlift settings --example > .env
    """
    from experiments.services.given_settings import example, given_settings

    if as_example:
        click.echo(example(), nl=False)
        return
    found = given_settings(load_settings())
    if as_json:
        print_json([item.to_dict() for item in found])
        return
    width = max(len(item.name) for item in found)
    for item in found:
        click.echo(f"{item.name:<{width}}  {item.origin:<11}  {item.value or '(empty)'}")
