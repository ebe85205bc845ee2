"""The `netlift` command. Each command lives in a module of its own that is imported only when it runs.

`netlift --help` must answer in a blink, so the group knows names and one-line helps without importing anything.
"""

from __future__ import annotations

import importlib
import sys
from difflib import get_close_matches

import click

from experiments import __version__

#: command → (module, attribute, one-line help)
COMMANDS = {
    "demo": ("web.cli.demo", "demo", "Seed the demo telecom and serve it."),
    "serve": ("web.cli.serve", "serve", "Serve the web product with its worker."),
    "worker": ("web.cli.worker", "worker", "Run the worker alone."),
    "db": ("web.cli.db", "db", "Migrate the database."),
    "user": ("web.cli.user", "user", "Manage people who sign in."),
    "keys": ("web.cli.keys", "keys", "Make and list keys of shops and back offices."),
    "identity": ("web.cli.identity", "identity", "Make and retire secrets that sign customer ids."),
    "experiment": ("web.cli.experiment", "experiment", "List, create, launch and stop experiments."),
    "import": ("web.cli.imports", "imports", "Bring sales, customers, price lists and finished tests."),
    "analyse": ("web.cli.analyse", "analyse", "Print the report of an experiment."),
    "report": ("web.cli.report", "report", "Write the report of an experiment as one file."),
    "explain": ("web.cli.explain", "explain", "Show how a number of a report came to be."),
    "opportunities": ("web.cli.opportunities", "opportunities", "Rank where pages hold unused potential."),
    "power": ("web.cli.power", "power", "Size a test: goal, guardrails and the joint rule."),
    "doctor": ("web.cli.doctor", "doctor", "Check an installation and say what to do."),
    "settings": ("web.cli.settings", "settings", "Print every setting and what gives it."),
    "mail": ("web.cli.mail", "mail", "Send a letter, to see whether the mail server takes it."),
    "backup": ("web.cli.backup", "backup", "Back up database, keys and unit tables."),
    "restore": ("web.cli.backup", "restore", "Restore a backup."),
    "privacy": ("web.cli.privacy", "privacy", "Hand over or forget what is kept of one person."),
    "simulate": ("web.cli.simulate", "simulate", "Send live traffic through the SDK to a running server."),
    "completion": ("web.cli.completion", "completion", "Let the shell finish commands and options."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As usual; a mistyped command is told with those that were perhaps meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = get_close_matches(args[0], COMMANDS)
            if close:
                raise click.UsageError(f"{error.message} Did you mean {' or '.join(close)}?", ctx) from None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """One line per command, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="netlift")
def cli() -> None:
    """A/B tests for cross-sell journeys: the lift that remains, without cannibalisation.

    \b
    Example:
      netlift demo
      netlift power --goal cross-sell:0.032:+10% --guardrail up-sell:0.042:5% --traffic 90000
    """


def main() -> None:
    """Run the command; errors go to standard error, exit codes are 0, 1 (failed) and 2 (bad usage)."""
    from web.cli.failures import run

    sys.exit(run(cli))
