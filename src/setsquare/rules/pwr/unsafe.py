"""A Power's settings do not hold it back.

What: `powers.awsIamAutopilot` in `.kiro/settings.json` has no `mode`, another one than `"pr-only"` or one in other letters; no `targetRoles`, an empty
list, or patterns that together match every role, however they are spelt; a key that is nearly a known one; a value of the wrong type; or the file
cannot be read, or says something twice. While the Power is switched off, this is a warning.

Why: the Power refuses to work until all of it is mended. A misspelt key that counted for nothing would leave a role without its exclusion, and an open
list of roles would propose changes for roles that nobody chose.

Example: `"awsIamAutopilot": {"enabled": true, "mode": "PR-only", "targetRoles": ["*"]}`

Instead: `"awsIamAutopilot": {"enabled": true, "mode": "pr-only", "targetRoles": ["ecs-*"]}`

Fix safety: no fix; only a person may choose the roles.

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

_MARK: Final = b"awsiamautopilot"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find everything for which the Power refuses to work, with the reasons that it gives itself."""
    for artefact in evidence.workspace.artefacts:
        if artefact.kind is not ArtefactKind.SETTINGS or _MARK not in evidence.raw(artefact.path).lower():
            continue
        from setsquare.guard.secrets import redacted  # noqa: PLC0415  (start-up: few workspaces name the Power)
        from setsquare.powers.iam.settings import Need  # noqa: PLC0415  (as above)
        from setsquare.powers.iam.settings_judging import judge  # noqa: PLC0415  (as above)

        judged = judge(artefact.document)
        for reason in judged.refusals():
            if reason.code != "off" and reason.need is Need.ANALYSING:
                yield Finding(
                    code=RULE.code,
                    severity=Severity.ERROR if judged.is_enabled else Severity.WARNING,
                    path=artefact.path,
                    span=reason.span,
                    message=redacted(f"{reason.key}{f' is {reason.value}' if reason.value else ''}: {reason.problem}"),
                    hint=reason.mend,
                )


def _power(text: str, fires: int = 0) -> Example:
    return file(".kiro/settings.json", f'{{"powers": {{"awsIamAutopilot": {{{text}}}}}}}\n', fires)


_ON = '"enabled": true, "mode": "pr-only"'

RULE = Rule(
    code="PWR001",
    name="unsafe-power",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    examples=(
        _power('"enabled": true', fires=2),
        _power('"enabled": true, "mode": "PR-only", "targetRoles": ["*"]', fires=2),
        _power('"enabled": true, "Mode": "pr-only", "targetRoles": ["ecs-*"]', fires=1),
        _power(f'{_ON}, "targetRoles": []', fires=1),
        _power(f'{_ON}, "targetRoles": ["**", "ecs-*"]', fires=1),
        _power(f'{_ON}, "targetRoles": ["[a-z]*", "[!a-z]*"]', fires=1),
        _power(f'{_ON}, "targetRoles": ["ecs-*"], "excludeRole": ["ecs-admin"]', fires=1),
        _power(f'{_ON}, "targetRoles": ["ecs-*"], "excludeRoles": ["arn:aws:iam::123456789012:role/ecs-admin"]', fires=1),
        _power(f'{_ON}, "mode": "direct", "targetRoles": ["ecs-*"]', fires=1),
        file(
            ".kiro/settings.json",
            '{"Powers": {"awsIamAutopilot": {"enabled": true, "mode": "pr-only", "targetRoles": ["ecs-*"]}}}',
            fires=1,
        ),
        _power('"enabled": "yes", "mode": "apply", "targetRoles": "ecs-*"', fires=3),
        _power(f'{_ON}, "targetRoles": ["ecs-*", "lambda-*"]'),
        _power(f'{_ON}, "targetRoles": ["ecs-*"], "excludeRoles": ["ECS-admin*"], "lookbackDays": 90'),
        _power('"enabled": false, "mode": "pr-only", "targetRoles": ["ecs-api"]'),
        _power(f'{_ON}, "targetRoles": ["?cs-[a-d]*"], "awsAccountId": "${{AWS_ACCOUNT_ID}}"'),
        file(".kiro/settings.json", '{"powers": {"other": {"enabled": true}}}'),
        file(".kiro/settings.json", '{"agent": {}}'),
    ),
)
