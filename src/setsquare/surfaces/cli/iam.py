"""`setsquare iam`: the group of its commands, each imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping

import click

from setsquare.surfaces.cli.loading import Listed, loaded

LOOK = "Look"
CHANGE = "Propose and watch"

IAM_COMMANDS: Mapping[str, Listed] = {
    "analyze": Listed("iam_analyze", LOOK, "Say which permissions a role used, and which it was granted and never used."),
    "explain": Listed("iam_explain", LOOK, "Say why one action of a role is kept or called unused, with the evidence."),
    "recommend": Listed("iam_recommend", LOOK, "Print what would be enough for a role; writes nothing but what --output names."),
    "coverage": Listed("iam_coverage", LOOK, "Say what a trail can show, and where it has gaps."),
    "simulate": Listed("iam_simulate", LOOK, "Hold one request against policies, with the trace of the answer."),
    "escalations": Listed("iam_escalations", LOOK, "Find ways to more rights in policies, accounts and changes; say which are new."),
    "pr": Listed("iam_pr", CHANGE, "Propose what is enough for a role as a pull request on infrastructure code; nothing in AWS changes."),
    "audit": Listed("iam_audit", CHANGE, "List requests that were found out of scope; switch the Power on again after an audit."),
    "role": Listed("iam_role", LOOK, "Find the role of a service in task definitions and infrastructure code."),
    "alerts": Listed("iam_alerts", CHANGE, "Show where alerts about escalation go, try the channel, tell of recorded changes."),
    "watch": Listed(
        "iam_watch", CHANGE, "Look over all roles in scope, new ones first by name; dry run on a sandbox account; read change events."
    ),
    "status": Listed("iam_status", LOOK, "Say how the Power stands: scope, variables, connection, last review."),
    "permissions": Listed("iam_permissions", LOOK, "Print the exact AWS permissions it needs; --check tries each of them."),
}
"""The commands of the group, in the order of its help."""


class IamGroup(click.Group):
    """Imports a command by its name from the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """List the commands in the table's order."""
        return list(IAM_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import one command."""
        listed = IAM_COMMANDS.get(cmd_name)
        return None if listed is None else loaded(listed)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where one is mistyped."""
        if args[0] not in IAM_COMMANDS and not args[0].startswith("-"):
            import difflib  # noqa: PLC0415  (start-up: only a misspelt command needs it)

            near = difflib.get_close_matches(args[0], IAM_COMMANDS, n=1)
            if near:
                ctx.fail(f"No such command '{args[0]}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the commands by what they are for, without importing one."""
        for group in dict.fromkeys(listed.group for listed in IAM_COMMANDS.values()):
            with formatter.section(group):
                formatter.write_dl([(name, listed.line) for name, listed in IAM_COMMANDS.items() if listed.group == group])


@click.group("iam", cls=IamGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Hold what roles are granted against what they used, and propose the least that is enough, by pull request only.

    The settings are judged first (`powers.awsIamAutopilot` in .kiro/settings.json): unsafe ones end every command
    that looks at roles, proposes or tells with 3. `escalations` of files and the lists of `permissions` and `audit` need no settings. Local files need no trust,
    no credentials and no network. No command can change an account.
    """
