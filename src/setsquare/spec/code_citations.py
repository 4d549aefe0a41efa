"""Finds where exactly code writes the ids that its links come from, so that they can be rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from setsquare.spec.code_notes import is_title, may_hold_notes
from setsquare.spec.identity import Identity
from setsquare.spec.link import Citation, LinkKind, Resolution, TraceLink
from setsquare.spec.lock_file import spelled
from setsquare.spec.resolving import CriterionIndex, indexed, resolve
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.references import read_value
from setsquare.workspace.spec import Reference, ReferenceKind, Spec

_TOKEN: Final = re.compile(
    r"(?:[^\W\d][\w.-]*/)?(?<![\w.])(?:[A-Z]{1,8}[-_])*\d+(?:\.\d+)*[a-z]?(?:#\d+)?(?![\w])"
    r"(?:(?:\s?[-–—~]\s?|\s+to\s+|\.{2,3})(?:[A-Z]{1,8}[-_])*\d+(?:\.\d+)*(?![\w]))?"
)
_TITLED: Final = re.compile(r"(?<![\w./-])[\w./-]+/(?P<title>[^\W_]+(?:-[^\W_]+)*)(?![\w./-])")
_REACH: Final = 6
_LIMIT_LINE: Final = 600


def code_citations(texts: Mapping[RelPath, str], links: Iterable[TraceLink], identity: Identity) -> tuple[Citation, ...]:
    """Give the written references behind links from code; what a pin remembers and no link has any more is given as dangling.

    `texts` are the files that hold the links or that pins name.

    >>> code_citations({}, (), Identity())
    ()
    """
    specs = {item.spec.name: item.spec for item in reversed(identity.specs) if item.spec.requirements}
    groups: dict[tuple[RelPath, int, LinkKind, str], set[str]] = {}
    for link in links:
        if link.kind in (LinkKind.IMPL, LinkKind.VERIFIES):
            groups.setdefault((link.path, link.line, link.kind, link.target_spec), set()).add(link.target)
    rows = {path: _Rows(text) for path, text in texts.items()}
    indices: dict[str, CriterionIndex | None] = {}
    found: dict[Citation, None] = {}
    for (path, line, kind, name), targets in groups.items():
        if path not in rows or name not in specs:
            continue
        if name not in indices:
            indices[name] = indexed(specs[name])
        index = indices[name]
        if index is not None:
            found |= dict.fromkeys(_found(rows[path], path, line, kind, (specs[name], index), targets))
    written = {(citation.reference.path, citation.kind, spelled(citation.reference.written)) for citation in found}
    for path, kind, name, text in _pinned(identity):
        if path in rows and (path, kind, text) not in written:
            found |= dict.fromkeys(_lost(rows[path], path, kind, name, text))
    return tuple(found)


def pinned_paths(identity: Identity) -> frozenset[RelPath]:
    """List the files that pins name as sources.

    >>> pinned_paths(Identity())
    frozenset()
    """
    return frozenset(path for path, _, _, _ in _pinned(identity))


class _Rows:
    """A file's lines with their byte offsets."""

    def __init__(self, text: str) -> None:
        """Split a text."""
        self._lines = text.split("\n")
        self._starts: list[int] = []
        at = 0
        for line in self._lines:
            self._starts.append(at)
            at += len(encode(line)) + 1

    def near(self, number: int) -> Iterator[tuple[int, int, str]]:
        """List a line and those just below it: number, offset, text."""
        for at in range(number - 1, min(number - 1 + _REACH, len(self._lines))):
            yield at + 1, self._starts[at], self._lines[at][:_LIMIT_LINE]

    def holding(self, text: str) -> Iterator[tuple[int, int, str]]:
        """List the lines that may hold a note and hold a text."""
        for at, line in enumerate(self._lines):
            if text in line and len(line) <= _LIMIT_LINE and may_hold_notes(encode(line)):
                yield at + 1, self._starts[at], line


def _found(
    rows: _Rows, path: RelPath, line: int, kind: LinkKind, target: tuple[Spec, CriterionIndex], targets: set[str]
) -> Iterator[Citation]:
    """Find the references of one note: those that lead to its targets and nowhere else."""
    spec, index = target
    open_ = set(targets)
    for number, start, text in rows.near(line):
        for reference in _references(text, path, number, start):
            answer = resolve(index, reference)
            ids = [index.criteria[at].id for at in answer.positions]
            if ids and set(ids) <= targets:
                open_ -= set(ids)
                yield _citation(kind, spec.name, path, reference, tuple(ids), is_ambiguous=answer.is_ambiguous)
        if not open_:
            return


def _references(text: str, path: RelPath, line: int, start: int) -> Iterator[Reference]:
    """Read everything in a line that looks like an id or a range."""
    for token in _TOKEN.finditer(text):
        for reference in read_value(token[0], path, line, start + len(encode(text[: token.start()]))):
            if reference.kind is not ReferenceKind.PROSE:
                yield reference
    for word in _TITLED.finditer(text) if "/" in text else ():
        if is_title(word[0]):
            at = start + len(encode(text[: word.start("title")]))
            title = word["title"]
            yield Reference(
                kind=ReferenceKind.ITEM, written=title, path=path, line=line, span=Span(at, at + len(encode(title))), first=title
            )


def _lost(rows: _Rows, path: RelPath, kind: LinkKind, spec: str, written: str) -> Iterator[Citation]:
    """Find where a pinned reference stands that leads nowhere now."""
    for number, start, text in rows.holding(written):
        for reference in _references(text, path, number, start):
            if spelled(reference.written) == written:
                yield _citation(kind, spec, path, reference, (), is_ambiguous=False)


def _citation(kind: LinkKind, spec: str, path: RelPath, reference: Reference, ids: tuple[str, ...], *, is_ambiguous: bool) -> Citation:
    return Citation(
        kind=kind,
        spec=spec,
        source=path,
        reference=reference,
        resolution=Resolution.RESOLVED if ids else Resolution.DANGLING,
        targets=tuple((spec, name) for name in ids),
        is_ambiguous=is_ambiguous,
    )


def _pinned(identity: Identity) -> Iterator[tuple[RelPath, LinkKind, str, str]]:
    """List the pins from code: file, kind, spec, reference."""
    for item in identity.specs:
        for criterion in item.lock.criteria if item.lock and item.is_usable else ():
            for pin in criterion.pins:
                if pin.kind in (LinkKind.IMPL, LinkKind.VERIFIES):
                    yield RelPath(pin.source), pin.kind, pin.spec or item.spec.name, pin.written
