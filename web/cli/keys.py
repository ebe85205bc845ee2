"""`netlift keys`: keys of shops and back offices."""

from __future__ import annotations

import click

from web.cli.context import console_actor, load_settings, now, open_engine, print_json


@click.group()
def keys() -> None:
    """Make and list keys.

    \b
    Example:
      netlift keys create --kind client --label "Web shop"
    """


@keys.command()
@click.option(
    "--kind", type=click.Choice(["client", "server"]), required=True, help="Public browser key or secret key."
)
@click.option("--label", help="What it is for; the kind by default.")
@click.option("--environment", type=click.Choice(["production", "test"]), default="production", show_default=True)
@click.option("--origin", "origins", multiple=True, help="Origin a browser may send from; any when none is given.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(kind: str, label: str | None, environment: str, origins: tuple[str, ...], as_json: bool) -> None:
    """Make a key. A server key is shown this one time only.

    \b
    Example:
      netlift keys create --kind server --label "Back office" --json
    """
    from experiments.domain.environment import Environment
    from experiments.domain.key import KeyKind
    from experiments.services.access import create_key
    from experiments.services.sessions import writing

    engine = open_engine(load_settings())
    with writing(engine) as session:
        made = create_key(
            session,
            console_actor(),
            now(),
            KeyKind(kind),
            label or f"{kind} key",
            Environment(environment),
            origins=origins,
        )
    if as_json:
        print_json({"key": made.key, "kind": kind, "environment": environment, "source": made.info.source_key})
        return
    click.echo(made.key)
    if kind == "server":
        click.echo("Keep it safe: it is not shown again.", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List keys; secrets are never shown.

    \b
    Example:
      netlift keys list
    """
    from experiments.services import describe
    from experiments.services.access import all_keys
    from experiments.services.sessions import reading

    with reading(open_engine(load_settings())) as session:
        found = [describe.key(info) for info in all_keys(session)]
    if as_json:
        print_json(found)
        return
    for item in found:
        state = " (revoked)" if item.get("revoked_at") else ""
        click.echo(f"{item['prefix']}…  {item['kind']:<7}{item['environment']:<12}{item['label']}{state}")
