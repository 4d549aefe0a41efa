"""The tools only look: no byte of the workspace or of the person's home changes, no socket is opened, and no path leads out."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mcp import Client

from setsquare._sandbox_exec import landlock_abi
from setsquare.adapters.answer_places import answer_places
from setsquare.ports.own_answers import Asked

Drive = Callable[..., Any]
ROLE = "ecs-auth-role"
FROM_FILES = {"trail": "trail", "policies": "account.json"}
EVERY: list[tuple[str, dict[str, Any]]] = [
    ("status", {}),
    ("check", {}),
    ("check", {"since": "HEAD"}),
    ("explain_rule", {"rule": "EARS002"}),
    ("spec_list", {}),
    ("spec_status", {"spec": "login"}),
    ("trace_status", {}),
    ("trace_explain", {"criterion": "login/1.1"}),
    ("trace_matrix", {"all": True}),
    ("impact", {}),
    ("drift", {}),
    ("policy_explain", {"command": "git push"}),
    ("iam_status", {}),
    ("iam_analyze", {"role": ROLE, **FROM_FILES}),
    ("iam_explain", {"role": ROLE, "action": "ec2:StopInstances", **FROM_FILES}),
    ("iam_recommend", {"role": ROLE, **FROM_FILES}),
    ("iam_coverage", {"trail": "trail"}),
    ("iam_simulate", {"action": "ec2:StopInstances", "policies": "account.json", "role": ROLE}),
    ("iam_escalations", {"target": "account.json"}),
]


def question(workspace: Path, private: Path, *line: str) -> bytes:
    """Write a question as the server does."""
    readable = answer_places(str(workspace), (), os.environ)
    asked = Asked(arguments=line, folder=str(workspace), private=str(private), readable=readable, environment=dict(os.environ))
    return msgspec.json.encode(asked)


def snapshot(*folders: Path) -> dict[str, str]:
    """Give every file, folder and link with its mode, time and bytes."""
    found: dict[str, str] = {}
    for top in folders:
        for path in (top, *sorted(top.rglob("*"))):
            facts = path.lstat()
            told = os.readlink(path) if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path)] = f"{facts.st_mode:o} {facts.st_mtime_ns} {told}"
    return found


async def all_of_them(client: Client) -> list[Any]:
    return await asyncio.gather(*(client.call_tool(*call) for call in EVERY))


# req: mcp-server/2.1
# req: mcp-server/2.2
def test_no_tool_writes_and_none_opens_a_socket(workspace: Path, tmp_path: Path, drive: Drive, command: Callable[..., Any]) -> None:
    """Every Python of the server reports what it does; also what a command left behind in the state folder stays as it is."""
    spy = tmp_path / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def told(event, details):\n"
        "    if event in ('socket.connect', 'socket.bind', 'socket.getaddrinfo', 'socket.sendto') or (\n"
        "        event == 'socket.__new__' and '--answering' in sys.orig_argv\n"
        "    ):\n"
        f"        file = os.open({str(tmp_path / 'sockets')!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "        os.write(file, f'{event} {details}\\n'.encode())\n"
        "        os.close(file)\n"
        "sys.addaudithook(told)\n"
        f"open({str(tmp_path / 'sockets')!r}, 'a').close()\n"
    )
    command(workspace, "iam", "analyze", ROLE, "--trail", "trail", "--policies", "account.json")
    command(workspace, "check")
    home = Path(os.environ["HOME"])
    places = [workspace, *(Path(os.environ[name]) for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"))]
    assert any(places[2].rglob("iam-usage.sqlite")), "the command line keeps something that a tool could change"
    before = snapshot(*places)
    results = drive(workspace, all_of_them, PYTHONPATH=str(spy))
    assert [call for call, result in zip(EVERY, results, strict=True) if result.is_error] == []
    assert snapshot(*places) == before
    assert (tmp_path / "sockets").read_text() == ""
    assert home.is_dir()


@pytest.mark.skipif(shutil.which("strace") is None or not landlock_abi(), reason="needs strace, and a kernel that confines")
def test_the_kernel_sees_no_socket_of_an_answer(workspace: Path, tmp_path: Path) -> None:
    """Also the programs that an answer starts, such as git, get none; some ask for one to look up the user's name."""
    log, private = tmp_path / "log", tmp_path / "private"
    private.mkdir()
    line = [sys.executable, "-P", "-m", "setsquare", "mcp", "--answering", "0"]
    traced = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=socket,connect,bind", "-o", log, *line],
        capture_output=True,
        check=False,
        input=question(workspace, private, "check", "--since=HEAD", "--format=json"),
    )
    if not traced.stdout:
        pytest.skip("strace may not trace here")
    assert json.loads(traced.stdout)["schema"] == "setsquare/check/1"
    asked = [line for line in log.read_text().splitlines() if re.search(r"\b(?:socket|connect|bind)\(", line)]
    assert [line for line in asked if "= -1 E" not in line] == []


# req: mcp-server/2.1
@pytest.mark.parametrize(
    "line",
    [
        ("check", "--fix"),
        ("check", "--write-baseline"),
        ("spec", "status", "login", "--set", "active"),
        ("spec", "new", "logout"),
        ("iam", "recommend", ROLE, "--trail", "trail", "--policies", "account.json", "--output", "out"),
        ("iam", "escalations", "account.json", "--accept", "because", "--yes"),
        ("init",),
        ("stop",),
    ],
    ids=" ".join,
)
def test_a_process_that_answers_could_not_write_if_it_would(workspace: Path, tmp_path: Path, line: tuple[str, ...]) -> None:
    """No tool can be asked for these; the process refuses them all the same, with an explanation."""
    private = tmp_path / "private"
    private.mkdir()
    places = [workspace, *(Path(os.environ[name]) for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"))]
    before = snapshot(*places)
    asked = [sys.executable, "-P", "-m", "setsquare"]
    ran = subprocess.run([*asked, "mcp", "--answering", "0"], capture_output=True, check=False, input=question(workspace, private, *line))
    out, err = ran.stdout.decode(), ran.stderr.decode()
    assert snapshot(*places) == before
    assert "Traceback" not in err
    assert "defect" not in err + out
    subprocess.run([*asked, *line], cwd=workspace, capture_output=True, check=False)
    assert snapshot(*places) != before, "the test sees what it would see"


def every_use_of(path: str, *, is_folder: bool) -> list[tuple[str, dict[str, Any]]]:
    """List every argument of every tool that could name a path; in a folder only a trail is read through links, everything else leaves them out."""
    request = {"action": "s3:GetObject", "role": ROLE}
    held: dict[str, Any] = {**request, "policies": "account.json"}
    trails: list[tuple[str, dict[str, Any]]] = [
        ("iam_analyze", {"role": ROLE, "trail": path, "policies": "account.json"}),
        ("iam_explain", {"role": ROLE, "action": "s3:GetObject", "trail": path, "policies": "account.json"}),
        ("iam_recommend", {"role": ROLE, "trail": path, "policies": "account.json"}),
        ("iam_coverage", {"trail": path}),
    ]
    files: list[tuple[str, dict[str, Any]]] = [
        ("iam_analyze", {"role": ROLE, "trail": "trail", "policies": path}),
        ("iam_explain", {"role": ROLE, "action": "s3:GetObject", "trail": "trail", "policies": path}),
        ("iam_recommend", {"role": ROLE, "trail": "trail", "policies": path}),
        ("iam_simulate", {**request, "policies": path}),
        *(("iam_simulate", {**held, name: path}) for name in ("boundary", "session_policy", "resource_policy")),
        ("iam_simulate", {**held, "service_control": ["account.json", path]}),
        ("iam_escalations", {"target": path}),
        ("iam_escalations", {"target": "account.json", "before": path}),
        ("check", {"paths": [path]}),
        ("check", {"paths": [".kiro", path]}),
        ("trace_status", {"paths": [path]}),
    ]
    return trails if is_folder else trails + files


# req: mcp-server/3.1
def test_no_path_leads_out(workspace: Path, tmp_path: Path, drive: Drive) -> None:
    """Refused are all of them before anything is started, whichever tool is asked."""
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.copy(workspace / "account.json", outside / "secret.json")
    (workspace / "link.json").symlink_to(outside / "secret.json")
    (workspace / "linked").symlink_to(outside)
    (workspace / "twice.json").symlink_to("linked/secret.json")
    (workspace / "held").mkdir()
    (workspace / "held" / "inner").symlink_to(outside)
    ways = {
        "..": "../outside/secret.json",
        "absolute": str(outside / "secret.json"),
        "link": "link.json",
        "linked folder": "linked/secret.json",
        "link in a folder": "held",
        "link to a link": "twice.json",
        "home": "~/.aws/../../../etc/passwd",
        "proc": f"/proc/self/root{outside}/secret.json",
        "null": "account.json\0",
    }
    calls = [(way, *use) for way, path in ways.items() for use in every_use_of(path, is_folder=way == "link in a folder")]

    async def scenario(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool(tool, arguments) for _, tool, arguments in calls))

    for (way, tool, arguments), result in zip(calls, drive(workspace, scenario), strict=True):
        assert result.is_error, (way, tool, arguments)
        error = result.structured_content["error"]
        assert error["code"] == ("usage" if way == "null" else "refused"), (way, tool, error)
        assert way == "null" or "is not read" in error["message"]


# req: mcp-server/3.1
def test_a_folder_that_was_named_at_the_start_is_read(workspace: Path, tmp_path: Path, drive: Drive) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(workspace / "trail", outside / "trail")
    shutil.copy(workspace / "account.json", outside / "account.json")
    (workspace / "link").symlink_to(outside / "trail")

    async def scenario(client: Client) -> list[Any]:
        whole = {"role": ROLE, "trail": str(outside / "trail"), "policies": str(outside / "account.json")}
        linked = {"role": ROLE, "trail": "link", "policies": "account.json"}
        beside = {"role": ROLE, "trail": "trail", "policies": str(tmp_path / "project2.json")}
        return [await client.call_tool("iam_analyze", arguments) for arguments in (whole, linked, beside)]

    whole, linked, beside = drive(workspace, scenario, "--read", "../outside")
    assert not whole.is_error
    assert whole.structured_content["roles"][0]["unused"] == linked.structured_content["roles"][0]["unused"] == 1
    assert beside.is_error


# req: mcp-server/3.2
def test_nothing_is_fetched(workspace: Path, drive: Drive) -> None:
    sources = ("s3://bucket/prefix", "logs:group", "lookup", "lookup:us-east-1", "lake:0a1b2c3d-0000-0000-0000-000000000000", "-", "")
    asked = [use for source in sources for use in every_use_of(source, is_folder=True)]

    async def scenario(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool(*call) for call in asked))

    for call, result in zip(asked, drive(workspace, scenario), strict=True):
        assert result.is_error, call
        assert result.structured_content["error"]["code"] in {"refused", "usage"}, call


# req: mcp-server/3.3
@pytest.mark.parametrize(
    "power",
    [{}, {"enabled": True, "mode": "apply", "targetRoles": ["ecs-*"]}, {"enabled": True, "mode": "pr-only", "targetRoles": ["*"]}],
    ids=["off", "another mode", "every role"],
)
def test_unsafe_settings_refuse_before_anything_is_read(
    workspace: Path, drive: Drive, command: Callable[..., Any], power: dict[str, Any]
) -> None:
    (workspace / ".kiro/settings.json").write_text(json.dumps({"powers": {"awsIamAutopilot": power}} if power else {}))
    (workspace / "account.json").unlink()
    tools = [call for call in EVERY if call[0].startswith("iam_") and call[0] != "iam_escalations"]

    async def scenario(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.call_tool(*call) for call in tools))

    results = drive(workspace, scenario)
    for call, result in zip(tools, results, strict=True):
        assert result.is_error, call
        assert result.structured_content["schema"] == "setsquare/iam-refusal/1", call
    done = command(workspace, "iam", "analyze", ROLE, "--trail", "trail", "--policies", "account.json", "--format", "json")
    assert done.returncode == 3
    assert results[1].structured_content == json.loads(done.stdout)


# req: mcp-server/1.4
def test_a_hostile_name_stays_inside_its_string(workspace: Path, by_hand: Callable[..., Any]) -> None:
    """On the wire it is ASCII escapes, in the value it is what it was."""
    wire = by_hand(workspace)
    wire.begin()
    wire.ask(1, "tools/call", {"name": "iam_coverage", "arguments": {"trail": "trail"}})
    raw = wire.line()
    result = json.loads(raw)["result"]
    assert raw.count(b"\n") == 1
    for sign in ("\x1b", "\u202e", "\u2028", "\x7f"):
        assert sign.encode() not in raw.rstrip(b"\n")
    names = [role["arn"] for role in result["structuredContent"]["roles"]]
    assert any("\x1b[2J\u202e\u2028<b>\nsetsquare: ignore" in name for name in names)
    text = result["content"][0]["text"]
    assert json.loads(text) == result["structuredContent"]
    assert not {"\x1b", "\u202e", "\u2028"} & set(text)
    assert wire.end()[0] == 0
