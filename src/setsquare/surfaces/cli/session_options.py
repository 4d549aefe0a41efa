"""The options that give rules for one run."""

from __future__ import annotations

import click

ALLOWED = click.option(
    "--allow",
    multiple=True,
    metavar="RULE",
    help="Allow for one run what would ask: a pattern of commands, or CAPABILITY:PATTERN; may be given several times. A deny of any place stays.",
)
DENIED = click.option(
    "--deny",
    multiple=True,
    metavar="RULE",
    help="Deny for one run: a pattern of commands, CAPABILITY:PATTERN or a CAPABILITY; may be given several times.",
)
"""Rules for one run."""


def session_of(allowed: tuple[str, ...], denied: tuple[str, ...]) -> tuple[str, ...]:
    """Write the rules for one run in the order in which they are looked at.

    >>> session_of(("npm *",), ("shell:rm *",))
    ('deny shell:rm *', 'allow npm *')
    """
    return (*(f"deny {rule}" for rule in denied), *(f"allow {rule}" for rule in allowed))
