"""Reads one change or spec as `openspec show` shows it.

Source: `openspec show` 1.13.2, observed.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.journeys.openspec_items import ARCHIVE, CHANGES, SPECS, namespace_message, nested_changes
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.spec.openspec.diffing import DeltaDiff, diffs_of
from setsquare.spec.openspec.showing import ShownDelta, ShownSpec, proposal_problem, shown_deltas, shown_spec
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.model import Delta
from setsquare.workspace.openspec.proposal import read_proposal
from setsquare.workspace.openspec.text import normalised

_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_REASONS = {
    "EISDIR": "EISDIR: illegal operation on a directory, read",
    "EACCES": "EACCES: permission denied, open",
}


class NotShown(Struct, frozen=True):
    """Why an item cannot be shown."""

    message: str


class ShownChange(Struct, frozen=True):
    """A change: its title and what it does."""

    title: str
    deltas: tuple[ShownDelta, ...]


def proposal_text(app: PlanningApp, root: str, change: str) -> str | NotShown:
    """Read a change's proposal as it is."""
    path = joined(CHANGES, change, "proposal.md")
    if ".." in change.split("/") or not change or change.startswith("/"):
        return NotShown(f'Change "{change}" not found at {_resolved(root, CHANGES, change)}/proposal.md')
    raw = app.planning.read(root, path)
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "replace")
    if isinstance(raw, Unreadable):
        return NotShown(_reason(raw, f"{root}/{path}"))
    base = joined(CHANGES, change)
    if not is_change_folder(app, root, change):
        return NotShown(f'Change "{change}" not found at {_resolved(root, CHANGES, change)}/proposal.md')
    from setsquare.journeys.openspec_tracking import Tracking  # noqa: PLC0415  (only a folder without a proposal needs it)

    nested = nested_changes(change, app.planning.walk(root, base), Tracking(app, root).default_outputs())
    if nested and change != ARCHIVE:
        return NotShown(namespace_message(change, nested))
    return NotShown(f'Change "{change}" has no proposal.md yet. Run "openspec status --change {change}" to see which artifact comes next.')


def shown_change(app: PlanningApp, root: str, change: str) -> ShownChange | NotShown:
    """Read what a change does."""
    text = proposal_text(app, root, change)
    if isinstance(text, NotShown):
        return text
    proposal = read_proposal(joined(CHANGES, change, "proposal.md"), normalised(text.encode()), change)
    problem = proposal_problem(proposal)
    return NotShown(problem) if problem else ShownChange(proposal.title, shown_deltas(deltas_of(app, root, change), proposal))


class ListedProposal(Struct, frozen=True, kw_only=True):
    """What a list says about a change; its id stands for a title that cannot be read."""

    title: str
    deltas: int = 0
    has_proposal: bool = True
    is_readable: bool = True


def listed_change(app: PlanningApp, root: str, change: str) -> ListedProposal:
    """Read the title of a change and count what it does."""
    if app.planning.read(root, joined(CHANGES, change, "proposal.md")) is None:
        return ListedProposal(title=change, has_proposal=False)
    found = shown_change(app, root, change)
    if isinstance(found, NotShown):
        return ListedProposal(title="Unknown", is_readable=False)
    return ListedProposal(title=found.title, deltas=len(found.deltas))


def is_change_folder(app: PlanningApp, root: str, change: str) -> bool:
    """Tell whether a folder of that name stands below the changes."""
    base = joined(CHANGES, change)
    return any(entry.path == base and entry.kind is EntryKind.FOLDER for entry in app.planning.walk(root, CHANGES, depth=1))


def deltas_of(app: PlanningApp, root: str, change: str) -> tuple[Delta, ...]:
    """Read the deltas of a change, sorted by capability."""
    base = joined(CHANGES, change, "specs")
    start = len(base) + 1
    paths = [entry.path for entry in app.planning.walk(root, base) if entry.path.endswith("/spec.md") and entry.kind in _FILES]
    found = sorted((path[start:-8], path) for path in paths if path[start:-8] and "/." not in path[start - 1 :])
    raws = app.planning.read_all(root, tuple(path for _, path in found))
    return tuple(read_delta(name, path, normalised(raw)) for (name, path), raw in zip(found, raws, strict=True) if isinstance(raw, bytes))


def diffs_to_main(app: PlanningApp, root: str, deltas: Iterable[Delta]) -> tuple[DeltaDiff, ...]:
    """Compare every delta with its main spec."""
    found: list[DeltaDiff] = []
    for delta in deltas:
        raw = app.planning.read(root, joined(SPECS, delta.capability, "spec.md"))
        found.append(diffs_of(delta, normalised(raw) if isinstance(raw, bytes) else None))
    return tuple(found)


def spec_text(app: PlanningApp, root: str, name: str, *, place: str = "") -> str | NotShown:
    """Read a spec as it is; `place` is how the folder of the specs is written in a message."""
    path = joined(SPECS, name, "spec.md")
    if ".." in name.split("/") or name.startswith("/"):
        return NotShown(f"Path is outside the allowed directory: {_resolved(root, SPECS, name)}/spec.md")
    raw = app.planning.read(root, RelPath(path))
    if isinstance(raw, bytes):
        return raw.decode("utf-8", "replace")
    if isinstance(raw, Unreadable):
        return NotShown(_reason(raw, f"{root}/{path}"))
    return NotShown(f"Spec '{name}' not found at {place or f'{root}/{SPECS}'}/{name}/spec.md")


def read_spec(text: str) -> ShownSpec | NotShown:
    """Read a spec's parts."""
    found = shown_spec(normalised(text.encode()))
    return NotShown(found) if isinstance(found, str) else found


def _resolved(root: str, folder: str, name: str) -> str:
    """Write where a name would lead, dots taken out."""
    parts: list[str] = []
    for part in f"{root}/{folder}/{name}".split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _reason(raw: Unreadable, place: str) -> str:
    """Say why a file cannot be read."""
    known = _REASONS.get(raw.code)
    if raw.code == "EACCES":
        return f"{known} '{place}'"
    return known or f"{raw.code}: {raw.reason}"
