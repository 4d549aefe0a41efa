"""Makes the capabilities and changes of OpenSpec folders specs of the workspace, so that everything that works on specs works on them.

A capability's requirements count from 1 in file order, a change's through all of its deltas; a requirement's criteria are its scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec.structs import replace

from setsquare.text.document import Document
from setsquare.text.paths import RelPath, base_name, joined, parent
from setsquare.text.span import Span
from setsquare.workspace.design import read_design
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.model import Change, MainSpec, OpenSpecTree, RequirementBlock, Scenario
from setsquare.workspace.openspec.text import SPACE, normalised
from setsquare.workspace.spec import Criterion, Dialect, Requirement, Requirements, Spec, SpecForm
from setsquare.workspace.tasks import read_tasks

FOLDER = "openspec"
_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BULLET = re.compile(r"(?m)^\s*(?:[-*+]|\d{1,9}[.)])\s+")
_NO_SLUG = re.compile(r"[\W_]+")

RawOf = Callable[[RelPath], bytes]
"""Gives a file's bytes."""


def specs_of(tree: OpenSpecTree, documents: Mapping[RelPath, Document]) -> Iterator[Spec]:
    r"""Give the specs of one folder: its capabilities, its open changes, its archived ones.

    `documents` are the workspace's files by path.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.openspec.tree import read_tree
    >>> raw = b"## Requirements\n### Requirement: A\nIt SHALL.\n#### Scenario: B c\n- **WHEN** d\n- **THEN** e\n"
    >>> path = RelPath("openspec/specs/bell/spec.md")
    >>> (spec,) = specs_of(read_tree({path: raw}, RelPath("")), {path: scan(path, raw)})
    >>> spec.name, [(one.id, one.label, one.text) for one in spec.requirements.criteria]
    ('bell', [('1.1', 'b-c', 'It SHALL. WHEN d THEN e')])
    """

    def raw_of(path: RelPath) -> bytes:
        return documents[path].render()

    root = joined(tree.root, FOLDER)
    for main in tree.specs:
        yield Spec(
            name=main.id,
            path=parent(main.path),
            root=root,
            requirements=main_requirements(main, raw_of(main.path)),
            form=SpecForm.CAPABILITY,
        )
    for change in (*tree.changes, *tree.archived):
        yield _change(change, root, documents, raw_of)


def unclashed(specs: Iterable[Spec]) -> tuple[Spec, ...]:
    """Sort specs by folder, and put the tool (`openspec/`) before the name of another tool's spec that a Kiro spec has: a name means one of the two.

    >>> kiro, other = Spec(name="a", path="k", root="k"), Spec(name="a", path="o", root="o", form=SpecForm.CAPABILITY)
    >>> [spec.name for spec in unclashed((other, kiro))]
    ['a', 'openspec/a']
    """
    listed = sorted(specs, key=lambda spec: spec.path)
    taken = {spec.name.casefold() for spec in listed if spec.is_kiro}
    return tuple(
        replace(spec, name=f"{spec.tool}/{spec.name}") if not spec.is_kiro and spec.name.casefold() in taken else spec for spec in listed
    )


def _change(change: Change, root: RelPath, documents: Mapping[RelPath, Document], raw_of: RawOf) -> Spec:
    """Read one change's documents as far as it has them."""
    named = {name: documents.get(joined(change.path, name)) for name in ("design.md", "tasks.md")}
    design, tasks = named["design.md"], named["tasks.md"]
    own = {joined(change.path, name) for name in ("design.md", "tasks.md", "proposal.md")} | {delta.path for delta in change.deltas}
    return Spec(
        name=f"changes/archive/{change.id}" if change.is_archived else f"changes/{change.id}",
        path=change.path,
        root=root,
        requirements=change_requirements(change, raw_of),
        design=None if design is None else read_design(design),
        tasks=None if tasks is None else read_tasks(tasks),
        is_archived=change.is_archived,
        extras=tuple(path for path in change.files if path not in own and path in documents),
        form=SpecForm.CHANGE,
    )


def main_requirements(main: MainSpec, raw: bytes) -> Requirements:
    r"""Write a capability's requirements in the terms of specs; `raw` are the file's bytes, which all places address.

    >>> from setsquare.workspace.openspec.main_spec import read_main_spec
    >>> text = "## Requirements\n### Requirement: A\nIt SHALL.\n"
    >>> found = main_requirements(read_main_spec("a", RelPath("spec.md"), text), text.encode())
    >>> [(one.id, one.text, one.span) for one in found.criteria]
    [('1.1', 'It SHALL.', Span(start=16, end=44))]
    """
    lines = _Lines(main.path, raw)
    return Requirements(
        path=main.path,
        dialect=Dialect.OPENSPEC,
        title=main.title or main.id,
        introduction=main.purpose or "",
        requirements=tuple(lines.requirement(number, block) for number, block in enumerate(main.requirements, 1)),
    )


def change_requirements(change: Change, raw_of: RawOf) -> Requirements | None:
    """Write the requirements that a change adds or modifies; `None` where it has no delta."""
    if not change.deltas:
        return None
    found: list[Requirement] = []
    for delta in change.deltas:
        lines = _Lines(delta.path, raw_of(delta.path))
        blocks = sorted((*delta.added, *delta.modified), key=lambda block: block.line)
        found += [lines.requirement(number, block) for number, block in enumerate(blocks, len(found) + 1)]
    proposal = change.proposal
    return Requirements(
        path=change.deltas[0].path,
        dialect=Dialect.OPENSPEC,
        title=proposal.title if proposal else change.id,
        introduction=(proposal.why or "") if proposal else "",
        requirements=tuple(found),
    )


def slug(name: str) -> str:
    """Write a name as one word of small letters.

    >>> slug("Log in: wrong password"), slug("登录")
    ('log-in-wrong-password', '登录')
    """
    return _NO_SLUG.sub("-", name.lower()).strip("-")


class _Lines:
    """One file's lines by their places in its bytes."""

    __slots__ = ("_ends", "_path", "_starts")

    def __init__(self, path: RelPath, raw: bytes) -> None:
        """Find where each line starts and where it ends without its line end."""
        self._path = path
        self._starts = [len(_BOM) if raw.startswith(_BOM) else 0]
        self._ends: list[int] = []
        for found in _LINE_END.finditer(raw):
            self._ends.append(found.start())
            self._starts.append(found.end())
        self._ends.append(len(raw))

    def span(self, first: int, count: int) -> Span:
        """Address some lines from line `first`, counted from 1, without the last one's end."""
        last = min(first + max(count, 1) - 1, len(self._ends))
        return Span(self._starts[min(first, len(self._starts)) - 1], self._ends[last - 1])

    def requirement(self, number: int, block: RequirementBlock) -> Requirement:
        """Read a block with its scenarios; one without a scenario is its own criterion."""
        rows = block.raw.split("\n")
        said = _plain(block.statement)
        criteria = [self._scenario(f"{number}.{at}", scenario, said, block, rows) for at, scenario in enumerate(block.scenarios, 1)]
        whole = self.span(block.line, len(rows))
        if not criteria:
            text = said or block.name
            span = self.span(block.line + 1, len(rows) - 1) if said else whole
            criteria = [
                Criterion(id=f"{number}.1", text=text, path=self._path, line=block.line, span=whole, text_span=span, label=slug(block.name))
            ]
        return Requirement(
            number=f"{number}",
            title=block.name,
            path=self._path,
            line=block.line,
            span=whole,
            story=block.statement,
            criteria=tuple(criteria),
        )

    def _scenario(self, name: str, scenario: Scenario, said: str, block: RequirementBlock, rows: list[str]) -> Criterion:
        """Read a scenario. It says what its requirement says and its steps: whoever changes either changes what a test shows."""
        at = scenario.line - block.line + 1
        body = scenario.body.count("\n") + 1 if scenario.body else 0
        blank = 0
        while body and at + blank < len(rows) and not rows[at + blank].strip(SPACE):
            blank += 1
        first = scenario.line + 1 + blank if body else scenario.line
        steps = _plain(scenario.body)
        return Criterion(
            id=name,
            text=f"{said} {steps}".strip() or scenario.name,
            path=self._path,
            line=scenario.line,
            span=self.span(scenario.line, 1 + blank + body if body else 1),
            text_span=self.span(first, body),
            label=slug(scenario.name),
        )


def _plain(text: str) -> str:
    """Join lines by a blank, without markers and signs of weight."""
    if not text:
        return ""
    return " ".join(_BULLET.sub("", text).replace("**", "").split())


def is_openspec(path: str) -> bool:
    """Tell whether a path's own names say that it is a capability's `spec.md` or a change's `proposal.md`.

    >>> is_openspec("openspec/specs/a/spec.md"), is_openspec("specs/001-a/spec.md"), is_openspec("openspec/changes/a/proposal.md")
    (True, False, True)
    """
    placed = f"/{path}"
    return (f"/{FOLDER}/specs/" in placed and path.endswith("/spec.md")) or (
        f"/{FOLDER}/changes/" in placed and base_name(path) == "proposal.md"
    )


def criteria_at(document: Document) -> tuple[Criterion, ...]:
    r"""Read the criteria of what a person approves: of a capability, or of a change whose proposal and deltas stand in one document.

    >>> from setsquare.text.markdown import scan
    >>> text = b"## ADDED Requirements\n### Requirement: A\nIt SHALL.\n#### B\n- c\n"
    >>> [(one.id, one.text) for one in criteria_at(scan(RelPath("openspec/changes/x/proposal.md"), text))]
    [('1.1', 'It SHALL. c')]
    """
    raw = document.render()
    text = normalised(raw)
    if base_name(document.path) == "spec.md":
        return main_requirements(read_main_spec("", document.path, text), raw).criteria
    delta = read_delta("", document.path, text)
    lines = _Lines(document.path, raw)
    blocks = sorted((*delta.added, *delta.modified), key=lambda block: block.line)
    return tuple(one for number, block in enumerate(blocks, 1) for one in lines.requirement(number, block).criteria)
