"""A settings file cannot be followed as written.

What: `.kiro/settings.json` is no valid JSON with comments, has a key twice, or gives a key a value of the wrong type or range.

Why: a setting that cannot be read is taken at its most restrictive value, so agents may do less than the file seems to say.

Example: `"agent": {"maxFileEditsPerTask": "many"}`

Instead: `"agent": {"maxFileEditsPerTask": 20}`

Fix safety: no fix; only its writer knows the value.

Source: Setsquare's settings page, "fail closed". The file is Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pass on what the settings reader could not follow."""
    for settings in evidence.workspace.settings:
        for problem in settings.problems:
            yield Finding(
                code=RULE.code,
                severity=Severity.WARNING if problem.is_warning else Severity.ERROR,
                path=problem.path,
                span=problem.span,
                message=problem.reason,
                hint="correct the value; until then the most restrictive one applies" if not problem.is_warning else "",
            )


def _settings(text: str, fires: int = 0) -> Example:
    return file(".kiro/settings.json", text, fires)


RULE = Rule(
    code="CFG002",
    name="wrong-settings-value",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        _settings('{"agent": {"maxFileEditsPerTask": "many"}}', fires=1),
        _settings('{"agent": {"autonomyLevel": "reckless"}}', fires=1),
        _settings('{"agent": {"allowedCommands": "npm test"}}', fires=1),
        _settings('{"agent": []}', fires=1),
        _settings('{"agent": {"autonomyLevel": "full",}}', fires=1),
        _settings('{"agent": {"autonomyLevel": "supervised"}}', fires=1),
        _settings('{"agent": {"maxSelfCorrections": 2.5}}', fires=1),
        _settings("{}"),
        _settings('{"agent": {"autonomyLevel": "Balanced"}}'),
        _settings('{"agent": {"maxFileEditsPerTask": 0}}'),
        _settings("/* empty */ {}"),
        _settings('{"agent": {"allowedCommands": []}}'),
        _settings('{"agent": {"autonomyLevel": "balanced"}}'),
        _settings('{"agent": {"allowedCommands": ["npm test", "npm run lint"]}}'),
    ),
)
