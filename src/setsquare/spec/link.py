"""Names the links between requirements, design, tasks, code and tests."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Reference


class LinkKind(enum.Enum):
    """What a link claims, read from source to target."""

    IMPLEMENTS = "implements"
    VALIDATES = "validates"
    REALIZES = "realizes"
    IMPL = "impl"
    VERIFIES = "verifies"
    TOUCHES = "touches"


class TraceLink(Struct, frozen=True, kw_only=True, gc=False):
    """One directed link.

    `source` is a task's key, `Property 4`, a design section's title or a file's path; `target` is a criterion's id in the spec `target_spec`
    (for `TOUCHES`: source a task's key, target a file's path). `path` and `line` say where the link is written; `symbol` names the function,
    class or test that holds it (`TestLogin.test_refuses`, `Login > refuses`), empty for the file as a whole.
    """

    kind: LinkKind
    spec: str
    source: str
    target: str
    target_spec: str
    path: RelPath
    line: int
    symbol: str = ""


class Resolution(enum.Enum):
    """What became of a reference. `NO_REQUIREMENTS`: its spec has none yet to resolve against."""

    RESOLVED = "resolved"
    DANGLING = "dangling"
    PROSE = "prose"
    NO_REQUIREMENTS = "no-requirements"


class Citation(Struct, frozen=True, kw_only=True, gc=False):
    """One written reference with what it resolves to.

    `targets` are criteria as (spec, id); `parts` are the items below one (`1.3.a`) where only these are named. `missing` names the part of the reference that does not exist. `is_ambiguous` is true where a name
    has two bearers.
    """

    kind: LinkKind
    spec: str
    source: str
    reference: Reference
    resolution: Resolution
    targets: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    is_ambiguous: bool = False
    parts: tuple[str, ...] = ()


class CriterionState(enum.Enum):
    """How far a criterion is, from nothing to proof; every criterion has exactly one.

    No task names it; a task names it; every required task that names it is done and, where its spec is linked to code at all, code or a
    commit is linked; a test that names it passes on the files as they are.
    """

    UNCOVERED = "uncovered"
    PLANNED = "planned"
    IMPLEMENTED = "implemented"
    VERIFIED = "verified"
