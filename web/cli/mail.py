"""`netlift mail`: one letter, to see whether the mail server takes it."""

from __future__ import annotations

import click

from web.cli.context import load_settings


@click.command()
@click.option("--to", required=True, help="Address the letter goes to.")
def mail(to: str) -> None:
    """Send a letter through the mail server of the settings; exit code 1 with its answer where it is not taken.

    \b
    Example:
      netlift mail --to you@example.org
    """
    from experiments.domain.errors import DomainError
    from experiments.services.mail import Letter, postman

    settings = load_settings()
    carrier = postman(settings)
    if carrier is None:
        raise DomainError("bad_setting", "No letters here: set NETLIFT_MAIL_HOST and NETLIFT_PUBLIC_URL.")
    text = f"Letters of {settings.public_url} arrive."
    carrier.send(Letter(to, "Netlift can write to you", text))
    click.echo(f"{settings.mail_host} took the letter to {to}.")
