"""Holds a changed test file against the committed one."""

from __future__ import annotations

from setsquare.errors import GitFailed, StorageFailed
from setsquare.guard.weakening import is_test_file, weakening
from setsquare.journeys.app import App
from setsquare.text.document import decode
from setsquare.text.paths import RelPath


def weakened(app: App, path: str, new: bytes | None) -> str:
    """Say what a file proves less than in the last commit if its bytes were `new`; empty for files that hold no tests or are not committed."""
    if not is_test_file(path):
        return ""
    try:
        old = app.git.show(app.git.head(), RelPath(path))
    except GitFailed:
        return ""
    return weakening(decode(old), decode(new or b"")) if old else ""


def weakened_now(app: App, path: str) -> str:
    """Say what a file proves less as it stands on the disk; one that cannot be read, such as a link, proves nothing."""
    try:
        now = app.files.read(RelPath(path))
    except StorageFailed:
        now = None
    return weakened(app, path, now)
