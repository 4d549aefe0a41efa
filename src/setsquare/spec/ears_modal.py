"""Finds the modal of a sentence: the word that states the obligation."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_clauses import keywords, sentence_end
from setsquare.spec.ears_source import Source
from setsquare.spec.ears_words import IMPERATIVES, MODAL_KINDS
from setsquare.text.lazy_pattern import LazyPattern

SHALL: Final = re.compile(r"[Ss](?<![A-Za-z0-9_-].)(?:HALL|hall|HAN'T|han't)(?![A-Za-z0-9_-])")
_MODAL: Final = LazyPattern(
    r"(?<![A-Za-z0-9_-])(?:(?P<must>must(?:n't)?)|(?P<weak>should(?:n't)?|may(?!\s+\d)|can(?:not|'t)?(?!\s+bus)|will|won't|might))(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
NEGATION: Final = re.compile(r"\s*(?:not|never)\b", re.IGNORECASE)
_CONTRACTED: Final = LazyPattern(r"n't|cannot", re.IGNORECASE)
_THEN: Final = LazyPattern(r"\s(?:THEN|then)\s")
_NOTE: Final = LazyPattern(
    r"(?:notes?|nb|n\.b\.|example|examples|rationale|reason|comment|remark|hint|tip|caution|hinweis|anmerkung|beispiel|nota|ejemplo|exemple|remarque|"
    r"注|备注|備考|注意|例)\s*[*_]{0,3}[:：]|e\.g\.[,\s]|for (?:example|instance),",
    re.IGNORECASE,
)
_STORY: Final = LazyPattern(r"as\s+an?\s+[^,，.]{1,80},?\s+I\s+(?:want|need|would|can|should|must|wish|expect|could|will)\b", re.IGNORECASE)
_NOUN_CLAUSE: Final = LazyPattern(
    r"\b(?:whom|what|whatever|how|whether|where|why)\s+(?:[\w-]+\s+){1,4}$|\b(?:that|which|who)\s+(?:(?:the|an?|each|every|any|all|only)\s+[\w-]+\s+|"
    r"(?:they|you|he|she|it|we|users|people|customers|members|clients|others)\s+)?$",
    re.IGNORECASE,
)
_ORDER: Final = LazyPattern(r"[A-Za-z]+(?=\s+(?:that|the|an?|all|only|each|every|any|if|whether|how|users?)\b)")
_TITLE_PROSE: Final = LazyPattern(r"(?:this|the following)\s", re.IGNORECASE)
_DENIAL: Final = LazyPattern(
    r"(?:\A|[,;:]\s*|\bthen\s+)\s*(?:(?:in|under|at|on|by)\s+)?(?:no(?!\s+(?:later|earlier|more|less|fewer|longer|matter|sooner|doubt)\b)|neither)\s[^,;.:]*\Z",
    re.IGNORECASE,
)
_DENIAL_REACH: Final = 200
_NOUN_CLAUSE_REACH: Final = 160
_OPENING: Final = 10


class Modal(Struct, frozen=True):
    """The modal of a sentence, as character offsets."""

    start: int
    end: int
    kind: str
    is_negative: bool


def modal_of(source: Source) -> Modal | None:
    """Find the modal: SHALL before must before a localised one before the weak ones, and none inside a precondition if another follows it.

    >>> from setsquare.spec.ears_source import source_of
    >>> modal_of(source_of("The bell must not ring"))
    Modal(start=9, end=13, kind='must', is_negative=True)
    """
    prose, begin = source.prose, source.begin
    if prose[begin : begin + 1] in "AaNnEeFfRrCcHhTtBb注备備例" and (_NOTE.match(prose, begin) or _STORY.match(prose, begin)):
        return None
    shall = SHALL.search(prose, begin)
    if shall and _is_introduction(source, shall):
        return None
    if shall:
        return _denied(source, english_modal(prose, _main_shall(source, shall)))
    must, weak = _other_modals(source)
    localised = None if must else _localised(source)
    if localised:
        return localised
    chosen = must or (weak if source.lang == "en" else None)
    if chosen is None or (chosen is weak and _is_subordinate(source, chosen)):
        return None
    return _denied(source, english_modal(prose, chosen))


def _denied(source: Source, modal: Modal) -> Modal:
    """Turn the polarity where the negation stands before the modal: `No guest shall …`, `Under no circumstances shall …`."""
    before = source.prose[max(source.begin, modal.start - _DENIAL_REACH) : modal.start]
    if modal.is_negative or ("o " not in before and "O " not in before and "either" not in before) or not _DENIAL.search(before):
        return modal
    return Modal(modal.start, modal.end, modal.kind, is_negative=True)


def english_modal(prose: str, found: re.Match[str]) -> Modal:
    """Name the kind and polarity of an English modal."""
    word = found[0]
    is_negative = NEGATION.match(prose, found.end()) is not None or ("n" in word and _CONTRACTED.search(word) is not None)
    return Modal(found.start(), found.end(), MODAL_KINDS[word.lower()], is_negative)


def _main_shall(source: Source, first: re.Match[str]) -> re.Match[str]:
    """Pass over a SHALL inside a condition: `WHEN a record that shall be kept is deleted THEN the system SHALL …`."""
    prose, begin = source.prose, source.begin
    then = _THEN.search(prose, first.end())
    if then is None or prose.find(",", begin, first.start()) >= 0 or prose.find(" THEN ", begin, first.start()) >= 0:
        return first
    if any(mark in prose[first.end() : then.start()] for mark in ",;."):
        return first
    return SHALL.search(prose, then.end()) or first


def _other_modals(source: Source) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """Find `must` and the first weak modal, each after the precondition if there is one there; a weak one before `must` stands alone."""
    must = weak = None
    boundary = -1
    for match in _MODAL.finditer(source.prose, source.begin):
        if boundary < 0:
            boundary = _weak_boundary(source)
        if match["must"] and (must is None or must.start() < boundary):
            must = match
        elif match["weak"] and (weak is None or weak.start() < boundary):
            weak = match
    is_first = must is not None and weak is not None and boundary <= weak.start() < must.start()
    return (None if is_first else must), weak


def _is_subordinate(source: Source, modal: re.Match[str]) -> bool:
    """Tell whether a weak modal stands in a clause below another verb: `items that users can buy`, `Verify the user can sign in`."""
    if _NOUN_CLAUSE.search(source.prose, max(source.begin, modal.start() - _NOUN_CLAUSE_REACH), modal.start()):
        return True
    order = _ORDER.match(source.prose, source.begin)
    return order is not None and order[0].lower() in IMPERATIVES


def _weak_boundary(source: Source) -> int:
    """Find the offset before which a modal belongs to a leading precondition; the start where there is none."""
    prose, begin = source.prose, source.begin
    if not keywords(source, begin, min(len(prose), begin + _OPENING)):
        return begin
    cut = max(prose.find(mark, begin) for mark in (" THEN ", " then "))
    if cut < 0:
        cut = prose.find(",", begin)
    return cut if cut >= 0 else begin


def _is_introduction(source: Source, modal: re.Match[str]) -> bool:
    """Tell whether the text is prose about a document whose first sentence states no obligation."""
    return bool(_TITLE_PROSE.match(source.prose, source.begin)) and sentence_end(source.prose, source.begin) < modal.start()


def _localised(source: Source) -> Modal | None:
    """Find the last obligation of a language pack; the last one, because the modal ends the sentence in many languages."""
    if source.pack is None:
        return None
    found = None
    is_last = source.pack.topic is not None
    for match in source.pack.modals.finditer(source.prose, source.begin):
        found = match
        if not is_last:
            break
    if found is None:
        return None
    is_negative = source.pack.negative.search(source.prose, source.begin) is not None
    return Modal(found.start(), found.end(), "localised", is_negative)
