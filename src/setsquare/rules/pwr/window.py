"""A Power looks back over too short a time.

What: `lookbackDays` of `powers.awsIamAutopilot` is below 90.

Why: what a role does once a quarter is missing from a shorter window and would be called unused.

Example: `"lookbackDays": 30`

Instead: `"lookbackDays": 90`

Fix safety: no fix; a shorter window may be meant for a role that was made for one campaign.

Source: Setsquare's settings page, the Power's table. The settings are Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.workspace.artefact import ArtefactKind

_MARK: Final = b"awsIamAutopilot"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Pass on what the Power itself warns of."""
    for artefact in evidence.workspace.artefacts:
        if artefact.kind is not ArtefactKind.SETTINGS or _MARK not in evidence.raw(artefact.path):
            continue
        from setsquare.guard.secrets import redacted  # noqa: PLC0415  (start-up: few workspaces name the Power)
        from setsquare.powers.iam.settings_judging import judge  # noqa: PLC0415  (as above)

        for reason in judge(artefact.document).warnings:
            if reason.code != "unknown-key":
                yield Finding(
                    code=RULE.code,
                    severity=RULE.severity,
                    path=artefact.path,
                    span=reason.span,
                    message=redacted(f"{reason.key} is {reason.value}: {reason.problem}"),
                    hint=reason.mend,
                )


def _power(text: str, fires: int = 0) -> Example:
    start = '"enabled": true, "mode": "pr-only", "targetRoles": ["ecs-*"]'
    return file(".kiro/settings.json", f'{{"powers": {{"awsIamAutopilot": {{{start}{text}}}}}}}\n', fires)


RULE = Rule(
    code="PWR003",
    name="short-window",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _power(', "lookbackDays": 30', fires=1),
        _power(', "lookbackDays": 89', fires=1),
        _power(', "lookbackDays": 1', fires=1),
        _power(', "awsRegion": "us-east-1", "lookbackDays": 60', fires=1),
        file(".kiro/settings.json", '{"powers": {"awsIamAutopilot": {"lookbackDays": 7}}}', fires=1),
        _power(', "lookbackDays": 90'),
        _power(', "lookbackDays": 365'),
        _power(', "lookbackDays": "30"'),
        _power(""),
        file(".kiro/settings.json", '{"powers": {"other": {"lookbackDays": 7}}}'),
    ),
)
