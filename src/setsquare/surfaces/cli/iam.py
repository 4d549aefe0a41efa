"""`setsquare iam`: the group of its commands, each imported when it is used."""

from __future__ import annotations

from collections.abc import Mapping

import click

from setsquare.surfaces.cli.loading import LazyGroup, Listed

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
    "role": Listed("iam_role", LOOK, "Find the role of a service in infrastructure code, manifests and task definitions."),
    "alerts": Listed("iam_alerts", CHANGE, "Show where alerts about escalation go, try the channel, tell of recorded changes."),
    "watch": Listed(
        "iam_watch",
        CHANGE,
        "Watch the roles in scope and changes of IAM, once or again and again; tell of what is new; dry run on a sandbox account.",
    ),
    "status": Listed("iam_status", LOOK, "Say how the Power stands: scope, variables, connection, last review."),
    "permissions": Listed("iam_permissions", LOOK, "Print the exact AWS permissions it needs; --check tries each of them."),
}
"""The commands of the group, in the order of its help."""


class IamGroup(LazyGroup):
    """The commands of `setsquare iam`."""

    table = IAM_COMMANDS


@click.group("iam", cls=IamGroup, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Hold what roles are granted against what they used, and propose the least that is enough, by pull request only.

    The settings are judged first (`powers.awsIamAutopilot` in .kiro/settings.json): unsafe ones end every command
    that looks at roles, proposes or tells with 3. `simulate` of a policy in a file, `escalations` of files and the lists of `permissions` and `audit` need no settings. Local files
    need no trust, no credentials and no network. No command can change an account.
    """
