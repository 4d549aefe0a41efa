"""Says why a name cannot be that of a change.

Source: the name checks of OpenSpec 1.13.2, observed from outside; scripts read the messages.
"""

from __future__ import annotations

import re

LIMIT_NAME = 200
"""The longest name of a new change, in characters."""

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def new_name_problem(name: str) -> str:
    """Say why a change cannot be made under a name; empty when it can.

    >>> new_name_problem("add-login"), new_name_problem("Add"), new_name_problem("a.b")
    ('', 'Change name must be lowercase (use kebab-case)', 'Change name can only contain lowercase letters, numbers, and hyphens')
    """
    if not name:
        return "Missing required argument <name>"
    if len(name) > LIMIT_NAME:
        return f"Change name is too long ({LIMIT_NAME} characters max)"
    if _KEBAB.fullmatch(name):
        return ""
    checks = (
        (re.search(r"[A-Z]", name), "must be lowercase (use kebab-case)"),
        (re.search(r"\s", name), "cannot contain spaces (use hyphens instead)"),
        ("_" in name, "cannot contain underscores (use hyphens instead)"),
        (name.startswith("-"), "cannot start with a hyphen"),
        (name.endswith("-"), "cannot end with a hyphen"),
        ("--" in name, "cannot contain consecutive hyphens"),
    )
    return "Change name " + next((told for found, told in checks if found), "can only contain lowercase letters, numbers, and hyphens")


def named_problem(name: str) -> str:
    """Say why a name cannot be that of a change that exists; empty when it can.

    >>> named_problem("Old_Change"), named_problem("../x")
    ('', "Invalid change name '../x': Change name cannot contain path separators")
    """
    checks = (
        (name in (".", ".."), "Change name cannot be a relative path segment"),
        (re.search(r"[/\\]", name), "Change name cannot contain path separators"),
        ("\0" in name, "Change name cannot contain a NUL character"),
        (name == "archive", "'archive' is reserved for archived changes"),
        (name.startswith("."), "Change name cannot start with a dot"),
    )
    told = next((told for found, told in checks if found), "")
    return f"Invalid change name '{name}': {told}" if told else ""
