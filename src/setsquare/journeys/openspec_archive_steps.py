"""What an archive asks and tells on its way, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.merging import Totals
from setsquare.text.paths import RelPath


class Request(Struct, frozen=True, kw_only=True):
    """What is to be archived and how; with `is_yes` nothing is asked. `overwrites` lets the deltas replace what other changes wrote meanwhile.

    A rehearsal does not ask what the team demands, and works out no records: nothing will be written.
    """

    name: str
    is_yes: bool = False
    skips_specs: bool = False
    is_validated: bool = True
    overwrites: bool = False
    is_rehearsal: bool = False


class SkipValidation(Struct, frozen=True):
    """Asked: may the specs be written without being validated?"""


class LeaveTasks(Struct, frozen=True):
    """Asked: may `count` tasks stay open?"""

    count: int


class UpdateSpecs(Struct, frozen=True):
    """Asked: may `count` specs be updated?"""

    count: int


Doubt = SkipValidation | LeaveTasks | UpdateSpecs


class ProposalDoubts(Struct, frozen=True):
    """Told: what the proposal lacks."""

    messages: tuple[str, ...]


class DeltaErrors(Struct, frozen=True):
    """Told: why the deltas are not valid."""

    issues: tuple[Issue, ...]


class Unvalidated(Struct, frozen=True):
    """Told: nothing is validated. `at` is the time, `folder` the change's folder; `was_asked` when a person has agreed to it."""

    change: str
    folder: str
    at: str
    was_asked: bool


class TasksStand(Struct, frozen=True):
    """Told: how many tasks are done."""

    done: int
    total: int


class TasksLeft(Struct, frozen=True):
    """Told: tasks stay open, as `--yes` allows."""

    count: int


class SpecsSkipped(Struct, frozen=True):
    """Told: no spec is updated. `was_asked` when a person has said so."""

    was_asked: bool


class SpecsNamed(Struct, frozen=True):
    """Told: which specs are made (`True`) or updated, and what is to be known of it."""

    specs: tuple[tuple[str, bool], ...]
    warnings: tuple[str, ...]


class MergeFailed(Struct, frozen=True):
    """Told: why a delta cannot be merged."""

    message: str


class Misbuilt(Struct, frozen=True):
    """Told: why a spec would not be valid, and what to do where that is known."""

    capability: str
    issues: tuple[Issue, ...]
    advice: str


class SpecWritten(Struct, frozen=True):
    """Told: what happened to one spec; without totals it is retired."""

    path: RelPath
    totals: Totals | None


class Summed(Struct, frozen=True):
    """Told: what changed in all specs together."""

    totals: Totals
    is_changed: bool


Told = (
    ProposalDoubts
    | DeltaErrors
    | Unvalidated
    | TasksStand
    | TasksLeft
    | SpecsSkipped
    | SpecsNamed
    | MergeFailed
    | Misbuilt
    | SpecWritten
    | Summed
)


class Talk(Struct, frozen=True):
    """How an archive speaks with a person: `ask` gives the answer, `None` where nobody answers; not `is_heard` when a program asks."""

    tell: Callable[[Told], None]
    ask: Callable[[Doubt], bool | None]
    is_heard: bool = True


class Archived(Struct, frozen=True, kw_only=True):
    """A change that was archived: `path` is absolute; `totals` is `None` where no spec was to be updated."""

    change: str
    archived_as: str
    path: str
    is_updated: bool = False
    totals: Totals | None = None
    warnings: tuple[str, ...] = ()


class ArchiveRefused(Struct, frozen=True):
    """Why nothing was archived; `is_told` when a person was told so already."""

    finding: Diagnostic
    is_told: bool = False


class Unanswered(Struct, frozen=True):
    """Nobody answered."""

    doubt: Doubt


class Cancelled(Struct, frozen=True):
    """A person has said no."""


Outcome = Archived | ArchiveRefused | Unanswered | Cancelled
