"""Two specs have one name.

What: two specs have the same name in different roots, something of OpenSpec has that of a Kiro spec, or names differ only in letter case or
such that their approvals and locks would be one file.

Why: a reference such as `login/1.2` leads to one of them only, commands ask which one is meant, and on many machines their files in `.setsquare/` are one.

Example: `.kiro/specs/login` and `api/.kiro/specs/login`

Instead: `.kiro/specs/login` and `api/.kiro/specs/api-login`

Fix safety: no fix; a rename changes what people and code write.

Source: Setsquare's names for specs; requirement ids of several roots in public monorepos.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.spec.approval import spec_key
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.spec import Spec


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every spec whose name, or whose file of approvals, an earlier one has; the second is a warning, the first a note."""
    names: dict[str, Spec] = {}
    keys: dict[str, Spec] = {}
    kiro = {spec.name.casefold(): spec for spec in evidence.active_specs}
    for spec in evidence.workspace.specs:
        key = spec_key(spec).casefold()
        if key in keys:
            yield _finding(spec, keys[key], Severity.WARNING, "their approvals and locks would be one file")
        elif not spec.is_archived and spec.name.casefold() in names:
            yield _finding(spec, names[spec.name.casefold()], Severity.NOTE, f"a reference such as {spec.name}/1.1 can mean either")
        elif not spec.is_kiro and not spec.is_archived and (other := kiro.get(spec.name.removeprefix(f"{spec.tool}/").casefold())):
            yield _shadowed(spec, other)
        keys.setdefault(key, spec)
        if not spec.is_archived:
            names.setdefault(spec.name.casefold(), spec)


def _shadowed(spec: Spec, other: Spec) -> Finding:
    """Say that a name means the Kiro spec, although OpenSpec has something of that name too."""
    name = other.name
    return Finding(
        code=RULE.code,
        severity=Severity.NOTE,
        path=_path(spec),
        span=Span(0, 0),
        message=f"{spec.path} has the name of {other.path}: a reference such as {name}/1.1 means {other.path}",
        hint=f"write {spec.name}/1.1 for this one",
    )


def _finding(spec: Spec, other: Spec, severity: Severity, why: str) -> Finding:
    """Put the finding on a file of the later spec."""
    return Finding(
        code=RULE.code,
        severity=severity,
        path=_path(spec),
        span=Span(0, 0),
        message=f"{spec.path} has the name of {other.path}: {why}",
        hint=f"rename one: setsquare spec rename {spec.path} NAME" if spec.is_kiro else "rename the folder of one",
    )


def _path(spec: Spec) -> RelPath:
    """Name a spec's first file."""
    documents = (spec.requirements, spec.design, spec.tasks)
    return next((document.path for document in documents if document is not None), spec.path)


_TEXT = "# Requirements Document\n\n### Requirement 1: Orders\n\n#### Acceptance Criteria\n\n1. {}\n"


def _at(*folders: str, fires: int = 0, text: str = "THE Store SHALL keep orders", source: str = "") -> Example:
    return Example(files=tuple((f"{folder}/requirements.md", _TEXT.format(text)) for folder in folders), fires=fires, source=source)


_CHAT = "WHEN the backend receives the character parameter THEN the system SHALL use that character for generating the response"
_PERIOD = "THE Custom_Period_Selector SHALL allow selection of start date and time"
_KABOTAN, _RPIDNS = "dentsusoken/kabotan .kiro/specs/feature-15-character-chat-fixes", "Homas/RpiDNS .kiro/specs/custom-period"

RULE = Rule(
    code="TRC006",
    name="two-specs-one-name",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.WORKSPACE,
    examples=(
        _at(".kiro/specs/login", "api/.kiro/specs/login", fires=1),
        _at(".kiro/specs/login", ".kiro/specs/Login", fires=1),
        _at(".kiro/specs/api/login", "api/.kiro/specs/login", fires=1),
        _at("api/.kiro/specs/login", "web/.kiro/specs/login", "app/.kiro/specs/login", fires=2),
        _at("api/.kiro/specs/a/login", "web/.kiro/specs/A/login", fires=1),
        _at(".kiro/specs/chat", "web/.kiro/specs/chat", text=_CHAT, fires=1, source=_KABOTAN),
        _at(".kiro/specs/period", ".kiro/specs/Period", text=_PERIOD, fires=1, source=_RPIDNS),
        _at(".kiro/specs/login", ".kiro/specs/orders"),
        _at(".kiro/specs/login", ".kiro/specs/admin/login"),
        _at(".kiro/specs/login", ".kiro/specs/_archived/login"),
        _at("api/.kiro/specs/login", "web/.kiro/specs/orders"),
        _at(".kiro/specs/login"),
        _at(".kiro/specs/chat", ".kiro/specs/chat-fixes", text=_CHAT, source=_KABOTAN),
        _at(".kiro/specs/period", "web/.kiro/specs/custom-period", text=_PERIOD, source=_RPIDNS),
    ),
)
