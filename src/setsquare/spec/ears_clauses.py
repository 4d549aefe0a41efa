"""Finds the preconditions of a sentence and where each ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_mask import HIDDEN
from setsquare.spec.ears_words import DETERMINERS, KEYWORDS, PLAIN_SUBJECTS, PRONOUNS, TRANSLATED_KEYWORDS, TRANSLATED_THEN
from setsquare.spec.statement import Clause, ClauseKind

_WORD: Final = r"A-Za-z0-9_"
_KEYWORD = re.compile(rf"(?<![{_WORD}-])(?:{'|'.join(sorted(KEYWORDS, key=len, reverse=True))})(?![{_WORD}-])", re.IGNORECASE)
_TRANSLATED = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(TRANSLATED_KEYWORDS, key=len, reverse=True))})(?![\w-])", re.IGNORECASE)
_THEN = re.compile(rf"(?<![{_WORD}-])then(?![{_WORD}-])", re.IGNORECASE)
_TRANSLATED_THEN = re.compile(rf"(?<![\w-])(?:{'|'.join(TRANSLATED_THEN)})(?![\w-])", re.IGNORECASE)
_OPENS_CLAUSE = re.compile(r"(?:[,;，、；:：。]|(?<!\w)(?:and|or|then|but))\s*$", re.IGNORECASE)
_COMMA = re.compile(r"[,，、；;]")
_DETERMINER: Final = rf"(?:{'|'.join(DETERMINERS)})"
_COMMA_SUBJECT = re.compile(rf"[,，、]\s*(?:then\s+)?(?=(?:{_DETERMINER}|{'|'.join(PRONOUNS)})\s)", re.IGNORECASE)
_UPPER_ARTICLE = re.compile(rf"(?<![{_WORD}])THE(?=\s)")
_ARTICLE = re.compile(r"(?<![\w])(?:the|it|they|each|every|all|any|no)(?![\w-])", re.IGNORECASE)
_NAME_TAIL = re.compile(rf"(?:(?:[A-Z]|[a-z0-9]+[_.A-Z])[\w.:/-]*|{HIDDEN}+)$")
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z`*\x01])|[。！？]|\n\s*\n")
_SEPARATORS: Final = " \t\r\n,，、;；:："
_BEFORE: Final = 12
_MAX_TAIL_WORDS: Final = 6


class Keyword(Struct, frozen=True):
    """A keyword found in a sentence, as character offsets."""

    kind: ClauseKind
    start: int
    end: int


class Preconditions(Struct, frozen=True):
    """The clauses before the modal, and where the main part (subject and modal) begins."""

    clauses: tuple[Clause, ...]
    main_start: int
    has_then: bool


def sentence_end(prose: str, start: int) -> int:
    """Find the end of the sentence that contains `start`.

    >>> sentence_end("It logs. It stops.", 0)
    7
    """
    match = _SENTENCE_END.search(prose, start)
    return match.start() if match else len(prose)


def sentence_start(prose: str, begin: int, position: int) -> int:
    """Find the start of the sentence that contains `position`, not before `begin`."""
    start = begin
    for match in _SENTENCE_END.finditer(prose, begin, position):
        start = match.end()
    while start < position and prose[start].isspace():
        start += 1
    return start


def keywords(prose: str, begin: int, end: int, *, is_translated: bool) -> Iterator[Keyword]:
    """Find the keywords that open a precondition: at the start, after a comma or conjunction, and in upper case anywhere."""
    patterns = [(_KEYWORD, KEYWORDS)]
    if is_translated:
        patterns.append((_TRANSLATED, TRANSLATED_KEYWORDS))
    found: list[Keyword] = []
    for pattern, kinds in patterns:
        for match in pattern.finditer(prose, begin, end):
            word = match[0]
            is_first = match.start() == begin
            if is_first or (word.isupper() and len(word) > 1) or _OPENS_CLAUSE.search(prose, max(begin, match.start() - _BEFORE), match.start()):
                found.append(Keyword(kinds[word.lower()], match.start(), match.end()))
    return iter(sorted(found, key=lambda keyword: keyword.start))


def preconditions(text: str, prose: str, begin: int, modal_start: int, found: tuple[Keyword, ...]) -> Preconditions:
    """Cut the part before a modal into clauses and the main part."""
    last = found[-1]
    main_start, is_closed, has_then = _main_start(prose, last.end, modal_start)
    clauses = tuple(
        _clause(text, prose, keyword, following.start, is_closed=True)
        for keyword, following in zip(found, found[1:], strict=False)
    )
    clauses += (_clause(text, prose, last, _trimmed(prose, last.end, main_start), is_closed=is_closed),)
    return Preconditions(clauses, main_start, has_then)


def open_clauses(text: str, prose: str, end: int, found: tuple[Keyword, ...]) -> Preconditions:
    """Cut a sentence without a modal into clauses; the last one is closed by THEN or a comma, or it is not closed."""
    last = found[-1]
    match = _then(prose, last.end, end) or _COMMA.search(prose, last.end, end) or _UPPER_ARTICLE.search(prose, last.end + 1, end)
    stop, main_start = (match.start(), match.end()) if match else (end, end)
    clauses = tuple(
        _clause(text, prose, keyword, following.start, is_closed=True)
        for keyword, following in zip(found, found[1:], strict=False)
    )
    last_clause = _clause(text, prose, last, _trimmed(prose, last.end, stop), is_closed=match is not None)
    return Preconditions((*clauses, last_clause), main_start, match is not None and "then" in match[0].lower())


def _main_start(prose: str, start: int, end: int) -> tuple[int, bool, bool]:
    """Find where the main part begins between the last keyword and the modal; tell whether the clause is closed and whether THEN does it."""
    then = _then(prose, start, end)
    if then:
        return then.end(), True, True
    comma = _last(_COMMA_SUBJECT, prose, start, end) or _last(_COMMA, prose, start, end)
    if comma:
        return comma.end(), True, False
    for pattern in (_UPPER_ARTICLE, _ARTICLE):
        article = _last(pattern, prose, start, end)
        if article and prose[start : article.start()].strip():
            return article.start(), True, False
    subject = _bare_subject(prose, start, end)
    return (subject, True, False) if subject else (end, False, False)


def _then(prose: str, start: int, end: int) -> re.Match[str] | None:
    return _last(_THEN, prose, start, end) or (None if prose.isascii() and "aka" not in prose else _last(_TRANSLATED_THEN, prose, start, end))


def _bare_subject(prose: str, start: int, end: int) -> int:
    """Find a subject without article right before the modal: names, identifiers, or one plain word such as `system`; 0 when none."""
    position = end
    for count in range(_MAX_TAIL_WORDS):
        stripped = prose[start:position].rstrip()
        word_start = start + max(stripped.rfind(" "), stripped.rfind("\t"), stripped.rfind("\n")) + 1
        word = prose[word_start : start + len(stripped)]
        is_plain = count == 0 and word.lower() in PLAIN_SUBJECTS
        if not word or not (_NAME_TAIL.match(word) or is_plain) or word_start <= start:
            break
        if not prose[start:word_start].strip():
            break
        position = word_start
    return position if position < end else 0


def _clause(text: str, prose: str, keyword: Keyword, end: int, *, is_closed: bool) -> Clause:
    stop = _trimmed(prose, keyword.end, end)
    inner = text[keyword.end : stop].strip(_SEPARATORS)
    return Clause(
        kind=keyword.kind,
        keyword=text[keyword.start : keyword.end],
        text=_without_conjunction(inner),
        start=keyword.start,
        end=stop,
        is_closed=is_closed,
    )


def _without_conjunction(inner: str) -> str:
    head, _, tail = inner.rpartition(" ")
    return head.rstrip(_SEPARATORS) if head and tail.lower() in {"and", "or", "then"} else inner


def _trimmed(prose: str, start: int, end: int) -> int:
    """Move an end back over separators and a THEN."""
    while end > start:
        if prose[end - 1] in _SEPARATORS:
            end -= 1
        elif prose[max(start, end - 4) : end].lower() == "then" and (end - 5 < start or not prose[end - 5].isascii() or not prose[end - 5].isalnum()):
            end -= 4
        else:
            break
    return end


def _last(pattern: re.Pattern[str], prose: str, start: int, end: int) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(prose, start, end):
        found = match
    return found
