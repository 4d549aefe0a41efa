"""Reads user stories: who wants what, as a heading and as a task.

Source: Kiro directory page, section 2.3: `**User Story:** As a …, I want …, so that …`.
"""

from __future__ import annotations

import re

from setsquare.drafting.outline_phrases import capital, plain, shortened
from setsquare.drafting.outline_words import VERBS, word_set

_STORY = re.compile(
    r"(?is)^\W*as\s+(?:an?\s+|the\s+)?(?P<role>.{2,60}?),?\s+i\s+(?:want|would like|need|wish)\s+(?P<want>.+?)"
    r"(?:,?\s+(?:so\s+that|so\s+I\b|in\s+order\s+to|because)\b.*)?$"
)
_PERSONS = (
    ("myself", "themselves"),
    ("my", "their"),
    ("mine", "theirs"),
    ("me", "them"),
    ("I'm", "they are"),
    ("I am", "they are"),
    ("I", "they"),
    ("our", "their"),
    ("we", "they"),
)
_ABLE = re.compile(r"(?i)^to\s+be\s+able\s+to\s+")
_OBJECT_TO = re.compile(r"(?i)^(?P<what>(?:[\w'-]+\s+){1,6}?)to\s+(?P<rest>[\w-]+.*)$")
_WHOLE = re.compile(r"(?i)^(?:the|an?|this)\s+(?:system|application|app|platform|tool|software|service|product|site|website|program)$")
_PERCEIVES = word_set("see view receive find access have know understand get be discover learn")
_THIRD = re.compile(r"(?i)\b(?:they|them|their|theirs|themselves)\b")
_NO_NOUN = word_set("at what how when if whether that which who where why immediately clearly quickly exactly")
_CLOSING_ADVERB = re.compile(
    r"(?i)\s+(?:easily|quickly|gracefully|efficiently|securely|seamlessly|reliably|properly|effectively|near them|well)$"
)
_PARTICIPLES = word_set("read shown sent kept told made built found given written held done seen set cut run driven drawn hidden known")
_DOUBLES = word_set(
    "get set stop plan run log map put cut submit refer begin swap ship tag drag drop scan skip sync plug pin ban let sit win opt ref"
)
_ARTICLE = re.compile(r"(?i)^(?:the|an?|all|every|each|any|some|their)\s+")


def story_parts(story: str) -> tuple[str, str]:
    """Split a user story into the role and what it wants, told of a third person; a wish that starts with "to" is a verb phrase.

    >>> story_parts("As a food seeker, I want to see my pickups, so that I can plan.")
    ('food seeker', 'to see their pickups')
    """
    match = _STORY.match(plain(story).strip().rstrip("."))
    if not match:
        return "", ""
    want = _ABLE.sub("to ", match["want"].strip().rstrip(".,"))
    for first, third in _PERSONS:
        want = re.sub(rf"(?<!\w){re.escape(first)}(?!\w)", third, want)
    return match["role"].strip(), want


def topic_of_want(want: str) -> str:
    """Make a heading of a wish.

    >>> (
    ...     topic_of_want("to create recurring events"),
    ...     topic_of_want("to see fridge inventory"),
    ...     topic_of_want("the app to handle errors gracefully"),
    ... )
    ('Creating recurring events', 'Fridge inventory', 'Handling errors')
    """
    phrase, is_action = _reduced(want)
    short = _short(phrase, 7)
    if not is_action:
        return capital(_ARTICLE.sub("", short))
    head, _, rest = _impersonal(short).partition(" ")
    if head.lower() in _PERCEIVES and head.lower() != "be" and rest and rest.split(" ", 1)[0].lower() not in _NO_NOUN:
        return capital(_ARTICLE.sub("", rest))
    words = [head, *rest.split(" ")]
    if len(words) > 3 and words[1] in {"and", "or"} and words[2].lower() in VERBS:
        words[2] = gerund(words[2])
    return capital(" ".join((gerund(head), *words[1:])).strip())


def _impersonal(phrase: str) -> str:
    """Tell a wish without its person and its closing adverb."""
    return _CLOSING_ADVERB.sub("", re.sub(r"(?i)\btheir(?: own)?\b", "the", phrase))


def goal_of_want(want: str, role: str) -> str:
    """Make a task's verb phrase of a wish.

    >>> goal_of_want("to see their pickups", "food seeker"), goal_of_want("clear error messages", "user")
    ('Let a food seeker see their pickups', 'Provide clear error messages')
    """
    match = _OBJECT_TO.match(want) if not want.lower().startswith("to ") else None
    if match and not _WHOLE.match(match["what"].strip()):
        return _made(match["what"].strip(), _short(match["rest"], 9))
    phrase, is_action = _reduced(want)
    short = _short(phrase, 10)
    if not is_action:
        return f"Provide {short}"
    head = short.partition(" ")[0].lower()
    if role and (head in _PERCEIVES or _THIRD.search(short)):
        return f"Let {article(role)} {role} {short}"
    return capital(short)


def article(noun: str) -> str:
    """Choose between "a" and "an" by the first letter.

    >>> article("organizer"), article("user")
    ('an', 'a')
    """
    return "an" if noun[:1].lower() in "aeio" and not noun.lower().startswith("one") else "a"


def gerund(verb: str) -> str:
    """Give a verb's form in -ing.

    >>> [gerund(verb) for verb in ("create", "see", "log", "register", "View")]
    ['creating', 'seeing', 'logging', 'registering', 'Viewing']
    """
    if verb.lower() in _DOUBLES:
        return f"{verb}{verb[-1]}ing"
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "ye", "oe")) and len(verb) > 2:
        return f"{verb[:-1]}ing"
    return f"{verb}ing"


def _reduced(want: str) -> tuple[str, bool]:
    """Take off "to" or "the application to"; tell whether a verb phrase is left."""
    if want.lower().startswith("to "):
        return want[3:].strip(), True
    match = _OBJECT_TO.match(want)
    if match and _WHOLE.match(match["what"].strip()):
        is_state = match["rest"].lower().startswith("be ")
        return (want, False) if is_state else (match["rest"], True)
    if match and len(_ARTICLE.sub("", match["what"].strip()).split()) == 1:
        return re.sub(r"\bto be\s+|\bto\s+", "", want, count=1), False
    return (match["what"].strip(), False) if match else (want, False)


def _made(what: str, rest: str) -> str:
    """Say that something is to be so: "Get X formatted", "Make X testable", "Make X respect …"."""
    head, _, state = rest.partition(" ")
    if head.lower() != "be":
        return f"Make {what} {rest}"
    first = state.split(" ", 1)[0].lower()
    return f"{'Get' if first.endswith('ed') or first in _PARTICIPLES else 'Make'} {what} {state}"


def _short(phrase: str, limit_words: int) -> str:
    """Shorten a phrase without showing the cut."""
    return shortened(phrase, limit_words).removesuffix(" …").rstrip(",;: ")
