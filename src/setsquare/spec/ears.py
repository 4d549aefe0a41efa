"""Parses one sentence of the Easy Approach to Requirements Syntax, in the forms that real specs use.

The parser is total: any text gives a `Statement`, in time proportional to its length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from setsquare.spec.ears_atoms import atoms
from setsquare.spec.ears_clauses import Keyword, Preconditions, keywords, open_clauses, preconditions, sentence_end, sentence_start, whole
from setsquare.spec.ears_modal import Modal, modal_of
from setsquare.spec.ears_postfix import postfix_conditions
from setsquare.spec.ears_responses import Cut, continues, plain_response, postconditions
from setsquare.spec.ears_source import Source, source_of
from setsquare.spec.ears_subject import shown, stands_last, subject_at
from setsquare.spec.statement import Clause, ClauseKind, Form, Pattern, Postcondition, Statement
from setsquare.spec.template import Template
from setsquare.text.lazy_pattern import LazyPattern

_JOINS: Final = LazyPattern(r"\s(?:and|or)\s+$", re.IGNORECASE)
_JOINS_REACH: Final = 8
_PROPERTY: Final = LazyPattern(r"for\s+(?:any|all|every)\b", re.IGNORECASE)
_PEOPLE: Final = LazyPattern(
    r"(?:all\s+|registered\s+|new\s+)?(?:users|customers|people|visitors|members|admins|administrators|developers|operators|clients|guests|students|teams|"
    r"players|readers|editors|managers|employees|everyone|anyone)\s+can\b",
    re.IGNORECASE,
)
# Looked up once: an enum's member costs CPython 3.11 ten times a name, and every sentence is asked for these.
_UBIQUITOUS: Final = Pattern.UBIQUITOUS
_CANONICAL: Final = Form.CANONICAL
_FORMLESS: Final = (Pattern.PROPERTY, Pattern.NONE)
_WHEN: Final = ClauseKind.WHEN
_EVENT: Final = Pattern.EVENT
_IF: Final = ClauseKind.IF
_UNWANTED: Final = Pattern.UNWANTED
_WHILE: Final = ClauseKind.WHILE
_STATE: Final = Pattern.STATE
_OPTIONAL: Final = Pattern.OPTIONAL
_ONLY: Final = ("only", "if and only if")
_IN_CONDITION: Final = ("can", "may", "might")
_UPPER_THEN: Final = LazyPattern(r"(?<![A-Za-z0-9_-])THEN(?![A-Za-z0-9_-])")
_CONDITION_WORDS: Final = LazyPattern(
    r"[WwIiUuOoDd](?<![A-Za-z0-9_].)(?i:(?<=w)(?:hen(?:ever)?|hile|here)|(?<=i)f|(?<=u)(?:pon|nless|ntil)|(?<=o)nce|(?<=d)uring)(?![A-Za-z0-9_])"
)


# req: check/1.3
def parse(text: str, templates: Sequence[Template] = ()) -> Statement:
    """Read one sentence: pattern, preconditions, subject, modal and response; `templates` add openings to the five of EARS.

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
    source = source_of(text, templates)
    modal = modal_of(source)
    native = _native(source)
    if modal is None:
        return _without_modal(source, native)
    is_last = source.pack is not None and stands_last(source, modal)
    before = _before(source, modal, len(text) if is_last else modal.start, native)
    if modal.kind in _IN_CONDITION and _is_conditional(source, before):
        return _without_modal(source, native)
    return _statement(source, modal, before, is_last=is_last)


def _statement(source: Source, modal: Modal, before: Preconditions, *, is_last: bool) -> Statement:
    """Put the parts of a sentence with a modal together."""
    text, prose = source.text, source.prose
    is_property = _is_property(source)
    found_at = subject_at(source, modal, before, is_last=is_last)
    start, end = modal.end, len(text)
    if is_last:
        start, end = max(found_at[1] + 1 if found_at[1] else 0, before.main_start), modal.start
    elif found_at[0] >= modal.end:
        start = found_at[1]
    after = postconditions(source, start, end) if _CONDITION_WORDS.search(prose, start, end) else ()
    clauses = before.clauses
    if not clauses and after and not is_property and source.lang == "en":
        clauses = postfix_conditions(text, prose, modal.end, len(prose))
    subject = shown(text[found_at[0] : found_at[1]])
    pattern = _stated(source, modal, clauses, is_property=is_property)
    return Statement(
        text=text,
        pattern=pattern,
        clauses=clauses,
        subject=subject,
        subject_at=found_at,
        modal=text[modal.start : modal.end],
        modal_kind=modal.kind,
        modal_at=(modal.start, modal.end),
        is_negative=modal.is_negative,
        continues=continues(prose[start:end]),
        response=plain_response(text[start:end]),
        duties=Cut(source, modal, subject, start, end),
        postconditions=after,
        has_then=before.has_then,
        form=Form.NONE if pattern in _FORMLESS else _form(source, before, clauses, is_only=_is_only(after)),
        language=source.lang,
        prose=prose,
    )


def _form(source: Source, before: Preconditions, clauses: tuple[Clause, ...], *, is_only: bool) -> Form:
    """Name how the sentence is built."""
    if before.clauses and "THEN" in source.prose and _UPPER_THEN.search(source.prose):
        return Form.THEN_NO_COMMA
    if before.has_then:
        at = source.prose[: before.main_start].rstrip().rfind(" ")
        has_comma = source.prose[:at].rstrip()[-1:] in (",", "，", "、")
        return _CANONICAL if has_comma else Form.THEN_NO_COMMA
    if not before.clauses and (is_only or (clauses and clauses[0].is_postfix)):
        return Form.POSTFIX
    return _CANONICAL


def _is_only(after: Sequence[Postcondition]) -> bool:
    return bool(after) and any(one.word.startswith(_ONLY) for one in after)


def _before(source: Source, modal: Modal, region_end: int, native: Clause | None) -> Preconditions:
    """Find the preconditions, by keyword first, else by a native conditional."""
    found = keywords(source, source.begin, region_end)
    if found:
        if region_end > modal.start:
            return open_clauses(source, modal.start, found)
        after = source.pack.subject_after if source.pack and modal.kind == "localised" else None
        if after and after.match(source.prose, modal.end) and source.prose.find(",", found[-1].end, modal.start) < 0:
            return whole(source, modal.start, found)
        return preconditions(source, modal.start, found)
    if native and native.end <= modal.start:
        return Preconditions((native,), native.end, False)
    return Preconditions((), sentence_start(source.prose, source.begin, modal.start), False)


def _without_modal(source: Source, native: Clause | None) -> Statement:
    """Read a sentence that states no obligation; in languages other than English a keyword alone gives the pattern."""
    end = sentence_end(source.prose, source.begin)
    found: list[Keyword] = [
        keyword
        for keyword in keywords(source, source.begin, end)
        if keyword.start <= source.begin or source.text[keyword.start : keyword.end].isupper()
    ]
    before = Preconditions((), source.begin, False)
    if found and found[0].start == source.begin:
        before = open_clauses(source, end, found)
    elif native:
        before = Preconditions((native,), native.end, False)
    is_obligation = source.lang != "en" and bool(before.clauses) and before.clauses[-1].is_closed
    pattern = _pattern(before.clauses) if is_obligation else Pattern.NONE
    return Statement(
        text=source.text,
        pattern=pattern,
        clauses=before.clauses,
        response=plain_response(source.text[before.main_start :]) if before.clauses and before.clauses[-1].is_closed else "",
        has_then=before.has_then,
        form=Form.NONE if pattern is Pattern.NONE else _form(source, before, before.clauses, is_only=False),
        language=source.lang,
        prose=source.prose,
    )


def _is_property(source: Source) -> bool:
    if source.prose[source.begin : source.begin + 1] in "Ff" and _PROPERTY.match(source.prose, source.begin):
        return True
    quantifier = source.pack.quantifier if source.pack else None
    return quantifier is not None and quantifier.match(source.prose, source.begin) is not None


def _stated(source: Source, modal: Modal, clauses: tuple[Clause, ...], *, is_property: bool) -> Pattern:
    """Name the pattern of a sentence with a modal; an ability of people (`Users can filter`) obliges nobody."""
    if is_property:
        return Pattern.PROPERTY
    if modal.kind == "can" and not modal.is_negative and not clauses and _PEOPLE.match(source.prose, source.begin):
        return Pattern.NONE
    return _pattern(clauses)


# req: check/1.2
def _pattern(clauses: tuple[Clause, ...]) -> Pattern:
    """Name the pattern of a set of preconditions."""
    if not clauses:
        return _UBIQUITOUS
    kind = clauses[0].kind
    if len(clauses) > 1 and any(clause.kind is not kind for clause in clauses[1:]):
        return Pattern.COMPLEX
    if kind is _WHEN:
        return _EVENT
    if kind is _IF:
        return _UNWANTED
    return _STATE if kind is _WHILE else _OPTIONAL


def _is_conditional(source: Source, before: Preconditions) -> bool:
    """Tell whether a modal belongs to a condition that nothing ends: `WHEN no name is given and the prompt cannot be shown`."""
    reach = max(source.begin, before.main_start - _JOINS_REACH)
    return bool(before.clauses) and (not before.clauses[-1].is_closed or _JOINS.search(source.prose, reach, before.main_start) is not None)


def _native(source: Source) -> Clause | None:
    """Find a condition that a language writes without a keyword in front."""
    for conditional in source.pack.conditionals if source.pack else ():
        match = conditional.pattern.match(source.prose, source.begin)
        if match:
            start, end = match.span("cond")
            return Clause(
                kind=conditional.kind,
                keyword="",
                text=source.text[start:end].strip(),
                start=match.start(),
                end=match.end(),
                atoms=atoms(source.text[start:end].strip(), source.prose[start:end].strip(), source.pack.joins if source.pack else None),
            )
    return None
