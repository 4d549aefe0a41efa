"""Says which rule speaks of which of OpenSpec's issues, and how grave it is here.

What makes an item invalid for OpenSpec is an error. What OpenSpec only warns of is a note: `openspec validate` passes with it.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from setsquare.rules.finding import Severity
from setsquare.spec.openspec.issue import Issue, Level

OTHER: Final = "OSP001"
"""The rule that speaks of an error which no row knows."""


class Row(Struct, frozen=True):
    """An issue by a part of its message: the rule and what to do; `severity` where it is not that of the level."""

    part: str
    code: str
    hint: str
    severity: Severity | None = None


_SCENARIO: Final = "write `#### Scenario: <name>` with its steps below it, at level 4"
_ROWS: Final = (
    Row("must have a Purpose section", "OSP001", "add `## Purpose` and a sentence that says why the capability exists"),
    Row("must have a Requirements section", "OSP001", "add `## Requirements` above the requirements"),
    Row("must have at least one requirement", "OSP001", "write one: `### Requirement: <name>`"),
    Row("at least one scenario", "OSP002", _SCENARIO),
    Row(
        "contains delta header", "OSP003", "move it to the change that it belongs to: openspec/changes/<change>/specs/<capability>/spec.md"
    ),
    Row("appears outside the main", "OSP003", "move it below `## Requirements`"),
    Row("is not a delta section, so it is ignored", "OSP003", "move it below `## ADDED Requirements` or another delta section"),
    Row("is ignored by validation", "OSP003", "begin the header with `### Requirement: `"),
    Row("duplicates the requirement declared", "OSP004", "give each requirement a name of its own, or join the two"),
    Row("Duplicate requirement in", "OSP004", "join the two blocks"),
    Row("Duplicate FROM", "OSP004", "rename each requirement once"),
    Row("Duplicate TO", "OSP004", "give each requirement a name of its own"),
    Row("must contain SHALL or MUST", "OSP005", "say below the header what the system SHALL do"),
    Row("is missing requirement text", "OSP005", "say below the header what the system SHALL do"),
    Row("RFC 2119", "OSP006", "say what the system SHALL or MUST do"),
    Row("Purpose section is", "OSP007", "say in a sentence or two what the capability is for"),
    Row("text is very long", "OSP008", "divide it into several requirements"),
    Row(
        "must have at least one delta",
        "OSP009",
        "write a delta, or set `skip_specs: true` in .openspec.yaml where the change touches no spec",
    ),
    Row("No delta sections found", "OSP009", "begin with `## ADDED Requirements`, or move notes out of specs/"),
    Row("no requirement entries parsed", "OSP009", "write the requirements below the section: `### Requirement: <name>`"),
    Row("skip_specs is set", "OSP009", "take out either the marker or the deltas"),
    Row("Delta spec found at", "OSP010", "move it to specs/<capability>/spec.md"),
    Row("Requirement present in both", "OSP011", "do one thing to a requirement in one change"),
    Row("references old name from RENAMED", "OSP011", "use the new name in MODIFIED"),
    Row("RENAMED TO collides", "OSP011", "choose another name"),
    Row("has no matching", "OSP011", "write FROM and TO right below each other"),
    Row("omits scenario", "OSP012", "copy the scenarios that stay into the block: it replaces the whole requirement"),
    Row("Archive would refuse", "OSP013", "compare the delta with the main spec as it is now", Severity.WARNING),
    Row("is duplicated; it was first declared", "OSP014", "give the task a number of its own"),
    Row("leading number points to group", "OSP014", "renumber the task, or move it to its group"),
    Row("counts as 0 tasks", "OSP014", "write each task as `- [ ] 1.1 Title`"),
)
_SEVERITIES: Final = {Level.ERROR: Severity.ERROR, Level.WARNING: Severity.NOTE, Level.INFO: Severity.NOTE}


def row_of(issue: Issue) -> Row | None:
    """Find the row of an issue, with its severity; `None` for what is said elsewhere already, or is no defect.

    >>> found = row_of(Issue(Level.WARNING, "requirements[0].scenarios", "Requirement must have at least one scenario. Scenarios must …"))
    >>> found, row_of(Issue(Level.ERROR, "requirements", "Spec must have at least one requirement")).severity.value
    (None, 'error')
    """
    row = next((row for row in _ROWS if row.part in issue.message), None)
    if row is None:
        return Row("", OTHER, "", Severity.ERROR) if issue.level is Level.ERROR else None
    if issue.level is Level.WARNING and row.code == "OSP002":
        return None
    if issue.level is Level.INFO and "skip_specs" in issue.message:
        return None
    return Row(row.part, row.code, row.hint, row.severity or _SEVERITIES[issue.level])
