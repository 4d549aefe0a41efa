"""Shows findings as diagnostics: the same rules and severities as `setsquare check`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from lsprotocol import types

from setsquare.rules.finding import Finding, Severity
from setsquare.rules.registry import RULES
from setsquare.surfaces.lsp.positions import Lines

SOURCE: Final = "setsquare"
_SEVERITIES: Final = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_NAMES: Final = {rule.code: rule.name for rule in RULES}
_IDLE: Final = frozenset({"SUP003"})
"""Rules that find what can go without loss; editors show it faded."""


@cache
def _page(code: str) -> types.CodeDescription | None:
    """Lead to a rule's page where the pages stand beside the program, as in a checkout of it; `setsquare check --explain` shows it anywhere."""
    place = Path(__file__).parents[4] / "docs" / "rules" / f"{code}.md"
    return types.CodeDescription(place.as_uri()) if place.is_file() else None


def diagnostic(lines: Lines, finding: Finding) -> types.Diagnostic:
    """Show one finding; its hint follows the message on a line of its own."""
    hint = f"\n{finding.hint[:1].upper()}{finding.hint[1:]}" if finding.hint else ""
    return types.Diagnostic(
        range=lines.range(finding.span),
        message=finding.message + hint,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=_page(finding.code),
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code in _IDLE else None,
        data={"rule": _NAMES.get(finding.code, finding.code), "fixable": finding.fix is not None},
    )
