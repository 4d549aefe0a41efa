"""Decides about one file: may it be read, may it be written?

Source: settings.md § 2.2, 9, 10; safety.md AT09, AT10, AT20, AT27, AT39.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from setsquare.guard.action import EditText, Facts, Write
from setsquare.guard.capability import Capability, Decision, Mode
from setsquare.guard.globs import compiled
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.protected import Protection, is_manifest, is_secret, protection
from setsquare.guard.verdicts import allow, ask, deny, strictest
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import Autonomy

UNCOMMITTED = "uncommitted-edits"
"""The rule about files that hold somebody else's uncommitted changes."""

LARGE_LINES = 200
LARGE_DELETED_LINES = 50
SMALL_FILE_LINES = 40

_REMOTE_SCHEMA = re.compile(r"[\"']?\$schema[\"']?\s*:\s*[\"'](?:[a-z]+:)?(?://|\\/\\/|\\u)", re.IGNORECASE)
_PROTECTED_REASONS = MappingProxyType(
    {
        Protection.SECRET: "holds secrets; changing it always needs a person (safe boundaries)",
        Protection.PROTECTED: "is protected, by default or by `protectedPaths`; changing it always needs a person",
        Protection.RUNS_LATER: "is run by people or CI later; changing it always needs a person",
    }
)


def read_decision(path: str, capability: Capability, facts: Facts) -> Decision:
    """Decide about reading a file or folder. Secrets are denied whoever would say yes: what a model has read cannot be taken back.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings())
    >>> [read_decision(path, capability, Facts(real_path=path)).permission.value for path in ("src/a.py", ".env", "../a")]
    ['allow', 'deny', 'deny']
    """
    place = normalised(path, capability.root)
    if isinstance(place, BadPath):
        return deny(place.rule, f"Reading is limited to the workspace: {place.reason}.")
    if facts.real_path is None:
        return deny("outside-workspace", f"`{path}` leads out of the workspace through a symbolic link.")
    for name in (place, facts.real_path):
        if is_secret(name):
            return deny("secret-path", f"`{name}` holds secrets, which are never shown to a model.")
    if capability.mode is Mode.INTERACTIVE:
        return ask("mode: interactive", "The interactive mode asks before every step.")
    return allow("read", "Files of the workspace may be read.")


def write_action_decision(action: Write | EditText, capability: Capability, facts: Facts) -> Decision:
    """Decide about a write or an edit with the facts about its target.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), writable=("src/**",))
    >>> write_action_decision(Write(path=".git/hooks/pre-commit", content=""), capability, Facts(real_path="")).permission.value
    'deny'
    """
    place = normalised(action.path, capability.root)
    content = action.content if isinstance(action, Write) else action.new
    decisions = [place_decision(place, capability, facts)]
    if facts.real_path is None:
        decisions.append(deny("outside-workspace", f"`{action.path}` leads out of the workspace through a symbolic link."))
    elif facts.real_path and facts.real_path != place:
        decisions.append(place_decision(normalised(facts.real_path), capability, facts))
    if not facts.exists and capability.agent.requires_approval_for_new_files:
        decisions.append(ask("new-file", "`requireApprovalForNewFiles` asks before every new file."))
    if _REMOTE_SCHEMA.search(content):
        decisions.append(ask("remote-schema", "The text names a remote `$schema`, which an editor would fetch."))
    if facts.weakens:
        decisions.append(ask("tests-weakened", f"`{action.path}` would prove less than the committed one: {facts.weakens}."))
    if is_large_rewrite(facts) and capability.agent.autonomy is not Autonomy.FULL:
        decisions.append(ask("large-rewrite", f"`{capability.agent.autonomy.value}` autonomy asks before large rewrites."))
    return strictest(decisions, decisions[0])


def is_large_rewrite(facts: Facts) -> bool:
    """Tell whether an action changes more than half of a file of at least 40 lines, more than 200 lines, or deletes more than 50.

    Source: settings.md § 9.

    >>> is_large_rewrite(Facts(old_lines=40, changed_lines=21)), is_large_rewrite(Facts(old_lines=39, changed_lines=39))
    (True, False)
    """
    is_most = facts.old_lines >= SMALL_FILE_LINES and facts.changed_lines * 2 > facts.old_lines
    return is_most or facts.changed_lines > LARGE_LINES or facts.deleted_lines > LARGE_DELETED_LINES


def place_decision(place: RelPath | BadPath, capability: Capability, facts: Facts, *, is_listed: bool = False) -> Decision:
    """Decide about changing what stands at a place; `is_listed` says that `allowedCommands` covers the command that does it.

    >>> from setsquare.workspace.settings import AgentSettings
    >>> capability = Capability(task="1", mode=Mode.INTERACTIVE, agent=AgentSettings())
    >>> place_decision(RelPath("src/a.py"), capability, Facts()).rule, place_decision(RelPath(""), capability, Facts()).rule
    ('mode: interactive', 'ambiguous-path')
    """
    if isinstance(place, BadPath):
        is_computed = place.rule == "computed-path"
        return (ask if is_computed else deny)(place.rule, f"It would write where it may not: {place.reason}.")
    if not place:
        return deny("ambiguous-path", "The workspace's own folder is not a file.")
    protected = protection(place, capability.agent.protected_paths)
    if protected is Protection.DENIED:
        return deny(protected.value, f"`{place}` belongs to the platform; agents never change it.")
    if place not in facts.changed_files and len(facts.changed_files) >= capability.agent.max_file_edits_per_task:
        limit = capability.agent.max_file_edits_per_task
        return deny("max-file-edits", f"`maxFileEditsPerTask` is {limit} and `{place}` would be one more; the task is too large: split it.")
    decisions = [_scope_decision(place, capability)] if not in_scope(place, capability.writable) else []
    if protected is not Protection.NONE:
        decisions.append(ask(protected.value, f"`{place}` {_PROTECTED_REASONS[protected]}."))
    if place in facts.uncommitted_files:
        decisions.append(_uncommitted_decision(place, capability))
    if capability.mode is Mode.SUPERVISED and is_manifest(place):
        decisions.append(ask("dependency-change", f"`{place}` says which dependencies there are, a risk point of the supervised mode."))
    return strictest([*decisions, _careful_decision(capability, is_listed=is_listed)], allow("write", "nothing asks"))


def _careful_decision(capability: Capability, *, is_listed: bool) -> Decision:
    """Decide by mode, level and broken settings alone."""
    if capability.mode is Mode.INTERACTIVE:
        return ask("mode: interactive", "The interactive mode asks before every step.")
    if capability.agent.asks_for_all_writes:
        return ask("all-writes-ask", "`protectedPaths` in the settings is broken, so every write asks.")
    if capability.agent.autonomy is Autonomy.CAUTIOUS and not is_listed:
        return ask("autonomy: cautious", "`cautious` autonomy stops at every file write.")
    return allow("write", f"`{capability.agent.autonomy.value}` autonomy allows writes within the scope of the task.")


def _scope_decision(place: str, capability: Capability) -> Decision:
    """Decide about a path that the task does not name."""
    scope = ", ".join(capability.writable)
    if capability.mode is Mode.AUTONOMOUS:
        return deny("out-of-scope", f"`{place}` is not among what task {capability.task} may write ({scope}), and nobody is there to ask.")
    return ask("out-of-scope", f"`{place}` is not among what task {capability.task} may write ({scope}).")


def _uncommitted_decision(place: str, capability: Capability) -> Decision:
    """Decide about a file with somebody's uncommitted changes: with the task's commit they would be committed as the task's."""
    if capability.mode is Mode.AUTONOMOUS:
        return deny(UNCOMMITTED, f"`{place}` holds changes that are not committed, and nobody is there to ask: commit them first.")
    return ask(UNCOMMITTED, f"`{place}` holds changes that are not committed; they would become part of this task's commit.")


def in_scope(path: str, writable: tuple[str, ...]) -> bool:
    """Tell whether a task may write a path; without globs every path counts. A folder above a named file may be made.

    >>> in_scope("src/a.py", ("src/*.py",)), in_scope("src", ("src/*.py",)), in_scope("lib/a.py", ("src/*.py",)), in_scope("x", ())
    (True, True, False, True)
    """
    if not writable:
        return True
    return compiled(writable).matches(path) or any(glob.startswith(f"{path}/") for glob in writable)
