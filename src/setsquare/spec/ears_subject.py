"""Finds the acting system of a sentence."""

from __future__ import annotations

import re
from typing import Final

from setsquare.spec.ears_clauses import Preconditions
from setsquare.spec.ears_mask import HIDDEN
from setsquare.spec.ears_modal import Modal
from setsquare.spec.ears_source import Source
from setsquare.text.lazy_pattern import LazyPattern

_NEGATION_BEFORE: Final = LazyPattern(r"(?:^|\s+)(?:n['’]|ne|no|nunca|jamás|não|jamais|non|не|никогда\s+не)\s*$", re.IGNORECASE)
_JOINT: Final = LazyPattern(r"(?:then|and|but)\s+", re.IGNORECASE)
_ARTICLE: Final = LazyPattern(r"(?:the|an|a|all|each|every|any|no)\s+", re.IGNORECASE)
_THAT: Final = LazyPattern(r"it\s+is\s+[\w-]+\s+that\s+", re.IGNORECASE)
_LEADING_PHRASE: Final = LazyPattern(
    r"(?:after|before|except|during|for|in|on|at|given|by|with|as|from|to|since|until|unless|under|per|via|through|without|within|provided|assuming|according|depending|regardless)\s",
    re.IGNORECASE,
)
_PHRASE_LETTERS: Final = frozenset("aAbBdDeEfFgGiIoOpPrRsStTuUvVwW")
_SUBJECT_AFTER_COMMA: Final = LazyPattern(r"[,，]\s*(?=(?:the|each|every|all|any|no|an?|it|they)\s|[A-Z\x01])", re.IGNORECASE)
_RELATIVE: Final = LazyPattern(r",\s+(?:which|who|whose|where)\s")
_HTML: Final = LazyPattern(r"</?(?:b|i|u|em|strong|mark|span|small|ins)>")
_EDGE: Final = " \t\r\n,，、;；:：—*_`"
_MARKS: Final = LazyPattern(r"[`*<\t-\r]|\s\s")
_MARKERS: Final = " 。．.\t\r\n\x01）)"


def stands_last(source: Source, modal: Modal) -> bool:
    """Tell whether the modal ends a sentence of a language that puts it there."""
    pack = source.pack
    return bool(pack and pack.topic) and not source.prose[modal.end :].strip(_MARKERS)


def subject_at(source: Source, modal: Modal, before: Preconditions, *, is_last: bool) -> tuple[int, int]:
    """Find the subject's characters in the main part; (0, 0) when there is none."""
    prose, pack = source.prose, source.pack
    start, end = before.main_start, modal.start
    if pack is not None:
        topic = pack.topic.search(prose, start, end) if pack.topic else None
        if topic:
            end = topic.start()
        elif is_last:
            return (0, 0)
    start, end = trimmed(source, start, end)
    if prose[start : start + 1] in _PHRASE_LETTERS and _LEADING_PHRASE.match(prose, start, end):
        start = trimmed(source, _after_phrase(prose, start, end), end)[0]
    if start >= end and before.clauses and before.clauses[0].start > source.begin:
        start, end = trimmed(source, source.begin, before.clauses[0].start)
    if pack is not None:
        if modal.is_negative and (negation := _NEGATION_BEFORE.search(prose, start, end)):
            end = negation.start()
        after = pack.subject_after.match(prose, modal.end) if pack.subject_after and start >= end else None
        if after:
            return after.span("subject")
    if ", wh" in prose[start:end] and (aside := _RELATIVE.search(prose, start, end)):
        end = aside.start()
    start = without_article(source, start, end)
    return (start, end) if start < end else (0, 0)


def without_article(source: Source, start: int, end: int) -> int:
    """Pass over `then`, `and` and an article."""
    letter = source.prose[start : start + 1]
    joint = None
    if letter in "TtAaBbIi":
        joint = _JOINT.match(source.prose, start, end) or (_THAT.match(source.prose, start, end) if letter in "Ii" else None)
    start = joint.end() if joint else start
    article = _ARTICLE.match(source.prose, start, end)
    if article is None and source.pack and source.pack.article:
        article = source.pack.article.match(source.prose, start, end)
    return article.end() if article else start


def _after_phrase(prose: str, start: int, end: int) -> int:
    """Find where the subject begins after a phrase such as `After a restart,` or `In hold mode`."""
    comma = None
    for match in _SUBJECT_AFTER_COMMA.finditer(prose, start, end):
        comma = match
    article = -1 if comma else prose.rfind(" the ", start, end)
    return comma.end() if comma else article + 1 if article > start else start


def trimmed(source: Source, start: int, end: int) -> tuple[int, int]:
    """Move both ends over separators, marks of emphasis and a parenthesis behind the name."""
    text = source.text
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    if end > start and text[end - 1] in ")）" and source.prose[end - 1] == HIDDEN:
        opening = end - 1
        while opening > start and source.prose[opening - 1] == HIDDEN:
            opening -= 1
        if opening > start and text[opening] in "(（":
            return trimmed(source, start, opening)
    return start, end


def shown(subject: str) -> str:
    """Write a subject without marks.

    >>> shown("**Order  `Store`**")
    'Order Store'
    """
    if not _MARKS.search(subject):
        return subject.strip()
    return " ".join(_HTML.sub("", subject).replace("`", "").replace("*", "").split())
