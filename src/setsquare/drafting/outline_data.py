"""Finds the data that the requirements name: glossary terms, names in capitals, and lists of attributes."""

from __future__ import annotations

import re

from setsquare.drafting.outline_phrases import capital, plain, slug_key
from setsquare.drafting.outline_words import ACTORS, COMPONENT_NOUNS, VERBS, word_set
from setsquare.drafting.picture import Component, Entity
from setsquare.workspace.spec import Criterion, Requirements

_KEEPING = r"(?:stor(?:es?|ing)|records?|persists?|saves?|creates?|keeps?|logs?|writes?|returns?|exports?|retains?|requires?|accepts?|emits?|generates?|sends?|produces?)"
_LIST_OPENING = r"(?:with|containing|consisting of|including|includes?|contains?|comprising|that has|that contains|that includes)"
_NAMED_LIST = re.compile(
    rf"(?i)\b(?:{_KEEPING}|(?:shows?|displays?|presents?)(?=\s+(?:an?|the)\s+[\w -]{{0,30}}\bform\b))\s+(?:(?:an?|the|each|every|all|one|its|their)\s+)?(?P<head>[\w`-]+(?:\s+[\w`-]+){{0,3}}?),?\s+"
    rf"(?:{_LIST_OPENING}\s+(?:the\s+following\s+fields:?\s+)?)(?P<list>[^.;()]+)"
)
_DEFINED_LIST = re.compile(rf"(?i)\b{_LIST_OPENING}\s+(?P<list>[^.;()]+)")
_DATA_HEAD = re.compile(
    r"(?i)^(?:an?|the|any|one|each)?\s*(?:[\w-]+[ ,]+){0,3}?(?:record|entry|entity|object|value|token|file|list|set|collection|data|message|document|identifier|id|request|"
    r"report|log|row|event|item|account|profile|session|credential|credentials|configuration|setting|settings|field|status|period|snapshot|schema|structure|"
    r"summary|payload|link|code|key|level|history|metadata|string|number|pair|image|photo|range|interval|level|listing|transaction|timestamp)s?\b"
)
_EXAMPLES = re.compile(r"(?i)^(?:e\.?g|i\.?e|such as|for example|like)\b")
_STOPPERS = re.compile(
    r"(?i)\s+(?:of (?:every|the|each|all|an?|\d+)|so that|in order|when|if|while|where|within|before|after|until|to|for|using|via|from|on|in|at|by|as|that|which)\s.*$"
)
_ARTICLE = re.compile(r"(?i)^(?:and|or|an?|the|its|their|each|all|any|at least|e\.g\.|i\.e\.|such as)\s+")
_VERBAL = re.compile(r"(?i)\b(?:shall|must|should|will|is|are|be|can|was|not)\b")
_CAPS = re.compile(r"\b[A-Z][a-z0-9]+(?:_[A-Z][A-Za-z0-9]+)+\b|`([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)`")
_HANDLED = re.compile(
    r"(?i)\b(?:creates?|adds?|submits?|edits?|records?|uploads?|views?|opens?|registers?|imports?|saves?|updates?)\s+(?:an?|the|their|new|each)\s+(?:new\s+)?(?P<what>[a-z-]+(?:\s[a-z-]+)?)(?=\s*(?:,|then\b|and\b|$))"
)
_STORED = re.compile(
    r"(?i)\bshall\s+(?:store|persist|save)\s+(?:an?|the|each|every|all)\s+(?P<what>[a-z-]+(?:\s[a-z-]+)?)(?=\s+(?:with|in|to|for|on|under|as|until|before|after|within)\b|\s*[.,;]|\s*$)"
)
_COLLECTED = re.compile(
    r"(?i)\bshall\s+(?:require|collect|capture|store|record|save|persist|ask for|prompt for|accept|display|show|include|return|list)\s+(?P<list>[^.;()]+)"
)
_AFTER = (
    r"(?=\s*(?:$|[.,;]|(?:in|to|with|for|and|or|when|if|that|by|from|at|on|as|via|using|after|before|within|records?|entry|entries)\b))"
)
_TAIL = re.compile(r"(?i)\s+(?:records?|entry|entries|objects?|rows?|items?)$")
_MOST_WORDS = 4
_HEADLESS = word_set(
    "it them this that these those details information all option options support result results response error message page interface section"
)


def entities(requirements: Requirements, components: tuple[Component, ...]) -> tuple[Entity, ...]:
    """List the data that the text names, glossary terms first, then what criteria name with attributes or in capitals."""
    taken = {slug_key(component.name) for component in components if component.is_named}
    found: dict[str, Entity] = {}
    criteria = requirements.criteria
    for term, meaning in requirements.glossary:
        key = slug_key(term)
        attributes = _attributes(_DEFINED_LIST.search(plain(meaning)))
        is_data = bool(_DATA_HEAD.match(plain(meaning))) or len(attributes) > 2 or _is_handled(_clean(term), criteria)
        if key not in taken and is_data and not ACTORS.match(meaning) and key.split(" ")[-1] not in COMPONENT_NOUNS:
            mentions = _mentions(_clean(term), criteria)
            if mentions:
                found[key] = Entity(name=_clean(term), meaning=plain(meaning), attributes=attributes, criteria=mentions)
    kept_names: set[str] = set()
    terms = {slug_key(term) for term, _ in requirements.glossary}
    for criterion in criteria:
        _add_listed(found, criterion, taken)
        _add_collected(found, criterion, taken)
        _add_capitals(found, criterion, taken | terms)
        kept_names |= _add_stored(found, criterion, taken)
    kept = (
        entity
        for key, entity in found.items()
        if entity.meaning or entity.attributes or len(entity.criteria) > 1 or key in terms or key in kept_names
    )
    return tuple(kept)


def _is_headless(name: str) -> bool:
    """Tell whether a name ends in a word that names no thing of its own, in singular or plural."""
    last = name.rsplit(" ", maxsplit=1)[-1].lower()
    return last in _HEADLESS or last.removesuffix("s") in _HEADLESS


def _is_handled(term: str, criteria: tuple[Criterion, ...]) -> bool:
    """Tell whether any criterion creates, changes or removes things of that name."""
    name = "[ _-]".join(map(re.escape, re.split(r"[ _-]+", term)))
    pattern = re.compile(
        rf"(?i)\b(?:creat|add|edit|updat|delet|remov|stor|sav|persist|record|submit)\w*\s+(?:an?\s+|the\s+|new\s+|their\s+|each\s+)*{name}s?\b{_AFTER}"
    )
    return any(pattern.search(criterion.text) for criterion in criteria)


def _add_collected(found: dict[str, Entity], criterion: Criterion, taken: set[str]) -> None:
    """Add "when an organizer creates an event, require name, date and place"."""
    text = plain(criterion.text)
    subject = _HANDLED.search(text)
    listing = _COLLECTED.search(text)
    if not subject or not listing or subject.start() > listing.start():
        return
    attributes = tuple(item for item in _attributes(listing) if not re.match(r"(?i)to\b", item))
    key = slug_key(subject["what"])
    if len(attributes) < 3 or key in taken or _is_headless(key):
        return
    held = found.get(key) or Entity(name=capital(subject["what"].strip()))
    merged = tuple({slug_key(item): item for item in (*held.attributes, *attributes)}.values())
    ids = tuple(dict.fromkeys((*held.criteria, criterion.id)))
    found[key] = Entity(name=held.name, meaning=held.meaning, attributes=merged, criteria=ids)


def _add_listed(found: dict[str, Entity], criterion: Criterion, taken: set[str]) -> None:
    """Add "record an order with a number, a date and a total"."""
    for match in _NAMED_LIST.finditer(plain(criterion.text)):
        attributes = _attributes(match)
        head = _TAIL.sub("", _ARTICLE.sub("", match["head"].strip("`")).strip())
        key = slug_key(head)
        is_name = (
            head
            and key not in taken
            and not _is_headless(head)
            and not re.search(r"(?i)\b(?:and|or|to|of|with|for|in|on|by|from|the|at|that)\b", head)
        )
        if len(attributes) < 2 or not is_name:
            continue
        singular = key.removesuffix("s")
        known = next((other for other in found if other in {key, singular, f"{key}s"}), key)
        held = found.get(known) or Entity(name=capital(head))
        found[known] = Entity(
            name=held.name,
            meaning=held.meaning,
            attributes=tuple({slug_key(item): item for item in (*attributes, *held.attributes)}.values()),
            criteria=tuple(dict.fromkeys((*held.criteria, criterion.id))),
        )


def _add_stored(found: dict[str, Entity], criterion: Criterion, taken: set[str]) -> set[str]:
    """Add "store the address with …", even where no attribute is named; give the keys of what is stored."""
    keys = set()
    for match in _STORED.finditer(plain(criterion.text)):
        key = slug_key(match["what"])
        if key in taken or _is_headless(key) or key.split(" ")[0] in VERBS:
            continue
        known = next((other for other in found if key in {other, f"{other}s"} or other == f"{key}s"), key)
        held = found.get(known) or Entity(name=capital(match["what"]))
        found[known] = Entity(
            name=held.name, meaning=held.meaning, attributes=held.attributes, criteria=tuple(dict.fromkeys((*held.criteria, criterion.id)))
        )
        keys.add(known)
    return keys


def _add_capitals(found: dict[str, Entity], criterion: Criterion, taken: set[str]) -> None:
    """Add names such as `Audit_Entry` that are no component and not defined."""
    for match in _CAPS.finditer(criterion.text):
        name = match[1] or match[0]
        key = slug_key(name)
        if key in taken or key.split(" ")[-1] in COMPONENT_NOUNS:
            continue
        held = found.get(key) or Entity(name=name)
        found[key] = Entity(
            name=held.name, meaning=held.meaning, attributes=held.attributes, criteria=tuple(dict.fromkeys((*held.criteria, criterion.id)))
        )


def _attributes(match: re.Match[str] | None) -> tuple[str, ...]:
    """Split a list of attributes; empty unless it is one of at least two short names."""
    if not match:
        return ()
    groups = match.groupdict()
    written = groups.get("list") or ""
    if _EXAMPLES.match(written.strip()):
        return ()
    parts = re.split(r"\s*,\s*(?:and\s+|or\s+)?|\s+and\s+", written.strip())
    names = []
    for part in parts:
        name = _ARTICLE.sub("", _STOPPERS.sub("", f" {part}").strip()).strip(" \"'`“”:")
        head, _, rest = name.partition(" ")
        if rest and head.lower() in VERBS:
            break
        if name and name.lower() != "etc" and len(name.split()) <= _MOST_WORDS and not _VERBAL.search(name):
            names.append(name)
    return tuple(dict.fromkeys(names)) if len(names) >= 2 else ()


def _mentions(term: str, criteria: tuple[Criterion, ...]) -> tuple[str, ...]:
    """List the criteria that name a term, in singular or plural, with blank or underscore."""
    pattern = re.compile(
        rf"(?<!\w){'[ _-]'.join(map(re.escape, re.split(r'[ _-]+', term)))}(?:s|es)?(?!\w)", 0 if term[:1].isupper() else re.IGNORECASE
    )
    return tuple(criterion.id for criterion in criteria if pattern.search(criterion.text))


def _clean(term: str) -> str:
    """Take markup and an explaining bracket off a glossary term."""
    return re.sub(r"\s*[(（][^)）]*[)）]\s*$", "", plain(term)).strip("`\"' :：")
