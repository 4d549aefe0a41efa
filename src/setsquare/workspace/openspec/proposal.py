"""Reads a change's proposal.

Source: the proposal reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.headers import headed, section_text
from setsquare.workspace.openspec.model import Operation, Proposal
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE

_WS = f"[{INLINE_SPACE}]"
_TITLE = LazyPattern(rf"(?mi)^#{_WS}+(?:Change:{_WS}+)?([^\n]+)$")
_BULLET = LazyPattern(rf"(?m)^{_WS}*-{_WS}*\*\*([^*:]+)(?::\*\*|\*\*:){_WS}*([^\n]+)$")
_VERBS = (
    (Operation.RENAMED, ("rename",)),
    (Operation.ADDED, ("add", "create", "new")),
    (Operation.REMOVED, ("remove", "delete")),
)


def read_proposal(path: RelPath, text: str, change_id: str) -> Proposal:
    r"""Read a proposal; one without a title of its own is called after its change.

    >>> proposal = read_proposal(
    ...     RelPath("proposal.md"), "# Proposal\n## Why\nBecause.\n## What Changes\n- **auth:** Add login\n", "add-login"
    ... )
    >>> proposal.title, proposal.why, proposal.bullets
    ('add-login', 'Because.', (('auth', <Operation.ADDED: 'ADDED'>, 'Add login'),))
    """
    headers = headed(text)
    sections: dict[str, str] = {}
    for at, header in enumerate(headers):
        sections.setdefault(header.rest.strip(SPACE).lower(), section_text(headers, at))
    found = _TITLE.search(text)
    title = found[1].strip(SPACE) if found else ""
    changes = sections.get("what changes")
    return Proposal(
        path=path,
        title=change_id if title in {"", "Proposal"} else title,
        why=sections.get("why"),
        what_changes=changes,
        bullets=tuple((one[1].strip(SPACE), _operation(one[2]), one[2].strip(SPACE)) for one in _BULLET.finditer(changes or "")),
    )


def _operation(description: str) -> Operation:
    said = description.lower()
    return next((operation for operation, verbs in _VERBS if any(verb in said for verb in verbs)), Operation.MODIFIED)
