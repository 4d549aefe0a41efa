"""A design leaves criteria out of those that it traces.

What: the sections and properties of a design name at least half of the spec's criteria (the option `least`), and some are named by none. There
is one finding per spec, with the list. A design that names fewer, or none, is not judged.

Why: in a design that says which part answers which criterion, a criterion that nothing answers was probably forgotten.

Example: a design whose properties and tables name `1.1` and `1.2` of a requirement with three criteria

Instead: a property, a table's row or a section's `Requirements:` line that names `1.3`

Fix safety: no fix; the design of the criterion is missing, or a note of where it is.

Source: the tutorial, chapter 2: every requirement maps to a specific testable part of the design. Of 83 public designs at hand 42 name
criteria and 19 name at least half of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Option, Reach, Rule
from setsquare.rules.sample import spec
from setsquare.spec.trace import SpecTrace, demanding
from setsquare.text.document import decode
from setsquare.text.lazy_pattern import LazyPattern

_LEAST = 50
_ABOUT: Final = LazyPattern(
    r"(?:requirements?|criteri\w+|\bREQ|\bAC|需求|验收标准|要件|요구사항|requisitos?|exigences?|anforderung\w*|требовани\w*)[^\n]{1,200}",
    re.IGNORECASE,
)
_NUMBER: Final = LazyPattern(r"(?<![\w.])\d+(?:\.\d+)+(?![\w]|\.\d)")
_SHOWN = 12


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the specs whose designs name most criteria and not all."""
    least = evidence.config.number("DSN004", "least", _LEAST)
    for traced in evidence.graph.specs:
        if traced.spec.design is None or traced.spec.is_archived or not traced.spec.is_kiro or not traced.states:
            continue
        named = _named(traced)
        missing = [name for name, _ in traced.states if name not in named]
        covered = len(traced.states) - len(missing)
        if missing and covered and covered * 100 >= least * len(traced.states):
            spoken = _spoken(decode(evidence.raw(traced.spec.design.path)))
            missing = [name for name in missing if name.partition("#")[0] not in spoken]
            if missing:
                yield _finding(evidence, traced, missing)


def _named(traced: SpecTrace) -> frozenset[str]:
    """List the criteria that the design names."""
    design = traced.spec.design
    return frozenset(
        name
        for citation in traced.citations
        if design is not None and citation.reference.path == design.path
        for _, name in citation.targets
    )


def _spoken(text: str) -> frozenset[str]:
    """List the numbers in a design's prose about requirements."""
    return frozenset(number for match in _ABOUT.finditer(text) for number in _NUMBER.findall(match[0]))


def _finding(evidence: Evidence, traced: SpecTrace, missing: list[str]) -> Finding:
    first = next(criterion for criterion in demanding(traced.spec) if criterion.id == missing[0])
    listed = ", ".join(missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=first.path,
        span=evidence.span_in(first, 0, len(first.text)),
        message=f"no section or property of the design names {len(missing)} of {len(traced.states)} criteria: {listed}",
        hint="name each where the design answers it: Validates: or Requirements:",
    )


_THREE = "THE Store SHALL keep orders\nWHEN a customer pays, THE Store SHALL send a receipt\nTHE Store SHALL log payments"
_PROPERTY = "### Property {0}: A\n\n*For any* order it SHALL hold.\n\n**Validates: Requirements {1}**\n\n"
_CHAT = """# Requirements Document

### Requirement 1

#### Acceptance Criteria

1. WHEN a user selects a character and submits a message THEN the system SHALL include the selected character value in the form submission
2. WHEN the form is submitted via HTMX streaming endpoint THEN the system SHALL transmit the character parameter in the request
"""
_ROWS = """# Requirements Document

### Requirement 2

#### Acceptance Criteria

1. WHEN the character selector is displayed THEN the system SHALL provide adequate vertical spacing between radio button options
2. WHEN the character selector is displayed THEN the system SHALL align radio buttons and their labels horizontally
3. WHEN the character selector is displayed THEN the system SHALL ensure sufficient clickable area for each option
"""
_LAST_CHAT = "3. WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response\n"
_LAST_ROW = (
    "4. WHEN the character selector is displayed THEN the system SHALL maintain consistent visual hierarchy with other form elements\n"
)
_INCLUDED = "### Property 1: Character parameter inclusion in form submission\n\n**Validates: Requirements 1.1, 1.2**\n"
_SPACED = "### Property 2: Radio button spacing consistency\n\n**Validates: Requirements 2.1, 2.3**\n\n### Property 3: Radio button alignment\n\n**Validates: Requirements 2.2**\n"
_SOURCE = "dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes"


def _at_least(percent: int, design: str, fires: int = 0) -> Example:
    made = spec(_THREE, design=design)
    return Example(files=(*made.files, (".setsquare/check.toml", f"[rules.DSN004]\nleast = {percent}\n")), fires=fires)


RULE = Rule(
    code="DSN004",
    name="design-leaves-criteria-out",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.LINKED,
    options=(Option("least", _LEAST, "the share of criteria, in percent, from which a design is expected to name all"),),
    examples=(
        spec(_THREE, design=_PROPERTY.format(1, "1.1, 1.2"), fires=1),
        spec(_THREE, design=_PROPERTY.format(1, "1.1") + _PROPERTY.format(2, "1.3"), fires=1),
        spec(_THREE, design="## Storage\n\n**Requirements:** 1.1, 1.3\n", fires=1),
        _at_least(20, _PROPERTY.format(1, "1.1"), fires=1),
        spec(_THREE, design="### 属性 1：保存\n\n**验证需求：1.1, 1.3**\n", fires=1),
        spec(_CHAT + _LAST_CHAT, design=_INCLUDED, fires=1, source=_SOURCE),
        spec(_ROWS + _LAST_ROW, design=_SPACED, fires=1, source=_SOURCE),
        spec(_THREE, design=_PROPERTY.format(1, "1.1-1.3")),
        spec(_THREE, design=_PROPERTY.format(1, "1")),
        spec(_THREE, design=_PROPERTY.format(1, "1.1")),
        spec(_THREE, design="## Overview\n\nText.\n"),
        spec(_THREE, tasks="- [ ] 1. A\n  - _Requirements: 1.1, 1.2_\n"),
        _at_least(90, _PROPERTY.format(1, "1.1, 1.2")),
        spec(_CHAT, design=_INCLUDED, source=_SOURCE),
        spec(_ROWS, design=_SPACED, source=_SOURCE),
    ),
)
