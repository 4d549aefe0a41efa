"""Reads the number and the title out of a heading that names a requirement: `Requirement 3: Log in`, `需求二：登录`, `NFR-1`, `2. Log in`."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace import words
from setsquare.workspace.numerals import CHINESE, ROMAN, plain_number

_LABEL: Final = r"(?:[A-Z]{1,8}-)+\d+(?:\.\d+)*[a-z]?"
_NUMBER: Final = r"\d+(?:[.．]\d+)*[A-Za-z]?(?![A-Za-z])"
_OTHER: Final = rf"{CHINESE}|(?-i:{ROMAN})(?=\s*[:：.–—)-]|\s*\Z)"
_AFTER: Final = r"(?:\s*[:：、]\s*|\s*[-–—]\s+|[.．]\s+|\s+|(?=[(（\[【])|[.．]?\Z)(?P<title>.*)\Z"
_WORD: Final = words.alternatives(words.REQUIREMENT)
_WORDED: Final = LazyPattern(
    rf"(?:(?:{_WORD})s?\s*(?:no\.|№|#|-|第)?\s*(?P<number>{_LABEL}|{_NUMBER}|{_OTHER})"
    rf"|第\s*(?P<nth>{_NUMBER}|{CHINESE})\s*[个個项項条條]?\s*(?:{_WORD})){_AFTER}",
    re.IGNORECASE | re.DOTALL,
)
_KNOWN: Final = r"(?:US|NFR|TR|REQ|FR|R|UR|SR|BR|CR|UC|ST)"
_LABELLED: Final = LazyPattern(rf"[\[(]?(?P<number>{_KNOWN}-?{_NUMBER}|{_LABEL}(?=\s*[:：\])]|\s+[-–—]\s|\s*\Z))[\])]?{_AFTER}", re.DOTALL)
_BARE: Final = LazyPattern(r"(?P<number>\d+(?:\.\d+)+|\d+(?=[.)、:：．]))[.)、:：．]?\s*(?P<title>\S.*)\Z", re.DOTALL)
_STORY: Final = LazyPattern(
    rf"(?:{words.alternatives(words.STORY_HEADING)})\s*(?P<number>{_NUMBER}(?!\w))?(?:\s*[:：、]\s*|\s*[-–—]\s+|\.\s+|\s+|\Z)(?P<title>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_ASIDE: Final = LazyPattern(r"[(（][^)）]{0,20}[)）]\s*[:：–—-]\s*(?=\S)")
_LIMIT: Final = 1000


class Name(Struct, frozen=True):
    """A requirement's number, in plain digits where it is one, and its title; both may be empty."""

    number: str
    title: str


def worded(text: str) -> Name | None:
    """Read a plain heading with a requirement word before its number.

    >>> [worded(text) for text in ("Requirement 2 (P1): Go", "需求二：登录", "Requirement IV: Go")]
    [Name(number='2', title='Go'), Name(number='2', title='登录'), Name(number='4', title='Go')]
    >>> worded("Requirements overview") is None, worded("需求一览") is None
    (True, True)
    """
    match = _WORDED.match(text) if len(text) < _LIMIT else None
    return _name(match["number"] or match["nth"], match["title"]) if match else None


def labelled(text: str) -> Name | None:
    """Read a plain heading that begins with a label.

    >>> labelled("REQ-7: Ring"), labelled("[NFR-2] Fast"), labelled("Rest 3: no")
    (Name(number='REQ-7', title='Ring'), Name(number='NFR-2', title='Fast'), None)
    """
    match = _LABELLED.match(text) if len(text) < _LIMIT else None
    return _name(match["number"], match["title"]) if match else None


def bare(text: str) -> Name | None:
    """Read a plain heading that begins with a number alone.

    >>> bare("2. Ring"), bare("1.2 Ring"), bare("3 rings")
    (Name(number='2', title='Ring'), Name(number='1.2', title='Ring'), None)
    """
    match = _BARE.match(text) if len(text) < _LIMIT else None
    return _name(match["number"], match["title"]) if match else None


def story(text: str) -> Name | None:
    """Read a plain heading that is called a user story; its number may be missing.

    >>> story("User Story 2: Ring"), story("User Story: Ring")
    (Name(number='2', title='Ring'), Name(number='', title='Ring'))
    """
    match = _STORY.match(text) if len(text) < _LIMIT else None
    return _name(match["number"] or "", match["title"]) if match else None


def _name(number: str, title: str) -> Name:
    return Name(plain_number(number), _ASIDE.sub("", title.strip(), count=1) if title[:1] in ("(", "（") else title.strip())
