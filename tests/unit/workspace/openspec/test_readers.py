"""OpenSpec's files are read as OpenSpec 1.13.2 reads them; each expectation was observed with it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.delta import read_delta
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.metadata import NOT_YAML, read_metadata
from setsquare.workspace.openspec.model import Delta, MainSpec, Operation
from setsquare.workspace.openspec.proposal import read_proposal
from setsquare.workspace.openspec.schema import BUILT_IN, read_schema
from setsquare.workspace.openspec.tasks import read_task_list
from setsquare.workspace.openspec.text import normalised, unfenced
from setsquare.workspace.openspec.tree import read_tree

PATH = RelPath("spec.md")
LINES = [
    "## Purpose", "## Requirements", "## ADDED Requirements", "## REMOVED Requirements", "## RENAMED Requirements", "### Requirement: A", "###Requirement: B ##",
    "### ", "## ", "#### Scenario: One", "####", "##### x", "- FROM: `### Requirement: A`", "- TO: `### Requirement: B`", "* ### Requirement: C", "```", "~~~~", "\t```",
    "The system SHALL do.", "**Id**: R1", "", "  ", "\u3000", "- [ ] 1.1 a", "## 1. G", "# T",
]  # fmt: skip


def main(text: str) -> MainSpec:
    return read_main_spec("a", PATH, text)


def delta(text: str) -> Delta:
    return read_delta("a", PATH, text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("## Requirements\n### Requirement: A\n### Notes\n###Requirement: B\n", ["A", "B"]),
        ("## Requirements\n### Requirement: A ##\n### requirement: C#\n", ["A", "C#"]),
        ("## Requirements\n```\n### Requirement: A\n````\n### Requirement: B\n", ["B"]),
        ("## Requirements\n~~~\n```\n### Requirement: A\n~~~\n### Requirement: B\n", ["B"]),
        ("## Requirements\n```\n### Requirement: A\n", []),
        ("##  requirements  \n### Requirement: A\n## Other\n### Requirement: B\n", ["A"]),
        ("### Requirements\n### Requirement: A\n", []),
        ("## Requirements\n ### Requirement: A\n### Requirement:\n", []),
        ("## Requirements\n# T\n### Requirement: A\n", ["A"]),
    ],
)
def test_requirements_are_the_blocks_below_the_section(text: str, names: list[str]) -> None:
    assert [block.name for block in main(text).requirements] == names


def test_a_block_ends_at_two_signs_and_a_blank() -> None:
    text = "## {} Requirements\n### Requirement: A\nIt SHALL.\n## \n#### Scenario: One\nx\n### Requirement: B\n"
    found = delta(text.format("ADDED")).added
    assert [(block.name, block.scenarios) for block in found] == [("A", ()), ("B", ())]
    assert [block.name for block in main(text.replace("{} ", "")).requirements] == ["A"]


def test_scenarios_are_headers_of_level_four_with_what_is_below() -> None:
    (block,) = main(
        "## Requirements\n### Requirement: A\nx\n#### SCENARIO: One ##\n\n##### deeper\n- y\n#### Two\n\n### Note\n#### Three\nz\n"
    ).requirements
    assert [(scenario.name, scenario.line, scenario.body) for scenario in block.scenarios] == [
        ("One", 4, "##### deeper\n- y"), ("Two", 8, ""), ("Three", 11, "z")
    ]  # fmt: skip
    assert block.statement == "x"


def test_the_parts_of_a_main_spec_make_up_the_file() -> None:
    text = "# T\n\n## Purpose\nWhy.\n\n## Requirements\nIntro.\n\n### Requirement: A\nx\n\n### Requirement: B\ny  \n\n## After\nz\n"
    spec = main(text)
    assert (spec.title, spec.purpose, spec.purpose_line, spec.preamble) == ("T", "Why.", 3, "Intro.")
    parts = (spec.before, spec.preamble, *(block.raw for block in spec.requirements), spec.after)
    assert "".join("\n".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("- `### Requirement: A`", "A"), ("* ### Requirement: A ##", "A"), ("+ `###Requirement: A`", "A"), ("  -### Requirement: A", "A"),
        ("### requirement: A", "A"), ("- ### requirement: A", None), ("- Requirement: A", None), ("- `### Requirement: A` b", "A` b"),
    ],
)  # fmt: skip
def test_removed_are_headers_and_bullets(line: str, name: str | None) -> None:
    found = delta(f"# T\n## REMOVED Requirements\n\n{line}\n").removed
    assert [(named.name, named.line) for named in found] == ([] if name is None else [(name, 4)])


@pytest.mark.parametrize(
    ("lines", "pairs"),
    [
        (["F A", "T B"], [("A", "B")]), (["F A", "x", "T B"], [("A", "B")]), (["T B", "F A"], [(None, "B"), ("A", None)]),
        (["F A", "F B", "T C", "T D"], [("A", None), ("B", "C"), (None, "D")]), (["F A", "S", "T B"], [("A", None), (None, "B")]),
    ],
)  # fmt: skip
def test_from_and_to_are_paired_in_order_within_a_section(lines: list[str], pairs: list[tuple[str | None, str | None]]) -> None:
    written = {"F": "- FROM: `### Requirement: {}`", "T": "- TO: `### Requirement: {}`", "x": "text{}", "S": "## RENAMED Requirements{}"}
    text = "## RENAMED Requirements\n" + "\n".join(written[line[0]].format(line[2:]) for line in lines)
    assert [(one.source and one.source.name, one.target and one.target.name) for one in delta(text).renamed] == pairs


def test_repeated_sections_count_as_one_and_the_rest_is_an_orphan() -> None:
    found = delta(
        "### Requirement: T\n## added requirements\n### Requirement: A\n### Bar\n## Notes\n### Requirement: N\n## ADDED Requirements\n### Requirement: B\n"
    )
    assert [block.name for block in found.added] == ["A", "B"]
    assert found.sections == (Operation.ADDED,)
    assert [(orphan.name, orphan.line, orphan.under) for orphan in found.orphans] == [("T", 1, ""), ("N", 6, "Notes")]
    assert [(skipped.name, skipped.line, skipped.under) for skipped in found.skipped] == [("Bar", 4, "added requirements")]


@pytest.mark.parametrize("header", ["##  ADDED Requirements", "##\tADDED Requirements \t", "## aDDed requirements"])
def test_delta_headers_in_any_case(header: str) -> None:
    assert delta(f"{header}\n### Requirement: A\n").sections == (Operation.ADDED,)


@pytest.mark.parametrize(
    "header",
    ["## ADDED  Requirements", "## ADDED Requirements ##", "### ADDED Requirements", "##ADDED Requirements", " ## ADDED Requirements"],
)
def test_what_only_looks_like_a_delta_header(header: str) -> None:
    assert delta(f"{header}\n### Requirement: A\n").sections == ()


@pytest.mark.parametrize(
    ("line", "done"),
    [
        ("- [ ] a", False), ("* [x] a", True), ("+ [X] a", True), ("1. [x ] a", True), ("12) [ x] a", True), ("- [~] a", False), ("- []", False), ("-[x] a", True),
        ("- [é] a", False), ("- [ ](b)", False), ("    - [x]a", True), ("\t- [\u00a0] a", False),
        ("- [a](b)", None), ("- [a][b]", None), ("- [xx] a", None), ("[ ] a", None), ("> - [ ] a", None), ("1234567890. [ ] a", None), ("- **[ ] a**", None),
    ],
)  # fmt: skip
def test_boxes(line: str, done: bool | None) -> None:
    assert [task.is_done for task in read_task_list(PATH, f"```\n{line}\n").tasks] == ([] if done is None else [done])


def test_groups_and_ids_of_tasks() -> None:
    text = "- [ ] 1.1 a\n ## 1. G\n- [ ] 1.2a b\n# H\n- [x] 2.1: c\n## Other\n- [ ] 3.1\n"
    found = [(task.id, task.group, task.line) for task in read_task_list(PATH, text).tasks]
    assert found == [("1.1", "", 1), ("1.2a", "1", 3), ("", "1", 5), ("3.1", "", 7)]


@pytest.mark.parametrize(
    ("text", "line"), [("```\n- a\n```\n1. b\n", 4), ("    - a\n", 0), ("\t- a\n  - b\n", 2), ("-a\n", 0), ("text\n", 0), ("- - a", 1)]
)
def test_the_first_item_of_a_file_without_boxes(text: str, line: int) -> None:
    assert read_task_list(PATH, text).first_item_line == line


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("schema: s\nskip_specs: true\nother: x\ncreated: 2026-13-45\n", ""),
        ("{schema: s, skip_specs: !!bool 'true'}", ""),
        ("schema: ''\nskip_specs: true\n", "schema: schema is required"),
        ("schema: 3\nskip_specs: true\n", "schema: Invalid input: expected string, received number"),
        ("schema: t\nskip_specs: true\n", "schema: unknown schema 't'"),
        ("schema: s\nskip_specs: yes\n", "skip_specs: Invalid input: expected boolean, received string"),
        ("schema: s\nskip_specs:\n", "skip_specs: Invalid input: expected boolean, received null"),
        ("schema: s\ncreated: 2026-1-1\nskip_specs: x\n", "created: created must be YYYY-MM-DD format"),
        ("schema: s\naffected_areas: [a, 3]\nskip_specs: x\n", "affected_areas.1: Invalid input: expected string, received number"),
        ("schema: s\ninitiative: {store: a}\nskip_specs: x\n", "initiative.id: Invalid input: expected string, received undefined"),
        ("schema: s\nskip_specs: true\nskip_specs: true\n", NOT_YAML),
        ("schema: [\n  skip_specs: true\n", NOT_YAML),
    ],
)
def test_a_marker_is_honoured_in_valid_metadata_only(text: str, problem: str) -> None:
    found = read_metadata(text, {"s"})
    assert (found.problem, found.skips_specs) == (problem, not problem)
    assert found.named_markers == ("skip_specs",)


def test_a_proposal_has_a_title_sections_and_simple_deltas() -> None:
    found = read_proposal(PATH, "# Change: Add X\n## Why\nw\n## What Changes\n- **a:** Rename b\n- **c**: delete d\n- **e:** tune\n", "c")
    assert (found.title, found.why) == ("Add X", "w")
    assert [(spec, operation.value) for spec, operation, _ in found.bullets] == [("a", "RENAMED"), ("c", "REMOVED"), ("e", "MODIFIED")]


@pytest.mark.parametrize(
    "change",
    [
        {"generates": "../a"},
        {"generates": "/a"},
        {"generates": "C:a"},
        {"requires": ["nope"]},
        {"requires": ["a"]},
        {"id": ""},
        {"template": ""},
    ],
)
def test_schemas_that_are_refused(change: dict[str, object]) -> None:
    artifact = {"id": "a", "generates": "a.md", "description": "d", "template": "a.md", "requires": [], **change}
    assert isinstance(read_schema(f"name: s\nversion: 1\nartifacts: [{artifact}]\n".replace("'", '"')), str)
    assert not isinstance(
        read_schema(
            f"name: s\nversion: 1\nartifacts: [{ {**artifact, 'id': 'a', 'generates': 'a.md', 'template': 'a.md', 'requires': []} }]\n"
        ),
        str,
    )


def test_a_tree_reads_everything_below_its_root() -> None:
    files = {
        RelPath("p/openspec/specs/a/b/spec.md"): b"\xef\xbb\xbf# T\r\n",
        RelPath("p/openspec/changes/c/specs/a/b/spec.md"): b"## REMOVED Requirements\n### Requirement: X\n",
        RelPath("p/openspec/changes/c/tasks.md"): b"- [ ] 1.1 a\n",
        RelPath("p/openspec/changes/c/proposal.md"): b"# P\n",
        RelPath("p/openspec/changes/archive/2026-01-01-d/specs/note.md"): b"## ADDED Requirements\n",
        RelPath("p/openspec/config.yaml"): b"schema: spec-driven\n",
        RelPath("openspec/specs/x/spec.md"): b"",
    }
    tree = read_tree(files, RelPath("p"))
    (change,) = tree.changes
    assert [spec.title for spec in tree.specs] == ["T"]
    assert (change.path, change.proposal and change.proposal.title, len(change.tasks[0].tasks)) == ("p/openspec/changes/c", "P", 1)
    assert [(one.id, one.is_archived, one.strays) for one in tree.archived] == [
        ("2026-01-01-d", True, ("p/openspec/changes/archive/2026-01-01-d/specs/note.md",))
    ]
    assert tree.config is not None
    assert tree.config.schema == BUILT_IN.name


@given(st.lists(st.sampled_from(LINES)).map("\n".join))
def test_readers_are_total_and_lines_are_true(text: str) -> None:
    lines = text.split("\n")
    for block in (*main(text).requirements, *delta(text).added):
        assert block.raw.startswith(lines[block.line - 1].rstrip())
        assert all(lines[scenario.line - 1].startswith("####") for scenario in block.scenarios)
    assert all("Requirement:" in lines[named.line - 1] for named in (*delta(text).removed, *delta(text).orphans))
    assert all("[" in lines[task.line - 1] for task in read_task_list(PATH, text).tasks)
    assert [len(line) for line in unfenced(text).split("\n")] == [len(line) for line in lines]


@given(st.binary(max_size=200))
def test_any_bytes_become_text(raw: bytes) -> None:
    assert "\r" not in normalised(raw)


@pytest.mark.parametrize(
    "unit",
    [
        " ",
        "# ",
        "\n## Requirements",
        "\n## REMOVED Requirements",
        "\n- ### Requirement: A",
        "```\n",
        "- [",
        "**a",
        "\n### Requirement: A",
        "\n#### x",
    ],
)
@pytest.mark.parametrize("opening", ["", "## RENAMED Requirements\n- FROM: `### Requirement: ", "## REMOVED Requirements\n- [ ] ", "- ["])
def test_reading_is_linear(unit: str, opening: str) -> None:
    text = opening + unit * (150_000 // len(unit)) + "x"
    started = time.process_time()
    main(text), delta(text), read_task_list(PATH, text)
    assert time.process_time() - started < 3
