"""Judges a workspace again after a few files changed, at the cost of those files.

The workspace is kept in units: each folder directly below a `specs` folder, each OpenSpec folder, and each other folder's own files. Where Powers or skills make
files outside of a root part of the workspace, all files that belong to no spec are one unit. A rule that looks at one spec runs on
the units that changed, one that follows references also on the units that name a changed one, and one that looks at all specs on everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from setsquare.rules.check import config_of, evidence_of, judged, ordered
from setsquare.rules.config import CONFIG_PATH
from setsquare.rules.config_reader import ReadConfig
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.selection import Selection, selection
from setsquare.text.paths import RelPath, joined, parent
from setsquare.workspace.artefact import Artefact
from setsquare.workspace.layout import NO_PACKAGES, openspec_root, packages, spec_root
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.openspec.as_specs import unclashed

_NARROW: Final = frozenset({Reach.LINE, Reach.FILE, Reach.SPEC})
_UNUSED: Final = "SUP003"
_REST: Final = "/"
"""Begins the names of units that hold no spec."""

_TEAM: Final = ".setsquare/"
_LOCKS: Final = ".setsquare/trace/"
_BASES: Final = "/.setsquare/openspec/bases/"
"""What changes were written to is judged with the OpenSpec folder beside it."""

_NAMED: Final = re.compile(r"[^\W\d]")


class Unit(Struct, frozen=True, kw_only=True):
    """One unit: its files, what is known of them, what rules of one spec and rules of references find, and the names that it refers to."""

    files: Mapping[RelPath, bytes]
    evidence: Evidence
    narrow: tuple[Finding, ...] = ()
    linked: tuple[Finding, ...] = ()
    mentions: frozenset[str] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """Give the names that others may call the unit's specs by."""
        specs = self.evidence.workspace.specs
        return frozenset(name.casefold() for spec in specs for name in (*spec.whole_names, spec.name.rpartition("/")[2]))


class Session(Struct, frozen=True, kw_only=True):
    """A workspace as it stands, judged. A session is never changed: `recheck` gives the next one.

    `findings` are all that stand, sorted; `units` what they were found in.
    """

    workspace: Workspace
    findings: tuple[Finding, ...]
    read: ReadConfig
    units: Mapping[str, Unit]
    wide: tuple[Finding, ...] = ()

    @property
    def files(self) -> dict[RelPath, bytes]:
        """Give every file's bytes by path."""
        return {path: raw for unit in self.units.values() for path, raw in unit.files.items()}

    def of(self, path: str) -> tuple[Finding, ...]:
        """List the findings of one file."""
        return tuple(finding for finding in self.findings if finding.path == path)

    def recheck(self, changed: Mapping[RelPath, bytes | None]) -> Rechecked:
        """Take files that are new or have other bytes, or are gone (`None`), and judge what that touches.

        The findings are the same as those of `opened` on all files.
        """
        is_packaged = _REST in self.units and _is_packaged(self.units[_REST].files)
        is_team = any(path.startswith(_TEAM) for path in changed)
        if is_team or _needs_all(self.read) or _is_packaged(changed) or (is_packaged and any(map(_is_outside, changed))):
            following = opened({path: raw for path, raw in {**self.files, **changed}.items() if raw is not None})
            return Rechecked(session=following, findings=_difference(self, following, changed))
        owners = {path: unit_of(path, is_packaged=is_packaged) for path in changed}
        contents = {key: _with(self.units[key].files if key in self.units else {}, key, changed, owners) for key in set(owners.values())}
        return _rechecked(self, contents, changed)


class Rechecked(Struct, frozen=True, kw_only=True):
    """The next session, and all findings of each file where they are others than before, and of each changed file."""

    session: Session
    findings: Mapping[RelPath, tuple[Finding, ...]]


def opened(files: Mapping[RelPath, bytes]) -> Session:
    """Load and judge all files of a workspace.

    >>> opened({}).findings
    ()
    """
    grouped: dict[str, dict[RelPath, bytes]] = {}
    is_packaged = _is_packaged(files)
    for path in sorted(files):
        grouped.setdefault(unit_of(path, is_packaged=is_packaged), {})[path] = files[path]
    read = config_of(load({path: raw for path, raw in files.items() if path == CONFIG_PATH}))
    units = {key: _unit(content, read) for key, content in grouped.items()}
    return _joined(read, units, set(units))


def unit_of(path: str, *, is_packaged: bool = False) -> str:
    """Name the unit that a file belongs to: its folder below `specs`, or with a slash before it any other folder.

    >>> unit_of(".kiro/specs/Phase 1/login/tasks.md"), unit_of(".kiro/specs/notes.md"), unit_of("AGENTS.md")
    ('.kiro/specs/Phase 1', '/.kiro/specs', '/')
    """
    # A change is judged against the capabilities that it touches, so that an OpenSpec folder is one unit.
    if (folder := openspec_root(path)) is not None:
        return folder
    above, is_record, _ = f"/{path}".partition(_BASES)
    if is_record:
        return joined(above[1:], "openspec")
    root = spec_root(path)
    if root is not None:
        first, slash, _ = path[len(root) + len("/specs/") :].partition("/")
        if slash:
            return f"{root}/specs/{first}"
    return _REST if is_packaged else _REST + parent(path)


def _is_packaged(files: Iterable[RelPath]) -> bool:
    """Tell whether a marker makes the files beside it part of the workspace."""
    return packages(files) != NO_PACKAGES


def _is_outside(path: str) -> bool:
    return spec_root(path) is None and openspec_root(path) is None


def _with(
    files: Mapping[RelPath, bytes], key: str, changed: Mapping[RelPath, bytes | None], owners: Mapping[RelPath, str]
) -> dict[RelPath, bytes]:
    """Give a unit's files after a change."""
    merged = {**files, **{path: raw for path, raw in changed.items() if owners[path] == key}}
    return {path: raw for path, raw in sorted(merged.items()) if raw is not None}


def _unit(files: Mapping[RelPath, bytes], read: ReadConfig) -> Unit:
    """Load and judge one unit by the rules that look at no other."""
    own = read if CONFIG_PATH in files else ReadConfig(read.config)
    evidence = evidence_of(load(files), own)
    return Unit(files=files, evidence=evidence, narrow=_found(evidence, read, _NARROW), mentions=_mentions(evidence.workspace))


def _found(evidence: Evidence, read: ReadConfig, reaches: Iterable[Reach]) -> tuple[Finding, ...]:
    return judged(evidence, _selection(read), _rules(reaches)).findings


def _rules(reaches: Iterable[Reach]) -> tuple[Rule, ...]:
    wanted = frozenset(reaches)
    return tuple(rule for rule in RULES if rule.reaches in wanted and rule.code != _UNUSED)


def _selection(read: ReadConfig) -> Selection:
    return selection(read.config, None)


def _needs_all(read: ReadConfig) -> bool:
    """Tell whether a rule is on that needs the findings of all others."""
    return any(rule.code == _UNUSED and _selection(read).runs(rule) for rule in RULES)


def _mentions(workspace: Workspace) -> frozenset[str]:
    """List what a unit's references say beyond numbers."""
    references = [reference for spec in workspace.specs if spec.tasks for task in spec.tasks.tasks for reference in task.references]
    references += [reference for spec in workspace.specs if spec.tasks for reference in spec.tasks.loose]
    for spec in workspace.specs:
        if spec.design:
            references += [reference for one in spec.design.properties for reference in one.validates]
            references += [mention.reference for mention in spec.design.mentions]
    return frozenset(reference.written.casefold() for reference in references if _NAMED.search(reference.written))


def _is_named(unit: Unit, names: Iterable[str]) -> bool:
    """Tell whether a unit's references name one of some specs."""
    return bool(unit.mentions) and any(name in mention for name in names for mention in unit.mentions)


def _rechecked(before: Session, contents: Mapping[str, Mapping[RelPath, bytes]], changed: Mapping[RelPath, bytes | None]) -> Rechecked:
    """Judge the units that changed, and those that name them."""
    fresh = {key: _unit(files, before.read) for key, files in contents.items() if files}
    units = {key: unit for key, unit in {**before.units, **fresh}.items() if key not in contents or key in fresh}
    names = {name for key in contents for source in (before.units, units) if key in source for name in source[key].names}
    touched = {key for key, unit in units.items() if key in contents or _is_named(unit, names)}
    following = _joined(before.read, units, touched)
    return Rechecked(session=following, findings=_difference(before, following, changed))


def _joined(read: ReadConfig, units: Mapping[str, Unit], touched: set[str]) -> Session:
    """Judge the touched units by the rules that follow references, and everything by those that look at all specs."""
    done = dict(units)
    wide_reaches: tuple[Reach, ...] = (Reach.WORKSPACE,)
    if _has_locks(units):
        # A lock remembers criteria that may have moved to any other spec.
        wide_reaches = (Reach.WORKSPACE, Reach.LINKED)
    else:
        for key in touched:
            done[key] = _linked(key, done, read)
    workspace = _workspace(unit.evidence.workspace for unit in done.values())
    wide: tuple[Finding, ...] = ()
    if any(_selection(read).runs(rule) for rule in _rules(wide_reaches)):
        parts = tuple(unit.evidence for unit in done.values())
        everything = Evidence(workspace, read.config, read.problems, evidence_of(workspace, read).known, (), parts)
        wide = _found(everything, read, wide_reaches)
    found = ordered((*wide, *(finding for unit in done.values() for finding in (*unit.narrow, *unit.linked))))
    session = Session(workspace=workspace, findings=found, read=read, units=done, wide=wide)
    return _complete(session) if _needs_all(read) else session


def _has_locks(units: Mapping[str, Unit]) -> bool:
    """Tell whether the workspace keeps identities of criteria."""
    return any(path.startswith(_LOCKS) for key, unit in units.items() if key.startswith(_REST) for path in unit.files)


def _complete(session: Session) -> Session:
    """Judge everything at once, for the rule that needs the findings of all others."""
    evidence = evidence_of(session.workspace, session.read)
    return Session(
        workspace=session.workspace,
        findings=judged(evidence, _selection(session.read)).findings,
        read=session.read,
        units=session.units,
        wide=session.wide,
    )


def _linked(key: str, units: Mapping[str, Unit], read: ReadConfig) -> Unit:
    """Judge one unit together with the units that its references name, and with the files that belong to no spec."""
    unit = units[key]
    near = [other for name, other in units.items() if name == key or name.startswith(_REST) or _is_named(unit, other.names)]
    workspace = _workspace(other.evidence.workspace for other in near)
    evidence = Evidence(workspace, read.config, (), unit.evidence.known, (), tuple(other.evidence for other in near))
    found = tuple(finding for finding in _found(evidence, read, (Reach.LINKED,)) if finding.path in unit.files)
    return Unit(files=unit.files, evidence=unit.evidence, narrow=unit.narrow, linked=found, mentions=unit.mentions)


def _workspace(parts: Iterable[Workspace]) -> Workspace:
    """Put loaded units together."""
    listed = tuple(parts)
    artefacts: list[Artefact] = sorted((file for part in listed for file in part.artefacts), key=lambda file: file.path)
    return Workspace(
        artefacts=tuple(artefacts),
        roots=tuple(sorted({root for part in listed for root in part.roots}, key=lambda root: root.path)),
        specs=unclashed(spec for part in listed for spec in part.specs),
        settings=tuple(sorted((file for part in listed for file in part.settings), key=lambda file: file.path)),
        mcp=tuple(sorted((file for part in listed for file in part.mcp), key=lambda file: file.path)),
        steering=tuple(sorted((file for part in listed for file in part.steering), key=lambda file: file.path)),
        openspec=tuple(sorted((tree for part in listed for tree in part.openspec), key=lambda tree: tree.root)),
        malformed=tuple(sorted((one for part in listed for one in part.malformed), key=lambda one: (one.path, one.span, one.reason))),
    )


def _difference(before: Session, after: Session, changed: Iterable[RelPath]) -> dict[RelPath, tuple[Finding, ...]]:
    """List the files whose findings are others than before, and the changed ones."""
    old, new = _by_path(before.findings), _by_path(after.findings)
    paths = {*changed, *(path for path in {*old, *new} if old.get(path) != new.get(path))}
    return {path: tuple(new.get(path, ())) for path in sorted(paths)}


def _by_path(findings: Iterable[Finding]) -> dict[RelPath, list[Finding]]:
    found: dict[RelPath, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.path, []).append(finding)
    return found
