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
_OPENS_CLAUSE = re.compile(r"(?:[,;，、；:：。]|(?<!\w)(?:and|or|then|but))\s*$", re.IGNORECASE)
_MARK = re.compile(r"[,，、;；]|(?<=\S)\s*(?:→|⇒|->|=>|—|\s–\s|[:：](?=\s+\S))\s*")
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
    """Find the start of the sentence that contains `position`, not before `begin`.

    >>> sentence_start("It logs. It stops.", 0, 12)
    9
    """
    start = begin
    for match in _SENTENCE_END.finditer(prose, begin, position):
        start = match.end()
    while start < position and prose[start].isspace():
        start += 1
    return start


def keywords(prose: str, begin: int, end: int, *, is_translated: bool) -> Iterator[Keyword]:
    """Find the keywords that open a precondition: at the start, after a comma or conjunction, and in upper case anywhere.

    >>> [keyword.kind.value for keyword in keywords("while idle, when it rings", 0, 25, is_translated=False)]
    ['while', 'when']
    """
    patterns = [(_KEYWORD, KEYWORDS)]
    if is_translated:
        patterns.append((_TRANSLATED, TRANSLATED_KEYWORDS))
    found: list[Keyword] = []
    for pattern, kinds in patterns:
        for match in pattern.finditer(prose, begin, end):
            word = match[0]
            is_first = match.start() == begin
            if (
                is_first
                or (word.isupper() and len(word) > 1)
                or _OPENS_CLAUSE.search(prose, max(begin, match.start() - _BEFORE), match.start())
            ):
                found.append(Keyword(kinds[word.lower()], match.start(), match.end()))
    return iter(sorted(found, key=lambda keyword: keyword.start))


def preconditions(text: str, prose: str, end: int, found: tuple[Keyword, ...], lang: str) -> Preconditions:
    """Cut the part before a modal at `end` into clauses and the main part.

    >>> text = "when it rings, the bell"
    >>> found = preconditions(text, text, len(text), tuple(keywords(text, 0, len(text), is_translated=False)), "en")
    >>> [clause.text for clause in found.clauses], text[found.main_start :]
    (['it rings'], 'the bell')
    """
    start = found[-1].end
    then = _then(prose, start, end, lang)
    if then:
        return _cut(text, prose, found, (then.start(), then.end()), has_then=True)
    comma = _last(_COMMA_SUBJECT, prose, start, end) or _last(_COMMA, prose, start, end)
    if comma:
        return _cut(text, prose, found, (comma.start(), comma.end()))
    for pattern in (_UPPER_ARTICLE, _ARTICLE):
        article = _last(pattern, prose, start, end)
        if article and prose[start : article.start()].strip():
            return _cut(text, prose, found, (article.start(), article.start()))
    subject = _bare_subject(prose, start, end)
    return _cut(text, prose, found, (subject or end, subject or end), is_closed=subject > 0)


def open_clauses(text: str, prose: str, end: int, found: tuple[Keyword, ...], lang: str) -> Preconditions:
    """Cut a sentence whose modal does not end its preconditions: THEN, a comma, an arrow, a colon or THE closes the last one, or nothing does.

    >>> text = "when it rings: log it"
    >>> found = open_clauses(text, text, len(text), tuple(keywords(text, 0, len(text), is_translated=False)), "en")
    >>> [clause.text for clause in found.clauses], text[found.main_start :]
    (['it rings'], 'log it')
    """
    start = found[-1].end
    then = _then(prose, start, end, lang)
    mark = then or _MARK.search(prose, start, end) or _UPPER_ARTICLE.search(prose, min(start + 1, end), end)
    at = (mark.start(), mark.end()) if mark else (end, end)
    return _cut(text, prose, found, at, is_closed=mark is not None, has_then=then is not None)


def _cut(
    text: str, prose: str, found: tuple[Keyword, ...], at: tuple[int, int], *, is_closed: bool = True, has_then: bool = False
) -> Preconditions:
    """Give each keyword the text up to the next one, the last one up to `at`, where the main part follows."""
    ends = [keyword.start for keyword in found[1:]] + [at[0]]
    last = len(found) - 1
    clauses = (
        _clause(text, prose, keyword, end, is_closed=is_closed or index < last)
        for index, (keyword, end) in enumerate(zip(found, ends, strict=True))
    )
    return Preconditions(tuple(clauses), at[1], has_then)


def _then(prose: str, start: int, end: int, lang: str) -> re.Match[str] | None:
    """Find the last THEN, in English or in the language of the sentence."""
    return _last(_THEN, prose, start, end) or (_last(TRANSLATED_THEN, prose, start, end) if lang != "en" else None)


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
        if prose[start:word_start].strip().lower() in ("", *DETERMINERS):
            break
        position = word_start
    return position if position < end else 0


def _clause(text: str, prose: str, keyword: Keyword, end: int, *, is_closed: bool) -> Clause:
    stop = _trimmed(prose, keyword.end, end)
    inner = text[keyword.end : stop].replace("**", "").strip(_SEPARATORS).lstrip("'’")
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
    """Move an end back over separators."""
    while end > start and prose[end - 1] in _SEPARATORS:
        end -= 1
    return end


def _last(pattern: re.Pattern[str], prose: str, start: int, end: int) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(prose, start, end):
        found = match
    return found
