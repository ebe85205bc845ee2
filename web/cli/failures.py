"""How a command fails: one line on standard error, exit code 1 for a refusal and 2 for bad usage."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        result = command.main(args=arguments, prog_name="netlift", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.UsageError) else 1
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone; nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _refused(error)


def _refused(error: Exception) -> int:
    from experiments.domain.errors import DomainError

    if isinstance(error, DomainError):
        click.echo(f"Error: {error.message}", err=True)
        return 1
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        click.echo(f"Error: {error.filename}: {error.strerror}.", err=True)
        return 1
    if type(error).__module__.startswith(("sqlalchemy", "psycopg", "sqlite3")):
        click.echo(f"Error: the database refused: {_first_line(error)}", err=True)
        click.echo("Check NETLIFT_DATABASE_URL and run `netlift db upgrade`.", err=True)
        return 1
    raise error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
