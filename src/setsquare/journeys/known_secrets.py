"""Collects the secret values of a workspace and of the person, so that nothing carries them to a model, a journal or a page.

Source: safety.md AT34, AT35.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.guard.protected import is_secret
from setsquare.guard.secret_files import values_in
from setsquare.guard.secrets import MOST_VALUES, variants
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath


class Known(Struct, frozen=True, kw_only=True):
    """Secret values in every spelling, and one sentence for each reason why values of the past are `missed`."""

    values: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


# req: agent-runtime/5.8
def known_secrets(app: App, present: Iterable[RelPath]) -> Known:
    """Collect the values of the person's own variables, of the secret files that are `present`, and of those that only git's history still has.

    What stands in the workspace now goes before what stood there once, where both are too many.
    """
    paths = tuple(present)
    now = variants(dict.fromkeys((*app.secrets, *_present(app, paths))))
    past = app.past.named(is_secret, repositories(paths))
    gone: dict[str, None] = {}
    for file in past.files:
        gone |= dict.fromkeys(values_in(file.path, file.raw))
    values, left_out = dict.fromkeys(now), 0
    for value in gone:
        spelled = variants((value,))
        if len(values) + len(spelled) > MOST_VALUES:
            left_out += 1
        else:
            values |= dict.fromkeys(spelled)
    missed = (*past.missed, *((f"{left_out} values of secret files in git's history are too many to look for",) if left_out else ()))
    return Known(values=tuple(values), missed=missed)


def repositories(present: Iterable[str]) -> tuple[str, ...]:
    """Name the folders whose repositories a command can read: the workspace, and what lies in it with a `.git` of its own.

    >>> repositories(["src/a.py", "vendor/lib/.git", ".git"])
    ('', 'vendor/lib')
    """
    below = (path.removesuffix(".git").rstrip("/") for path in present if path.rpartition("/")[2] == ".git")
    return tuple(dict.fromkeys(("", *below)))


def _present(app: App, paths: tuple[RelPath, ...]) -> Iterable[str]:
    """Give the values of the secret files that stand in the workspace."""
    for path in paths:
        if not is_secret(path):
            continue
        try:
            raw = app.files.read(path)
        except StorageFailed:
            continue
        yield from values_in(path, raw or b"")
