"""Reads unified diffs and applies them to bytes, forwards or backwards; a hunk that does not stand exactly where it says fits nowhere.

Source: GNU diffutils, "Detailed Description of Unified Format"; git-diff(1), "Generating patch text with -p".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_NO_FILE = "/dev/null"
_ESCAPE = re.compile(r'\\(?:([0-7]{3})|([abtnvfr"\\]))')
_LETTERS = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


class Hunk(Struct, frozen=True):
    """Lines that change at one place, with their line ends; `old_at` and `new_at` count lines from 0."""

    old_at: int
    new_at: int
    old: tuple[bytes, ...]
    new: tuple[bytes, ...]


class FilePatch(Struct, frozen=True):
    """What a diff does to one file; a path is empty where there is no file. `is_binary`: the diff does not hold what changes."""

    old_path: str
    new_path: str
    hunks: tuple[Hunk, ...] = ()
    is_binary: bool = False

    def applied(self, raw: bytes | None) -> bytes | None:
        """Give the bytes after it; `None` where it does not fit."""
        return _fitted(raw or b"", [(hunk.old_at, hunk.old, hunk.new) for hunk in self.hunks])

    def reverted(self, raw: bytes | None) -> bytes | None:
        """Give the bytes before it; `None` where it does not fit."""
        return _fitted(raw or b"", [(hunk.new_at, hunk.new, hunk.old) for hunk in self.hunks])


def is_diff(raw: bytes) -> bool:
    r"""Tell whether bytes are a unified diff.

    >>> is_diff(b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"), is_diff(b"{}")
    (True, False)
    """
    return any(line.startswith((b"diff --git ", b"--- ")) for line in raw[:200_000].splitlines()) and (
        b"\n@@ -" in raw or b"diff --git " in raw[:200_000]
    )


def patches_in(raw: bytes) -> tuple[FilePatch, ...]:
    r"""Read the files of a diff.

    >>> patch = patches_in(b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n")[0]
    >>> patch.new_path, patch.applied(b"a\nb\n"), patch.reverted(b"a\nc\n"), patch.applied(b"q\n")
    ('x', b'a\nc\n', b'a\nb\n', None)
    """
    return tuple(_patches(raw.split(b"\n")))


class _Open(Struct):
    """A file of the diff whose hunks are being read."""

    old: str = ""
    new: str = ""
    hunks: list[Hunk] = []
    is_binary: bool = False
    has_names: bool = False

    def closed(self) -> FilePatch:
        """Give what was read."""
        return FilePatch(self.old, self.new, tuple(self.hunks), self.is_binary)


def _patches(lines: list[bytes]) -> Iterator[FilePatch]:
    current: _Open | None = None
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix(b"\r")
        if line.startswith(b"diff --git "):
            if current is not None:
                yield current.closed()
            current = _Open(hunks=[])
            current.old, current.new = _git_names(line)
        elif line.startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ "):
            if current is None or current.has_names:
                if current is not None:
                    yield current.closed()
                current = _Open(hunks=[])
            current.old, current.new, current.has_names = _path(line[4:]), _path(lines[at + 1].removesuffix(b"\r")[4:]), True
            at += 1
        elif current is not None and (found := _HUNK.match(line)):
            hunk, at = _hunk(lines, at, found)
            current.hunks.append(hunk)
            continue
        elif current is not None:
            _note(current, line)
        at += 1
    if current is not None:
        yield current.closed()


def _note(current: _Open, line: bytes) -> None:
    """Take a line of git's extended header."""
    if line.startswith((b"Binary files ", b"GIT binary patch")):
        current.is_binary = True
    elif line.startswith(b"new file mode"):
        current.old = ""
    elif line.startswith(b"deleted file mode"):
        current.new = ""
    elif line.startswith(b"rename from "):
        current.old = _unquoted(line[12:])
    elif line.startswith(b"rename to "):
        current.new = _unquoted(line[10:])


def _hunk(lines: list[bytes], at: int, found: re.Match[bytes]) -> tuple[Hunk, int]:
    """Read one hunk; its counts say where it ends."""
    left_old, left_new = (int(count) if count is not None else 1 for count in (found[2], found[4]))
    old_at = int(found[1]) - (1 if left_old else 0)
    new_at = int(found[3]) - (1 if left_new else 0)
    old: list[bytes] = []
    new: list[bytes] = []
    at += 1
    while at < len(lines) and (left_old > 0 or left_new > 0):
        line = lines[at]
        sign, text = (line[:1] or b" "), line[1:] + b"\n"
        if sign == b"\\":
            _cut_end(old, new, lines[at - 1][:1])
        elif sign in b" -+":
            if sign != b"+":
                old.append(text)
                left_old -= 1
            if sign != b"-":
                new.append(text)
                left_new -= 1
        else:
            break
        at += 1
    if at < len(lines) and lines[at].startswith(b"\\"):
        _cut_end(old, new, lines[at - 1][:1])
        at += 1
    return Hunk(old_at, new_at, tuple(old), tuple(new)), at


def _cut_end(old: list[bytes], new: list[bytes], sign: bytes) -> None:
    r"""Take the line end off the last line, where the diff says `\ No newline at end of file`."""
    for side, other in ((old, b"+"), (new, b"-")):
        if sign != other and side:
            side[-1] = side[-1].removesuffix(b"\n")


def _fitted(raw: bytes, steps: list[tuple[int, tuple[bytes, ...], tuple[bytes, ...]]]) -> bytes | None:
    lines = raw.splitlines(keepends=True) if b"\r" not in raw else [line + b"\n" for line in raw.split(b"\n")]
    if b"\r" in raw:
        lines[-1] = lines[-1].removesuffix(b"\n")
        lines = [line for line in lines if line]
    made: list[bytes] = []
    done = 0
    for at, wanted, given in steps:
        if at < done or tuple(lines[at : at + len(wanted)]) != wanted:
            return None
        made += lines[done:at]
        made += given
        done = at + len(wanted)
    return b"".join([*made, *lines[done:]])


def _path(written: bytes) -> str:
    """Read the path of a `---` or `+++` line: without time stamp, quotes and git's prefix."""
    name = _unquoted(written.split(b"\t", 1)[0])
    if name == _NO_FILE:
        return ""
    return name[2:] if name.startswith(("a/", "b/", "i/", "w/", "c/", "o/")) else name


def _git_names(line: bytes) -> tuple[str, str]:
    """Read the names of a `diff --git` line, which are alike there unless the file was renamed."""
    names = line[len(b"diff --git ") :]
    half = len(names) // 2
    if names[:1] != b'"' and names[half : half + 1] == b" ":
        return _path(names[:half]), _path(names[half + 1 :])
    return "", ""


def _unquoted(written: bytes) -> str:
    text = written.decode("utf-8", "surrogateescape")
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    raw = _ESCAPE.sub(lambda found: chr(int(found[1], 8) if found[1] else _LETTERS[found[2]]), text[1:-1])
    try:
        return raw.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return raw
