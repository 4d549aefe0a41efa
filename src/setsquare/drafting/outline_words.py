"""Lists the words by which the outline recognises verbs, generic subjects, component nouns and topics."""

from __future__ import annotations

import re

from setsquare.drafting.picture import Layer


def word_set(text: str) -> frozenset[str]:
    """Read a set of words written in a row.

    >>> sorted(word_set("b a"))
    ['a', 'b']
    """
    return frozenset(text.split())


GENERIC_SUBJECTS = word_set(
    "job script library cli plugin extension workflow system application app platform software solution tool program product website site project it they we user users system's "
    "administrator admin customer developer operator visitor implementation feature code codebase 系统 系統 システム 시스템 sistema système система"
)
"""Subjects that name no part of the system: the whole, a pronoun, or a person."""

COMPONENT_NOUNS = word_set(
    "service api server client handler module page form dashboard cli command parser engine store database cache queue worker scheduler manager "
    "controller validator component view screen panel dialog button gateway middleware plugin extension job pipeline importer exporter reader writer "
    "logger backend frontend router selector widget menu library function script runner processor renderer generator monitor adapter connector "
    "provider repository registry daemon agent bot interface editor builder formatter resolver tracker wizard sidebar endpoint layer container "
    "header footer list table chart modal workflow orchestrator listener indexer loader calculator counter limiter compiler linter serializer"
)
"""Head nouns that make a lower-case subject a component."""

ACTORS = re.compile(
    r"^(?:an?|any|one|the|someone|users?|people|person|individual|actor)?\s*(?:registered |authenticated |authorized |authorised |end |new )?"
    r"(?:user|person|individual|human|people|developer|administrator|admin|customer|operator|member|visitor|role)\b",
    re.IGNORECASE,
)
"""Opens the glossary definition of a person."""

_DATA = word_set(
    "store storage database repository model models schema table tables cache persistence migration entity entities record records dockerfile"
)
_EDGE = word_set(
    "ui ux page screen form dashboard view tab panel dialog button api apis endpoint endpoints cli command interface client app frontend selector widget menu "
    "visualizer layout navigation sidebar header footer editor display theme wizard modal chart navbar list help"
)
_CROSS = word_set(
    "logging logger monitor monitoring audit auditing metrics tests test testing documentation docs deploy deployment performance security reliability resilience "
    "accessibility observability compliance optimization scalability telemetry quality privacy compatibility maintainability limits"
)
_RULES = word_set("backend server service services engine processor worker scheduler")
_LAYERS = {word: layer for words, layer in ((_DATA, Layer.DATA), (_EDGE, Layer.EDGE), (_CROSS, Layer.CROSS)) for word in words}

VERBS = word_set(
    "answer ask drop give hold leave pick put raise refuse say tell void price report bill ship decide accept access acknowledge activate adapt add adjust aggregate alert align allow animate announce append apply archive assign attach audit authenticate "
    "authorize avoid award back batch block build bundle cache calculate call cancel capture change check choose clean clear close collect combine compare compile "
    "complete compress compute configure confirm connect consolidate convert copy count create customize deactivate debounce decode define delegate delete deliver "
    "deny deploy detect determine disable discard discover display distinguish document download edit enable encode encrypt enforce ensure establish estimate "
    "evaluate exchange execute exit expand expire explain export expose extend extract fetch filter find flag follow format generate grant group guard handle hash "
    "help hide highlight identify ignore implement import improve include increment index indicate inform initialize insert install integrate invalidate invite "
    "isolate issue join keep launch limit link list load lock log look maintain make manage map mark match measure merge migrate minimize move navigate normalize "
    "notify offer open optimize order organize override parse pass pause perform persist place prefer present preserve prevent preview print prioritize produce "
    "prompt protect provide publish pull push query queue rate reach read rebuild recalculate receive recommend record recover redirect reduce refactor refresh "
    "refund register reject release reload remove rename render reopen reorder replace report request require reset resolve respond restore restrict resume retain "
    "retrieve retry return reuse review revoke roll rotate route run save scale scan schedule search secure see select send serve set share show sign simplify skip "
    "sort split start stop store stream submit subscribe suggest support suppress switch sync synchronize tag terminate test throttle track transfer transform "
    "translate trigger turn undo unlock unregister update upgrade upload use validate verify view wait warn watch write"
)
"""Verbs in base form that may open a title or a goal."""

STOP = word_set(
    "about above after again all also and any are based been before being below between both but can could does during each every for from further have having "
    "her here his how into its itself just more most must never not now off once only other ours out over own same shall should some such than that the their them "
    "then there these they this those through too under until upon very was were what when where which while who whom why will with within without would your "
    "system application user users component value values valid invalid new existing current given specific appropriate provide display show ensure support allow "
    "old other same different every using used use via per least most has had may might non one two three first last second seconds minutes milliseconds hours days percent return request "
    "contains contain include including includes"
)
"""Words that name no topic."""

FAILURE = re.compile(
    r"\b(?:fail(?:s|ed|ure|ures|ing)?|errors?|invalid|incorrect|wrong|time(?:s|d)?[ -]?out|unavailable|denied|expired|unreachable|exceeds?|exceeded|"
    r"not found|does not exist|cannot|can't|unauthori[sz]ed|forbidden|rejected|corrupt(?:ed)?|malformed|unsupported|offline)\b|"
    r"\b(?:submit|enter|provide|send|with|request|input|field|body)s?\b.{0,30}\b(?:empty|missing|duplicate)\b|\b(?:empty|missing|duplicate) (?:input|field|body|name|value|password|prompt|request|query)",
    re.IGNORECASE,
)
"""Words of a condition that make it a failure."""


def layer_of(name: str) -> Layer:
    """Guess from its name where a component or topic sits; the last telling word decides.

    >>> layer_of("Payment_Store"), layer_of("Query Log tab"), layer_of("Pricing rules")
    (<Layer.DATA: 0>, <Layer.EDGE: 2>, <Layer.LOGIC: 1>)
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z]+", spaced.lower())
    if any(word in _RULES for word in words):
        return Layer.LOGIC
    for word in reversed(words):
        if word in _LAYERS:
            return _LAYERS[word]
    return Layer.LOGIC


def terms(text: str) -> tuple[str, ...]:
    """List the content words of a text in order, in lower case and roughly without endings.

    >>> terms("THE system SHALL send the reset links")
    ('send', 'reset', 'link')
    """
    return tuple(_stem(word) for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in STOP)


def _stem(word: str) -> str:
    """Take off a plural or a verb ending where what remains is long enough."""
    for ending, left in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 4 and not word.endswith("ss"):
            return word[: len(word) - len(ending)] + left
    return word
