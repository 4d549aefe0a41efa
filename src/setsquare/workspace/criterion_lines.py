"""Takes single lines of criteria apart: check box, written number, written label, table cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from setsquare.text.document import ITEM, Node, encode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace import words
from setsquare.workspace.numerals import plain_number

_BOX: Final = LazyPattern(r"\[[ xX~-]?\]\*?\s+")
_CODE: Final = LazyPattern(
    r"(?P<open>[*_`\[(]*)(?P<label>(?:[A-Z]{1,8}[-_])*[A-Z]{1,8}[-_]?\d+(?:\.\d+)*[a-z]?|\d+(?:\.\d+)+)(?P<close>[*_`\])]*)"
    r"(?P<colon>[:：.)]?[*_`]*|\s+[-–—])(?=\s)\s+"
)
_ORDINAL: Final = LazyPattern(r"\d+")
_LOOSE: Final = LazyPattern(
    r"(?:[(（]\s*(\d{1,3})\s*[)）]|(\d{1,3})(?:[)）．、]|\.(?=[^\W\d]))|([０-９]{1,3})[.．、)）]|([①-⑳])[.．、]?)\s*"
)
_LETTER: Final = LazyPattern(r"[(（]?(?P<letter>[a-z]|[ivx]{1,4})[.)）]\s+")
_CELL: Final = LazyPattern(r"\|([^|]*)(?=\|)")
_RULE_ROW: Final = LazyPattern(r"[\s|:-]+\Z")
_STATEMENT_HEADERS: Final = (
    *("criterion", "criteria", "statement", "ears", "requirement", "requirements", "description", "text", "标准", "验收标准", "要求"),
    *(
        "需求",
        "描述",
        "内容",
        "基準",
        "要件",
        "内容",
        "기준",
        "요구사항",
        "criterio",
        "critério",
        "critère",
        "kriterium",
        "критерий",
        "описание",
    ),
)
_ID_HEADERS: Final = frozenset(
    {"", "id", "no", "nr", "number", "ref", "ac", "req", "code", "编号", "序号", "番号", "번호", "número", "numéro", "номер"}
)

# No table that a person wrote has longer rows; a hostile one must not cost more than its share.
_LIMIT_ROW: Final = 20_000


class Marks(Struct, frozen=True, gc=False):
    """A line without its marks: the statement, its written ordinal, its written label."""

    text: str
    ordinal: int | None = None
    label: str = ""


class Columns(Struct, frozen=True):
    """Which of a table's columns hold statements and ids; `None` where its head does not say."""

    statement: int | None = None
    name: int | None = None


class Row(Struct, frozen=True):
    """One table row that states something; `start` and `end` are characters of the line."""

    marks: Marks
    start: int
    end: int


def width(text: str) -> int:
    """Count the bytes of a text.

    >>> width("a"), width("求")
    (1, 3)
    """
    return len(text) if text.isascii() else len(encode(text))


def marks(node: Node) -> Marks:
    r"""Split a line into statement, written ordinal and written label.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> marks(scan(RelPath("r.md"), b"2. [ ] **AC-1.2**: THE Bell SHALL ring").nodes[0])
    Marks(text='THE Bell SHALL ring', ordinal=2, label='AC-1.2')
    """
    text = node.text
    if text[:1] == "[" and (box := _BOX.match(text)):
        text = text[box.end() :]
    ordinal = int(found[0]) if node.kind is ITEM and (found := _ORDINAL.match(node.marker)) else None
    code = _CODE.match(text)
    return Marks(text[code.end() :], ordinal, code["label"]) if code and _is_code(code) else Marks(text, ordinal)


def _is_code(code: re.Match[str]) -> bool:
    """Tell a label from words that look like one (`HTTP2 is`, `3.5 seconds`): it is set off by a sign, or is all number."""
    if code["label"][0].isdigit():
        return True
    return bool(code["colon"] or code["close"] or code["open"])


def loose_ordinal(text: str, expected: int) -> Marks | None:
    """Read a number that is no list marker to Markdown (`(1)`, `1）`, `①`, `１.`); it counts only where the list goes on with it.

    >>> loose_ordinal("（2） THE Bell SHALL ring", 2), loose_ordinal("(5) more", 2)
    (Marks(text='THE Bell SHALL ring', ordinal=2, label=''), None)
    """
    match = _LOOSE.match(text)
    if match is None:
        return None
    ordinal = int(plain_number(next(filter(None, match.groups()))))
    return Marks(text[match.end() :], ordinal) if ordinal == expected else None


def lettered(text: str) -> tuple[str, int] | None:
    """Read the letter before a sub-item and where its text begins.

    >>> lettered("b) send mail"), lettered("be quick")
    (('b', 3), None)
    """
    match = _LETTER.match(text)
    return (match["letter"], match.end()) if match else None


def columns(text: str) -> Columns:
    """Read a table's head.

    >>> columns("| ID | Acceptance Criterion | Priority |")
    Columns(statement=1, name=0)
    """
    names = [words.label(cell.replace("#", "")) for _, cell in cells(text)] if len(text) <= _LIMIT_ROW else []
    ends = (index for ending in _STATEMENT_HEADERS for index, name in enumerate(names) if name.endswith(ending))
    statement = next(ends, None)
    is_id = (
        index for index, name in enumerate(names) if index != statement and (name in _ID_HEADERS or name.endswith((" id", " no", "编号")))
    )
    return Columns(statement, next(is_id, None))


def row(text: str, head: Columns) -> Row | None:
    """Read a table's row; `None` for the line below the head and for a row without a statement.

    >>> row("| 1.2 | THE Bell SHALL ring |", Columns(1, 0))
    Row(marks=Marks(text='THE Bell SHALL ring', ordinal=None, label='1.2'), start=8, end=27)
    """
    if len(text) > _LIMIT_ROW or _RULE_ROW.match(text):
        return None
    found = list(cells(text))
    at = head.statement
    if at is None:
        at = next((index for index, (_, cell) in enumerate(found) if words.is_obligation(cell)), None)
    if at is None or at >= len(found) or not found[at][1].strip():
        return None
    start, cell = found[at]
    statement = cell.strip()
    first = start + len(cell) - len(cell.lstrip())
    name = head.name if head.name is not None else 0 if at else None
    label = words.plain(found[name][1]) if name is not None and name < len(found) else ""
    is_number = label.isdecimal() and len(label) < 6
    is_label = bool(label) and not is_number and len(label) < 24 and label[-1].isalnum() and any(sign.isdecimal() for sign in label)
    marked = Marks(statement, int(label) if is_number else None, label if is_label and " " not in label else "")
    return Row(marked, first, first + len(statement))


def cells(text: str) -> Iterator[tuple[int, str]]:
    """List a row's cells with their character offsets.

    >>> list(cells("| a | b |"))
    [(1, ' a '), (5, ' b ')]
    """
    for match in _CELL.finditer(text if text.rstrip().endswith("|") else text + "|"):
        yield match.start(1), match[1]
