"""Finds where code and tests name criteria: in comments of any language, docstrings, test marks and test titles.

Forms: `# req: login/1.2`, `# req: login/wrong-password` (the title of an OpenSpec scenario), `Validates: Requirements 1.2`, `@pytest.mark.req("login/1.2")`, `Feature: login, Property 4: …`.

Source: the links of the EARS engine's reference, section 4.1; the comments that Kiro writes into property tests.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, structs

from setsquare.spec.definitions import Definitions, Role
from setsquare.text.paths import RelPath
from setsquare.workspace.references import read_references, read_value
from setsquare.workspace.spec import Reference, ReferenceKind

_LIMIT_LINE: Final = 600
_LIMIT_NOTES: Final = 5_000
_NEARBY: Final = 8
_VERBS: Final = ("validates", "verifies", "验证", "驗證", "検証", "검증")
_VERB: Final = rf"(?:{'|'.join(_VERBS)})"
_SITES: Final = ("req:", "reqs:", "requirement:", "requirements:", "req：", "mark.req", "feature:", "spec:", *_VERBS)
_HINTS: Final = tuple(word.encode() for word in _SITES if word != "spec:")
_OPENER: Final = r"(?:#+|//+!?|/\*+|(?<![^\s])\*|--+(?:\[=*\[)?|;+|(?<![\w%])%+|<!--|\(\*|\{-|\{#|<#|\"\"\"|'''|<%--|(?<![^\s])(?:'|REM\b))"
_COMMENT: Final = re.compile(
    rf"(?P<open>{_OPENER})[\s*_!\[(`]*@?(?P<key>reqs?|requirements?)\s*[:：](?P<ids>.*)", re.IGNORECASE | re.DOTALL
)
_BARE: Final = re.compile(r"\s*[*_`]*(?P<key>reqs?|requirements?)[*_`]*\s*[:：](?P<ids>.*)", re.IGNORECASE | re.DOTALL)
_MARK: Final = re.compile(r"\bmark\.req(?:uirement)?s?\(\s*(?P<ids>[^)]*)")
_VALIDATES: Final = re.compile(rf"{_VERB}\b.*|{_VERB}.*", re.IGNORECASE)
_ANY_OPENER: Final = re.compile(rf"\s*(?:{_OPENER})|.*?(?<![:\w\"'])(?:#|//|/\*|--|<!--)\s")
_PLAIN: Final = re.compile(r"[\W_]*\Z")
_TITLE: Final = re.compile(r"\b(?:describe|context|suite|it|test|specify)\b[\w.]*(?:\([^)\n]*\))?\(\s*['\"`]")
_FEATURE: Final = re.compile(
    r"\b(?:Feature|Spec)\s*[:：]\s*[*_`]*(?P<spec>[^\s,;:*`'\"，]+)[*_`]*(?:\s*[,;，]\s*Property\s*#?(?P<property>\d+[\w.]*))?",
    re.IGNORECASE,
)
_VALUE_END: Final = re.compile(r"\*/|--+>|\]=*\]|\*\)|-\}|\"\"\"|'''|%>|#\}|#>|\*\*|[\"'`)\]]")
_TOKEN: Final = re.compile(r"[^\s,;、，；&]+")
_CONNECTOR: Final = frozenset(
    {
        "-",
        "–",
        "—",
        "~",
        "to",
        "and",
        "or",
        "through",
        "..",
        "...",
        "requirement",
        "requirements",
        "req",
        "reqs",
        "spec",
        "ac",
        "criterion",
        "criteria",
    }
)
_BLOCKS: Final = (
    ("/*", "*/"),
    ("<!--", "-->"),
    ("--[[", "]]"),
    ("{-", "-}"),
    ("(*", "*)"),
    ("=begin", "=end"),
    ("<#", "#>"),
    ('"""', '"""'),
    ("'''", "'''"),
)
_SHOWN: Final = re.compile(r"\s*[\[(]*b?(['\"])(?!\1)")
_TITLED: Final = re.compile(r"(?P<spec>[\w./-]+)/(?P<title>[^\W_]+(?:-[^\W_]+)*)")
_BLOCK_REACH: Final = 4_000
_BASIC: Final = (".vb", ".vbs", ".bas", ".cls", ".frm")
_DATA: Final = (".yml", ".yaml", ".toml", ".ini", ".cfg", ".txt", ".csv")
_TEST: Final = re.compile(
    r"(?:\A|/)(?:tests?|__tests__|e2e|cypress)/|\Aspec/|(?:\A|/)test_[^/]*\Z|[._-](?:test|tests|spec)\.[^/]*\Z|Tests?\.\w+\Z|(?:Spec|IT|TestCase)\.(?:scala|kt|java|groovy|swift|hs|php)\Z"
)
_TEST_SYMBOL: Final = re.compile(r"(?:\A|\.)(?:tests?\b|test_)")


class NoteForm(enum.Enum):
    """How a note is written."""

    COMMENT = "comment"
    MARK = "mark"
    VALIDATES = "validates"
    PROPERTY = "property"


class CodeNote(Struct, frozen=True, kw_only=True):
    """One place in code that names criteria.

    `named` are the references, each with the spec that it is qualified with (or empty); `feature` is the spec named just above, `property`
    the number of a design's property that the test is for. `line` counts from 1. `is_loose` marks words that may mean something else, such as
    `# Requirements: 3.11`.
    """

    path: RelPath
    line: int
    form: NoteForm
    symbol: str = ""
    is_test: bool = False
    named: tuple[tuple[str, Reference], ...] = ()
    feature: str = ""
    property: str = ""
    is_loose: bool = False


def may_hold_notes(raw: bytes) -> bool:
    """Tell quickly whether a file can name a criterion at all.

    >>> may_hold_notes(b"# req: login/1.2"), may_hold_notes(b"import requests")
    (True, False)
    """
    lowered = raw.lower()
    return any(hint in lowered for hint in _HINTS)


def is_test_path(path: str) -> bool:
    """Tell whether a file holds tests, by its name.

    >>> is_test_path("tests/test_login.py"), is_test_path("web/login.spec.ts"), is_test_path("src/login.py")
    (True, True, False)
    """
    return _TEST.search(path) is not None


def code_notes(path: RelPath, text: str) -> tuple[CodeNote, ...]:
    r"""Read the notes of one file in order; words in a string that is no docstring are none.

    >>> (note,) = code_notes(RelPath("bell.py"), "# req: bell/1.1, 1.2\ndef ring(): ...\n")
    >>> note.line, note.symbol, [(spec, reference.first) for spec, reference in note.named]
    (1, 'ring', [('bell', '1.1'), ('bell', '1.2')])
    """
    reader = _Reader(path, text)
    return tuple(reader.notes())


class _Reader:
    """One file while it is read."""

    def __init__(self, path: RelPath, text: str) -> None:
        """Take a file."""
        self._path, self._text = path, text
        self._is_test = is_test_path(path)
        self._symbols = Definitions(path, text)

    def notes(self) -> Iterator[CodeNote]:
        """List notes line by line; a feature counts for what stands within a few lines below it."""
        for mark in self._symbols.marks() if "mark.req" in self._text else ():
            named = tuple(pair for written in mark.ids for pair in _named(written, self._path, mark.line))
            if named:
                yield CodeNote(path=self._path, line=mark.line, form=NoteForm.MARK, symbol=mark.symbol, is_test=True, named=named)
        feature, feature_line = "", -_NEARBY
        for line, start, row in self._sites():
            if feature_line < line - _NEARBY:
                feature = ""
            found = _FEATURE.search(row)
            if found and self._is_note(line, start, row, found.start()):
                feature, feature_line = found["spec"].rstrip("."), line
                if found["property"]:
                    yield self._note(line, NoteForm.PROPERTY, (), feature, found["property"])
            yield from self._read(line, start, row, feature)

    def _sites(self) -> Iterator[tuple[int, int, str]]:
        """List the lines that can hold a note: number, offset, text."""
        text, line, counted, end = self._text, 1, 0, -1
        for position in _positions(text)[:_LIMIT_NOTES]:
            if position < end:
                continue
            start = text.rfind("\n", 0, position) + 1
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            line += text.count("\n", counted, start)
            counted = start
            if end - start <= _LIMIT_LINE:
                yield line, start, text[start:end].rstrip("\r")

    def _read(self, line: int, start: int, row: str, feature: str) -> Iterator[CodeNote]:
        """Read one line in each form."""
        if not self._symbols.is_parsed and (mark := _MARK.search(row)):
            named = tuple(_named(re.sub(r"[\"']", " ", mark["ids"]), self._path, line))
            yield CodeNote(path=self._path, line=line, form=NoteForm.MARK, symbol=self._symbols.at(line), is_test=True, named=named)
            return
        if comment := _COMMENT.search(row):
            is_basic = comment["open"] != "'" or self._path.endswith(_BASIC)
            is_note = is_basic and not self._is_string(line, row[: comment.start()])
        elif comment := _BARE.match(row):
            is_note = self._is_comment(line, start)
        else:
            is_note = False
        if comment and is_note and (named := tuple(_named(comment["ids"], self._path, line))):
            note = self._note(line, NoteForm.COMMENT, named, feature)
            is_loose = comment["key"].casefold().startswith("requirement") and not feature and not any(spec for spec, _ in named)
            yield structs.replace(note, is_loose=is_loose)
            return
        found = _VALIDATES.search(row)
        if found and self._is_note(line, start, row, found.start()):
            value = re.split(r"\*/|-->|[\"'`]", found[0], maxsplit=1)[0]
            references = read_references(value, self._path, line)
            if named := tuple(("", item) for item in references if item.kind is not ReferenceKind.PROSE):
                yield self._note(line, NoteForm.VALIDATES, named, feature)

    def _note(self, line: int, form: NoteForm, named: tuple[tuple[str, Reference], ...], feature: str, number: str = "") -> CodeNote:
        symbol = self._symbols.at(line)
        is_test = self._is_test or (self._path.endswith((".rs", ".py")) and _TEST_SYMBOL.search(symbol) is not None)
        return CodeNote(
            path=self._path, line=line, form=form, symbol=symbol, is_test=is_test, named=named, feature=feature, property=number
        )

    def _is_note(self, line: int, start: int, row: str, column: int) -> bool:
        """Tell whether words at a column document: in a comment, in a docstring, alone on their line, or in a test's title."""
        before = row[:column]
        if _is_quoted(before):
            return False
        if self._symbols.is_parsed:
            return self._is_comment(line, start) or ("#" in before and not self._is_string(line, before[: before.index("#")]))
        if _ANY_OPENER.match(before) or _TITLE.search(before):
            return True
        return (_PLAIN.match(before) is not None or self._is_comment(line, start)) and not self._path.endswith(_DATA)

    def _is_comment(self, line: int, start: int) -> bool:
        """Tell whether a line without a comment's sign of its own lies in a docstring or a block comment."""
        if self._symbols.is_parsed:
            return self._symbols.role(line) is Role.DOCUMENT
        above = self._text[max(0, start - _BLOCK_REACH) : start]
        for opening, closing in _BLOCKS:
            if opening == closing:
                if above.count(opening) % 2:
                    return True
            elif above.rfind(opening) > above.rfind(closing):
                return True
        return False

    def _is_string(self, line: int, before: str) -> bool:
        """Tell whether what follows `before` on a line is in a string that documents nothing."""
        if _is_quoted(before):
            return True
        role = self._symbols.role(line)
        if role is not Role.CODE:
            return role is Role.STRING
        plain = re.sub(r"\\.|'''|\"\"\"", "", before)
        return plain.count('"') % 2 == 1 or (self._symbols.is_parsed and plain.count("'") % 2 == 1)


def _is_quoted(before: str) -> bool:
    """Tell whether what follows is only quoted: between backticks, in an example session, or in a value that such a session shows."""
    opened = _SHOWN.match(before)
    return before.count("`") % 2 == 1 or before.lstrip().startswith((">>>", "... ")) or bool(opened and before.count(opened[1]) % 2)


def _positions(text: str) -> list[int]:
    """Find in order where a note may stand, in any letter case."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow when they become small
        lowered = "".join(char if len(char.lower()) != 1 else char.lower() for char in text)
    found: list[int] = []
    for word in _SITES:
        position = lowered.find(word)
        while position >= 0 and len(found) < _LIMIT_NOTES:
            found.append(position)
            position = lowered.find(word, position + len(word))
    return sorted(found)


def _named(value: str, path: RelPath, line: int) -> Iterator[tuple[str, Reference]]:
    """Read the list of ids that a value begins with, each with its spec; what follows the ids is prose."""
    for spec, written in _written(value):
        for reference in read_value(written, path, line):
            if reference.kind is not ReferenceKind.PROSE:
                yield spec, reference
            elif spec and is_title(f"{spec}/{written}"):
                yield spec, structs.replace(reference, kind=ReferenceKind.ITEM, first=written)


def is_title(word: str) -> bool:
    """Tell whether a word is a spec and a scenario's title; what has a digit in its last part is read as an id.

    >>> is_title("login/wrong-password"), is_title("wrong-password"), is_title("login/1.2")
    (True, False, False)
    """
    found = _TITLED.fullmatch(word)
    if found is None or any(char.isdigit() for char in found["title"]):
        return False
    return any(char.isalpha() for char in found["spec"])


def _written(value: str) -> Iterable[tuple[str, str]]:
    """Split a value into ids and ranges, each with the spec before its last slash."""
    ending = _VALUE_END.search(value)
    parts: list[tuple[str, list[str]]] = []
    last, is_open = "", False
    for token in _TOKEN.finditer(value[: ending.start()] if ending else value):
        word = token[0].strip("*_`.:()[]{}|")
        if word.casefold() in _CONNECTOR or not word:
            is_open = not word.isalpha() or word.casefold() in {"to", "through"}
            if is_open and parts:
                parts[-1][1].append(word or token[0])
            continue
        if not any(char.isdigit() for char in word) and not is_title(word):
            break
        spec, _, name = word.rpartition("/")
        if spec and not any(char.isalpha() for char in spec):
            parts += [(last, [item]) for item in word.split("/")]
        elif is_open and parts:
            parts[-1][1].append(word)
        else:
            last = spec or last
            parts.append((last, [name]))
        is_open = False
    return [(spec, " ".join(words)) for spec, words in parts]
