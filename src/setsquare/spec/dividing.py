"""Divides a spec's documents in two: requirements go with their tasks and design sections, every id stays, links that now cross are qualified."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from setsquare.spec.resolving import CriterionIndex, indexed, qualifier, resolve
from setsquare.text.document import Document, NodeKind, encode
from setsquare.text.markdown import scan
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.requirements import read_requirements
from setsquare.workspace.sections import sections
from setsquare.workspace.spec import Criterion, Reference, ReferenceKind, Section, Spec, Task
from setsquare.workspace.words import GLOSSARY, label

_TOP: Final = 1


class Half(Struct, frozen=True, kw_only=True):
    """The bytes of one spec's documents after the division; `None` where there is no such document."""

    requirements: bytes
    design: bytes | None = None
    tasks: bytes | None = None


class Division(Struct, frozen=True, kw_only=True):
    """A divided spec. `ids` are the criteria that went; `sections` and `tasks` name what went with them.

    `unsafe` names criteria whose id or text would change, empty when all is well. `crossing` says which order of tasks now crosses the specs.
    """

    left: Half
    right: Half
    ids: tuple[str, ...]
    sections: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    crossing: tuple[str, ...] = ()


class Going(Struct, frozen=True):
    """What goes: the positions of criteria, the name of the spec that they go to, and the introduction's sentence there."""

    index: CriterionIndex
    positions: frozenset[int]
    name: str
    sentence: str


def divide(spec: Spec, documents: Sequence[Document | None], numbers: frozenset[str], name: str, sentence: str) -> Division | None:
    """Divide a spec; `documents` are its requirements, design and tasks. `None` where it has no requirement of these numbers, or no other.

    >>> from setsquare.text.paths import RelPath
    >>> divide(Spec(name="a", path=RelPath("a"), root=RelPath("")), (None, None, None), frozenset(("1",)), "b", "") is None
    True
    """
    index = indexed(spec)
    source, design, tasks = documents
    if spec.requirements is None or source is None or index is None:
        return None
    chosen = [item for item in spec.requirements.requirements if item.number in numbers]
    if not chosen or len(chosen) == len(spec.requirements.requirements):
        return None
    ids = {criterion.id for item in chosen for criterion in item.criteria}
    going = Going(index, frozenset(at for at, criterion in enumerate(index.criteria) if criterion.id in ids), name, sentence)
    left_needs = apply_edits(source.render(), [Edit(item.span, b"") for item in chosen])
    right_needs = _composed(source, [item.span for item in chosen], going)
    left_design, right_design, went = _parted(design, _sections(spec, going), _design_references(spec), going)
    left_tasks, right_tasks, tasks_went = _parted(tasks, _blocks(spec, going), _task_references(spec), going)
    return Division(
        left=Half(requirements=left_needs, design=left_design, tasks=left_tasks),
        right=Half(requirements=right_needs, design=right_design, tasks=right_tasks),
        ids=tuple(criterion.id for criterion in index.criteria if criterion.id in ids),
        sections=went,
        tasks=tasks_went,
        crossing=_crossing(spec, going),
        unsafe=_unsafe(source, index.criteria, ids, left_needs, right_needs),
    )


def _unsafe(source: Document, before: Sequence[Criterion], ids: set[str], left: bytes, right: bytes) -> tuple[str, ...]:
    """Name the criteria that would not be the same afterwards."""
    after = [(item.id, item.text) for raw in (left, right) for item in read_requirements(scan(source.path, raw)).criteria]
    wanted = [(item.id, item.text) for is_right in (False, True) for item in before if (item.id in ids) is is_right]
    differing = {*after} ^ {*wanted}
    return tuple(dict.fromkeys(name for name, _ in (*wanted, *after) if any(name == other for other, _ in differing)))


def _parted(
    document: Document | None, chosen: Sequence[tuple[str, Span]], references: Iterable[Reference], going: Going
) -> tuple[bytes | None, bytes | None, tuple[str, ...]]:
    """Take the chosen spans out of a document into one of their own, and qualify what is left of links to what went."""
    if document is None:
        return None, None, ()
    spans = [span for _, span in chosen]
    edits = [Edit(span, b"") for span in spans]
    for reference in references:
        is_left = not any(span.start <= reference.span.start < span.end for span in spans)
        new = _qualified(reference, going) if is_left else None
        if new is not None:
            edits.append(Edit(reference.span, encode(new)))
    left = apply_edits(document.render(), edits)
    return left, _composed(document, spans, going) if spans else None, tuple(name for name, _ in chosen)


def _qualified(reference: Reference, going: Going) -> str | None:
    """Write a reference to what went with the name of where it went; `None` where it stays as it is. A range over both is counted out."""
    found = _positions(reference, going)
    went = found & going.positions
    if not went:
        return None
    if went == found:
        return f"{going.name}/{reference.written}"
    criteria = going.index.criteria
    return ", ".join(f"{going.name}/{criteria[at].id}" if at in went else criteria[at].id for at in sorted(found))


def _positions(reference: Reference, going: Going) -> frozenset[int]:
    """List the criteria of this spec that a reference means."""
    if reference.kind is ReferenceKind.PROSE or qualifier(reference.first):
        return frozenset()
    return frozenset(resolve(going.index, reference).positions)


def _is_going(references: Iterable[Reference], going: Going) -> bool:
    """Tell whether references mean something that goes, and nothing that stays."""
    found = frozenset[int]().union(*(_positions(reference, going) for reference in references))
    return bool(found) and found <= going.positions


def _design_references(spec: Spec) -> tuple[Reference, ...]:
    """List every reference of the design."""
    if spec.design is None:
        return ()
    return (*(item for owner in spec.design.properties for item in owner.validates), *(item.reference for item in spec.design.mentions))


def _task_references(spec: Spec) -> tuple[Reference, ...]:
    if spec.tasks is None:
        return ()
    return (*(reference for task in spec.tasks.tasks for reference in task.references), *spec.tasks.loose)


def _sections(spec: Spec, going: Going) -> list[tuple[str, Span]]:
    """Choose the outermost sections below the title that are about nothing but what goes."""
    references = _design_references(spec)
    chosen: list[tuple[str, Span]] = []
    for section in spec.design.sections if spec.design else ():
        is_inside = bool(chosen) and section.span.start < chosen[-1][1].end
        if section.level == _TOP or is_inside:
            continue
        if _is_going((item for item in references if section.span.start <= item.span.start < section.span.end), going):
            chosen.append((section.title, section.span))
    return chosen


def _blocks(spec: Spec, going: Going) -> list[tuple[str, Span]]:
    """Choose the top tasks that, with their sub-tasks, name nothing but what goes."""
    tasks = spec.tasks.tasks if spec.tasks else ()
    chosen: list[tuple[str, Span]] = []
    for members in _families(tasks):
        if _is_going_family(members, going):
            span = Span(members[0].span.start, max(task.span.end for task in members))
            chosen.append((members[0].id or members[0].title, span))
    return chosen


def _crossing(spec: Spec, going: Going) -> tuple[str, ...]:
    """Say which tasks wait for one on the other side; their order is for people to keep from now on."""
    if spec.tasks is None:
        return ()
    went = {task.id for members in _families(spec.tasks.tasks) if _is_going_family(members, going) for task in members}
    edges = (*((needed, task.id) for task in spec.tasks.tasks for needed in task.depends), *spec.tasks.edges)
    known = {task.id for task in spec.tasks.tasks}
    crossing = [f"task {then} waits for {first}" for first, then in edges if {first, then} <= known and (first in went) != (then in went)]
    if went and spec.tasks.waves:
        crossing.append("the waves in tasks.md name tasks that go")
    return tuple(dict.fromkeys(crossing))


def _is_going_family(members: Sequence[Task], going: Going) -> bool:
    return _is_going((item for task in members for item in task.references), going)


def _families(tasks: Sequence[Task]) -> Iterator[list[Task]]:
    """Group tasks under their top tasks, in file order."""
    group: list[Task] = []
    for task in tasks:
        if task.parent is None and group:
            yield group
            group = []
        group.append(task)
    if group:
        yield group


def _composed(document: Document, spans: Sequence[Span], going: Going) -> bytes:
    """Write a document of the chosen spans under the headings that they stood under; the introduction says where they come from."""
    raw = document.render()
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    outline = sections(document)
    parts: list[bytes] = []
    written: list[Section] = []
    for span in spans:
        for section in outline:
            if section.span.start < span.start < section.span.end and section not in written:
                parts.append(_heading(raw, section, newline))
                written.append(section)
                if section.level == _TOP:
                    parts += [encode(going.sentence), newline * 2, _glossary(raw, outline, spans, newline)]
        text = raw[span.start : span.end].rstrip()
        parts.append(text + newline * (2 if _is_headed(document, span) else 1))
    return b"".join(parts).rstrip() + newline


def _is_headed(document: Document, span: Span) -> bool:
    """Tell whether a span begins with a heading, so that a blank line belongs before the next."""
    return any(node.start == span.start and node.kind is NodeKind.HEADING for node in document.nodes)


def _heading(raw: bytes, section: Section, newline: bytes) -> bytes:
    """Copy a heading with a blank line after it."""
    return raw[section.span.start : section.body.start].rstrip() + newline * 2


def _glossary(raw: bytes, outline: Sequence[Section], spans: Sequence[Span], newline: bytes) -> bytes:
    """Copy the glossary: the criteria that go use its terms."""
    found = next((section for section in outline if section.level > _TOP and label(section.title) in GLOSSARY), None)
    if found is None or any(span.start <= found.span.start < span.end for span in spans):
        return b""
    return raw[found.span.start : found.span.end].rstrip() + newline * 2
