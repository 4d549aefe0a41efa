"""Whatever the bytes are: scanning keeps them, nodes tile them, removing a node removes its bytes, loading never raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsquare.text import json_document, markdown, plain
from setsquare.text.document import Document, tiled
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

FRAGMENTS = st.sampled_from(
    [
        *(
            b"\xef\xbb\xbf",
            b"---\n",
            b"# T\n",
            b"## T ##\r\n",
            b"- [ ] 1. Go\n",
            b"  - [x]* 2.1 Go\n",
            b"```",
            b"~~~\n",
            b"\n",
            b"\r\n",
            b"\r",
        ),
        *(b"<!--", b"-->", b"| a |", b"***\n", b"inclusion: ", b"*.ts\n", b"_Requirements: 1.1, 2_\n", b"\x92", b"\x00", "要件：".encode()),
        *(b"{", b"}", b"[", b"]", b":", b",", b'"', b'"a"', b"\\", b"//", b"/*", b"*/", b"true", b"-1.5e3", b"null", b" ", b"'"),
        *(
            b'"agent"',
            b'"models"',
            b'"mcpServers"',
            b"### Requirement 1: A\n",
            b"#### Acceptance Criteria\n",
            b"1. WHEN a, THE b SHALL c\n",
        ),
    ]
)
RAW = st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS, max_size=40).map(b"".join))
SCANNERS = pytest.mark.parametrize("scanner", [markdown.scan, json_document.scan, plain.scan])
NAMES = (
    *(".kiro/specs/a b/requirements.md", ".kiro/specs/a b/design.md", ".kiro/specs/a b/tasks.md", ".kiro/specs/c.d/bugfix.md"),
    *(".kiro/specs/a b/.config.kiro", ".kiro/steering/x.md", ".kiro/settings.json", ".kiro/mcp.json", ".kiro/hooks/x.kiro.hook"),
    *("AGENTS.md", "CODEOWNERS", ".cursor/rules/x.mdc", "openspec/specs/a/spec.md", "specs/001-a/spec.md", ".kiroignore"),
)


# req: workspace/2.1, workspace/2.2
@SCANNERS
@given(raw=RAW)
def test_rendering_gives_the_bytes_back(scanner: object, raw: bytes) -> None:
    document = _scanned(scanner, raw)
    assert document.render() == raw
    assert tiled(document.nodes, len(raw))


# req: workspace/2.3
@SCANNERS
@given(raw=RAW, pick=st.integers(min_value=0))
def test_removing_any_node_removes_exactly_its_bytes(scanner: object, raw: bytes, pick: int) -> None:
    document = _scanned(scanner, raw)
    if not document.nodes:
        return
    index = pick % len(document.nodes)
    gone = document.nodes[index]
    smaller = document.without(index)
    assert smaller.render() == raw[: gone.start] + raw[gone.start + len(gone.raw) :]
    assert tiled(smaller.nodes, len(raw) - len(gone.raw))
    assert all(node.line == 1 + smaller.render()[: node.start].count(b"\n") for node in smaller.nodes)


@SCANNERS
@given(raw=RAW)
def test_lines_and_texts_stand_where_they_are_said_to_stand(scanner: object, raw: bytes) -> None:
    for node in _scanned(scanner, raw).nodes:
        assert node.line == 1 + raw[: node.start].count(b"\n")
        if node.text:
            written = node.text.encode("utf-8", "surrogateescape")
            assert raw[node.text_start : node.text_start + len(written)] == written


@given(raw=RAW)
def test_reading_json_never_raises_and_spans_lie_in_the_file(raw: bytes) -> None:
    tree = json_document.read(json_document.scan(RelPath("a.json"), raw), expects_object=True)
    assert all(0 <= problem.span.start <= problem.span.end <= len(raw) for problem in tree.problems)
    assert tree.is_sound or any(not problem.is_warning for problem in tree.problems)


@settings(max_examples=200)
@given(contents=st.lists(RAW, min_size=len(NAMES), max_size=len(NAMES)))
def test_loading_never_raises_and_loses_nothing(contents: list[bytes]) -> None:
    files = {RelPath(name): raw for name, raw in zip(NAMES, contents, strict=True)}
    workspace = load(files)
    assert {path: workspace.render(path) for path in workspace.paths} == files
    assert all(0 <= each.span.start <= each.span.end <= len(files[each.path]) for each in workspace.malformed)


def _scanned(scanner: object, raw: bytes) -> Document:
    assert callable(scanner)
    document = scanner(RelPath("a.md"), raw)
    assert isinstance(document, Document)
    return document
