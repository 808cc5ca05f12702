"""`pitlive completion`: what a shell needs to complete our commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(short_help="Print the completion of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    \b
    Examples
      eval "$(pitlive completion bash)"                      in ~/.bashrc
      eval "$(pitlive completion zsh)"                       in ~/.zshrc
      pitlive completion fish > ~/.config/fish/completions/pitlive.fish
    """
    script = get_completion_class(shell)
    if script is None:
        raise click.ClickException(f"completion: got {shell}, want another shell")
    click.echo(script(ctx.find_root().command, {}, "pitlive", "_PITLIVE_COMPLETE").source())
