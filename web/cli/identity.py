"""`netlift identity`: secrets with which a shop's own server signs customer ids."""

from __future__ import annotations

import click

from web.cli.context import console_actor, load_settings, now, open_engine, print_json


@click.group()
def identity() -> None:
    """Make, list and retire secrets that sign customer ids.

    \b
    Example:
      netlift identity create
    """


@identity.command()
@click.option("--environment", type=click.Choice(["production", "test"]), default="production", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def create(environment: str, as_json: bool) -> None:
    """Make a secret. It is shown this one time only; two may be in use, so that servers can change over.

    \b
    Example:
      netlift identity create --environment test --json
    """
    from experiments.domain.environment import Environment
    from experiments.services import access
    from experiments.services.sessions import writing

    settings = load_settings()
    vault = access.vault(settings.session_secret())
    with writing(open_engine(settings)) as session:
        made = access.create_identity_secret(session, console_actor(), now(), Environment(environment), vault)
    if as_json:
        print_json({"id": made.info.id, "secret": made.secret, "environment": environment})
        return
    click.echo(made.secret)
    click.echo("Keep it on the servers that sign; it is not shown again.", err=True)


@identity.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List secrets by their first characters.

    \b
    Example:
      netlift identity list
    """
    from experiments.services import access, describe
    from experiments.services.sessions import reading

    with reading(open_engine(load_settings())) as session:
        found = [describe.identity_secret(info) for info in access.all_identity_secrets(session)]
    if as_json:
        print_json(found)
        return
    for item in found:
        state = f"retired {item['retired_at']}" if item["retired_at"] else "in use"
        click.echo(f"{item['id']:<4}{item['prefix']}…  {item['environment']:<12}{state}")


@identity.command()
@click.argument("secret_id", type=int)
def retire(secret_id: int) -> None:
    """End a secret: what it signed counts no longer.

    \b
    Example:
      netlift identity retire 1
    """
    from experiments.services import access
    from experiments.services.sessions import writing

    with writing(open_engine(load_settings())) as session:
        info = access.retire_identity_secret(session, console_actor(), now(), secret_id)
    click.echo(f"{info.prefix}… is retired.")
