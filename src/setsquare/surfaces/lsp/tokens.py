"""Colours the parts of criteria: keyword, condition, subject, modal, response, timing.

Token types are the protocol's own, so that every theme has a colour; the modifier says which part of an EARS sentence it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from lsprotocol import types

from setsquare.journeys.living import spec_at
from setsquare.rules.evidence import character_span
from setsquare.spec.ears import parse
from setsquare.spec.statement import Statement
from setsquare.spec.template import Template
from setsquare.surfaces.lsp.desk import Desk
from setsquare.surfaces.lsp.positions import Lines
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Criterion

PARTS: Final = ("keyword", "condition", "subject", "modal", "response", "timing")
TYPES: Final = ("keyword", "parameter", "class", "operator", "string", "number")
LEGEND: Final = types.SemanticTokensLegend(token_types=list(TYPES), token_modifiers=list(PARTS))
_KEYWORD, _CONDITION, _SUBJECT, _MODAL, _RESPONSE, _TIMING = range(6)
_LEAD: Final = r"(?:\b(?:within|after|every|for|at\s+(?:least|most)|no\s+(?:later|sooner)\s+than|less\s+than|under)\s+)*"


def semantic_tokens(desk: Desk, path: RelPath, within: types.Range | None = None) -> types.SemanticTokens:
    """Give the tokens of a requirements file, of the lines of a range where one is given."""
    spec = spec_at(desk.living.workspace, path)
    if spec is None or not spec.is_kiro or spec.requirements is None or spec.requirements.path != path:
        return types.SemanticTokens([])
    lines = desk.lines(path)
    asked = lines.span_of(within) if within else None
    templates = desk.living.session.read.config.templates
    found: list[tuple[int, int, int, int]] = []
    for criterion in spec.requirements.criteria:
        if criterion.demands and (asked is None or (criterion.span.start < asked.end and asked.start < criterion.span.end)):
            found += _criterion(lines, criterion, templates)
    return types.SemanticTokens(_relative(sorted(found)))


def _criterion(lines: Lines, criterion: Criterion, templates: Sequence[Template]) -> Iterator[tuple[int, int, int, int]]:
    """List one criterion's tokens: line, first unit, units, part."""
    written = decode(lines.raw[criterion.text_span.start : criterion.text_span.end])
    for start, end, part in painted(parse(criterion.text, templates)):
        place = character_span(written, criterion.text, start, end)
        if place is None:
            continue
        at = criterion.text_span.start + len(encode(written[: place[0]]))
        for piece in written[place[0] : place[1]].splitlines(keepends=True):
            bare = piece.strip()
            first = at + len(encode(piece[: len(piece) - len(piece.lstrip())]))
            if bare:
                begin, stop = lines.position(first), lines.position(first + len(encode(bare)))
                yield begin.line, begin.character, stop.character - begin.character, part
            at += len(encode(piece))


def painted(statement: Statement) -> list[tuple[int, int, int]]:
    """Part a sentence's characters, later parts over earlier ones, so that none overlap: start, end, number of the part.

    >>> [(PARTS[part], start, end) for start, end, part in painted(parse("WHEN it rings, THE Bell SHALL stop within 2 s"))]
    [('keyword', 0, 4), ('condition', 5, 13), ('subject', 19, 23), ('modal', 24, 29), ('response', 30, 34), ('timing', 35, 45)]
    """
    text = statement.text
    layers: list[tuple[int, int, int]] = [(duty.start, duty.end, _RESPONSE) for duty in statement.responses]
    for clause in statement.clauses:
        at = text.find(clause.keyword, clause.start) if clause.keyword else clause.start
        condition = text.find(clause.text, max(at, clause.start))
        if condition >= 0:
            layers.append((condition, condition + len(clause.text), _CONDITION))
        if clause.keyword and at >= 0:
            layers.append((at, at + len(clause.keyword), _KEYWORD))
    layers += [(after.start, after.end, _CONDITION) for after in statement.postconditions]
    if statement.timing and statement.timing.value:
        bound = re.escape(statement.timing.value) + r"\s*-?\s*" + re.escape(statement.timing.unit)
        start = statement.responses[0].start if statement.responses else 0
        if match := re.compile(_LEAD + bound, re.IGNORECASE).search(text, start):
            layers.append((*match.span(), _TIMING))
    layers += [(*statement.subject_at, _SUBJECT), (*statement.modal_at, _MODAL)]
    marks: list[int | None] = [None] * len(text)
    for start, end, part in layers:
        marks[start:end] = [part] * (min(end, len(text)) - start) if end > start else []
    return list(_bare(text, _runs(marks)))


def _bare(text: str, runs: Iterator[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Leave white space at the ends out."""
    for start, end, part in runs:
        run = text[start:end]
        if run.strip():
            yield start + len(run) - len(run.lstrip()), end - len(run) + len(run.rstrip()), part


def _runs(marks: Sequence[int | None]) -> Iterator[tuple[int, int, int]]:
    """Join neighbours of one part."""
    start = 0
    for index in range(1, len(marks) + 1):
        if index == len(marks) or marks[index] != marks[start]:
            part = marks[start]
            if part is not None:
                yield start, index, part
            start = index


def _relative(found: Sequence[tuple[int, int, int, int]]) -> list[int]:
    """Write tokens as the protocol wants them: each relative to the one before."""
    written: list[int] = []
    line = first = 0
    for at, start, length, part in found:
        written += (at - line, start - first if at == line else start, length, part, 1 << part)
        line, first = at, start
    return written
