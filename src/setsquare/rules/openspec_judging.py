"""Judges the OpenSpec folders of a workspace once, for all rules that speak of them: as OpenSpec does, and beyond what it looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_mending import line_span, mend
from setsquare.rules.openspec_table import row_of
from setsquare.spec.openspec.bases import read_bases, record_path
from setsquare.spec.openspec.clashing import Act, Meeting, meetings
from setsquare.spec.openspec.conflict_marks import conflict_line
from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.merging import folded
from setsquare.spec.openspec.placing import line_in_spec
from setsquare.spec.openspec.scenario_operations import written_out_on
from setsquare.spec.openspec.staleness import stale_entries
from setsquare.spec.openspec.validating_change import change_issues
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.paths import RelPath, joined, parent, quoted
from setsquare.text.span import Span
from setsquare.workspace.model import Workspace
from setsquare.workspace.openspec.model import Change, Delta, MainSpec, OpenSpecTree
from setsquare.workspace.openspec.schema import BUILT_IN_NAME
from setsquare.workspace.openspec.text import line_at, unfenced

_LONGEST = 240
_QUOTED = re.compile(r'"([^"\n]+)"')
_NEXT_SENTENCE = re.compile(r"\. (?=[A-Z])")
_MARK = re.compile(r"(?m)^(?:<{7} |={7}$|>{7} )")
_LEAST_MARKS = 2
_MARKERS = (".openspec.yaml", "proposal.md", "tasks.md", "design.md")
"""The files by which a folder is known as a change."""


# req: openspec-interop/2.1
def judged_folders(workspace: Workspace) -> Mapping[str, tuple[Finding, ...]]:
    """Give the findings in OpenSpec folders by the code of their rule.

    >>> judged_folders(Workspace())
    {}
    """
    found: dict[str, list[Finding]] = {}
    for tree in workspace.openspec:
        for finding in _Folder(workspace, tree).findings():
            found.setdefault(finding.code, []).append(finding)
    return {code: tuple(findings) for code, findings in found.items()}


class _Folder:
    """One OpenSpec folder under judgement."""

    def __init__(self, workspace: Workspace, tree: OpenSpecTree) -> None:
        self._workspace, self._tree = workspace, tree
        self._mains = {main.id: main for main in tree.specs}
        self._own_schemas = {schema.name for schema in tree.schemas}

    def findings(self) -> Iterator[Finding]:
        """List everything that is wrong; one defect gives one finding."""
        for main in self._tree.specs:
            yield from self._conflicts(main.path, main.text)
            for issue in spec_issues(main.text):
                yield from self._said(issue, main.path, line_in_spec(main, issue), main=main)
        for change in self._tree.changes:
            yield from self._change(change)
        yield from self._overlapping()
        for change in self._tree.archived:
            yield from self._left_open(change)

    def _change(self, change: Change) -> Iterator[Finding]:
        """Judge an open change; a folder that only wraps changes is none, and is told so instead of what it lacks."""
        wrapped = _wrapped(change)
        if wrapped:
            first = next(file for file in change.files if file.startswith(f"{wrapped}/"))
            flat = wrapped.removeprefix("openspec/changes/").replace("/", "-")
            told = f'"{change.id}" is no change: it is a folder around {wrapped}, which nothing validates or archives'
            hint = f"put it directly below openspec/changes, as {flat} for one"
            yield Finding(code="OSP009", severity=Severity.ERROR, path=first, span=self._line(first, 1), message=told, hint=hint)
            return
        mains = {delta.capability: main for delta in change.deltas if (main := self._mains.get(delta.capability)) is not None}
        issues = change_issues(written_out_on(change, mains), mains, has_numbered_groups=self._is_built_in(change))
        is_empty = any(row.code == "OSP009" and issue.path != "file" for issue in issues if (row := row_of(issue)))
        for issue in issues:
            if is_empty and issue.path == "file" and "at least one delta" in issue.message:
                continue
            path = self._path_of(change, issue)
            if path:
                delta = next((delta for delta in change.deltas if delta.path == path), None)
                main = mains.get(delta.capability) if delta is not None else None
                yield from self._said(issue, path, issue.line or _line_in_delta(delta, issue), delta=delta, main=main)
        for delta in change.deltas:
            yield from self._conflicts(delta.path, delta.text)
        yield from self._unnumbered(change)
        yield from self._stale(change)

    def _is_built_in(self, change: Change) -> bool:
        """Tell whether a change follows the built-in schema, whose tasks carry the number of their group."""
        metadata, config = change.metadata, self._tree.config
        name = metadata.schema if metadata and metadata.schema and not metadata.problem else config.schema if config else ""
        return name not in self._own_schemas and BUILT_IN_NAME not in self._own_schemas

    def _path_of(self, change: Change, issue: Issue) -> RelPath | None:
        """Find the file that an issue means by OpenSpec's name for it; for the change as a whole its proposal, else its first file."""
        names = (joined(change.path, "specs", issue.path), joined(change.path, issue.path), joined(change.path, "proposal.md"))
        return next((name for name in (*names, *change.files) if name in self._workspace.by_path), None)

    def _said(
        self, issue: Issue, path: RelPath, line: int, *, delta: Delta | None = None, main: MainSpec | None = None
    ) -> Iterator[Finding]:
        """Say an issue of OpenSpec as a finding, with its fix where there is one."""
        row = row_of(issue)
        if row is not None and row.severity is not None:
            message = _NEXT_SENTENCE.split(issue.message.partition("\n")[0], maxsplit=1)[0].rstrip(".")
            short = message if len(message) <= _LONGEST else f"{message[: _LONGEST - 1]}…"
            mended = mend(row.code, issue, self._workspace.by_path[path].document, delta=delta, main=main)
            span = mended.span if mended is not None else self._line(path, line)
            fix = mended.fix if mended is not None else None
            yield Finding(code=row.code, severity=row.severity, path=path, span=span, message=short, hint=row.hint, fix=fix)

    def _line(self, path: RelPath, line: int) -> Span:
        """Address a line of a file without its end."""
        return line_span(self._workspace.by_path[path].document, line)

    def _conflicts(self, path: RelPath, text: str) -> Iterator[Finding]:
        """Find the marks of a merge that nobody finished, or what is left of them; a single line of signs may be a heading's underline."""
        if "<<<<<<<" not in text and ">>>>>>>" not in text:
            return
        line = conflict_line(text)
        if not line and len(marks := list(_MARK.finditer(unfenced(text)))) >= _LEAST_MARKS:
            line = line_at(text, marks[0].start())
        if line:
            yield Finding(
                code="OSP016",
                severity=Severity.ERROR,
                path=path,
                span=self._line(path, line),
                message="git's conflict marks stand in the file, and both sides are read as requirements",
                hint="decide which side stays, and take the marks out",
            )

    def _overlapping(self) -> Iterator[Finding]:
        """Find the requirements that several open changes touch; each change but the first gets a finding, a note where all of them merge."""
        changes = tuple(written_out_on(change, self._mains) for change in self._tree.changes if not _wrapped(change))
        found: dict[tuple[str, str, str], list[tuple[Act, Act, Meeting]]] = {}
        for meeting in meetings(changes, self._mains):
            first, later = sorted(meeting.acts, key=lambda act: act.change)
            found.setdefault((later.change, meeting.capability, folded(meeting.name)), []).append((first, later, meeting))
        for met in found.values():
            # What must be decided is said before what goes by itself.
            first, later, worst = max(met, key=lambda one: one[2].is_blocking)
            others = " and ".join(sorted({one.change for one, _, _ in met}))
            yield Finding(
                code="OSP015",
                severity=Severity.WARNING if worst.is_blocking else Severity.NOTE,
                path=later.path,
                span=self._line(later.path, later.line),
                message=f'"{later.name}" of {later.capability} is touched by {others} too ({first.change} {first.effect.value} it)',
                hint=worst.advice,
            )

    def _stale(self, change: Change) -> Iterator[Finding]:
        """Find the entries of a change whose requirement says something else than when it was written, by the team's record."""
        record = self._workspace.by_path.get(joined(self._tree.root, record_path(change.id)))
        if record is None:
            return
        known = {(base.capability, base.requirement): base for base in read_bases(record.document.render())[0]}
        for delta in change.deltas:
            main = self._mains.get(delta.capability)
            for stale in stale_entries(delta, main, known) if main is not None else ():
                both = "which the archive merges with the change" if stale.merges else "and the two do not merge"
                told = f'"{stale.name}" of {delta.capability} was changed in the main spec after this change was written, {both}'
                way = "look at both" if stale.merges else "write what shall hold into the delta"
                yield Finding(
                    code="OSP018",
                    severity=Severity.NOTE if stale.merges else Severity.WARNING,
                    path=delta.path,
                    span=self._line(delta.path, stale.line),
                    message=told,
                    hint=f"{way}, then: setsquare openspec base {quoted(change.id)} --record",
                )

    def _unnumbered(self, change: Change) -> Iterator[Finding]:
        """Find the task files with tasks that have no number; one finding for a file."""
        for tasks in change.tasks:
            bare = [task for task in tasks.tasks if not task.id]
            if bare and tasks.path in self._workspace.by_path:
                count = "a task has" if len(bare) == 1 else f"{len(bare)} of {len(tasks.tasks)} tasks have"
                yield Finding(
                    code="OSP014",
                    severity=Severity.NOTE,
                    path=tasks.path,
                    span=self._line(tasks.path, bare[0].line),
                    message=f"{count} no number, so that nothing can name it" if len(bare) == 1 else f"{count} no number to be named by",
                    hint="number the tasks of group 1 as 1.1, 1.2, …",
                )

    def _left_open(self, change: Change) -> Iterator[Finding]:
        """Find the task files of an archived change in which a task is open; one finding for a file."""
        for tasks in change.tasks:
            left = [task for task in tasks.tasks if not task.is_done]
            if left and tasks.path in self._workspace.by_path:
                count = "1 task is" if len(left) == 1 else f"{len(left)} tasks are"
                yield Finding(
                    code="OSP017",
                    severity=Severity.NOTE,
                    path=tasks.path,
                    span=self._line(tasks.path, left[0].line),
                    message=f"the change is archived, and {count} open",
                    hint="tick what was done, or move what was not to a new change",
                )


def _wrapped(change: Change) -> str:
    """Name the first change in a folder that has no file of its own and wraps changes instead; empty for a change."""
    inside = [path[len(change.path) + 1 :] for path in change.files]
    if any(
        name.partition("/")[0] == "specs" or ("/" not in name and not name.startswith(".")) or name == ".openspec.yaml" for name in inside
    ):
        return ""
    wrapped = (parent(path) for path in change.files if path.rpartition("/")[2] in _MARKERS)
    return next((folder for folder in sorted(wrapped) if folder != change.path), "")


def _line_in_delta(delta: Delta | None, issue: Issue) -> int:
    """Find the line of the requirement that an issue without a line names."""
    if delta is None:
        return 1
    names: Iterable[str] = _QUOTED.findall(issue.message)
    for name in (each.removeprefix("### Requirement: ") for each in names):
        places = [block.line for block in (*delta.added, *delta.modified) if block.name == name]
        places += [named.line for named in delta.removed if named.name == name]
        for rename in delta.renamed:
            places += [half.line for half in (rename.source, rename.target) if half is not None and half.name == name]
        if places:
            return max(places) if "Duplicate" in issue.message else min(places)
    return 1
