"""What is written down before a plan of several files is applied, so that whoever finds it can end the plan either way."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from setsquare.adapters.folders import parts_of
from setsquare.adapters.swaps import is_temporary_name
from setsquare.errors import StorageFailed
from setsquare.text.paths import RelPath

_VERSION = 1


class IntentFile(Struct, frozen=True, kw_only=True):
    """One file: the digests of its bytes before and after (`None`: it is not there), and the names beside it of the new bytes and of the old ones.

    The old ones have their name from the moment on at which the file is swapped. An empty name says that there are none.
    """

    path: RelPath
    before: str | None = None
    after: str | None = None
    fresh: str = ""
    kept: str = ""


class Intent(Struct, frozen=True, kw_only=True):
    """A plan that is about to be applied below `folder`: its files in the order in which they are swapped, and the folders that it makes, outermost first."""

    version: int = _VERSION
    folder: str
    title: str
    files: tuple[IntentFile, ...]
    made: tuple[RelPath, ...] = ()


def written(intent: Intent) -> bytes:
    r"""Write an intent, whatever bytes its paths are made of.

    >>> read(written(Intent(folder="/w", title="t", files=(IntentFile(path=RelPath("a\udcff")),)))).files[0].path
    'a\udcff'
    """
    return msgspec.json.encode(_with_names(intent, to_text=True))


def read(raw: bytes) -> Intent | None:
    """Read an intent; `None` where it is none, or not whole: then nothing was begun.

    >>> read(b'{"folder": "/w", "title": "t", "fi') is None
    True
    >>> read(written(Intent(folder="/w", title="t", files=(IntentFile(path=RelPath("../a")),)))) is None
    True
    """
    try:
        intent = _with_names(msgspec.json.decode(raw, type=Intent), to_text=False)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError):
        return None
    return intent if intent.version == _VERSION and _is_sound(intent) else None


def _is_sound(intent: Intent) -> bool:
    """Tell whether every name is one that a plan of ours can hold."""
    names = (name for file in intent.files for name in (file.fresh, file.kept) if name)
    try:
        for path in (*(file.path for file in intent.files), *intent.made):
            parts_of(path)
    except StorageFailed:
        return False
    return intent.folder.startswith("/") and all(map(is_temporary_name, names))


def _with_names(intent: Intent, *, to_text: bool) -> Intent:
    """Turn names of any bytes into text that JSON can hold, or back: a byte that is no UTF-8 is the character of its number."""

    def turned(name: str) -> str:
        return (
            name.encode("utf-8", "surrogateescape").decode("latin-1")
            if to_text
            else name.encode("latin-1").decode("utf-8", "surrogateescape")
        )

    return Intent(
        version=intent.version,
        folder=turned(intent.folder),
        title=turned(intent.title),
        files=tuple(
            IntentFile(path=RelPath(turned(file.path)), before=file.before, after=file.after, fresh=file.fresh, kept=file.kept)
            for file in intent.files
        ),
        made=tuple(RelPath(turned(path)) for path in intent.made),
    )
