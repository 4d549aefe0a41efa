"""Validates a spec or a change of a planning root.

Source: `openspec validate` 1.13.2, observed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_expanding import expanded, with_later_scenarios
from setsquare.journeys.openspec_items import CHANGES, SPECS, ItemKind, namespace_message, nested_changes
from setsquare.journeys.openspec_links import SpecLinks, dangling
from setsquare.journeys.openspec_reading import Reading, system_message
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing, Unreadable
from setsquare.spec.openspec.bases import FOLDER as BASES
from setsquare.spec.openspec.bases import record_path
from setsquare.spec.openspec.issue import Issue, Level, is_valid
from setsquare.spec.openspec.merging import MergeRefused, merged
from setsquare.spec.openspec.validating_change import change_issues, open_task_issue
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import Change, TaskList
from setsquare.workspace.openspec.schema import BUILT_IN

if TYPE_CHECKING:
    from setsquare.journeys.openspec_gone import GoneNames

ARCHIVE = RelPath("openspec/changes/archive")
REFUSAL = "Archive would refuse"
"""How the issues begin that say what an archive would not take."""

_PLAIN_IDS = re.compile(r"[a-z0-9\n]*(?:-[a-z0-9\n]+)*")


class Judged(Struct, frozen=True, gc=False):
    """An item and what was found in it; `took_ms` is how long that took. `beside` is what OpenSpec does not say where it lists many items."""

    id: str
    kind: ItemKind
    issues: tuple[Issue, ...]
    took_ms: int = 0
    beside: tuple[Issue, ...] = ()


class Sighted(Struct, frozen=True):
    """A change as an archive would merge it, with all that stands below its folder; not `is_plain` where the two read it differently."""

    name: str
    entries: tuple[Standing, ...]
    change: Change
    is_plain: bool


def name_problem(kind: ItemKind, name: str) -> str:
    """Say why a name cannot be one of an item, which would lead out of the folder of its kind.

    >>> name_problem(ItemKind.CHANGE, "../x"), name_problem(ItemKind.SPEC, "a/b"), name_problem(ItemKind.SPEC, "a/../b")
    ('Change name must not contain path separators', '', "Spec id must not be '..'")
    """
    label = "Change name" if kind is ItemKind.CHANGE else "Spec id"
    if kind is ItemKind.CHANGE and ("/" in name or "\\" in name):
        return f"{label} must not contain path separators"
    odd = next((part for part in name.replace("\\", "/").split("/") if part in {".", ".."}), None)
    return f"{label} must not be '{odd}'" if odd else ""


def judged_one(app: PlanningApp, root: str, kind: ItemKind, name: str) -> Judged:
    """Judge one item; one that is not there is judged all the same, and fails."""
    judging = Judging(app, root, is_alone=True)
    return judging.spec(name) if kind is ItemKind.SPEC else judging.change(name)


def judged_archive(app: PlanningApp, root: str) -> tuple[Judged, ...]:
    """Judge the archived changes: whether a task was left open."""
    names = (entry.path.rpartition("/")[2] for entry in app.planning.walk(root, ARCHIVE, depth=1) if entry.kind is EntryKind.FOLDER)
    judging = Judging(app, root)
    return in_order(judging.archived(name) for name in names if not name.startswith("."))


class Judging:
    """Judges the items of one root; what several of them need is read once."""

    __slots__ = ("_ages", "_app", "_gone", "_is_alone", "_links", "_outputs", "_records", "_rehearse", "_root", "_sound", "reading")

    def __init__(
        self,
        app: PlanningApp,
        root: str,
        *,
        is_alone: bool = False,
        rehearse: Callable[[Judging, Sighted], tuple[Issue, ...]] | None = None,
    ) -> None:
        # Of one item alone the history is always asked what its requirements said: that takes two git processes, which would be too many for a thousand.
        self._app, self._root, self._is_alone, self._rehearse = app, root, is_alone, rehearse
        self._records: frozenset[RelPath] | None = None
        self._ages = app.ages(root, (CHANGES, SPECS)) if app.ages is not None and not is_alone else None
        self.reading = Reading(app, root)
        self._links = SpecLinks(app, root)
        self._outputs: tuple[str, ...] | None = None
        self._sound: dict[str, bool] = {}
        self._gone: GoneNames | None = None

    def is_sound(self, capability: str) -> bool:
        """Tell whether a main spec is there and holds no error."""
        if capability not in self._sound:
            text = self.reading.spec_text(capability)
            self._sound[capability] = isinstance(text, str) and is_valid(spec_issues(text))
        return self._sound[capability]

    def spec(self, name: str) -> Judged:
        """Judge a spec."""
        begun_s = self._app.clock.monotonic_s()
        text = self.reading.spec_text(name)
        if isinstance(text, str):
            issues = spec_issues(text)
            self._sound[name] = is_valid(issues)
        else:
            code, reason = (text.code, text.reason) if isinstance(text, Unreadable) else ("ENOENT", "")
            path = f"{self._root}/{SPECS}/{name}/spec.md"
            issues = (Issue(Level.ERROR, "file", system_message(code, reason, "open", path)),)
        return Judged(name, ItemKind.SPEC, issues, self._since(begun_s))

    def change(self, name: str) -> Judged:
        """Judge a change."""
        begun_s = self._app.clock.monotonic_s()
        path = joined(CHANGES, name)
        entries = self._app.planning.walk(self._root, path)
        nested = () if path == ARCHIVE else nested_changes(name, entries, self._default_outputs())
        if nested:
            issues: tuple[Issue, ...] = (Issue(Level.ERROR, "file", namespace_message(name, nested)),)
        else:
            issues = self._change_issues(name, path, entries)
        return Judged(name, ItemKind.CHANGE, issues, self._since(begun_s))

    def archived(self, name: str) -> Judged:
        """Judge an archived change."""
        begun_s = self._app.clock.monotonic_s()
        path = joined(ARCHIVE, name)
        issues: list[Issue] = []
        lists: list[TaskList] = []
        for file, found in self.reading.task_files(path, self._app.planning.walk(self._root, path)):
            match found:
                case TaskList():
                    lists.append(found)
                case Unreadable():
                    issues.append(Issue(Level.ERROR, file, "could not read task file"))
                case None:
                    issues.append(Issue(Level.ERROR, file[len(path) + 1 :], dangling(f"{self._root}/{file}")))
        left = open_task_issue(lists)
        return Judged(name, ItemKind.CHANGE, (*issues, *((left,) if left else ())), self._since(begun_s))

    def _change_issues(self, name: str, path: RelPath, entries: tuple[Standing, ...]) -> tuple[Issue, ...]:
        escaped = self._links.delta_problem(path, entries)
        if escaped:
            return (Issue(Level.ERROR, "file", escaped),)
        whole = expanded(self._app, self._root, self.reading, self.reading.change(path, entries))
        change = with_later_scenarios(self._app, self._root, self.reading, whole.change)
        for delta in change.deltas:
            problem = self._links.modified_problem(delta.capability) if delta.modified else ""
            if problem:
                return (Issue(Level.ERROR, "file", problem),)
        mains = {delta.capability: main for delta in change.deltas if (main := self.reading.main(delta.capability)) is not None}
        issues = tuple(Issue(Level.ERROR, f"{one.capability}/spec.md", one.message, one.line) for one in whole.problems)
        issues += change_issues(change, mains, has_numbered_groups=self.reading.schema_of(change) is BUILT_IN)
        issues = tuple(self._with_culprit(issue, change) for issue in issues)
        issues += self._clashes(change, issues)
        nowhere = [
            delta.capability for delta in change.deltas if delta.capability not in mains and self._links.is_dangling(delta.capability)
        ]
        if nowhere:
            said = f"Could not check archive merge conflicts: {dangling(f'{self._root}/{SPECS}/{nowhere[0]}/spec.md')}"
            return (*issues, Issue(Level.INFO, "specs", said))
        if self._rehearse is None or not is_valid(issues) or any(issue.message.startswith(REFUSAL) for issue in issues):
            return issues
        is_plain = change is whole.change and not self._default_outputs() and not self._has_record(name) and not self._has_moved(change)
        return (*issues, *self._rehearse(self, Sighted(name, entries, whole.change, is_plain)))

    def _clashes(self, change: Change, issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
        """Name the deltas that an archive would refuse because of what another change wrote meanwhile; none of those that are named already."""
        if not any(delta.modified or delta.removed for delta in change.deltas):
            return ()
        has_history = self._is_alone or self._has_moved(change)
        if not (has_history or self._has_record(change.id)):
            return ()
        from setsquare.journeys.openspec_clashes import clash_issues  # noqa: PLC0415  (start-up: few changes meet another one)

        known = {issue.path for issue in issues if issue.level is not Level.WARNING}
        found = clash_issues(self._app, self._root, self.reading, change, has_history=has_history)
        return tuple(issue for issue in found if issue.path not in known)

    def _with_culprit(self, issue: Issue, change: Change) -> Issue:
        """Add to a refusal which archived change took the name away that the delta goes by."""
        if not issue.message.startswith(REFUSAL):
            return issue
        delta = next((delta for delta in change.deltas if f"{delta.capability}/spec.md" == issue.path), None)
        text = self.reading.spec_text(delta.capability) if delta is not None else None
        outcome = merged(delta.capability, text, delta, change.id) if delta is not None and isinstance(text, str) else None
        if not isinstance(outcome, MergeRefused):
            return issue
        if self._gone is None:
            from setsquare.journeys.openspec_gone import GoneNames  # noqa: PLC0415  (start-up: few are refused)

            self._gone = GoneNames(self._app, self._root)
        return replace(issue, message=f"{REFUSAL} this delta: {self._gone.message(issue.path.removesuffix('/spec.md'), outcome)}")

    def _has_record(self, change: str) -> bool:
        """Tell whether anything is on record of what a change was written to."""
        if self._records is None:
            self._records = frozenset(entry.path for entry in self._app.planning.walk(self._root, BASES, depth=1))
        return record_path(change) in self._records

    def _has_moved(self, change: Change) -> bool:
        """Tell whether a main spec may have said something else since a change's entries were written: only then the history must be asked for that change."""
        if self._ages is None:
            return self._app.versions is not None and self._app.ages is None
        since = joined(change.path, "specs")
        for delta in change.deltas:
            path = joined(SPECS, delta.capability, "spec.md")
            raw = self._app.planning.read(self._root, path) if delta.modified or delta.removed else None
            if isinstance(raw, bytes) and not self._ages.has_stood_still(path, raw, since):
                return True
        return False

    def _default_outputs(self) -> tuple[str, ...]:
        """Give the globs that the project's own schema generates; nothing for the built-in schema, whose files are known."""
        if self._outputs is None:
            name = self.reading.schemas.default()
            schema = self.reading.schemas.named(name)
            self._outputs = tuple(artifact.generates for artifact in schema.artifacts) if schema and schema is not BUILT_IN else ()
        return self._outputs

    def _since(self, begun_s: float) -> int:
        return round((self._app.clock.monotonic_s() - begun_s) * 1000)


def in_order(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """Sort by id as people sort, a spec before a change of its name."""
    listed = list(judged)
    if _PLAIN_IDS.fullmatch("\n".join(one.id for one in listed)):
        return tuple(sorted(listed, key=lambda one: (one.id, one.kind is ItemKind.CHANGE)))
    from setsquare.text.collation import collation_key  # noqa: PLC0415  (start-up: plain names sort alike by code point)

    return tuple(sorted(listed, key=lambda one: (collation_key(one.id), one.id, one.kind is ItemKind.CHANGE)))
