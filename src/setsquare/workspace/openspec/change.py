"""Reads a change's folder: its metadata, its deltas, its task files and what lies below `specs/` without being read by anyone.

Source: OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.model import Change, ChangeMetadata
from setsquare.workspace.openspec.proposal import read_proposal
from setsquare.workspace.openspec.tasks import read_task_list
from setsquare.workspace.openspec.text import INLINE_SPACE, unfenced

METADATA = ".openspec.yaml"
_DELTA_SECTION = LazyPattern(rf"(?mai)^##[{INLINE_SPACE}]+(?:ADDED|MODIFIED|REMOVED|RENAMED) Requirements[{INLINE_SPACE}]*$")

TextOf = Callable[[RelPath], str | None]
"""Gives a file's text as OpenSpec sees it; `None` where it cannot be read."""


def read_change(
    path: RelPath,
    files: Sequence[RelPath],
    text_of: TextOf,
    task_texts: Sequence[tuple[RelPath, str]],
    metadata: ChangeMetadata | None = None,
) -> Change:
    r"""Read the change in a folder; `files` are all below it, sorted, `task_texts` the task files and their texts.

    A proposal is read only where `text_of` gives it.

    >>> texts = {"openspec/changes/c/specs/a/spec.md": "## REMOVED Requirements\n### Requirement: B\n"}
    >>> change = read_change(RelPath("openspec/changes/c"), sorted(texts), texts.get, ())
    >>> change.id, [(delta.capability, len(delta.removed)) for delta in change.deltas]
    ('c', [('a', 1)])
    """
    change_id = path.rpartition("/")[2]
    below = f"{path}/specs/"
    deltas = []
    strays = []
    for file in files:
        if not file.startswith(below):
            continue
        inside = file[len(below) :]
        if inside.startswith(".") or "/." in inside:
            continue
        text = None
        if inside.endswith("/spec.md"):
            text = text_of(file)
            if text is not None:
                deltas.append(read_delta(inside[:-8], file, text))
        elif inside != "spec.md" and inside[-3:].lower() == ".md":
            text = text_of(file)
            if text is not None and has_delta_section(text):
                strays.append(file)
    proposal = RelPath(f"{path}/proposal.md")
    said = text_of(proposal) if proposal in files else None
    return Change(
        id=change_id,
        path=path,
        files=tuple(files),
        metadata=metadata,
        proposal=None if said is None else read_proposal(proposal, said, change_id),
        deltas=tuple(deltas),
        tasks=tuple(read_task_list(file, text) for file, text in task_texts),
        strays=tuple(strays),
    )


def has_delta_section(text: str) -> bool:
    r"""Tell whether a text holds a delta section that is not in a fence.

    >>> has_delta_section("## Added requirements\n"), has_delta_section("```\n## ADDED Requirements\n```\n")
    (True, False)
    """
    return _DELTA_SECTION.search(unfenced(text)) is not None
