"""Reads the rules that a person gives for one run on the command line: `allow npm *`, `deny fs_write:docs/**`, `deny shell`.

Such a rule is one of the innermost scope and nothing more: a deny of any scope wins over it, and an ask of any scope over its `allow`, which lifts what
an entry of `allowedCommands` lifts.

Source: Kiro's on-disk format, section 9 (the scope `session`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.guard.capability import Permission, PermissionRule, Scope
from setsquare.guard.permission_reader import CAPABILITIES

_NAMED = re.compile(r"([A-Za-z_]+):(?!/)(.*)", re.DOTALL)
_LONGEST = 2_000


class BadRule(Struct, frozen=True):
    """A rule that is not understood, and how it is written; nothing may start with it, since what it denies cannot be told."""

    reason: str
    hint: str


def session_rule(entry: str, home: str = "") -> PermissionRule | BadRule:
    """Read one rule: the effect, a blank, and `CAPABILITY`, `CAPABILITY:PATTERN` or a pattern of commands; `home` is what `~/` stands for.

    >>> rule = session_rule("allow npm *")
    >>> rule.capability, rule.effect.value, rule.match, rule.source
    ('shell', 'allow', ('npm *',), 'this run: --allow "npm *"')
    >>> session_rule("deny fs_write:docs/**").match, session_rule("deny mcp").match
    (('docs/**',), ())
    >>> session_rule("deny fs_wirte:docs/**").reason
    '`fs_wirte` is no capability'
    """
    word, _, text = entry.partition(" ")
    effect, text = Permission(word), text.strip()
    said = f'--{word} "{text}"'
    if not text or len(text) > _LONGEST or not text.isprintable():
        return BadRule(f"{said[:80]} holds no pattern on one line", f'`--{word} "npm *"`, `--{word} fs_write:docs/**`')
    capability, pattern = "shell", text
    named = _NAMED.fullmatch(text)
    if text in CAPABILITIES:
        capability, pattern = text, ""
    elif named and named[1] not in CAPABILITIES:
        known = ", ".join(sorted(CAPABILITIES))
        return BadRule(f"`{named[1]}` is no capability", f"Capabilities: {known}. For a command that is written so: `shell:{text}`.")
    elif named:
        capability, pattern = named[1], named[2].strip()
        if not pattern:
            return BadRule(f"{said} holds no pattern", f"For all of it: `--{word} {capability}`.")
    if pattern.startswith("!"):
        return BadRule(f"{said} negates, which no pattern does", "Say what is meant without `!`.")
    if home and pattern.startswith("~/"):
        pattern = f"{home.rstrip('/')}{pattern[1:]}"
    return PermissionRule(
        capability=capability,
        effect=effect,
        match=(pattern,) if pattern else (),
        scope=Scope.SESSION,
        source=f"this run: {said}",
    )
