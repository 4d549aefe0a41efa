"""A Power that is switched on lacks what it needs to reach out.

What: `powers.awsIamAutopilot` is enabled and names no `awsRegion`, `awsAccountId`, `cloudtrailLogGroup` or `prRepository`, or no
`escalationAlertChannel` while alerts are on.

Why: local trails and policies can be analysed without them, but nothing can be fetched, proposed or announced; a missing channel means that nobody is
told of an escalation.

Example: `"awsIamAutopilot": {"enabled": true, "mode": "pr-only", "targetRoles": ["ecs-*"]}`

Instead: the same with `"awsRegion": "us-east-1"`, `"awsAccountId": "${AWS_ACCOUNT_ID}"` and the others

Fix safety: no fix; only the team knows the values.

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
    """Find what an enabled Power is missing; of one that refuses to work at all nothing is said here."""
    for artefact in evidence.workspace.artefacts:
        if artefact.kind is not ArtefactKind.SETTINGS or _MARK not in evidence.raw(artefact.path):
            continue
        from setsquare.powers.iam.settings import Need  # noqa: PLC0415  (start-up: few workspaces name the Power)
        from setsquare.powers.iam.settings_judging import judge  # noqa: PLC0415  (as above)

        judged = judge(artefact.document)
        missing = [reason for reason in judged.reasons if reason.need not in (Need.ANALYSING, Need.NOTHING)]
        if missing and judged.is_enabled and not judged.refusals():
            names = ", ".join(reason.key.rpartition(".")[2] for reason in missing)
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=artefact.path,
                span=missing[0].span,
                message=f"the Power is on and lacks {names}",
                hint="local trails can be analysed without; fetching, pull requests and alerts need them",
            )


def _power(text: str, fires: int = 0) -> Example:
    start = '"enabled": true, "mode": "pr-only", "targetRoles": ["ecs-*"]'
    return file(".kiro/settings.json", f'{{"powers": {{"awsIamAutopilot": {{{start}{text}}}}}}}\n', fires)


_REACH: Final = ', "awsRegion": "eu-west-1", "awsAccountId": "${AWS_ACCOUNT_ID}", "cloudtrailLogGroup": "/aws/cloudtrail"'

RULE = Rule(
    code="PWR002",
    name="incomplete-power",
    severity=Severity.NOTE,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _power("", fires=1),
        _power(_REACH, fires=1),
        _power(f'{_REACH}, "prRepository": "org/infrastructure"', fires=1),
        _power(f'{_REACH}, "alertOnEscalation": false', fires=1),
        _power(', "prRepository": "org/infrastructure", "escalationAlertChannel": "#security-alerts"', fires=1),
        _power(f'{_REACH}, "prRepository": "org/infrastructure", "alertOnEscalation": false'),
        _power(f'{_REACH}, "prRepository": "org/infrastructure", "escalationAlertChannel": "#security-alerts"'),
        _power(f'{_REACH}, "prRepository": "${{REPOSITORY}}", "escalationAlertChannel": "${{CHANNEL}}"'),
        file(".kiro/settings.json", '{"powers": {"awsIamAutopilot": {"enabled": false}}}'),
        file(".kiro/settings.json", '{"powers": {"awsIamAutopilot": {"enabled": true, "mode": "apply"}}}'),
        file(".kiro/settings.json", '{"powers": {}}'),
    ),
)
