"""Marks a generated file with who made it, in which version, and what it said, so that the edits of people are seen.

The digest names the file's text without the stamp's own values and with line feeds alone, so that neither a new version with the same text nor
a checkout with other line ends passes for an edit.
"""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

from setsquare.integrations.tool import Format
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.plan import digest

_MARK: Final = "generated-by: setsquare"
_IN_METADATA: Final = LazyPattern(
    r'(?m)^(  generated-by: setsquare\n  version: ")(?P<version>[^"\n]{0,64})("\n  digest: ")(?P<digest>sha256:[0-9a-f]{64})?("\n)'
)
_IN_COMMENT: Final = LazyPattern(
    r"(?m)^((?:<!--|#) generated-by: setsquare; version: )(?P<version>[^;\n]{0,64})(; digest: )(?P<digest>sha256:[0-9a-f]{64})?((?: -->)?\n)"
)
_NUMBERS: Final = LazyPattern(r"\d+")


class Stamp(Struct, frozen=True, kw_only=True):
    """A stamp as found: the version that wrote the file, and whether the file still says what it said then."""

    version: str
    digest: str
    is_intact: bool


class FileState(enum.Enum):
    """How a file stands that Setsquare would write."""

    CURRENT = "current"
    OUTDATED = "outdated"
    NEWER = "newer"
    EDITED = "edited"
    FOREIGN = "foreign"
    MISSING = "missing"
    OBSOLETE = "obsolete"


def plain(raw: bytes) -> str:
    r"""Read a file's text without a byte order mark and with line feeds alone.

    >>> plain(b"\xef\xbb\xbfa\r\nb")
    'a\nb'
    """
    return raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def empty_stamp(form: Format) -> str:
    r"""Write the lines of a stamp without its values, as a format permits them.

    >>> empty_stamp(Format.TOML)
    '# generated-by: setsquare; version: ; digest: \n'
    """
    if form is Format.SKILL:
        return f'  {_MARK}\n  version: ""\n  digest: ""\n'
    if form is Format.TOML:
        return f"# {_MARK}; version: ; digest: \n"
    return f"<!-- {_MARK}; version: ; digest:  -->\n"


def stamped(text: str, form: Format, version: str) -> str:
    r"""Fill the empty stamp that a text holds.

    >>> found = read_stamp(stamped("# generated-by: setsquare; version: ; digest: \na = 1\n", Format.TOML, "1.2.3"), Format.TOML)
    >>> (found.version, found.is_intact) if found else None
    ('1.2.3', True)
    """
    named = digest(text.encode("utf-8", "surrogateescape"))
    return _pattern(form).sub(lambda found: f"{found[1]}{version}{found[3]}{named}{found[5]}", text, count=1)


def read_stamp(text: str, form: Format) -> Stamp | None:
    """Find the stamp of a text; `None` where there is none. More than one, or a damaged one, is not intact."""
    found = list(_pattern(form).finditer(_head(text) if form is Format.SKILL else text))
    if not found:
        # What still carries the mark was ours, and somebody changed the lines around it.
        return Stamp(version="", digest="", is_intact=False) if _has_mark(text, form) else None
    first = found[0]
    bare = _pattern(form).sub(lambda match: f"{match[1]}{match[3]}{match[5]}", text, count=1)
    named = digest(bare.encode("utf-8", "surrogateescape"))
    return Stamp(version=first["version"], digest=first["digest"] or "", is_intact=len(found) == 1 and named == first["digest"])


def state_of(wanted: str, raw: bytes | None, form: Format, version: str) -> tuple[FileState, Stamp | None]:
    """Say how a file stands against the text that this version writes; `raw` is `None` where nothing stands."""
    if raw is None:
        return FileState.MISSING, None
    stamp = read_stamp(plain(raw), form)
    if stamp is None:
        return FileState.FOREIGN, None
    if not stamp.is_intact:
        return FileState.EDITED, stamp
    ours = read_stamp(wanted, form)
    if ours is not None and stamp.digest == ours.digest:
        return FileState.CURRENT, stamp
    return (FileState.NEWER if is_newer(stamp.version, version) else FileState.OUTDATED), stamp


def is_newer(version: str, other: str) -> bool:
    """Tell whether a version comes after another one; what holds no numbers comes after none.

    >>> is_newer("0.10.0", "0.9.1"), is_newer("0.1.0", "0.1.0"), is_newer("x", "0.1.0")
    (True, False, False)
    """
    return _numbers(version) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in _NUMBERS.findall(version)[:4])


def _pattern(form: Format) -> LazyPattern:
    return _IN_METADATA if form is Format.SKILL else _IN_COMMENT


def _has_mark(text: str, form: Format) -> bool:
    """Tell whether a text carries the mark where its format has it: in the front matter of a skill, at the start of a comment elsewhere."""
    if form is Format.SKILL:
        return any(line.strip() == _MARK for line in _head(text).split("\n"))
    return any(line.startswith((f"<!-- {_MARK};", f"# {_MARK};")) for line in text.split("\n"))


def _head(text: str) -> str:
    """Give the front matter with its first line and without its last; nothing where there is none. What is not closed counts to the end."""
    return text.partition("\n---")[0] + "\n" if text.startswith("---\n") else ""
