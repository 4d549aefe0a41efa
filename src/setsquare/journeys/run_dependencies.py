"""Finds the dependencies that a command added to manifests and lock files without a person's word: as a write of them would have asked.

Source: safety.md AT57 (a dependency that the agent made up needs a person).
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.agent.tools.calls import parsed
from setsquare.errors import StorageFailed
from setsquare.guard.action import Shell
from setsquare.guard.capability import Capability, Permission
from setsquare.guard.catalogue import CommandClass
from setsquare.guard.commands import Judged, Refusal, judged_by
from setsquare.guard.dependencies import added_dependencies
from setsquare.guard.protected import is_lock_file, is_manifest
from setsquare.journeys.run_live import LiveRun
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath

ADDED = "dependency-added"
"""The rule about what names a dependency that was not named before."""

_SETTLING = ("allowed-command: ", "permission: ")
"""How the rules begin by which the team's own settings let an installation through."""


def unapproved_additions(run: LiveRun, capability: Capability, tree: str, changes: Iterable[TreeChange]) -> dict[RelPath, tuple[str, ...]]:
    """Name the dependencies that a command added, by the file that names them, where nobody permitted that.

    A person's yes to a command counts when the command is an installation, and so does the settings' own; a yes to anything else said nothing
    of dependencies. What the run may write by a person's leave may be changed by a command, too. An installation of what the manifests name
    already may write the lock file that follows from them.
    """
    found: dict[RelPath, tuple[str, ...]] = {}
    for change in changes:
        # A command can make a hundred thousand files, and each look at a checkpoint is a process: manifests alone are looked at.
        if change.status == "deleted" or not is_manifest(change.path) or change.path in run.latest.approved:
            continue
        names = _added(run, tree, change.path)
        if names:
            found[change.path] = names
    if not found:
        return {}
    installs = tuple(each for each in _commands(run, capability) if each.kind is CommandClass.INSTALL)
    if not installs:
        return found
    is_permitted = run.state.permission == Permission.ASK.value or run.state.rule.startswith(_SETTLING)
    if is_permitted:
        return {}
    is_following = all(is_lock_file(path) for path in found) and not any(each.adds for each in installs)
    return {} if is_following else found


def _added(run: LiveRun, tree: str, path: RelPath) -> tuple[str, ...]:
    """List what one file names and did not name before; one that cannot be read any more is judged by its place alone."""
    try:
        new = run.app.files.read(path)
    except StorageFailed:
        return ()
    return added_dependencies(path, run.app.checkpoints.read(tree, path), new) if new is not None else ()


def _commands(run: LiveRun, capability: Capability) -> tuple[Judged, ...]:
    """Read the simple commands of the call that is being performed."""
    action = parsed(run.state.pending[0]) if run.state.pending else None
    if not isinstance(action, Shell):
        return ()
    judged = judged_by(action.command, capability.forbidden_entries, capability.allowed_entries, capability.root)
    return () if isinstance(judged, Refusal) else judged
