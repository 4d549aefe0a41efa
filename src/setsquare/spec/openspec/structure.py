"""Names what makes a main spec unsafe to merge into: delta headers in it, requirements outside of their section, a name twice.

Source: the behaviour of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.validating_spec import structural_issues


def structure_issues(text: str) -> tuple[Issue, ...]:
    r"""List the structural issues of a main spec's text; each has a line.

    >>> [issue.line for issue in structure_issues("## Purpose\nx\n## Notes\n### Requirement: A\n")]
    [4]
    """
    return structural_issues(text)
