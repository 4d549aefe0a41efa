"""The language server where things are awkward: encodings, many folders, no folder, lost files, the end."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

LOGIN, DESIGN, TASKS = (f".kiro/specs/login/{name}.md" for name in ("requirements", "design", "tasks"))
Drive = Callable[..., int]


def event(editor: Any, path: str, kind: types.FileChangeType) -> None:
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([types.FileEvent(editor.uri(path), kind)]))


def test_positions_are_utf_16_with_any_line_end(drive: Drive, folder: Path):
    text = "# R\r\n\r\n### Requirement 1: 登录 𝄞\r\n\r\n#### Acceptance Criteria\r\n\r\n1. WHEN a user 𝄞𝄞 é signs in, THE Login should show the page\u2028now\r\n"

    async def scenario(editor: Any) -> None:
        editor.open(LOGIN, text)
        await editor.until(lambda: ("EARS002", "should") in editor.found(LOGIN))
        editor.type(LOGIN, "𝄞𝄞", "𝄞求")
        editor.type(LOGIN, "the page\u2028now", "the page 首 𝄞")
        editor.type(LOGIN, "should", "must not")
        await editor.until(lambda: ("EARS002", "must") in editor.found(LOGIN) or ("EARS002", "must not") in editor.found(LOGIN))
        editor.type(LOGIN, "\r\n1. WHEN", "\r\n\r\n1. WHEN")
        editor.type(LOGIN, "must not", "must never")
        await editor.until(lambda: ("EARS002", "must") in editor.found(LOGIN))

    assert drive(folder, scenario) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-32"])
def test_another_encoding_is_agreed_on(drive: Drive, folder: Path, encoding: str):
    async def scenario(editor: Any) -> None:
        assert editor.capabilities.position_encoding == encoding
        await editor.until(lambda: editor.uri(".kiro/specs/login/tasks.md") in editor.diagnostics)
        hover = await editor.client.text_document_hover_async(
            types.HoverParams(
                editor.doc(LOGIN),
                types.Position(
                    14,
                    len("1. WHEN a user signs in 𝄞, THE Login_Service SHA".encode(encoding.replace("32", "32-le")))
                    // (4 if "32" in encoding else 1),
                ),
            )
        )
        assert hover.contents.value.startswith("**EARS event**")

    general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)])
    assert drive(folder, scenario, capabilities=types.ClientCapabilities(general=general)) == 0


def test_several_folders_each_with_its_own_specs(drive: Drive, folder: Path, tmp_path: Path):
    other = tmp_path / "other project"
    shutil.copytree(folder, other)
    (other / LOGIN).write_bytes((folder / LOGIN).read_bytes().replace(b"should", b"SHALL"))

    async def scenario(editor: Any) -> None:
        await editor.until(lambda: ("EARS002", "should") in editor.found(LOGIN))
        theirs = (other / TASKS).as_uri()
        await editor.until(lambda: theirs in editor.diagnostics)
        assert not any(item.code == "EARS002" for item in getattr(editor.diagnostics.get((other / LOGIN).as_uri()), "diagnostics", ()))
        found = await editor.client.text_document_definition_async(
            types.DefinitionParams(types.TextDocumentIdentifier(theirs), editor.at(TASKS, "1.1_", 1))
        )
        assert found[0].uri == (other / LOGIN).as_uri()
        gone = types.WorkspaceFoldersChangeEvent(added=[], removed=[types.WorkspaceFolder(other.as_uri(), "other")])
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(gone))
        await editor.until(lambda: not editor.diagnostics[theirs].diagnostics)

    assert drive(folder, scenario, folders=[folder, other]) == 0


def test_a_folder_inside_a_spec_tree_is_judged_with_all_of_it(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        await editor.until(lambda: ("TRC001", "1.9") in editor.found(TASKS))
        assert editor.uri(".kiro/specs/pay/requirements.md") not in editor.diagnostics

    assert drive(folder, scenario, folders=[folder / ".kiro" / "specs" / "login"]) == 0


def test_files_outside_and_buffers_without_a_name_are_left_alone(drive: Drive, folder: Path, tmp_path: Path):
    (tmp_path / "notes.md").write_text("1. THE X should go\n")

    async def scenario(editor: Any) -> None:
        for path in ("../notes.md", "untitled:Untitled-1"):
            uri = (tmp_path / "notes.md").as_uri() if path.startswith("..") else path
            item = types.TextDocumentItem(uri, "markdown", 1, "1. THE X should go\n")
            editor.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
            document, at = types.TextDocumentIdentifier(uri), types.Position(0, 12)
            assert await editor.client.text_document_hover_async(types.HoverParams(document, at)) is None
            assert not await editor.client.text_document_code_lens_async(types.CodeLensParams(document))
            found = await editor.client.text_document_completion_async(types.CompletionParams(text_document=document, position=at))
            assert not found.items
            assert not (await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))).data
            editor.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    assert drive(folder, scenario) == 0


def test_a_file_opened_without_a_folder_finds_its_workspace(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        editor.open(TASKS)
        await editor.until(lambda: ("TRC001", "1.9") in editor.found(TASKS))
        assert list(editor.diagnostics) == [editor.uri(TASKS)]

    assert drive(folder, scenario, folders=[]) == 0


def test_changes_from_outside_are_taken(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        await editor.until(lambda: ("EARS002", "should") in editor.found(LOGIN))
        (folder / LOGIN).write_bytes((folder / LOGIN).read_bytes().replace(b"should", b"SHALL"))
        event(editor, LOGIN, types.FileChangeType.Changed)
        await editor.until(lambda: editor.lacks(LOGIN, "EARS002"))
        new = ".kiro/specs/fresh/requirements.md"
        (folder / new).parent.mkdir()
        (folder / new).write_text("# R\n\n### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE X should go\n")
        event(editor, ".kiro/specs/fresh", types.FileChangeType.Created)
        await editor.until(lambda: ("EARS002", "should") in editor.found(new))
        shutil.rmtree(folder / ".kiro" / "specs" / "fresh")
        event(editor, ".kiro/specs/fresh", types.FileChangeType.Deleted)
        await editor.until(lambda: not editor.diagnostics[editor.uri(new)].diagnostics)
        (folder / "src" / "more.py").write_text("# req: login/1.2\n")
        event(editor, "src/more.py", types.FileChangeType.Created)
        params = types.ReferenceParams(context=types.ReferenceContext(False), **editor.here(LOGIN, "the password is"))
        assert any(item.uri.endswith("src/more.py") for item in await editor.client.text_document_references_async(params))
        (folder / "src" / "more.py").unlink()
        event(editor, "src/more.py", types.FileChangeType.Deleted)
        assert not any(item.uri.endswith("src/more.py") for item in await editor.client.text_document_references_async(params))
        editor.open(DESIGN)
        (folder / DESIGN).unlink()
        event(editor, DESIGN, types.FileChangeType.Deleted)
        shown = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(DESIGN)))
        assert shown[0].name == "Design Document"

    assert drive(folder, scenario) == 0


def test_what_is_no_text_and_what_is_huge(drive: Drive, folder: Path):
    rows = "".join(f"{number}. WHEN event {number} happens, THE Store SHALL write row {number}\n" for number in range(1, 3001))
    huge = ".kiro/specs/huge/requirements.md"
    (folder / huge).parent.mkdir()
    (folder / huge).write_text(f"# R\n\n### Requirement 1: X\n\n#### Acceptance Criteria\n\n{rows}{'x' * 1_000_000}\n")
    broken = ".kiro/specs/broken/requirements.md"
    (folder / broken).parent.mkdir()
    (folder / broken).write_bytes(
        b"# R\n\n### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. WH\xffEN \x92 it rings, THE \xf0\x9f Bell should stop\n"
    )

    async def scenario(editor: Any) -> None:
        await editor.until(lambda: editor.uri(broken) in editor.diagnostics)
        found = next(item for item in editor.diagnostics[editor.uri(broken)].diagnostics if item.code == "EARS002")
        assert (found.range.start.line, found.range.start.character) == (6, len("1. WH?EN ? it rings, THE ? Bell "))
        symbols = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(huge)))
        assert len(symbols[0].children) >= 3000
        editor.open(huge)
        editor.type(huge, "row 3000", "row 3000 and should")
        assert (await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(editor.doc(huge)))).data

    assert drive(folder, scenario) == 0


def test_watching_is_asked_for_where_the_editor_can(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        await editor.until(lambda: "workspace/didChangeWatchedFiles" in editor.registered)

    watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
    own = types.ClientCapabilities(workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching))
    assert drive(folder, scenario, capabilities=own) == 0


def test_nothing_is_written_whatever_is_asked(drive: Drive, folder: Path):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    async def scenario(editor: Any) -> None:
        editor.open(LOGIN)
        editor.type(LOGIN, "should", "SHALL")
        await editor.client.text_document_rename_async(types.RenameParams(new_name="1.7", **editor.here(LOGIN, "1. WHEN")))
        await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(LOGIN)))
        await asyncio.sleep(0.2)

    assert drive(folder, scenario) == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def framed(**message: Any) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def spoken(folder: Path, *messages: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "setsquare", "lsp"], input=b"".join(messages), capture_output=True, check=False, cwd=folder, timeout=60
    )


def test_the_end_says_how_it_came(folder: Path):
    start = framed(id=1, method="initialize", params={"capabilities": {}, "processId": None, "rootUri": folder.as_uri()})
    ready, stop, leave = framed(method="initialized", params={}), framed(id=2, method="shutdown"), framed(method="exit")
    assert spoken(folder, start, ready, stop, leave).returncode == 0
    assert spoken(folder, start, ready, leave).returncode == 1
    assert spoken(folder, start, ready).returncode == 1
    assert spoken(folder).returncode == 1


def test_standard_output_carries_the_protocol_alone(folder: Path):
    start = framed(id=1, method="initialize", params={"capabilities": {}, "processId": None, "rootUri": folder.as_uri()})
    ran = spoken(
        folder,
        start,
        framed(method="initialized", params={}),
        framed(id=3, method="no/such"),
        framed(id=2, method="shutdown"),
        framed(method="exit"),
    )
    rest = ran.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        length = next(int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        assert json.loads(rest[:length])["jsonrpc"] == "2.0"
        rest = rest[length:]


def test_a_missing_extra_and_a_wrong_argument_are_said(folder: Path, tmp_path: Path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "pygls.py").write_text("raise ModuleNotFoundError(\"No module named 'pygls'\", name='pygls')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "without")}
    ran = subprocess.run(
        [sys.executable, "-m", "setsquare", "lsp"], capture_output=True, text=True, check=False, env=environment, cwd=folder
    )
    assert (ran.returncode, ran.stdout) == (4, "")
    assert "pip install 'setsquare[lsp]'" in ran.stderr
    wrong = subprocess.run([sys.executable, "-m", "setsquare", "lsp", "--port=1"], capture_output=True, text=True, check=False, cwd=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    helped = subprocess.run([sys.executable, "-m", "setsquare", "lsp", "--help"], capture_output=True, text=True, check=False, cwd=folder)
    assert helped.returncode == 0
    assert "Language Server Protocol" in helped.stdout


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\xff" * 1000,
        b"Content-Length: 500\r\n\r\n{",
        b"Content-Length: 99999999999999\r\n\r\n{}",
        b"Content-Length: 4\r\n\r\nnull",
        b"Content-Length: 40000\r\n\r\n" + b"[" * 40000,
        b'Content-Length: 70\r\n\r\n{"jsonrpc":"2.0","id":3,"method":"textDocument/hover","params":{"a":1}}',
    ],
)
def test_what_is_no_message_is_said_in_one_line(folder: Path, raw: bytes):
    done = subprocess.run([sys.executable, "-m", "setsquare", "lsp"], cwd=folder, input=raw, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert all(line.startswith(b"setsquare lsp: ") for line in done.stderr.splitlines())
