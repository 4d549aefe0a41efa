"""Known and unknown settings keys."""

from __future__ import annotations

import json

from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.settings_keys import KNOWN_KEYS, known_beside, unknown_keys


def unknown(value: object) -> list[str]:
    return [path for path, _ in unknown_keys(json_document.scan(RelPath(".kiro/settings.json"), json.dumps(value).encode()))]


def test_every_documented_key_is_known() -> None:
    profile = {"provider": "p", "model": "m", "maxTokens": 1, "temperature": 0, "fallback": "fast", "baseUrl": "u", "apiKeyVariable": "K"}
    window = {"inputTokens": 1, "outputTokens": 1, "alertThreshold": 1, "action": "notify"}
    settings = {
        "agent": dict.fromkeys(
            ["autonomyLevel", "allowedCommands", "forbiddenCommands", "maxFileEditsPerTask", "maxSelfCorrections", "protectedPaths"]
        ),
        "models": {"primary": profile, "my own": profile, "routing": {"specGeneration": "primary"}},
        "budget": {"daily": window, "monthly": window},
        "powers": {"awsIamAutopilot": {"enabled": True, "mode": "pr-only"}, "other": {"anything": 1}},
        "mcpServers": {"db": {"command": "x", "env": {"ANY_NAME": "x"}, "headers": {"X-Any": "y"}}},
        "verify": {"command": "make test", "timeoutSeconds": 1},
    }
    assert unknown(settings) == []


def test_unknown_keys_are_given_with_their_path_and_span() -> None:
    raw = b'{"agents": {"x": 1}, "agent": {"autonomylevel": "full"}, "models": {"routing": {"chat": "fast"}}, "verify": {"cmd": 1}}'
    found = unknown_keys(json_document.scan(RelPath(".kiro/settings.json"), raw))
    assert [path for path, _ in found] == ["agents", "agent.autonomylevel", "models.routing.chat", "verify.cmd"]
    assert [raw[span.start : span.end] for _, span in found] == [b'"agents"', b'"autonomylevel"', b'"chat"', b'"cmd"']


def test_broken_files_and_other_values_give_none() -> None:
    assert unknown([]) == unknown({"agent": 3, "models": [], "mcpServers": {"db": []}}) == []
    assert unknown_keys(json_document.scan(RelPath("a"), b"{")) == ()


def test_the_names_that_may_stand_beside() -> None:
    assert known_beside("agnt") == ("$schema", "agent", "budget", "governance", "mcpServers", "models", "powers", "verify")
    assert "autonomyLevel" in known_beside("agent.autonomyLevl")
    assert known_beside("budget.dayly") == ("daily", "monthly", "timeZone")
    assert known_beside("nobody.knows") == ()
    assert isinstance(KNOWN_KEYS, frozenset)
