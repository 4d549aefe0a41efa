"""Each feature of the language server, driven over standard input and output in a small workspace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

LOGIN, DESIGN, TASKS = (f".kiro/specs/login/{name}.md" for name in ("requirements", "design", "tasks"))
PAY, PAY_TASKS = ".kiro/specs/pay/requirements.md", ".kiro/specs/pay/tasks.md"
Drive = Callable[..., int]


@pytest.fixture
def starting(warm: tuple[str, ...]) -> tuple[str, ...]:
    return warm


def value(hover: types.Hover | None) -> str:
    assert hover is not None
    assert isinstance(hover.contents, types.MarkupContent)
    return hover.contents.value


def places(editor: Any, found: Any) -> set[tuple[str, str]]:
    """Locations as file and text."""
    listed = found if isinstance(found, (list, tuple)) else [found] if found else []
    return {(path, editor.cut(path, item.range)) for item in listed for path in [item.uri.removeprefix(editor.folder.as_uri() + "/")]}


def applied(editor: Any, edit: types.WorkspaceEdit) -> dict[str, str]:
    """Apply a workspace edit to the texts as the editor has them."""
    assert edit.changes is not None
    done = {}
    for uri, edits in edit.changes.items():
        path = uri.removeprefix(editor.folder.as_uri() + "/")
        text = editor.text(path)
        lines = text.splitlines(keepends=True)

        def index(at: types.Position, lines: list[str] = lines) -> int:
            line = lines[at.line] if at.line < len(lines) else ""
            return len("".join(lines[: at.line])) + len(line.encode("utf-16-le")[: 2 * at.character].decode("utf-16-le"))

        for one in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
            text = text[: index(one.range.start)] + one.new_text + text[index(one.range.end) :]
        done[path] = text
    return done


# req: spec-engine/8.1
def test_findings_are_those_of_check_and_follow_unsaved_changes(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        await editor.until(lambda: ("TRC001", "1.9") in editor.found(TASKS))
        assert ("EARS002", "should") in editor.found(LOGIN)
        shown = next(item for item in editor.diagnostics[editor.uri(LOGIN)].diagnostics if item.code == "EARS002")
        assert (shown.source, shown.severity) == ("setsquare", types.DiagnosticSeverity.Error)
        editor.open(LOGIN)
        editor.open(TASKS)
        editor.type(LOGIN, "should", "SHALL")
        await editor.until(lambda: editor.lacks(LOGIN, "EARS002"))
        assert editor.diagnostics[editor.uri(LOGIN)].version == 2
        editor.type(LOGIN, "with HTTP 423\n", "with HTTP 423\n4. THE Login_Service SHALL log 𝄞 every refusal in the audit log\n")
        editor.type(TASKS, "1.9", "1.4")
        await editor.until(lambda: editor.lacks(TASKS, "TRC001"))
        editor.type(LOGIN, "\n4. THE Login_Service SHALL log 𝄞 every refusal in the audit log", "")
        await editor.until(lambda: ("TRC001", "1.4") in editor.found(TASKS))
        editor.close(LOGIN)
        await editor.until(lambda: ("EARS002", "should") in editor.found(LOGIN))

    assert drive(folder, scenario) == 0


# req: spec-engine/8.2
def test_hover_tells_text_state_tasks_code_and_tests(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        ask = editor.client.text_document_hover_async
        said = value(await ask(types.HoverParams(**editor.here(TASKS, "1.1_", 1))))
        assert "WHEN a user signs in 𝄞" in said
        assert "login/1.1" in said
        assert "planned" in said
        assert "1 Show the page (done)" in said
        assert "`src/login.py`" in said
        own = value(await ask(types.HoverParams(**editor.here(LOGIN, "an account is locked"))))
        assert "`tests/test_login.py`" in own
        assert "Property 1" in own
        keyword = value(await ask(types.HoverParams(**editor.here(LOGIN, "IF the", 1))))
        assert keyword.startswith("**EARS unwanted**")
        assert "login/1.1" in value(await ask(types.HoverParams(**editor.here("src/login.py", "login/1.1", 2))))
        assert "login/1.2" in value(await ask(types.HoverParams(**editor.here(PAY_TASKS, "login/1.2", 8))))
        assert "Property 1" in value(await ask(types.HoverParams(**editor.here("tests/test_login.py", "Property 1", 3))))
        assert "Show the page" in value(await ask(types.HoverParams(**editor.here(TASKS, "Show the page", 3))))
        assert await ask(types.HoverParams(**editor.here(TASKS, "Implementation"))) is None

    assert drive(folder, scenario) == 0


def test_definition_leads_across_documents_and_code(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        async def follow(path: str, needle: str, inside: int = 1) -> set[tuple[str, str]]:
            params = types.DefinitionParams(**editor.here(path, needle, inside))
            return places(editor, await editor.client.text_document_definition_async(params))

        locked = {(LOGIN, "WHILE an account is locked, THE Login_Service SHALL refuse every sign-in with HTTP 423")}
        assert await follow(DESIGN, "1.3**") == locked
        assert await follow("tests/test_login.py", "login/1.3", 7) == locked
        assert await follow("tests/test_login.py", "Property 1") == {(DESIGN, "### Property 1: Locked accounts stay out")}
        assert await follow(TASKS, "_Depends: 2.1", 11) == {(TASKS, "  - [ ] 2.1 Refuse a wrong password")}
        assert {path for path, _ in await follow(PAY_TASKS, "REQ-001")} == {PAY}
        assert {path for path, _ in await follow(PAY_TASKS, "login/1.2")} == {LOGIN}
        assert await follow(TASKS, "1.1-1.3") == {(LOGIN, "### Requirement 1: Sign in")}
        assert await follow(TASKS, "1.9") == set()

    assert drive(folder, scenario) == 0


def test_references_list_tasks_design_other_specs_code_and_tests(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        async def naming(path: str, needle: str, inside: int = 1, *, own: bool = False) -> set[tuple[str, str]]:
            params = types.ReferenceParams(context=types.ReferenceContext(own), **editor.here(path, needle, inside))
            return places(editor, await editor.client.text_document_references_async(params))

        assert await naming(LOGIN, "an account is locked") == {
            (DESIGN, "1.3"), (TASKS, "1.1-1.3"), ("tests/test_login.py", "login/1.3"),
        }  # fmt: skip
        assert await naming(TASKS, "1.2, 1.9") == {(TASKS, "1.2"), (TASKS, "1.1-1.3"), (PAY_TASKS, "login/1.2")}
        assert (LOGIN, "WHEN a user signs in 𝄞, THE Login_Service SHALL show the start page within 2 seconds") in await naming(
            "src/login.py", "login/1.1", 7, own=True
        )
        assert await naming(TASKS, "2.1 Refuse") == {(TASKS, "2.1")}
        assert ("tests/test_login.py", '    """Feature: login, Property 1: locked accounts."""') in await naming(DESIGN, "Property 1")

    assert drive(folder, scenario) == 0


# req: spec-engine/8.3
def test_rename_changes_the_name_and_every_reference_or_refuses(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        rename = editor.client.text_document_rename_async
        ready = await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**editor.here(PAY_TASKS, "REQ-001", 2)))
        assert ready.placeholder == "REQ-001"
        assert editor.cut(PAY_TASKS, ready.range) == "REQ-001"
        done = applied(editor, await rename(types.RenameParams(new_name="REQ-007", **editor.here(PAY, "REQ-001", 2))))
        assert done == {
            PAY: editor.text(PAY).replace("REQ-001", "REQ-007"),
            PAY_TASKS: editor.text(PAY_TASKS).replace("REQ-001", "REQ-007"),
        }
        done = applied(editor, await rename(types.RenameParams(new_name="1.4", **editor.here(TASKS, "1.1_", 1))))
        assert done == {
            LOGIN: editor.text(LOGIN).replace("1. WHEN", "4. WHEN"),
            TASKS: editor.text(TASKS).replace("1.1_", "1.4_").replace("1.1-1.3", "1.4, 1.2, 1.3"),
            "src/login.py": editor.text("src/login.py").replace("1.1", "1.4"),
        }
        done = applied(editor, await rename(types.RenameParams(new_name="1.4", **editor.here(LOGIN, "3. WHILE"))))
        assert "- _Requirements: 1.1, 1.2, 1.4_" in done[TASKS] or "1.1-1.4" in done[TASKS]
        assert "# req: login/1.4" in done["tests/test_login.py"]
        for name, needle, new in (
            (LOGIN, "1. WHEN", "1.2"),
            (PAY, "REQ-001", "REQ-002"),
            (LOGIN, "1. WHEN", "2.1"),
            (LOGIN, "1. WHEN", "a b"),
        ):
            with pytest.raises(JsonRpcException) as refused:
                await rename(types.RenameParams(new_name=new, **editor.here(name, needle)))
            assert refused.value.code == -32803
        nothing = await editor.client.text_document_prepare_rename_async(types.PrepareRenameParams(**editor.here(LOGIN, "Introduction")))
        assert nothing is None

    assert drive(folder, scenario) == 0
    assert "1. WHEN" in (folder / LOGIN).read_text()


def test_completion_offers_ids_where_a_reference_is_written(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        async def offered(path: str, needle: str, inside: int) -> dict[str, Any]:
            found = await editor.client.text_document_completion_async(types.CompletionParams(**editor.here(path, needle, inside)))
            return {item.label: item for item in found.items}

        first = await offered(TASKS, "_Requirements: 1.1_", 15)
        assert [label for label in first if "/" not in label] == ["1", "1.1", "1.2", "1.3"]
        assert first["1.2"].detail == 'IF the password is wrong, THEN THE Login_Service should show "wrong password"'
        assert "pay/1.1" in first
        assert first["1.1"].sort_text < first["pay/1.1"].sort_text
        assert set(await offered(TASKS, "_Requirements: 1.1_", 17)) == {"1.1", "1.2", "1.3"}
        editor.open("src/login.py")
        editor.type("src/login.py", "# req: login/1.1", "# req: pay/R")
        code = await offered("src/login.py", "# req: pay/R", 12)
        assert set(code) == {"pay/REQ-001", "pay/REQ-002"}
        assert editor.cut("src/login.py", code["pay/REQ-001"].text_edit.range) == "pay/R"
        assert await offered(TASKS, "Write code", 5) == {}
        editor.open(DESIGN)
        editor.type(DESIGN, "Requirements 1.3**", "Requirements **")
        assert "1.3" in await offered(DESIGN, "Requirements **", 13)
        editor.open(LOGIN)
        editor.type(LOGIN, "with HTTP 423\n", "with HTTP 423\n4. W")
        assert set(await offered(LOGIN, "4. W", 4)) == {"WHEN", "WHILE", "WHERE"}

    assert drive(folder, scenario) == 0


WHOLE = types.Range(types.Position(0, 0), types.Position(99, 0))


def test_a_comment_with_a_reason_switches_a_rule_off(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        editor.open(LOGIN)
        await editor.until(lambda: ("EARS002", "should") in editor.found(LOGIN))
        params = types.CodeActionParams(editor.doc(LOGIN), WHOLE, types.CodeActionContext([]))
        actions = await editor.client.text_document_code_action_async(params)
        disable = next(action for action in actions if action.title == "Disable EARS002 modal-is-not-shall here, with a reason")
        assert [item.code for item in disable.diagnostics] == ["EARS002"]
        text = applied(editor, disable.edit)[LOGIN]
        assert 'show "wrong password" <!-- setsquare: disable=EARS002 accepted: write why -->\n' in text
        editor.type(LOGIN, editor.text(LOGIN), text)
        await editor.until(lambda: editor.lacks(LOGIN, "EARS002"))
        assert not any(code.startswith("SUP") for code, _ in editor.found(LOGIN))

    assert drive(folder, scenario) == 0


def test_safe_fixes_are_preferred_unsafe_ones_named_and_all_safe_ones_one_action(drive: Drive, folder: Path):
    text = (folder / LOGIN).read_text()
    text = text.replace("Login_Service SHALL show", "Login_Service must show").replace(
        "THE Login_Service SHALL refuse", "THE Login_Service must refuse"
    )
    text = text.replace("2. IF the password is wrong, THEN", "2. WHEN the password is invalid,")
    (folder / LOGIN).write_bytes(text.replace("\n", "\r\n").encode())

    async def scenario(editor: Any) -> None:
        async def actions(found: types.Range, *only: str) -> Any:
            context = types.CodeActionContext([], only=list(only) or None)
            return await editor.client.text_document_code_action_async(types.CodeActionParams(editor.doc(LOGIN), found, context))

        editor.open(LOGIN)
        here = types.Range(editor.at(LOGIN, "must show"), editor.at(LOGIN, "must show"))
        (preferred,) = [action for action in await actions(here) if action.is_preferred]
        assert preferred.title.startswith("Write ")
        assert applied(editor, preferred.edit)[LOGIN] == editor.text(LOGIN).replace("must show", "shall show")
        everything = await actions(WHOLE)
        unsafe = [action for action in everything if "(unsafe: may change what is meant)" in action.title]
        assert all(not action.is_preferred for action in unsafe)
        (fixed,) = await actions(WHOLE, "source.fixAll")
        assert applied(editor, fixed.edit)[LOGIN] == editor.text(LOGIN).replace("must", "shall")
        assert {str(action.kind) for action in await actions(WHOLE, "source.fixAll.setsquare")} == {"source.fixAll.setsquare"}
        assert all(action.kind == "quickfix" for action in await actions(WHOLE, "quickfix"))

    assert drive(folder, scenario) == 0


def test_lenses_show_state_and_start_nothing(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(LOGIN)))
        assert [lens.command.title for lens in lenses] == [
            "planned · 2 tasks · 1 in code",
            "planned · 3 tasks",
            "planned · 1 task · 1 test",
        ]
        assert editor.cut(LOGIN, lenses[0].range).startswith("1. WHEN")
        why = types.ExecuteCommandParams(lenses[0].command.command, list(lenses[0].command.arguments))
        assert "login/1.1 is planned: task 2.2 not done" in await editor.client.workspace_execute_command_async(why)
        tasks = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(TASKS)))
        assert [(lens.command.title, lens.command.arguments[1]) for lens in tasks] == [("Start task", "2.1"), ("Start task", "2.2")]
        start = types.ExecuteCommandParams(tasks[0].command.command, list(tasks[0].command.arguments))
        assert await editor.client.workspace_execute_command_async(start) == "setsquare run login --task 2.1"
        await editor.until(lambda: "setsquare run login --task 2.1" in editor.messages)

    before = sorted(path for path in folder.rglob("*"))
    assert drive(folder, scenario) == 0
    assert sorted(path for path in folder.rglob("*")) == before


def test_lenses_tell_what_needs_revision(drive: Drive, folder: Path):
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    locked = subprocess.run([sys.executable, "-m", "setsquare", "trace", "lock"], cwd=folder, capture_output=True, text=True, check=False)
    assert locked.returncode == 0, locked.stderr

    async def scenario(editor: Any) -> None:
        editor.open(LOGIN)
        editor.type(LOGIN, "within 2 seconds", "within 9 seconds")
        lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(TASKS)))
        assert any("needs revision: 1.1 changed" in lens.command.title for lens in lenses)
        own = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(LOGIN)))
        assert "suspect" in own[0].command.title
        said = value(await editor.client.text_document_hover_async(types.HoverParams(**editor.here(LOGIN, "a user signs in"))))
        assert "uid `" in said

    assert drive(folder, scenario) == 0


def test_symbols_of_a_document_and_of_all(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        async def outline(path: str) -> Any:
            return await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(path)))

        (requirement,) = await outline(LOGIN)
        assert requirement.name == "1 Sign in"
        assert [child.name.split(" ")[0] for child in requirement.children] == ["1.1", "1.2", "1.3"]
        tasks = await outline(TASKS)
        assert [task.name for task in tasks] == ["1 Show the page", "2 Refuse"]
        assert [task.name for task in tasks[1].children] == ["2.1 Refuse a wrong password", "2.2 Refuse locked accounts"]
        assert tasks[1].range.end.line >= tasks[1].children[-1].range.end.line
        (top,) = await outline(DESIGN)
        assert [child.name for child in top.children] == ["Overview", "Correctness Properties"]
        assert top.children[1].children[0].kind is types.SymbolKind.Property
        found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams("refuse locked accounts"))
        assert [(item.name, item.container_name) for item in found] == [("2.2 Refuse locked accounts", "login")]
        folds = await editor.client.text_document_folding_range_async(types.FoldingRangeParams(editor.doc(TASKS)))
        assert (2, 4) in [(fold.start_line, fold.end_line) for fold in folds]

    assert drive(folder, scenario) == 0


def test_semantic_tokens_name_the_parts_of_a_sentence(drive: Drive, folder: Path):
    async def scenario(editor: Any) -> None:
        provider = editor.capabilities.semantic_tokens_provider
        assert list(provider.legend.token_modifiers) == ["keyword", "condition", "subject", "modal", "response", "timing"]
        tokens = await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(editor.doc(LOGIN)))
        line = first = 0
        found = []
        data = list(tokens.data)
        for down, right, length, kind, modifiers in zip(*[iter(data)] * 5, strict=True):
            line, first = line + down, right + (first if not down else 0)
            text = editor.cut(LOGIN, types.Range(types.Position(line, first), types.Position(line, first + length)))
            assert modifiers == 1 << kind
            found.append((provider.legend.token_modifiers[kind], text))
        assert found[:6] == [
            ("keyword", "WHEN"), ("condition", "a user signs in 𝄞"), ("subject", "Login_Service"), ("modal", "SHALL"),
            ("response", "show the start page"), ("timing", "within 2 seconds"),
        ]  # fmt: skip
        within = types.Range(editor.at(LOGIN, "3. WHILE"), editor.at(LOGIN, "3. WHILE", 5))
        part = await editor.client.text_document_semantic_tokens_range_async(types.SemanticTokensRangeParams(editor.doc(LOGIN), within))
        assert part.data[0] == within.start.line

    assert drive(folder, scenario) == 0
