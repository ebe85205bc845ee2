"""`netlift user`: people who sign in."""

from __future__ import annotations

import click

from web.cli.context import console_actor, load_settings, now, open_engine

ROLES = ("viewer", "editor", "approver", "admin")


@click.group()
def user() -> None:
    """Manage people who sign in.

    \b
    Example:
      netlift user create --email ana@example.org --role editor
    """


@user.command()
@click.option("--email", required=True, help="Address the person signs in with.")
@click.option("--name", help="Name shown to others; the part before the @ by default.")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option(
    "--password",
    envvar="NETLIFT_PASSWORD",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="At least 10 characters; asked for where it is not given.",
)
def create(email: str, name: str | None, role: str, password: str) -> None:
    """Add a person.

    \b
    Example:
      netlift user create --email ana@example.org --role approver
    """
    from experiments.domain.access import UserRole
    from experiments.services.access import create_user, hash_password
    from experiments.services.sessions import writing

    hashed = hash_password(password)
    engine = open_engine(load_settings())
    with writing(engine) as session:
        made = create_user(
            session,
            console_actor(),
            now(),
            email=email,
            name=name or email.split("@")[0],
            password=hashed,
            role=UserRole(role),
        )
    click.echo(f"{made.email} may sign in as {made.role.value}.")
