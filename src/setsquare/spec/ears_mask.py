"""Hides what is not prose in a sentence, so that no keyword is seen inside code, quotes, parentheses or links."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

HIDDEN: Final = "\x01"
"""Stands for each hidden character; offsets stay those of the sentence."""

_SPECIAL = re.compile(r"[`\"“”„«»「」『』()（）\[\]*_'‘’<]")
_OPENERS: Final = {"(": ")", "（": "）", "“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
_CLOSERS: Final = frozenset(_OPENERS.values())
_TICKS = re.compile(r"`+")
_SINGLE_QUOTED = re.compile(r"(?<![\w\x01])['‘][^'‘’\n]{1,200}['’](?!\w)")
_LINK = re.compile(r"\[[^\[\]\n]{0,300}\](?=\x01|\()")
_COMMENT = re.compile(r"<!--.{0,500}?-->", re.DOTALL)
_EMPHASIS = re.compile(r"\*+|(?<![\w\x01])_+(?=[\w\x01])|(?<=[\w\x01])_+(?![\w\x01])")

_MARKER = re.compile(r"\s*(?:[-+•]\s+|\*\s+|\d{1,4}(?:\.\d{1,4})*(?:[.)、．]\s*|\s+)|\[[ xX~-]?\]\s*|\(\d{1,3}\)\s*|>\s*)")
_CODE_LABEL = re.compile(
    r"\s*[*_]{0,3}\[?(?:[A-Za-z]{1,10}[-_ ]?\d{1,4}(?:[.\-]\d{1,4}){0,4}[a-z]?|[A-Z]{1,8}(?:[-_][A-Z]{1,10}){1,3}[-_]?\d{1,4}(?:\.\d{1,4})*)\]?"
    r"(?:[*_]{0,3}\s*[:：]|[:：]?[*_]{1,3}\s*[:：—–-]?|\s+[—–-]\s)\s*[*_]{0,3}\s*"
)
_BOLD_LABEL = re.compile(r"\s*(?:\*\*|__)(?P<label>[^*_\n]{1,60}?)(?:[:：]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:：])\s*")
_TAG = re.compile(
    r"\s*[*_]{0,3}[(（\[][^()（）\[\]\n]{1,30}[)）\]][*_]{0,3}\s*[:：]?\s*(?=[*_]{0,3}(?:WHEN|WHILE|WHERE|IF|When|While|Where|If|THE|The)\b)"
)
_PLAIN_LABEL = re.compile(r"\s*[A-Z][\w /&-]{0,40}[:：]\s+(?=(?:WHEN|WHILE|WHERE|IF|When|While|Where|If|THE|The)\b)")
_KEYWORD = re.compile(r"(?:given|when|while|where|if|then|and|but|the|whenever|upon|once|during)\b", re.IGNORECASE)
_LEAD = re.compile(r"[\s*_>]*")


class Masked(Struct, frozen=True):
    """A sentence with its opaque parts hidden: `text` has the length of the original; prose begins at `start`."""

    text: str
    start: int


def masked(text: str) -> Masked:
    """Hide code, quotes, parentheses, links and emphasis marks, and find where the statement begins after markers and labels.

    >>> masked('- **AC-1.2**: WHEN "if" is `THEN`, THE X SHALL go').text[14:].replace(HIDDEN, ".")
    'WHEN .... is ......, THE X SHALL go'
    """
    start = _statement_start(text)
    if not _SPECIAL.search(text):
        return Masked(text, start)
    cells = list(text)
    _hide_code(text, cells)
    _hide_pairs(cells)
    hidden = "".join(cells)
    for pattern in (_SINGLE_QUOTED, _COMMENT, _LINK):
        hidden = pattern.sub(_hide, hidden)
    return Masked(_EMPHASIS.sub(_blank, hidden), start)


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * (match.end() - match.start())


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _hide_code(text: str, cells: list[str]) -> None:
    """Hide code spans: a run of back-ticks closes at the next run of the same length."""
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(text)]
    later: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[index][1] - runs[index][0], []).append(index)
    index = 0
    while index < len(runs):
        start, end = runs[index]
        same = later[end - start]
        while same and same[-1] <= index:
            same.pop()
        if same:
            index = same.pop()
            cells[start : runs[index][1]] = HIDDEN * (runs[index][1] - start)
        index += 1


def _hide_pairs(cells: list[str]) -> None:
    """Hide what stands in parentheses and quotation marks; one that never closes hides nothing."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    quote = -1
    for index, cell in enumerate(cells):
        if cell == '"':
            if quote >= 0:
                pairs.append((quote, index + 1))
                quote = -1
            else:
                quote = index
        elif cell in _CLOSERS and opened and opened[-1][0] == cell:
            start = opened.pop()[1]
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, index + 1))
        elif cell in _OPENERS:
            opened.append((_OPENERS[cell], index))
    for start, end in pairs:
        cells[start:end] = HIDDEN * (end - start)


def _statement_start(text: str) -> int:
    """Skip list markers, labels, tags and emphasis before the statement."""
    position = 0
    for _ in range(6):
        match = _MARKER.match(text, position) or _CODE_LABEL.match(text, position) or _TAG.match(text, position)
        match = match or _bold_label(text, position) or _PLAIN_LABEL.match(text, position)
        if match is None or match.end() == position:
            break
        position = match.end()
    lead = _LEAD.match(text, position)
    return lead.end() if lead else position


def _bold_label(text: str, position: int) -> re.Match[str] | None:
    """Match a label in bold with a colon, unless the bold word is itself a keyword."""
    match = _BOLD_LABEL.match(text, position)
    return match if match and not _KEYWORD.match(match["label"].strip()) else None
