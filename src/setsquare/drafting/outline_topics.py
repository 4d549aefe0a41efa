"""Names what each requirement is about, and splits long untitled lists into topics.

Source: tutorial dialect (settings page, section 1): its two sections hold bare sentences, so topics come from shared words.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter

from msgspec import Struct

from setsquare.drafting.outline_families import families
from setsquare.drafting.outline_phrases import action, capital, listed, lowered, plain, shortened, slug_key
from setsquare.drafting.outline_stories import gerund, goal_of_want, story_parts, topic_of_want
from setsquare.drafting.outline_words import GENERIC_SUBJECTS, STOP, VERBS, terms, word_set
from setsquare.drafting.picture import Area
from setsquare.spec.statement import Statement
from setsquare.workspace.spec import Criterion, Requirement, Requirements

_SECTION = re.compile(
    r"(?i)^(?:\d+[.)]?\s*)?((?:non[- ]?)?functional|acceptance|quality|technical|general|other)?\s*(?:requirements?|criteria)$"
)
_IMPLEMENTATION = re.compile(r"(?i)\s+implementation$")
_NOISE = re.compile(r"^[^\w`\"'(]+|\s*[(\[（【][^)\]）】]*[)\]）】]\s*$")
_CAPITAL_INSIDE = re.compile(r"(?<=[a-z,;] )([A-Z][\w-]+(?: [A-Z][\w-]+)*)")
_HEAD_VERBS = (
    ("Write the", word_set("documentation docs guide manual readme")),
    ("Build the", word_set("interface screen page dashboard component panel form dialog view tab layout button wizard menu ui")),
    ("Add", word_set("support integration notifications shortcuts")),
    ("Set up", word_set("configuration setup infrastructure environment pipeline deployment")),
)
_CODE = re.compile(r"`[^`]*`")
_AFTER_VERB = word_set("a an the up out in to all")
_DETERMINERS = word_set("a an the each every its their this that")
_SEGMENT_MAX = 5
_JOINED_MAX = 6
_NOUN_OR_VERB = word_set(
    "route plan batch access audit refund cost name block build bundle cache call change check copy count display document download edit export filter find format group guard handle help hide highlight "
    "import increment index issue join launch limit link list load lock log look map mark match measure move open order override pass pause place preview print "
    "prompt publish pull push query queue rate reach read record redirect refresh release reload replace report request reset return review run save scale scan schedule search "
    "select set share show sign skip sort split start stop store stream submit support switch sync tag test throttle track transfer trigger turn update upgrade "
    "upload use view wait warn watch write match"
)
_NOUN_END = re.compile(
    r"(?:tion|sion|ment|ity|ing|ance|ence|ness|ysis|ics|page|screen|tab|view|form|dialog|panel|button|support|system|service|feature|features|interface|settings|api|"
    r"operations?|flow|process|logic|history|state|limits?|format|model|policy|policies|rules|controls?|options?|notes?|level|levels|coverage|layer|storage|strategy|timeline)$"
)


class Topic(Struct, frozen=True, kw_only=True):
    """An area with the criteria and sentences that belong to it."""

    area: Area
    criteria: tuple[Criterion, ...]
    statements: tuple[Statement, ...]


def topics(requirements: Requirements, statements: tuple[Statement, ...]) -> tuple[Topic, ...]:
    """Name every requirement that has criteria; untitled lists become several topics. `statements` go with the criteria in order."""
    names = proper_names(requirements)
    whole = _by_family(requirements, statements)
    if whole:
        return whole
    found: list[Topic] = []
    position = 0
    for requirement in requirements.requirements:
        size = len(requirement.criteria)
        own = statements[position : position + size]
        position += size
        if not size:
            continue
        if _is_untitled(requirement):
            found += _segments(requirement, own, names)
        else:
            found.append(Topic(area=_area(requirement, own, names), criteria=requirement.criteria, statements=own))
    return tuple(_distinct(found))


def _by_family(requirements: Requirements, statements: tuple[Statement, ...]) -> tuple[Topic, ...]:
    """Make one topic of each family of parts where no requirement has a heading of its own; empty where that is not so."""
    filled = [requirement for requirement in requirements.requirements if requirement.criteria]
    if not all(_is_untitled(requirement) for requirement in filled):
        return ()
    numbers = tuple(requirement.number for requirement in filled for _ in requirement.criteria)
    return tuple(
        Topic(
            area=Area(number=numbers[family.positions[0]], topic=listed(family.names), goal=f"Build the {listed(family.names)}"),
            criteria=tuple(requirements.criteria[at] for at in family.positions),
            statements=tuple(statements[at] for at in family.positions),
        )
        for family in families(statements)
    )


def proper_names(requirements: Requirements) -> frozenset[str]:
    """List the names that stand capitalised inside sentences and whose words do not all occur in lower case: they keep their capitals.

    >>> from setsquare.workspace.spec import Dialect
    >>> proper_names(Requirements(path="a", dialect=Dialect.KIRO, title="", introduction="It uses Google Drive and a drive."))
    frozenset({'Google Drive'})
    """
    text = " ".join((requirements.introduction, *(criterion.text for criterion in requirements.criteria)))
    lower = set(re.findall(r"\b[a-z][\w-]+", text))
    return frozenset(name for name in _CAPITAL_INSIDE.findall(text) if not all(word.lower() in lower for word in name.split(" ")))


def _is_untitled(requirement: Requirement) -> bool:
    """Tell whether a requirement's heading is only a section of sentences."""
    return not requirement.story and bool(
        _SECTION.match(requirement.title.strip()) or (not requirement.title.strip() and len(requirement.criteria) > _SEGMENT_MAX)
    )


def _area(requirement: Requirement, statements: tuple[Statement, ...], names: frozenset[str]) -> Area:
    """Name a requirement by its title, else by its story, else by its first sentence."""
    role, want = story_parts(requirement.story)
    title = _NOISE.sub("", _NOISE.sub("", plain(requirement.title)))
    if title:
        return Area(number=requirement.number, topic=title, goal=_goal(title, statements, names), want=want, role=role)
    if want:
        return Area(number=requirement.number, topic=topic_of_want(want), goal=goal_of_want(want, role), want=want, role=role)
    topic, goal = _named(statements, names)
    return Area(number=requirement.number, topic=topic, goal=goal)


def _goal(title: str, statements: tuple[Statement, ...], names: frozenset[str]) -> str:
    """Turn a requirement's title into a verb phrase, with what its criteria tell about it."""
    verbs = frozenset(statement.response.split(" ", 1)[0].lower() for statement in statements if statement.language == "en")
    if " " in title or not title.isascii():
        return goal_of(title, names, verbs)
    subjects = Counter(plain(statement.subject).strip("`*") for statement in statements if statement.subject)
    subject = min(subjects.items(), key=lambda item: (-item[1], item[0]))[0] if subjects else ""
    is_part = bool(subject) and slug_key(subject).split(" ")[-1] not in GENERIC_SUBJECTS
    is_verb = title.lower() in VERBS | verbs or title.lower().endswith(("ide", "ate", "ify", "ure"))
    return f"Implement {subject}: {lowered(title, names)}" if is_part and is_verb else goal_of(title, names)


def goal_of(title: str, names: frozenset[str] = frozenset(), verbs: frozenset[str] = frozenset()) -> str:
    """Turn a title into a verb phrase; `verbs` are those that its own criteria start with.

    >>> goal_of("Session Management"), goal_of("Create Account"), goal_of("Query Log Tab")
    ('Implement session management', 'Create account', 'Build the query log tab')
    """
    phrase = lowered(_IMPLEMENTATION.sub("", title) or title, names) if title.isascii() else title
    words = re.findall(r"[\w'-]+", phrase.lower())
    if not words:
        return f"Implement {phrase}"
    if (
        (words[0] in VERBS | verbs or (len(words) > 2 and words[1] in _AFTER_VERB))
        and len(words) > 1
        and words[1] not in {"and", "or", "of"}
        and not (words[0] in _NOUN_OR_VERB and _NOUN_END.search(words[-1]))
    ):
        return capital(phrase)
    if (
        words[0].endswith("ing")
        and len(words) > 1
        and words[1] not in {"and", "of"}
        and words[0] not in {"testing", "building", "pricing", "logging", "billing"}
    ):
        return f"Support {phrase}"
    for opening, heads in _HEAD_VERBS:
        if words[-1] in heads:
            return f"{opening} {phrase.removeprefix('the ')}"
    return f"Implement {phrase}"


def _segments(requirement: Requirement, statements: tuple[Statement, ...], names: frozenset[str]) -> list[Topic]:
    """Split a list of sentences where the words change, into runs of five or six at most."""
    bags = [frozenset(terms(criterion.text)) for criterion in requirement.criteria]
    spread = Counter(term for bag in bags for term in bag)
    common = {term for term, count in spread.items() if len(bags) > 4 and count > len(bags) * 0.6}
    runs: list[list[int]] = []
    for index, bag in enumerate(bags):
        held: frozenset[str] = frozenset().union(*(bags[other] for other in runs[-1])) if runs else frozenset()
        if runs and len(runs[-1]) < _SEGMENT_MAX and len((bag & held) - common) >= 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    merged: list[list[int]] = []
    for run in runs:
        if merged and (len(run) == 1 or len(merged[-1]) == 1) and len(merged[-1]) + len(run) <= _JOINED_MAX:
            merged[-1] += run
        else:
            merged.append(run)
    is_quality = requirement.title.lower().lstrip("0123456789. ").startswith(("non", "quality"))
    found = []
    for run in merged:
        own = tuple(statements[index] for index in run)
        topic, goal = ("Quality limits", "Meet the quality limits") if is_quality else _named(own, names)
        area = Area(number=requirement.number, topic=topic, goal=goal)
        found.append(Topic(area=area, criteria=tuple(requirement.criteria[index] for index in run), statements=own))
    return found


def _named(statements: tuple[Statement, ...], names: frozenset[str]) -> tuple[str, str]:
    """Name a run of sentences by the pair of words that at least two of them share, else by what the first ones ask for."""
    pairs: Counter[str] = Counter()
    for statement in statements:
        text = _CODE.sub(" ", " ".join((*(clause.text for clause in statement.clauses), statement.response)))
        words = re.findall(r"[A-Za-z][\w-]*", plain(text))
        useful = [(word, _names_thing(word, before)) for before, word in zip(("", *words), words, strict=False)]
        pairs.update({f"{a.lower()} {b.lower()}" for (a, ok), (b, fine) in itertools.pairwise(useful) if ok and fine})
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    if ranked and ranked[0][1] > 1:
        return capital(ranked[0][0]), f"Implement the {lowered(ranked[0][0], names)}"
    return _named_by_actions(statements)


def _named_by_actions(statements: tuple[Statement, ...]) -> tuple[str, str]:
    """Name a run of sentences by what its first two telling ones ask for."""
    phrases = [(shortened(action(statement), 6).removesuffix(" …"), statement) for statement in statements]
    telling = [phrase for phrase, statement in phrases if not _opens_oddly(phrase, statement) and len(phrase.split()) > 2]
    if not telling:
        first = phrases[0][0]
        return capital(first), capital(first) if not _opens_oddly(*phrases[0]) else f"Implement: {first}"
    head, _, rest = telling[0].partition(" ")
    second = next((phrase for phrase in telling[1:] if phrase.split(" ", 1)[1] != rest), "")
    goal = f"{telling[0]} and {second}" if second and " and " not in f"{telling[0]}{second}" else telling[0]
    return capital(f"{gerund(head)} {rest}".strip()), capital(goal)


def _names_thing(word: str, before: str) -> bool:
    """Tell whether a word may name a topic; one that is a verb too only after an article."""
    low = word.lower()
    is_verb = low in VERBS or low.removesuffix("s") in VERBS
    return low not in STOP and len(low) > 2 and (not is_verb or before.lower() in _DETERMINERS)


def _opens_oddly(phrase: str, statement: Statement) -> bool:
    """Tell whether a phrase does not start with a verb: what follows an English modal does, unless it is negated or an adverb."""
    head = phrase.split(" ", 1)[0].lower()
    follows_modal = bool(statement.modal) and statement.language == "en" and not statement.is_negative
    return head not in VERBS and (not follows_modal or not head.isalpha() or head.endswith("ly") or head in {"be", "only", "not", "the"})


def _distinct(found: list[Topic]) -> list[Topic]:
    """Join runs of one requirement that have the same name, and tell namesakes of different requirements apart by number."""
    joined: dict[tuple[str, str], Topic] = {}
    for topic in found:
        key = (topic.area.number, topic.area.topic.lower())
        held = joined.get(key)
        joined[key] = (
            Topic(area=held.area, criteria=(*held.criteria, *topic.criteria), statements=(*held.statements, *topic.statements))
            if held
            else topic
        )
    seen: Counter[str] = Counter(topic.area.topic.lower() for topic in joined.values())
    result = []
    for topic in joined.values():
        area = topic.area
        if seen[area.topic.lower()] > 1:
            area = Area(number=area.number, topic=f"{area.topic} ({area.number})", goal=area.goal, want=area.want, role=area.role)
        result.append(Topic(area=area, criteria=topic.criteria, statements=topic.statements))
    return result
