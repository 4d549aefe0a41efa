"""Asks what the requirements leave open, as concrete questions instead of inventions."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.drafting.outline_components import MEASURE
from setsquare.drafting.outline_phrases import listed, plain
from setsquare.drafting.picture import ContractKind, DutyKind, Picture

_VAGUE = re.compile(
    r"(?i)\b(appropriate(?:ly)?|adequate(?:ly)?|sufficient(?:ly)?|reasonabl[ey]|quickly|fast|user[- ]friendly|intuitive(?:ly)?|properly|gracefully|efficient(?:ly)?|"
    r"seamless(?:ly)?|smooth(?:ly)?|robust(?:ly)?|meaningful|as needed|if necessary|where possible|significant(?:ly)?|periodically|regularly|large|recent)\b"
    r"((?:\s+[a-z-]+)?\s+[a-z-]+)?"
)
_KEEPS = re.compile(r"(?i)\b(?:retain|retention|delete[sd]?|purge|expir|keep|archive|for \d+ (?:days|months|years))")
_AUTH = re.compile(r"(?i)\b(?:authenticat|authoriz|authoris|permission|role|token|sign(?:ed)? in|log(?:ged)? in|session|api key)")
_HASH = re.compile(r"(?i)\b(?:hash|bcrypt|argon2|scrypt|pbkdf2|encrypt|identity provider|oauth|sso)")
_SERVES = re.compile(
    r"(?i)(?:api|service|server|backend|database|store|storage|gateway|provider|queue|worker|client|connector|repository|cache|engine|daemon|hub)s?\b|_(?:API|DB)"
)
_COMMAND_LINE = re.compile(r"(?i)\bcommand[- ]line|\bcli\b|\bterminal\b|\bexits?\b")
_MOST = 6


class Question(Struct, frozen=True, kw_only=True):
    """An open decision; `section` is the heading below which it stands."""

    section: str
    text: str


# req: draft-and-approve/1.3
def questions(picture: Picture) -> tuple[Question, ...]:
    r"""List what must be decided, grouped by the design's sections.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound quickly"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> questions(found)[-1].text
    'what does “quickly” mean in 1.1?'
    """
    return (*_structure(picture), *_data(picture), *_contracts(picture), *_failures(picture), *_figures(picture), *_wording(picture))


def _text(picture: Picture) -> str:
    """Give everything that the criteria say."""
    return "\n".join(duty.criterion.text for duty in picture.duties)


def _structure(picture: Picture) -> tuple[Question, ...]:
    """Ask about modules where the requirements speak of the whole only."""
    named = [component for component in picture.components if component.is_named]
    pairs = tuple(f"{part.name} → {listed(part.calls)}" for part in picture.components if part.calls)
    if pairs:
        text = (
            f"by which interface (function call, HTTP, message, shared data) do the parts speak to each other: {'; '.join(pairs[:_MOST])}?"
        )
        return (Question(section="Components and Interfaces", text=text),)
    if named:
        return ()
    text = "the requirements speak of the system as a whole and name no parts; the components below are their topics. Which of them become modules of their own?"
    return (Question(section="Architecture", text=text),)


def _data(picture: Picture) -> tuple[Question, ...]:
    """Ask about attributes, retention and secrets."""
    text = _text(picture)
    found = []
    bare = tuple(entity.name for entity in picture.entities if not entity.attributes)
    if bare:
        found.append(
            Question(
                section="Data Models",
                text=f"which attributes do{'' if len(bare) > 1 else 'es'} {_named(bare)} have? The requirements name none.",
            )
        )
    kept = tuple(entity.name for entity in picture.entities)
    if kept:
        found.append(Question(section="Data Models", text=f"what is the key of {_named(kept)}, and which attributes are required?"))
        if not _KEEPS.search(text):
            found.append(Question(section="Data Models", text=f"how long are records of {_named(kept)} kept, and who may delete them?"))
    else:
        found.append(
            Question(
                section="Data Models",
                text="the requirements name no record with its attributes. Which data is kept, and what must survive a restart?",
            )
        )
    if re.search(r"(?i)\bpasswords?\b", text) and not _HASH.search(text):
        found.append(Question(section="Data Models", text="how are passwords stored? The requirements mention them without saying."))
    return tuple(found)


def _contracts(picture: Picture) -> tuple[Question, ...]:
    """Ask who may call, and with which answers."""
    endpoints = [contract for contract in picture.contracts if contract.kind is ContractKind.ENDPOINT]
    found = []
    if endpoints:
        text = _text(picture)
        names = _named(tuple(f"`{contract.written}`" for contract in endpoints))
        if not _AUTH.search(text):
            found.append(
                Question(section="API Contracts", text=f"who may call {names}? The requirements say nothing about authentication.")
            )
        if not any(contract.kind is ContractKind.STATUS for contract in picture.contracts):
            found.append(Question(section="API Contracts", text=f"which status codes and error bodies do {names} answer with?"))
    commands = [contract for contract in picture.contracts if contract.kind is ContractKind.COMMAND]
    if (
        commands
        and _COMMAND_LINE.search(f"{picture.name} {picture.introduction} {_text(picture)}")
        and not any(contract.kind is ContractKind.EXIT_CODE for contract in picture.contracts)
    ):
        found.append(Question(section="API Contracts", text="with which exit code does each command end in success and in failure?"))
    return tuple(found)


def _failures(picture: Picture) -> tuple[Question, ...]:
    """Ask about failures of what a component calls, where no criterion speaks of them."""
    failing = "\n".join(duty.criterion.text for duty in picture.duties if duty.kind is DutyKind.FAILURE)
    asked: dict[str, list[str]] = {}
    for component in picture.components:
        for called in component.calls:
            if called not in failing and _SERVES.search(called):
                asked.setdefault(called, []).append(component.name)
    found = [
        Question(
            section="Error Handling",
            text=f"what do{'es' if len(callers) == 1 else ''} {_named(tuple(callers))} do when {called} fails or does not answer?",
        )
        for called, callers in list(asked.items())[:_MOST]
    ]
    if not failing:
        found.append(
            Question(
                section="Error Handling", text="no criterion describes a failure. Which inputs are refused, and how is the caller told?"
            )
        )
    silent = tuple(
        component.name
        for component in picture.components
        if len(component.duties) > 2 and all(duty.kind is not DutyKind.FAILURE for duty in component.duties)
    )
    if failing and silent:
        found.append(
            Question(
                section="Error Handling", text=f"no criterion says how {_named(silent)} can fail. Which failures must be handled there?"
            )
        )
    return tuple(found)


def _figures(picture: Picture) -> tuple[Question, ...]:
    """Ask for figures where there are none."""
    if MEASURE.search(_text(picture)):
        return ()
    text = "the requirements name no figure. Which response time, data volume and number of users must it bear?"
    return (Question(section="Testing Strategy", text=text),)


def _wording(picture: Picture) -> tuple[Question, ...]:
    """Ask what words mean that two readers would build differently, at most six of them, the most frequent first."""
    uses: dict[str, list[str]] = {}
    for duty in picture.duties:
        for match in _VAGUE.finditer(plain(duty.statement.response)):
            phrase = _phrase(match)
            ids = uses.setdefault(phrase, [])
            if duty.id not in ids:
                ids.append(duty.id)
    ranked = sorted(uses.items(), key=lambda item: -len(item[1]))[:_MOST]
    return tuple(Question(section="Scope Boundary", text=f"what does “{phrase}” mean in {listed(tuple(ids))}?") for phrase, ids in ranked)


def _phrase(match: re.Match[str]) -> str:
    """Give a vague word with the noun it belongs to; an adverb stands alone."""
    word = match[1].lower()
    following = (match[2] or "").split()
    if word.endswith("ly") or " " in word or word in {"fast", "as needed"}:
        return word
    stop = {
        "within",
        "under",
        "during",
        "after",
        "before",
        "until",
        "and",
        "or",
        "to",
        "for",
        "with",
        "when",
        "in",
        "on",
        "of",
        "the",
        "that",
        "from",
        "by",
        "a",
        "an",
        "as",
        "at",
        "if",
    }
    kept = []
    for part in following:
        if part in stop:
            break
        kept.append(part)
    return " ".join((word, *kept))


def _named(names: tuple[str, ...]) -> str:
    """List at most four names and count the rest."""
    if len(names) <= 4:
        return listed(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
