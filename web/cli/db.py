"""`netlift db`: bring the database to a revision."""

from __future__ import annotations

import click

from web.cli.context import load_settings, now


@click.group()
def db() -> None:
    """Migrate the database.

    \b
    Example:
      netlift db upgrade
    """


@db.command()
@click.option("--to", "revision", default="head", help="Revision to go to; the newest by default.")
def upgrade(revision: str) -> None:
    """Bring the database to the newest revision, creating it where it is missing.

    \b
    Example:
      NETLIFT_DATABASE_URL=postgresql://netlift@localhost/netlift netlift db upgrade
    """
    from experiments.services.setup import prepare
    from experiments.store import migrate
    from experiments.store.engines import make_engine

    settings = load_settings()
    engine = make_engine(settings.url)
    if revision == "head":
        prepare(engine, settings, now())
    else:
        migrate.upgrade(engine, revision)
    click.echo(f"The database is at revision {migrate.current_revision(engine)}.")


@db.command()
@click.option("--to", "revision", required=True, help="Revision to go back to; base removes every table.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def downgrade(revision: str, yes: bool) -> None:
    """Take the database back to an older revision; data of newer tables is lost.

    \b
    Example:
      netlift db downgrade --to 0001 --yes
    """
    from experiments.store import migrate
    from experiments.store.engines import make_engine

    if not yes:
        click.confirm("Data of newer tables is lost. Go on?", abort=True, err=True)
    engine = make_engine(load_settings().url)
    migrate.downgrade(engine, revision)
    click.echo(f"The database is at revision {migrate.current_revision(engine) or 'base'}.")


@db.command()
def check() -> None:
    """Say whether the database is at this version's revision; exit code 1 where it is not.

    \b
    Example:
      netlift db check
    """
    from experiments.store import migrate
    from experiments.store.engines import make_engine

    engine = make_engine(load_settings().url)
    current, head = migrate.current_revision(engine), migrate.head_revision()
    if current != head:
        raise click.ClickException(
            f"The database is at {current}, this version needs {head}: run `netlift db upgrade`."
        )
    drift = migrate.differences(engine)
    if drift:
        raise click.ClickException(f"The tables differ from this version's in {len(drift)} places: {drift[0]!r}.")
    click.echo(f"The database is at revision {current}, as this version needs.")
