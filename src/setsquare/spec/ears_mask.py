"""Hides what is not prose in a sentence, so that no keyword is seen inside code, quotes, parentheses or links."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern

HIDDEN: Final = "\x01"
"""Stands for each hidden character; offsets stay those of the sentence."""

_SPECIAL = LazyPattern(r"[`\"“”„«»「」『』()（）\[\]*'‘’<]")
_OUTER_UNDERSCORE = LazyPattern(r"_(?:(?<![\w\x01].)|(?![\w\x01]))")
_OPENERS: Final = {"(": ")", "（": "）", "“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
_MARKS = LazyPattern(r'["“”„«»「」『』()（）]')
_TICKS = LazyPattern(r"`+")
_SINGLE_QUOTED = LazyPattern(r"(?<![\w\x01])['‘][^'‘’\n]{1,200}['’](?!\w)")
_LINK = LazyPattern(r"\[[^\[\]\n]{0,300}\](?=\x01|\()")
_COMMENT = LazyPattern(r"<!--.{0,500}?-->", re.DOTALL)
_HTML_CODE = LazyPattern(r"<(code|kbd|pre|q)>[^\n]{0,300}?</\1>", re.IGNORECASE)
_EMPHASIS = LazyPattern(r"</?(?:b|i|u|em|strong|mark|span|small|ins)>|\*+|(?<![\w\x01])_+(?=[\w\x01])|(?<=[\w\x01])_+(?![\w\x01])")

_MARKER = LazyPattern(r"\s*(?:[-+•]\s+|\*\s+|\d{1,4}(?:\.\d{1,4})*(?:[.)、．]\s*|\s+)|\[[ xX~-]?\]\s*|\(\d{1,3}\)\s*|>\s*)")
_CODE_LABEL = LazyPattern(
    r"\s*[*_]{0,3}\[?(?:[A-Za-z]{1,10}[-_ ]?\d{1,4}(?:[.\-]\d{1,4}){0,4}[a-z]?|[A-Z]{1,8}(?:[-_][A-Z]{1,10}){1,3}[-_]?\d{1,4}(?:\.\d{1,4})*)\]?"
    r"(?:[*_]{0,3}\s*[:：]|[:：]?[*_]{1,3}\s*[:：—–-]?|\s+[—–-]\s)\s*[*_]{0,3}\s*"
)
_BOLD_LABEL = LazyPattern(r"\s*(?:\*\*|__)(?P<label>[^*_\n]{1,60}?)(?:[:：]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:：])\s*")
_NUMBERED = LazyPattern(
    r"\s*[A-Z]{1,10}(?:[-_][A-Z]{1,10}){0,3}[-_]\d{1,5}(?:\.\d{1,4})*[a-z]?\s+(?=(?:WHEN|WHILE|WHERE|IF|When|While|Where|If|THE|The|AN?|Each|Every|All)\s)"
)
_PRIORITY = LazyPattern(
    r"\s*[*_]{0,3}(?:[(\[]\s*(?:priority\s*[:=]\s*)?(?:must|should|could|won'?t|may)(?:[ -]have)?\s*[)\]][*_]{0,3}[:：]?|"
    r"(?:priority\s*[:=]\s*)?(?:must|should|could|won'?t)(?:[ -]have)?[*_]{0,3}\s*[:：][*_]{0,3}|"
    r"[*_]{2}priority\s*[:=]\s*\w+[*_]{2}[:：.]?)\s*",
    re.IGNORECASE,
)
_TAG = LazyPattern(
    r"\s*[*_]{0,3}[(（\[][^()（）\[\]\n]{1,30}[)）\]][*_]{0,3}\s*[:：]?\s*(?=[*_]{0,3}(?:WHEN|WHILE|WHERE|IF|When|While|Where|If|THE|The)\b)"
)
_PLAIN_LABEL = LazyPattern(r"\s*[A-Z][\w /&-]{0,40}(?:[:：]|\s[-–—])\s+(?=(?:WHEN|WHILE|WHERE|IF|When|While|Where|If|THE|The)\b)")
_SIGN = LazyPattern(
    # A comment, a sign such as a dash or an emoji, a number in bold, escaped or in a circle, a letter, a section sign, a code in back-ticks.
    r"\s*(?:<!--[^\n]{0,200}?-->\s*|[^\w\s\"'“”‘’„«»「」『』()（）\[\]【】<`*~|#/\\$\x01]{1,4}\s+|[①-⑳❶-❿㈠-㈩]\s*|[*_~]{2,3}(?:[A-Z]{1,10}[-_])?\d{1,4}(?:\.\d{1,4})*[.)、]?[*_~]{2,3}[.):：]?\s+|"
    r"\d{1,4}\\[.)]\s*|(?:[a-z]|[ivx]{1,4})[.)]\s+|§\s?\d{1,4}(?:\.\d{1,4})*[.:)]?\s+|[A-Z]{1,10}(?:[-_][A-Z]{1,10}){0,3}[-_.]?\d{1,5}(?:[.-]\d{1,4})*[.)]\s+|"
    r"[「【`][A-Za-z]{1,10}(?:[-_ ][A-Za-z]{1,10})?[-_ .]?\d{1,5}(?:[.-]\d{1,4})*[」】`]\s*[:：.]?\s*(?![,，、;；.。:：]))"
)
_KEYWORD = LazyPattern(r"(?:given|when|while|where|if|then|and|but|the|whenever|upon|once|during)\b", re.IGNORECASE)
_DIRECT = LazyPattern(r"(?:WHEN|When|IF|If|WHILE|While|WHERE|Where|THE|The)\s")
_LEAD = LazyPattern(r"(?:[\s*_>]|<(?:b|i|u|em|strong|mark|span|small|ins)>)*")


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
        has_emphasis = "_" in text and _OUTER_UNDERSCORE.search(text)
        return Masked(_EMPHASIS.sub(_blank, text) if has_emphasis else text, start)
    hidden = _without_code(text) if "`" in text else text
    if _MARKS.search(hidden):
        hidden = _without_pairs(hidden)
    if "'" in hidden or "‘" in hidden:
        hidden = _SINGLE_QUOTED.sub(_hide, hidden)
    if "<" in hidden:
        hidden = _COMMENT.sub(_hide, hidden)
    if "[" in hidden:
        hidden = _LINK.sub(_hide, hidden)
    if "<" in hidden:
        hidden = _HTML_CODE.sub(_hide, hidden)
    if "*" in hidden or "<" in hidden or ("_" in hidden and _OUTER_UNDERSCORE.search(hidden)):
        hidden = _EMPHASIS.sub(_blank, hidden)
    return Masked(hidden, start)


def _hide(match: re.Match[str]) -> str:
    return HIDDEN * (match.end() - match.start())


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())


def _without_code(text: str) -> str:
    """Hide code spans: a run of back-ticks closes at the next run of the same length."""
    if "`" not in text:
        return text
    runs = [(run.start(), run.end()) for run in _TICKS.finditer(text)]
    later: dict[int, list[int]] = {}
    for index in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[index][1] - runs[index][0], []).append(index)
    spans: list[tuple[int, int]] = []
    index = 0
    while index < len(runs):
        start, end = runs[index]
        same = later[end - start]
        while same and same[-1] <= index:
            same.pop()
        if same:
            index = same.pop()
            spans.append((start, runs[index][1]))
        index += 1
    return _painted(text, spans)


def _without_pairs(text: str) -> str:
    """Hide what stands in parentheses and quotation marks; one that never closes hides nothing."""
    opened: list[tuple[str, int]] = []
    pairs: list[tuple[int, int]] = []
    quotes: list[tuple[int, int]] = []
    quote = -1
    for mark in _MARKS.finditer(text):
        char, index = mark[0], mark.start()
        if char == '"':
            if quote >= 0:
                quotes.append((quote, index + 1))
            quote = index if quote < 0 else -1
        elif opened and opened[-1][0] == char:
            start = opened.pop()[1]
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            pairs.append((start, index + 1))
        elif char in _OPENERS:
            opened.append((_OPENERS[char], index))
    return _painted(_painted(text, pairs), quotes)


def _painted(text: str, spans: list[tuple[int, int]]) -> str:
    """Replace ranges that lie in order and apart by hidden characters."""
    parts: list[str] = []
    position = 0
    for start, end in spans:
        parts += (text[position:start], HIDDEN * (end - start))
        position = end
    parts.append(text[position:])
    return "".join(parts) if spans else text


def _statement_start(text: str) -> int:
    """Skip list markers, labels, tags and emphasis before the statement."""
    if _DIRECT.match(text):
        return 0
    position = 0
    for _ in range(6):
        match = _MARKER.match(text, position) or _CODE_LABEL.match(text, position) or _TAG.match(text, position)
        match = match or _PRIORITY.match(text, position) or _NUMBERED.match(text, position)
        match = match or _bold_label(text, position) or _PLAIN_LABEL.match(text, position) or _SIGN.match(text, position)
        if match is None or match.end() == position:
            break
        position = match.end()
    lead = _LEAD.match(text, position)
    return lead.end() if lead else position


def _bold_label(text: str, position: int) -> re.Match[str] | None:
    """Match a label in bold with a colon, unless the bold word is itself a keyword."""
    match = _BOLD_LABEL.match(text, position)
    return match if match and not _KEYWORD.match(match["label"].strip()) else None
