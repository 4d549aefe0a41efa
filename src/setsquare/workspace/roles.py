"""Tells what a heading of a spec announces: the requirements, a glossary, a list of criteria, or something aside."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Final

from setsquare.text.document import HEADING, Node
from setsquare.workspace import words

# No heading that a person wrote is longer; a hostile one must not cost more than its share.
_LIMIT_LABEL: Final = 400
_LIMIT_LINE: Final = 80
_LIMIT_BARE: Final = 44
_OPENINGS: Final = frozenset("(（[【")


class Role(enum.Enum):
    """What a heading announces."""

    TITLE = "title"
    CONTAINER = "container"
    FUNCTIONAL = "functional"
    NON_FUNCTIONAL = "non-functional"
    INTRODUCTION = "introduction"
    GLOSSARY = "glossary"
    CRITERIA = "criteria"
    ASIDE = "aside"
    OTHER = "other"


_KNOWN: Final = {
    word: role
    for listed, role in (
        (words.ASIDE, Role.ASIDE),
        (words.INTRODUCTION, Role.INTRODUCTION),
        (words.GLOSSARY, Role.GLOSSARY),
        (words.CONTAINER, Role.CONTAINER),
        (words.NON_FUNCTIONAL, Role.NON_FUNCTIONAL),
        (words.FUNCTIONAL, Role.FUNCTIONAL),
    )
    for word in listed
}
_CRITERIA: Final = tuple(words.CRITERIA)
_LATER: Final = (*words.FUTURE, "out of scope", "non-goals")
_ENDINGS: Final = tuple(words.CONTAINER_ENDING)


def role(node: Node) -> Role:
    r"""Tell what a heading announces from its words alone.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> [role(node).value for node in scan(RelPath("r.md"), b"# Bell\n## Glossary\n### Acceptance Criteria").nodes]
    ['title', 'glossary', 'criteria']
    """
    return _role(node.text, node.depth)


def _role(text: str, depth: int) -> Role:
    """Judge a heading's text and level."""
    name = words.label(text) if len(text) <= _LIMIT_LABEL else ""
    if name.startswith(_CRITERIA):
        return Role.CRITERIA
    if known := _KNOWN.get(name):
        return known
    if name.startswith(_LATER):
        return Role.ASIDE
    if depth == 1:
        return Role.TITLE
    return Role.CONTAINER if name.endswith(_ENDINGS) else Role.OTHER


def roles(nodes: Iterable[Node]) -> Mapping[int, Role]:
    r"""Tell what each heading announces, by its first byte; equal headings are judged once.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> {start: role.value for start, role in roles(scan(RelPath("r.md"), b"# Bell\n## Glossary\n").nodes).items()}
    {0: 'title', 7: 'glossary'}
    """
    judged: dict[tuple[str, int], Role] = {}
    found: dict[int, Role] = {}
    for node in nodes:
        if node.kind is HEADING:
            key = (node.text, node.depth)
            if key not in judged:
                judged[key] = _role(*key)
            found[node.start] = judged[key]
    return found


def is_label(text: str, known: tuple[str, ...]) -> bool:
    """Tell whether a whole line is a label such as `**Acceptance Criteria:**`.

    >>> is_label("**Acceptance Criteria:**", words.CRITERIA), is_label("Acceptance criteria are vague.", words.CRITERIA)
    (True, False)
    """
    if len(text) >= _LIMIT_LINE or (len(text) > _LIMIT_BARE and _OPENINGS.isdisjoint(text)):
        return False
    return words.label(text) in known
