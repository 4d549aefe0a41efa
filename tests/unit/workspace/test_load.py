"""Loading: specs are found, everything is kept, and what cannot be read is said."""

from __future__ import annotations

import time

import pytest

from setsquare.text.document import NodeKind
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load, scan
from setsquare.workspace.model import Workspace

REQUIREMENTS = (
    b"# Requirements Document\n\n## Requirements\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n1. WHEN a, THE b SHALL c\n"
)


def loaded(*files: tuple[str, bytes]) -> Workspace:
    return load({RelPath(path): raw for path, raw in files})


# req: workspace/1.6
def test_specs_are_folders_that_hold_a_spec_file_however_they_are_named() -> None:
    found = loaded(
        (".kiro/specs/README.md", b"x"),
        (".kiro/specs/Phase 1/1.1-setup.d/requirements.md", REQUIREMENTS),
        (".kiro/specs/Phase 1/1.1-setup.d/ui-design.md", b"x"),
        (".kiro/specs/Phase 1/1.1-setup.d/img/a.png", b"\x89\x00"),
        (".kiro/specs/Phase 1/notes.md", b"x"),
        (".kiro/specs/_archived/22-old/tasks.md", b"- [x] 1. Done\n"),
        ("sub/.kiro/specs/empty/design.md", b""),
        (".kiro/settings/templates/specs/requirements.md", REQUIREMENTS),
        ("specs/001-x/tasks.md", b"- [ ] T001 x\n"),
    )
    assert [(spec.name, spec.path, spec.root, spec.is_archived) for spec in found.specs] == [
        ("Phase 1/1.1-setup.d", ".kiro/specs/Phase 1/1.1-setup.d", ".kiro", False),
        ("_archived/22-old", ".kiro/specs/_archived/22-old", ".kiro", True),
        ("empty", "sub/.kiro/specs/empty", "sub/.kiro", False),
    ]
    first, _, empty = found.specs
    assert first.extras == (".kiro/specs/Phase 1/1.1-setup.d/img/a.png", ".kiro/specs/Phase 1/1.1-setup.d/ui-design.md")
    assert first.requirements is not None
    assert [criterion.id for criterion in first.requirements.criteria] == ["1.1"]
    assert (first.design, first.tasks) == (None, None)
    assert empty.design is not None
    assert empty.design.sections == ()


def test_a_spec_inside_a_spec_keeps_its_own_extras() -> None:
    found = loaded(
        (".kiro/specs/a/tasks.md", b""), (".kiro/specs/a/b/design.md", b""), (".kiro/specs/a/b/c/x.md", b""), (".kiro/specs/a/d/y.md", b"")
    )
    assert [(spec.name, spec.extras) for spec in found.specs] == [("a", (".kiro/specs/a/d/y.md",)), ("a/b", (".kiro/specs/a/b/c/x.md",))]


def test_a_bugfix_spec_is_read_from_its_own_file() -> None:
    raw = b"# Bugfix Requirements Document\n\n## Bug Analysis\n\n### Expected Behavior (Correct)\n\n2.1 WHEN a THEN the system SHALL b\n"
    (spec,) = loaded((".kiro/specs/fix/bugfix.md", raw)).specs
    assert spec.is_bugfix
    assert spec.requirements is not None
    assert spec.requirements.path == ".kiro/specs/fix/bugfix.md"


def test_spec_is_found_by_name_and_by_folder() -> None:
    found = loaded((".kiro/specs/a b/tasks.md", b""))
    assert found.spec("a b") is found.spec(".kiro/specs/a b/") is found.specs[0]
    assert found.spec("other") is None


def test_settings_mcp_and_steering_are_read_where_they_stand() -> None:
    found = loaded(
        (".kiro/settings.json", b'{"mcpServers": {"a": {"command": "x"}}, "agent": {"autonomyLevel": "full"}}'),
        ("sub/.kiro/settings.json", b"{}"),
        (".kiro/settings/mcp.json", b"{}"),
        (".mcp.json", b'{"mcpServers": {"b": {"url": "https://x"}}}'),
        (".kiro/steering/b.md", b"B\n"),
        (".kiro/steering/a.md", b"---\ninclusion: manual\n---\nA\n"),
        (".kiro/steering/sub/c.md", b"C\n"),
        (".kiro/steering/d.md.disabled", b"D\n"),
    )
    assert [each.path for each in found.settings] == [".kiro/settings.json", "sub/.kiro/settings.json"]
    assert [(each.path, [server.name for server in each.servers]) for each in found.mcp] == [
        (".kiro/settings.json", ["a"]),
        (".kiro/settings/mcp.json", []),
        (".mcp.json", ["b"]),
    ]
    assert [each.path for each in found.steering] == [".kiro/steering/a.md", ".kiro/steering/b.md"]
    assert len(found.paths) == 8


AWKWARD = {
    "crlf": b"# T\r\n\r\n- [ ] 1. Go\r\n",
    "bom": b"\xef\xbb\xbf# T\n- [ ] 1. Go\n",
    "invalid UTF-8": b"# It\x92s\n- [ ] 1. Go\n",
    "no final newline": b"# T\n- [ ] 1. Go",
    "empty": b"",
    "lone carriage returns": b"# T\r- [ ] 1. Go\r",
    "binary": b"\x00\x01\x02\xff" * 50,
    "utf-16": "# T\n".encode("utf-16"),
    "no-break space": "- [ ]\u00a01. Go\n".encode(),
    "only a mark": b"\xef\xbb\xbf",
    "open fence": b"```\n- [ ] 1. Go\n",
    "mixed line ends": b"a\r\nb\nc\r\n\n",
}


@pytest.mark.parametrize("raw", AWKWARD.values(), ids=AWKWARD.keys())
@pytest.mark.parametrize(
    "name", [".kiro/specs/a/tasks.md", ".kiro/specs/a/requirements.md", ".kiro/settings.json", "CODEOWNERS", ".cursorrules"]
)
def test_awkward_files_render_back_byte_identical(name: str, raw: bytes) -> None:
    assert loaded((name, raw)).render(name) == raw


# req: workspace/1.3
def test_bytes_that_are_not_text_are_said_with_their_place() -> None:
    found = loaded(
        (".kiro/specs/a/tasks.md", b"# It\x92s\xff\n"),
        (".kiro/specs/b/tasks.md", b"a\x00b"),
        (".kiro/specs/c/tasks.md", "# T\n".encode("utf-16")),
        (".kiro/specs/d/logo.png", b"\x89\x00\xff"),
        ("CODEOWNERS", b"* \xff"),
    )
    assert [(each.path, each.span.start, each.reason.partition(";")[0]) for each in found.malformed] == [
        (".kiro/specs/a/tasks.md", 4, "byte 0x92 is not UTF-8"),
        (".kiro/specs/b/tasks.md", 1, "the file is binary: it holds a NUL byte"),
        (".kiro/specs/c/tasks.md", 0, "the file is UTF-16 text"),
        ("CODEOWNERS", 2, "byte 0xff is not UTF-8"),
    ]


def test_broken_json_is_said_where_it_changes_what_an_agent_does() -> None:
    found = loaded(
        (".kiro/hooks/x.kiro.hook", b"{"),
        (".kiro/mcp.json", b'{"a": 1, "a": 2}'),
        (".kiro/settings.json", b"[]"),
        (".kiro/specs/a/.config.kiro", b'{"specId": "x",}'),
        ("openspec/fixtures/broken.json", b"{"),
        ("specs/001-x/broken.json", b"{"),
    )
    assert [(each.path, each.is_warning) for each in found.malformed] == [
        (".kiro/hooks/x.kiro.hook", False),
        (".kiro/mcp.json", False),
        (".kiro/settings.json", False),
        (".kiro/settings.json", False),
        (".kiro/specs/a/.config.kiro", True),
    ]


def test_what_the_disk_left_out_is_passed_on() -> None:
    assert load({}, ((RelPath("a"), "symbolic link"),)).skipped == (("a", "symbolic link"),)
    assert load({}).paths == ()


def test_a_file_is_split_by_the_grammar_of_its_name() -> None:
    assert scan(RelPath("a.mdc"), b"# T").nodes[0].kind is NodeKind.HEADING
    assert scan(RelPath(".clinerules"), b"# T").nodes[0].kind is NodeKind.HEADING
    assert scan(RelPath("x.kiro.hook"), b"{").nodes[0].kind is NodeKind.PUNCTUATION
    assert scan(RelPath("x.yaml"), b"a: 1").nodes[0].kind is NodeKind.LINE
    assert scan(RelPath("x.md"), b"\x00").nodes[0].kind is NodeKind.BYTES


def test_loading_a_large_task_file_takes_time_in_proportion_to_its_size() -> None:
    small, large = (b"".join(b"- [ ] %d. Go\n  - _Requirements: 1.1_\n" % number for number in range(count)) for count in (10_000, 50_000))
    assert _seconds(large) < 15 * max(_seconds(small), 0.05)


def _seconds(raw: bytes) -> float:
    began = time.process_time()
    found = loaded((".kiro/specs/a/tasks.md", raw))
    spent = time.process_time() - began
    assert found.specs[0].tasks is not None
    return spent


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"- [ ] 1. Go\r- [ ] 2. Stop\r", "the lines end in a carriage return alone"),
        (b"- [ ] 1. Go\n```py\n- [ ] 2. Stop\n", "the code block that begins here never closes"),
        (b"~~~~\n~~~\n```\n", "end it with a line of ~~~~"),
        (b"- ```\n", "never closes"),
    ],
)
def test_what_hides_the_rest_of_a_file_is_said(raw: bytes, reason: str) -> None:
    (problem,) = load({RelPath(".kiro/specs/a/tasks.md"): raw}).malformed
    assert reason in problem.reason
    assert raw[problem.span.start : problem.span.end] in (b"\r", b"```py", b"~~~~", b"- ```")


@pytest.mark.parametrize("raw", [b"x\r\n", b"x\r", b"```\na\n```", b"````\n```\n````\n\n", b"- ```\n  a\n  ```\n", b"~~~\r\n~~~\r\n"])
def test_what_closes_hides_nothing(raw: bytes) -> None:
    assert load({RelPath(".kiro/specs/a/tasks.md"): raw}).malformed == ()
