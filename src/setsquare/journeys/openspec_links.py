"""Finds specs that are symbolic links leading where nothing may be read, or nowhere.

Source: OpenSpec 1.13.2, observed: a delta may lead to another file among the deltas of its change, a main spec to another main spec; one that a
change modifies must stay in its own folder.
"""

from __future__ import annotations

from setsquare.journeys.openspec_items import SPECS
from setsquare.journeys.openspec_reading import system_message
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing, Unreadable
from setsquare.text.paths import RelPath, joined


class SpecLinks:
    """Looks where links of one root lead; a file that is no link costs one call."""

    __slots__ = ("_app", "_root")

    def __init__(self, app: PlanningApp, root: str) -> None:
        """Take the root."""
        self._app, self._root = app, root

    def listed_problem(self, entry: Standing) -> str:
        """Say why the specs cannot be listed for a main spec that is a link; nothing where it can be read or leads nowhere."""
        if entry.kind is EntryKind.LINK_TO_FOLDER:
            return ""
        target = self._app.planning.link_target(self._root, entry.path)
        if isinstance(target, Unreadable):
            return system_message(target.code, target.reason, "stat", f"{self._root}/{entry.path}") if target.code == "ELOOP" else ""
        return self._outside(entry.path, target, SPECS)

    def delta_problem(self, path: RelPath, entries: tuple[Standing, ...]) -> str:
        """Say which delta of a change leads out of the change's deltas."""
        allowed = joined(path, "specs")
        for entry in entries:
            if entry.kind is EntryKind.LINK_TO_FILE and entry.path.startswith(f"{allowed}/") and entry.path.endswith("/spec.md"):
                target = self._app.planning.link_target(self._root, entry.path)
                problem = "" if isinstance(target, Unreadable) else self._outside(entry.path, target, allowed)
                if problem:
                    return problem
        return ""

    def modified_problem(self, capability: str) -> str:
        """Say why a main spec that a change modifies must not be followed."""
        path = joined(SPECS, capability, "spec.md")
        target = self._app.planning.link_target(self._root, path)
        if isinstance(target, Unreadable):
            return dangling(f"{self._root}/{path}") if target.code == "ENOENT" else ""
        return self._outside(path, target, joined(SPECS, capability))

    def is_dangling(self, capability: str) -> bool:
        """Tell whether a main spec is a link that leads nowhere."""
        target = self._app.planning.link_target(self._root, joined(SPECS, capability, "spec.md"))
        return isinstance(target, Unreadable) and target.code == "ENOENT"

    def _outside(self, path: RelPath, target: str | None, allowed: str) -> str:
        if target is None or target.startswith(f"{allowed}/"):
            return ""
        return f"Path is outside the allowed directory: {self._root}/{path}"


def dangling(path: str) -> str:
    """Say that a link leads nowhere.

    >>> dangling("/a")
    'Cannot verify dangling symbolic link: /a'
    """
    return f"Cannot verify dangling symbolic link: {path}"
