"""What the tools answer is what the command line answers, for every tool and every failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
from mcp import Client

from setsquare.surfaces.cli.entry import ErrorResult
from setsquare.surfaces.cli.loading import SCHEMAS
from setsquare.surfaces.mcp import answering
from setsquare.surfaces.mcp.answering import TOOLS

Drive = Callable[..., Any]
ROLE = "ecs-auth-role"
FROM_FILES = {"trail": "trail", "policies": "account.json"}
AS_OPTIONS = ("--trail", "trail", "--policies", "account.json")

CALLS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "status": ("status", {}, ("status",)),
    "check": ("check", {}, ("check",)),
    "check a path": ("check", {"paths": [".kiro/specs/login"], "select": ["EARS"]}, ("check", ".kiro/specs/login", "--select", "EARS")),
    "check since": ("check", {"since": "HEAD", "ignore": ["EARS002"]}, ("check", "--since", "HEAD", "--ignore", "EARS002")),
    "check nothing": ("check", {"paths": ["nowhere"]}, ("check", "nowhere")),
    "check no rule": ("check", {"select": ["--fix"]}, ("check", "--select=--fix")),
    "explain_rule": ("explain_rule", {"rule": "EARS002"}, ("check", "--explain", "EARS002")),
    "explain no rule": ("explain_rule", {"rule": "EARS999"}, ("check", "--explain", "EARS999")),
    "spec_list": ("spec_list", {"status": ["draft", "active"]}, ("spec", "list", "--status", "draft", "--status", "active")),
    "spec_status": ("spec_status", {"spec": "login"}, ("spec", "status", "login")),
    "no spec": ("spec_status", {"spec": "--set=active"}, ("spec", "status", "--", "--set=active")),
    "trace_status": ("trace_status", {}, ("trace", "status")),
    "trace_explain": ("trace_explain", {"criterion": "login/1.1"}, ("trace", "explain", "login/1.1")),
    "no criterion": ("trace_explain", {"criterion": "login/7.7"}, ("trace", "explain", "login/7.7")),
    "trace_matrix": ("trace_matrix", {"specs": ["login"]}, ("trace", "matrix", "login")),
    "trace_matrix of all": ("trace_matrix", {"all": True}, ("trace", "matrix", "--all")),
    "impact": ("impact", {"specs": ["login"], "since": "HEAD"}, ("impact", "login", "--since", "HEAD")),
    "drift": ("drift", {"age": 5}, ("drift", "--age", "5")),
    "policy_explain": ("policy_explain", {"command": "git push --force"}, ("policy", "explain", "git push --force")),
    "policy of writing": (
        "policy_explain",
        {"write": ".kiro/settings.json", "mode": "autonomous", "autonomy": "cautious"},
        ("policy", "explain", "--write", ".kiro/settings.json", "--mode", "autonomous", "--autonomy", "cautious"),
    ),
    "iam_status": ("iam_status", {}, ("iam", "status", "--offline")),
    "iam_analyze": ("iam_analyze", {"role": ROLE, **FROM_FILES}, ("iam", "analyze", ROLE, *AS_OPTIONS)),
    "a role out of scope": ("iam_analyze", {"role": "ecs-admin-1", **FROM_FILES}, ("iam", "analyze", "ecs-admin-1", *AS_OPTIONS)),
    "no role": ("iam_analyze", {"role": "ecs-none", **FROM_FILES}, ("iam", "analyze", "ecs-none", *AS_OPTIONS)),
    "iam_explain": (
        "iam_explain",
        {"role": ROLE, "action": "ec2:StopInstances", "days": 30, **FROM_FILES},
        ("iam", "explain", ROLE, "ec2:StopInstances", "--days", "30", *AS_OPTIONS),
    ),
    "iam_recommend": (
        "iam_recommend",
        {"role": ROLE, "narrow_resources": True, **FROM_FILES},
        ("iam", "recommend", ROLE, "--narrow-resources", *AS_OPTIONS),
    ),
    "iam_coverage": (
        "iam_coverage",
        {"trail": "trail", "until": "2026-11-01"},
        ("iam", "coverage", "--trail", "trail", "--until", "2026-11-01"),
    ),
    "iam_simulate": (
        "iam_simulate",
        {
            "action": "ec2:StopInstances",
            "policies": "account.json",
            "role": ROLE,
            "context": ["aws:SourceIp=10.0.0.1"],
            "unknown_context": True,
        },
        (
            "iam",
            "simulate",
            "ec2:StopInstances",
            "--policies",
            "account.json",
            "--role",
            ROLE,
            "--context",
            "aws:SourceIp=10.0.0.1",
            "--unknown-context",
        ),
    ),
    "iam_escalations": ("iam_escalations", {"target": "account.json"}, ("iam", "escalations", "account.json")),
    "iam_escalations of revisions": ("iam_escalations", {"target": "HEAD..HEAD"}, ("iam", "escalations", "HEAD..HEAD")),
    "no file": ("iam_escalations", {"target": "nowhere.json"}, ("iam", "escalations", "nowhere.json")),
}


# req: mcp-server/1.1
# req: mcp-server/1.3
# req: mcp-server/5.1
def test_every_tool_answers_as_the_command_line_does(workspace: Path, drive: Drive, command: Callable[..., Any]) -> None:
    """All calls at once; the state is empty for both, so that what one would keep the other cannot find."""

    async def scenario(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool(name, arguments) for name, arguments, _ in CALLS.values()))

    found = drive(workspace, scenario)
    assert {name for name, _, _ in CALLS.values()} == set(TOOLS)
    for (title, (_, _, line)), result in zip(CALLS.items(), found, strict=True):
        done = command(workspace, *line, "--format=json") if "--" not in line else command(workspace, *line[:2], "--format=json", *line[2:])
        wanted = json.loads(done.stdout)
        got = dict(result.structured_content)
        if title == "iam_coverage":
            # The one thing that may differ: what the command line read once it need not read again.
            assert got.pop("fresh") == wanted["pieces"]
            wanted.pop("fresh")
        else:
            assert result.content[0].text == done.stdout.decode(), title
        assert got == wanted, title
        assert result.is_error is ("error" in wanted), title
        assert result.is_error is (done.returncode not in (0, 1)), title


def test_an_edit_is_seen_by_the_next_call(workspace: Path, drive: Drive) -> None:
    place = workspace / ".kiro/specs/login/requirements.md"

    async def scenario(client: Client) -> list[int]:
        counts = []
        for text in (place.read_text(), place.read_text().replace("should", "SHALL")):
            place.write_text(text)
            result = await client.call_tool("check", {"select": ["EARS002"]})
            counts.append(len(result.structured_content["findings"]))
        return counts

    assert drive(workspace, scenario) == [1, 0]


# req: mcp-server/1.2
def test_the_tools_say_what_they_are(workspace: Path, drive: Drive) -> None:
    async def scenario(client: Client) -> Any:
        return await client.list_tools()

    found = drive(workspace, scenario).tools
    assert [tool.name for tool in found] == list(TOOLS)
    for tool in found:
        hints = tool.annotations
        assert (hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint) == (True, False, True, False)
        assert 40 < len(tool.description) < 300, tool.name
        assert tool.input_schema["additionalProperties"] is False
        assert "$ref" not in json.dumps(tool.input_schema)
        assert all("description" in item for item in tool.input_schema["properties"].values()), tool.name
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert TOOLS[tool.name].answers in SCHEMAS
    for name, arguments, _ in CALLS.values():
        schema = next(tool.input_schema for tool in found if tool.name == name)
        jsonschema.Draft202012Validator(schema).validate(arguments)


def test_arguments_that_are_none_are_refused(workspace: Path, drive: Drive) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("check", {"fix": True}),
        ("check", {"paths": "src"}),
        ("check", {"limit": 0}),
        ("check", {"offset": -1}),
        ("spec_list", {"status": ["done"]}),
        ("spec_status", {"spec": ""}),
        ("spec_status", {"spec": "login", "owner": "Ada"}),
        ("iam_analyze", {"role": ROLE, "policies": "account.json"}),
        ("iam_analyze", {"role": ROLE, "trail": "trail"}),
        ("iam_escalations", {"target": "account.json", "accept": "yes"}),
        ("iam_recommend", {"role": ROLE, **FROM_FILES, "output": "out"}),
        ("iam_status", {"reviewed": "all"}),
    ]

    async def scenario(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool(*call) for call in wrong))

    for call, result in zip(wrong, drive(workspace, scenario), strict=True):
        assert result.is_error, call
        assert result.structured_content["schema"] == "setsquare/error/1"
        assert result.structured_content["error"]["code"] == "usage"
        assert call[0] in result.structured_content["error"]["message"]


def test_a_failure_has_the_form_of_the_command_line() -> None:
    """The two surfaces are strangers to each other, and their errors are one contract."""

    def fields(kind: type) -> Any:
        return [(field.name, field.default) for field in msgspec.structs.fields(kind)]

    assert fields(answering.ErrorResult) == fields(ErrorResult)
    assert [name for name, _ in fields(answering.ErrorPart)] == ["code", "message", "hint"]


# req: mcp-server/4.1
def test_long_lists_are_given_in_pages(workspace: Path, drive: Drive) -> None:
    many = "\n".join(f"{number}. THE Login_Service should show page {number}" for number in range(1, 251))
    (workspace / ".kiro/specs/login/requirements.md").write_text(
        "# Requirements Document\n\n## Requirements\n\n### Requirement 1: Pages\n\n**User Story:** As a user, I want pages, so that I see them.\n\n"
        f"#### Acceptance Criteria\n\n{many}\n"
    )

    async def scenario(client: Client) -> tuple[list[Any], Any]:
        pages = [await client.call_tool("check", {"select": ["EARS002"], "offset": at, "limit": 100}) for at in (0, 100, 200, 300)]
        return pages, await client.call_tool("check", {"select": ["EARS002"], "limit": 1000})

    pages, whole = drive(workspace, scenario)
    assert "cut" not in whole.structured_content
    everything = whole.structured_content["findings"]
    assert len(everything) == 250
    assert [item for page in pages for item in page.structured_content["findings"]] == everything
    assert [page.structured_content["cut"][0] for page in pages] == [
        {"path": "findings", "total": 250, "offset": at, "given": given} for at, given in ((0, 100), (100, 100), (200, 50), (300, 0))
    ]
    assert json.loads(pages[0].content[0].text) == pages[0].structured_content


# req: mcp-server/4.2
def test_an_answer_that_is_too_long_is_no_answer(workspace: Path, drive: Drive) -> None:
    text = "show " + "a long sentence, " * 500
    many = "\n".join(f"{number}. THE Login_Service SHALL {text} {number}" for number in range(1, 101))
    (workspace / ".kiro/specs/login/requirements.md").write_text(
        f"# Requirements Document\n\n## Requirements\n\n### Requirement 1: Pages\n\n#### Acceptance Criteria\n\n{many}\n"
    )

    async def scenario(client: Client) -> list[Any]:
        return [await client.call_tool("trace_matrix", {"specs": ["login"], "limit": limit}) for limit in (100, 10)]

    long, short = drive(workspace, scenario)
    assert long.is_error
    assert long.structured_content["error"]["code"] == "too-long"
    assert "`limit`" in long.structured_content["error"]["hint"]
    assert not short.is_error
    assert len(short.structured_content["rows"]) == 10
