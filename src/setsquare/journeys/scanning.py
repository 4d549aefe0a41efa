"""Reads the workspace's source files for what they say of criteria, and digests them so that results can be bound to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.app import App, Reading
from setsquare.ports.files import Files
from setsquare.spec.code_citations import code_citations, pinned_paths
from setsquare.spec.code_notes import CodeNote, code_notes, may_hold_notes
from setsquare.spec.identity import Identity
from setsquare.spec.link import Citation, TraceLink
from setsquare.text.document import decode
from setsquare.text.paths import RelPath

_LIMIT_FILES = 60_000
_LIMIT_BYTES = 2_000_000
_LEFT_OUT = re.compile(
    r"(?:\A|/)(?:\.kiro|\.setsquare|openspec|\.specify|\.git|\.hg|\.svn|node_modules|vendor|third_party|bower_components|site-packages"
    r"|\.venv|venv|\.tox|\.nox|__pycache__|\.mypy_cache|\.ruff_cache|\.pytest_cache|\.hypothesis|\.next|\.gradle)/"
    r"|\.(?:png|jpe?g|gif|bmp|webp|pdf|zip|gz|bz2|xz|7z|tar|tgz|woff2?|ttf|otf|eot|ico|icns|so|dll|dylib|exe|o|a|class|jar|war|pyc|wasm|mp[34]"
    r"|mov|avi|wav|ogg|lock|svg|html?|md|mdx|markdown|rst|json|jsonl|jsonc|ndjson|csv|tsv|xml|snap|map|parquet|sqlite3?|db|bin|dat|po|mo|ipynb|log)\Z|(?<!CMakeLists)\.txt\Z"
    r"|\.min\.\w+\Z|(?:\A|/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum)\Z",
    re.IGNORECASE,
)


class Scan(Struct, frozen=True, kw_only=True):
    """What a scan found: the notes in path order; `digests` of every source file when they were asked for; how many files were read."""

    notes: tuple[CodeNote, ...]
    digests: dict[RelPath, str]
    files: int

    @property
    def whole(self) -> str:
        """Digest all sources with their names."""
        joined = hashlib.sha256()
        for path, name in self.digests.items():
            joined.update(path.encode("utf-8", "surrogateescape") + b"\0" + name.encode() + b"\n")
        return joined.hexdigest()


# req: check/2.4
def scanned(app: App | Reading, *, is_digested: bool = False) -> Scan:
    """Read every source file once; spec trees, documents, data, dependencies and binary or very large files are left out."""
    return scan_of(app.files, is_digested=is_digested)


def scan_of(files: Files, *, is_digested: bool = False) -> Scan:
    """Read every source file of a folder once."""
    notes: list[CodeNote] = []
    digests: dict[RelPath, str] = {}
    count = 0
    for path, raw in _sources(files):
        count += 1
        if is_digested:
            digests[path] = hashlib.sha256(raw).hexdigest()
        if may_hold_notes(raw):
            notes += code_notes(path, decode(raw))
    return Scan(notes=tuple(notes), digests=digests, files=count)


def written_in_code(app: App | Reading, links: Iterable[TraceLink], identity: Identity) -> tuple[Citation, ...]:
    """Find the written references behind links from code, and those that pins remember and code no longer has."""
    texts: dict[RelPath, str] = {}
    held = tuple(links)
    for path in {link.path for link in held} | pinned_paths(identity):
        try:
            raw = app.files.read(path)
        except StorageFailed:
            continue
        if raw is not None:
            texts[path] = decode(raw)
    return code_citations(texts, held, identity)


def is_source(path: str) -> bool:
    """Tell by its name whether a file is source code of the project.

    >>> is_source("src/login.py"), is_source("node_modules/x/index.js"), is_source(".kiro/specs/login/tasks.md")
    (True, False, False)
    """
    return _LEFT_OUT.search(path) is None


def _sources(files: Files) -> Iterator[tuple[RelPath, bytes]]:
    """Read the source files in path order; one that cannot be read is left out."""
    for path in files.listing(RelPath(""), _LIMIT_FILES):
        if not is_source(path):
            continue
        try:
            raw = files.read(path)
        except StorageFailed:
            continue
        if raw is not None and len(raw) <= _LIMIT_BYTES and b"\0" not in raw[:1000]:
            yield path, raw
