"""Writes changes of files as a unified diff that a person may look at: bounded, without secrets, binary files only named."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from msgspec import Struct

from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.journeys.known_secrets import known_secrets
from setsquare.journeys.run_provenance import LINK
from setsquare.ports.trees import Held
from setsquare.text.document import decode
from setsquare.text.paths import RelPath

_MOST_BYTES = 1 << 20
_MOST_PAIRS = 100_000_000


class FilePatch(Struct, frozen=True, kw_only=True):
    """One file's change: `status` is `added`, `modified` or `deleted`. `text` is its diff with head lines; `note` says why it has no lines, if so."""

    path: RelPath
    status: str
    text: str
    added: int = 0
    removed: int = 0
    note: str = ""


class Pair(Struct, frozen=True, kw_only=True):
    """One file before and after, `None` where it is not; `is_known` is false where what it became was not recorded."""

    path: RelPath
    old: Held | None
    new: Held | None
    is_known: bool = True


def redactor(app: App) -> Callable[[str], str]:
    """Give what takes the workspace's secret values, and what looks like a secret, out of a text."""
    known = known_secrets(app, app.files.guarded(is_secret)).values
    return lambda text: app.redact(text, known)


def patch(pair: Pair, redacted: Callable[[str], str]) -> FilePatch | None:
    r"""Write one file's change; `None` where nothing changed.

    >>> print(patch(Pair(path=RelPath("a"), old=Held("100644", b"x\n"), new=None), str).text, end="")
    deleted file a
    --- a/a
    +++ /dev/null
    @@ -1 +0,0 @@
    -x
    """
    old, new = pair.old, pair.new
    status = "added" if old is None else "deleted" if new is None else "modified"
    if not pair.is_known:
        return FilePatch(path=pair.path, status="modified", text="", note="what it became was not recorded")
    if old == new:
        return None
    head = _head(pair)
    note = _note(pair)
    if note:
        return FilePatch(path=pair.path, status=status, text=f"{head}{note}: {pair.path}\n", note=note)
    before, after = (_lines(redacted(decode(held.raw))) if held else [] for held in (old, new))
    if len(before) * len(after) > _MOST_PAIRS:
        return FilePatch(path=pair.path, status=status, text=f"{head}too many lines to compare: {pair.path}\n", note="too many lines")
    rows = list(difflib.unified_diff(before, after, f"a/{pair.path}" if old else "/dev/null", f"b/{pair.path}" if new else "/dev/null"))
    text = head + "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)
    added, removed = (sum(row.startswith(sign) for row in rows[2:]) for sign in ("+", "-"))
    return FilePatch(path=pair.path, status=status, text=text, added=added, removed=removed)


def patches(pairs: Iterable[Pair], redacted: Callable[[str], str]) -> tuple[FilePatch, ...]:
    """Write several changes, without those that change nothing."""
    return tuple(made for pair in pairs if (made := patch(pair, redacted)) is not None)


def _head(pair: Pair) -> str:
    """Say in lines what happens to the file itself."""
    old, new = pair.old, pair.new
    if old is None and new is not None:
        kinds = {LINK: "new link", "100755": "new executable file"}
        return f"{kinds.get(new.mode, 'new file')} {pair.path}\n"
    if new is None and old is not None:
        return f"{'deleted link' if old.mode == LINK else 'deleted file'} {pair.path}\n"
    if old is not None and new is not None and old.mode != new.mode:
        return f"mode {old.mode} -> {new.mode} {pair.path}\n"
    return ""


def _note(pair: Pair) -> str:
    """Say why a change is shown without lines."""
    helds = [held for held in (pair.old, pair.new) if held is not None]
    if is_secret(pair.path):
        return "secret file, not shown"
    if any(b"\0" in held.raw[:65536] for held in helds):
        sizes = " -> ".join(f"{len(held.raw):,}" for held in helds)
        return f"binary file ({sizes} bytes)"
    if any(len(held.raw) > _MOST_BYTES for held in helds):
        sizes = " -> ".join(f"{len(held.raw):,}" for held in helds)
        return f"large file ({sizes} bytes)"
    return ""


def _lines(text: str) -> list[str]:
    """Split after line feeds alone, which end a line of a diff."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + [part for part in parts[-1:] if part]
