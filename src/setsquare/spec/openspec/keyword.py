"""Tells whether a requirement says SHALL or MUST, and words what to say when it does not."""

from __future__ import annotations

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.text.lazy_pattern import LazyPattern

_KEYWORD = LazyPattern(r"(?a:\b(?:SHALL|MUST)\b)")
_ADVICE = "(RFC 2119 best practice for English specs)"
_MOVE = (
    "contain SHALL or MUST in the requirement body, not only in the header. "
    'Move the SHALL/MUST statement to the line immediately after the "### Requirement: ..." header.'
)


def has_keyword(text: str) -> bool:
    """Tell whether a text holds SHALL or MUST as a word, in capitals; letters beyond ASCII do not make a word longer.

    >>> has_keyword("系统MUST记录"), has_keyword("It MUSTs"), has_keyword("it shall")
    (True, False, False)
    """
    return _KEYWORD.search(text) is not None


def keyword_issue(label: str, path: str, name: str, statement: str, absent: str) -> Issue | None:
    """Judge a requirement's statement; `absent` is what to say of one that is empty and whose header holds no keyword either.

    >>> keyword_issue("Requirement", "requirements[0]", "A", "It does.", "x").message
    'Requirement "A" should contain SHALL or MUST (RFC 2119 best practice for English specs)'
    >>> keyword_issue("Requirement", "requirements[0]", "A", "It SHALL.", "x")
    """
    if has_keyword(statement):
        return None
    in_header = has_keyword(name)
    if not statement:
        return Issue(Level.ERROR, path, f'{label} "{name}" must {_MOVE}' if in_header else f'{label} "{name}" {absent}')
    return Issue(
        Level.WARNING,
        path,
        f'{label} "{name}" should {_MOVE} {_ADVICE}' if in_header else f'{label} "{name}" should contain SHALL or MUST {_ADVICE}',
    )
