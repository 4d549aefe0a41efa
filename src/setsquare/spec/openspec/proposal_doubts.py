"""Names what a proposal lacks; nothing of it holds an archive up.

Source: the proposal warnings of `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.validating_change import change_issues
from setsquare.workspace.openspec.change import METADATA
from setsquare.workspace.openspec.model import Change, Proposal
from setsquare.workspace.openspec.text import length, trimmed

LEAST_WHY = 50
LONGEST_WHY = 1000
"""In UTF-16 units."""

MOST_DELTAS = 10
_GUIDE = 'Missing required sections. Expected headers: "## Why" and "## What Changes". Ensure deltas are documented in specs/ using delta headers.'


def proposal_doubts(proposal: Proposal, change: Change, issues: tuple[Issue, ...] = ()) -> tuple[str, ...]:
    """Say what a proposal lacks; `issues` are those of its change.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.openspec.model import Operation
    >>> bullets = (("a", Operation.ADDED, "Add a thing"),)
    >>> lacking = Proposal(path=RelPath("proposal.md"), title="c", why="Because.", what_changes="- x", bullets=bullets)
    >>> proposal_doubts(lacking, Change(id="c", path=RelPath("openspec/changes/c")))
    ('Why section must be at least 50 characters',)
    """
    marker = tuple(issue.message for issue in issues if issue.path == METADATA)
    why, what = trimmed(proposal.why or ""), trimmed(proposal.what_changes or "")
    if not why:
        return (*marker, f"Change must have a Why section. {_GUIDE}")
    if not what:
        return (*marker, f"Change must have a What Changes section. {_GUIDE}")
    doubts = list(marker)
    if length(why) < LEAST_WHY:
        doubts.append(f"Why section must be at least {LEAST_WHY} characters")
    elif length(why) > LONGEST_WHY:
        doubts.append(f"Why section should not exceed {LONGEST_WHY} characters")
    count = counted_deltas(change) or len(proposal.bullets)
    if not count and not (change.metadata is not None and change.metadata.skips_specs):
        doubts += (issue.message for issue in change_issues(Change(id=change.id, path=change.path), {}))
    if count > MOST_DELTAS:
        doubts.append(f"Consider splitting changes with more than {MOST_DELTAS} deltas")
    return tuple(doubts)


def counted_deltas(change: Change) -> int:
    """Count the entries of all deltas."""
    return sum(
        len(delta.added) + len(delta.modified) + len(delta.removed) + sum(1 for pair in delta.renamed if pair.source and pair.target)
        for delta in change.deltas
    )
