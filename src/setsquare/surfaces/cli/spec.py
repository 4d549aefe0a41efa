"""`setsquare spec`: a group whose commands are imported when they are used."""

from __future__ import annotations

import click

_NAMES = ("new", "list", "status", "audit", "history", "verified", "archive", "unarchive", "rename", "split", "rollback")


class _SpecGroup(click.Group):
    """Imports a command's module by need: most uses need one of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """List the commands in the order of a spec's life."""
        return list(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import one command."""
        match cmd_name:
            case "new":
                from setsquare.surfaces.cli.spec_new import command as found  # noqa: PLC0415  (start-up)
            case "list":
                from setsquare.surfaces.cli.spec_list import command as found  # noqa: PLC0415  (start-up)
            case "status":
                from setsquare.surfaces.cli.spec_status import status as found  # noqa: PLC0415  (start-up)
            case "verified":
                from setsquare.surfaces.cli.spec_status import verified_command as found  # noqa: PLC0415  (start-up)
            case "history":
                from setsquare.surfaces.cli.spec_history import command as found  # noqa: PLC0415  (start-up)
            case "audit":
                from setsquare.surfaces.cli.spec_audit import command as found  # noqa: PLC0415  (start-up)
            case "archive":
                from setsquare.surfaces.cli.spec_move import archive_command as found  # noqa: PLC0415  (start-up)
            case "unarchive":
                from setsquare.surfaces.cli.spec_move import unarchive_command as found  # noqa: PLC0415  (start-up)
            case "rename":
                from setsquare.surfaces.cli.spec_move import rename_command as found  # noqa: PLC0415  (start-up)
            case "split":
                from setsquare.surfaces.cli.spec_split import command as found  # noqa: PLC0415  (start-up)
            case "rollback":
                from setsquare.surfaces.cli.spec_rollback import command as found  # noqa: PLC0415  (start-up)
            case _:
                return None
        return found


@click.group("spec", cls=_SpecGroup)
def command() -> None:
    """Make, list, audit, move, split and take back specs."""
