"""Names what a change of requirements can affect, and how.

Source: the impact table of the EARS engine's reference, section 5.2.
"""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

from setsquare.spec.change_class import HARMLESS, ChangeClass, Difference
from setsquare.spec.code_notes import CodeNote
from setsquare.spec.link import TraceLink
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Spec

BRANCH_SHARE: Final = 0.5
"""Above this share of done tasks that need revision a spec branch is proposed."""


class AffectedKind(enum.Enum):
    """What can be affected."""

    PROPERTY = "property"
    SECTION = "section"
    TASK = "task"
    CODE = "code"
    TEST = "test"


class Effect(enum.Enum):
    """What a change means for something, from the weightiest to the least; a box is never unticked."""

    DONE_NEEDS_REVISION = "done-needs-revision"
    PAUSED = "paused"
    NEEDS_REVISION = "needs-revision"
    MISSING = "missing"
    RELINK = "relink"
    SUSPECT = "suspect"
    REVIEW = "review"
    OBSOLETE = "obsolete"
    UNNEEDED = "unneeded"
    CHECK = "check"
    KEPT = "kept"


class CriterionChange(Struct, frozen=True, kw_only=True):
    """One criterion that is not as it was. `id` is its display id now (before, where it is gone), `was` the one before where it differs."""

    uid: str
    id: str
    was: str
    difference: Difference
    before: str
    after: str
    partners: tuple[str, ...] = ()

    @property
    def kind(self) -> ChangeClass:
        """Give the class of the change."""
        return self.difference.kind

    @property
    def shown(self) -> str:
        """Say it in a few words, as a reason path begins: `1.2 threshold 200 ms → 100 ms, tightened`."""
        return " ".join(part for part in (self.id, self.kind.value, self.difference.detail) if part)


class Affected(Struct, frozen=True, kw_only=True):
    """Something that a change affects. `reason` leads to it step by step; `name` is a task's key, a section's title, a path."""

    kind: AffectedKind
    name: str
    title: str
    effect: Effect
    reason: tuple[str, ...]
    path: RelPath
    line: int
    criteria: tuple[str, ...]


class SpecImpact(Struct, frozen=True, kw_only=True):
    """What became of one spec. `done` counts its done tasks, `revised` those of them that need revision."""

    spec: Spec
    changes: tuple[CriterionChange, ...]
    affected: tuple[Affected, ...]
    done: int
    revised: int

    @property
    def is_branch_proposed(self) -> bool:
        """Tell whether so much of what was done is void that the spec should go on in a branch of its own."""
        return self.done > 0 and self.revised / self.done > BRANCH_SHARE

    @property
    def is_harmless(self) -> bool:
        """Tell whether nothing must be looked at."""
        return all(change.kind in HARMLESS for change in self.changes)


class Known(Struct, frozen=True, kw_only=True):
    """What is known besides the files of specs: notes in code and tests, and which files commits touched for a task."""

    notes: tuple[CodeNote, ...] = ()
    touches: tuple[TraceLink, ...] = ()
