"""Leads from a reference to what it names, and from there to everything that names it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.pointing import Pointed, pointed, uses
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Property, Spec, Task

_ID: Final = re.compile(rb"(?<![A-Za-z0-9.])[A-Za-z]{0,4}-?\d+(?:\.\d+)*(?![A-Za-z0-9]|\.\d)")


def definition(desk: Desk, path: RelPath, offset: int) -> list[types.Location]:
    """Give where what is named at a byte stands."""
    found = pointed(desk, path, offset)
    return list(_declarations(desk, found)) if found else []


def references(desk: Desk, path: RelPath, offset: int, *, is_declared: bool) -> list[types.Location]:
    """List every place that names what stands at a byte; with `is_declared` also the place where it stands."""
    found = pointed(desk, path, offset)
    if found is None:
        return []
    places = list(_declarations(desk, found)) if is_declared else []
    places += [location(desk, place, span) for place, span in _naming(desk, found)]
    return list({(place.uri, place.range.start.line, place.range.start.character): place for place in places}.values())


def location(desk: Desk, path: RelPath, span: Span) -> types.Location:
    """Give bytes of a file as a location."""
    return types.Location(desk.address(path), desk.lines(path).range(span))


def _declarations(desk: Desk, found: Pointed) -> Iterator[types.Location]:
    """List where the things themselves stand: a whole requirement by its heading."""
    if found.requirement:
        heading = found.requirement.span
        yield location(desk, found.requirement.path, _first_line(desk, found.requirement.path, heading))
        return
    for named in found.criteria:
        criterion = named.criterion
        yield location(desk, criterion.path, criterion.text_span)
    if found.task:
        _, task = found.task
        yield location(desk, task.path, _first_line(desk, task.path, task.span))
    if found.property:
        _, item = found.property
        yield location(desk, item.path, _first_line(desk, item.path, item.span))


def _first_line(desk: Desk, path: RelPath, span: Span) -> Span:
    """Give the first line of some bytes."""
    raw = desk.raw(path) or b""
    end = raw.find(b"\n", span.start)
    return Span(span.start, min(span.end, end if end >= 0 else len(raw)))


def _naming(desk: Desk, found: Pointed) -> Iterator[tuple[RelPath, Span]]:
    """List the places that name what was found."""
    if found.criteria:
        for use in uses(desk.living, frozenset(named.key for named in found.criteria)):
            yield use.path, use.span
    if found.task:
        yield from _depending(desk, *found.task)
    if found.property:
        yield from _testing(desk, *found.property)


def _depending(desk: Desk, spec: Spec, task: Task) -> Iterator[tuple[RelPath, Span]]:
    """List where tasks name another one as a prerequisite, and where the written graph does."""
    tasks = spec.tasks
    if tasks is None or not task.id:
        return
    raw = desk.raw(tasks.path) or b""
    stretches = [
        (raw.find(b"\n", other.span.start, other.span.end) + 1, other.span.end) for other in tasks.tasks if task.id in other.depends
    ]
    if tasks.graph:
        stretches.append((tasks.graph.start, tasks.graph.end))
    for start, end in stretches:
        for match in _ID.finditer(raw, start, end):
            at = pointed(desk, tasks.path, match.start()) if match[0] == encode(task.id) else None
            if at and at.task and at.task[1].index == task.index and not at.is_declaration:
                yield tasks.path, Span(*match.span())


def _testing(desk: Desk, spec: Spec, item: Property) -> Iterator[tuple[RelPath, Span]]:
    """List the tests of a property, and where the task file names it."""
    for test in desk.living.traced.code.properties:
        if test.spec == spec.name and test.number == item.number:
            lines = desk.lines(test.path)
            start = lines.start(test.line - 1)
            yield test.path, Span(start, start + len(lines.line(test.line - 1).encode("utf-8", "surrogateescape")))
    path = spec.tasks.path if spec.tasks else RelPath("")
    raw = desk.raw(path) or b"" if path else b""
    for match in re.finditer(rb"(?i:property)\s*#?\s*" + re.escape(encode(item.number)) + rb"(?![\w]|\.\d)", raw):
        yield path, Span(*match.span())
