"""Reads the requirements of a spec into a picture of the design that they call for."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.drafting.outline_components import components
from setsquare.drafting.outline_contracts import contracts
from setsquare.drafting.outline_data import entities
from setsquare.drafting.outline_phrases import plain
from setsquare.drafting.outline_promises import promises
from setsquare.drafting.outline_topics import topics
from setsquare.drafting.outline_words import word_set
from setsquare.drafting.picture import Picture
from setsquare.spec.ears import parse
from setsquare.workspace.spec import Spec

_TITLE = re.compile(
    r"(?i)^(?:(?:bugfix|feature|software|functional)\s+)?requirements?(?:\s+(?:document|specification))?\s*[:\-–—]?\s*|^(?:需求文档|要件定義書?|需求文檔)\s*[:：\-–—]?\s*"
)
_TAIL = re.compile(r"(?i)\s*[-–—:]?\s*\b(?:requirements?(?:\s+document)?|需求文档|要件定義書?)\s*$")
_ACRONYMS = word_set("api sse ui ux llm sql http url csv json pdf sso html css cli mvp ai id crud dns aws ssh")
_NUMBER = re.compile(r"^\d+[-_. ]+")


class NothingToDraft(Struct, frozen=True):
    """A refusal: the spec says nothing that a draft could be made from."""

    reason: str
    hint: str


def picture(spec: Spec) -> Picture | NothingToDraft:
    """Read a spec's requirements; refused when there is no criterion.

    >>> picture(Spec(name="a", path="specs/a", root=".kiro")).reason
    'specs/a/requirements.md holds no acceptance criterion, so there is nothing to draft from'
    """
    requirements = spec.requirements
    if requirements is None or not requirements.criteria:
        where = requirements.path if requirements else f"{spec.path}/requirements.md"
        return NothingToDraft(
            reason=f"{where} holds no acceptance criterion, so there is nothing to draft from",
            hint="write at least one criterion such as `WHEN a user signs in, THE system SHALL issue a session`, then draft again",
        )
    statements = tuple(parse(criterion.text) for criterion in requirements.criteria)
    found = topics(requirements, statements)
    parts = components(requirements, found)
    order = {criterion.id: index for index, criterion in enumerate(requirements.criteria)}
    duties = tuple(sorted((duty for part in parts for duty in part.duties), key=lambda duty: order[duty.id]))
    return Picture(
        name=subject_of(requirements.title, spec.name),
        dialect=requirements.dialect,
        introduction=requirements.introduction,
        areas=tuple(topic.area for topic in found),
        duties=duties,
        components=parts,
        entities=entities(requirements, parts),
        contracts=contracts(requirements.criteria),
        promises=promises(duties),
    )


def subject_of(title: str, name: str) -> str:
    """Say what a spec is about: its title without "Requirements", else its folder's name in words.

    >>> subject_of("Requirements Document", "user-auth"), subject_of("Requirements: User Authentication", "x")
    ('User auth', 'User Authentication')
    """
    rest = _TAIL.sub("", _TITLE.sub("", plain(title), count=1)).strip(" :-–—")
    if rest:
        return rest
    words = _NUMBER.sub("", name.rpartition("/")[2]).replace("-", " ").replace("_", " ").strip() or name
    words = " ".join(word.upper() if word.lower() in _ACRONYMS else word for word in words.split(" "))
    return words[:1].upper() + words[1:]
