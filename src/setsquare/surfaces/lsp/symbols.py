"""Lists what stands in a document, and in all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from setsquare.journeys.living import spec_at
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.navigation import location
from setsquare.surfaces.lsp.positions import Lines
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Design, Requirements, Section, Task, Tasks

_MOST: Final = 200
_WIDTH: Final = 120


def document_symbols(desk: Desk, path: RelPath) -> list[types.DocumentSymbol]:
    """Outline one document of a spec."""
    spec = spec_at(desk.living.workspace, path)
    lines = desk.lines(path)
    if spec is None:
        return []
    if spec.requirements and (part := spec.requirements.part(path)):
        return _requirements(lines, part)
    if spec.tasks and spec.tasks.path == path:
        return _tasks(lines, spec.tasks)
    return _design(lines, spec.design) if spec.design and spec.design.path == path else []


def workspace_symbols(desk: Desk, query: str) -> Iterator[types.WorkspaceSymbol]:
    """List criteria and tasks whose id or text holds the query, at most some hundreds."""
    wanted = query.casefold().split()
    count = 0
    for spec in desk.living.workspace.specs:
        items = [
            *((f"{item.id} {item.label} {item.text}", item.path, item.text_span, types.SymbolKind.Field) for item in
              (spec.requirements.criteria if spec.requirements else ())),
            *((f"{item.id} {item.title}", item.path, item.span, types.SymbolKind.Event) for item in (spec.tasks.tasks if spec.tasks else ())),
        ]  # fmt: skip
        for text, path, span, kind in items:
            if count >= _MOST:
                return
            name = _named(text)
            folded = f"{spec.name}/{text}".casefold()
            if all(word in folded for word in wanted):
                count += 1
                yield types.WorkspaceSymbol(location=location(desk, path, span), name=name, kind=kind, container_name=spec.name)


def folds(desk: Desk, path: RelPath) -> list[types.FoldingRange]:
    """List what can be folded: requirements, design sections, tasks with their details."""
    found: list[types.FoldingRange] = []

    def add(symbols: list[types.DocumentSymbol]) -> None:
        for symbol in symbols:
            if symbol.range.end.line > symbol.range.start.line:
                found.append(types.FoldingRange(symbol.range.start.line, symbol.range.end.line))
            add(list(symbol.children or ()))

    add(document_symbols(desk, path))
    return found


def _named(text: str) -> str:
    """Give a name that fits a list; never empty, which editors refuse."""
    flat = " ".join(text.split())
    return (flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…") or "(empty)"


def _symbol(lines: Lines, name: str, kind: types.SymbolKind, whole: Span, children: list[types.DocumentSymbol]) -> types.DocumentSymbol:
    """Make one entry whose name is what its first line holds."""
    found = lines.range(whole)
    if children and (children[-1].range.end.line, children[-1].range.end.character) > (found.end.line, found.end.character):
        found = types.Range(found.start, children[-1].range.end)
    end = lines.raw.find(b"\n", whole.start)
    first = lines.range(Span(whole.start, min(whole.end, end if end >= 0 else whole.end)))
    return types.DocumentSymbol(name=_named(name), kind=kind, range=found, selection_range=first, children=children)


def _requirements(lines: Lines, requirements: Requirements) -> list[types.DocumentSymbol]:
    found = []
    for item in requirements.requirements:
        children = [
            _symbol(
                lines,
                f"{criterion.id} {criterion.text}",
                types.SymbolKind.Field,
                criterion.span,
                [_symbol(lines, f"{child.id} {child.text}", types.SymbolKind.Field, child.span, []) for child in criterion.children],
            )
            for criterion in item.criteria
        ]
        found.append(_symbol(lines, f"{item.number} {item.title}", types.SymbolKind.Class, item.span, children))
    return found


def _tasks(lines: Lines, tasks: Tasks) -> list[types.DocumentSymbol]:
    """Nest tasks as they are numbered."""
    below: dict[int | None, list[Task]] = {}
    for task in tasks.tasks:
        below.setdefault(task.parent if task.parent is None or task.parent < task.index else None, []).append(task)

    def nested(parent: int | None) -> list[types.DocumentSymbol]:
        return [
            _symbol(lines, f"{task.id} {task.title}", types.SymbolKind.Event, task.span, nested(task.index))
            for task in below.get(parent, ())
        ]

    return nested(None)


def _design(lines: Lines, design: Design) -> list[types.DocumentSymbol]:
    """Nest sections by their level; a section that is a property is shown as one."""
    properties = {item.line for item in design.properties}
    loose = [item for item in design.properties if item.line not in {section.line for section in design.sections}]

    def made(sections: list[Section]) -> list[types.DocumentSymbol]:
        found: list[types.DocumentSymbol] = []
        index = 0
        while index < len(sections):
            head = sections[index]
            after = next((at for at in range(index + 1, len(sections)) if sections[at].level <= head.level), len(sections))
            kind = types.SymbolKind.Property if head.line in properties else types.SymbolKind.Namespace
            children = made(sections[index + 1 : after])
            found.append(_symbol(lines, head.title, kind, head.span, children))
            index = after
        return found

    outer = made(list(design.sections))
    return outer + [_symbol(lines, f"Property {item.number} {item.title}", types.SymbolKind.Property, item.span, []) for item in loose]
