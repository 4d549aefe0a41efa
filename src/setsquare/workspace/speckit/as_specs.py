"""Makes the features of Spec Kit specs of the workspace, so that everything that works on specs works on them; nothing is written from them.

A user story is a requirement, its acceptance scenarios are the criteria; functional requirements and success criteria keep their own ids.

Source: the templates of github/spec-kit 1.0.2 and what repositories write.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from setsquare.text.document import Document, decode
from setsquare.text.paths import RelPath, joined
from setsquare.text.span import Span
from setsquare.workspace.design import read_design
from setsquare.workspace.layout import feature_folder, local
from setsquare.workspace.openspec.text import normalised
from setsquare.workspace.requirements import repeated
from setsquare.workspace.spec import Criterion, Dialect, Reference, ReferenceKind, Requirement, Requirements, Spec, SpecForm, Task, Tasks
from setsquare.workspace.speckit.feature import read_feature
from setsquare.workspace.speckit.model import Demand, Feature, Line, Story
from setsquare.workspace.tasks import read_tasks

FUNCTIONAL: Final = "FR"
"""The number of the requirement that holds everything with an id of its own but the success criteria."""
OUTCOMES: Final = "SC"
"""The number of the requirement that holds the success criteria."""

_BOM: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_STORY: Final = re.compile(rb"\[US\s?-?(\w+)\]")
_PREFIX: Final = re.compile(r"\A((?:[A-Z]+-)*(?:FR|NFR|AC|SC)(?:-[A-Z]+)*)-?\d")
_DOCUMENTS: Final = ("spec.md", "plan.md", "tasks.md")


def features_of(documents: Mapping[RelPath, Document], inside: str = "") -> Iterator[Spec]:
    r"""Give a spec for every feature that has a `spec.md`, sorted by folder; `documents` are the workspace's files by path.

    `inside` says where in a root the folder lies that the paths start from.

    >>> from setsquare.text.markdown import scan
    >>> raw = b"### User Story 1 - Pay\n1. **Given** a, **When** b, **Then** c\n- **FR-001**: It MUST d\n"
    >>> (spec,) = features_of({RelPath("specs/001-pay/spec.md"): scan(RelPath("specs/001-pay/spec.md"), raw)})
    >>> spec.name, spec.form.value, [(one.id, one.text) for one in spec.requirements.criteria]
    ('001-pay', 'feature', [('1.1', 'Given a, When b, Then c'), ('FR-001', 'It MUST d')])
    """
    members: dict[RelPath, list[RelPath]] = {}
    for path in documents:
        if (folder := feature_folder(joined(inside, path))) is not None:
            members.setdefault(folder, []).append(path)
    for folder in sorted(members):
        files = sorted(members[folder])
        own = {name: documents[path] for path in files for name in _DOCUMENTS if joined(inside, path) == f"{folder}/{name}"}
        if "spec.md" in own:
            yield _spec(folder, inside, own, tuple(path for path in files if documents[path] not in own.values()))


def _spec(folder: RelPath, inside: str, own: Mapping[str, Document], extras: tuple[RelPath, ...]) -> Spec:
    """Read one folder's files."""
    demands, plan, tasks = own["spec.md"], own.get("plan.md"), own.get("tasks.md")
    raw = demands.render()
    feature = read_feature(demands.path, normalised(raw))
    root, _, name = folder.rpartition("/")
    return Spec(
        name=name,
        path=local(folder, inside),
        root=local(root, inside),
        requirements=feature_requirements(feature, raw),
        design=None if plan is None else read_design(plan),
        tasks=None if tasks is None else _tasks(tasks, feature),
        extras=extras,
        form=SpecForm.FEATURE,
    )


def feature_requirements(feature: Feature, raw: bytes) -> Requirements:
    r"""Write a feature in the terms of specs; `raw` are the file's bytes, which all places address.

    >>> raw = b"## Requirements\n- **FR-001**: It MUST ring\n"
    >>> found = feature_requirements(read_feature(RelPath("spec.md"), raw.decode()), raw)
    >>> [(one.id, one.label, one.line) for one in found.criteria]
    [('FR-001', 'FR-001', 2)]
    """
    lines = _Lines(feature, raw)
    seen: Counter[str] = Counter()
    found = [lines.story(repeated(story.number, seen), story) for story in feature.stories]
    for number, title, demands in (
        (FUNCTIONAL, "Functional requirements", feature.demands),
        (OUTCOMES, "Success criteria", feature.outcomes),
    ):
        if demands:
            found.append(lines.group(number, title, demands))
    said = dict(feature.fields)
    return Requirements(
        path=feature.path, dialect=Dialect.SPECKIT, title=feature.title, introduction=said.get("Input", ""), requirements=tuple(found)
    )


def is_feature(path: str) -> bool:
    """Tell whether a path is that of a feature's `spec.md`.

    >>> is_feature("specs/001-pay/spec.md"), is_feature("openspec/specs/001-pay/spec.md"), is_feature("specs/001-pay/plan.md")
    (True, False, False)
    """
    folder = feature_folder(path)
    return folder is not None and path == f"{folder}/spec.md"


def feature_criteria(document: Document) -> tuple[Criterion, ...]:
    r"""Read the criteria of a feature's `spec.md`.

    >>> from setsquare.text.markdown import scan
    >>> [one.id for one in feature_criteria(scan(RelPath("specs/001-pay/spec.md"), b"- **FR-001**: It MUST ring\n"))]
    ['FR-001']
    """
    raw = document.render()
    return feature_requirements(read_feature(document.path, normalised(raw)), raw).criteria


class _Lines:
    """One file's lines by their places in its bytes, and where each thing that was read begins."""

    __slots__ = ("_begins", "_path", "_raw", "_starts")

    def __init__(self, feature: Feature, raw: bytes) -> None:
        """Find where each line starts, and the lines at which something begins."""
        self._path, self._raw = feature.path, raw
        self._starts = [len(_BOM) if raw.startswith(_BOM) else 0, *(found.end() for found in _LINE_END.finditer(raw))]
        scenarios = (line for story in feature.stories for line in story.scenarios)
        named: Iterable[Line | Demand | Story] = (*scenarios, *feature.demands, *feature.outcomes, *feature.stories)
        self._begins = sorted({one.line for one in named})

    def story(self, number: str, story: Story) -> Requirement:
        """Read a story; one without a scenario has no criterion that could be covered."""
        criteria = tuple(
            self._criterion(f"{number}.{at}", scenario.text.replace("**", ""), scenario.line)
            for at, scenario in enumerate(story.scenarios, 1)
        )
        last = max((line.line for line in (*story.prose, *story.scenarios)), default=story.line)
        prose = " ".join(line.text.strip() for line in story.prose if line.text and not line.text.lstrip().startswith("**"))
        return Requirement(
            number=number,
            title=story.title,
            path=self._path,
            line=story.line,
            span=Span(self._starts[story.line - 1], self._end(last)),
            story=prose,
            criteria=criteria,
        )

    def group(self, number: str, title: str, demands: Sequence[Demand]) -> Requirement:
        """Read the lines with an id of their own; an id that was used before carries its occurrence."""
        seen: Counter[str] = Counter()
        criteria = tuple(self._criterion(repeated(one.id, seen), one.text.replace("**", ""), one.line, one.id) for one in demands)
        return Requirement(
            number=number,
            title=title,
            path=self._path,
            line=demands[0].line,
            span=Span(criteria[0].span.start, max(one.span.end for one in criteria)),
            criteria=criteria,
        )

    def _criterion(self, name: str, text: str, line: int, label: str = "") -> Criterion:
        """Read one item with the indented lines below it."""
        last = line
        following = self._begins[bisect_right(self._begins, line)] if self._begins[-1] > line else len(self._starts) + 1
        while last + 1 < following and last < len(self._starts) and self._is_more(last + 1):
            last += 1
        span = Span(self._starts[line - 1], self._end(last))
        return Criterion(id=name, text=text, path=self._path, line=line, span=span, text_span=span, label=label)

    def _end(self, line: int) -> int:
        """Say where a line ends without its line end."""
        end = self._starts[line] if line < len(self._starts) else len(self._raw)
        return self._starts[line - 1] + len(self._raw[self._starts[line - 1] : end].rstrip(b"\r\n"))

    def _is_more(self, line: int) -> bool:
        """Tell whether a line goes on with the item above it."""
        written = self._raw[self._starts[line - 1] : self._end(line)]
        return written[:1] in (b" ", b"\t") and bool(written.strip())


def _tasks(document: Document, feature: Feature) -> Tasks:
    """Read a task list; a task names the story in its mark `[US1]`, and the ids that stand in its words.

    Where no story could be read, such a mark names nothing that is known to be missing.
    """
    raw = document.render()
    starts = [0, *(found.end() for found in _LINE_END.finditer(raw))]
    names = {found[1] for one in (*feature.demands, *feature.outcomes) if (found := _PREFIX.match(one.id))}
    written = "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))
    demand = re.compile(rf"(?<![\w-])((?:{written})-?\d+(?:\.\d+)*[a-z]?)(?![\w-])".encode()) if names else None
    read = read_tasks(document)
    tasks = []
    for task in read.tasks:
        references = list(task.references)
        taken = {(reference.span.start, reference.span.end) for reference in references}
        for match in _named(raw, task.span, demand, has_stories=bool(feature.stories)):
            span = Span(*match.span(1))
            if not any(start <= span.start and span.end <= end for start, end in taken):
                references.append(_reference(document.path, decode(match[1]), span, bisect_right(starts, span.start)))
        tasks.append(_with(task, references))
    return replace(read, tasks=tuple(tasks))


def _with(task: Task, references: list[Reference]) -> Task:
    """Give a task its references in the order of the file."""
    return replace(task, references=tuple(sorted(references, key=lambda one: one.span.start)))


def _named(raw: bytes, span: Span, demand: re.Pattern[bytes] | None, *, has_stories: bool) -> Iterator[re.Match[bytes]]:
    """Find the marks and ids of one task: the mark of its story in its first line, ids in all of its lines."""
    if has_stories:
        end = raw.find(b"\n", span.start, span.end)
        yield from _STORY.finditer(raw, span.start, span.end if end < 0 else end)
    if demand is not None:
        yield from demand.finditer(raw, span.start, span.end)


def _reference(path: RelPath, written: str, span: Span, line: int) -> Reference:
    return Reference(kind=ReferenceKind.ITEM, written=written, path=path, line=line, span=span, first=written)
