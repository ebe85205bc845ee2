"""`netlift privacy`: hand over or forget what is kept of one person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from web.cli.context import console_actor, load_settings, now, open_engine, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from experiments.config import Settings
    from experiments.services.privacy import Kind


def _who(command: Callable[..., None]) -> Callable[..., None]:
    customer = click.option("--customer", metavar="ID", help="Id of the customer, as the shop sends it.")
    visitor = click.option("--visitor", metavar="ID", help="Id of one visitor (device).")
    agent = click.option("--agent", metavar="ID", help="Id of an agent of the contact centre.")
    return customer(visitor(agent(command)))


@click.group()
def privacy() -> None:
    """Hand over or forget what is kept of one person.

    \b
    Example:
      netlift privacy export --customer 4711 --out 4711.json
      netlift privacy erase --customer 4711 --reason "Request of 27 November"
    """


@privacy.command()
@_who
@click.option("--out", type=click.Path(path_type=Path), help="File to write; standard output by default.")
def export(customer: str | None, visitor: str | None, agent: str | None, out: Path | None) -> None:
    """Print every stored row of a person as JSON.

    \b
    Example:
      netlift privacy export --visitor 3f2a… --out visitor.json
    """
    import json

    from experiments.services.privacy import export as hand_over

    kind, raw = _chosen(customer=customer, visitor=visitor, agent=agent)
    settings = load_settings()
    engine = open_engine(settings)
    found = hand_over(engine, console_actor(), now(), kind, raw, id_key=_id_key(settings))
    if out is None:
        print_json(found)
        return
    out.touch(mode=0o600)
    out.write_text(json.dumps(found, indent=2, ensure_ascii=False))
    click.echo(f"{sum(map(len, found['tables'].values())):,} rows written to {out}.", err=True)


@privacy.command()
@_who
@click.option("--reason", default="", help="Kept in the audit; write no id into it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(customer: str | None, visitor: str | None, agent: str | None, reason: str, yes: bool) -> None:
    """Delete every row of a person, and drop what of them still arrives late.

    \b
    Example:
      netlift privacy erase --customer 4711 --yes
    """
    from experiments.services.privacy import erase as forget

    kind, raw = _chosen(customer=customer, visitor=visitor, agent=agent)
    if not yes:
        click.confirm(f"Everything kept of this {kind} is deleted for good. Go on?", abort=True, err=True)
    settings = load_settings()
    done = forget(
        open_engine(settings),
        console_actor(),
        now(),
        kind,
        raw,
        id_key=_id_key(settings),
        folder=settings.data_dir,
        reason=reason,
    )
    print_json(done.to_dict())


@privacy.command()
@click.option("--remove", is_flag=True, help="Remove now instead of waiting for the worker's next day.")
def retention(remove: bool) -> None:
    """Say what NETLIFT_RETENTION_DAYS would remove, and which tests hold it back.

    \b
    Example:
      netlift privacy retention
    """
    from experiments.services.clock import to_iso
    from experiments.services.retention import look, remove_old

    settings = load_settings()
    found = (remove_old if remove else look)(open_engine(settings), settings, now())
    if found.wanted is None or found.edge is None:
        click.echo("NETLIFT_RETENTION_DAYS is 0: nothing is ever removed.")
        return
    verb = "Removed" if remove and not found.waiting else "Can be removed:"
    click.echo(f"Older than {settings.retention_days} days: received before {to_iso(found.wanted)}.")
    click.echo(f"{verb} what was received before {to_iso(found.edge)}.")
    for item in found.held:
        click.echo(f"Held back by {item.experiment} from {to_iso(item.since)} on: {item.why}.")
    for table, count in found.removed.items():
        click.echo(f"  {table}: {count:,}")
    if found.waiting:
        click.echo(found.waiting, err=True)


def _id_key(settings: Settings) -> bytes:
    """The key that is there; one made now would find nobody, and say that nothing is kept of them."""
    from experiments.domain.errors import DomainError

    if not settings.given_id_key and not (settings.data_dir / "id.key").is_file():
        place = f"There is no id key in {settings.data_dir}"
        message = f"{place}: set NETLIFT_ID_KEY or NETLIFT_ID_KEY_FILE as the service has it."
        raise DomainError("no_id_key", message, "id_key")
    return settings.id_secret()


def _chosen(**given: str | None) -> tuple[Kind, str]:
    named = [(kind, raw) for kind, raw in given.items() if raw is not None]
    if len(named) != 1:
        raise click.UsageError("Give exactly one of --customer ID, --visitor ID and --agent ID.")
    return cast("Kind", named[0][0]), named[0][1]
