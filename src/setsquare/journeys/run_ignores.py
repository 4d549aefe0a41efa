"""Keeps ignore files as they were while a command runs: they decide which files a checkpoint sees."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.errors import StorageFailed, WorldFailed
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath, base_name, parent
from setsquare.text.plan import Plan, creation

_CACHES = frozenset({".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"})
"""Folders in which tools put an ignore file of their own."""


class Before(Struct, frozen=True, kw_only=True):
    """How the files stood before a command: the recorded tree, and the bytes of the ignore files, of which git may ignore some."""

    tree: str
    ignores: Mapping[RelPath, bytes]


def before_command(app: App, tree: str) -> Before:
    """Note how the files stand now; `tree` is their checkpoint."""
    return Before(tree=tree, ignores=_ignore_files(app))


class Touched(Struct, frozen=True, kw_only=True):
    """The ignore files that differ from before a command, and the tree that holds them as they were found."""

    paths: tuple[RelPath, ...] = ()
    found: str = ""


def touched_by(app: App, before: Before) -> Touched:
    """List every ignore file that changed while a command ran, and record those that are there."""
    now = _ignore_files(app)
    paths = tuple(sorted(path for path in {*now, *before.ignores} if now.get(path) != before.ignores.get(path)))
    there = tuple(path for path in paths if path in now)
    try:
        # These alone: under their rules a record of everything would take in what was ignored.
        found = app.checkpoints.take(there) if there else ""
    except WorldFailed:
        found = ""  # What cannot be recorded is put back all the same.
    return Touched(paths=paths, found=found)


def mend(app: App, before: Before, touched: tuple[RelPath, ...]) -> None:
    """Put ignore files back, before trees are compared.

    With other rules, new files would be overlooked, and ignored files would seem to be new and be taken away.

    Raises:
        WorldFailed: one could not be put back.
    """
    app.checkpoints.restore(before.tree, touched)
    # What git ignored before stands in no tree, so that it was only removed.
    missing = tuple(path for path in touched if path in before.ignores and not app.files.exists(path))
    if missing:
        app.files.apply(Plan("put ignore files back", tuple(creation(path, before.ignores[path]) for path in missing)))


def _ignore_files(app: App) -> Mapping[RelPath, bytes]:
    """Read the ignore files; one that cannot be read, such as a link, ignores nothing."""
    found: dict[RelPath, bytes] = {}
    for path in app.files.guarded(_is_ignore_file):
        try:
            found[path] = app.files.read(path) or b""
        except StorageFailed:
            found[path] = b""
    return found


def _is_ignore_file(path: str) -> bool:
    """Tell an ignore file from one in the cache of a tool."""
    return path.endswith(".gitignore") and base_name(path) == ".gitignore" and base_name(parent(path)) not in _CACHES
