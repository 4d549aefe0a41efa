"""Reads written references to requirements: `_Requirements: 1.1, 2.3-2.5_`, `**Validates: Requirements 1.2**`, `_需求：3_` and their kin.

Source: Kiro's on-disk format, section 2.6, reference keys and values measured over 374 task files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from setsquare.text.document import encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.numerals import plain_number
from setsquare.workspace.spec import Reference, ReferenceKind
from setsquare.workspace.words import REQUIREMENTS, VALIDATES, alternatives

_WORD: Final = rf"(?:{alternatives(REQUIREMENTS)})"
_VERB: Final = rf"(?:{alternatives(VALIDATES)})"
_ADJECTIVES: Final = (*("related", "linked", "covered", "relevant", "all", "relates to", "relates", "refers to", "see", "addresses"),)
_ADJECTIVE: Final = rf"(?:(?:{alternatives(_ADJECTIVES)})\s+|关联|相关|覆盖|対応|関連)?"
_SUFFIX: Final = r"(?:\s+(?:covered|references?|refs?|ids?|addressed|met|satisfied|coverage|traceability|mapping|implemented|validated))?"
_KEY: Final = rf"{_ADJECTIVE}(?P<word>{_WORD}){_SUFFIX}"
# A key begins with one of these signs: a look at one character spares most lines the long alternations.
_FIRST: Final = "[" + re.escape("".join(sorted({word[0] for word in (*REQUIREMENTS, *VALIDATES, *_ADJECTIVES, *"关相覆対")}))) + "]"
# In a line of ASCII two letters say that no key begins it; the signs are those that a key may have in front.
_STARTS: Final = frozenset(word[:2].lower() for word in (*REQUIREMENTS, *VALIDATES, *_ADJECTIVES))
_ASCII_SIGNS: Final = "".join(sign for sign in map(chr, range(128)) if not sign.isalnum())
_TO_END: Final = r"\.?\s*(?=[A-Z]{0,4}-?\d[\d.,，、;&*xX\s–—~-]*+[\W_]*+\Z)"
_COLON: Final = r"[*_`\s]*[:：][*_`\s]*"
_LINE_KEY: Final = LazyPattern(
    rf"[\W_]*+(?={_FIRST})(?:(?P<verb>{_VERB})(?:{_COLON}|\s*(?={_WORD}))|{_KEY}(?:{_COLON}|{_TO_END}))", re.IGNORECASE
)
# Its first sign stands alone: a search then skips all other signs.
_INLINE_KEY: Final = LazyPattern(
    rf"(?P<mark>[_*(（\[【][_*(（\[【]{{0,3}})\s*(?={_FIRST})(?:(?P<verb>{_VERB})(?:{_COLON}|\s+(?={_WORD}))|{_KEY}(?:{_COLON}|\.?\s+(?=[A-Z]{{0,4}}-?\d)))",
    re.IGNORECASE,
)
# What nine of ten lines are: one key, then ids with commas. The long way reads it the same.
_COMMON: Final = LazyPattern(
    r"(?P<mark>[_*]{1,2})(?:Validates: ?)?(?:Requirements?|需求|要件)[:：]? ?(?P<ids>\d{1,5}\.\d{1,5}(?:, ?\d{1,5}\.\d{1,5})*)(?P=mark)\Z"
)
_DOTTED: Final = LazyPattern(r"[\d.]+")
_ALL: Final = LazyPattern(
    rf"[_*]+(?P<value>(?:all|every|全部|所有|すべての|全|모든|toutes\s+les|tous\s+les|todos\s+los|todas\s+as|todos\s+os|alle|все)\s*(?:{_WORD})[^_*]{{0,40}})[_*]+\Z",
    re.IGNORECASE,
)
_WHOLE_SET: Final = LazyPattern(
    r"(?:all|every|any|none|n/?a|全部|所有|すべて|全て|모든|모두|전체|toutes?|tous|todos|todas|alle|все|semua|tất cả)(?![^\W_])",
    re.IGNORECASE,
)
_CLOSING: Final = {"(": LazyPattern(r"[)）]"), "（": LazyPattern(r"[)）]"), "[": LazyPattern(r"\]"), "【": LazyPattern("】")}
# A star after a full stop is the star of `1.*`, which ends nothing.
_EMPHASIS_END: Final = {
    "_": re.compile(r"(?<=[^\s*_])\*{0,3}_[_*]*(?!\w)"),
    "*": re.compile(r"(?<=[^\s*_.])[*_]+(?!\w)|(?<=\.)\*[*_]+(?!\w)"),
}
_SEPARATOR: Final = LazyPattern(r"[,，、;；&+|]|\s/\s|\s(?:and|et|y|und|и|dan|và)\s|[和及与與]|以及")
_SHORT: Final = r"R|REQ|FR|NFR|US|TR|AC|SC|BR|UR|SR|CR|Req|Fr|Us|Ac"
_LABEL: Final = rf"(?:(?:[A-Z]{{1,8}}[-_])+\d+[A-Za-z]?(?:\.\d+)*[a-z]?|(?:{_SHORT})\s?\d+[a-z]?(?:\.\d+)*|NFR\.\d+)"
_ITEM: Final = LazyPattern(
    rf"(?:(?:[a-z][a-z0-9-]{{1,39}}:)?[^\W\d][\w-]*/)?(?:{_LABEL}|\d+[A-Za-z]?(?:[.．]\d+)*[a-z]?(?:\.[xX*])?)(?:\.[a-z](?![A-Za-z0-9_])|\([a-z]\))?(?:#\d+)?(?![A-Za-z0-9_])"
)
_CHILD: Final = LazyPattern(r"\(([a-z])\)\Z")
_RANGE: Final = LazyPattern(r"\s*(?:[-–—−~～〜→]|\.{2,3}|…)\s*|\s+(?:to|through|thru|bis|à)\s+|\s*(?:至|到|から)\s*", re.IGNORECASE)
_PREFIX: Final = LazyPattern(rf"[\s*_`(（\[#]*(?:(?:{_VERB}|{_WORD}|and|all|the)(?![A-Za-z_-]|\.\d)[\s.:：#*_]*)*", re.IGNORECASE)
_INSIDE: Final = LazyPattern(rf"(?:{_WORD})\s*(?=\d+\.\d+)", re.IGNORECASE)
_QUALIFIER: Final = LazyPattern(r"\s*[(（]\s*(?:spec\s*[:：]\s*)?([a-z0-9]+(?:[-_.][a-z0-9]+)+)\s*[)）]")
_SIGN: Final = LazyPattern(r"[:：\d]")
_ASCII_SIGN: Final = LazyPattern(r"[0-9:]")
# No person writes a longer line of references; the limit keeps a hostile line from costing more than its share.
_LIMIT_LINE: Final = 4000
_BRACKET_END: Final = LazyPattern(r"[)）]")
_BRACKET_LIMIT: Final = 200
_STEP: Final = LazyPattern(r"\s+|\s*/\s*(?=\d)")
_LAST_NUMBER: Final = LazyPattern(r"(\d+)[a-z]?(?:#\d+)?\Z")
_WHOLE: Final = LazyPattern(r"\.[xX*]\Z")
_LETTER: Final = LazyPattern(r"\s+[^\W\d_]")
_EDGE: Final = " \t\r\n*_`.。"
_EMPHASIS: Final = ("_", "*")
_ITEM_KIND: Final = ReferenceKind.ITEM
_BOX_WIDTH: Final = 3


class _Site(Struct, frozen=True):
    """Where a text stands: its file, line, and the byte offset of its first character."""

    path: RelPath
    line: int
    offset: int
    text: str

    def span(self, start: int, end: int) -> Span:
        """Turn a character range of the text into bytes of the file."""
        if self.text.isascii():
            return Span(self.offset + start, self.offset + end)
        first = self.offset + len(encode(self.text[:start]))
        return Span(first, first + len(encode(self.text[start:end])))


# req: check/2.1
def read_references(text: str, path: RelPath, line: int, offset: int = 0) -> tuple[Reference, ...]:
    """Read every keyed reference of one line; `offset` is the byte offset of `text` in its file.

    >>> [(r.kind.value, r.first, r.last) for r in read_references("_Requirements: 1.1, 2.1-2.3, All_", RelPath("tasks.md"), 1)]
    [('item', '1.1', ''), ('range', '2.1', '2.3'), ('prose', '', '')]
    """
    if len(text) > _LIMIT_LINE:
        return ()
    is_emphatic = text[:1] in _EMPHASIS
    if is_emphatic and (common := _COMMON.match(text)):
        return _listed(_Site(path, line, offset, text), *common.span("ids"))
    is_ascii = text.isascii()
    if not (_ASCII_SIGN if is_ascii else _SIGN).search(text):
        return _everything(text, path, line, offset) if is_emphatic else ()
    may_open = not is_ascii or text.lstrip(_ASCII_SIGNS)[:2].lower() in _STARTS
    opening = _LINE_KEY.match(text) if may_open else None
    return _keyed(_Site(path, line, offset, text), opening) if opening or _may_be_inside(text) else ()


def _keyed(site: _Site, opening: re.Match[str] | None) -> tuple[Reference, ...]:
    """Read the references behind the key that opens a line, and behind each key inside it."""
    text = site.text
    found: list[Reference] = []
    position = 0
    if opening:
        end = _value_end(text, opening.end(), opening[0])
        found += _values(site, opening.end(), end, is_verb=_is_loose(opening["verb"], opening[0]))
        position = end
    if not _may_be_inside(text):
        return tuple(found)
    for inline in _INLINE_KEY.finditer(text, position):
        if inline.start() < position:
            continue
        end = _value_end(text, inline.end(), inline["mark"])
        found += _values(site, inline.end(), end, is_verb=_is_loose(inline["verb"], inline["mark"]))
        position = end
    return tuple(found)


def _may_be_inside(text: str) -> bool:
    """Tell whether a line has a sign that a key inside it must follow; the bracket of a task's box is none."""
    return (
        "(" in text
        or "_" in text
        or "*" in text
        or "（" in text
        or "【" in text
        or text.find("[", _BOX_WIDTH if text[0] == "[" else 0) >= 0
    )


def _listed(site: _Site, start: int, end: int) -> tuple[Reference, ...]:
    """Read ids of the form `N.M` that only commas separate."""
    return tuple(
        [
            Reference(
                kind=_ITEM_KIND,
                written=(name := match[0]),
                path=site.path,
                line=site.line,
                span=site.span(match.start(), match.end()),
                first=name if name.isascii() else plain_number(name),
            )
            for match in _DOTTED.finditer(site.text, start, end)
        ]
    )


def _everything(text: str, path: RelPath, line: int, offset: int) -> tuple[Reference, ...]:
    """Read a line such as `_All requirements_`, which names no single one."""
    match = _ALL.match(text)
    if match is None:
        return ()
    span = _Site(path, line, offset, text).span(match.start("value"), match.end("value"))
    return (Reference(kind=ReferenceKind.PROSE, written=match["value"], path=path, line=line, span=span),)


def goes_on(text: str) -> bool:
    """Tell whether a line of references is cut off after a separator, so that the next line has the rest.

    >>> goes_on("_Requirements: 1.1, 1.2,"), goes_on("_Requirements: 1.1_")
    (True, False)
    """
    return text.endswith((",", "，", "、"))


def read_value(text: str, path: RelPath, line: int, offset: int = 0) -> tuple[Reference, ...]:
    """Read a text that is known to be a list of references, such as a table's cell.

    >>> [r.first for r in read_value("1.1, REQ-2, Requirement 3", RelPath("design.md"), 1)]
    ['1.1', 'REQ-2', '3']
    """
    return tuple(_values(_Site(path, line, offset, text), 0, len(text), is_verb=False)) if len(text) <= _LIMIT_LINE else ()


def _value_end(text: str, start: int, opening: str) -> int:
    """Find where a reference's value ends: at the mark that closes what opened before the key, else at the line's end."""
    marks = opening.strip()[:2]
    bracket = next((_CLOSING[mark] for mark in marks if mark in _CLOSING), None)
    emphasis = _EMPHASIS_END.get(marks[:1])
    closing = bracket.search(text, start) if bracket else emphasis.search(text, start) if emphasis else None
    return closing.start() if closing else len(text)


def _is_loose(verb: str | None, opening: str) -> bool:
    """Tell whether a key is a verb that opens prose of any kind; `**Validates: …**` is Kiro's own form, whose prose counts."""
    return verb is not None and (verb.casefold() != "validates" or ("*" not in opening and "_" not in opening))


def _values(site: _Site, start: int, end: int, *, is_verb: bool) -> list[Reference]:
    """Read a value's parts; a loose verb's value without any id is prose that refers to nothing, unless it speaks of all or none."""
    found: list[Reference] = []
    for first, last in _pieces(site.text, start, end):
        found += _piece(site, first, last)
    if is_verb and all(reference.kind is ReferenceKind.PROSE and not _WHOLE_SET.match(reference.written) for reference in found):
        return []
    return found


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Split a value at its separators; separators in brackets belong to the piece."""
    position, depth_until = start, start
    for separator in _SEPARATOR.finditer(text, start, end):
        if separator.start() < depth_until:
            continue
        opened = max(text.rfind(mark, position, separator.start()) for mark in "(（")
        if opened >= 0 and not _BRACKET_END.search(text, opened, separator.start()):
            closing = _BRACKET_END.search(text, separator.end(), min(end, separator.end() + _BRACKET_LIMIT))
            if closing:
                depth_until = closing.end()
                continue
        yield position, separator.start()
        position = separator.end()
    yield position, end


def _piece(site: _Site, start: int, end: int) -> list[Reference]:
    """Read one part of a value: an id, a range, several ids in a row, or prose."""
    text = site.text
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    if start == end:
        return []
    prefix = _PREFIX.match(text, start, end)
    position = prefix.end() if prefix else start
    found = list(_ids(site, position, end, is_named=position > start))
    if found:
        return found
    inside = _INSIDE.search(text, start, end)
    if inside:
        return list(_ids(site, inside.end(), end, is_named=True))
    return [Reference(kind=ReferenceKind.PROSE, written=text[start:end], path=site.path, line=site.line, span=site.span(start, end))]


def _ids(site: _Site, position: int, end: int, *, is_named: bool) -> Iterator[Reference]:
    """Read ids and ranges from a position on, as long as they follow each other."""
    text = site.text
    item = _ITEM.match(text, position, end)
    while item:
        chain = [item]
        while (joint := _RANGE.match(text, chain[-1].end(), end)) and (following := _ITEM.match(text, joint.end(), end)):
            chain.append(following)
        after = chain[-1].end()
        if not is_named and len(chain) == 1 and item[0][0].isdigit() and "." not in item[0] and _LETTER.match(text, after, end):
            return
        qualifier = _QUALIFIER.match(text, after, end)
        spec = f"{qualifier[1]}/" if qualifier else ""
        after = qualifier.end() if qualifier else after
        yield from _chained(site, chain, spec, after)
        step = _STEP.match(text, after, end)
        item = _ITEM.match(text, step.end(), end) if step else None
        is_named = False


def _chained(site: _Site, chain: list[re.Match[str]], spec: str, end: int) -> Iterator[Reference]:
    """Give one id, one range of two ids, or each id of a longer chain such as `1.1-1.2-1.4`."""
    if len(chain) == 2:
        first, last = (_plain(match[0]) for match in chain)
        start = chain[0].start()
        yield Reference(
            kind=ReferenceKind.RANGE,
            written=site.text[start:end],
            path=site.path,
            line=site.line,
            span=site.span(start, end),
            first=spec + first,
            last=spec + _completed(first, last),
        )
        return
    for match in chain:
        stop = end if len(chain) == 1 else match.end()
        yield Reference(
            kind=ReferenceKind.ITEM,
            written=site.text[match.start() : stop],
            path=site.path,
            line=site.line,
            span=site.span(match.start(), stop),
            first=spec + _plain(match[0]),
        )


def _plain(name: str) -> str:
    """Write an id as ids are kept: `2.x` means all of `2`, `1.2(a)` is `1.2.a`, digits are ASCII."""
    if name[-1].isdecimal():
        return name if name.isascii() else plain_number(name)
    return plain_number(_CHILD.sub(r".\1", _WHOLE.sub("", name)))


def _completed(first: str, last: str) -> str:
    """Complete a range's shortened end: `1.1-4` ends at `1.4`, `FR-001-005` at `FR-005`."""
    if not last.isdigit() or first.isdigit():
        return last
    ending = _LAST_NUMBER.search(first)
    if ending is None:
        return last
    head, number = first[: ending.start()], ending[1]
    is_label = not first[0].isdigit()
    return head + last if is_label or int(last) > int(number) else last
