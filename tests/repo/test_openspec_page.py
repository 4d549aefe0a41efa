"""The page that counts OpenSpec's commands tells the truth about those that are built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from setsquare.surfaces.cli.loading import loaded
from setsquare.surfaces.cli.openspec.loading import COMMANDS

STATES = {"same", "ours", "differs", "open"}


def rows(repository: Path) -> dict[str, tuple[set[str], str]]:
    """Read the table: a command's flags and state."""
    found: dict[str, tuple[set[str], str]] = {}
    for line in (repository / "docs" / "reference" / "openspec-commands.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if len(cells) >= 3 and re.fullmatch(r"`[a-z ]+`", cells[0]):
            found[cells[0].strip("`")] = (set(re.findall(r"`(--?[a-zA-Z-]+)`", cells[1])), cells[2])
    return found


def built() -> Iterator[tuple[str, click.Command]]:
    """List every command that exists, those in groups too."""
    for name, listed in COMMANDS.items():
        command = loaded(listed)
        yield name, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for inner in command.list_commands(context):
                found = command.get_command(context, inner)
                assert found is not None
                yield f"{name} {inner}", found


def test_every_command_has_a_row_with_a_state(repository: Path) -> None:
    table = rows(repository)
    assert {state for _, state in table.values()} <= STATES
    groups = {name for name, command in built() if isinstance(command, click.Group)}
    missing = {name for name, _ in built() if name not in table and name not in groups}
    assert not missing


def test_every_flag_that_the_page_names_of_a_built_command_exists_and_none_is_left_out(repository: Path) -> None:
    table = rows(repository)
    for name, command in built():
        if name not in table or table[name][1] == "open":
            continue
        options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
        flags = {flag for option in options for flag in (*option.opts, *option.secondary_opts)}
        assert flags == table[name][0], name
