"""Holds what a spec's files say: requirements, design, tasks, each with the spans it was read from.

The values that come by the thousand are left out of garbage collection (`gc=False`): they are frozen trees and cannot form a circle.
"""

from __future__ import annotations

import enum

from msgspec import Struct
from msgspec.structs import replace

from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec_config import SpecConfig


class Dialect(enum.Enum):
    """Which tool's or book's form a requirements file has."""

    TUTORIAL = "tutorial"
    KIRO = "kiro"
    CC_SDD = "cc-sdd"
    BUGFIX = "bugfix"
    OPENSPEC = "openspec"
    SPECKIT = "speckit"


class Criterion(Struct, frozen=True, kw_only=True, gc=False):
    """One acceptance criterion.

    `id` is the display id: `<requirement number>.<ordinal>`; a repeated id carries `#2`, `#3`, … by occurrence. `text` is the statement
    without marker, continuation lines joined by a blank. `span` covers the whole item with marker and line ends, `text_span` the text.
    `label` is a written label (`REQ-001`, `AC-1.2`) or empty. `demands` is false where no obligation is expected (a bugfix spec's current
    behaviour). `children` are the items of a list below a clause that ends in a colon (`1.3.a`, `1.3.b`): each has the clause's guard and
    subject, its `parent` is the clause's id, and the clause's own `text` holds them too.
    """

    id: str
    text: str
    path: RelPath
    line: int
    span: Span
    text_span: Span
    label: str = ""
    demands: bool = True
    parent: str = ""
    children: tuple[Criterion, ...] = ()


class Requirement(Struct, frozen=True, kw_only=True, gc=False):
    """One requirement: `number` as written (`1`, `NFR-2`) or the ordinal; `story` is the user story or empty."""

    number: str
    title: str
    path: RelPath
    line: int
    span: Span
    story: str = ""
    criteria: tuple[Criterion, ...] = ()


class Requirements(Struct, frozen=True, kw_only=True):
    """A requirements file. `introduction` is its prose before the first requirement; `glossary` the defined terms in order."""

    path: RelPath
    dialect: Dialect
    title: str
    introduction: str = ""
    glossary: tuple[tuple[str, str], ...] = ()
    requirements: tuple[Requirement, ...] = ()

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """List every criterion in file order; the items of a list below one are part of it."""
        return tuple(criterion for requirement in self.requirements for criterion in requirement.criteria)

    def part(self, path: str) -> Requirements | None:
        """Give what stands in one file, `None` where nothing does: an OpenSpec change has its requirements in several."""
        if self.dialect is not Dialect.OPENSPEC:
            return self if self.path == path else None
        own = tuple(requirement for requirement in self.requirements if requirement.path == path)
        return replace(self, path=own[0].path, requirements=own) if own else None

    @property
    def leaves(self) -> tuple[Criterion, ...]:
        """List what is counted and covered: every criterion, and in place of one with a list below it that list's items."""
        return tuple(leaf for criterion in self.criteria for leaf in (criterion.children or (criterion,)))


class ReferenceKind(enum.Enum):
    """What a written reference points at."""

    ITEM = "item"
    RANGE = "range"
    PROSE = "prose"


class Reference(Struct, frozen=True, kw_only=True, gc=False):
    """One written target: `1.1`, `3`, `REQ-2`, a range `1.1-1.4` (`first`, `last`) or prose ("All", "N/A")."""

    kind: ReferenceKind
    written: str
    path: RelPath
    line: int
    span: Span
    first: str = ""
    last: str = ""


class Section(Struct, frozen=True, kw_only=True, gc=False):
    """A heading with everything up to the next heading of its level or above; `level` from 1 to 6."""

    title: str
    level: int
    line: int
    span: Span
    body: Span


class Property(Struct, frozen=True, kw_only=True, gc=False):
    """A correctness property of a design with the requirements that it validates."""

    number: str
    title: str
    text: str
    path: RelPath
    line: int
    span: Span
    validates: tuple[Reference, ...] = ()


class Mention(Struct, frozen=True, gc=False):
    """A design section, by its index, that names a requirement outside properties: in a table of requirements or after a key.

    `is_validation`: the key is a verb such as `Validates:`.
    """

    section: int
    reference: Reference
    is_validation: bool = False


class Design(Struct, frozen=True, kw_only=True):
    """A design file as its sections, flat in file order, its properties, and where sections name requirements."""

    path: RelPath
    title: str
    sections: tuple[Section, ...] = ()
    properties: tuple[Property, ...] = ()
    mentions: tuple[Mention, ...] = ()


class TaskState(enum.Enum):
    """What a task's box says."""

    OPEN = "open"
    DONE = "done"
    RUNNING = "running"
    QUEUED = "queued"
    NONE = "none"


class Task(Struct, frozen=True, kw_only=True, gc=False):
    """One task.

    `id` is the number as written without its final dot (`2`, `2.1`, `T001`), or empty. `box` addresses the one character between the
    brackets that says the state (`None` for a task without a box, an empty place in `[]`). `parent` is the index of the parent task in the file, by number first and indentation
    second. `details` are the text lines below it, without markers; `references` what it names as requirements; `depends` the task ids
    that it names as prerequisites. `span` covers the task with its details, without its sub-tasks.
    """

    id: str
    title: str
    state: TaskState
    path: RelPath
    line: int
    span: Span
    index: int
    box: Span | None = None
    is_optional: bool = False
    is_parallel: bool = False
    indent: int = 0
    parent: int | None = None
    details: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    depends: tuple[str, ...] = ()


class Tasks(Struct, frozen=True, kw_only=True):
    """A task file.

    `waves` is the written dependency graph as groups of task ids, empty when there is none; `edges` are its dependencies (first, then) where
    it is written as such, `graph` the bytes that it is written in. `loose` are references that stand below no task.
    """

    path: RelPath
    title: str
    tasks: tuple[Task, ...] = ()
    sections: tuple[Section, ...] = ()
    waves: tuple[tuple[str, ...], ...] = ()
    edges: tuple[tuple[str, str], ...] = ()
    graph: Span | None = None
    loose: tuple[Reference, ...] = ()

    def children(self, task: Task) -> tuple[Task, ...]:
        """List a task's direct sub-tasks in file order."""
        return tuple(other for other in self.tasks if other.parent == task.index)


class SpecForm(enum.Enum):
    """What a spec is in its own tool: Kiro's folder of three documents, OpenSpec's capability or change, or Spec Kit's feature."""

    KIRO = "kiro"
    CAPABILITY = "capability"
    CHANGE = "change"
    FEATURE = "feature"


class Spec(Struct, frozen=True, kw_only=True):
    """One spec folder. `name` is the path below the root's specs folder (`Phase 1/login`), `path` the folder from the workspace.

    `config` is what its `.config.kiro` or `spec.json` says. A file that does not exist is `None`; one with 0 bytes is a value without content, which means "not written yet".
    An OpenSpec capability is named by its id, a change `changes/<id>`, an archived one `changes/archive/<id>`; where a Kiro spec has the name
    already, with `openspec/` in front. A feature of Spec Kit is named by its folder (`001-pay`), with `speckit/` in front where a Kiro spec has the name.
    """

    name: str
    path: RelPath
    root: RelPath
    requirements: Requirements | None = None
    design: Design | None = None
    tasks: Tasks | None = None
    is_bugfix: bool = False
    is_archived: bool = False
    extras: tuple[RelPath, ...] = ()
    config: SpecConfig | None = None
    form: SpecForm = SpecForm.KIRO

    @property
    def is_kiro(self) -> bool:
        """Tell whether the spec has Kiro's form, whose rules of style and order hold for no other."""
        return self.form is SpecForm.KIRO

    @property
    def tool(self) -> str:
        """Name the tool whose form the spec has, as it stands in front of a name that a Kiro spec has too."""
        if self.is_kiro:
            return "kiro"
        return "speckit" if self.form is SpecForm.FEATURE else "openspec"

    @property
    def whole_names(self) -> tuple[str, ...]:
        """List the names that mean this spec and no other: its own, and one of another tool also with the tool in front."""
        return (self.name,) if self.is_kiro or self.name.startswith(f"{self.tool}/") else (self.name, f"{self.tool}/{self.name}")
