"""Turns changes of a criterion's characters into a fix, and tells whether the criterion still says the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Fix
from setsquare.spec.ears import parse
from setsquare.spec.fingerprint import meaning
from setsquare.spec.statement import Statement
from setsquare.text.document import decode, encode
from setsquare.text.span import Edit, Span


class Change(Struct, frozen=True, order=True):
    """Characters `start` to `end` of a criterion's text become `text`; the range is never empty."""

    start: int
    end: int
    text: str


def rewritten(text: str, changes: Iterable[Change]) -> str:
    """Apply changes that do not overlap.

    >>> rewritten("If x, it rings", [Change(4, 6, ", then ")])
    'If x, then it rings'
    """
    parts: list[str] = []
    position = 0
    for change in sorted(changes):
        parts += (text[position : change.start], change.text)
        position = change.end
    return "".join((*parts, text[position:]))


def keeps_meaning(statement: Statement, changes: Iterable[Change]) -> bool:
    """Tell whether a sentence has the same meaning after changes.

    >>> keeps_meaning(parse("If x, the Bell shall ring"), [Change(4, 6, ", then ")])
    True
    """
    return meaning(parse(rewritten(statement.text, changes))) == meaning(statement)


def edits(evidence: Evidence, sentence: Sentence, changes: Sequence[Change]) -> tuple[Edit, ...]:
    """Address changes in the file; empty where one of them cannot be addressed exactly."""
    raw = evidence.raw(sentence.criterion.path)
    found = []
    for change in sorted(changes):
        span = evidence.span_in(sentence.criterion, change.start, change.end)
        written = " ".join(decode(raw[span.start : span.end]).split())
        if written != " ".join(sentence.criterion.text[change.start : change.end].split()):
            return ()
        found.append(Edit(_with_blanks(raw, span, sentence.criterion.text[change.start : change.end]), encode(change.text)))
    return tuple(found)


def _with_blanks(raw: bytes, span: Span, text: str) -> Span:
    """Widen a span over the white space that the changed characters begin or end with, where the address left it out."""
    start, end = span.start, span.end
    if len(decode(raw[start:end])) < len(text):
        while text[:1].isspace() and raw[start - 1 : start].isspace():
            start -= 1
        while text[-1:].isspace() and raw[end : end + 1].isspace():
            end += 1
    return Span(start, end)


def fix(evidence: Evidence, sentence: Sentence, title: str, changes: Sequence[Change]) -> Fix | None:
    """Offer changes; they are safe when the sentence means the same afterwards. `None` where they cannot be addressed."""
    found = edits(evidence, sentence, changes)
    if not found:
        return None
    return Fix(title=title, edits=found, is_safe=keeps_meaning(sentence.statement, changes))


def recased(word: str, *, like: str) -> str:
    """Write a keyword in the letter case of another.

    >>> recased("then", like="IF"), recased("then", like="If"), recased("IF", like="When")
    ('THEN', 'then', 'If')
    """
    if len(like) > 1 and like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() and word.lower() != "then" else word.lower()
