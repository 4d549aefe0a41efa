"""Gathers the permission rules of all scopes for one workspace."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.guard.capability import PermissionRule, Scope
from setsquare.guard.permission_reader import PermissionFile, PermissionProblem, read_permissions, unusable
from setsquare.journeys.app import App, Reading
from setsquare.text.paths import RelPath

IN_REPOSITORY = (
    *("settings/permissions.yaml", "settings/permissions.yml", "permissions.yaml", "permissions.yml"),
    "settings/managed-settings.json",
)
"""Permission files below a `.kiro` folder; they can only ask or deny."""

_TEAM = (".setsquare/permissions.yaml", ".setsquare/permissions.yml")


class Permitted(Struct, frozen=True, kw_only=True):
    """The rules of all files, the outermost scope first, and what is wrong with the files."""

    files: tuple[PermissionFile, ...] = ()

    @property
    def rules(self) -> tuple[PermissionRule, ...]:
        """List the rules."""
        return tuple(rule for file in self.files for rule in file.rules)

    @property
    def problems(self) -> tuple[PermissionProblem, ...]:
        """List what is wrong."""
        return tuple(problem for file in self.files for problem in file.problems)


def permitted(world: App | Reading, root: str = ".kiro") -> Permitted:
    """Read the permission files of this machine and of the repository; one that cannot be read makes everything ask.

    `root` is the `.kiro` folder of the spec at hand.
    """
    home = world.permissions.home
    places = dict.fromkeys((*(f"{base}/{name}" for base in dict.fromkeys((".kiro", root)) for name in IN_REPOSITORY), *_TEAM))
    within = tuple(file for place in places if (file := _within(world, RelPath(place))) is not None)
    files: list[PermissionFile] = []
    for text in world.permissions.texts():
        scope = Scope(text.place)
        file = unusable(text.path, scope, text.problem) if text.problem else read_permissions(text.raw, text.path, scope, home=home)
        # A home folder that is itself the workspace has its file in both.
        if scope is not Scope.REPOSITORY or not any(text.path.endswith(f"/{other.path}") for other in within):
            files.append(file)
    return Permitted(files=(*files, *within))


def _within(world: App | Reading, place: RelPath) -> PermissionFile | None:
    """Read one file of the repository; `None` when it is not there."""
    try:
        raw = world.files.read(place)
    except StorageFailed as failure:
        return unusable(place, Scope.REPOSITORY, failure.message)
    return None if raw is None else read_permissions(raw, place, Scope.REPOSITORY)
