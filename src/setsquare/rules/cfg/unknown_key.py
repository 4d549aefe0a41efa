"""A settings file has a key that nobody reads.

What: `.kiro/settings.json` holds a key that is not one of Setsquare's, at any level.

Why: a misspelt key changes nothing: a limit that somebody wrote down does not exist.

Example: `"agent": {"autonomyLevl": "cautious"}`

Instead: `"agent": {"autonomyLevel": "cautious"}`

Fix safety: no fix; another tool may read the key.

Source: Setsquare's settings page, "unknown keys are kept and reported". The file is Setsquare's own, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.rules.similar import nearest
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.settings_keys import known_beside, unknown_keys


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every key of a settings file that is not known at its place."""
    for artefact in evidence.workspace.artefacts:
        if artefact.kind is not ArtefactKind.SETTINGS:
            continue
        for path, span in unknown_keys(artefact.document):
            meant = nearest(path.rpartition(".")[2], known_beside(path))
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=artefact.path,
                span=span,
                message=f'unknown key "{path}"' + (f', did you mean "{meant}"?' if meant else ""),
                hint="correct or remove it; it has no effect",
            )


def _settings(text: str, fires: int = 0) -> Example:
    return file(".kiro/settings.json", text + "\n", fires)


RULE = Rule(
    code="CFG001",
    name="unknown-settings-key",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        _settings('{"agent": {"autonomyLevl": "cautious"}}', fires=1),
        _settings('{"agnet": {"autonomyLevel": "cautious"}}', fires=1),
        _settings('{"agent": {"allowedCommand": ["npm test"], "maxFileEdits": 5}}', fires=2),
        _settings('{"colour": "blue"}', fires=1),
        _settings(
            '{"models": {"primary": {"provider": "openai", "model": "m", "temprature": 0}, "fast": {"provider": "openai", "model": "m"}}}',
            fires=1,
        ),
        _settings('{"agent": {"assistedMode": true, "autonomyLevel": "balanced"}}', fires=1),
        _settings('{"editor.fontSize": 14}', fires=1),
        _settings("{}"),
        _settings('{"agent": {"autonomyLevel": "balanced", "allowedCommands": ["npm test"]}}'),
        _settings('{\n  // limits\n  "budget": {"daily": {"inputTokens": 500000}}\n}'),
        _settings('{"models": {"mine": {"provider": "openai", "model": "m"}}}'),
        _settings('{"mcpServers": {"any-name": {"command": "npx", "env": {"ANY_KEY": "1"}}}}'),
        _settings(
            '{"agent": {"forbiddenCommands": ["rm -rf", "git push --force", "npm publish"], "maxFileEditsPerTask": 20, "requireApprovalForNewFiles": false}}',
        ),
        _settings(
            '{"budget": {"monthly": {"inputTokens": 10000000, "outputTokens": 4000000, "alertThreshold": 0.9, "action": "restrict"}}}',
        ),
    ),
)
