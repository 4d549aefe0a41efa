"""Decides whether an action may be taken: one pure function, the table of modes and levels.

Source: settings.md § 9 and 10.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import assert_never

from setsquare.guard.action import Action, EditText, Facts, ListFiles, Read, Search, Shell, Write
from setsquare.guard.capability import Capability, Decision, Mode, Permission
from setsquare.guard.catalogue import CommandClass
from setsquare.guard.commands import Judged, Refusal, judged_by
from setsquare.guard.context_scope import folder_decision
from setsquare.guard.file_access import place_decisions, read_decisions, write_action_decisions
from setsquare.guard.paths import BadPath
from setsquare.guard.patterns import Place
from setsquare.guard.permitting import command_decisions, lifting, strict, strict_file_decisions
from setsquare.guard.protected import Protection, protection_by
from setsquare.guard.verdicts import allow, ask, deny, strictest
from setsquare.guard.words import Word
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
_IRREVERSIBLE = frozenset({CommandClass.DESTRUCTIVE, CommandClass.EXTERNAL})
_REVISIONS = frozenset({"head", "heads"})
"""What migrations call their newest state; as a file it would be part of a bare repository."""
_PROTECTING = frozenset(Protection) - {Protection.NONE}
_SOURCES = _PROTECTING - {Protection.RUNS_LATER}

_CHANGING = frozenset({CommandClass.DESTRUCTIVE, CommandClass.INSTALL, CommandClass.UNKNOWN})


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
    found = considered(capability, action, facts)
    return strictest(found, found[-1])


# req: agent-runtime/1.5
def decided(capability: Capability, action: Action, facts: Facts) -> Decision:
    """Decide about one action, whatever happens: a guard that fails denies.

    Source: safety.md AT50.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> decided(Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings()), Shell(command=None), Facts()).rule
    'guard-failed'
    """
    try:
        return decide(capability, action, facts)
    except (
        *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, NameError, RecursionError, RuntimeError, TypeError),
        *(ValueError, re.error),
    ) as failure:
        return deny("guard-failed", f"The guard could not judge the action ({type(failure).__name__}), so it is not done.")


def considered(capability: Capability, action: Action, facts: Facts) -> tuple[Decision, ...]:
    """List everything that is to say about one action, weaker rules too; at least one.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> task = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), writable=("src/**",))
    >>> [each.rule for each in considered(task, Write("Makefile", "x"), Facts())]
    ['out-of-scope', 'runs-later', 'autonomy: cautious']
    """
    if capability.tools and action.__struct_config__.tag not in capability.tools:
        return (
            deny("agent-tools", f"The agent profile of task {capability.task} leaves only these tools: {', '.join(capability.tools)}."),
        )
    match action:
        case Read(path=path):
            return read_decisions(path, capability, facts)
        case ListFiles(path=path) | Search(path=path):
            return read_decisions(path, capability, facts, is_folder=True)
        case Write() | EditText():
            return write_action_decisions(action, capability, facts)
        case Shell(command=command):
            return _shell_decisions(command, capability, facts)
        case _:
            assert_never(action)


def _shell_decisions(command: str, capability: Capability, facts: Facts) -> tuple[Decision, ...]:
    """List what is to say about shell text: about every command in it."""
    if capability.agent.denies_all_commands:
        why = capability.agent.broken or "`forbiddenCommands` in the settings is no list of texts"
        return (deny("all-commands-denied", f"{why}, so no command runs."),)
    found = judged_by(command, capability.forbidden_entries, capability.allowed_entries, capability.root)
    is_verify = bool(capability.verify.strip()) and command.strip() == capability.verify.strip()
    if is_verify and not (isinstance(found, Refusal) and found.rule.startswith("forbidden-command")):
        return _verification_decisions(command, capability, () if isinstance(found, Refusal) else found)
    if isinstance(found, Refusal):
        return (deny(found.rule, found.reason),)
    return tuple(decision for each in found for decision in command_parts(each, capability, facts, command))


def _verification_decisions(command: str, capability: Capability, found: tuple[Judged, ...]) -> tuple[Decision, ...]:
    """List what is to say when the agent itself runs the verification command: only the mode and rules that deny or ask are stricter than its allowance."""
    vectors = tuple(each.vectors for each in found) or ((tuple(Word(text=text) for text in command.split()),),)
    said = [decision for each in vectors for decision in strict(command_decisions(capability, each, command))]
    if capability.mode is Mode.INTERACTIVE:
        said.append(ask("mode: interactive", "The interactive mode asks before every step."))
    return (*said, allow("verification-command", "It is the verification command of the settings."))


def command_parts(each: Judged, capability: Capability, facts: Facts, text: str = "") -> tuple[Decision, ...]:
    """List what is to say about one simple command and everything that it is known to write; `text` is the whole shell text."""
    rules = command_decisions(capability, each.vectors, text) if capability.permissions else ()
    own = _class_decisions(each, capability, lifting(rules))
    is_listed = bool(each.allowed or lifting(rules)) and own[-1].permission is Permission.ALLOW
    decisions = [*strict(rules), *own]
    places = (place for place in each.writes if place or each.kind is not CommandClass.WRITE)
    found = [place_decisions(place, capability, facts, is_listed=is_listed) for place in places]
    if each.kind is CommandClass.WRITE and not each.writes:
        named = (place for place in each.mentions if not isinstance(place, BadPath) and ("/" in place or "." in place))
        found += (place_decisions(place, capability, facts, is_listed=is_listed) for place in named)
    decisions += (decision for listed in found for decision in listed)
    if each.writes and capability.agent.requires_approval_for_new_files:
        decisions.append(ask("new-file", "`requireApprovalForNewFiles` asks before a command that may create files."))
    return (*decisions, *_mention_decisions(each, capability))


def _class_decisions(each: Judged, capability: Capability, lifted: Decision | None) -> tuple[Decision, ...]:
    """List what the command itself asks for: by mode, a freeze, doubt, new packages, and by class and level; `lifted` is a rule that allows it."""
    found: list[Decision] = []
    if capability.frozen and each.kind in _IRREVERSIBLE:
        found.append(deny("freeze", f"`{each.shown}` is of class {each.kind.value} ({each.why}), which a freeze denies."))
    if capability.mode is Mode.INTERACTIVE:
        return (*found, ask("mode: interactive", "The interactive mode asks before every step."))
    if each.unpinned:
        reason = f"`{each.shown}` would fetch `{each.unpinned}` in whatever version there is and run it; name an exact version."
        found.append(ask("unpinned-package", reason))
    if each.doubt:
        found.append(ask("doubtful-command", f"`{each.shown}` asks at every level: {each.doubt}."))
    return (*found, _level_decision(each, capability, lifted))


def _level_decision(each: Judged, capability: Capability, lifted: Decision | None) -> Decision:
    """Decide by the command's class, the level and what allows the command."""
    places = (place for place in (*each.writes, *each.mentions) if isinstance(place, str))
    level, kind, why = capability.level_at(tuple(places) if capability.agent.path_autonomy else ()), each.kind, each.why
    if each.is_migration and not capability.is_shared:
        kind, why = CommandClass.CHECK, f"{why} in the declared environment `{capability.environment}`"
    if kind in _LISTABLE and each.allowed:
        return allow(f"allowed-command: {each.allowed}", f"`allowedCommands` holds `{each.allowed}`.")
    if kind in _LISTABLE and lifted:
        goes_beyond = each.risk and each.risk not in lifted.rule
        return ask("doubtful-command", f"`{each.risk}` goes beyond what `{lifted.rule}` allows.") if goes_beyond else lifted
    if level in _ASKING_LEVELS[kind]:
        return ask(f"class: {kind.value}", f"`{each.shown}` is of class {kind.value} ({why}), which asks at `{level.value}` autonomy.")
    if each.adds:
        return ask("dependency-added", f"`{each.shown}` adds dependencies: {', '.join(each.adds[:8])}.")
    if kind is CommandClass.INSTALL and capability.mode is Mode.SUPERVISED:
        return ask("dependency-change", f"`{each.shown}` changes dependencies, a risk point of the supervised mode.")
    return allow(f"class: {kind.value}", f"`{each.shown}` is of class {kind.value} ({why}), which `{level.value}` autonomy allows.")


def _mention_decisions(each: Judged, capability: Capability) -> list[Decision]:
    """Ask when a command names a place outside, or a protected file that it may change by what it does; hold what it names against the rules."""
    found: list[Decision] = []
    changeable = _changeable(each)
    for place in each.mentions:
        if isinstance(place, BadPath):
            if place.rule == "outside-workspace":
                found.append(ask(place.rule, f"`{each.shown}` names a place outside: {place.reason}."))
            continue
        is_revision = each.is_migration and place.casefold() in _REVISIONS
        if changeable and not is_revision and protection_by(place, capability.protected) in changeable:
            found.append(ask("protected-path", f"`{each.shown}` may change the protected `{place}`."))
        found += strict_file_decisions(capability, place, is_writing=False)
        # A word without a slash may be a subcommand or a pattern; what it names as a file is hidden from the command itself.
        beyond = folder_decision(capability, place) if each.kind is CommandClass.READ and "/" in place else None
        found += (beyond,) if beyond else ()
        if each.kind in _CHANGING:
            found += strict_file_decisions(capability, place, is_writing=True)
            if capability.frozen and capability.frozen_globs.found(Place.of(place, capability.root)) is not None:
                found.append(deny("freeze", f"`{each.shown}` may change `{place}`, which is frozen."))
    return found


def _changeable(each: Judged) -> frozenset[Protection]:
    """Say which protected files a command may change by naming them: none by reading or copying, no build file by testing."""
    if each.kind is CommandClass.READ or (each.kind is CommandClass.WRITE and each.writes):
        return frozenset()
    return _SOURCES if each.kind is CommandClass.CHECK else _PROTECTING


def is_raisable(decision: Decision) -> bool:
    """Tell whether a person who is there may lift a denial for this run.

    >>> is_raisable(deny("max-file-edits", "")), is_raisable(deny("denied-path", ""))
    (True, False)
    """
    return decision.permission is Permission.DENY and decision.rule == "max-file-edits"
