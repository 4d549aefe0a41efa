"""Offers ids where a reference is being written, and keywords where a criterion begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lsprotocol import types
from msgspec import Struct

from setsquare.journeys.living import spec_at
from setsquare.spec.code_notes import code_notes
from setsquare.surfaces.lsp.desk import Desk
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.references import read_references
from setsquare.workspace.spec import Spec

_MOST: Final = 400
_PROBE: Final = "9999.9999"
_TYPED: Final = re.compile(r"[^\s,;，、；&()\[\]（）【】*_`\"'#:：]*\Z")
_CRITERION_START: Final = re.compile(r"\s*(?:\d+[.)]|[-*+])\s+(?:[*_]*)(?P<typed>[A-Za-z]*)\Z")
_KEYWORDS: Final = (
    ("WHEN", "WHEN ${1:trigger}, THE ${2:System} SHALL ${3:response}", "event: at the moment that something happens"),
    ("IF", "IF ${1:condition}, THEN THE ${2:System} SHALL ${3:response}", "unwanted: where something goes wrong"),
    ("WHILE", "WHILE ${1:state}, THE ${2:System} SHALL ${3:response}", "state: as long as something holds"),
    ("WHERE", "WHERE ${1:feature} is included, THE ${2:System} SHALL ${3:response}", "optional: only with a feature"),
    ("THE", "THE ${1:System} SHALL ${2:response}", "ubiquitous: always"),
)


class _Site(Struct, frozen=True, kw_only=True):
    """Where something is being typed: what stands there so far, its bytes, and whether snippets may be offered."""

    typed: str
    span: types.Range
    has_snippets: bool


def completion(desk: Desk, path: RelPath, at: types.Position, *, has_snippets: bool) -> types.CompletionList:
    """Offer what fits at a position."""
    lines = desk.lines(path)
    offset = lines.offset(at)
    before = lines.raw[lines.start(at.line) : offset].decode("utf-8", "surrogateescape")
    spec = spec_at(desk.living.workspace, path)
    if spec and spec.is_kiro and spec.requirements and spec.requirements.path == path:
        match = _CRITERION_START.match(before)
        if match is None:
            return types.CompletionList(is_incomplete=False, items=[])
        site = _Site(typed=match["typed"], span=_range(desk, path, offset, match["typed"]), has_snippets=has_snippets)
        return types.CompletionList(is_incomplete=False, items=list(_keywords(site)))
    typed = _TYPED.search(before)
    word = typed[0] if typed else ""
    if not _is_reference(path, before[: len(before) - len(word)], word, is_document=desk.is_part(path)):
        return types.CompletionList(is_incomplete=False, items=[])
    found = list(_ids(desk, spec, _Site(typed=word, span=_range(desk, path, offset, word), has_snippets=has_snippets)))
    return types.CompletionList(is_incomplete=len(found) >= _MOST, items=found)


def _range(desk: Desk, path: RelPath, offset: int, typed: str) -> types.Range:
    """Give the range of what was typed so far."""
    return desk.lines(path).exact(Span(offset - len(typed.encode("utf-8", "surrogateescape")), offset))


def _is_reference(path: RelPath, before: str, typed: str, *, is_document: bool) -> bool:
    """Tell whether an id would be read as a reference here: the reader itself is asked, so every language and form is known."""
    probe = f"{typed.rpartition('/')[0]}/{_PROBE}" if "/" in typed else _PROBE
    line = before + probe
    if is_document:
        bare = line.strip()
        found = (*read_references(bare, path, 1), *(read_references(bare[2:].strip(), path, 1) if bare[:1] in "-*+" else ()))
        return any(reference.first == probe or reference.last == _PROBE for reference in found)
    return any(_PROBE in (reference.first, reference.last) for note in code_notes(path, line) for _, reference in note.named)


def _ids(desk: Desk, own: Spec | None, site: _Site) -> Iterator[types.CompletionItem]:
    """List ids: the own spec's first, then those of other specs with the spec in front; only what begins with what was typed."""
    count = 0
    specs = sorted(
        (spec for spec in desk.living.workspace.specs if spec.requirements and not spec.is_archived), key=lambda spec: spec != own
    )
    for rank, spec in enumerate(specs):
        for name, detail, kind in _names(spec):
            label = name if spec == own else f"{spec.name}/{name}"
            if not label.casefold().startswith(site.typed.casefold()):
                continue
            if count >= _MOST:
                return
            yield types.CompletionItem(
                label=label,
                kind=kind,
                detail=detail[:200],
                filter_text=label,
                sort_text=f"{0 if spec == own else 1}{rank:05d}{count:05d}",
                text_edit=types.TextEdit(site.span, label),
            )
            count += 1


def _names(spec: Spec) -> Iterator[tuple[str, str, types.CompletionItemKind]]:
    """List a spec's ids in file order: criteria by label and number, each requirement as a whole before them."""
    for item in spec.requirements.requirements if spec.requirements else ():
        yield item.number, item.title or item.story, types.CompletionItemKind.Module
        for criterion in item.criteria:
            if criterion.label:
                yield criterion.label, criterion.text, types.CompletionItemKind.Reference
            yield criterion.id, criterion.text, types.CompletionItemKind.Reference
            yield from ((child.id, child.text, types.CompletionItemKind.Reference) for child in criterion.children)


def _keywords(site: _Site) -> Iterator[types.CompletionItem]:
    """List the openings of the EARS patterns. Source: EARS, Mavin et al., RE'09."""
    for rank, (keyword, snippet, detail) in enumerate(_KEYWORDS):
        if keyword.startswith(site.typed.upper()):
            text = snippet if site.has_snippets else f"{keyword} "
            yield types.CompletionItem(
                label=keyword,
                kind=types.CompletionItemKind.Keyword,
                detail=detail,
                sort_text=str(rank),
                insert_text_format=types.InsertTextFormat.Snippet if site.has_snippets else types.InsertTextFormat.PlainText,
                text_edit=types.TextEdit(site.span, text),
            )
