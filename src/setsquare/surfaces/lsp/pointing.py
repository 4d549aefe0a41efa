"""Finds what stands at a place in a file: a reference, a criterion, a task's id, a property."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from msgspec import Struct

from setsquare.journeys.living import Living, spec_at
from setsquare.journeys.renaming import name_span
from setsquare.spec.link import Citation
from setsquare.surfaces.lsp.desk import Desk
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath, base_name
from setsquare.text.span import Span
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, Property, Reference, Requirement, Spec, Task

_TOKEN: Final = re.compile(rb"[A-Za-z]{0,4}-?\d+(?:\.\d+)*")
_PROPERTY: Final = re.compile(r"(?:Property|Properties|属性|性质|プロパティ)\s*#?\s*(?P<number>\d[\w.]*)", re.IGNORECASE)
_DEPENDS: Final = re.compile(rb"depend|blocked|\xe4\xbe\x9d\xe8\xb5\x96|\xe4\xbe\x9d\xe5\xad\x98|prereq|after task", re.IGNORECASE)


class Named(Struct, frozen=True):
    """A criterion with its spec."""

    spec: Spec
    criterion: Criterion

    @property
    def key(self) -> tuple[str, str]:
        """Give the spec's folder and the criterion's id."""
        return self.spec.path, self.criterion.id


class Pointed(Struct, frozen=True, kw_only=True):
    """What stands at a place: `span` are the bytes of the name there; `is_declaration` where the thing itself stands there.

    `reference` is what is written where it is a reference.
    """

    span: Span
    criteria: tuple[Named, ...] = ()
    requirement: Requirement | None = None
    task: tuple[Spec, Task] | None = None
    property: tuple[Spec, Property] | None = None
    reference: Reference | None = None
    is_declaration: bool = False


def pointed(desk: Desk, path: RelPath, offset: int) -> Pointed | None:
    """Find what stands at a byte of a file."""
    spec = spec_at(desk.living.workspace, path)
    if spec is None:
        return _in_code(desk, path, offset) if not desk.is_part(path) else None
    if spec.requirements and (part := spec.requirements.part(path)):
        return _declared(desk, spec, part.criteria, offset)
    traced = desk.living.graph.spec(spec)
    for citation in traced.citations if traced else ():
        if citation.reference.path == path and citation.reference.span.start <= offset <= citation.reference.span.end:
            return _cited(desk.living.workspace, spec, citation)
    return _task_named(desk, spec, path, offset) or _property_named(desk, spec, path, offset)


def _declared(desk: Desk, spec: Spec, criteria: Iterable[Criterion], offset: int) -> Pointed | None:
    """Find the criterion that holds a byte; an item of a list below one comes before the whole."""
    for criterion in criteria:
        if criterion.span.start <= offset < criterion.span.end or offset == criterion.text_span.end:
            child = next((item for item in criterion.children if item.span.start <= offset < item.span.end), None)
            found = criterion if child is None else child
            named = name_span(desk.raw(found.path) or b"", found) if spec.is_kiro else None
            return Pointed(span=named or found.text_span, criteria=(Named(spec, criterion),), is_declaration=True)
    return None


def _cited(workspace: Workspace, own: Spec | None, citation: Citation) -> Pointed:
    """Follow one reference."""
    criteria = tuple(named for target in citation.targets for named in (criterion_of(workspace, own, *target),) if named)
    return Pointed(
        span=citation.reference.span,
        criteria=criteria,
        requirement=_whole(criteria) if len(criteria) > 1 or not criteria else None,
        reference=citation.reference,
    )


def _whole(criteria: tuple[Named, ...]) -> Requirement | None:
    """Find the requirement whose criteria these are, all of them."""
    wanted = {named.criterion.id for named in criteria}
    requirements = criteria[0].spec.requirements if criteria else None
    for requirement in requirements.requirements if requirements else ():
        if wanted == {criterion.id for criterion in requirement.criteria}:
            return requirement
    return None


def spec_named(workspace: Workspace, own: Spec | None, name: str) -> Spec | None:
    """Find a spec by the name that links call it by; the own one comes first where two have one name."""
    if own and own.name == name:
        return own
    folded = name.casefold()
    whole = (spec for spec in workspace.specs if folded in (one.casefold() for one in spec.whole_names))
    ends = (spec for spec in workspace.specs if folded == base_name(spec.name).casefold())
    return next(chain(whole, ends), None)


def criterion_of(workspace: Workspace, own: Spec | None, name: str, number: str) -> Named | None:
    """Find a criterion by its spec's name and its id."""
    spec = spec_named(workspace, own, name)
    for criterion in spec.requirements.criteria if spec and spec.requirements else ():
        if spec and criterion.id == number:
            return Named(spec, criterion)
    return None


def _in_code(desk: Desk, path: RelPath, offset: int) -> Pointed | None:
    """Find what a source file names at a byte."""
    workspace = desk.living.workspace
    for citation in desk.living.code_citations(path):
        if citation.reference.span.start <= offset <= citation.reference.span.end:
            return _cited(workspace, spec_named(workspace, None, citation.spec), citation)
    lines = desk.lines(path)
    line = lines.position(offset).line
    for item in desk.living.traced.code.properties:
        spec = spec_named(workspace, None, item.spec)
        if item.path == path and item.line == line + 1 and spec:
            return _property_in_line(desk, spec, path, offset)
    return None


def _task_named(desk: Desk, spec: Spec, path: RelPath, offset: int) -> Pointed | None:
    """Find the id of a task: its own, one that it depends on, or one in the written graph."""
    tasks = spec.tasks
    if tasks is None or tasks.path != path:
        return None
    raw = desk.raw(path) or b""
    start = raw.rfind(b"\n", 0, offset) + 1
    end = raw.find(b"\n", offset)
    token = next(
        (match for match in _TOKEN.finditer(raw, start, end if end >= 0 else len(raw)) if match.start() <= offset <= match.end()), None
    )
    by_id = {task.id: task for task in reversed(tasks.tasks) if task.id}
    named = by_id.get(decode(token[0])) if token else None
    holder = next((task for task in tasks.tasks if task.span.start <= offset < task.span.end), None)
    if holder is not None and start <= holder.span.start:
        is_own = token is not None and named is holder
        return Pointed(span=Span(*token.span()) if is_own and token else _title_span(raw, holder), task=(spec, holder), is_declaration=True)
    is_in_graph = tasks.graph is not None and tasks.graph.start <= offset < tasks.graph.end
    is_depended = holder is not None and named is not None and named.id in holder.depends
    if token and named and (is_in_graph or (is_depended and _DEPENDS.search(raw, start, token.start()))):
        return Pointed(span=Span(*token.span()), task=(spec, named))
    return None


def _title_span(raw: bytes, task: Task) -> Span:
    """Give the bytes of a task's own line."""
    end = raw.find(b"\n", task.span.start)
    return Span(task.span.start, min(task.span.end, end if end >= 0 else len(raw)))


def _property_named(desk: Desk, spec: Spec, path: RelPath, offset: int) -> Pointed | None:
    """Find a property that is named in a task file or a design, or the one that stands there."""
    if spec.design and spec.design.path == path:
        for item in spec.design.properties:
            line_end = (desk.raw(path) or b"").find(b"\n", item.span.start)
            if item.span.start <= offset <= line_end:
                return Pointed(span=Span(item.span.start, line_end), property=(spec, item), is_declaration=True)
    return _property_in_line(desk, spec, path, offset)


def _property_in_line(desk: Desk, spec: Spec, path: RelPath, offset: int) -> Pointed | None:
    """Find a property that is named around a byte."""
    lines = desk.lines(path)
    number = lines.position(offset).line
    text, start = lines.line(number), lines.start(number)
    for match in _PROPERTY.finditer(text):
        first, last = (start + len(encode(text[:at])) for at in match.span())
        found = match["number"].rstrip(".")
        item = next((item for item in (spec.design.properties if spec.design else ()) if item.number == found), None)
        if first <= offset <= last and item:
            return Pointed(span=Span(first, last), property=(spec, item))
    return None


class Use(Struct, frozen=True):
    """A place that names a criterion: which kind of place, what it is called, where."""

    kind: str
    source: str
    path: RelPath
    span: Span


def uses(living: Living, wanted: frozenset[tuple[str, str]]) -> Iterator[Use]:
    """List every reference to some criteria, by spec folder and id, in documents and in code."""
    workspace = living.workspace
    for traced in living.graph.specs:
        for citation in traced.citations:
            if _leads(workspace, traced.spec, citation, wanted):
                yield Use(citation.kind.value, citation.source, citation.reference.path, citation.reference.span)
    for citation in living.code_citations():
        if _leads(workspace, None, citation, wanted):
            yield Use(citation.kind.value, citation.source, citation.reference.path, citation.reference.span)


def _leads(workspace: Workspace, own: Spec | None, citation: Citation, wanted: frozenset[tuple[str, str]]) -> bool:
    for name, number in citation.targets:
        spec = spec_named(workspace, own, name)
        if spec and (spec.path, number) in wanted:
            return True
    return False
