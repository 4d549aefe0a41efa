"""What is taken for a credential, and that it is never shown."""

from __future__ import annotations

import json

import pytest

from setsquare.rules.check import check
from setsquare.rules.credentials import holds_credential, is_dense, is_literal, mentions_credential, names_secret
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

FAKE = "Zq8" + "Xw3Lk9Tr5Pn2Vb7"


def codes(server: dict[str, object]) -> list[str]:
    raw = json.dumps({"mcpServers": {"s": server}}).encode()
    return [finding.code for finding in check(load({RelPath(".kiro/settings/mcp.json"): raw}))]


@pytest.mark.parametrize(
    "value",
    [
        "github_pat_" + FAKE * 2,
        "glpat-" + FAKE,
        "sk-ant-" + FAKE,
        "sk-proj-" + FAKE,
        "xoxb-" + FAKE,
        "AKIA" + "ABCDEFGH23456789",
        "AIza" + FAKE * 2,
        "npm_" + FAKE * 2,
        "hf_" + FAKE * 2,
        "eyJ" + FAKE + ".eyJ" + FAKE + "." + FAKE,
        "-----BEGIN RSA PRIVATE KEY-----",
        "postgres://user:" + FAKE + "@db/x",
        "https://api.test/?token=" + FAKE,
        "Authorization: Bearer " + FAKE,
        "--api-key=" + FAKE,
        "API_KEY=" + FAKE,
    ],
)
def test_literal_credentials_anywhere(value: str) -> None:
    assert holds_credential(value)
    assert codes({"command": "x", "args": [value]}) == ["MCP001"]


@pytest.mark.parametrize(
    "key", ["API_KEY", "apiKey", "GITHUB_TOKEN", "DB_PASSWORD", "clientSecret", "X-Api-Key", "SLACK_BOT_TOKEN", "PGPASS"]
)
def test_value_under_a_telling_key(key: str) -> None:
    assert names_secret(key)
    assert codes({"command": "x", "env": {key: "plain-words-7"}}) == ["MCP001"]


@pytest.mark.parametrize(
    "key", ["MAX_TOKENS", "TOKEN_LIMIT", "KEY_FILE", "AUTH_TYPE", "AWS_PROFILE", "KEYBOARD", "MONKEY", "TOKENIZER", "SECRET_NAME"]
)
def test_keys_that_only_sound_like_it(key: str) -> None:
    assert not names_secret(key)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "${TOKEN}",
        "Bearer ${TOKEN}",
        "$TOKEN",
        "%TOKEN%",
        "{{token}}",
        "${input:token}",
        "<your-token>",
        "YOUR_API_KEY",
        "your-key-here",
        "xxxxxxxx",
        "changeme",
        "op://v/i/t",
        "env:TOKEN",
        "AKIAIOSFODNN7EXAMPLE",
        "true",
        "12345",
        "ERROR",
        "/run/secrets/key",
        "...",
        "sk-xxxxxxxxxxxxxxxxxxxx",
    ],
)
def test_references_and_placeholders(value: str) -> None:
    assert codes({"command": "x", "env": {"API_KEY": value}}) == []


@pytest.mark.parametrize(
    "server",
    [
        {"command": "npx", "args": ["-y", "@scope/server-name@1.2.3"]},
        {"command": "docker", "args": ["run", "img@sha256:" + "9f86d081884c7d65" * 4]},
        {"command": "uvx", "args": ["--from", "git+https://h.test/x@" + "9f86d081" * 5, "x"]},
        {"command": "x", "env": {"PROJECT_ID": "9f86d081884c7d659a2feaa0c55ad015", "LOG_LEVEL": "debug", "PATH": "/usr/bin:/bin"}},
        {"url": "https://knowledge-mcp.global.api.aws"},
        {"command": "x", "autoApprove": ["get_token", "read_secret_value"], "description": "needs API_KEY=somewhere-set"},
    ],
)
def test_ordinary_servers(server: dict[str, object]) -> None:
    assert codes(server) == []


def test_random_value_under_a_silent_key() -> None:
    assert is_dense("9f86d081884c7d659a2feaa0c55ad015")
    assert codes({"command": "x", "env": {"WORKSPACE": "9f86d081884c7d659a2feaa0c55ad015"}}) == ["MCP001"]
    assert not is_dense("my-service-with-a-long-name-2024")
    assert not is_literal("short")


def test_no_message_holds_the_credential() -> None:
    broken = f'{{"mcpServers": {{"s": {{"env": {{"API_KEY" "{FAKE}'.encode()
    whole = json.dumps({"mcpServers": {"s": {"env": {"API_KEY": FAKE}}}}).encode()
    for raw in (broken, whole):
        found = check(load({RelPath(".kiro/settings/mcp.json"): raw}))
        assert found
        for finding in found:
            assert FAKE[:6] not in finding.message + finding.hint
    assert mentions_credential(f'"API_KEY": "{FAKE}')
