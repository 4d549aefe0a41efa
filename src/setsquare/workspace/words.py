"""Holds the words by which spec files name their parts, in every language with a pack, and the patterns made of them.

Source: heading, story and reference words measured over 401 public requirements documents (Kiro's on-disk format, sections 2.3 to 2.6).
A word stands here in its plain, case-folded form; how it may be decorated is the readers' business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.languages import LANGUAGES
from setsquare.workspace.languages.others import OTHERS
from setsquare.workspace.languages.pack import Parts


def _all(words: Callable[[Parts], tuple[str, ...]]) -> tuple[str, ...]:
    """Join the words of every language, with a pack and without, each once."""
    spoken = (*(language.parts for language in LANGUAGES), *(language.parts for language in OTHERS))
    return tuple(dict.fromkeys(word for parts in spoken for word in words(parts)))


REQUIREMENT: Final = _all(lambda parts: parts.requirement)
"""What a requirement is called in a heading, before its number."""

REQUIREMENTS: Final = _all(lambda parts: parts.requirements)
"""What a reference to requirements is called, before its colon or its number."""

VALIDATES: Final = _all(lambda parts: parts.validates)
"""Verbs that open a reference; without an id or a requirement word after them they are prose."""

CRITERIA: Final = _all(lambda parts: parts.criteria)
"""Labels that announce a list of acceptance criteria."""

STORY: Final = _all(lambda parts: parts.story)
"""Labels of a user story."""

STORY_HEADING: Final = _all(lambda parts: parts.story_heading)
"""Headings that stand for a requirement where a document has no requirement headings."""

STORY_OPENING: Final = _all(lambda parts: parts.story_opening)
"""How a user story without a label begins."""

GLOSSARY: Final = _all(lambda parts: parts.glossary)
"""Headings of a list of defined terms."""

INTRODUCTION: Final = _all(lambda parts: parts.introduction)
"""Headings of prose before the requirements."""

ASIDE: Final = _all(lambda parts: parts.aside)
"""Headings below which nothing is a requirement."""

FUTURE: Final = _all(lambda parts: parts.future)
"""Openings of headings about later work."""

FUNCTIONAL: Final = _all(lambda parts: parts.functional)
"""Headings of the functional part."""

NON_FUNCTIONAL: Final = _all(lambda parts: parts.non_functional)
"""Headings of the non-functional part."""

CONTAINER: Final = _all(lambda parts: parts.container)
"""Headings of the part that holds the requirements."""

CONTAINER_ENDING: Final = _all(lambda parts: parts.container_ending)
"""Endings of headings such as `Core Requirements` that hold requirements too."""

PROPERTY: Final = _all(lambda parts: parts.property)
"""What a correctness property is called, before its number."""

PROPERTIES_SECTION: Final = _all(lambda parts: parts.properties_section)
"""Headings of the part of a design that holds properties."""

DEPENDS: Final = _all(lambda parts: parts.depends)
"""Keys that name a task's prerequisites, before a colon."""

METADATA: Final = _all(lambda parts: parts.metadata)
"""Keys of lines below a requirement that describe it and demand nothing."""

BUGFIX_CURRENT: Final = _all(lambda parts: parts.bugfix_current)
"""Headings of what a defect does today."""

BUGFIX_WANTED: Final = _all(lambda parts: parts.bugfix_wanted)
"""Headings of what must hold after a fix."""

CHECKLIST: Final = _all(lambda parts: parts.checklist)
"""Headings in a task file whose check boxes are no tasks where the file has numbered ones."""


def alternatives(words: Iterable[str]) -> str:
    """Write words as a regular expression's alternatives, the longest first; blanks match any white space.

    >>> alternatives(("req", "requirement"))
    'requirement|req'
    """
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in ordered)


_MARKUP: Final = LazyPattern(r"[*_`~]+")
_DECORATION: Final = LazyPattern(r"\A(?:[^\w(（\[]|[\u2600-\u27bf])+")
_NUMBERING: Final = LazyPattern(r"\A(?:\d+(?:\.\d+)*[.)、:：]?|[IVX]+\.)\s+")
_SUFFIX: Final = LazyPattern(r"\s*(?:[(（\[【][^)）\]】]*[)）\]】])?\W*\Z")


def plain(text: str) -> str:
    """Strip markup, leading signs and white space; what is left is what a person reads.

    >>> plain("**REQ-1: Log in** ✅"), plain("✅ Done")
    ('REQ-1: Log in ✅', 'Done')
    """
    return _DECORATION.sub("", _MARKUP.sub("", text)).strip()


def label(text: str) -> str:
    """Reduce a heading or label to the form in which the words stand: no number, no colon, no bracketed suffix, folded case.

    >>> label("3. Acceptance Criteria (EARS):"), label("**验收标准：**")
    ('acceptance criteria', '验收标准')
    """
    return " ".join(_SUFFIX.sub("", _NUMBERING.sub("", plain(text))).casefold().split())


class _Sentences(Struct, frozen=True, dict=True):
    """The patterns of sentences over all languages, each compiled when it is first asked for."""

    @cached_property
    def obligation(self) -> re.Pattern[str]:
        """Give the pattern of a word that demands something."""
        return re.compile("|".join(f"(?:{language.ears.modals})" for language in LANGUAGES), re.IGNORECASE)

    @cached_property
    def keyword(self) -> re.Pattern[str]:
        """Give the pattern of a condition keyword at the start of a text."""
        packs = [language.ears for language in LANGUAGES]
        words = "|".join(word for ears in packs for word in (*ears.when, *ears.while_, *ears.if_, *ears.where))
        return re.compile(rf"(?:for (?:all|each|any)|{words})(?![\w-])", re.IGNORECASE)


_SENTENCES: Final = _Sentences()
_SHALL: Final = LazyPattern(r"\bshall\b|しなければならない", re.IGNORECASE)
_SUBJECT: Final = LazyPattern(r"(?:THE|The|LE|LA|EL|O|A|DAS|DER|DIE)\s")


def is_obligation(text: str) -> bool:
    """Tell whether a sentence has a word that demands something, in any known language.

    >>> is_obligation("The app shall start."), is_obligation("系统应该启动"), is_obligation("Node 18")
    (True, True, False)
    """
    return _SENTENCES.obligation.search(text) is not None


def has_shall(text: str) -> bool:
    """Tell whether a sentence has SHALL in any case.

    >>> has_shall("Videos shall be short"), has_shall("Videos must be short")
    (True, False)
    """
    return _SHALL.search(text) is not None


def opens_condition(text: str) -> bool:
    """Tell whether a text begins with an upper-case condition keyword.

    >>> opens_condition("WHEN a user logs in"), opens_condition("When in doubt")
    (True, False)
    """
    return _opens_upper(plain(text))


def _opens_upper(words: str) -> bool:
    found = _SENTENCES.keyword.match(words)
    return found is not None and found[0].isupper()


def opens_statement(text: str) -> bool:
    """Tell whether a text begins like a requirement: a condition keyword or an acting system.

    >>> opens_statement("THE SYSTEM SHALL log"), opens_statement("AND the log")
    (True, False)
    """
    words = plain(text)
    return _opens_upper(words) or _SUBJECT.match(words) is not None or words.startswith(("When ", "If ", "While ", "Where "))
