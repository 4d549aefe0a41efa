"""Parses one sentence of the Easy Approach to Requirements Syntax, in the forms that real specs use.

The parser is total: any text gives a `Statement`, in time proportional to its length.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_clauses import Keyword, Preconditions, keywords, open_clauses, preconditions, sentence_end, sentence_start
from setsquare.spec.ears_language import language
from setsquare.spec.ears_mask import HIDDEN, masked
from setsquare.spec.ears_postfix import postfix_conditions
from setsquare.spec.ears_words import IMPERATIVES, MODAL_KINDS, PACKS, TRANSLATED_ARTICLE, Pack
from setsquare.spec.statement import Clause, ClauseKind, Pattern, Statement, Timing

_SHALL = re.compile(r"(?<![A-Za-z0-9_-])[Ss](?:HALL|hall|HAN'T|han't)(?![A-Za-z0-9_-])")
_MODAL = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?P<must>must(?:n't)?)|(?P<weak>should(?:n't)?|may(?!\s+\d)|can(?:not|'t)?(?!\s+bus)|will|won't|might))(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_NEGATION = re.compile(r"\s*(?:not|never)\b", re.IGNORECASE)
_NEGATION_BEFORE = re.compile(r"\s+(?:ne|no|não|non|не)\s*$", re.IGNORECASE)
_JOINS = re.compile(r"\s(?:and|or)\s+$", re.IGNORECASE)
_JOINT = re.compile(r"(?:then|and|but)\s+", re.IGNORECASE)
_CONTRACTED = re.compile(r"n't|cannot", re.IGNORECASE)
_PROPERTY = re.compile(r"for\s+(?:any|all|every)\b|(?:对于|對於)(?:任意|任何|所有|每个|每個)|任意の|すべての", re.IGNORECASE)
_PEOPLE = re.compile(
    r"(?:all\s+|registered\s+|new\s+)?(?:users|customers|people|visitors|members|admins|administrators|developers|operators|clients|guests|students|teams|"
    r"players|readers|editors|managers|employees|everyone|anyone)\s+can\b",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"(?:notes?|nb|n\.b\.|example|examples|rationale|reason|comment|remark|hint|tip|caution|hinweis|anmerkung|beispiel|nota|ejemplo|exemple|remarque|"
    r"注|备注|備考|注意|例)\s*[*_]{0,3}[:：]|e\.g\.[,\s]|for (?:example|instance),",
    re.IGNORECASE,
)
_NOUN_CLAUSE = re.compile(
    r"\b(?:whom|what|whatever|how|whether|where|why)\s+(?:[\w-]+\s+){1,4}$|\b(?:that|which|who)\s+(?:(?:the|an?|each|every|any|all|only)\s+[\w-]+\s+|"
    r"(?:they|you|he|she|it|we|users|people|customers|members|clients|others)\s+)?$",
    re.IGNORECASE,
)
_ORDER = re.compile(r"[A-Za-z]+(?=\s+(?:that|the|an?|all|only|each|every|any|if|whether|how|users?)\b)")
_TITLE_PROSE = re.compile(r"(?:this|the following)\s", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|an|a|all|each|every|any|no)\s+", re.IGNORECASE)
_LEADING_PHRASE = re.compile(
    r"(?:after|before|for|in|on|at|given|by|with|as|from|to|since|until|unless|under|per|via|through|without|within|provided|assuming|according|depending|regardless)\s",
    re.IGNORECASE,
)
_SUBJECT_AFTER_COMMA = re.compile(r"[,，]\s*(?=(?:the|each|every|all|any|no|an?)\s|[A-Z\x01])", re.IGNORECASE)
_TIMING = re.compile(
    r"\b(?P<op>within|for|after|at\s+least\s+every|every)\s+(?:(?:at\s+(?:most|least)|up\s+to|the\s+next)\s+)?(?P<value>\d[\d.,]*)\s*(?P<unit>[A-Za-zµ%]+)?|"
    r"\b(?P<now>immediately)\b|\b(?P<until>until)\s+(?P<cond>[^.;]{1,200})",
    re.IGNORECASE,
)
_MAY_BE_TIMED = re.compile(r"\d|immediately|until", re.IGNORECASE)
_KINDS: Final = {
    ClauseKind.WHEN: Pattern.EVENT,
    ClauseKind.WHILE: Pattern.STATE,
    ClauseKind.WHERE: Pattern.OPTIONAL,
    ClauseKind.IF: Pattern.UNWANTED,
}
_IN_CONDITION: Final = ("can", "may", "might")
_TRIM: Final = " \t\r\n,，、;；:：*" + HIDDEN
_HTML = re.compile(r"</?(?:b|i|u|em|strong|mark|span|small|ins)>")
_EDGE: Final = " \t\r\n,，、;；:：*_`"


class _Modal(Struct, frozen=True):
    """The modal of a sentence, as character offsets."""

    start: int
    end: int
    kind: str
    is_negative: bool


class _Source(Struct, frozen=True):
    """A sentence with what is needed to read it: `prose` is the masked text from which words are read."""

    text: str
    prose: str
    begin: int
    lang: str
    pack: Pack | None


# req: check/1.3
def parse(text: str) -> Statement:
    """Read one sentence: pattern, preconditions, subject, modal and response.

    The pattern is the set of precondition keywords; a sentence with none takes the kind of its condition after the response, if it has one.
    Source: EARS, Mavin et al., RE'09; the dialects are those that public `.kiro/specs` use.

    >>> it = parse("WHEN a user signs in THEN the Auth_Service SHALL issue a token")
    >>> it.pattern.value, it.clauses[0].text, it.subject, it.modal, it.response
    ('event', 'a user signs in', 'Auth_Service', 'SHALL', 'issue a token')
    >>> parse("While on battery, when the lid closes, the laptop shall sleep").pattern.value
    'complex'
    >>> parse("THE API SHALL retry if the call fails").pattern.value
    'unwanted'
    >>> parse("用户打开页面时，系统应显示列表").modal_kind
    'localised'
    """
    mask = masked(text)
    lang = language(mask.text[mask.start :])
    source = _Source(text, mask.text, mask.start, lang, PACKS.get(lang))
    modal = None if _NOTE.match(mask.text, mask.start) else _modal(source)
    native = _native(source)
    if modal is None:
        return _without_modal(source, native)
    begin = source.begin
    is_property = _PROPERTY.match(source.prose, begin) is not None
    region_end = len(text) if _stands_last(source, modal) else modal.start
    found = tuple(keywords(source.prose, begin, region_end, is_translated=lang != "en"))
    before = _before(source, modal, region_end, found, native)
    if modal.kind in _IN_CONDITION and _is_conditional(source, before):
        return _without_modal(source, native)
    return _statement(source, modal, before, is_property=is_property)


def _statement(source: _Source, modal: _Modal, before: Preconditions, *, is_property: bool) -> Statement:
    """Put the parts of a sentence with a modal together."""
    subject_at = _subject_at(source, modal, before)
    response_start = modal.end
    response_end = len(source.text)
    if _stands_last(source, modal):
        response_start, response_end = max(subject_at[1] + 1 if subject_at[1] else 0, before.main_start), modal.start
    clauses = before.clauses
    if not clauses and not is_property and source.lang == "en":
        clauses = postfix_conditions(source.text, source.prose, modal.end, len(source.prose))
    response = source.text[response_start:response_end]
    return Statement(
        text=source.text,
        pattern=_stated(source, modal, clauses, is_property=is_property),
        clauses=clauses,
        subject=_shown(source.text[subject_at[0] : subject_at[1]]),
        subject_at=subject_at,
        modal=source.text[modal.start : modal.end],
        modal_kind=modal.kind,
        modal_at=(modal.start, modal.end),
        is_negative=modal.is_negative,
        response=_response(response),
        timing=_timing(source.prose[response_start:response_end], response),
        has_then=before.has_then,
        language=source.lang,
        prose=source.prose,
    )


def _before(source: _Source, modal: _Modal, region_end: int, found: tuple[Keyword, ...], native: Clause | None) -> Preconditions:
    """Find the preconditions, by keyword first, else by a native conditional."""
    if found:
        if region_end > modal.start:
            return open_clauses(source.text, source.prose, modal.start, found, source.lang)
        return preconditions(source.text, source.prose, modal.start, found, source.lang)
    if native and native.end <= modal.start:
        return Preconditions((native,), native.end, False)
    return Preconditions((), sentence_start(source.prose, source.begin, modal.start), False)


def _without_modal(source: _Source, native: Clause | None) -> Statement:
    """Read a sentence that states no obligation; in languages other than English a keyword alone gives the pattern."""
    end = sentence_end(source.prose, source.begin)
    found = tuple(keywords(source.prose, source.begin, end, is_translated=source.lang != "en"))
    found = tuple(keyword for keyword in found if keyword.start <= source.begin or source.text[keyword.start : keyword.end].isupper())
    before = Preconditions((), source.begin, False)
    if found and found[0].start == source.begin:
        before = open_clauses(source.text, source.prose, end, found, source.lang)
    elif native:
        before = Preconditions((native,), native.end, False)
    is_obligation = source.lang != "en" and bool(before.clauses) and before.clauses[-1].is_closed
    return Statement(
        text=source.text,
        pattern=_pattern(before.clauses) if is_obligation else Pattern.NONE,
        clauses=before.clauses,
        response=_response(source.text[before.main_start :]) if before.clauses and before.clauses[-1].is_closed else "",
        has_then=before.has_then,
        language=source.lang,
        prose=source.prose,
    )


def _stated(source: _Source, modal: _Modal, clauses: tuple[Clause, ...], *, is_property: bool) -> Pattern:
    """Name the pattern of a sentence with a modal; an ability of people (`Users can filter`) obliges nobody."""
    if is_property:
        return Pattern.PROPERTY
    if modal.kind == "can" and not modal.is_negative and not clauses and _PEOPLE.match(source.prose, source.begin):
        return Pattern.NONE
    return _pattern(clauses)


# req: check/1.2
def _pattern(clauses: tuple[Clause, ...]) -> Pattern:
    """Name the pattern of a set of preconditions."""
    kinds = {clause.kind for clause in clauses}
    if not kinds:
        return Pattern.UBIQUITOUS
    return _KINDS[kinds.pop()] if len(kinds) == 1 else Pattern.COMPLEX


def _modal(source: _Source) -> _Modal | None:
    """Find the modal: SHALL before must before a localised one before the weak ones, and none inside a precondition if another follows it."""
    shall = _SHALL.search(source.prose, source.begin)
    if shall and _is_introduction(source, shall):
        return None
    must, weak = (None, None) if shall else _other_modals(source)
    chosen = shall or must
    localised = None if chosen else _localised(source)
    if localised:
        return localised
    chosen = chosen or (weak if source.lang == "en" else None)
    if chosen is None or (chosen is weak and _is_subordinate(source, chosen)):
        return None
    word = chosen[0]
    is_negative = bool(_CONTRACTED.search(word) or _NEGATION.match(source.prose, chosen.end()))
    return _Modal(chosen.start(), chosen.end(), MODAL_KINDS[word.lower()], is_negative)


def _other_modals(source: _Source) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """Find `must` and the first weak modal, each after the precondition if there is one there; a weak one before `must` stands alone."""
    must = weak = None
    boundary = _weak_boundary(source)
    for match in _MODAL.finditer(source.prose, source.begin):
        if match["must"] and (must is None or must.start() < boundary):
            must = match
        elif match["weak"] and (weak is None or weak.start() < boundary):
            weak = match
    is_first = must is not None and weak is not None and boundary <= weak.start() < must.start()
    return (None if is_first else must), weak


def _is_conditional(source: _Source, before: Preconditions) -> bool:
    """Tell whether a modal belongs to a condition that nothing ends: `WHEN no name is given and the prompt cannot be shown`."""
    return bool(before.clauses) and (
        not before.clauses[-1].is_closed or _JOINS.search(source.prose, source.begin, before.main_start) is not None
    )


def _is_subordinate(source: _Source, modal: re.Match[str]) -> bool:
    """Tell whether a weak modal stands in a clause below another verb: `items that users can buy`, `Verify the user can sign in`."""
    if _NOUN_CLAUSE.search(source.prose, source.begin, modal.start()):
        return True
    order = _ORDER.match(source.prose, source.begin)
    return order is not None and order[0].lower() in IMPERATIVES


def _weak_boundary(source: _Source) -> int:
    """Find the offset before which a modal belongs to a leading precondition; the start where there is none."""
    if not any(True for _ in keywords(source.prose, source.begin, min(len(source.prose), source.begin + 10), is_translated=False)):
        return source.begin
    cut = max(source.prose.find(mark, source.begin) for mark in (" THEN ", " then "))
    if cut < 0:
        cut = source.prose.find(",", source.begin)
    return cut if cut >= 0 else source.begin


def _is_introduction(source: _Source, modal: re.Match[str]) -> bool:
    """Tell whether the text is prose about a document whose first sentence states no obligation."""
    return bool(_TITLE_PROSE.match(source.prose, source.begin)) and sentence_end(source.prose, source.begin) < modal.start()


def _localised(source: _Source) -> _Modal | None:
    """Find the last obligation of a language pack; the last one, because the modal ends the sentence in many languages."""
    if source.pack is None:
        return None
    found = None
    for match in source.pack.modals.finditer(source.prose, source.begin):
        found = match
        if source.pack.topic is None:
            break
    if found is None:
        return None
    is_negative = bool(source.pack.negative.search(source.prose, source.begin))
    return _Modal(found.start(), found.end(), "localised", is_negative)


def _native(source: _Source) -> Clause | None:
    """Find a condition that a language writes without a keyword in front."""
    for conditional in source.pack.conditionals if source.pack else ():
        match = conditional.pattern.match(source.prose, source.begin)
        if match:
            start, end = match.span("cond")
            return Clause(kind=conditional.kind, keyword="", text=source.text[start:end].strip(), start=match.start(), end=match.end())
    return None


def _stands_last(source: _Source, modal: _Modal) -> bool:
    """Tell whether the modal ends a sentence of a language that puts it there."""
    return bool(source.pack and source.pack.topic) and not source.prose[modal.end :].strip(" 。．.\t\r\n\x01）)")


def _subject_at(source: _Source, modal: _Modal, before: Preconditions) -> tuple[int, int]:
    """Find the subject's characters in the main part; (0, 0) when there is none."""
    start, end = before.main_start, modal.start
    topic = source.pack.topic if source.pack else None
    if topic and (match := topic.search(source.prose, start, end)):
        end = match.start()
    elif topic and _stands_last(source, modal):
        return (0, 0)
    elif not before.clauses and _LEADING_PHRASE.match(source.prose, start):
        start = _after_phrase(source.prose, start, end)
    start, end = _stripped(source.text, start, end)
    if start >= end and before.clauses and before.clauses[0].start > source.begin:
        start, end = _stripped(source.text, source.begin, before.clauses[0].start)
    if modal.is_negative and source.pack and (negation := _NEGATION_BEFORE.search(source.prose, start, end)):
        end = negation.start()
    joint = _JOINT.match(source.prose, start, end)
    start = joint.end() if joint else start
    article = _ARTICLE.match(source.prose, start, end)
    if article is None and source.pack:
        article = TRANSLATED_ARTICLE.match(source.prose, start, end)
    if article:
        start = article.end()
    return (start, end) if start < end else (0, 0)


def _after_phrase(prose: str, start: int, end: int) -> int:
    """Find where the subject begins after a phrase such as `After a restart,` or `In hold mode`."""
    comma = _SUBJECT_AFTER_COMMA.search(prose, start, end)
    article = None if comma else prose.rfind(" the ", start, end)
    return comma.end() if comma else article + 1 if article and article > start else start


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return start, end


def _shown(subject: str) -> str:
    return " ".join(_HTML.sub("", subject).replace("`", "").replace("*", "").split())


def _response(text: str) -> str:
    without = _NEGATION.sub("", text, count=1) if _NEGATION.match(text) else text
    return without.replace("**", "").strip().rstrip(".。").strip(" ,，*")


def _timing(prose: str, response: str) -> Timing | None:
    """Read the first bound on the response."""
    match = _TIMING.search(prose) if _MAY_BE_TIMED.search(prose) else None
    if match is None:
        return None
    if match["now"]:
        return Timing(op="immediately")
    if match["until"]:
        return Timing(op="until", unit=response[match.start("cond") : match.end("cond")].strip())
    op = "every" if "every" in match["op"].lower() else match["op"].lower()
    return Timing(op=op, value=match["value"].rstrip(".,"), unit=match["unit"] or "")
