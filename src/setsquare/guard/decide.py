"""Decides whether an action may be taken: one pure function, the table of modes and levels.

Source: settings.md § 9 and 10.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import assert_never

from setsquare.guard.action import Action, EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Decision, Mode, Permission
from setsquare.guard.catalogue import CommandClass
from setsquare.guard.commands import Judged, Refusal, judged
from setsquare.guard.file_access import place_decision, read_decision, write_action_decision
from setsquare.guard.paths import BadPath
from setsquare.guard.protected import Protection, protection
from setsquare.guard.verdicts import allow, ask, deny, strictest
from setsquare.workspace.settings import Autonomy

_ASKING_LEVELS: MappingProxyType[CommandClass, frozenset[Autonomy]] = MappingProxyType(
    {
        CommandClass.READ: frozenset(),
        CommandClass.CHECK: frozenset({Autonomy.CAUTIOUS}),
        CommandClass.WRITE: frozenset({Autonomy.CAUTIOUS}),
        CommandClass.INSTALL: frozenset({Autonomy.CAUTIOUS, Autonomy.BALANCED}),
        CommandClass.DESTRUCTIVE: frozenset(Autonomy),
        CommandClass.EXTERNAL: frozenset(Autonomy),
        CommandClass.UNKNOWN: frozenset(Autonomy),
    }
)
_LISTABLE = frozenset({CommandClass.CHECK, CommandClass.WRITE, CommandClass.INSTALL, CommandClass.UNKNOWN})


# req: guarded-run/1.1, guarded-run/1.2
def decide(capability: Capability, action: Action, facts: Facts) -> Decision:
    """Decide about one action.

    `Deny` holds whatever a person says, with one exception: after `max-file-edits` a person who is there may raise the limit for the run.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(autonomy=Autonomy.BALANCED), writable=("src/**",))
    >>> [
    ...     decide(task, each, Facts()).rule
    ...     for each in (Write("src/a.py", "x"), Write("lib/a.py", "x"), Shell("git status"), Shell("rm -rf src"))
    ... ]
    ['write', 'out-of-scope', 'class: read', 'forbidden-command: rm -rf']
    """
    match action:
        case Read(path=path) | ListFiles(path=path) | Search(path=path):
            return read_decision(path, capability, facts)
        case Write() | EditText():
            return write_action_decision(action, capability, facts)
        case Shell(command=command):
            return _shell_decision(command, capability, facts)
        case _:
            assert_never(action)


def _shell_decision(command: str, capability: Capability, facts: Facts) -> Decision:
    """Decide about shell text: the strictest decision about any command in it."""
    if capability.agent.denies_all_commands:
        return deny("all-commands-denied", "`forbiddenCommands` in the settings is broken, so no command runs.")
    found = judged(command, capability.agent, capability.root)
    is_verify = bool(capability.verify.strip()) and command.strip() == capability.verify.strip()
    if isinstance(found, Refusal):
        if is_verify and not found.rule.startswith("forbidden-command"):
            return allow("verification-command", "It is the verification command of the settings.")
        return deny(found.rule, found.reason)
    if is_verify:
        return allow("verification-command", "It is the verification command of the settings.")
    return strictest([_command_decision(each, capability, facts) for each in found], allow("class: read", "It only reads."))


def _command_decision(each: Judged, capability: Capability, facts: Facts) -> Decision:
    """Decide about one simple command and everything that it is known to write."""
    own = _class_decision(each, capability)
    is_listed = own.rule.startswith("allowed-command")
    decisions = [own]
    places = (place for place in each.writes if place or each.kind is not CommandClass.WRITE)
    decisions += (place_decision(place, capability, facts, is_listed=is_listed) for place in places)
    if each.kind is CommandClass.WRITE and not each.writes:
        named = (place for place in each.mentions if not isinstance(place, BadPath) and ("/" in place or "." in place))
        decisions += (place_decision(place, capability, facts, is_listed=is_listed) for place in named)
    if each.writes and capability.agent.requires_approval_for_new_files:
        decisions.append(ask("new-file", "`requireApprovalForNewFiles` asks before a command that may create files."))
    decisions += _mention_decisions(each, capability)
    return strictest(decisions, own)


def _class_decision(each: Judged, capability: Capability) -> Decision:
    """Decide by the command's class, the level, the mode and `allowedCommands`."""
    if capability.mode is Mode.INTERACTIVE:
        return ask("mode: interactive", "The interactive mode asks before every step.")
    if each.doubt:
        return ask("doubtful-command", f"`{each.shown}` asks at every level: {each.doubt}.")
    level, kind = capability.agent.autonomy, each.kind
    if each.allowed and kind in _LISTABLE:
        return allow(f"allowed-command: {each.allowed}", f"`allowedCommands` holds `{each.allowed}`.")
    if level in _ASKING_LEVELS[kind]:
        return ask(f"class: {kind.value}", f"`{each.shown}` is of class {kind.value} ({each.why}), which asks at `{level.value}` autonomy.")
    if kind is CommandClass.INSTALL and capability.mode is Mode.SUPERVISED:
        return ask("dependency-change", f"`{each.shown}` changes dependencies, a risk point of the supervised mode.")
    return allow(f"class: {kind.value}", f"`{each.shown}` is of class {kind.value} ({each.why}), which `{level.value}` autonomy allows.")


def _mention_decisions(each: Judged, capability: Capability) -> list[Decision]:
    """Ask when a command names a place outside, or a protected file that it may change by what it does."""
    found: list[Decision] = []
    for place in each.mentions:
        if isinstance(place, BadPath):
            if place.rule == "outside-workspace":
                found.append(ask(place.rule, f"`{each.shown}` names a place outside: {place.reason}."))
        elif protection(place, capability.agent.protected_paths) in _changeable(each):
            found.append(ask("protected-path", f"`{each.shown}` may change the protected `{place}`."))
    return found


def _changeable(each: Judged) -> frozenset[Protection]:
    """Say which protected files a command may change by naming them: none by reading or copying, no build file by testing."""
    every = frozenset(Protection) - {Protection.NONE}
    if each.kind is CommandClass.READ or (each.kind is CommandClass.WRITE and each.writes):
        return frozenset()
    return every - {Protection.RUNS_LATER} if each.kind is CommandClass.CHECK else every


def is_raisable(decision: Decision) -> bool:
    """Tell whether a person who is there may lift a denial for this run.

    >>> is_raisable(deny("max-file-edits", "")), is_raisable(deny("denied-path", ""))
    (True, False)
    """
    return decision.permission is Permission.DENY and decision.rule == "max-file-edits"
