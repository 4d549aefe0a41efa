"""Finds the changes and specs of a root, and the one that a person named.

Source: item discovery and selection of OpenSpec 1.13.2, observed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.text.paths import RelPath, joined

SPECS = RelPath("openspec/specs")
CHANGES = RelPath("openspec/changes")
ARCHIVE = "archive"
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_MARKERS = (".openspec.yaml", "proposal.md", "tasks.md", "design.md")
_DEEPEST_NESTED = 3
"""A folder is looked through so many levels deep for changes that were put into it."""

_SUGGESTED = 5


class ItemKind(enum.Enum):
    """What an item is."""

    CHANGE = "change"
    SPEC = "spec"


class Items(Struct, frozen=True):
    """The ids of a root, sorted by code point."""

    changes: tuple[str, ...]
    specs: tuple[str, ...]


def items_of(app: PlanningApp, root: str) -> Items:
    """List the changes and specs that a person can name."""
    return Items(changes=change_ids(app, root), specs=spec_ids(app, root))


def change_folders(app: PlanningApp, root: str) -> tuple[str, ...]:
    """Name every folder directly below `openspec/changes` but the archive, hidden ones too."""
    entries = app.planning.walk(root, CHANGES, depth=1)
    names = (entry.path.rpartition("/")[2] for entry in entries if entry.kind is EntryKind.FOLDER)
    return tuple(name for name in names if name != ARCHIVE)


def change_ids(app: PlanningApp, root: str) -> tuple[str, ...]:
    """Name the changes; a hidden folder is none."""
    return tuple(name for name in change_folders(app, root) if not name.startswith("."))


def spec_ids(app: PlanningApp, root: str) -> tuple[str, ...]:
    """Name the capabilities at any depth; a `spec.md` directly in `openspec/specs` is none."""
    start = len(SPECS) + 1
    found = (
        entry.path[start:-8]
        for entry in app.planning.walk(root, SPECS)
        if entry.path.endswith("/spec.md") and entry.kind in _FILES and "/." not in entry.path
    )
    return tuple(sorted(name for name in found if name))


def resolved(items: Items, name: str, wanted: ItemKind | None) -> ItemKind | Diagnostic:
    """Say what an item is that a person named; asked for one kind, it is taken at their word."""
    if wanted is not None:
        return wanted
    kinds = [kind for kind, ids in ((ItemKind.CHANGE, items.changes), (ItemKind.SPEC, items.specs)) if name in ids]
    match kinds:
        case [kind]:
            return kind
        case []:
            near = nearest(name, (*items.changes, *items.specs))
            asked = f" Did you mean: {', '.join(near)}?" if near else ""
            return error("unknown_item", f"Unknown item '{name}'.{asked}")
        case _:
            return error("ambiguous_item", f"Ambiguous item '{name}' matches both a change and a spec.", fix="Pass --type change|spec.")


def nearest(name: str, known: Iterable[str], limit: int = _SUGGESTED) -> tuple[str, ...]:
    """Name the ids with the fewest keystrokes between, nearest first.

    >>> nearest("auht", ("broken", "auth"))
    ('auth', 'broken')
    """
    return tuple(sorted(known, key=lambda candidate: _keystrokes(name, candidate))[:limit])


def nested_changes(change: str, entries: tuple[Standing, ...], outputs: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Name the changes that a folder wraps instead of being one; empty for a change.

    `entries` is everything below `openspec/changes/<change>`; `outputs` are the globs that the project's own schema generates.
    """
    start = len(CHANGES) + len(change) + 2
    if any("/" not in entry.path[start:] and entry.kind in _FILES and not entry.path.startswith(".", start) for entry in entries):
        return ()
    base = joined(CHANGES, change)
    files = tuple(entry.path for entry in entries if entry.kind in _FILES)
    if _is_change(base, files, outputs):
        return ()
    found: list[str] = []
    for entry in entries:
        parts = entry.path[len(base) + 1 :].split("/")
        if entry.kind is not EntryKind.FOLDER or len(parts) > _DEEPEST_NESTED or any(part.startswith(".") for part in parts):
            continue
        name = entry.path[len(CHANGES) + 1 :]
        if not any(name.startswith(f"{other}/") for other in found) and _is_change(entry.path, files, outputs):
            found.append(name)
    return tuple(sorted(found))


def namespace_message(name: str, nested: tuple[str, ...]) -> str:
    """Explain that a folder is no change."""
    places = ", ".join(f"{CHANGES}/{path}/" for path in nested)
    flat = nested[0].replace("/", "-")
    return (
        f'"{name}" is not a change: it is a folder wrapping {places}. A change must be a directory directly under openspec/changes/, so those '
        "nested directories are invisible to OpenSpec while the folder around them is reported as a change. Nested paths are supported under "
        f'openspec/specs/ only. Rename each nested change to a flat name (for example "{flat}").'
    )


def _is_change(folder: str, files: tuple[str, ...], outputs: tuple[str, ...]) -> bool:
    """Tell whether a folder looks like a change: it holds a file that changes have."""
    inside = [path[len(folder) + 1 :] for path in files if path.startswith(f"{folder}/")]
    visible = [path for path in inside if not path.rpartition("/")[2].startswith(".")]
    if any(path in _MARKERS for path in inside) or any(path.startswith("specs/") for path in visible):
        return True
    if not outputs:
        return False
    from setsquare.guard.globs import compiled  # noqa: PLC0415  (start-up: few projects have a schema of their own)

    generated = compiled(f"./{output}" for output in outputs)
    return any(generated.matches(path) for path in visible)


def _keystrokes(first: str, second: str) -> int:
    """Count insertions, deletions and replacements between two words."""
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, right in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]
