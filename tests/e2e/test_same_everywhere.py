"""The same constraint gives the same answer wherever it is asked: explained, simulated and in a run; checked, in an editor and in git's hook."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest
from msgspec import Raw
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.scripted import Scripted, ScriptedCall, Turn
from setsquare.events.facts import ActionDecided
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.approver import Answer, Verdict
from setsquare.ports.delegations import Restoration
from setsquare.workspace.settings import Autonomy

PERMISSIONS = """rules:
  - {capability: shell, effect: deny, match: ["docker *"]}
  - {capability: shell, effect: ask, match: ["cat notes*"]}
  - {capability: fs_write, effect: deny, match: ["infra"]}
  - {capability: fs_read, effect: deny, match: ["private"]}
"""
SHELL = (
    "ls src",
    "cat src/__init__.py",
    "git status",
    "git push --force",
    "git push origin main",
    "git reset --hard HEAD~1",
    "rm -rf /",
    "sudo ls",
    "curl https://example.org",
    "docker ps",
    "cat notes.txt",
    "npm install left-pad",
    "pip install requests",
    "python3 -c 'print(1)'",
    "cat .env",
    "echo x > infra/main.tf",
    "echo x > .kiro/settings.json",
    "ls '",
    "true && git push --force",
    "env X=1 docker ps",
    "bash -c 'docker ps'",
    "terraform destroy",
)
WRITE = (
    "src/calc.py",
    "infra/main.tf",
    ".kiro/specs/sum/tasks.md",
    ".kiro/settings.json",
    ".setsquare/freeze.json",
    "Makefile",
    "../outside.txt",
    "other/new.py",
)
READ = ("src/__init__.py", ".env", "private/x.txt", "/etc/passwd")


CHUNK = 9
"""So many questions a run asks: after many refusals it would be stopped as one that gets nowhere."""

HARMLESS = Turn(calls=(ScriptedCall(tool="list", arguments=Raw(b'{"path": "tests"}')),))
"""Stands between the questions, so that no run looks as if it went in circles."""


class No:
    """A person who lets no action be done but the harmless one, and otherwise lets the run go on."""

    def ask(self, question):
        answer = (
            Answer.NO
            if question.kind == "action" and not question.title.endswith("Go on?") and "list" not in question.title
            else Answer.YES
        )
        return Verdict(answer=answer, digest=question.digest, by="Ada")


class Forgiving:
    """Holds nothing against a spec: what is asked here leaves the task's scope on purpose, again and again."""

    def __init__(self, journals):
        self._journals = journals

    def restored(self, spec):
        return Restoration(spec=spec, by="Ada", at="", reason="questions", runs=self._journals.runs())


def _turns() -> list[tuple[tuple[str, ...], Turn]]:
    """Each question as the command line asks it, and as a model's call."""
    asked: list[tuple[tuple[str, ...], ScriptedCall]] = [
        ((text,), ScriptedCall(tool="shell", arguments=Raw(json.dumps({"command": text})))) for text in SHELL
    ]
    asked += [
        (("--write", path), ScriptedCall(tool="write", arguments=Raw(json.dumps({"path": path, "content": "x = 1\n"})))) for path in WRITE
    ]
    asked += [(("--read", path), ScriptedCall(tool="read", arguments=Raw(json.dumps({"path": path})))) for path in READ]
    return [(argv, Turn(calls=(call,))) for argv, call in asked]


@pytest.mark.parametrize("level", [Autonomy.FULL, Autonomy.CAUTIOUS])
def test_an_action_is_decided_alike_by_explain_simulate_and_the_run(folder, run, sum_project, tmp_path, monkeypatch, level):
    home = tmp_path / "home"
    (home / ".kiro/settings").mkdir(parents=True)
    (home / ".kiro/settings/permissions.yaml").write_text(PERMISSIONS)
    monkeypatch.setenv("HOME", str(home))
    sum_project("ollama", "http://127.0.0.1:9")
    explained = {}
    for argv, _ in _turns():
        ran = run(
            "policy",
            "explain",
            "--format",
            "json",
            "--spec",
            "sum",
            "--task",
            "1",
            "--autonomy",
            level.value,
            *(("--", *argv) if len(argv) == 1 else argv),
        )
        assert ran.code == 0, ran.err
        found = ran.json
        explained[argv] = (found["permission"], found["rule"])
    assert {permission for permission, _ in explained.values()} >= {"ask", "deny"}

    performed: dict[tuple[str, ...], tuple[str, str]] = {}
    rules: dict[tuple[str, ...], tuple[str, str]] = {}
    every = _turns()
    for first in range(0, len(every), CHUNK):
        chunk = every[first : first + CHUNK]
        turns = [each for _, turn in chunk for each in (HARMLESS, turn)]
        app = wire.app_for(folder, is_sandboxed=True, approver=No(), model=Scripted((*turns, Turn(text="Done."), Turn(text="Done."))))
        app = replace(app, delegations=Forgiving(app.journals))
        report = start(app, RunRequest(spec="sum", tasks="1", autonomy=level))
        events = [entry.event for entry in app.journals.open(report.run).entries()]
        decided = [(event.permission, event.rule) for event in events if isinstance(event, ActionDecided) and event.tool != "list"]
        again = run("policy", "simulate", report.run, "--autonomy", level.value, "--format", "json").json["actions"]
        simulated = [(each["now"], each["now_rule"]) for each in again if each["tool"] != "list"]
        assert len(decided) == len(chunk), report
        performed |= dict(zip((argv for argv, _ in chunk), decided, strict=True))
        rules |= dict(zip((argv for argv, _ in chunk), simulated, strict=True))
        assert run("revert", report.run).code == 0
    assert performed == explained
    assert rules == explained


REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 1: Sign in

**User Story:** As a user, I want to sign in, so that I see my page.

#### Acceptance Criteria

1. WHEN a user signs in, THE Login_Service should quickly show the page
2. IF the password is wrong THE Login_Service SHALL show "wrong password"
3. THE Login_Service SHALL be user-friendly and fast etc.
"""
TASKS = "# Implementation Plan\n\n- [ ] 1. Show the page\n  - _Requirements: 1.1, 1.9_\n- [ ] 1. Twice\n"
PLACES = {
    ".kiro/specs/login/requirements.md": REQUIREMENTS,
    ".kiro/specs/login/tasks.md": TASKS,
    ".kiro/settings.json": '{"agent": {"autonomyLevel": "total"}}\n',
}


def _checked(run) -> set[tuple[str, str, str, int]]:
    """What `check` finds: path, code, severity, line."""
    found = json.loads(run("check", "--format", "json").out)
    return {(item["path"], item["code"], item["severity"], item["line"]) for item in found["findings"]}


def test_a_finding_is_the_same_in_check_and_in_an_editor(folder, run):
    pytest.importorskip("pygls")
    from lsprotocol import types
    from pygls.lsp.client import LanguageClient

    for name, text in PLACES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    checked = {item for item in _checked(run) if item[0] in PLACES}
    assert len({code for _, code, _, _ in checked}) >= 5
    words = {1: "error", 2: "warning", 3: "note"}
    shown: dict[str, list[types.Diagnostic]] = {}

    async def edit() -> None:
        client = LanguageClient("test", "1")
        news = asyncio.Event()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # (the library leaves it bare)
        def published(params: types.PublishDiagnosticsParams) -> None:
            shown[params.uri] = list(params.diagnostics)
            news.set()

        await client.start_io(sys.executable, "-m", "setsquare", "lsp", cwd=str(folder), env={**os.environ, "NO_COLOR": "1"})
        root = folder.as_uri()
        await client.initialize_async(
            types.InitializeParams(
                capabilities=types.ClientCapabilities(), root_uri=root, workspace_folders=[types.WorkspaceFolder(root, "w")]
            )
        )
        client.initialized(types.InitializedParams())
        while not {(folder / path).as_uri() for path, _, _, _ in checked} <= set(shown):
            news.clear()
            await asyncio.wait_for(news.wait(), 20)
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()

    asyncio.run(edit())
    edited = {
        (path, str(item.code), words[int(item.severity or 0)], item.range.start.line + 1)
        for path in PLACES
        for item in shown.get((folder / path).as_uri(), [])
    }
    assert edited == checked


RECORDS = {
    ".setsquare/trace/login.lock.jsonl": "{broken\n",
    ".setsquare/approvals/login.jsonl": "<<<<<<< HEAD\n",
    ".setsquare/evidence/login.jsonl": "{}\n",
}


@pytest.mark.parametrize("path", RECORDS)
def test_a_broken_record_is_an_error_for_check_and_for_gits_hook(folder, run, git, path):
    for name, text in {**PLACES, path: RECORDS[path]}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git("add", "-A")
    hooked = run("git-hooks", "run", "pre-commit", "--strict", "--format", "json")
    errors = [notice["text"] for notice in hooked.json["notices"] if notice["severity"] == "error"]
    assert hooked.code == 1
    assert [text.startswith(f"{path}:1:") for text in errors] == [True]
    assert any(item[0] == path and item[2] == "error" and item[3] == 1 for item in _checked(run))
    (folder / path).unlink()
    git("add", "-A")
    assert run("git-hooks", "run", "pre-commit", "--strict").code == 0
    assert not any(item[0] == path and item[2] == "error" for item in _checked(run))
