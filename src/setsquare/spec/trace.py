"""Builds the trace graph of a workspace: which task, property and design section names which criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.elsewhere import Elsewhere, each_once, named_elsewhere, raised
from setsquare.spec.link import Citation, CriterionState, LinkKind, Resolution, TraceLink
from setsquare.spec.resolving import CriterionIndex, indexed, qualifier, resolve
from setsquare.spec.spec_names import bearers, is_elsewhere, spellings
from setsquare.workspace.model import Workspace
from setsquare.workspace.sources import mount_of
from setsquare.workspace.spec import Criterion, Reference, ReferenceKind, Spec, Task, TaskState

# Looked up once: every reference of a workspace is asked for these.
_IMPLEMENTS: Final = LinkKind.IMPLEMENTS
_VALIDATES: Final = LinkKind.VALIDATES
_PROSE: Final = ReferenceKind.PROSE
_RESOLVED: Final = Resolution.RESOLVED
_DONE: Final = TaskState.DONE

NO_SOURCE = ""
"""The source of a reference in a task file that stands below no task."""


class ReferenceCounts(Struct, frozen=True, kw_only=True):
    """Written targets in reference lines of tasks and in `Validates:` lines: total = resolved + dangling + prose; ambiguous ones are resolved."""

    resolved: int = 0
    dangling: int = 0
    prose: int = 0
    ambiguous: int = 0

    @property
    def total(self) -> int:
        """Count all."""
        return self.resolved + self.dangling + self.prose


class SpecTrace(Struct, frozen=True, kw_only=True):
    """One spec's share of the graph.

    `states` are the states of the criteria that demand something, by id in file order; `keys` the tasks' keys by index. `parts` are the items
    below such criteria (`1.3.a`), each with whether a task names it or the whole criterion. `elsewhere` is what
    other checkouts say of the criteria, where several are read together; `states` count it.
    """

    spec: Spec
    citations: tuple[Citation, ...] = ()
    links: tuple[TraceLink, ...] = ()
    states: tuple[tuple[str, CriterionState], ...] = ()
    keys: tuple[str, ...] = ()
    parts: tuple[tuple[str, bool], ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()

    @property
    def uncovered(self) -> tuple[str, ...]:
        """List the ids of criteria that no task names."""
        return tuple(name for name, state in self.states if state is CriterionState.UNCOVERED)

    @property
    def covered(self) -> int:
        """Count the criteria that at least one task names."""
        return len(self.states) - len(self.uncovered)

    @property
    def coverage(self) -> float | None:
        """Give the share that at least one task names, from 0 to 1; `None` when there is no criterion.

        Of a criterion with a list below it, each item counts.
        """
        if not self.parts:
            return self.covered / len(self.states) if self.states else None
        divided = {name.rpartition(".")[0] for name, _ in self.parts}
        whole = [state is not CriterionState.UNCOVERED for name, state in self.states if name not in divided]
        return (sum(whole) + sum(is_named for _, is_named in self.parts)) / (len(whole) + len(self.parts))

    @property
    def references(self) -> ReferenceCounts:
        """Count the references of tasks and `Validates:` lines by what became of them; what a design mentions elsewhere is none of them."""
        counted = [item for item in self.citations if item.kind is not LinkKind.REALIZES]
        kinds = Counter(item.resolution for item in counted)
        return ReferenceCounts(
            resolved=kinds[Resolution.RESOLVED],
            dangling=kinds[Resolution.DANGLING] + kinds[Resolution.NO_REQUIREMENTS],
            prose=kinds[Resolution.PROSE],
            ambiguous=sum(item.is_ambiguous for item in counted),
        )

    @property
    def dangling(self) -> tuple[Citation, ...]:
        """List the references that name something that does not exist."""
        return tuple(citation for citation in self.citations if citation.resolution is Resolution.DANGLING)


class TraceGraph(Struct, frozen=True):
    """All links of a workspace, spec by spec in the workspace's order."""

    specs: tuple[SpecTrace, ...] = ()

    @property
    def links(self) -> tuple[TraceLink, ...]:
        """List the links of every spec."""
        return tuple(link for traced in self.specs for link in traced.links)

    def spec(self, spec: Spec | str) -> SpecTrace | None:
        """Find a spec's share by the spec, its name or its folder."""
        wanted = spec.path if isinstance(spec, Spec) else spec.strip("/")
        return next((traced for traced in self.specs if wanted in (traced.spec.path, traced.spec.name)), None)


def trace(workspace: Workspace) -> TraceGraph:
    r"""Resolve every reference of tasks, properties and design sections, in time linear in their number.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.tasks import read_tasks
    >>> raw = b"### Requirement 1\n#### Acceptance Criteria\n1. THE S SHALL a\n2. THE S SHALL b\n"
    >>> needs = read_requirements(scan(RelPath("s/requirements.md"), raw))
    >>> tasks = read_tasks(scan(RelPath("s/tasks.md"), b"- [x] 1. Go\n  - _Requirements: 1.1, 1.9_\n"))
    >>> spec = Spec(name="s", path=RelPath("s"), root=RelPath(""), requirements=needs, tasks=tasks)
    >>> found = trace(Workspace(specs=(spec,))).specs[0]
    >>> found.coverage, found.uncovered, [citation.missing for citation in found.dangling]
    (0.5, ('1.2',), ['1.9'])
    """
    indices: dict[str, CriterionIndex] = {spec.path: index for spec in workspace.specs if (index := indexed(spec))}
    by_name: dict[str, Spec] = {}
    for name, spec in bearers(workspace.specs, workspace.declared.name):
        by_name.setdefault(name.casefold(), spec)
    names = _Names(by_name=by_name, indices=indices, declared=workspace.declared.ids)
    graph = TraceGraph(tuple(_traced(spec, names) for spec in workspace.specs))
    return _with_others(graph) if any(mount_of(spec.path) for spec in workspace.specs) else graph


def _with_others(graph: TraceGraph) -> TraceGraph:
    """Count the tasks of one checkout for the specs of another."""
    homes = {item.spec.name: item.spec.path for item in reversed(graph.specs)}
    found: dict[str, list[Elsewhere]] = {}
    for item in graph.specs:
        tasks = dict(zip(item.keys, item.spec.tasks.tasks, strict=True)) if item.spec.tasks else {}
        for link in item.links:
            if link.kind is not _IMPLEMENTS:
                continue
            one = named_elsewhere(link, homes[link.target_spec], _state([tasks[link.source]]))
            if one is not None:
                found.setdefault(homes[link.target_spec], []).append(one)
    return with_elsewhere(graph, found)


def with_elsewhere(graph: TraceGraph, found: Mapping[str, Iterable[Elsewhere]]) -> TraceGraph:
    """Count what other checkouts say of specs, given by the spec's folder.

    >>> with_elsewhere(TraceGraph(), {})
    TraceGraph(specs=())
    """
    counted: list[SpecTrace] = []
    for item in graph.specs:
        told = each_once((*item.elsewhere, *found.get(item.spec.path, ())))
        counted.append(replace(item, states=raised(item.states, told), elsewhere=told) if told else item)
    return TraceGraph(tuple(counted))


class _Names(Struct, frozen=True, kw_only=True, gc=False):
    """A workspace's specs by the names for them, their criteria by folder, and the sources that are declared."""

    by_name: Mapping[str, Spec]
    indices: Mapping[str, CriterionIndex]
    declared: frozenset[str]

    def spec(self, name: str, path: str) -> Spec | None:
        """Find the spec that a reference in a file is qualified with."""
        return next((self.by_name[written] for written in spellings(name, path) if written in self.by_name), None)


def _traced(spec: Spec, names: _Names) -> SpecTrace:
    """Trace one spec."""
    keys = task_keys(spec.tasks.tasks if spec.tasks else ())
    citations = tuple(_cite(spec, source, kind, reference, names) for source, kind, reference in _written(spec, keys))
    links = tuple(_links(citations))
    return SpecTrace(
        spec=spec,
        citations=citations,
        links=links,
        states=tuple(task_states(spec, keys, links)),
        keys=keys,
        parts=tuple(_parts(spec, citations)),
    )


def _parts(spec: Spec, citations: Iterable[Citation]) -> Iterator[tuple[str, bool]]:
    """Tell of each item below a criterion whether a task names it."""
    divided = [criterion for criterion in demanding(spec) if criterion.children]
    if not divided:
        return
    whole: set[str] = set()
    named: set[str] = set()
    for citation in citations:
        if citation.kind is LinkKind.IMPLEMENTS:
            named.update(citation.parts)
            whole.update(target for target_spec, target in citation.targets if target_spec == spec.name and not citation.parts)
    for criterion in divided:
        for child in criterion.children:
            yield child.id, criterion.id in whole or child.id in named


def task_keys(tasks: Iterable[Task]) -> tuple[str, ...]:
    """Name each task: by its id, from the second bearer on with the occurrence; one without an id by its line.

    >>> task_keys(())
    ()
    """
    seen: Counter[str] = Counter()
    keys = []
    for task in tasks:
        seen[task.id] += 1
        keys.append(f"line {task.line}" if not task.id else task.id if seen[task.id] == 1 else f"{task.id}#{seen[task.id]}")
    return tuple(keys)


def _written(spec: Spec, keys: tuple[str, ...]) -> Iterator[tuple[str, LinkKind, Reference]]:
    """List every reference of a spec with its source."""
    for task in spec.tasks.tasks if spec.tasks else ():
        for reference in task.references:
            yield keys[task.index], _IMPLEMENTS, reference
    for reference in spec.tasks.loose if spec.tasks else ():
        yield NO_SOURCE, LinkKind.IMPLEMENTS, reference
    if spec.design is None:
        return
    for item in spec.design.properties:
        for reference in item.validates:
            yield f"Property {item.number}", _VALIDATES, reference
    for mention in spec.design.mentions:
        kind = LinkKind.VALIDATES if mention.is_validation else LinkKind.REALIZES
        yield spec.design.sections[mention.section].title, kind, mention.reference


def _cite(
    spec: Spec,
    source: str,
    kind: LinkKind,
    reference: Reference,
    names: _Names,
) -> Citation:
    """Resolve one reference, in the spec that it names or in its own."""
    named = qualifier(reference.first)
    target = names.spec(named, spec.path) if named else spec
    index = names.indices.get(target.path) if target else None
    # What a source that is not loaded has is neither right nor wrong here.
    is_prose = reference.kind is _PROSE or (target is None and is_elsewhere(named, names.by_name, names.declared))
    found = resolve(index, reference) if index and not is_prose else None
    if found and found.is_found:
        resolution = _RESOLVED
    elif is_prose:
        resolution = Resolution.PROSE
    else:
        resolution = Resolution.NO_REQUIREMENTS if target is not None and index is None else Resolution.DANGLING
    return Citation(
        kind=kind,
        spec=spec.name,
        source=source,
        reference=reference,
        resolution=resolution,
        targets=tuple([(target.name, index.criteria[position].id) for position in found.positions]) if target and index and found else (),
        missing=found.missing if found else named if named and target is None else "",
        is_ambiguous=found.is_ambiguous if found else False,
        parts=found.parts if found else (),
    )


def _links(citations: Iterable[Citation]) -> Iterator[TraceLink]:
    """Write citations as links, each once; links of different lines differ. A citation that belongs to no task links nothing."""
    for _, together in groupby(citations, key=lambda citation: citation.reference.line):
        links = [
            TraceLink(
                kind=citation.kind,
                spec=citation.spec,
                source=citation.source,
                target=target,
                target_spec=target_spec,
                path=citation.reference.path,
                line=citation.reference.line,
            )
            for citation in together
            if citation.source != NO_SOURCE
            for target_spec, target in citation.targets
        ]
        yield from links if len(links) == 1 else dict.fromkeys(links)


def demanding(spec: Spec) -> tuple[Criterion, ...]:
    """List a spec's criteria that demand something; a bugfix spec's current behaviour does not.

    >>> from setsquare.text.paths import RelPath
    >>> demanding(Spec(name="bell", path=RelPath("bell"), root=RelPath("")))
    ()
    """
    return tuple(criterion for criterion in spec.requirements.criteria if criterion.demands) if spec.requirements else ()


def task_states(spec: Spec, keys: tuple[str, ...], links: Iterable[TraceLink]) -> Iterator[tuple[str, CriterionState]]:
    """Tell by the tasks alone how far each criterion is; optional tasks count only where no other task names it.

    >>> from setsquare.text.paths import RelPath
    >>> list(task_states(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), (), ()))
    []
    """
    tasks = dict(zip(keys, spec.tasks.tasks, strict=True)) if spec.tasks else {}
    naming: dict[str, list[Task]] = {}
    for link in links:
        if link.kind is _IMPLEMENTS and link.target_spec == spec.name:
            naming.setdefault(link.target, []).append(tasks[link.source])
    for criterion in demanding(spec):
        named = naming.get(criterion.id)
        yield criterion.id, _state(named) if named else CriterionState.UNCOVERED


def _state(named: list[Task]) -> CriterionState:
    """Tell how far a criterion is by the tasks that name it."""
    required = [task for task in named if not task.is_optional] or named
    undone = [task for task in required if task.state is not _DONE]
    return CriterionState.PLANNED if undone else CriterionState.IMPLEMENTED
