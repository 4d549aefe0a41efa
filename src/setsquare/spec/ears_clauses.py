"""Finds the preconditions of a sentence and where each ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_atoms import atoms
from setsquare.spec.ears_mask import HIDDEN
from setsquare.spec.ears_pack import kind_of
from setsquare.spec.ears_source import Source
from setsquare.spec.ears_words import DETERMINERS, KEYWORDS, PLAIN_SUBJECTS, PRONOUNS
from setsquare.spec.statement import Atom, Clause, ClauseKind
from setsquare.text.lazy_pattern import LazyPattern

_WORD: Final = r"A-Za-z0-9_"
# The first letter stands alone in front so that the search jumps from one to the next.
_KEYWORD: Final = LazyPattern(
    rf"[WwIiUuOoDd](?<![{_WORD}-].)(?i:(?<=w)(?:hen(?:ever)?|hil(?:e|st)|here)|(?<=i)f|(?<=u)pon|(?<=o)nce|(?<=d)uring)(?![{_WORD}-])"
)
_THEN: Final = LazyPattern(rf"[Tt](?<![{_WORD}-].)(?:hen|HEN)(?![{_WORD}-])")
_OPENS_CLAUSE: Final = LazyPattern(r"(?:[,;，、；:：。—–]|(?<!\w)(?:and|or|then|but))\s*$", re.IGNORECASE)
_ASIDE: Final = LazyPattern(
    r"\s+(?:any|so|not|needed|necessary|possible|applicable|appropriate|available|required|relevant|present)\s*[,;)]", re.IGNORECASE
)
_MARK: Final = LazyPattern(r"[,，、;；]|(?<=\S)\s*(?:→|⇒|->|=>|—|\s–\s|[:：](?=\s+\S))\s*")
_COMMA: Final = LazyPattern(r"[,，、；;—]")
_DETERMINER: Final = rf"(?:{'|'.join(DETERMINERS)})"
_COMMA_SUBJECT: Final = LazyPattern(rf"[,，、—]\s*(?:then\s+)?(?=(?:{_DETERMINER}|{'|'.join(PRONOUNS)})\s)", re.IGNORECASE)
_UPPER_ARTICLE: Final = LazyPattern(rf"T(?<![{_WORD}].)HE(?=\s)")
_ARTICLE: Final = LazyPattern(r"(?<![\w])(?:the|it|they|each|every|all|any|no)(?![\w-])", re.IGNORECASE)
_ATTACHED: Final = LazyPattern(
    r"\b(?:of|in|on|at|to|by|for|from|with|without|within|into|onto|over|under|than|as|that|which|who|whose|whom|and|or|nor|not|only|all|both|"
    r"half|via|per|through|between|before|after|until|during|against|near|if|when|while|where|about|above|below|behind|beyond|is|are|was|"
    r"were|be|been|outside|inside|toward|towards|across|along|around|despite|like|unlike|but|except|including|using)\s+$",
    re.IGNORECASE,
)
_IN_LIST: Final = LazyPattern(r"\b(?:and|or)\s", re.IGNORECASE)
_NAME_TAIL: Final = LazyPattern(rf"(?:(?:[A-Z]|[a-z0-9]+[_.A-Z])[\w.:/-]*|{HIDDEN}+)$")
_SENTENCE_END: Final = LazyPattern(r"[.!?](?=\s+[A-Z`*\x01])|[。！？]|\n\s*\n")
_SEPARATORS: Final = " \t\r\n,，、;；:：—"
_BEFORE: Final = 12
_ATTACHED_BEFORE: Final = 12
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


def keywords(source: Source, begin: int, end: int) -> Sequence[Keyword]:
    """Find the keywords that open a precondition: at the start, after a comma or conjunction, and in upper case anywhere.

    >>> from setsquare.spec.ears_source import source_of
    >>> [keyword.kind.value for keyword in keywords(source_of("while idle, when it rings"), 0, 25)]
    ['while', 'when']
    """
    prose = source.prose
    found = [
        Keyword(KEYWORDS[match[0].lower()], match.start(), match.end())
        for match in _KEYWORD.finditer(prose, begin, end)
        if match.start() == begin
        or match[0].isupper()
        or (_is_opening(prose, begin, match.start()) and not _ASIDE.match(prose, match.end()))
    ]
    if not source.openers:
        return found
    return _with_openers(source, begin, end, found)


def _is_opening(prose: str, begin: int, at: int) -> bool:
    return _OPENS_CLAUSE.search(prose, max(begin, at - _BEFORE), at) is not None


def _with_openers(source: Source, begin: int, end: int, found: list[Keyword]) -> list[Keyword]:
    """Add the keywords of the sentence's language and of templates; where two overlap, a template's and the first found wins."""
    prose = source.prose
    taken: list[Keyword] = []
    for pattern in source.openers:
        for match in pattern.finditer(prose, begin, end):
            is_upper = match[0].isupper() and len(match[0]) > 1
            if match.start() == begin or is_upper or _is_opening(prose, begin, match.start()):
                taken.append(Keyword(kind_of(match.lastgroup), match.start(), match.end()))
    merged: list[Keyword] = []
    position = begin
    for keyword in sorted((*taken, *found), key=lambda keyword: keyword.start):
        if keyword.start >= position:
            merged.append(keyword)
            position = keyword.end
    return merged


def preconditions(source: Source, end: int, found: Sequence[Keyword]) -> Preconditions:
    """Cut the part before a modal at `end` into clauses and the main part.

    >>> from setsquare.spec.ears_source import source_of
    >>> source = source_of("when it rings, the bell")
    >>> cut = preconditions(source, 23, keywords(source, 0, 23))
    >>> [clause.text for clause in cut.clauses], source.text[cut.main_start :]
    (['it rings'], 'the bell')
    """
    prose, start = source.prose, found[-1].end
    then = _then(source, start, end)
    if then:
        return _cut(source, found, then.span(), has_then=True)
    comma = _last(_COMMA_SUBJECT, prose, start, end) or _last(_COMMA, prose, start, end)
    article = _article(prose, comma.end() if comma else start, end, is_after_comma=comma is not None)
    if article > start and prose[start:article].strip():
        return _cut(source, found, (article, article))
    if comma:
        return _cut(source, found, comma.span())
    subject = _bare_subject(prose, start, end)
    return _cut(source, found, (subject or end, subject or end), is_closed=subject > 0)


def _article(prose: str, start: int, end: int, *, is_after_comma: bool) -> int:
    """Find the article with which the subject begins where no comma ends the condition, or one inside a list did; -1 when none."""
    upper = _last(_UPPER_ARTICLE, prose, start, end) if prose.find("THE", start, end) >= 0 else None
    if upper:
        return upper.start() if prose[start : upper.start()].strip() else -1
    if is_after_comma and not _IN_LIST.search(prose, start, end):
        return -1
    fallback = best = -1
    for match in _ARTICLE.finditer(prose, start, end):
        at = match.start()
        if at == start or not prose[start:at].strip():
            continue
        fallback = at
        if not _ATTACHED.search(prose, max(start, at - _ATTACHED_BEFORE), at):
            best = at
    return best if best >= 0 or is_after_comma else fallback


def open_clauses(source: Source, end: int, found: Sequence[Keyword]) -> Preconditions:
    """Cut a sentence whose modal does not end its preconditions: THEN, a comma, an arrow, a colon or THE closes the last one, or nothing does.

    >>> from setsquare.spec.ears_source import source_of
    >>> source = source_of("when it rings: log it")
    >>> cut = open_clauses(source, 21, keywords(source, 0, 21))
    >>> [clause.text for clause in cut.clauses], source.text[cut.main_start :]
    (['it rings'], 'log it')
    """
    prose, start = source.prose, found[-1].end
    then = _then(source, start, end)
    mark = then or _MARK.search(prose, start, end) or _UPPER_ARTICLE.search(prose, min(start + 1, end), end)
    at = mark.span() if mark else (end, end)
    return _cut(source, found, at, is_closed=mark is not None, has_then=then is not None)


def whole(source: Source, end: int, found: Sequence[Keyword]) -> Preconditions:
    """Cut a sentence whose modal itself ends the last clause, because the subject follows it (`Bei Rauch muss die Anlage …`).

    >>> from setsquare.spec.ears_source import source_of
    >>> source = source_of("Bei Rauch muss die Anlage den Alarm und das Licht einschalten")
    >>> [clause.text for clause in whole(source, 10, keywords(source, 0, 10)).clauses]
    ['Rauch']
    """
    return _cut(source, found, (end, end))


def _cut(source: Source, found: Sequence[Keyword], at: tuple[int, int], *, is_closed: bool = True, has_then: bool = False) -> Preconditions:
    """Give each keyword the text up to the next one, the last one up to `at`, where the main part follows."""
    last = len(found) - 1
    clauses = tuple(
        _clause(source, keyword, found[index + 1].start if index < last else at[0], is_closed=is_closed or index < last)
        for index, keyword in enumerate(found)
    )
    return Preconditions(clauses, at[1], has_then)


def _then(source: Source, start: int, end: int) -> re.Match[str] | None:
    """Find the last THEN, in English or in the language of the sentence."""
    prose = source.prose
    has_then = prose.find("hen", start, end) >= 0 or prose.find("HEN", start, end) >= 0
    found = _last(_THEN, prose, start, end) if has_then else None
    if found is None:
        for pattern in source.thens:
            found = found or _last(pattern, source.prose, start, end)
    return found


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


def _clause(source: Source, keyword: Keyword, end: int, *, is_closed: bool) -> Clause:
    stop = _trimmed(source.prose, keyword.end, end)
    raw = source.text[keyword.end : stop]
    inner = _without_conjunction(raw.replace("**", "").strip(_SEPARATORS).lstrip("'’"))
    is_plain = len(inner) == len(raw) - 1 and " and " not in raw and " or " not in raw and " AND " not in raw and " OR " not in raw
    return Clause(
        kind=keyword.kind,
        keyword=source.text[keyword.start : keyword.end],
        text=inner,
        start=keyword.start,
        end=stop,
        is_closed=is_closed,
        atoms=(Atom(inner),) if is_plain and source.pack is None else _atoms(source, keyword.end, stop),
    )


def _atoms(source: Source, start: int, end: int) -> tuple[Atom, ...]:
    """Split a clause's text between two offsets, a conjunction at its end left out."""
    text, prose = source.text[start:end], source.prose[start:end]
    head, _, tail = prose.rpartition(" ")
    if head and tail.lower() in {"and", "or", "then"}:
        text, prose = text[: len(head)], head
    found = atoms(text, prose, source.pack.joins if source.pack else None)
    return tuple(Atom(atom.text.replace("**", "").strip(_SEPARATORS), atom.join) for atom in found)


def _without_conjunction(inner: str) -> str:
    head, _, tail = inner.rpartition(" ")
    return head.rstrip(_SEPARATORS) if head and tail.lower() in {"and", "or", "then"} else inner


def _trimmed(prose: str, start: int, end: int) -> int:
    """Move an end back over separators."""
    while end > start and prose[end - 1] in _SEPARATORS:
        end -= 1
    return end


def _last(pattern: LazyPattern | re.Pattern[str], prose: str, start: int, end: int) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(prose, start, end):
        found = match
    return found
