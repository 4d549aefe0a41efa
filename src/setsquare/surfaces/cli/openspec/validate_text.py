"""Validation results for people: what passed goes to standard output, what was found to standard error."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.journeys.openspec_items import ItemKind
from setsquare.journeys.openspec_validating import Judged
from setsquare.spec.openspec.issue import Issue, Level, is_valid

_MARKS = {Level.ERROR: "✗", Level.WARNING: "⚠", Level.INFO: "ℹ"}
_CHANGE_STEPS = (
    "Ensure change has deltas in specs/: use headers ## ADDED/MODIFIED/REMOVED/RENAMED Requirements",
    "Each requirement MUST include at least one #### Scenario: block",
    "Debug parsed deltas: openspec show {} --json --deltas-only",
)
_SPEC_STEPS = (
    "Ensure spec includes ## Purpose and ## Requirements sections",
    "Each requirement MUST include at least one #### Scenario: block",
    "Re-run with --json to see structured report",
)
_NESTED_STEPS = (
    "Move each nested change directly under openspec/changes/, folding the namespace into its name",
    "Only specs may be nested by domain; change directories are always flat",
)


class Totals(Struct, frozen=True):
    """How many items passed and failed, in all and by kind."""

    passed: int
    failed: int
    by_kind: Mapping[ItemKind, tuple[int, int]]


def totals_of(judged: tuple[Judged, ...], kinds: frozenset[ItemKind], *, is_strict: bool) -> Totals:
    """Count; a kind in `kinds` counts even where nothing of it is."""
    counts = {kind: [0, 0] for kind in ItemKind if kind in kinds}
    for one in judged:
        counts[one.kind][0 if is_valid(one.issues, is_strict=is_strict) else 1] += 1
    by_kind = {kind: (passed, failed) for kind, (passed, failed) in counts.items()}
    return Totals(sum(passed for passed, _ in by_kind.values()), sum(failed for _, failed in by_kind.values()), by_kind)


def list_text(judged: tuple[Judged, ...], totals: Totals, scope: str, *, is_strict: bool) -> tuple[str, str]:
    """Write every item: the lines for standard output, and those for standard error."""
    if not judged:
        return ("No archived changes found." if scope == "archived" else "No items found to validate."), ""
    passed: list[str] = []
    found: list[str] = []
    for one in judged:
        label = f"{one.kind.value}/{one.id}"
        if is_valid(one.issues, is_strict=is_strict):
            passed.append(f"✓ {label}")
        else:
            found.append(f"✗ {label}")
        found += (f"  ✗ {issue.message}" if scope == "archived" else f"  {_marked(issue)}" for issue in one.issues)
    return "\n".join([*passed, *_ending(judged, totals, scope, is_strict=is_strict)]), _lines(found)


def beside_text(judged: tuple[Judged, ...]) -> str:
    """Write what is to be known beside the list, which stays as OpenSpec's."""
    return _lines([f"{one.kind.value}/{one.id}: {issue.message}" for one in judged for issue in one.beside])


def findings_text(judged: tuple[Judged, ...], totals: Totals, scope: str, *, is_strict: bool) -> tuple[str, str]:
    """Write only the items that have issues."""
    found: list[str] = []
    for one in judged:
        if one.issues:
            found += (f"{one.kind.value}/{one.id}", *(f"  [{issue.level.value}] {issue.path}: {issue.message}" for issue in one.issues))
    lines = [f"Scope: {scope} ({len(judged)} items)", *(() if found else ("No item findings.",))]
    return "\n".join([*lines, *_ending(judged, totals, scope, is_strict=is_strict)]), _lines(found)


def item_text(judged: Judged, *, is_strict: bool) -> tuple[str, str]:
    """Write one item."""
    kind = "Change" if judged.kind is ItemKind.CHANGE else "Specification"
    issues = [_marked(issue) for issue in judged.issues]
    if is_valid(judged.issues, is_strict=is_strict):
        return f"{kind} '{judged.id}' is valid", _lines(issues)
    steps = [f"  - {step.format(judged.id)}" for step in _steps(judged)]
    return "", _lines([f"{kind} '{judged.id}' has issues", *issues, "Next steps:", *steps])


def _steps(judged: Judged) -> tuple[str, ...]:
    if judged.kind is ItemKind.SPEC:
        return _SPEC_STEPS
    is_nested = any(" is not a change: it is a folder wrapping " in issue.message for issue in judged.issues)
    return _NESTED_STEPS if is_nested else _CHANGE_STEPS


def _marked(issue: Issue) -> str:
    return f"{_MARKS[issue.level]} [{issue.level.value}] {issue.path}: {issue.message}"


def _ending(judged: tuple[Judged, ...], totals: Totals, scope: str, *, is_strict: bool) -> list[str]:
    """Write the totals, and where to read about the first item that failed."""
    lines = [f"Totals: {totals.passed} passed, {totals.failed} failed ({len(judged)} items)"]
    failed = next((one for one in judged if not is_valid(one.issues, is_strict=is_strict)), None)
    if failed is not None and scope != "archived":
        lines.append(f"Details: openspec validate {failed.id} --type {failed.kind.value}")
    return lines


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
