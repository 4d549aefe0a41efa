"""Describes changes to files before anyone makes them."""

from __future__ import annotations

import hashlib
from typing import NewType

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span, apply_edits

Digest = NewType("Digest", str)
"""`sha256:` and 64 hexadecimal digits."""


def digest(raw: bytes) -> Digest:
    """Name bytes by their SHA-256.

    >>> digest(b"")[:14]
    'sha256:e3b0c44'
    """
    return Digest("sha256:" + hashlib.sha256(raw).hexdigest())


class FileChange(Struct, frozen=True):
    """Edits to one file that must still hold the bytes named by `expects`; `None` means that it must not exist.

    With `is_removal` the file is taken away; such a change has no edits.
    """

    path: RelPath
    expects: Digest | None
    edits: tuple[Edit, ...]
    is_removal: bool = False

    def applied(self, raw: bytes) -> bytes:
        """Give the file's new bytes; nothing for a removal."""
        if self.is_removal:
            return b""
        return apply_edits(raw, self.edits)


class Plan(Struct, frozen=True):
    """An ordered list of file changes, applied all or none; `title` says what for."""

    title: str
    changes: tuple[FileChange, ...] = ()


def creation(path: RelPath, raw: bytes) -> FileChange:
    """Plan a new file.

    >>> change = creation(RelPath("notes.md"), b"new")
    >>> change.expects is None, change.applied(b"")
    (True, b'new')
    """
    return FileChange(path, None, (Edit(Span(0, 0), raw),))


def replacement(path: RelPath, old: bytes, new: bytes) -> FileChange:
    """Plan new bytes for a whole existing file.

    >>> change = replacement(RelPath("notes.md"), b"old", b"new")
    >>> change.expects == digest(b"old"), change.applied(b"old")
    (True, b'new')
    """
    return FileChange(path, digest(old), (Edit(Span(0, len(old)), new),))


def removal(path: RelPath, old: bytes) -> FileChange:
    """Plan that a file goes away; a move is a creation and a removal in one plan.

    >>> change = removal(RelPath("notes.md"), b"old")
    >>> change.is_removal, change.expects == digest(b"old"), change.applied(b"old")
    (True, True, b'')
    """
    return FileChange(path, digest(old), (), is_removal=True)
