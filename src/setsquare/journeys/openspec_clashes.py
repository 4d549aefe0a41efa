"""Says what clashes where two changes want the same lines of a requirement: the files, the lines, and who wrote them."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_bases import UnreadBases, bases_of, recorded_bases
from setsquare.journeys.openspec_items import SPECS
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.bases import Base, BaseSource, texts_of
from setsquare.spec.openspec.clash import Clash
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.merging import MergeRefused, merged
from setsquare.spec.openspec.three_way import is_same
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Change, Delta
from setsquare.workspace.openspec.text import normalised

CLASH = "archive_base_conflict"
_ARCHIVE = RelPath("openspec/changes/archive")
_MOST_LINES = 6
_NO_NAME = "a change that cannot be named"


class Clashing(Struct, frozen=True, kw_only=True):
    """A delta that cannot be merged with its main spec's text, and what its requirements said when it was written."""

    change: str
    delta: Delta
    main_text: str
    refused: MergeRefused
    bases: tuple[Base, ...]


def clash_message(app: PlanningApp, root: str, clashing: Clashing) -> str:
    """Write a refusal with every place that clashes."""
    delta, found = clashing.delta, clashing.refused
    path = joined(SPECS, delta.capability, "spec.md")
    main = read_main_spec(delta.capability, path, clashing.main_text)
    before = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}
    lines = [f"{found.message}."]
    for clash in found.clashes:
        name = before.get(clash.requirement, clash.requirement)
        block = next((block for block in main.requirements if block.name == name), None)
        at_main = (block.line if block else 1) + clash.main_line - 1
        other = writer_of(app, root, delta.capability, name, block.raw if block else "")
        base = next((base for base in clashing.bases if (base.capability, base.requirement) == (delta.capability, name)), None)
        lines += [
            f"  {path}:{at_main} says, by {other}:",
            *_quoted(clash.main),
            f"  {delta.path}:{_entry_line(delta, clash) + clash.delta_line - 1} says, by {clashing.change}:",
            *(["    | (the requirement goes)"] if clash.is_removal else _quoted(clash.delta)),
            f"  before both{_since(base)}:",
            *_quoted(clash.base),
        ]
    return "\n".join((*lines, "No files were changed."))


def clash_issues(app: PlanningApp, root: str, reading: Reading, change: Change, *, has_history: bool) -> tuple[Issue, ...]:
    """Say of which deltas lines clash with what another change wrote since they were written; the history is asked only with `has_history`."""
    bases = bases_of(app, root, change.id, change.deltas) if has_history else recorded_bases(app, root, change.id)
    if isinstance(bases, UnreadBases):
        return (Issue(Level.INFO, "file", f"Archive would refuse this change: {bases.path} cannot be read, line {bases.line}"),)
    found: list[Issue] = []
    for delta in change.deltas if bases else ():
        text = reading.spec_text(delta.capability)
        known = texts_of(bases, delta.capability)
        outcome = merged(delta.capability, text, delta, change.id, bases=known) if isinstance(text, str) and known else None
        if isinstance(outcome, MergeRefused) and outcome.clashes:
            found.append(Issue(Level.INFO, f"{delta.capability}/spec.md", f"Archive would refuse this delta: {outcome.message}"))
    return tuple(found)


def clash_fix(change: str) -> str:
    """Say what to do.

    >>> clash_fix("c").partition(",")[0]
    'Write into the delta what the requirement shall say now'
    """
    return (
        f"Write into the delta what the requirement shall say now, say with `setsquare openspec base {change} --record` that you have seen the specs "
        "as they are, and rerun. With --overwrite the delta replaces whatever stands there."
    )


def writer_of(app: PlanningApp, root: str, capability: str, requirement: str, text: str) -> str:
    """Name the archived change that wrote a requirement as it is, else the last one that touched it."""
    entries = app.planning.walk(root, _ARCHIVE, depth=1)
    names = sorted((entry.path.rpartition("/")[2] for entry in entries if entry.kind is EntryKind.FOLDER), reverse=True)
    last = ""
    for name in names:
        path = joined(_ARCHIVE, name, "specs", capability, "spec.md")
        raw = app.planning.read(root, path)
        if not isinstance(raw, bytes):
            continue
        delta = read_delta(capability, path, normalised(raw))
        for block in (*delta.modified, *delta.added):
            if block.name == requirement:
                if is_same(block.raw, text):
                    return name
                last = last or name
    return last or _NO_NAME


def _entry_line(delta: Delta, clash: Clash) -> int:
    named = (*((block.name, block.line) for block in delta.modified), *((one.name, one.line) for one in delta.removed))
    return next((line for name, line in named if name == clash.requirement), 1)


def _since(base: Base | None) -> str:
    if base is None:
        return ""
    return f" (commit {base.at[:12]})" if base.source is BaseSource.HISTORY else f" (on record since {base.at[:10]})"


def _quoted(text: str) -> list[str]:
    lines = text.split("\n") if text else ["(nothing)"]
    shown = [f"    | {line}" for line in lines[:_MOST_LINES]]
    return shown if len(lines) <= _MOST_LINES else [*shown, f"    | and {len(lines) - _MOST_LINES} more lines"]
