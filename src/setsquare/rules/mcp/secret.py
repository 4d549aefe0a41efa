"""A credential stands in an MCP configuration.

What: a value under `env`, `headers`, `args`, `url` or another key of a server looks like a literal credential: a known token prefix, a
password in an address, a value under a key such as `API_KEY`, or a long random text.

Why: the file is committed, so the credential is readable by everyone who ever clones the repository, and stays in its history.

Example: `"env": {"GITHUB_TOKEN": "<the token itself>"}`

Instead: `"env": {"GITHUB_TOKEN": "${GITHUB_TOKEN}"}`, with the value in the environment.

Fix safety: no fix; the value must first be moved, and the exposed credential revoked. The value is never printed.

Source: the tutorial's MCP security table ("credential storage"); literal values in 66 of 135 servers of public repositories.
A real credential must not be shipped, so every example that is found is invented.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.credentials import holds_credential, is_dense, is_literal, names_hash, names_secret
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import file
from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.mcp import McpServer, McpValue, read_servers

_OTHER_KINDS = (ArtefactKind.SETTINGS, ArtefactKind.AGENT)
_NEVER = ("autoApprove", "disabledTools", "description", "type", "transport", "cwd", "oauthScopes")
_RANDOM_IN = ("env", "headers")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every server value that is a literal credential."""
    for path, server in _servers(evidence):
        before = ""
        for value in server.values:
            name = _name(value, before)
            before = value.value if value.where.startswith("args.") else ""
            if _is_secret(value, name):
                yield _finding(path, server, value, name)


def _servers(evidence: Evidence) -> Iterator[tuple[RelPath, McpServer]]:
    """List the servers of every file that can hold any."""
    for read in evidence.workspace.mcp:
        for server in read.servers:
            yield read.path, server
    for artefact in evidence.workspace.artefacts:
        if artefact.kind in _OTHER_KINDS and artefact.path.endswith(".json"):
            for server in read_servers(json_document.read(artefact.document)):
                yield artefact.path, server


def _name(value: McpValue, before: str) -> str:
    """Name what a value is for: its key, or the option before it in a list of arguments."""
    if value.where.startswith("args."):
        return before.lstrip("-") if before.startswith("-") and "=" not in before else ""
    return value.where.rpartition(".")[2]


def _is_secret(value: McpValue, name: str) -> bool:
    top = value.where.partition(".")[0]
    if top in _NEVER:
        return False
    if holds_credential(value.value, name):
        return True
    return top in _RANDOM_IN and not names_hash(name) and is_dense(value.value)


def _finding(path: RelPath, server: McpServer, value: McpValue, name: str) -> Finding:
    is_named = name and names_secret(name) and is_literal(value.value) and not value.where.startswith("args.")
    variable = name.upper().replace("-", "_") if is_named and value.where.startswith("env.") else "NAME"
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=path,
        span=value.span,
        message=f'{value.where} of server "{server.name}" holds a literal credential',
        hint=f"revoke it, put a new one in the environment, and write ${{{variable}}} here",
        is_secret=True,
    )


def _mcp(server: str, fires: int = 0) -> Example:
    return file(".kiro/settings/mcp.json", f'{{"mcpServers": {{"tracker": {server}}}}}\n', fires)


# Written in two parts, so that no scanner takes the examples for tokens that leaked.
_TOKEN = "ghp_" + "a1B2c3D4" * 5

_BY_VARIABLE = """{
  "mcpServers": {
    "github": {
      "description": "GitHub MCP server for repo operations",
      "type": "stdio",
      "command": "npx",
      "args": [
        "-y",
        "@modelcontextprotocol/server-github"
      ],
      "env": {
        "GITHUB_TOKEN": "$GITHUB_TOKEN"
      }
    }
  }
}
"""
_BEARER_BY_VARIABLE = """{
  "mcpServers": {
    "aws-devops-agent": {
      "url": "https://connect.aidevops.${DEVOPS_AGENT_REGION}.api.aws/mcp",
      "headers": {
        "Authorization": "Bearer ${DEVOPS_AGENT_TOKEN}"
      },
      "timeout": 120000
    }
  }
}
"""

RULE = Rule(
    code="MCP001",
    name="literal-secret",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        _mcp(f'{{"command": "npx", "env": {{"GITHUB_TOKEN": "{_TOKEN}"}}}}', fires=1),
        _mcp('{"url": "https://h.test/mcp", "headers": {"Authorization": "Bearer 0a9b8c7d6e5f4a3b"}}', fires=1),
        _mcp('{"command": "uvx", "args": ["tracker", "--api-key", "q7Rt-55zz-Pl0k"]}', fires=1),
        _mcp('{"command": "uvx", "args": ["postgres://reader:h4rd2guess@db.test/orders"]}', fires=1),
        _mcp('{"url": "https://h.test/mcp?api_key=q7Rt55zzPl0k", "env": {"SESSION": "9f86d081884c7d659a2feaa0c55ad015"}}', fires=2),
        Example(
            files=((".kiro/settings.json", '{"mcpServers": {"s": {"command": "x", "env": {"DB_PASSWORD": "correct-horse-7"}}}}'),),
            fires=1,
        ),
        _mcp('{"command": "npx", "env": {"GITHUB_TOKEN": "${GITHUB_TOKEN}", "LOG_LEVEL": "ERROR", "MAX_TOKENS": "4096"}}'),
        _mcp('{"command": "npx", "env": {"API_KEY": "your-api-key-here", "OTHER_KEY": "<key>", "EMPTY_TOKEN": ""}}'),
        _mcp('{"command": "docker", "args": ["run", "-e", "API_KEY", "registry.test/tool@sha256:9f86d081884c7d659a2feaa0c55ad015"]}'),
        _mcp('{"command": "uvx", "args": ["tool"], "env": {"TOKEN_FILE": "/run/secrets/token", "AWS_PROFILE": "readonly"}}'),
        _mcp('{"command": "uvx", "args": ["--api-key", "${input:key}", "--token", "op://vault/item/token"]}'),
        file(".kiro/settings/mcp.json", _BY_VARIABLE, source="sampleXbro/agentsbridge .kiro/settings/mcp.json"),
        file(".kiro/settings/mcp.json", _BEARER_BY_VARIABLE, source="kirodotdev/powers aws-devops-agent/mcp.json"),
    ),
)
