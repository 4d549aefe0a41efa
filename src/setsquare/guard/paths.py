"""Reads a path as a model writes it: one relative POSIX path, or the reason why it names no file of the workspace."""

from __future__ import annotations

import re
import unicodedata

from msgspec import Struct

from setsquare.text.paths import RelPath

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_FOLDED_ALREADY = re.compile(r"(?:[a-z0-9_-]|\.(?=[a-z0-9_-]))++(?:/(?:[a-z0-9_-]|\.(?=[a-z0-9_-]))++)*+")
_SHORT_NAMES = (("git~", ".git"), ("kiro~", ".kiro"), ("setsqu~", ".setsquare"))


class BadPath(Struct, frozen=True):
    """A path that is not accepted; `rule` names the check, `reason` is one sentence."""

    rule: str
    reason: str


def normalised(path: str, root: str = "") -> RelPath | BadPath:
    r"""Read a path; `root` is the workspace's absolute folder, without it every absolute path lies outside.

    The answer has no `.`, `..` or empty part; the workspace's own folder is the empty path. Whoever acts on the path must use the answer, not
    the text that was asked for.

    >>> normalised("./src//a/../b.py"), normalised("/w/src/b.py", root="/w")
    ('src/b.py', 'src/b.py')
    >>> normalised("src/../../x").rule, normalised("~/.ssh/id_rsa").rule, normalised("a\\b").rule, normalised("a\x00").rule
    ('outside-workspace', 'outside-workspace', 'ambiguous-path', 'ambiguous-path')
    """
    if _CONTROL.search(path) or _IGNORABLE.search(path):
        return BadPath("ambiguous-path", "the path holds control or invisible characters")
    if path.startswith("~"):
        return BadPath("outside-workspace", f"`{path}` is in a home folder, outside the workspace")
    if "\\" in path:
        return BadPath("ambiguous-path", f"`{path}` holds a backslash; write paths with `/`")
    if path.startswith("/"):
        base = root.rstrip("/")
        if not base or not (path == base or path.startswith(base + "/")):
            return BadPath("outside-workspace", f"`{path}` is outside the workspace")
        path = path[len(base) :]
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return BadPath("outside-workspace", f"`{path}` leads out of the workspace")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if parts and parts[0].startswith("~"):
        return BadPath("ambiguous-path", "the path starts with `~`, which some programs take for a home folder")
    return RelPath("/".join(parts))


def folded(path: str) -> str:
    r"""Give the one form of a path that some file system takes for the same file: case, Unicode form, trailing dots and blanks, streams, `\`.

    Source: safety.md, AT09.

    >>> folded(".KIRO\\Settings.json. "), folded(".g\u200cit/config"), folded("GIT~1/hooks"), folded(".git::$INDEX_ALLOCATION/x")
    ('.kiro/settings.json', '.git/config', '.git/hooks', '.git/x')
    """
    if _FOLDED_ALREADY.fullmatch(path):
        return path
    plain = unicodedata.normalize("NFKC", _IGNORABLE.sub("", path)).replace("\\", "/")
    plain = unicodedata.normalize("NFKC", plain.casefold())
    return "/".join(part for part in map(_folded_part, plain.split("/")) if part)


def _folded_part(part: str) -> str:
    """Fold one part of a path."""
    if part in (".", ".."):
        return part if part == ".." else ""
    plain = part.partition(":")[0].rstrip(". ") if not part.startswith(":") else part
    for short, name in _SHORT_NAMES:
        if plain.startswith(short) and plain[len(short) :].isdigit():
            return name
    return plain
