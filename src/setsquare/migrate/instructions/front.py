"""Reads the keys between `---` lines at the top of a rule file as leniently as the tools that wrote it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.migrate.guidance import LeftOut, Problem
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.steering import split_globs

_KEY = LazyPattern(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*))?\Z")
_ITEM = LazyPattern(r"[ \t]*-[ \t]+(.+)\Z")
_LISTED = LazyPattern(r"""("[^"]*"|'[^']*'|[^\s,"'][^,"']*)""")
_BEHIND = LazyPattern(r"\][ \t]+#.*\Z")
_LIMIT_LINES = 200
"""Lines among which the closing `---` must stand."""


class Front(Struct, frozen=True, kw_only=True):
    """The keys with their values as written, the text after them, that text's first line from 1, and the lines of the keys.

    `notes` say which values could be read only in part.
    """

    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    body: str = ""
    line: int = 1
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()

    def texts(self, key: str) -> tuple[str, ...]:
        """List a key's values; none when it is absent or empty."""
        return next((values for name, values in self.fields if name == key), ())

    def text(self, key: str) -> str:
        """Give a key's first value, or the empty string."""
        return next(iter(self.texts(key)), "")

    def globs(self, key: str) -> tuple[str, ...]:
        """List a key's globs; one value may hold several."""
        return tuple(glob for written in self.texts(key) for glob in split_globs(written))


def read_front(path: RelPath, text: str) -> Front | Problem:
    r"""Read the keys of a file; values that strict YAML refuses, such as an unquoted `*.ts`, are taken as written.

    >>> found = read_front(RelPath("a.mdc"), "---\nglobs: *.ts, src/**\nalwaysApply: false\n---\nBe strict.\n")
    >>> found.globs("globs"), found.body, found.line
    (('*.ts', 'src/**'), 'Be strict.\n', 5)
    >>> read_front(RelPath("a.mdc"), "---\nglobs: *.ts\n").reason
    'its front matter has no end: a line `---` is missing'
    """
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].rstrip() != "---":
        return Front(body=text)
    end = next((at for at, line in enumerate(lines[1 : _LIMIT_LINES + 1], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return Problem(path=path, line=1, reason="its front matter has no end: a line `---` is missing")
    fields: list[tuple[str, tuple[str, ...]]] = []
    lists: dict[str, str] = {}
    for at, line in enumerate(lines[1:end], 2):
        written = line.rstrip()
        if not written.strip() or written.lstrip().startswith("#"):
            continue
        if key := _KEY.match(written):
            fields.append((key[1], _values(key[2] or "")))
            if (key[2] or "").lstrip().startswith("["):
                lists[key[1]] = _uncommented(key[2])
        elif fields and _is_open(lists.get(fields[-1][0], "")) and (written[:1] in " \t" or written.strip() == "]"):
            name = fields[-1][0]
            lists[name] = _uncommented(f"{lists[name]} {written.strip()}")
            fields[-1] = (name, _values(lists[name]))
        elif fields and (item := _ITEM.match(written)):
            fields[-1] = (fields[-1][0], (*fields[-1][1], _plain(item[1])))
        elif fields and written[:1] in " \t":
            name, values = fields[-1]
            fields[-1] = (name, (*values[:-1], f"{values[-1]} {written.strip()}".strip()) if values else (written.strip(),))
        else:
            return Problem(path=path, line=at, reason=f"its front matter cannot be read: {written.strip()[:60]!r} is no `key: value`")
    kept = "".join(lines[: end + 1])
    left = (LeftOut(path=path, line=1, text=kept, why="it became the front matter of the steering file"),)
    return Front(fields=tuple(fields), body="".join(lines[end + 1 :]), line=end + 2, left_out=left, notes=_unended(lists))


def _is_open(written: str) -> bool:
    """Tell whether a list in brackets goes on in the next line; a glob such as `[ab]*.ts` is no list."""
    return written.startswith("[") and "]" not in written


def _uncommented(written: str) -> str:
    """Take away a comment behind the end of a list."""
    return _BEHIND.sub("]", written.strip())


def _unended(lists: Mapping[str, str]) -> tuple[str, ...]:
    """Name the lists that never end: what stands in them was read as far as it goes."""
    return tuple(
        f"`{name}: {written[:40]}` is a list without an end: look at what the rule applies to"
        for name, written in lists.items()
        if _is_open(written)
    )


def _values(written: str) -> tuple[str, ...]:
    """Read a value in line: one text, or a list in brackets."""
    written = written.strip()
    if written in ("", "|", ">", "|-", ">-", "[]", "null", "~"):
        return ()
    listed = _uncommented(written)
    if listed.startswith("[") and (listed.endswith("]") or _is_open(listed)):
        inner = listed.removeprefix("[").removesuffix("]")
        parts = _LISTED.split(inner)[1::2] if '"' in inner or "'" in inner else split_globs(inner)
        return tuple(plain for part in parts if (plain := _plain(part)))
    return (_plain(written),)


def _plain(written: str) -> str:
    """Take the quotes and a comment behind away."""
    written = written.strip()
    if len(written) > 1 and written[0] in "\"'" and written.find(written[0], 1) > 0:
        return written[1 : written.find(written[0], 1)]
    return written.split(" #", maxsplit=1)[0].strip()
