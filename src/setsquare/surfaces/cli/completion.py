"""`setsquare completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.surfaces.cli.loading import LazyGroup
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made


class Options(Struct, frozen=True):
    """Which shell."""

    shell: str


class Result(Struct, frozen=True, kw_only=True):
    """The script."""

    schema: str = "setsquare/completion/1"
    shell: str
    script: str


_USE = """\b
bash:  setsquare completion bash >> ~/.bashrc
zsh:   setsquare completion zsh >> ~/.zshrc
fish:  setsquare completion fish > ~/.config/fish/completions/setsquare.fish
"""


@made("completion", Options, (click.argument("shell", type=click.Choice(["bash", "zsh", "fish"])),), epilog=_USE)
def command(options: Options) -> Output:
    """Print the completion script of a shell."""
    kind = get_completion_class(options.shell)
    if kind is None:
        raise Usage(f"No completion for {options.shell}.", "One of: bash, zsh, fish.")
    script = kind(LazyGroup("setsquare"), {}, "setsquare", "_SETSQUARE_COMPLETE").source_vars()
    text = kind.source_template % script
    return Output(result=Result(shell=options.shell, script=text), text=text)
