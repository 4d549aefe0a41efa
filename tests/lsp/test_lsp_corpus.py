"""Each feature of the language server against a real workspace of the corpus."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from setsquare import wire
from setsquare.journeys.check import CheckRequest, World, check
from setsquare.spec.link import LinkKind
from setsquare.spec.trace import SpecTrace, trace
from setsquare.workspace.spec import Criterion, Reference, ReferenceKind

pytestmark = pytest.mark.corpus
Drive = Callable[..., int]


@pytest.fixture
def starting(warm: tuple[str, ...]) -> tuple[str, ...]:
    return warm


WORKSPACE = "CloudToLocalLLM-online+CloudToLocalLLM"


@pytest.fixture
def real(corpus: Path, tmp_path: Path) -> Path:
    """A copy of a real workspace."""
    place = tmp_path / "real"
    shutil.copytree(corpus / "workspaces" / WORKSPACE, place)
    return place


@pytest.fixture
def linked(real: Path) -> SpecTrace:
    """The spec of the workspace with the most references from tasks to single criteria."""
    return max(trace(wire.load_workspace(real)).specs, key=lambda item: sum(1 for _ in single(item)))


def single(linked: SpecTrace) -> Iterator[tuple[str, Reference, Criterion]]:
    """References of tasks to one criterion of their own spec: the file, the reference, the criterion."""
    known = {item.id: item for item in (linked.spec.requirements.criteria if linked.spec.requirements else ())}
    for citation in linked.citations:
        is_single = citation.reference.kind is ReferenceKind.ITEM and len(citation.targets) == 1
        if citation.kind is LinkKind.IMPLEMENTS and is_single and citation.targets[0][1] in known:
            yield citation.reference.path, citation.reference, known[citation.targets[0][1]]


def of(linked: SpecTrace) -> tuple[str, Reference, Criterion]:
    return next(single(linked))


def place(real: Path, path: str, offset: int) -> types.Position:
    before = (real / path).read_bytes()[:offset]
    return types.Position(before.count(b"\n"), len(before.rpartition(b"\n")[2].decode().encode("utf-16-le")) // 2)


def at(editor: Any, real: Path, path: str, offset: int) -> dict[str, Any]:
    return {"text_document": editor.doc(path), "position": place(real, path, offset)}


def test_diagnostics_are_those_of_check(drive: Drive, real: Path):
    outcome = check(World(files=wire.files_at(real)), CheckRequest())
    expected: dict[str, list[str]] = {}
    for finding in outcome.findings:
        expected.setdefault(finding.path, []).append(finding.code)
    assert expected

    async def scenario(editor: Any) -> None:
        await editor.until(lambda: len([1 for item in editor.diagnostics.values() if item.diagnostics]) >= len(expected))
        shown = {
            uri: sorted(str(item.code) for item in params.diagnostics) for uri, params in editor.diagnostics.items() if params.diagnostics
        }
        assert shown == {editor.uri(path): sorted(codes) for path, codes in expected.items()}

    assert drive(real, scenario) == 0


def test_hover_definition_and_references_agree(drive: Drive, real: Path, linked: SpecTrace):
    path, reference, criterion = of(linked)

    async def scenario(editor: Any) -> None:
        here = at(editor, real, path, reference.span.start)
        hover = await editor.client.text_document_hover_async(types.HoverParams(**here))
        assert f"{linked.spec.name}/{criterion.id}" in hover.contents.value
        (found,) = await editor.client.text_document_definition_async(types.DefinitionParams(**here))
        assert (found.uri, found.range.start) == (editor.uri(criterion.path), place(real, criterion.path, criterion.text_span.start))
        own = at(editor, real, criterion.path, criterion.text_span.start)
        context = types.ReferenceContext(False)
        named = await editor.client.text_document_references_async(types.ReferenceParams(context=context, **own))
        assert (editor.uri(path), place(real, path, reference.span.start)) in [(item.uri, item.range.start) for item in named]
        wanted = {(item.path, item.line) for item in linked.links if item.target == criterion.id and item.target_spec == linked.spec.name}
        assert {(editor.uri(file), line - 1) for file, line in wanted} <= {(item.uri, item.range.start.line) for item in named}

    assert drive(real, scenario) == 0


def test_completion_offers_the_spec_s_ids(drive: Drive, real: Path, linked: SpecTrace):
    path, reference, _ = of(linked)

    async def scenario(editor: Any) -> None:
        params = types.CompletionParams(**at(editor, real, path, reference.span.start))
        offered = [item.label for item in (await editor.client.text_document_completion_async(params)).items]
        assert linked.spec.requirements
        assert [item.id for item in linked.spec.requirements.criteria if "#" not in item.id] == [
            label for label in offered if label in {item.id for item in linked.spec.requirements.criteria} and "#" not in label
        ]

    assert drive(real, scenario) == 0


def test_rename_keeps_every_link_or_refuses(drive: Drive, real: Path, linked: SpecTrace):
    _, _, criterion = of(linked)
    number = criterion.id.rpartition(".")[0]

    async def scenario(editor: Any) -> None:
        here = at(editor, real, criterion.path, criterion.span.start)
        try:
            edit = await editor.client.text_document_rename_async(types.RenameParams(new_name=f"{number}.77", **here))
        except JsonRpcException as refused:
            assert refused.code == -32803  # noqa: PT017  (a refusal with its reason is right too)
            return
        assert editor.uri(criterion.path) in edit.changes
        assert len(edit.changes) >= 2

    assert drive(real, scenario) == 0


def test_actions_lenses_symbols_and_tokens(drive: Drive, real: Path, linked: SpecTrace):
    assert linked.spec.requirements
    assert linked.spec.tasks
    needs, tasks = linked.spec.requirements, linked.spec.tasks

    async def scenario(editor: Any) -> None:
        whole = types.Range(types.Position(0, 0), types.Position(100_000, 0))
        params = types.CodeActionParams(editor.doc(needs.path), whole, types.CodeActionContext([]))
        actions = await editor.client.text_document_code_action_async(params)
        assert all(action.edit is not None for action in actions)
        lenses = await editor.client.text_document_code_lens_async(types.CodeLensParams(editor.doc(needs.path)))
        assert len(lenses) == len(linked.states)
        assert all(re.match("uncovered|planned|implemented|verified", lens.command.title) for lens in lenses)
        symbols = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(needs.path)))
        assert sum(len(item.children) for item in symbols) == len(needs.criteria)
        outline = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.doc(tasks.path)))

        def count(items: Any) -> int:
            return sum(1 + count(item.children) for item in items)

        assert count(outline) == len(tasks.tasks)
        tokens = await editor.client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(editor.doc(needs.path)))
        assert len(tokens.data) >= 5 * len(needs.criteria)
        assert all(value >= 0 for value in tokens.data)
        word = needs.criteria[0].text.split()[-1]
        found = await editor.client.workspace_symbol_async(types.WorkspaceSymbolParams(word))
        assert any(item.container_name == linked.spec.name for item in found)

    assert drive(real, scenario) == 0
