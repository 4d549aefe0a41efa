"""Derives correctness properties from the criteria whose shape can be tested on any input.

Source: Kiro directory page, section 2.5: `### Property N`, `*For any*`, `**Validates: Requirements N.M**`.
"""

from __future__ import annotations

import re
from collections import Counter

from setsquare.drafting.outline_components import MEASURE
from setsquare.drafting.outline_phrases import action, bare_condition, capital, duty_line, plain, shortened
from setsquare.drafting.outline_words import terms
from setsquare.drafting.picture import Duty, DutyKind, Promise, Shape
from setsquare.spec.statement import ClauseKind, Pattern, Statement

_PAIRS = (
    ("save", "load"), ("serialize", "deserialize"), ("serialise", "deserialise"), ("encode", "decode"), ("encrypt", "decrypt"), ("export", "import"),
    ("pars", "print"), ("compress", "decompress"), ("backup", "restore"), ("back up", "restore"), ("persist", "restore"), ("store", "retrieve"), ("pack", "unpack"),
)  # fmt: skip
_ROUND_TRIP = re.compile(
    r"(?i)\bround[- ]?trip|\bre-?(?:parse|load|import)s? .{0,40}\b(?:same|identical|equal|equivalent)\b|\bbyte-identical\b"
)
_IDEMPOTENT = re.compile(
    r"(?i)\bidempoten|\b(?:twice|more than once|a second time|repeated(?:ly)?)\b|\bsame\b.{0,40}\bagain\b|\balready (?:exists|processed|saved|registered|present|recorded|sent|paid|stored|imported)"
)
_ALWAYS = re.compile(
    r"(?i)^\s*(?:always|never|not\b|only)|\b(?:at all times|in every case|without exception|exactly one|unique|must match|sorted by|in .{0,20} order|in any|equal to|equals|at most the|never more than|preserve|remain)\b"
)
_BOUND = re.compile(
    r"(?i)\b(?:at most|at least|no more than|not exceed|no longer than|no fewer than|up to|maximum|minimum|between)\b[^.]{0,30}?\d"
)
_TIME = re.compile(r"(?i)\d\s*(?:ms|milliseconds?|s|sec|seconds?|minutes?|hours?|fps)\b")
_INPUT = re.compile(
    r"(?i)\b(?:invalid|empty|missing|exceed|incorrect|wrong|malformed|duplicate|expired|unsupported|unknown|negative|blank|already|out of range|longer|shorter|not (?:match|contain|exist|found)|too (?:long|short|large|small))\w*"
)
_RESOURCE = re.compile(r"(?i)\b(?:memory|cpu|ram|disk space|bandwidth)\b|\b(?:in|under|less than|within) \d+ ?[kmgt]i?b\b")
_REFUSES = re.compile(r"(?i)\s*(?:reject|refuse|deny|display|show|return an? .{0,20}error|raise)\b")
_LIMIT = 24


def promises(duties: tuple[Duty, ...]) -> tuple[Promise, ...]:
    """Derive properties in file order, at most 24; only shapes that make sense as "for any".

    >>> promises(())
    ()
    """
    drafts = _round_trips(duties)
    covered = {identifier for _, _, _, ids in drafts for identifier in ids}
    for duty in duties:
        if duty.id in covered or not duty.statement.response or duty.statement.language != "en":
            continue
        shape = shape_of(duty)
        if shape is not None:
            drafts.append((shape, _title(shape, duty), _text(shape, duty), (duty.id,)))
    order = {duty.id: index for index, duty in enumerate(duties)}
    drafts.sort(key=lambda draft: order[draft[3][0]])
    if len(drafts) > _LIMIT:
        rejections = [draft for draft in drafts if draft[0] is Shape.REJECTION]
        spare = {id(draft) for draft in rejections[max(0, len(rejections) - (len(drafts) - _LIMIT)) :]}
        drafts = [draft for draft in drafts if id(draft) not in spare][:_LIMIT]
    times = Counter(title for _, title, _, _ in drafts)
    owner = {duty.id: duty.component for duty in duties}
    return tuple(
        Promise(
            number=number, shape=shape, title=f"{title} ({owner[ids[0]]}, {ids[0]})" if times[title] > 1 else title, text=text, criteria=ids
        )
        for number, (shape, title, text, ids) in enumerate(drafts, start=1)
    )


_Draft = tuple[Shape, str, str, tuple[str, ...]]


def _round_trips(duties: tuple[Duty, ...]) -> list[_Draft]:
    """Find pairs of inverse actions of one component, in one sentence or in two of the same requirement."""
    found: list[_Draft] = []
    used: set[str] = set()
    for there, back in _PAIRS:
        starts = [duty for duty in duties if _does(duty.statement, there)]
        ends = [duty for duty in duties if _does(duty.statement, back)]
        for first in starts:
            second = next((end for end in ends if end.area == first.area and end.id != first.id and _mirrors(first, end)), None)
            if second is None or {first.id, second.id} & used:
                continue
            used |= {first.id, second.id}
            what = _object(first.statement)
            title = f"Round trip of {what}" if what else f"{capital(there)} and {back} are inverse"
            text = f'*For any* {what or "valid input"}, what {_the(_subject(second))} gives back ("{action(second.statement, 12)}") equals what was handed over ("{action(first.statement, 12)}").'
            found.append((Shape.ROUND_TRIP, title, text, (first.id, second.id)))
    return found


def _does(statement: Statement, verb: str) -> bool:
    """Tell whether a criterion asks for an action: its response starts with the verb, or a command in its text does it."""
    if statement.language != "en" or statement.is_negative or not statement.response:
        return False
    return statement.response.lower().lstrip().startswith(verb) or bool(re.search(rf"`[^`]*\b{verb}\b[^`]*`", statement.text.lower()))


def _mirrors(first: Duty, second: Duty) -> bool:
    """Tell whether two actions are about the same thing: they share a noun, or the second names the first."""
    return bool(set(terms(first.statement.text)) & set(terms(second.statement.response)))


def _object(statement: Statement) -> str:
    """Give the first noun phrase after the verb, at most four words."""
    words = plain(statement.response).split()
    skip = 2 if words[0].lower() == "back" else 1
    phrase = shortened(" ".join(words[skip:]), 4).removesuffix(" …")
    return re.sub(
        r"(?i)^(?:the|an?|all|every|each)\s+", "", re.split(r"\s(?:to|in|from|with|as|for|on|when|using)\s", f"{phrase} ")[0].strip()
    )


def shape_of(duty: Duty) -> Shape | None:
    """Say which shape of property a criterion has; `None` when it says nothing about any input.

    >>> from setsquare.drafting.outline_components import kind_of
    >>> from setsquare.spec.ears import parse
    >>> said = parse("THE Store SHALL NOT keep passwords")
    >>> shape_of(Duty(criterion=None, statement=said, kind=kind_of(said), area=0))
    <Shape.INVARIANT: 'invariant'>
    """
    statement = duty.statement
    text = statement.text
    if statement.pattern is Pattern.PROPERTY:
        return Shape.STATED
    if _ROUND_TRIP.search(text):
        return Shape.ROUND_TRIP
    if _IDEMPOTENT.search(text) and not _REFUSES.match(statement.response):
        return Shape.IDEMPOTENCE
    if duty.kind is DutyKind.FORBIDDEN or _ALWAYS.search(statement.response):
        return Shape.INVARIANT
    if _BOUND.search(statement.response) and not _TIME.search(statement.response) and not _RESOURCE.search(text):
        return Shape.BOUND
    if not statement.clauses and re.match(r"(?i)(?:refuse|reject|deny)\b", statement.response):
        return Shape.REJECTION
    if statement.pattern is Pattern.STATE and not MEASURE.search(text):
        return Shape.INVARIANT
    if duty.kind is DutyKind.FAILURE and any(_INPUT.search(clause.text) for clause in statement.clauses):
        return Shape.REJECTION
    return None


def _title(shape: Shape, duty: Duty) -> str:
    """Name a property in a few words."""
    if shape is Shape.STATED:
        return capital(shortened(action(duty.statement), 12).removesuffix(" …"))
    doing = shortened(action(duty.statement), 8)
    if len(doing.split(" ")) <= 2:
        doing = shortened(duty_line(duty.statement), 10)
    return capital(doing.removesuffix(" …"))


def _text(shape: Shape, duty: Duty) -> str:
    """Write a property as one sentence."""
    statement = duty.statement
    if shape is Shape.STATED:
        return re.sub(r"(?i)^[*_]{0,2}for (any|all|every|each)[*_]{0,2}", r"*For \1*", plain(statement.text), count=1).rstrip(".") + "."
    negation = "NOT " if statement.is_negative else ""
    response = re.sub(r"(?i)^not\s+", "", plain(statement.response)).rstrip(". ")
    must = f"{_the(_subject(duty))} SHALL {negation}{response}."
    given = bare_condition(statement)
    first = next((clause.kind for clause in statement.clauses if clause.text.strip() and not clause.is_postfix), None)
    match first:
        case None:
            return f"*For any* sequence of inputs, {must}"
        case ClauseKind.WHILE:
            return f"*For any* sequence of actions while {given}, {must}"
        case ClauseKind.WHERE:
            return f"*For any* configuration where {given}, {must}"
        case _:
            return f"*For any* case {_in_which(given)}, {must}"


def _in_which(given: str) -> str:
    """Join a condition to "case": a clause as "in which …", a form in -ing as "of …"."""
    head = given.split(" ", 1)[0].lower()
    return f"of {given}" if head.endswith("ing") and len(head) > 4 else f"in which {given}"


def _subject(duty: Duty) -> str:
    """Name who acts, as written."""
    return plain(duty.statement.subject).strip("`*") or "system"


def _the(name: str) -> str:
    """Put the article before a name unless it has one."""
    lower = name.lower()
    if lower in {"it", "they", "he", "she"}:
        return "the system"
    return name if re.match(r"(?:the|an?|all|each|every|any|no)\s", lower) else f"the {name}"
