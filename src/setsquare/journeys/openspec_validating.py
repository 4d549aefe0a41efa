"""Validates the specs and changes of a planning root, each judged for itself.

Source: `openspec validate` 1.13.2, observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.journeys.openspec_expanding import expanded, with_later_scenarios
from setsquare.journeys.openspec_items import CHANGES, SPECS, ItemKind, change_ids, namespace_message, nested_changes
from setsquare.journeys.openspec_links import SpecLinks, dangling
from setsquare.journeys.openspec_reading import Reading, system_message
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Standing, Unreadable
from setsquare.spec.openspec.bases import FOLDER as BASES
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.validating_change import change_issues, open_task_issue
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import Change, TaskList
from setsquare.workspace.openspec.schema import BUILT_IN

ARCHIVE = RelPath("openspec/changes/archive")
_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)
_PLAIN_IDS = re.compile(r"[a-z0-9\n]*(?:-[a-z0-9\n]+)*")


class Judged(Struct, frozen=True, gc=False):
    """An item and what was found in it; `took_ms` is how long that took."""

    id: str
    kind: ItemKind
    issues: tuple[Issue, ...]
    took_ms: int = 0


class _Share(Struct, frozen=True):
    """What a share found, or why nothing may be judged at all."""

    judged: tuple[Judged, ...]
    problem: str = ""


class UnsafeLink(Struct, frozen=True):
    """Why nothing was judged: a main spec is a link that leads out of the specs, or nowhere."""

    message: str


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


def judged_all(app: PlanningApp, root: str, kinds: frozenset[ItemKind]) -> tuple[Judged, ...] | UnsafeLink:
    """Judge all specs, all changes or both; sorted by id as people sort, a spec before a change of its name."""
    specs: tuple[str, ...] = ()
    if ItemKind.SPEC in kinds:
        tops = (entry.path.rpartition("/")[2] for entry in app.planning.walk(root, SPECS, depth=1) if entry.kind is EntryKind.FOLDER)
        specs = tuple(top for top in tops if not top.startswith("."))
    changes = change_ids(app, root) if ItemKind.CHANGE in kinds else ()

    def share(number: int, shares: int) -> bytes:
        # A share takes the same part of both lists: a main spec and the change that names it are then often read by one share.
        judging = _Judging(app, root)
        found: list[Judged] = []
        for top in _part(specs, number, shares):
            below = judging.specs_below(top)
            if isinstance(below, UnsafeLink):
                return msgspec.msgpack.encode(_Share((), below.message))
            found += below
        found += (judging.change(name) for name in _part(changes, number, shares))
        return msgspec.msgpack.encode(_Share(tuple(found)))

    encoded = app.shares.run(share, len(specs) + len(changes)) if app.shares else (share(0, 1),)
    done = [msgspec.msgpack.decode(part, type=_Share) for part in encoded]
    refused = next((part.problem for part in done if part.problem), "")
    return UnsafeLink(refused) if refused else _sorted(judged for part in done for judged in part.judged)


def judged_one(app: PlanningApp, root: str, kind: ItemKind, name: str) -> Judged:
    """Judge one item; one that is not there is judged all the same, and fails."""
    judging = _Judging(app, root, is_alone=True)
    return judging.spec(name) if kind is ItemKind.SPEC else judging.change(name)


def judged_archive(app: PlanningApp, root: str) -> tuple[Judged, ...]:
    """Judge the archived changes: whether a task was left open."""
    names = (entry.path.rpartition("/")[2] for entry in app.planning.walk(root, ARCHIVE, depth=1) if entry.kind is EntryKind.FOLDER)
    judging = _Judging(app, root)
    return _sorted(judging.archived(name) for name in names if not name.startswith("."))


class _Judging:
    """Judges the items of one root."""

    __slots__ = ("_app", "_has_records", "_is_alone", "_links", "_outputs", "_reading", "_root")

    def __init__(self, app: PlanningApp, root: str, *, is_alone: bool = False) -> None:
        # Of one item alone the history is asked too what its requirements said; of a thousand that would take two git processes each.
        self._app, self._root, self._is_alone = app, root, is_alone
        self._has_records: bool | None = None
        self._reading = Reading(app, root)
        self._links = SpecLinks(app, root)
        self._outputs: tuple[str, ...] | None = None

    def specs_below(self, top: str) -> list[Judged] | UnsafeLink:
        """Judge the specs in a folder right below the specs, and in its folders."""
        found = self._app.planning.walk(self._root, joined(SPECS, top))
        start = len(SPECS) + 1
        specs = [
            entry for entry in found if entry.kind is not EntryKind.FOLDER and entry.path.endswith("/spec.md") and "/." not in entry.path
        ]
        for entry in specs:
            problem = "" if entry.kind is EntryKind.FILE else self._links.listed_problem(entry)
            if problem:
                return UnsafeLink(problem)
        return [self.spec(entry.path[start:-8]) for entry in specs if entry.kind in _FILES]

    def spec(self, name: str) -> Judged:
        """Judge a spec."""
        begun_s = self._app.clock.monotonic_s()
        text = self._reading.spec_text(name)
        if isinstance(text, str):
            issues = spec_issues(text)
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
            issues = self._change_issues(path, entries)
        return Judged(name, ItemKind.CHANGE, issues, self._since(begun_s))

    def archived(self, name: str) -> Judged:
        """Judge an archived change."""
        begun_s = self._app.clock.monotonic_s()
        path = joined(ARCHIVE, name)
        issues: list[Issue] = []
        lists: list[TaskList] = []
        for file, found in self._reading.task_files(path, self._app.planning.walk(self._root, path)):
            match found:
                case TaskList():
                    lists.append(found)
                case Unreadable():
                    issues.append(Issue(Level.ERROR, file, "could not read task file"))
                case None:
                    issues.append(Issue(Level.ERROR, file[len(path) + 1 :], dangling(f"{self._root}/{file}")))
        left = open_task_issue(lists)
        return Judged(name, ItemKind.CHANGE, (*issues, *((left,) if left else ())), self._since(begun_s))

    def _change_issues(self, path: RelPath, entries: tuple[Standing, ...]) -> tuple[Issue, ...]:
        escaped = self._links.delta_problem(path, entries)
        if escaped:
            return (Issue(Level.ERROR, "file", escaped),)
        whole = expanded(self._app, self._root, self._reading, self._reading.change(path, entries))
        change = with_later_scenarios(self._app, self._root, self._reading, whole.change)
        for delta in change.deltas:
            problem = self._links.modified_problem(delta.capability) if delta.modified else ""
            if problem:
                return (Issue(Level.ERROR, "file", problem),)
        mains = {delta.capability: main for delta in change.deltas if (main := self._reading.main(delta.capability)) is not None}
        issues = tuple(Issue(Level.ERROR, f"{one.capability}/spec.md", one.message, one.line) for one in whole.problems)
        issues += change_issues(change, mains, has_numbered_groups=self._reading.schema_of(change) is BUILT_IN)
        issues += self._clashes(change, issues)
        nowhere = [
            delta.capability for delta in change.deltas if delta.capability not in mains and self._links.is_dangling(delta.capability)
        ]
        if nowhere:
            said = f"Could not check archive merge conflicts: {dangling(f'{self._root}/{SPECS}/{nowhere[0]}/spec.md')}"
            return (*issues, Issue(Level.INFO, "specs", said))
        return issues

    def _clashes(self, change: Change, issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
        """Name the deltas that an archive would refuse because of what another change wrote meanwhile; none of those that are named already."""
        if not any(delta.modified or delta.removed for delta in change.deltas):
            return ()
        if self._has_records is None:
            self._has_records = bool(self._app.planning.walk(self._root, BASES, depth=1))
        if not (self._has_records or self._is_alone):
            return ()
        from setsquare.journeys.openspec_clashes import clash_issues  # noqa: PLC0415  (start-up: few changes meet another one)

        known = {issue.path for issue in issues if issue.level is not Level.WARNING}
        found = clash_issues(self._app, self._root, self._reading, change, has_history=self._is_alone)
        return tuple(issue for issue in found if issue.path not in known)

    def _default_outputs(self) -> tuple[str, ...]:
        """Give the globs that the project's own schema generates; nothing for the built-in schema, whose files are known."""
        if self._outputs is None:
            name = self._reading.schemas.default()
            schema = self._reading.schemas.named(name)
            self._outputs = tuple(artifact.generates for artifact in schema.artifacts) if schema and schema is not BUILT_IN else ()
        return self._outputs

    def _since(self, begun_s: float) -> int:
        return round((self._app.clock.monotonic_s() - begun_s) * 1000)


def _part(names: tuple[str, ...], number: int, shares: int) -> tuple[str, ...]:
    return names[len(names) * number // shares : len(names) * (number + 1) // shares]


def _sorted(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """Sort by id as people sort, a spec before a change of its name."""
    listed = list(judged)
    if _PLAIN_IDS.fullmatch("\n".join(one.id for one in listed)):
        return tuple(sorted(listed, key=lambda one: (one.id, one.kind is ItemKind.CHANGE)))
    from setsquare.text.collation import collation_key  # noqa: PLC0415  (start-up: plain names sort alike by code point)

    return tuple(sorted(listed, key=lambda one: (collation_key(one.id), one.id, one.kind is ItemKind.CHANGE)))
