"""Validates a change as OpenSpec does: its deltas, its markers, its task files, and whether an archive would refuse it.

The proposal is not judged here.

Source: the validation of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.merging import MergeRefused, merged
from setsquare.spec.openspec.validating_delta import UnreadableSpec, delta_issues, folded, paired
from setsquare.text.paths import base_name, parent
from setsquare.workspace.openspec.model import Change, Delta, MainSpec, Operation, TaskList

_NO_DELTA = Issue(
    Level.ERROR,
    "file",
    "Change must have at least one delta. No deltas found. Ensure your change has a specs/ directory with capability folders "
    "(e.g. specs/http-server/spec.md) containing .md files that use delta headers (## ADDED/MODIFIED/REMOVED/RENAMED Requirements) "
    'and that each requirement includes at least one "#### Scenario:" block. If this change intentionally modifies no specs '
    '(pure refactor, tooling, docs), set "skip_specs: true" in the change\'s .openspec.yaml instead. '
    'Tip: run "openspec change show <change-id> --json --deltas-only" to inspect parsed deltas.',
)
_SKIPPED = Issue(
    Level.INFO, "file", "skip_specs is set in .openspec.yaml: change declares no spec-level behavior changes, zero deltas accepted"
)
_SKIPPED_WITH_SPECS = Issue(
    Level.ERROR,
    "file",
    "skip_specs is set in .openspec.yaml but spec files exist under specs/. Remove skip_specs or delete the delta spec files",
)
_ROOT_SPEC = Issue(
    Level.ERROR,
    "spec.md",
    "Delta spec found at specs/spec.md. Delta specs must live under a capability path (e.g. specs/<capability-path>/spec.md) — "
    "a file at the specs/ root is ignored when the change is applied or archived.",
)
_NO_SECTION = 'No delta sections found. Add headers such as "## ADDED Requirements" or move non-delta notes outside specs/.'
_NO_BOXES = (
    'This change counts as 0 tasks: no line in its tracked task files is a checkbox, so "openspec list" and "openspec status" report no work '
    'and "openspec archive" has nothing to flag as incomplete. Write each task as "- [ ] 1.1 Description".'
)

Main = MainSpec | UnreadableSpec


def change_issues(change: Change, mains: Mapping[str, Main], *, has_numbered_groups: bool = True) -> tuple[Issue, ...]:
    r"""Judge a change against the main specs that it names, in OpenSpec's order.

    `has_numbered_groups` says that its schema is the built-in one, whose task ids carry the number of their group.

    >>> from setsquare.text.paths import RelPath
    >>> [issue.path for issue in change_issues(Change(id="c", path=RelPath("openspec/changes/c")), {})]
    ['file']
    """
    issues: list[Issue] = []
    refusals: list[Issue] = []
    for delta in change.deltas:
        main = mains.get(delta.capability)
        found = delta_issues(delta, main)
        issues += found
        if not any(issue.level is Level.ERROR for issue in found):
            refusals += _refusal(change.id, delta, main)
    return (
        *((_ROOT_SPEC,) if f"{change.path}/specs/spec.md" in change.files else ()),
        *issues,
        *refusals,
        *_stray_issues(change),
        *_emptiness(change),
        *_marker_issues(change),
        *_task_issues(change, has_numbered_groups=has_numbered_groups),
    )


def _emptiness(change: Change) -> list[Issue]:
    """Name the deltas that do nothing: first those with sections, then those without."""
    without_entry: list[Issue] = []
    without_section: list[Issue] = []
    for delta in change.deltas:
        path = f"{delta.capability}/spec.md"
        if not delta.sections:
            without_section.append(Issue(Level.ERROR, path, _NO_SECTION))
        elif not _has_entries(delta):
            without_entry.append(Issue(Level.ERROR, path, _without_entry(delta)))
    return without_entry + without_section


def _has_entries(delta: Delta) -> bool:
    return bool(delta.added or delta.modified or delta.removed or paired(delta))


def _without_entry(delta: Delta) -> str:
    names = [f"## {operation.value} Requirements" for operation in Operation if operation in delta.sections]
    listed = " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
    return (
        f"Delta sections {listed} were found, but no requirement entries parsed. "
        'Ensure each section includes at least one "### Requirement:" block (REMOVED may use bullet list syntax).'
    )


def _stray_issues(change: Change) -> list[Issue]:
    """Name delta files that an archive would not see."""
    below = f"{change.path}/specs/"
    issues: list[Issue] = []
    for stray in change.strays:
        path = stray.removeprefix(below)
        folder = parent(path) or path[: -len(".md")]
        where = path[: -len(".md")] if not parent(path) else folder
        issues.append(
            Issue(
                Level.ERROR,
                path,
                f"Delta spec found at specs/{path}. Delta specs must be a spec.md inside a capability folder — "
                f"this file is ignored when the change is applied or archived. Move its requirements into specs/{where}/spec.md.",
            )
        )
    return issues


def _marker_issues(change: Change) -> list[Issue]:
    """Judge `skip_specs`, and a change without deltas."""
    metadata = change.metadata
    below = f"{change.path}/specs/"
    issues: list[Issue] = []
    if metadata is not None and metadata.problem and "skip_specs" in metadata.named_markers:
        said = f"skip_specs is set but .openspec.yaml is not valid change metadata, so the marker is not honored. Fix the metadata ({metadata.problem})"
        issues.append(Issue(Level.ERROR, ".openspec.yaml", said))
    if metadata is not None and metadata.skips_specs:
        has_specs = any(path.startswith(below) and not base_name(path).startswith(".") for path in change.files)
        return [_SKIPPED_WITH_SPECS if has_specs else _SKIPPED]
    if not any(map(_has_entries, change.deltas)) and not change.strays and f"{below}spec.md" not in change.files:
        issues.append(_NO_DELTA)
    return issues


def _task_issues(change: Change, *, has_numbered_groups: bool) -> list[Issue]:
    """Judge the tracked task files."""
    issues: list[Issue] = []
    lists = change.tasks
    start = len(change.path) + 1
    if lists and not any(tasks.tasks for tasks in lists):
        return [Issue(Level.WARNING, tasks.path[start:], _NO_BOXES, tasks.first_item_line) for tasks in lists if tasks.first_item_line]
    if not has_numbered_groups:
        return issues
    for tasks in lists:
        first: dict[str, int] = {}
        for task in tasks.tasks:
            if not task.id or not task.group:
                continue
            lead = task.id.partition(".")[0]
            if int(lead) != int(task.group):
                said = f'Task "{task.id}" is under group {task.group}, but its leading number points to group {lead}. Move it to group {lead} or renumber it.'
                issues.append(Issue(Level.WARNING, tasks.path[start:], said, task.line))
            if task.id in first:
                said = f'Task ID "{task.id}" is duplicated; it was first declared on line {first[task.id]}.'
                issues.append(Issue(Level.WARNING, tasks.path[start:], said, task.line))
            else:
                first[task.id] = task.line
    return issues


def _refusal(change_id: str, delta: Delta, main: Main | None) -> list[Issue]:
    """Say that an archive would refuse a delta that is in no error."""
    if not _has_entries(delta) or isinstance(main, UnreadableSpec) or _merges_plainly(delta, main):
        return []
    outcome = merged(delta.capability, None if main is None else main.text, delta, change_id)
    if not isinstance(outcome, MergeRefused):
        return []
    return [Issue(Level.INFO, f"{delta.capability}/spec.md", f"Archive would refuse this delta: {outcome.message}")]


def _merges_plainly(delta: Delta, main: MainSpec | None) -> bool:
    """Tell, by names alone, that nothing can stand in the way of a merge; most deltas need no trial.

    The delta is in no error. Anything else than plain is tried.
    """
    if main is None:
        is_apart = len(delta.added) == 1 or len({folded(block.name) for block in delta.added}) == len(delta.added)
        return is_apart and not (delta.modified or delta.removed or delta.renamed or delta.purpose)
    names = {block.name for block in main.requirements}
    pairs = paired(delta)
    sources = {source for source, _ in pairs}
    targets = [target for _, target in pairs]
    removed = {named.name for named in delta.removed}
    if (
        main.has_misplaced
        or not (sources <= names and removed <= names and len(names) == len(main.requirements))
        or names.intersection(targets)
    ):
        return False
    new = [block.name for block in delta.added] + targets
    left = {folded(name) for name in names - sources - removed}
    return all(block.name in names or block.name in targets for block in delta.modified) and len({*left, *map(folded, new)}) == len(
        left
    ) + len(new)


def open_task_issue(lists: Iterable[TaskList]) -> Issue | None:
    """Say how many tasks of an archived change were left open.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.model import ChangeTask
    >>> tasks = TaskList(path=RelPath("tasks.md"), tasks=(ChangeTask("", "a", 1, is_done=True), ChangeTask("", "b", 2, is_done=False)))
    >>> open_task_issue([tasks]).message
    '1 incomplete task (1/2 completed)'
    """
    marks = [task.is_done for tasks in lists for task in tasks.tasks]
    left = marks.count(False)
    if not left:
        return None
    said = f"{left} incomplete {'task' if left == 1 else 'tasks'} ({len(marks) - left}/{len(marks)} completed)"
    return Issue(Level.ERROR, "tasks.md", said)
