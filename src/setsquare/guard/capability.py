"""Holds what one task may do, compiled from the approved spec and the settings, and what was decided about one action."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.workspace.settings import AgentSettings


class Mode(enum.Enum):
    """How a run involves a person."""

    INTERACTIVE = "interactive"
    SUPERVISED = "supervised"
    AUTONOMOUS = "autonomous"


class Permission(enum.Enum):
    """What the guard says, from the most to the least permissive."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Capability(Struct, frozen=True, kw_only=True):
    """What a task may do.

    `writable` are globs that it may write, empty when the spec names none (then every path that is not protected counts as in scope).
    `verify` is the verification command, which is always allowed. `root` is the workspace's absolute folder, with which absolute paths are
    read; without it every absolute path lies outside. `hosts` are the names that commands may reach, none by default.
    """

    task: str
    mode: Mode
    agent: AgentSettings
    writable: tuple[str, ...] = ()
    verify: str = ""
    root: str = ""
    hosts: tuple[str, ...] = ()


class Decision(Struct, frozen=True, kw_only=True):
    """The guard's word: `rule` names what decided (`protected-path`, `forbidden-command: rm -rf`, …), `reason` is one sentence for a person."""

    permission: Permission
    rule: str
    reason: str
