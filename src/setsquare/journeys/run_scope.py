"""Finds what a command changed beyond the scope of its task."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.guard.capability import Capability
from setsquare.guard.globs import compiled
from setsquare.guard.protected import Protection, protection
from setsquare.journeys.app import App
from setsquare.ports.git import TreeChange
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest


class Overstep(Struct, frozen=True, kw_only=True):
    """What to put back, and what may stay with the digest of each file's bytes (empty for a deletion); `note` is for the model."""

    reverted: tuple[RelPath, ...] = ()
    kept: tuple[RelPath, ...] = ()
    after: tuple[str, ...] = ()
    note: str = ""


def overstepping(app: App, capability: Capability, trees: tuple[str, str], changed: tuple[str, ...], *, may_delete: bool) -> Overstep:
    """Sort the differences of two trees into those within the task's scope and those to put back.

    A deletion stays only when a person has approved the command. When the task would change more files than it may, nothing stays.
    """
    changes = app.checkpoints.changes(*trees)
    bad = tuple(change.path for change in changes if is_outside(capability, change.path) or (change.status == "deleted" and not may_delete))
    kept = tuple(change for change in changes if change.path not in bad)
    note = f"[outside the task's scope or protected, put back: {', '.join(bad[:20])}]" if bad else ""
    limit = capability.agent.max_file_edits_per_task
    if len({*changed, *(change.path for change in kept)}) > limit:
        note += f"[the task may change at most {limit} files, so nothing of this command's changes was kept]"
        bad, kept = tuple(change.path for change in changes), ()
    return Overstep(
        reverted=bad, kept=tuple(change.path for change in kept), after=tuple(_after(app, change) for change in kept), note=note
    )


def is_outside(capability: Capability, path: str) -> bool:
    """Tell whether a command may not leave a change of this path behind.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> scope = Capability(task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(), writable=("src/**",))
    >>> is_outside(scope, "src/a.py"), is_outside(scope, "docs/a.md"), is_outside(scope, ".kiro/settings.json")
    (False, True, True)
    """
    if protection(path, capability.agent.protected_paths) is not Protection.NONE:
        return True
    return bool(capability.writable) and not compiled(capability.writable).matches(path)


def _after(app: App, change: TreeChange) -> str:
    """Name a changed file's bytes."""
    try:
        raw = app.files.read(change.path)
    except StorageFailed:
        return ""
    return "" if raw is None else digest(raw)
