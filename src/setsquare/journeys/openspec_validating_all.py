"""Validates all specs and changes of a planning root, and rehearses the archive of every change whose archive is not plain.

Source: `openspec validate --all` 1.13.2, observed; the rehearsal is what keeps `validate` and `archive` of one mind.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.journeys.openspec_foreseeing import Foreseeing
from setsquare.journeys.openspec_items import SPECS, ItemKind, change_ids
from setsquare.journeys.openspec_links import SpecLinks
from setsquare.journeys.openspec_validating import Judged, Judging, Sighted, in_order
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace
from setsquare.ports.file_versions import FileVersions, Version
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.issue import Issue
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.openspec.model import Change, MainSpec

_FILES = (EntryKind.FILE, EntryKind.LINK_TO_FILE)


class UnsafeLink(Struct, frozen=True):
    """Why nothing was judged: a main spec is a link that leads out of the specs, or nowhere."""

    message: str


class _Share(Struct, frozen=True):
    """What a share found, or why nothing may be judged at all."""

    judged: tuple[Judged, ...]
    problem: str = ""


class _Remembered:
    """The history of files, which several steps ask the same of one change."""

    __slots__ = ("_asked", "_found", "_versions")

    def __init__(self, versions: FileVersions) -> None:
        self._versions = versions
        self._asked: tuple[str, RelPath, tuple[RelPath, ...]] | None = None
        self._found: tuple[Version, ...] = ()

    def touching(self, root: str, below: RelPath, files: tuple[RelPath, ...]) -> tuple[Version, ...]:
        """Give the commits that changed something at or below a path; the last answer is kept."""
        if self._asked != (root, below, files):
            self._asked, self._found = (root, below, files), self._versions.touching(root, below, files)
        return self._found

    def at(self, root: str, commit: str, files: tuple[RelPath, ...]) -> Version | None:
        """Give some files as one commit has them."""
        return self._versions.at(root, commit, files)


# req: openspec-interop/3.7
def judged_all(
    app: PlanningApp, root: str, place: Callable[[str], ArchivePlace], kinds: frozenset[ItemKind]
) -> tuple[Judged, ...] | UnsafeLink:
    """Judge all specs, all changes or both; sorted by id as people sort, a spec before a change of its name."""
    specs: tuple[str, ...] = ()
    if ItemKind.SPEC in kinds:
        tops = (entry.path.rpartition("/")[2] for entry in app.planning.walk(root, SPECS, depth=1) if entry.kind is EntryKind.FOLDER)
        specs = tuple(top for top in tops if not top.startswith("."))
    changes = change_ids(app, root) if ItemKind.CHANGE in kinds else ()

    def share(number: int, shares: int) -> bytes:
        # A share takes the same part of both lists: a main spec and the change that names it are then often read by one share.
        return msgspec.msgpack.encode(_judged(app, root, place, _part(specs, number, shares), _part(changes, number, shares)))

    encoded = app.shares.run(share, len(specs) + len(changes)) if app.shares else (share(0, 1),)
    done = [msgspec.msgpack.decode(part, type=_Share) for part in encoded]
    refused = next((part.problem for part in done if part.problem), "")
    return UnsafeLink(refused) if refused else in_order(judged for part in done for judged in part.judged)


def _judged(app: PlanningApp, root: str, place: Callable[[str], ArchivePlace], specs: tuple[str, ...], changes: tuple[str, ...]) -> _Share:
    """Judge some folders of specs and some changes."""
    if app.versions is not None:
        app = replace(app, versions=_Remembered(app.versions))
    foreseeing = Foreseeing(app, root)

    def rehearsed(judging: Judging, sighted: Sighted) -> tuple[Issue, ...]:
        if sighted.is_plain and foreseeing.is_plain(judging, sighted):
            return ()
        from setsquare.journeys.openspec_rehearsing import MISBUILT, refusal_issue, refused_by_archive  # noqa: PLC0415  (start-up: most are plain)

        refusal = refused_by_archive(app, root, place(root), sighted.name)
        if refusal is None:
            return ()
        if refusal.code == MISBUILT and _empties_a_spec(judging, sighted.change):
            emptying[sighted.name] = refusal_issue(refusal)
            return ()
        return (refusal_issue(refusal),)

    emptying: dict[str, Issue] = {}
    judging = Judging(app, root, rehearse=rehearsed)
    links = SpecLinks(app, root)
    found: list[Judged] = []
    for top in specs:
        names = _specs_below(app, root, links, top)
        if isinstance(names, UnsafeLink):
            return _Share((), names.message)
        found += map(judging.spec, names)
    for name in changes:
        judged = judging.change(name)
        found.append(replace(judged, beside=(emptying[name],)) if name in emptying else judged)
    return _Share(tuple(found))


def _empties_a_spec(judging: Judging, change: Change) -> bool:
    """Tell whether a change takes the last requirement of a spec away: the one refusal that OpenSpec foresees nowhere, and whose list stays as OpenSpec's."""
    for delta in change.deltas:
        main = judging.reading.main(delta.capability)
        removed = {named.name for named in delta.removed}
        if isinstance(main, MainSpec) and not delta.added and all(block.name in removed for block in main.requirements):
            return True
    return False


def _specs_below(app: PlanningApp, root: str, links: SpecLinks, top: str) -> list[str] | UnsafeLink:
    """Name the specs in a folder right below the specs, and in its folders."""
    found = app.planning.walk(root, joined(SPECS, top))
    specs = [entry for entry in found if entry.kind is not EntryKind.FOLDER and entry.path.endswith("/spec.md") and "/." not in entry.path]
    for entry in specs:
        problem = "" if entry.kind is EntryKind.FILE else links.listed_problem(entry)
        if problem:
            return UnsafeLink(problem)
    start = len(SPECS) + 1
    return [entry.path[start:-8] for entry in specs if entry.kind in _FILES]


def _part(names: tuple[str, ...], number: int, shares: int) -> tuple[str, ...]:
    return names[len(names) * number // shares : len(names) * (number + 1) // shares]
