"""Names every key that a settings file may have, and finds those that it may not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.text import json_document
from setsquare.text.document import Document
from setsquare.text.json_tree import JsonMember, JsonObject
from setsquare.text.span import Span

PURPOSES = (
    "specGeneration",
    "taskExecution",
    "codeReview",
    "interactiveChat",
    "hookActions",
    "codeExplanation",
    "documentationUpdate",
)
"""What a model may be called for; the keys of `models.routing`."""


def _below(parent: str, keys: str) -> tuple[str, ...]:
    """List dotted paths below one parent."""
    return tuple(f"{parent}.{key}" for key in keys.split())


KNOWN_KEYS: frozenset[str] = frozenset(
    (
        *("$schema", "agent", "models", "budget", "powers", "mcpServers", "verify", "governance"),
        *_below("agent", "autonomyLevel allowedCommands forbiddenCommands maxFileEditsPerTask requireApprovalForNewFiles"),
        *_below("agent", "maxSelfCorrections protectedPaths repositoryIsPublic allowedHosts pathAutonomy maxMinutesPerTask sessionAllow"),
        "agent.pathAutonomy.*",
        *("models.*", "models.routing"),
        *_below("models.*", "provider model maxTokens temperature fallback baseUrl apiKeyVariable price contextTokens maxConcurrent pin"),
        *_below("models.*.price", "input output cacheRead cacheWrite"),
        *_below("models.routing", " ".join(PURPOSES)),
        *("budget.daily", "budget.monthly", "budget.timeZone"),
        *_below("budget.daily", "inputTokens outputTokens alertThreshold action"),
        *_below("budget.monthly", "inputTokens outputTokens alertThreshold action"),
        *("powers.*", "powers.*.enabled", "powers.*.*"),
        *_below("powers.awsIamAutopilot", "enabled mode targetRoles excludeRoles lookbackDays awsRegion awsAccountId"),
        *_below("powers.awsIamAutopilot", "cloudtrailLogGroup prRepository alertOnEscalation escalationAlertChannel"),
        *("mcpServers.*", "mcpServers.*.env.*", "mcpServers.*.headers.*"),
        *_below("mcpServers.*", "command args env url headers type transport transportType disabled autoApprove disabledTools"),
        *_below("mcpServers.*", "timeout requestTimeout oauth oauthScopes description cwd"),
        *_below("mcpServers.*.oauth", "clientId redirectUri clientMetadataUrl"),
        *_below("verify", "command timeoutSeconds"),
        *_below("governance", "requirementsSignOff requirementsReview designApproval designEdits steeringChanges roles"),
        *_below("governance", "specAgeLimitDays specSprawlLimit archiveRequires"),
        "governance.roles.*",
    )
)
"""Dotted paths; `*` stands for any one name. A name that is written out wins over `*` (`models.routing` is no profile)."""


def unknown_keys(document: Document) -> tuple[tuple[str, Span], ...]:
    """List the keys of a settings file that nobody knows, with their spans, in file order; what stands below one is not looked at.

    >>> from setsquare.text.paths import RelPath
    >>> raw = b'{"agent": {"autonomyLevl": "full"}, "models": {"mine": {"model": "x", "temprature": 1}}}'
    >>> [path for path, _ in unknown_keys(json_document.scan(RelPath(".kiro/settings.json"), raw))]
    ['agent.autonomyLevl', 'models.mine.temprature']
    """
    tree = json_document.read(document)
    return tuple(_unknown(tree.members, "", ""))


def known_beside(path: str) -> tuple[str, ...]:
    """List the key names that may stand where the last name of a dotted path stands.

    >>> known_beside("models.mine.temprature")
    ('apiKeyVariable', 'baseUrl', 'contextTokens', 'fallback', 'maxConcurrent', 'maxTokens', 'model', 'pin', 'price', 'provider', 'temperature')
    """
    pattern: str | None = ""
    for name in path.split(".")[:-1]:
        pattern = None if pattern is None else _step(pattern, name)
    if pattern is None:
        return ()
    depth = pattern.count(".") + 1 if pattern else 0
    names = {key.split(".")[depth] for key in KNOWN_KEYS if key.count(".") == depth and (not pattern or key.startswith(f"{pattern}."))}
    return tuple(sorted(names - {"*"}))


def _step(pattern: str, name: str) -> str | None:
    """Go one key down in the known keys; `None` when nobody knows it."""
    prefix = f"{pattern}." if pattern else ""
    exact, free = f"{prefix}{name}", f"{prefix}*"
    if exact in KNOWN_KEYS or any(key.startswith(f"{exact}.") for key in KNOWN_KEYS):
        return exact
    return free if free in KNOWN_KEYS else None


def _unknown(members: Sequence[JsonMember], pattern: str, path: str) -> Iterator[tuple[str, Span]]:
    """Walk the objects; the depth is bounded by that of the known keys."""
    for member in members:
        here = f"{path}.{member.key}" if path else member.key
        known = _step(pattern, member.key)
        if known is None:
            yield here, member.key_span
            continue
        if isinstance(member.value, JsonObject):
            yield from _unknown(member.value.members, known, here)
