"""Reads what `openspec show` shows: a spec as a tree of sections, a change as a list of deltas.

Here every header below *Requirements* is a requirement and every header below that a scenario, as in OpenSpec's own output; everything else of
Setsquare reads blocks.

Source: `openspec show --json` 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.workspace.openspec.headers import Headed, headed, section_text, statement
from setsquare.workspace.openspec.model import Delta, NamedLine, Operation, Proposal
from setsquare.workspace.openspec.text import SPACE

_VERBS = {Operation.ADDED: "Add", Operation.MODIFIED: "Modify", Operation.REMOVED: "Remove"}


class ShownRequirement(Struct, frozen=True, gc=False):
    """A requirement: its text without blank lines, and the bodies of its scenarios as written."""

    text: str
    scenarios: tuple[str, ...] = ()


class ShownSpec(Struct, frozen=True):
    """A spec: the text of its Purpose, and its requirements."""

    overview: str
    requirements: tuple[ShownRequirement, ...]


class ShownDelta(Struct, frozen=True, kw_only=True):
    """One thing that a change does. `name` is the requirement's name, `source` and `target` are the names of a renaming, empty otherwise."""

    spec: str
    operation: Operation
    description: str
    requirement: ShownRequirement | None = None
    name: str = ""
    raw: str = ""
    source: str = ""
    target: str = ""


def shown_spec(text: str) -> ShownSpec | str:
    r"""Read a spec; what it lacks as a sentence.

    >>> shown_spec("## Purpose\nWhy.\n## Requirements\n### Requirement: A\nIt SHALL.\n#### Scenario: s\n- x\n")
    ShownSpec(overview='Why.', requirements=(ShownRequirement(text='It SHALL.', scenarios=('- x',)),))
    >>> shown_spec("# T")
    'Spec must have a Purpose section'
    """
    headers = headed(text)
    purpose, requirements = _section(headers, "purpose"), _section(headers, "requirements")
    overview = "" if purpose is None else section_text(headers, purpose)
    if not overview:
        return "Spec must have a Purpose section"
    if requirements is None:
        return "Spec must have a Requirements section"
    return ShownSpec(overview, tuple(_requirement(headers, at) for at in _children(headers, requirements)))


def requirement_count(text: str) -> int:
    r"""Count the requirements of a spec; 0 where it cannot be read.

    >>> requirement_count("## Purpose\nWhy.\n## Requirements\n### A\n### B\n"), requirement_count("## Requirements\n### A\n")
    (2, 0)
    """
    headers = headed(text)
    purpose, requirements = _section(headers, "purpose"), _section(headers, "requirements")
    if purpose is None or requirements is None or not section_text(headers, purpose):
        return 0
    return len(_children(headers, requirements))


def proposal_problem(proposal: Proposal) -> str:
    """Say which section a proposal lacks to be shown; empty when none.

    >>> from setsquare.text.paths import RelPath
    >>> proposal_problem(Proposal(path=RelPath("p"), title="t", why="Because."))
    'Change must have a What Changes section'
    """
    if not (proposal.why or "").strip(SPACE):
        return "Change must have a Why section"
    return "" if (proposal.what_changes or "").strip(SPACE) else "Change must have a What Changes section"


def shown_deltas(deltas: Iterable[Delta], proposal: Proposal) -> tuple[ShownDelta, ...]:
    """List what a change does, capability by capability; the bullets of the proposal where no delta says anything."""
    found = tuple(shown for delta in deltas for shown in _of_delta(delta))
    if found:
        return found
    return tuple(ShownDelta(spec=spec, operation=operation, description=said) for spec, operation, said in proposal.bullets)


def removed_blocks(delta: Delta) -> tuple[tuple[str, str], ...]:
    """Give the names that a delta removes, each with what is written about it."""
    raws = _raws(delta.text) if delta.removed else {}
    return tuple((named.name, raws.get(named.line) or _bare(named)) for named in delta.removed)


def _of_delta(delta: Delta) -> Iterable[ShownDelta]:
    """List what one delta does: added, modified, removed, renamed."""
    for operation, blocks in ((Operation.ADDED, delta.added), (Operation.MODIFIED, delta.modified)):
        for block in blocks:
            yield _whole(delta.capability, operation, block.name, block.raw)
    for name, raw in removed_blocks(delta):
        yield _whole(delta.capability, Operation.REMOVED, name, raw)
    for rename in delta.renamed:
        if rename.source is not None and rename.target is not None:
            source, target = rename.source.name, rename.target.name
            said = f'Rename requirement from "{source}" to "{target}"'
            yield ShownDelta(spec=delta.capability, operation=Operation.RENAMED, description=said, source=source, target=target)


def _whole(spec: str, operation: Operation, name: str, raw: str) -> ShownDelta:
    """Show one requirement block."""
    headers = headed(raw)
    requirement = _requirement(headers, 0)
    said = f"{_VERBS[operation]} requirement: {requirement.text}"
    return ShownDelta(spec=spec, operation=operation, description=said, requirement=requirement, name=name, raw=raw)


def _raws(text: str) -> dict[int, str]:
    """Give each block of level 3 as written, by its line."""
    headers = headed(text)
    found: dict[int, str] = {}
    for at, header in enumerate(headers):
        if header.level == 3:
            end = next((after.start for after in headers[at + 1 :] if after.level <= header.level), len(text) + 1)
            found[header.line] = text[header.start :][: end - header.start].strip(SPACE)
    return found


def _bare(named: NamedLine) -> str:
    return f"### Requirement: {named.name}"


def _section(headers: list[Headed], title: str) -> int | None:
    """Find the first section of a title, at any level."""
    return next((at for at, header in enumerate(headers) if header.rest.strip(SPACE).lower() == title), None)


def _children(headers: list[Headed], at: int) -> list[int]:
    """List the sections directly in a section."""
    found: list[int] = []
    nearest = 0
    for after in range(at + 1, len(headers)):
        level = headers[after].level
        if level <= headers[at].level:
            break
        if not nearest or level <= nearest:
            found.append(after)
            nearest = level
    return found


def _requirement(headers: list[Headed], at: int) -> ShownRequirement:
    """Show one section as a requirement; its header stands for a text that is missing."""
    lines = (line.strip(SPACE) for line in statement(headers[at].body).split("\n"))
    text = "\n".join(line for line in lines if line) or headers[at].rest.strip(SPACE)
    bodies = (section_text(headers, child) for child in _children(headers, at))
    return ShownRequirement(text, tuple(body for body in bodies if body))
