"""`netlift completion`: let the shell finish commands and options."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what makes SHELL finish commands and options of netlift on Tab; put it where the shell reads it.

    \b
    Example:
      netlift completion bash > ~/.local/share/bash-completion/completions/netlift
      netlift completion zsh > ~/.zfunc/_netlift
      netlift completion fish > ~/.config/fish/completions/netlift.fish
    """
    from click.shell_completion import get_completion_class

    from web.cli import cli

    found = get_completion_class(shell)
    assert found is not None, "every choice is a shell that click knows"
    click.echo(found(cli, {}, "netlift", "_NETLIFT_COMPLETE").source())
