"""Says what is known of what stands under the cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types

from setsquare.journeys.living import Living
from setsquare.rules.evidence import character_span
from setsquare.spec.ears import parse
from setsquare.spec.link import LinkKind
from setsquare.spec.statement import Statement
from setsquare.spec.states import CriterionStatus
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.pointing import Named, Pointed, pointed
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Criterion, Property, Spec, Task, TaskState

_MOST: Final = 8
_MOST_CRITERIA: Final = 12
_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>#|])")
_BOXES: Final = {
    TaskState.OPEN: "open",
    TaskState.DONE: "done",
    TaskState.RUNNING: "running",
    TaskState.QUEUED: "queued",
    TaskState.NONE: "without a box",
}


# req: spec-engine/8.2
def hover(desk: Desk, path: RelPath, offset: int) -> types.Hover | None:
    """Describe what stands at a byte of a file."""
    lines = desk.lines(path)
    if found := _keyword(desk, path, offset):
        text, span = found
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), lines.range(span))
    at = pointed(desk, path, offset)
    text = "\n\n".join(_described(desk.living, at)) if at else ""
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), lines.range(at.span)) if at and text else None


def plain(text: str) -> str:
    r"""Write text so that Markdown shows it as it is.

    >>> plain("use `a_b`")
    'use \\`a\\_b\\`'
    """
    return _SIGNS.sub(r"\\\1", text)


def _described(living: Living, at: Pointed) -> Iterator[str]:
    """Write what is known, paragraph by paragraph."""
    if len(at.criteria) == 1:
        yield from _criterion(living, at.criteria[0])
    elif at.criteria:
        yield from _several(at)
    elif at.task:
        yield from _task(living, *at.task)
    elif at.property:
        yield from _property(living, *at.property)
    elif at.reference:
        yield f"`{at.reference.written}` names no criterion."


def status_of(living: Living, named: Named) -> CriterionStatus | None:
    """Judge one criterion."""
    traced = living.traced.graph.spec(named.spec)
    found = living.traced.statuses(traced) if traced else ()
    return next((status for status in found if status.criterion == named.criterion.id), None)


def _criterion(living: Living, named: Named) -> Iterator[str]:
    """Describe one criterion: its text, its state, and everything that names it."""
    criterion = named.criterion
    label = f" · {criterion.label}" if criterion.label else ""
    yield f"**{named.spec.name}/{criterion.id}**{label}"
    yield plain(criterion.text)
    status = status_of(living, named)
    if status:
        overlays = "".join(f" · {item.kind.value}" for item in status.overlays)
        yield f"**{status.state.value}**{overlays}" + (f": {plain(status.reason)}" if status.reason else "")
    rows = list(_rows(living, named, status))
    if rows:
        yield "\n".join(rows)
    pairing = living.traced.identity.now.get(named.key)
    item = living.traced.identity.by_path.get(named.spec.path)
    if pairing and item and item.lock is not None:
        yield f"uid `{pairing.uid}`"


def _rows(living: Living, named: Named, status: CriterionStatus | None) -> Iterator[str]:
    """List tasks, properties, sections, code and tests that name a criterion."""
    sources: dict[LinkKind, list[str]] = {}
    for traced in living.graph.specs:
        for link in traced.links:
            if link.target == named.criterion.id and link.target_spec == named.spec.name:
                sources.setdefault(link.kind, []).append(_source(traced.spec, link.source, link.kind, named.spec))
    for kind, title in ((LinkKind.IMPLEMENTS, "Tasks"), (LinkKind.VALIDATES, "Properties"), (LinkKind.REALIZES, "Design")):
        if listed := _list(sources.get(kind, ())):
            yield f"- {title}: {listed}"
    if status and (code := _list(f"`{link.path}`" + (f" {plain(link.symbol)}" if link.symbol else "") for link in status.code)):
        yield f"- Code: {code}"
    if status and (
        tests := _list(f"`{test.link.path}`" + (f" {plain(test.link.symbol)}" if test.link.symbol else "") for test in status.tests)
    ):
        yield f"- Tests: {tests}"


def _list(items: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    found = list(dict.fromkeys(items))
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


def _source(spec: Spec, source: str, kind: LinkKind, target: Spec) -> str:
    """Name a source, with its spec where that is another one, a task with its title."""
    other = "" if spec.path == target.path else f"{spec.name}/"
    if kind is not LinkKind.IMPLEMENTS:
        return f"{other}{plain(source)}"
    task = next((task for task in (spec.tasks.tasks if spec.tasks else ()) if task.id == source), None)
    return f"{other}{source} {plain(task.title)} ({_BOXES[task.state]})" if task else f"{other}{source}"


def _several(at: Pointed) -> Iterator[str]:
    """Describe a whole requirement or a range."""
    spec = at.criteria[0].spec
    if at.requirement:
        title = f": {plain(at.requirement.title)}" if at.requirement.title else ""
        yield f"**{spec.name}/{at.requirement.number}**{title}"
    rows = [f"- {named.criterion.id} {plain(named.criterion.text)}" for named in at.criteria[:_MOST_CRITERIA]]
    more = len(at.criteria) - _MOST_CRITERIA
    yield "\n".join([*rows, f"- and {more} more"] if more > 0 else rows)


def _task(living: Living, spec: Spec, task: Task) -> Iterator[str]:
    """Describe a task with the criteria that it names."""
    yield f"**Task {task.id or task.line}** {plain(task.title)} · {_BOXES[task.state]}"
    traced = living.graph.spec(spec)
    key = traced.keys[task.index] if traced else ""
    targets = [(link.target_spec, link.target) for link in (traced.links if traced else ()) if link.source == key]
    rows = []
    for name, number in dict.fromkeys(targets):
        other = next((item for item in living.workspace.specs if item.name == name and item.requirements), None)
        criteria: tuple[Criterion, ...] = other.requirements.criteria if other and other.requirements else ()
        text = next((item.text for item in criteria if item.id == number), "")
        rows.append(f"- {'' if name == spec.name else name + '/'}{number} {plain(text)}")
    if rows:
        yield "\n".join(rows[:_MOST_CRITERIA])
    if task.depends:
        yield f"Depends on {', '.join(task.depends)}"


def _property(living: Living, spec: Spec, item: Property) -> Iterator[str]:
    """Describe a property with what it validates and the tests of it."""
    yield f"**{spec.name}: Property {item.number}**" + (f" {plain(item.title)}" if item.title else "")
    if item.text:
        yield plain(item.text)
    if item.validates:
        yield f"Validates {', '.join(reference.written for reference in item.validates)}"
    tests = [test for test in living.traced.code.properties if test.spec == spec.name and test.number == item.number]
    if tests:
        yield f"Tests: {_list([f'`{test.path}` {plain(test.symbol)}'.rstrip() for test in tests])}"


def _keyword(desk: Desk, path: RelPath, offset: int) -> tuple[str, Span] | None:
    """Describe the sentence form where a keyword or the modal of a criterion stands under the cursor."""
    for spec in desk.living.workspace.specs:
        if not spec.is_kiro or spec.requirements is None or spec.requirements.path != path:
            continue
        raw = desk.raw(path) or b""
        for criterion in spec.requirements.criteria:
            if criterion.demands and criterion.text_span.start <= offset <= criterion.text_span.end:
                statement = parse(criterion.text, desk.living.session.read.config.templates)
                for start, end in _signs(statement):
                    span = text_span(raw, criterion, start, end)
                    if span and span.start <= offset <= span.end:
                        return form_of(statement), span
    return None


def _signs(statement: Statement) -> Iterator[tuple[int, int]]:
    """List the characters of a sentence's keywords and of its modal."""
    for clause in statement.clauses:
        if clause.keyword:
            at = statement.text.find(clause.keyword, clause.start)
            if at >= 0:
                yield at, at + len(clause.keyword)
    if statement.modal:
        yield statement.modal_at


def text_span(raw: bytes, criterion: Criterion, start: int, end: int) -> Span | None:
    """Find the bytes of a range of a criterion's characters; `None` where the text was put together from more than its lines."""
    written = decode(raw[criterion.text_span.start : criterion.text_span.end])
    found = character_span(written, criterion.text, start, end)
    if found is None:
        return None
    first = criterion.text_span.start + len(encode(written[: found[0]]))
    return Span(first, first + len(encode(written[found[0] : found[1]])))


def form_of(statement: Statement) -> str:
    """Describe a sentence's form as Markdown.

    >>> print(form_of(parse("WHEN a user signs in, THE Bell SHALL ring")))
    **EARS event**
    <BLANKLINE>
    - WHEN: a user signs in
    - system: Bell
    - SHALL: ring
    """
    rows = [f"- {plain(clause.keyword or clause.kind.value)}: {plain(clause.text)}" for clause in statement.clauses]
    if statement.subject:
        rows.append(f"- system: {plain(statement.subject)}")
    for duty in statement.responses:
        sign = f"{duty.modal}{' NOT' if duty.is_negative and 'not' not in duty.modal.casefold() else ''}"
        rows.append(f"- {plain(sign)}: {plain(duty.response)}")
    if statement.timing:
        timing = statement.timing
        rows.append(f"- timing: {plain(' '.join(part for part in (timing.op, timing.value, timing.unit) if part))}")
    return "\n".join([f"**EARS {statement.pattern.value}**", "", *rows])
