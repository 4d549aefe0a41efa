"""Shows what a plan would do to files as one diff."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from msgspec import Struct

from setsquare.text.document import decode
from setsquare.text.paths import RelPath


class Change(Struct, frozen=True, kw_only=True):
    """What happens to one file: `old` is `None` for a new one, `new` for one that goes; `source` and `target` differ where it moves."""

    source: RelPath
    target: RelPath
    old: bytes | None
    new: bytes | None


def preview(changes: Iterable[Change]) -> str:
    r"""Write the changes as a unified diff with the lines that git uses for moves, new and deleted files.

    >>> print(preview([Change(source=RelPath("a.md"), target=RelPath("b.md"), old=b"x\n", new=b"x\n")]), end="")
    rename from a.md
    rename to b.md
    """
    return "".join(_one(change) for change in changes)


def _one(change: Change) -> str:
    head = ""
    if change.source != change.target:
        head = f"rename from {change.source}\nrename to {change.target}\n"
    elif change.old is None:
        head = f"new file {change.target}\n"
    elif change.new is None:
        head = f"deleted file {change.source}\n"
    if change.old == change.new:
        return head
    lines = difflib.unified_diff(
        decode(change.old or b"").splitlines(keepends=True),
        decode(change.new or b"").splitlines(keepends=True),
        f"a/{change.source}",
        f"b/{change.target}",
    )
    return head + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
