"""Writes for people what an archive tells and asks, in the words of OpenSpec 1.13.2 where programs read them."""

from __future__ import annotations

from typing import assert_never

from setsquare.journeys.openspec_archive_steps import (
    DeltaErrors,
    Doubt,
    LeaveTasks,
    MergeFailed,
    Misbuilt,
    ProposalDoubts,
    SkipValidation,
    SpecsNamed,
    SpecsSkipped,
    SpecWritten,
    Summed,
    TasksLeft,
    TasksStand,
    Told,
    Unvalidated,
    UpdateSpecs,
)
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.merging import Totals
from setsquare.text.paths import RelPath

_ABORTED = "Aborted. No files were changed.\n"
_MARKS = {Level.ERROR: "✗", Level.WARNING: "⚠", Level.INFO: "i"}


def asked(doubt: Doubt) -> tuple[str, bool]:
    """Give a question and what an answer that is neither yes nor no means."""
    match doubt:
        case SkipValidation():
            return "⚠️  WARNING: Skipping validation may archive invalid specs. Continue? (y/N) ", False
        case LeaveTasks():
            return f"Warning: {doubt.count} incomplete task(s) found. Continue? (y/N) ", False
        case UpdateSpecs():
            return "Proceed with spec updates? (Y/n) ", True
        case _:
            assert_never(doubt)


def unanswered(doubt: Doubt, name: str, *, is_json: bool, is_validated: bool) -> Diagnostic:
    """Say that a question needs an answer."""
    command = "openspec archive <change-name> --json" if is_json else f"openspec archive {name}"
    flags = "--yes" if is_validated else "--no-validate --yes"
    tail = ": rerun with --yes." if is_json else ", and no answer could be read from stdin."
    match doubt:
        case SkipValidation():
            return error("archive_confirmation_required", f"Skipping validation requires confirmation{tail}", fix=f"{command} {flags}")
        case LeaveTasks():
            told = f"{doubt.count} incomplete task(s) found for change '{name}'" + ("." if is_json else tail)
            fix = "Complete the tasks or rerun with " + ("--yes." if is_json else f"{command} {flags}")
            return error("archive_tasks_incomplete", told, fix=fix)
        case UpdateSpecs():
            told = f"Updating {doubt.count} spec(s) requires confirmation{tail}"
            return error("archive_confirmation_required", told, fix=f"{command} {flags}")
        case _:
            assert_never(doubt)


def shown(told: Told) -> str:
    """Write what was told."""
    match told:
        case ProposalDoubts():
            return "\nProposal warnings in proposal.md (non-blocking):\n" + "".join(f"  ⚠ {message}\n" for message in told.messages)
        case DeltaErrors():
            return (
                f"\nValidation errors in change delta specs:\n{_issues(told.issues)}\nValidation failed. Please fix the errors before archiving.\n"
                "To skip validation (not recommended), use --no-validate flag.\n"
            )
        case Unvalidated():
            warning = "" if told.was_asked else "\n⚠️  WARNING: Skipping validation may archive invalid specs.\n"
            return f"{warning}[{told.at}] Validation skipped for change: {told.change}\nAffected files: {told.folder}\n"
        case TasksStand() | TasksLeft():
            return _tasks(told)
        case SpecsSkipped():
            return (
                "Skipping spec updates. Proceeding with archive.\n"
                if told.was_asked
                else "Skipping spec updates (--skip-specs flag provided).\n"
            )
        case SpecsNamed():
            lines = "".join(f"  {name}: {'create' if is_new else 'update'}\n" for name, is_new in told.specs)
            return f"\nSpecs to update:\n{lines}" + "".join(f"⚠️  Warning: {warning}\n" for warning in told.warnings)
        case MergeFailed():
            return f"{told.message}\n{_ABORTED}"
        case Misbuilt():
            advice = f"  → {told.advice}\n" if told.advice else ""
            title = f"\nValidation errors in rebuilt spec for {told.capability} (will not write changes):\n"
            return f"{title}{_issues(told.issues)}{advice}{_ABORTED}"
        case SpecWritten():
            return _written(told.path, told.totals)
        case Summed():
            totals = told.totals
            end = "Specs updated successfully." if told.is_changed else "Specs already in sync; no files changed."
            return f"Totals: + {totals.added}, ~ {totals.modified}, - {totals.removed}, → {totals.renamed}\n{end}\n"
        case _:
            assert_never(told)


def _tasks(told: TasksStand | TasksLeft) -> str:
    r"""Write how the tasks stand.

    >>> _tasks(TasksStand(1, 3)), _tasks(TasksStand(2, 2)), _tasks(TasksStand(0, 0))
    ('Task status: 1/3 tasks\n', 'Task status: ✓ Complete\n', 'Task status: No tasks\n')
    """
    if isinstance(told, TasksLeft):
        return f"Warning: {told.count} incomplete task(s) found. Continuing due to --yes flag.\n"
    if not told.total:
        return "Task status: No tasks\n"
    return "Task status: ✓ Complete\n" if told.done == told.total else f"Task status: {told.done}/{told.total} tasks\n"


def _issues(issues: tuple[Issue, ...]) -> str:
    return "".join(f"  {_MARKS[issue.level]} {issue.message}\n" for issue in issues if issue.level is not Level.INFO)


def _written(path: RelPath, totals: Totals | None) -> str:
    """Write what happened to one spec."""
    if totals is None:
        return f'Retiring {path}: all requirements removed.\n   If it was committed, restore it with: git checkout HEAD -- ":(top){path}"\n'
    kinds = (
        ("+", totals.added, "added"),
        ("~", totals.modified, "modified"),
        ("-", totals.removed, "removed"),
        ("→", totals.renamed, "renamed"),
    )
    return f"Applying changes to {path}:\n" + "".join(f"  {sign} {count} {word}\n" for sign, count, word in kinds if count)
