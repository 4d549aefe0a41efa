"""`setsquare openspec overlap`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_overlapping import Overlapping, overlapping
from setsquare.journeys.openspec_rooting import RootRefused, chosen_root
from setsquare.spec.openspec.clashing import Meeting
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape
from setsquare.text.counted import counted
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """How to print, and of which root."""

    is_json: bool
    store: str | None
    store_path: str | None


class ActShape(Struct, frozen=True, kw_only=True):
    """What one change does."""

    change: str
    effect: str
    path: str
    line: int


class MeetingShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two changes that meet at one requirement."""

    capability: str
    requirement: str
    kind: str
    blocking: bool
    changes: tuple[ActShape, ...]
    advice: str
    first: str = ""
    lines: tuple[int, ...] = ()


class Result(Struct, frozen=True, kw_only=True):
    """The output in JSON; `order` is empty where nothing meets, or where changes want each other to be first."""

    overlaps: tuple[MeetingShape, ...]
    order: tuple[str, ...]
    unread: tuple[str, ...] = ()
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (click.option("--json", "is_json", is_flag=True, help="Print JSON."), *STORE)


@made("overlap", Options, PARAMS)
def command(options: Options) -> Answer:
    """Show where open changes touch the same requirement, whether they get in each other's way, and in which order they go together.

    It is a report: it ends with 0 whatever it finds. `gate` is the command that fails.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        nothing = Result(overlaps=(), order=(), root=None, status=(root.finding,))
        return refused(root, nothing if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    found = overlapping(app, root.path)
    if options.is_json:
        shape = Result(overlaps=tuple(map(meeting_shape, found.meetings)), order=found.order, unread=found.unread, root=root_shape(root))
        return Answer(document=shape, notes=notes)
    return Answer(text=_text(found), notes=notes)


def meeting_shape(meeting: Meeting) -> MeetingShape:
    """Write a meeting for JSON."""
    return MeetingShape(
        capability=meeting.capability,
        requirement=meeting.name,
        kind=meeting.kind.value,
        blocking=meeting.is_blocking,
        changes=tuple(ActShape(change=act.change, effect=act.effect.value, path=act.path, line=act.line) for act in meeting.acts),
        advice=meeting.advice,
        first=meeting.first,
        lines=meeting.lines,
    )


def _text(found: Overlapping) -> str:
    """Write it for people."""
    lines = [f"? {path} cannot be read: what it touches is not known" for path in found.unread]
    if not found.meetings:
        return "\n".join((*lines, f"No two open changes{' that can be read' if lines else ''} touch the same requirement."))
    for meeting in found.meetings:
        lines.append(f"{'✗' if meeting.is_blocking else '-'} {meeting.capability}: {meeting.name} ({meeting.kind.value})")
        lines += (f"    {act.change} {act.effect.value}: {act.path}:{act.line}" for act in meeting.acts)
        if meeting.lines:
            lines.append(f"    both change line {', '.join(map(str, meeting.lines))} of the requirement")
        lines.append(f"    → {meeting.advice}")
    blocking = sum(meeting.is_blocking for meeting in found.meetings)
    order = " → ".join(found.order) if found.order else "none: the changes want each other to be first"
    return "\n".join((*lines, "", f"{counted(len(found.meetings), 'overlap')}, {blocking} of them blocking. Order: {order}"))
