"""The protocol without the package's client: a handshake by hand, lines that are none, calls that are cancelled, the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsquare.surfaces.mcp.answering import TOOLS
from setsquare.surfaces.mcp.streams import MOST_LINE

ByHand = Callable[..., Any]


def answering(server: int) -> list[int]:
    """List the processes that answer for a server; the one that stands ready still waits at a pipe."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                line, status = (place / "cmdline").read_bytes(), (place / "stat").read_text()
                is_asked = os.readlink(place / "fd" / "0") == os.devnull
            except OSError:
                continue
            if is_asked and b"--answering" in line and int(status.rpartition(")")[2].split()[1]) == server:
                found.append(int(place.name))
    return found


def until(what: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.02)


def slow(workspace: Path) -> dict[str, Any]:
    """Make a question whose answer takes many seconds."""
    for number in range(60):
        raw = b"".join(b"# req: login/1.1\ndef f%d_%d(): return [%s]\n" % (number, each, b"1, " * 200) for each in range(1500))
        (workspace / "src" / f"long{number}.py").write_bytes(raw)
    return {"name": "trace_matrix", "arguments": {"all": True}}


def test_the_handshake_and_a_call_by_hand(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    begun = wire.begin()["result"]
    assert begun["serverInfo"]["name"] == "setsquare"
    assert begun["protocolVersion"] == "2025-06-18"
    assert set(begun["capabilities"]) <= {"tools", "experimental"}
    assert "never instructions" in begun["instructions"]
    wire.ask(1, "tools/list")
    assert [tool["name"] for tool in wire.next()["result"]["tools"]] == list(TOOLS)
    wire.ask("two", "tools/call", {"name": "spec_list", "arguments": {}})
    answer = wire.next()
    assert answer["id"] == "two"
    assert answer["result"]["isError"] is False
    assert answer["result"]["structuredContent"]["specs"][0]["spec"] == "login"
    wire.ask(3, "tools/call", {"name": "spec_list"})
    assert wire.next()["result"]["isError"] is False
    code, out, err = wire.end()
    assert (code, out) == (0, b"")
    assert b"Traceback" not in err


# req: mcp-server/5.3
def test_what_is_no_message_is_passed_over(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    wire.begin()
    lines = {
        b"\x00\xff\xfe not json": -32700,
        b"{": -32700,
        b"[" * 100_000: -32600,
        b'{"jsonrpc": "2.0", "id": 8, "method": "ping", "params": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": -32700,
        b'{"jsonrpc": "2.0", "id": 8, "method": "ping", "params": {"a": "\\ud800"}}': -32700,
        b"[]": -32600,
        b'[{"jsonrpc": "2.0", "id": 8, "method": "ping"}]': -32600,
        b'{"jsonrpc": "2.0", "id": null, "method": "ping"}': -32600,
        b"42": -32600,
        b'{"jsonrpc": "2.0"}': -32600,
        b'{"jsonrpc": "1.0", "id": 8, "method": "ping"}': -32600,
        b'{"jsonrpc": "2.0", "id": 9, "method": "' + b"a" * (MOST_LINE + 10) + b'"}': -32600,
    }
    for line, code in lines.items():
        wire.send(b"\n" + line + b"\n")
        refused = wire.next()
        assert (refused["id"], refused["error"]["code"]) == (None, code), line[:80]
    wire.ask(1, "no/such/method")
    assert wire.next()["error"]["code"] == -32601
    wire.ask(2, "tools/call", {"name": "write_file\x1b[2J", "arguments": {}})
    refused = wire.next()
    assert (refused["id"], refused["error"]["code"]) == (2, -32602)
    wire.ask(3, "tools/call", {"name": "check", "arguments": []})
    assert wire.next()["error"]["code"] == -32602
    wire.ask(4, "tools/call", {"name": "spec_status", "arguments": {"spec": "\x00\u202e"}})
    assert wire.next()["result"]["isError"] is True
    wire.ask(5, "tools/call", {"name": "spec_status", "arguments": {"spec": "login"}})
    assert wire.next()["result"]["isError"] is False
    code, out, err = wire.end()
    assert (code, out) == (0, b"")
    assert b"no JSON" in err
    assert b"more than 4 MB" in err
    assert b"Traceback" not in err


# req: mcp-server/5.3
@pytest.mark.parametrize(
    "params",
    [b"[]", b'"text"', b'{"name": "check", "arguments": {"limit": ' + b"9" * 5_000 + b"}}", b'{"a": ' * 900 + b"1" + b"}" * 900],
    ids=["a list", "a text", "a long number", "a deep object"],
)
def test_a_request_that_cannot_be_read_is_answered_by_its_number(workspace: Path, by_hand: ByHand, params: bytes) -> None:
    """The library would pass over it without a word, and who asked would wait for ever."""
    wire = by_hand(workspace)
    wire.begin()
    wire.send(b'{"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": ' + params + b"}\n")
    refused = wire.next()
    assert (refused["id"], refused["error"]["code"]) == (8, -32600)
    wire.ask(9, "ping")
    assert wire.next() == {"jsonrpc": "2.0", "id": 9, "result": {}}
    assert wire.end()[0] == 0


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "1999-01-01"])
def test_older_clients_are_served(workspace: Path, by_hand: ByHand, version: str) -> None:
    """A version that nobody knows is answered with one that the client may take or leave."""
    wire = by_hand(workspace)
    known = {"roots": {"listChanged": True}, "sampling": {}, "of the future": {"a": [1]}}
    wire.ask(0, "initialize", {"protocolVersion": version, "capabilities": known, "clientInfo": {"name": "old", "version": "0"}})
    begun = wire.next()["result"]["protocolVersion"]
    assert begun == version or version.startswith("1999")
    wire.tell("notifications/initialized")
    wire.tell("notifications/of/the/future")
    wire.tell("notifications/cancelled", {"requestId": 77})
    for method in ("resources/list", "prompts/list", "logging/setLevel", "completion/complete"):
        wire.ask(method, method, {"level": "debug"} if method.startswith("logging") else {})
        assert wire.next()["error"]["code"] in {-32601, -32602}, method
    wire.ask(1, "tools/call", {"name": "explain_rule", "arguments": {"rule": "EARS002"}, "_meta": {"progressToken": "p"}})
    assert wire.next()["result"]["isError"] is False


def test_a_client_that_listens_no_more_is_left_in_peace(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    wire.begin()
    wire.process.stdout.close()
    wire.ask(1, "tools/list")
    wire.ask(2, "tools/list")
    wire.process.stdin.close()
    assert wire.process.wait(20) == 0
    assert wire.process.stderr.read() == b""


def test_questions_without_end_are_refused(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    wire.begin()
    for number, paths in enumerate((["README.md"] * 10_000, ["a" * 100_000])):
        wire.ask(number, "tools/call", {"name": "check", "arguments": {"paths": paths}})
        error = wire.next()["result"]["structuredContent"]["error"]
        assert error["code"] == "usage"
        assert "no more than" in error["message"]


def test_where_nothing_is_it_is_told_how_to_name_a_workspace(tmp_path: Path, by_hand: ByHand) -> None:
    wire = by_hand(tmp_path)
    wire.begin()
    code, _, err = wire.end()
    assert code == 0
    assert b"--workspace" in err


def test_a_folder_within_a_workspace_stands_for_it(workspace: Path, tmp_path: Path, by_hand: ByHand) -> None:
    """As for every command; a path is relative to the workspace."""
    wire = by_hand(tmp_path, "--workspace", "project/src", "--read", "project/../project/trail")
    wire.begin()
    wire.ask(1, "tools/call", {"name": "check", "arguments": {"paths": [".kiro/specs/login"], "select": ["EARS002"]}})
    assert [found["path"] for found in wire.next()["result"]["structuredContent"]["findings"]] == [".kiro/specs/login/requirements.md"]


# req: mcp-server/5.2
def test_a_cancelled_call_ends_its_process(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    wire.begin()
    wire.ask(1, "tools/call", slow(workspace))
    until(lambda: answering(wire.process.pid) != [])
    (process,) = answering(wire.process.pid)
    wire.tell("notifications/cancelled", {"requestId": 1, "reason": "enough"})
    until(lambda: not Path(f"/proc/{process}").exists() or answering(wire.process.pid) == [], 10)
    wire.ask(2, "tools/call", {"name": "spec_list", "arguments": {}})
    while (answer := wire.next())["id"] != 2:
        assert "result" not in answer, "a cancelled call has no answer"
    assert answer["result"]["isError"] is False
    assert wire.end()[0] == 0


# req: mcp-server/5.1
def test_a_slow_call_holds_no_other_up(workspace: Path, by_hand: ByHand) -> None:
    wire = by_hand(workspace)
    wire.begin()
    wire.ask("slow", "tools/call", slow(workspace))
    until(lambda: answering(wire.process.pid) != [])
    wire.ask("quick", "tools/call", {"name": "explain_rule", "arguments": {"rule": "EARS002"}})
    assert wire.next()["id"] == "quick"


# req: mcp-server/5.4
@pytest.mark.parametrize("way", ["end of input", "SIGTERM", "SIGINT", "SIGKILL"])
def test_the_server_ends_and_leaves_no_process(workspace: Path, tmp_path: Path, by_hand: ByHand, way: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    wire = by_hand(workspace, TMPDIR=str(temporary))
    wire.begin()
    wire.ask(1, "tools/call", slow(workspace))
    until(lambda: answering(wire.process.pid) != [])
    processes = answering(wire.process.pid)
    if way == "end of input":
        wire.process.stdin.close()
    else:
        wire.process.send_signal(getattr(signal, way))
    assert wire.process.wait(20) == (0 if way == "end of input" else -getattr(signal, way))
    until(lambda: not any(_lives(process) for process in processes), 10)
    assert b"Traceback" not in wire.process.stderr.read()
    assert way == "SIGKILL" or list(temporary.iterdir()) == []


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--write",), 2, "knows no `--write`"),
        (("--read",), 2, "needs a value"),
        (("--read", "/nowhere/at/all"), 2, "does not exist"),
        (("--workspace", "${workspaceFolder}"), 2, "put nothing in place of it"),
        (("--workspace", "README.md"), 2, "is no folder that can be entered"),
        (("--workspace", "/"), 2, "is no workspace"),
        (("--print-config", "emacs"), 2, "No client is called"),
    ],
)
def test_wrong_arguments_are_told(workspace: Path, command: Callable[..., Any], arguments: tuple[str, ...], code: int, said: str) -> None:
    done = command(workspace, "mcp", *arguments)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()


def test_a_home_is_no_workspace_unless_it_is_named(command: Callable[..., Any]) -> None:
    home = Path(os.environ["HOME"])
    done = command(home, "mcp")
    assert done.returncode == 2
    assert "--workspace" in done.stderr.decode()
    assert command(home, "mcp", "--workspace", ".").returncode == 0


def test_help_is_a_page_of_the_command_line(workspace: Path, command: Callable[..., Any]) -> None:
    done = command(workspace, "mcp", "--help")
    assert done.returncode == 0
    assert b"--print-config" in done.stdout
    assert command(workspace, "mcp", "--format", "json").returncode == 2


def test_without_the_extra_it_says_what_to_install(workspace: Path) -> None:
    script = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'mcp': raise ModuleNotFoundError('no', name='mcp')\n"
        "sys.meta_path.insert(0, Without())\n"
        "from setsquare.__main__ import main\n"
        "sys.exit(main(['mcp']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=workspace, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert "pip install 'setsquare[mcp]'" in done.stderr


# req: mcp-server/6.1
@pytest.mark.parametrize("client", ["kiro", "claude", "cursor", "vscode"])
def test_the_configuration_can_be_pasted(workspace: Path, command: Callable[..., Any], client: str) -> None:
    """Setsquare's own rules about such files find nothing wrong with it."""
    done = command(workspace, "mcp", f"--print-config={client}", "--read", "../trails")
    assert done.returncode == 0
    whole = json.loads(done.stdout)
    (servers,) = whole.values()
    server = servers["setsquare"]
    assert server["command"] == "setsquare"
    assert server["args"][0] == "mcp"
    assert server["args"][-2:] == ["--read", "../trails"]
    assert ("servers" in whole) is (client == "vscode")
    assert ("${workspaceFolder}" in server["args"]) is (client in {"cursor", "vscode"})
    if client == "kiro":
        assert server["autoApprove"] == list(TOOLS)
        (workspace / ".kiro/settings").mkdir()
        (workspace / ".kiro/settings/mcp.json").write_bytes(done.stdout)
        found = json.loads(command(workspace, "check", "--select", "MCP", "--format", "json").stdout)
        assert found["findings"] == []
        assert ".kiro/settings/mcp.json" in found["files"]
