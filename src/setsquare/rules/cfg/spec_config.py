"""A spec's settings file has a value that Kiro does not write.

What: `.config.kiro` names a `workflowType` or `generationMode` other than `requirements-first`, `design-first` and `fast-task`, a `specType` other
than `feature` and `bugfix`, or a type that the spec's files contradict. Unknown keys are kept and never reported.

Why: the value decides which document comes first and what a spec is checked against; one that nobody knows is ignored without a word.

Example: `{"workflowType": "design-frist"}`

Instead: `{"workflowType": "design-first"}`

Fix safety: no fix; the nearest known value is shown.

Source: Kiro's on-disk format, section 2.2 (80 public files; the file is not documented by its maker). No public workspace at
hand keeps the file, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import spec
from setsquare.rules.similar import nearest
from setsquare.text.document import encode
from setsquare.text.paths import RelPath, base_name
from setsquare.text.span import Span
from setsquare.workspace.spec import Spec

_FILE: Final = ".config.kiro"
_WORKFLOWS: Final = ("requirements-first", "design-first", "fast-task")
_TYPES: Final = ("feature", "bugfix")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the values of specs' settings that are not known."""
    for found in evidence.active_specs:
        path = next((path for path in found.config.paths if base_name(path) == _FILE), None) if found.config else None
        if found.config is not None and path is not None:
            if found.config.workflow and found.config.workflow not in _WORKFLOWS:
                yield _unknown(evidence, path, found.config.workflow, _WORKFLOWS)
            if found.config.spec_type and found.config.spec_type not in _TYPES:
                yield _unknown(evidence, path, found.config.spec_type, _TYPES)
            elif found.config.spec_type:
                yield from _contradicted(evidence, path, found, found.config.spec_type)


def _unknown(evidence: Evidence, path: RelPath, value: str, known: tuple[str, ...]) -> Finding:
    meant = nearest(value, known)
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=path,
        span=_place(evidence.raw(path), value),
        message=f'"{value[:40]}" is no value that is known here' + (f", did you mean {meant}?" if meant else ""),
        hint=f"known are {', '.join(known[:-1])} and {known[-1]}",
    )


def _contradicted(evidence: Evidence, path: RelPath, found: Spec, written: str) -> Iterator[Finding]:
    """Find a feature with bugfix.md, or a bug fix with requirements.md alone."""
    is_feature = written == "feature"
    if found.requirements is not None and (base_name(found.requirements.path) == "bugfix.md") is is_feature:
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=path,
            span=_place(evidence.raw(path), written),
            message=f"the spec's type is {written}, and it has {base_name(found.requirements.path)}",
            hint=f"write {'bugfix' if is_feature else 'feature'}, or rename the file",
        )


def _place(raw: bytes, value: str) -> Span:
    """Find a value in quotes; the file's beginning where it is written with escapes."""
    start = raw.find(b'"' + encode(value) + b'"')
    return Span(start + 1, start + 1 + len(encode(value))) if start >= 0 else Span(0, 0)


_PATH = ".kiro/specs/orders/.config.kiro"


def _with(text: str, fires: int = 0) -> Example:
    return Example(files=((_PATH, text), *spec("THE Store SHALL keep orders").files), fires=fires)


RULE = Rule(
    code="CFG005",
    name="unknown-spec-setting",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.SPEC,
    examples=(
        _with('{"specId": "7f", "workflowType": "design-frist", "specType": "feature"}', fires=1),
        _with('{"workflowType": "requirements-first", "specType": "chore"}', fires=1),
        _with('{"generationMode": "vibe"}', fires=1),
        _with('{"workflowType": "quick", "specType": "bug"}', fires=2),
        _with('{"specType": "Feature"}', fires=1),
        _with('{"specId": "7f", "workflowType": "requirements-first", "specType": "feature"}'),
        _with('{"workflowType": "fast-task"}'),
        _with('{"specType": "feature", "priority": "high", "status": "draft"}'),
        _with('{"generationMode": "requirements-first", "featureName": "orders"}'),
        _with("{}"),
        _with('{"specType": "bugfix"}', fires=1),
    ),
)
