"""Puts files of a workspace in the place of others, after a look at whether they are still as they were planned for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from setsquare.errors import StalePlan
from setsquare.events.facts import RunReverted
from setsquare.journeys.app import App
from setsquare.journeys.run_bench import real_path
from setsquare.ports.journal import Journal
from setsquare.ports.trees import Held
from setsquare.text.paths import RelPath, parent


def is_barred(app: App, path: RelPath) -> bool:
    """Tell whether a symbolic link stands on the way to a file."""
    return real_path(app.folder, parent(path)) != parent(path)


def held_now(app: App, paths: Iterable[RelPath]) -> Mapping[RelPath, Held]:
    """Read files and links as they stand, ignored ones too; what is not there is left out.

    Raises:
        GitFailed: one cannot be read.
    """
    there = tuple(path for path in dict.fromkeys(paths) if not is_barred(app, path) and app.files.exists(path))
    return held_in(app, app.checkpoints.take(there)) if there else {}


def held_in(app: App, tree: str, paths: Iterable[RelPath] | None = None) -> Mapping[RelPath, Held]:
    """Read files of a recorded tree, all or some."""
    entries = app.checkpoints.trees.entries(tree) if tree else {}
    if paths is not None:
        entries = {path: entries[path] for path in paths if path in entries}
    contents = app.checkpoints.trees.contents(entry.name for entry in entries.values())
    return {path: Held(entry.mode, contents[entry.name]) for path, entry in entries.items()}


def require_fresh(app: App, was: Mapping[RelPath, Held | None]) -> None:
    """Refuse to write over what changed since it was looked at.

    Raises:
        StalePlan: a file changed.
    """
    now = held_now(app, was)
    stale = [path for path, held in sorted(was.items()) if now.get(path) != held]
    if stale:
        raise StalePlan(f"{stale[0]} changed just now; nothing was taken back.", "Do the same again.")


def put(app: App, journal: Journal, files: Mapping[RelPath, Held | None], fact: RunReverted) -> None:
    """Put files in place, `None` for those that go; first the journal, with the tree that holds them, then the files.

    Raises:
        WorldFailed: one could not be written; done again, it completes what is missing.
    """
    tree = app.checkpoints.trees.record({path: held for path, held in files.items() if held is not None}) if files else ""
    journal.append(app.git.user(), replace(fact, tree=tree))
    if files:
        app.checkpoints.restore(tree, tuple(files))
