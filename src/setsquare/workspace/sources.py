"""Reads which other checkouts a workspace declares as sources, and names what lies in them.

A source is mounted: its files have paths below a folder that is its id with a colon (`pay:/src/a.py`), which people see as `pay:src/a.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from setsquare.text.document import Document
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.text.toml_table import toml_table
from setsquare.workspace.artefact import Malformed

SOURCES_PATH: Final = RelPath(".setsquare/sources.toml")
"""Where a team declares sources, from the workspace's folder."""
VERSION: Final = 1
LIMIT_SOURCES: Final = 500
"""The most sources that are read of one file; each costs a walk over a folder."""

_LIMIT_BYTES: Final = 1 << 20
_ID: Final = LazyPattern(r"[a-z][a-z0-9-]{1,39}")
_MOUNTED: Final = LazyPattern(r"([a-z][a-z0-9-]{1,39}):(?:/(.*))?", re.DOTALL)
_DRIVE: Final = LazyPattern(r"[A-Za-z]:")
_USER: Final = LazyPattern(r"(?<=://)[^/@\s]*@")
_KEYS: Final = frozenset({"id", "path", "remote", "specs"})


class DeclaredSource(Struct, frozen=True, kw_only=True):
    """Another checkout: `path` from the workspace's folder, `remote` for readers only (never fetched), `specs` globs of names (empty: all)."""

    id: str
    path: str
    remote: str = ""
    specs: tuple[str, ...] = ()


class Declarations(Struct, frozen=True, kw_only=True):
    """What a workspace says of itself and of its sources; `name` is what other repositories call it, empty where that is not said."""

    name: str = ""
    sources: tuple[DeclaredSource, ...] = ()
    problems: tuple[Malformed, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """Name all sources."""
        return frozenset(source.id for source in self.sources)


NO_DECLARATIONS = Declarations()


def is_source_id(written: str) -> bool:
    """Tell whether a word can name a source: 2 to 40 small letters, digits and hyphens, a letter first.

    >>> is_source_id("pay"), is_source_id("Pay"), is_source_id("../x")
    (True, False, False)
    """
    return _ID.fullmatch(written) is not None


def mounted(source: str, path: str) -> RelPath:
    """Write a path of a source as a path of the combined workspace.

    >>> mounted("pay", "src/a.py"), mounted("", "src/a.py")
    ('pay:/src/a.py', 'src/a.py')
    """
    return RelPath(f"{source}:/{path}" if source else path)


def mount_of(path: str) -> str:
    """Name the source that a path of the combined workspace lies in; empty for the workspace's own.

    >>> mount_of("pay:/src/a.py"), mount_of("src/a.py"), mount_of("pay:src/a.py")
    ('pay', '', '')
    """
    found = _MOUNTED.fullmatch(path) if ":" in path else None
    return found[1] if found else ""


def unmounted(path: str) -> str:
    """Write a path of the combined workspace as people see it.

    >>> unmounted("pay:/src/a.py"), unmounted("src/a.py")
    ('pay:src/a.py', 'src/a.py')
    """
    found = _MOUNTED.fullmatch(path) if ":" in path else None
    return f"{found[1]}:{found[2] or ''}" if found else path


def without_user(remote: str) -> str:
    """Leave a user's name and password out of an address.

    >>> without_user("https://me:secret@host/x.git")
    'https://host/x.git'
    """
    return _USER.sub("", remote)


# req: openspec-interop/7.2
def read_declarations(document: Document) -> Declarations:
    r"""Read a file of declared sources; what is wrong in it is a problem, and the rest holds.

    >>> from setsquare.text.plain import scan
    >>> raw = b'[[source]]\nid = "pay"\npath = "../payments"\n[[source]]\nid = "x"\npath = "/etc"\n'
    >>> read = read_declarations(scan(SOURCES_PATH, raw))
    >>> [source.path for source in read.sources], len(read.problems)
    (['../payments'], 1)
    """
    raw = document.render()
    values = _parsed(raw)
    if isinstance(values, str):
        return Declarations(problems=(Malformed(document.path, Span(0, 0), values),))
    reader = _Reader(document.path, raw)
    return reader.read(values)


def _parsed(raw: bytes) -> Mapping[str, Any] | str:
    """Parse the file, or say why it cannot be."""
    if len(raw) > _LIMIT_BYTES:
        return f"the file is longer than {_LIMIT_BYTES >> 20} MiB; no source of it is used"
    try:
        return toml_table(raw.decode("utf-8"))
    except ValueError as error:
        return f"this is not TOML, so no source of it is used: {error}"


class _Reader:
    """One file while it is read."""

    def __init__(self, path: RelPath, raw: bytes) -> None:
        """Take the file."""
        self._path, self._raw = path, raw
        self._problems: list[Malformed] = []

    def read(self, values: Mapping[str, Any]) -> Declarations:
        """Read all keys."""
        if values.get("version", VERSION) != VERSION:
            self._report("version", f"version {values['version']!r} is not known; {VERSION} is")
            return Declarations(problems=tuple(self._problems))
        for key in values.keys() - {"version", "name", "source"}:
            self._report(key, f"`{key}` means nothing here; known are version, name and [[source]]", is_warning=True)
        name = values.get("name", "")
        if name and not (isinstance(name, str) and is_source_id(name)):
            self._report("name", f"{name!r} is no name: 2 to 40 small letters, digits and hyphens, a letter first")
            name = ""
        listed = values.get("source", [])
        if not isinstance(listed, list):
            self._report("source", "sources are written as [[source]]")
            listed = []
        sources = tuple(self._sources(listed, name))
        return Declarations(name=name, sources=sources, problems=tuple(self._problems))

    def _sources(self, listed: Iterable[Any], name: str) -> Iterator[DeclaredSource]:
        """Read each declaration; of two with one id the first counts."""
        seen: set[str] = set()
        for index, values in enumerate(listed):
            if index == LIMIT_SOURCES:
                self._report("source", f"only the first {LIMIT_SOURCES} sources are used")
                return
            source = self._source(values)
            if source is None:
                continue
            if source.id in seen or source.id == name:
                self._report(source.id, f"`{source.id}` names {'this workspace' if source.id == name else 'a source above'} already")
                continue
            seen.add(source.id)
            yield source

    def _source(self, values: Any) -> DeclaredSource | None:
        """Read one declaration; `None` where it cannot be used."""
        if not isinstance(values, dict):
            self._report("source", "a source has an `id` and a `path`")
            return None
        name, path, remote, specs = values.get("id"), values.get("path"), values.get("remote", ""), values.get("specs", [])
        if not (isinstance(name, str) and is_source_id(name)):
            self._report(str(name), f"{name!r} is no id: 2 to 40 small letters, digits and hyphens, a letter first")
            return None
        if not isinstance(path, str) or (reason := path_problem(path)):
            self._report(str(name), f"the path of `{name}` {reason if isinstance(path, str) else 'is missing'}")
            return None
        if not isinstance(remote, str) or not isinstance(specs, list) or not all(isinstance(glob, str) and glob for glob in specs):
            self._report(str(name), f"of `{name}`, `remote` is a text and `specs` a list of globs")
            return None
        for key in values.keys() - _KEYS:
            self._report(key, f"`{key}` means nothing in a source; known are {', '.join(sorted(_KEYS))}", is_warning=True)
        return DeclaredSource(id=name, path=path, remote=remote, specs=tuple(specs))

    def _report(self, word: str, reason: str, *, is_warning: bool = False) -> None:
        """Note a problem at the first place where a word stands."""
        sought = word.encode("utf-8", "replace")
        start = max(0, self._raw.find(sought))
        end = start + len(sought) if self._raw.startswith(sought, start) else start
        self._problems.append(Malformed(self._path, Span(start, end), reason, is_warning))


def path_problem(path: str) -> str:
    """Say why a repository's file may not name a place like this; empty when it may.

    >>> path_problem("../pay"), path_problem("~/pay")
    ('', 'begins with `~`, which is not expanded here; write it from the workspace, or give it with --source')
    """
    if not path.strip():
        return "is empty"
    if path.startswith("~"):
        return "begins with `~`, which is not expanded here; write it from the workspace, or give it with --source"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute; write it from the workspace, or give it with --source"
    if "\\" in path or not path.isprintable():
        return "holds a backslash or a sign that cannot be shown"
    return "is longer than 1000 characters" if len(path) > 1000 else ""
