"""Cuts what follows the modal into obligations and conditions."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_clauses import Keyword, keywords, preconditions
from setsquare.spec.ears_measure import timing
from setsquare.spec.ears_modal import NEGATION, SHALL, Modal, english_modal
from setsquare.spec.ears_source import Source
from setsquare.spec.ears_subject import shown, trimmed, without_article
from setsquare.spec.statement import Clause, Obligation, Postcondition, Timing
from setsquare.text.lazy_pattern import LazyPattern

_MUST: Final = LazyPattern(r"[Mm](?<![A-Za-z0-9_-].)(?i:(?<=m)ust(?:n't)?)(?![A-Za-z0-9_-])")
_WEAK: Final = LazyPattern(
    r"(?<![A-Za-z0-9_-])(?:should(?:n't)?|will|won't|may(?!\s+\d)|can(?:not|'t)?|might)(?![A-Za-z0-9_-])", re.IGNORECASE
)
_JOINT: Final = LazyPattern(
    r"(?:[,，]?\s+(?:and|or|but)\s+|[;；]\s*(?:(?:and|or|but)\s+)?|[.。]\s+|[,，]\s*)(?P<other>otherwise,?\s+|else\s+)?(?:then\s+)?",
    re.IGNORECASE,
)
_RELATIVE: Final = LazyPattern(r"\b(?:that|which|who|what|whatever|how|whether|because|so)\s+(?:[\w-]+\s+){0,4}$", re.IGNORECASE)
_CONTINUE: Final = LazyPattern(r"\s*continue\s+to\b", re.IGNORECASE)
_POST: Final = LazyPattern(
    r"(?<![A-Za-z0-9_-])(?:only\s+(?:when|if|while|after|where)|if\s+and\s+only\s+if|when|whenever|while|if|unless|until|where|upon|once|during)(?![A-Za-z0-9_-])",
    re.IGNORECASE,
)
_ITEM: Final = LazyPattern(r"(?:^|\n|(?<=[:：])\s|(?<=\s))\s{0,8}(?:[-*•+]|\(?[0-9]{1,2}[.)]|\(?[a-z]\))\s+(?=\S)")
_LIST: Final = LazyPattern(r"[:：]\s*(?:[-*•+]|\(?1[.)]|\(?a\))\s")
_STOP: Final = LazyPattern(r"[;；]|[.!?](?=\s+\S)|[。]")
_MAX_SUBJECT: Final = 200
_MAX_OBLIGATIONS: Final = 200
_EDGE: Final = " ,，*;；:"


class _Start(Struct, frozen=True):
    """Where a further obligation begins: the end of the one before, the main part, the modal."""

    joint: int
    begin: int
    modal: Modal
    is_alternative: bool


class _Actor(Struct, frozen=True):
    """Who has an obligation, and when."""

    subject: str
    is_restated: bool
    is_alternative: bool = False
    clauses: tuple[Clause, ...] = ()


class Cut(Struct, frozen=True, dict=True):
    """The duties of a sentence whose first response lies between two offsets, cut when they are asked for."""

    source: Source
    modal: Modal
    subject: str
    start: int
    end: int

    @cached_property
    def responses(self) -> tuple[Obligation, ...]:
        """List the obligations in written order."""
        return obligations(self.source, self.modal, self.subject, self.start, self.end)

    @cached_property
    def timing(self) -> Timing | None:
        """Give the first bound on the whole response."""
        return timing(self.source.prose[self.start : self.end], self.source.text[self.start : self.end], self.source.pack)


def obligations(source: Source, modal: Modal, subject: str, start: int, end: int) -> tuple[Obligation, ...]:
    """List the obligations of a sentence whose first response lies between two offsets.

    >>> from setsquare.spec.ears_modal import modal_of
    >>> from setsquare.spec.ears_source import source_of
    >>> source = source_of("THE X SHALL log it and THE Y SHALL NOT wait")
    >>> [(one.subject, one.response, one.polarity) for one in obligations(source, modal_of(source), "X", 11, 43)]
    [('X', 'log it', 'positive'), ('Y', 'wait', 'negative')]
    """
    further = _further(source, modal, end)
    first_end = further[0].joint if further else end
    found = [_obligation(source, modal, (start, first_end), _Actor(subject, bool(subject)))]
    for index, one in enumerate(further):
        stop = further[index + 1].joint if index + 1 < len(further) else end
        begin: int = one.begin
        clauses: tuple[Clause, ...] = ()
        words: list[Keyword] = [word for word in keywords(source, begin, one.modal.start) if word.start >= begin]
        if words and words[0].start == begin:
            cut = preconditions(source, one.modal.start, words)
            begin, clauses = cut.main_start, cut.clauses
        at = trimmed(source, without_article(source, *trimmed(source, begin, one.modal.start)), one.modal.start)
        own = shown(source.text[at[0] : at[1]]) if at[0] < at[1] else ""
        subject = own or subject
        actor = _Actor(subject, bool(own), one.is_alternative, clauses)
        found.append(_obligation(source, one.modal, (one.modal.end, stop), actor))
    return tuple(found)


def _obligation(source: Source, modal: Modal, at: tuple[int, int], actor: _Actor) -> Obligation:
    """Put one obligation together from its response's offsets and who has it when."""
    text, prose = source.text[at[0] : at[1]], source.prose[at[0] : at[1]]
    return Obligation(
        subject=actor.subject,
        modal=source.text[modal.start : modal.end],
        modal_kind=modal.kind,
        response=plain_response(text),
        start=at[0],
        end=at[1],
        is_negative=modal.is_negative,
        is_restated=actor.is_restated,
        is_alternative=actor.is_alternative,
        continues=continues(prose),
        clauses=actor.clauses,
        timing=timing(prose, text, source.pack),
        items=_items(text),
    )


def continues(prose: str) -> bool:
    """Tell whether a response begins with CONTINUE TO.

    >>> continues(" CONTINUE TO serve")
    True
    """
    return prose[:2].lower() == " c" and _CONTINUE.match(prose) is not None


def _items(text: str) -> tuple[str, ...]:
    """List the entries of a list that follows a colon."""
    opening = _LIST.search(text) if ":" in text or "：" in text else None
    if opening is None:
        return ()
    parts = _ITEM.split(text[opening.start() + 1 :])
    return tuple(part.strip().rstrip(";,.") for part in parts if part.strip())


def _further(source: Source, modal: Modal, end: int) -> list[_Start]:
    """Find the modals after the first that begin an obligation of their own."""
    pattern = SHALL if modal.kind in ("shall", "localised") else _MUST if modal.kind == "must" else _WEAK
    found: list[_Start] = []
    position = modal.end
    for match in pattern.finditer(source.prose, modal.end, end):
        joint = _joint(source.prose, position, match.start())
        if joint is None or len(found) >= _MAX_OBLIGATIONS:
            continue
        found.append(_Start(joint.start(), joint.end(), english_modal(source.prose, match), bool(joint["other"])))
        position = match.end()
    return found


def _joint(prose: str, start: int, end: int) -> re.Match[str] | None:
    """Find what joins an obligation to the one before it; `None` where the modal stands in a relative clause."""
    low = max(start, end - _MAX_SUBJECT)
    joints = list(_JOINT.finditer(prose, low, end))
    if not joints:
        return None
    if _RELATIVE.search(prose, max(low, end - 80), end) and not prose[joints[-1].end() : end].strip():
        return None
    strong = [joint for joint in joints if joint[0].lstrip()[:1] in ";；.。"]
    chosen = strong[-1] if strong else joints[-1]
    between = prose[chosen.end() : end]
    if _RELATIVE.search(between):
        return None
    return chosen


def plain_response(text: str) -> str:
    """Write a response without negation, emphasis and full stop.

    >>> plain_response(" NOT **log** it.")
    'log it'
    """
    negation = NEGATION.match(text)
    without = text[negation.end() :] if negation else text
    return without.replace("**", "").strip().rstrip(".。").strip(_EDGE)


def postconditions(source: Source, start: int, end: int) -> tuple[Postcondition, ...]:
    """List the conditions behind a response, up to the end of its sentence.

    >>> from setsquare.spec.ears_source import source_of
    >>> [(one.word, one.text) for one in postconditions(source_of("THE X SHALL go unless it rains"), 11, 30)]
    [('unless', 'it rains')]
    """
    stop = _STOP.search(source.prose, start, end)
    limit = stop.start() if stop else end
    matches = list(_POST.finditer(source.prose, start, limit))[:_MAX_OBLIGATIONS]
    return tuple(
        Postcondition(
            word=" ".join(match[0].lower().split()),
            text=source.text[match.end() : (matches[index + 1].start() if index + 1 < len(matches) else limit)].strip(" \t\r\n,.;"),
            start=match.start(),
            end=matches[index + 1].start() if index + 1 < len(matches) else limit,
        )
        for index, match in enumerate(matches)
    )
