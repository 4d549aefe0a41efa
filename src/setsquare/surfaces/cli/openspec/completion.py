"""`setsquare openspec completion`: the completion of the whole program, in files of its own; no start-up file of a shell is touched."""

from __future__ import annotations

import os

import click
from click.shell_completion import get_completion_class
from msgspec import Struct

from setsquare.journeys.openspec_completion import install_script, place_of, remove_script
from setsquare.surfaces.cli.loading import COMMANDS as TOP
from setsquare.surfaces.cli.loading import LazyGroup, Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.loading import COMMANDS
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.wire import planning_app

_SHELLS = ("zsh", "bash", "fish", "powershell")


class GenerateOptions(Struct, frozen=True):
    """Which shell; that of the environment where none is named."""

    shell: str | None


class InstallOptions(Struct, frozen=True):
    """Which shell, and how much is told."""

    shell: str | None
    is_verbose: bool


class UninstallOptions(Struct, frozen=True):
    """Which shell; nothing is asked."""

    shell: str | None
    is_confirmed: bool


_SHELL = click.argument("shell", metavar="[shell]", required=False)


@made("generate", GenerateOptions, (_SHELL,))
def generate(options: GenerateOptions) -> Answer:
    """Print the completion script of a shell: zsh, bash, fish or powershell."""
    shell = _shell(options.shell)
    return _unsupported(shell) if shell not in _SHELLS else Answer(text=script(shell))


@made("install", InstallOptions, (_SHELL, click.option("--verbose", "is_verbose", is_flag=True, help="Say where the script was written.")))
def install(options: InstallOptions) -> Answer:
    """Write the completion script where the shell looks for it, and say what else is to be done; start-up files are left alone."""
    shell = _shell(options.shell)
    app = planning_app()
    place = place_of(app, shell)
    if shell not in _SHELLS or place is None:
        return _unsupported(shell)
    install_script(app, place, script(shell).encode())
    where = f"Written: {place.folder}/{place.name}\n" if options.is_verbose else ""
    return Answer(text=f"✓ Completion script installed\n{where}\n{place.then}")


@made(
    "uninstall",
    UninstallOptions,
    (_SHELL, click.option("-y", "--yes", "is_confirmed", is_flag=True, help="Taken for OpenSpec's sake; nothing is asked.")),
)
def uninstall(options: UninstallOptions) -> Answer:
    """Remove the script that `install` wrote; one that was changed since is kept."""
    shell = _shell(options.shell)
    app = planning_app()
    place = place_of(app, shell)
    if shell not in _SHELLS or place is None:
        return _unsupported(shell)
    problem = remove_script(app, place, script(shell).encode())
    return Answer(notes=f"Error: {problem}\n", exit_code=1) if problem else Answer(text="✓ Completion script uninstalled successfully")


def script(shell: str) -> str:
    """Write the script of a shell, for the program `setsquare` with all its commands."""
    kind = get_completion_class(shell)
    if kind is None:
        return _powershell()
    return kind.source_template % kind(LazyGroup("setsquare"), {}, "setsquare", "_SETSQUARE_COMPLETE").source_vars() + "\n"


def _powershell() -> str:
    """Write the script for PowerShell, which knows the commands and no options."""
    own = ", ".join(f"'{name}'" for name in TOP)
    below = ", ".join(f"'{name}'" for name in COMMANDS)
    return (
        "Register-ArgumentCompleter -Native -CommandName setsquare -ScriptBlock {\n"
        "    param($wordToComplete, $commandAst, $cursorPosition)\n"
        "    $words = $commandAst.CommandElements | ForEach-Object { $_.ToString() }\n"
        f"    $found = if ($words.Count -gt 1 -and $words[1] -eq 'openspec') {{ @({below}) }} else {{ @({own}) }}\n"
        '    $found | Where-Object { $_ -like "$wordToComplete*" } |\n'
        "        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_) }\n"
        "}\n"
    )


def _shell(said: str | None) -> str:
    """Name the shell that is asked for, else the one that runs."""
    return (said or os.environ.get("SHELL", "").rpartition("/")[2] or "bash").lower()


def _unsupported(shell: str) -> Answer:
    return Answer(notes=f"Error: Shell '{shell}' is not supported yet. Currently supported: {', '.join(_SHELLS)}\n", exit_code=1)


command = TabledGroup(
    "completion",
    {
        "generate": Listed("openspec.completion:generate", "Commands", "Print the completion script of a shell."),
        "install": Listed("openspec.completion:install", "Commands", "Write it where the shell looks for it."),
        "uninstall": Listed("openspec.completion:uninstall", "Commands", "Remove what install wrote."),
    },
    "Print, install or remove shell completion.",
)
