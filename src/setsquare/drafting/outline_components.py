"""Finds the components of a system in the subjects of its criteria.

Source: Kiro directory page, section 2.3: glossary terms are reused verbatim as system names.
"""

from __future__ import annotations

import re
from collections import Counter

from setsquare.drafting.outline_phrases import plain, slug_key
from setsquare.drafting.outline_topics import Topic
from setsquare.drafting.outline_words import ACTORS, COMPONENT_NOUNS, FAILURE, GENERIC_SUBJECTS, layer_of
from setsquare.drafting.picture import Component, Duty, DutyKind
from setsquare.spec.statement import ClauseKind, Statement
from setsquare.workspace.spec import Criterion, Requirements

_QUANTIFIER = re.compile(r"(?i)^(?:the|a|an|all|each|every|any|no|its|their)\s+")
_UNIT = (
    r"(?:ms|milliseconds?|s|sec|seconds?|minutes?|hours?|days?|[kmgt]i?b|bytes|%|percent|requests?|users|items|characters|pixels|px|fps)\b"
)
MEASURE = re.compile(
    rf"(?i)\b(?:within|under|below|at most|at least|no more than|less than|maximum of|up to|every|for)\s+\d[\d,.]*\s*{_UNIT}|\d\s*%|\d[\d,.]*\s*{_UNIT}"
)
"""A figure with its unit."""
_MAX_WORDS = 4
_LOOMING = 24


def components(requirements: Requirements, topics: tuple[Topic, ...]) -> tuple[Component, ...]:
    """Give every criterion to a component, in order of first appearance.

    A criterion whose subject is the whole system goes to the component that most of its requirement speaks of, else to its topic.
    """
    names = _names(requirements, topics)
    whole = _whole(requirements, names, topics)
    owned: dict[str, list[Duty]] = {}
    named: set[str] = set()
    for index, topic in enumerate(topics):
        owners = [_owner(statement, names, whole) for statement in topic.statements]
        fallback = _main(owners) or topic.area.topic
        named.update(owner for owner in owners if owner)
        for owner, criterion, statement in zip(owners, topic.criteria, topic.statements, strict=True):
            name = owner or fallback
            owned.setdefault(name, []).append(_duty(criterion, statement, index, name))
    return _linked(requirements, owned, frozenset(named))


def _linked(requirements: Requirements, owned: dict[str, list[Duty]], named: frozenset[str]) -> tuple[Component, ...]:
    """Build the components with their meanings and with whom they call."""
    meanings = {slug_key(term): plain(meaning) for term, meaning in requirements.glossary}
    patterns = {name: _mention(name) for name in owned if name in named}
    found = []
    for name, duties in owned.items():
        text = "\n".join(duty.criterion.text for duty in duties)
        calls = tuple(
            other for other, pattern in patterns.items() if other != name and slug_key(other) not in slug_key(name) and pattern.search(text)
        )
        found.append(
            Component(
                name=name,
                layer=layer_of(name),
                meaning=meanings.get(slug_key(name), ""),
                is_named=name in named,
                duties=tuple(duties),
                calls=calls,
            )
        )
    return tuple(found)


def _mention(name: str) -> re.Pattern[str]:
    """Match a component's name as a word; a name in lower case needs its article."""
    if name == name.lower() and "_" not in name:
        return re.compile(rf"\bthe {re.escape(name)}\b", re.IGNORECASE)
    parts = [re.escape(part) for part in re.split(r"[\s_]+", name)]
    return re.compile(rf"(?<!\w){'[ _]'.join(parts)}(?!\w)")


def _names(requirements: Requirements, topics: tuple[Topic, ...]) -> dict[str, str]:
    """Map the key of every subject that names a component to its most usual spelling."""
    glossary = {slug_key(term) for term, meaning in requirements.glossary if not ACTORS.match(meaning)}
    actors = {slug_key(term) for term, meaning in requirements.glossary if ACTORS.match(meaning)}
    spellings: dict[str, Counter[str]] = {}
    for topic in topics:
        for statement in topic.statements:
            subject = _subject(statement)
            key = slug_key(subject)
            if subject and key not in actors and is_component(subject, key in glossary):
                spellings.setdefault(key, Counter())[subject] += 1
    return {key: min(counter.items(), key=lambda item: (-item[1], item[0]))[0] for key, counter in spellings.items()}


def is_component(subject: str, is_defined: bool) -> bool:
    """Tell whether a sentence's subject names a part of the system, not the whole, a person or a thing.

    >>> [is_component(name, False) for name in ("system", "Auth_Service", "login form", "error messages", "users")]
    [False, True, True, False, False]
    """
    words = slug_key(subject).split()
    if not words or len(words) > _MAX_WORDS or (words[-1] in GENERIC_SUBJECTS and len(words) == 1):
        return False
    if re.search(r"[,;:()]|\b(?:of|in|with|when|if|that|by|for|and|or|to)\b", subject) and not is_defined:
        return False
    if is_defined:
        return True
    if words[-1] in COMPONENT_NOUNS:
        return True
    written = subject.strip("`").split()
    has_capitals = all(word[:1].isupper() for word in written) or "_" in subject or re.search(r"[a-z][A-Z]", subject) is not None
    return has_capitals and subject.isascii() and not (len(words) == 1 and subject.isupper() and len(subject) < 3)


def _whole(requirements: Requirements, names: dict[str, str], topics: tuple[Topic, ...]) -> frozenset[str]:
    """Find component names that stand for the whole: "… System" in nearly every requirement, or whatever has most of a large spec's criteria."""
    spread: Counter[str] = Counter()
    for topic in topics:
        spread.update({slug_key(_subject(statement)) for statement in topic.statements})
    found = {key for key in names if key.split()[-1] in GENERIC_SUBJECTS and len(names) > 1 and spread[key] > len(topics) / 2}
    dominating = {key for key in names if len(topics) > 2 and spread[key] > len(topics) * 0.7 and key.split()[-1] in GENERIC_SUBJECTS}
    spoken = Counter(slug_key(_subject(statement)) for topic in topics for statement in topic.statements)
    total = sum(spoken.values())
    looming = {key for key in names if total > _LOOMING and spoken[key] * 2 > total and spread[key] > 3}
    title = slug_key(requirements.title)
    return frozenset(found | dominating | looming | {key for key in names if key == title})


def _subject(statement: Statement) -> str:
    """Give the subject without article, quantifier and markup."""
    return _QUANTIFIER.sub("", plain(statement.subject).strip("`*\"' "))


def _owner(statement: Statement, names: dict[str, str], whole: frozenset[str]) -> str:
    """Name the component of a sentence; empty when its subject is the whole system or unknown."""
    key = slug_key(_subject(statement))
    return "" if key in whole else names.get(key, "")


def _main(owners: list[str]) -> str:
    """Name the component of at least half of a requirement's sentences; empty when there is none."""
    counts = Counter(owner for owner in owners if owner)
    if not counts:
        return ""
    name, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return name if count * 2 >= len(owners) else ""


def _duty(criterion: Criterion, statement: Statement, area: int, component: str) -> Duty:
    """Say what sort of behaviour a sentence asks for."""
    return Duty(criterion=criterion, statement=statement, kind=kind_of(statement), area=area, component=component)


def kind_of(statement: Statement) -> DutyKind:
    """Sort a sentence: a failure path, a prohibition, a measured limit, or normal behaviour.

    >>> from setsquare.spec.ears import parse
    >>> kind_of(parse("IF the disk is full, THEN THE Store SHALL refuse the file")), kind_of(parse("THE Store SHALL answer within 5 ms"))
    (<DutyKind.FAILURE: 'failure'>, <DutyKind.LIMIT: 'limit'>)
    """
    has_if = any(clause.kind is ClauseKind.IF for clause in statement.clauses)
    if has_if or any(FAILURE.search(clause.text) for clause in statement.clauses):
        return DutyKind.FAILURE
    if statement.is_negative or re.match(r"(?i)\s*never\b", statement.response):
        return DutyKind.FORBIDDEN
    return DutyKind.LIMIT if MEASURE.search(statement.response) else DutyKind.NORMAL


def in_building_order(parts: tuple[Component, ...]) -> tuple[Component, ...]:
    """Order components so that what is called comes before its callers, then by layer, then as found.

    >>> from setsquare.drafting.picture import Layer
    >>> page = Component(name="Page", layer=Layer.EDGE, calls=("Store",))
    >>> [part.name for part in in_building_order((page, Component(name="Store", layer=Layer.DATA)))]
    ['Store', 'Page']
    """
    left = sorted(parts, key=lambda part: part.layer)
    names = {part.name for part in parts}
    placed: list[Component] = []
    while left:
        done = {part.name for part in placed}
        ready = next((part for part in left if set(part.calls) & names <= done), left[0])
        placed.append(ready)
        left.remove(ready)
    return tuple(placed)
