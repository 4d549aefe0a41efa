"""Drives `setsquare lsp` as a process over its standard streams, with the client of pygls."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient
from tests.lsp import warm as warm_servers

REQUIREMENTS = """# Requirements Document

## Introduction

Sign in.

## Requirements

### Requirement 1: Sign in

**User Story:** As a user, I want to sign in, so that I see my page.

#### Acceptance Criteria

1. WHEN a user signs in 𝄞, THE Login_Service SHALL show the start page within 2 seconds
2. IF the password is wrong, THEN THE Login_Service should show "wrong password"
3. WHILE an account is locked, THE Login_Service SHALL refuse every sign-in with HTTP 423
"""
DESIGN = """# Design Document

## Overview

Text.

## Correctness Properties

### Property 1: Locked accounts stay out

*For any* locked account, sign-in is refused.

**Validates: Requirements 1.3**
"""
TASKS = """# Implementation Plan

- [x] 1. Show the page
  - Write code
  - _Requirements: 1.1_
- [ ] 2. Refuse
  - [ ] 2.1 Refuse a wrong password
    - _Requirements: 1.2, 1.9_
  - [ ] 2.2 Refuse locked accounts
    - _Requirements: 1.1-1.3_
    - _Depends: 2.1_
"""
PAY = """# Requirements Document

### Requirement 1: Pay

#### Acceptance Criteria

1. **REQ-001**: WHEN an order is paid, THE Store SHALL send a receipt within 5 minutes
2. **REQ-002**: IF a card is refused, THEN THE Store SHALL keep the order for 24 hours
"""
PAY_TASKS = "# Plan\r\n\r\n- [ ] 1. 付款 𝄞 receipt\r\n  - _Requirements: REQ-001, login/1.2_\r\n"
FILES = {
    ".kiro/specs/login/requirements.md": REQUIREMENTS,
    ".kiro/specs/login/design.md": DESIGN,
    ".kiro/specs/login/tasks.md": TASKS,
    ".kiro/specs/pay/requirements.md": PAY,
    ".kiro/specs/pay/tasks.md": PAY_TASKS,
    "src/login.py": '"""Signs in."""\n\n\ndef show() -> None:\n    """Show the page."""\n    # req: login/1.1\n',
    "tests/test_login.py": '# req: login/1.3\ndef test_locked():\n    """Feature: login, Property 1: locked accounts."""\n',
}
LOGIN, LOGIN_DESIGN, LOGIN_TASKS = (f".kiro/specs/login/{name}.md" for name in ("requirements", "design", "tasks"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace with two specs, code and a test."""
    place = tmp_path / "project"
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(text.encode())
    return place


class Editor:
    """One editor that has a workspace open."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.diagnostics: dict[str, types.PublishDiagnosticsParams] = {}
        self.messages: list[str] = []
        self.registered: list[str] = []
        self.capabilities: types.ServerCapabilities | None = None
        self.news = asyncio.Event()

    def uri(self, path: str) -> str:
        return (self.folder / path).as_uri() if not path.startswith("untitled:") else path

    def doc(self, path: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri(path))

    def text(self, path: str) -> str:
        return self.texts[path] if path in self.texts else (self.folder / path).read_bytes().decode()

    def at(self, path: str, needle: str, inside: int = 0) -> types.Position:
        """The position of a text in a file, in UTF-16 units."""
        text = self.text(path)
        index = text.index(needle) + inside
        before = text[:index].replace("\r\n", "\n").rpartition("\n")
        line = text[:index].replace("\r\n", "\n").count("\n")
        return types.Position(line, len(before[2].encode("utf-16-le")) // 2)

    def here(self, path: str, needle: str, inside: int = 0) -> Any:
        """The arguments of a request for one place."""
        return {"text_document": self.doc(path), "position": self.at(path, needle, inside)}

    def cut(self, path: str, found: types.Range) -> str:
        """The text of a range, by UTF-16 units."""
        lines = self.text(path).replace("\r\n", "\n").split("\n")[found.start.line : found.end.line + 1]
        units = [line.encode("utf-16-le") for line in lines]
        units[-1] = units[-1][: 2 * found.end.character]
        units[0] = units[0][2 * found.start.character :]
        return b"\n\0".join(units).decode("utf-16-le")

    def open(self, path: str, text: str | None = None) -> None:
        self.texts[path] = self.text(path) if text is None else text
        self.versions[path] = 1
        item = types.TextDocumentItem(self.uri(path), "markdown", 1, self.texts[path])
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, path: str, old: str, new: str) -> None:
        """Replace a text in an open document by an incremental change."""
        start, end = self.at(path, old), self.at(path, old, len(old))
        self.versions[path] += 1
        self.texts[path] = self.texts[path].replace(old, new, 1)
        document = types.VersionedTextDocumentIdentifier(self.versions[path], self.uri(path))
        change = types.TextDocumentContentChangePartial(range=types.Range(start, end), text=new)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def close(self, path: str) -> None:
        self.texts.pop(path, None)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(self.doc(path)))

    def found(self, path: str) -> list[tuple[str, str]]:
        """The diagnostics of a file, as it is now, as code and the text that they point at."""
        known = self.diagnostics.get(self.uri(path))
        if known and path in self.texts and known.version != self.versions[path]:
            return [("not judged yet", "")]
        return [(str(item.code), self.cut(path, item.range)) for item in known.diagnostics] if known else []

    def lacks(self, path: str, code: str) -> bool:
        """Tell whether a file was judged as it is now and a rule found nothing."""
        return not any(found in (code, "not judged yet") for found, _ in self.found(path))

    async def until(self, is_so: Callable[[], bool], limit_s: float = 20.0) -> None:
        """Wait for news until something holds."""

        async def wait() -> None:
            while not is_so():
                self.news.clear()
                await self.news.wait()

        await asyncio.wait_for(wait(), limit_s)


def _client() -> tuple[LanguageClient, Callable[[Editor], None]]:
    """A client, and how it tells an editor what arrives."""
    client = LanguageClient("test", "1")
    holders: list[Editor] = []

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]  # (the library leaves it bare)
    def published(params: types.PublishDiagnosticsParams) -> None:
        for editor in holders:
            editor.diagnostics[params.uri] = params
            editor.news.set()

    @client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]  # (the library leaves it bare)
    def told(params: types.ShowMessageParams) -> None:
        for editor in holders:
            editor.messages.append(params.message)
            editor.news.set()

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]  # (the library leaves it bare)
    def registered(params: types.RegistrationParams) -> None:
        for editor in holders:
            editor.registered += [item.method for item in params.registrations]
            editor.news.set()

    return client, holders.append


Scenario = Callable[[Editor], Awaitable[None]]


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ...]]:
    """How a server is started that need not import anything any more: for what it answers, not for how it starts and ends."""
    place = str(tmp_path_factory.mktemp("lsp") / "socket")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, warm_servers.__file__, place], stdin=pipe, stdout=pipe) as forking:
        assert forking.stdin
        assert forking.stdout
        assert forking.stdout.readline() == b"ready\n"
        yield (sys.executable, "-I", "-S", "-c", warm_servers.ASKING, place)
        forking.stdin.close()


@pytest.fixture
def starting() -> tuple[str, ...]:
    """How the server is started; modules whose tests ask for its answers alone start it warm."""
    return (sys.executable, "-m", "setsquare")


@pytest.fixture
def drive(starting: tuple[str, ...]) -> Callable[..., int]:
    """Start the server for a folder, play a scenario, stop it; gives the exit code."""

    async def play(
        folder: Path, scenario: Scenario, folders: list[Path], capabilities: types.ClientCapabilities, environment: dict[str, str]
    ) -> int:
        client, tell = _client()
        editor = Editor(client, folder)
        tell(editor)
        await client.start_io(*starting, "lsp", "--stdio", env={**os.environ, "HOME": str(folder.parent), **environment})
        named = [types.WorkspaceFolder(place.as_uri(), place.name) for place in folders]
        started = await client.initialize_async(
            types.InitializeParams(capabilities=capabilities, process_id=os.getpid(), workspace_folders=named)
        )
        editor.capabilities = started.capabilities
        client.initialized(types.InitializedParams())
        try:
            await scenario(editor)
        finally:
            await asyncio.wait_for(client.shutdown_async(None), 20)
            client.exit(None)
            await asyncio.wait_for(client.stop(), 20)
            await asyncio.sleep(0)
        process = client._server  # the library shows the process nowhere else
        assert process is not None
        return int(process.returncode or 0)

    def drive(
        folder: Path,
        scenario: Scenario,
        *,
        folders: list[Path] | None = None,
        capabilities: types.ClientCapabilities | None = None,
        environment: dict[str, str] | None = None,
    ) -> int:
        opened = [folder] if folders is None else folders
        return asyncio.run(play(folder, scenario, opened, capabilities or types.ClientCapabilities(), environment or {}))

    return drive
