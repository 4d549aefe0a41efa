"""Writes the operations on scenarios of a change into its delta files as whole MODIFIED blocks, which OpenSpec itself reads too."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_expanding import Unexpanded, expanded
from setsquare.journeys.openspec_items import CHANGES
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import FileChange, Plan, replacement
from setsquare.workspace.openspec.text import normalised


class WrittenOut(Struct, frozen=True, kw_only=True):
    """What was written, or would be. `kept` are requirements that stay as operations, because they take a scenario out, which OpenSpec's form cannot say."""

    files: tuple[RelPath, ...]
    blocks: tuple[tuple[str, str], ...]
    kept: tuple[tuple[str, str], ...]
    problems: tuple[Unexpanded, ...]


def write_out(app: PlanningApp, root: str, name: str, *, is_trial: bool = False) -> WrittenOut:
    """Write a change's operations out; with a problem nothing is written.

    Raises:
        setsquare.errors.StalePlan: a delta was changed meanwhile; nothing was written.
        setsquare.errors.StorageFailed: the disk refuses; nothing was written.
    """
    reading = Reading(app, root)
    folder = joined(CHANGES, name)
    change = reading.change(folder, app.planning.walk(root, folder))
    done = expanded(app, root, reading, change)
    changes: list[FileChange] = []
    blocks: list[tuple[str, str]] = []
    kept: list[tuple[str, str]] = []
    for old, new in zip(change.deltas, done.change.deltas, strict=True):
        raw = app.planning.read(root, old.path)
        if not isinstance(raw, bytes) or old == new:
            continue
        text = normalised(raw)
        for before, after in zip(old.modified, new.modified, strict=True):
            if after.dropped:
                kept.append((old.capability, before.name))
            elif before is not after and before.raw != after.raw:
                text = text.replace(before.raw, after.raw, 1)
                blocks.append((old.capability, before.name))
        if text != normalised(raw):
            changes.append(replacement(old.path, raw, _like(raw, text)))
    if changes and not done.problems and not is_trial:
        app.files(root).apply(Plan(f"Write the scenarios of {name} out", tuple(changes)))
    return WrittenOut(files=tuple(change.path for change in changes), blocks=tuple(blocks), kept=tuple(kept), problems=done.problems)


def _like(raw: bytes, text: str) -> bytes:
    """Encode a text with the byte order mark and the line ends of a file."""
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    is_crlf = raw.count(b"\r\n") * 2 > raw.count(b"\n")
    return mark + (text.replace("\n", "\r\n") if is_crlf else text).encode()
