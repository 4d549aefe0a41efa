"""Specs and changes are judged as OpenSpec 1.13.2 judges them: level, place and line of each issue, in its order; each expectation was observed with it."""

from __future__ import annotations

import pytest

from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.validating_change import Main, change_issues
from setsquare.spec.openspec.validating_delta import UnreadableSpec
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.change import METADATA, read_change
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.metadata import read_metadata

PURPOSE = "## Purpose\nThis is a purpose that is long enough to be no trouble at all.\n"
REQUIREMENT = "### Requirement: A\nIt SHALL.\n#### Scenario: One\n- x\n#### Scenario: Two\n- y\n"
MAIN = f"{PURPOSE}## Requirements\n{REQUIREMENT}### Requirement: B\nIt MUST.\n#### Scenario: One\n- x\n"
X = "### Requirement: X\nIt SHALL.\n#### Scenario: One\n- x\n"


def seen(issues: tuple[Issue, ...]) -> list[str]:
    return [f"{issue.level.value[0]}:{issue.path}{f'@{issue.line}' if issue.line else ''}" for issue in issues]


def judged(files: dict[str, str], main: str | UnreadableSpec | None = MAIN, **options: bool) -> tuple[Issue, ...]:
    """Judge a change `c` with these files, whose capability `a` has a main spec."""
    base = "openspec/changes/c/"
    texts = {RelPath(base + name): text for name, text in files.items()}
    tasks = [(path, text) for path, text in texts.items() if path.endswith("/tasks.md")]
    metadata = read_metadata(files[METADATA], ("spec-driven",)) if METADATA in files else None
    change = read_change(RelPath("openspec/changes/c"), sorted(texts), texts.get, tasks, metadata)
    mains: dict[str, Main] = {}
    if main is not None:
        mains["a"] = main if isinstance(main, UnreadableSpec) else read_main_spec("a", RelPath("spec.md"), main)
    return change_issues(change, mains, **options)


def delta(text: str, main: str | UnreadableSpec | None = MAIN) -> tuple[Issue, ...]:
    return judged({"specs/a/spec.md": text}, main)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MAIN, []),
        ("", ["E:file"]),
        (PURPOSE, ["E:file"]),
        ("## Purpose\n\n## Requirements\n" + REQUIREMENT, ["E:file"]),
        ("## Purpose ##\nx\n## Requirements\n" + REQUIREMENT, ["E:file"]),
        (PURPOSE + "## Requirements\n", ["E:requirements"]),
        (
            PURPOSE + "### Requirements\n#### Requirement: A\nIt SHALL.\n##### Scenario: x\n- y\n",
            [],
        ),
        ("### Purpose\n" + "x" * 50 + "\n### Requirements\n#### Requirement: A\nIt SHALL.\n##### Scenario: x\n- y\n", []),
        (PURPOSE + "# Requirements\n" + REQUIREMENT, ["E:file@4"]),
        (
            PURPOSE + "## Requirements\n###Requirement: A\nSHALL\n#### Scenario: x\n- y\n",
            ["E:requirements.0.scenarios", "W:requirements[0].scenarios"],
        ),
        (PURPOSE + "## Requirements\n### Foo\n#### x\ny\n### Requirement: A\nfoo\n#### x\ny\n", ["W:requirements[0]"]),
        (PURPOSE + "## Requirements\n### Requirement: A\n#### x\ny\n", ["E:requirements[0]"]),
        (PURPOSE + "## Requirements\n### Requirement: A\n```\nSHALL\n```\n#### x\ny\n", ["E:requirements[0]"]),
        (PURPOSE + "## Requirements\n### Requirement: A\n**Key**: SHALL\n#### x\ny\n", []),
        (PURPOSE + "## Requirements\n### Requirement: A\n**Key**: x\nfoo\n#### x\ny\n", ["W:requirements[0]"]),
        (PURPOSE + "## Requirements\n### Requirement: A\nSHALL " + "\U0001f600" * 249 + "\n#### x\ny\n", ["I:requirements[0]"]),
        (PURPOSE + "## Requirements\n### Requirement: A\n**Key**: " + "x" * 600 + "\nSHALL\n#### x\ny\n", []),
        (PURPOSE + "## Requirements\n### Requirement: A\nSHALL\n#### x\n##### deeper\n", []),
        (
            PURPOSE + "## Requirements\n### Requirement: A\nSHALL\n#### x\n\n### \n",
            ["E:requirements.0.scenarios", "W:requirements[0].scenarios"],
        ),
        (
            MAIN + "### Requirement: A ##\nSHALL\n#### x\ny\n## ADDED Requirements\n### Requirement: C\n",
            ["E:file@14", "E:file@18", "E:file@19"],
        ),
        (MAIN.replace("be no trouble at all", "x").replace("This is a", "\U0001f600"), ["W:overview"]),
    ],
)
def test_main_specs(text: str, expected: list[str]) -> None:
    assert seen(spec_issues(text)) == expected


@pytest.mark.parametrize(
    "purpose",
    [
        "TBD", "TODO foo", "TBD-1", "TODO(foo)", "TBD…", "tbd", "tbd: x", "Todo - foo", "todo\n\nfoo", "todo (x)", "todo]", "\n\nTBD foo",
        "tbd - created by archiving change x. Update Purpose after archive.", "x TBD - created by archiving change a b. Update Purpose after archive. y",
    ],
)  # fmt: skip
def test_purposes_that_nobody_wrote(purpose: str) -> None:
    assert seen(spec_issues(MAIN.replace("This is a purpose", f"{purpose}\nThis is a purpose")))[0].startswith("W:overview@")


@pytest.mark.parametrize(
    "purpose",
    [
        "Todo el sistema",
        "TBDs",
        "TBD_x",
        "TBD2",
        "TODOé",
        "- TBD",
        "**TBD**",
        "tbd foo",
        "tbd!",
        "todo/x",
        "T.B.D.",
        "foo TBD",
        "foo\ntbd: x",
        "```\nTBD\n```",
    ],
)
def test_purposes_that_only_look_so(purpose: str) -> None:
    assert seen(spec_issues(MAIN.replace("This is a purpose", f"{purpose}\nThis is a purpose"))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## ADDED Requirements\n" + X, []),
        ("## ADDED Requirements\n## MODIFIED Requirements\n", ["E:a/spec.md", "E:file"]),
        ("hello\n", ["E:a/spec.md", "E:file"]),
        ("```\n## ADDED Requirements\n```\n" + X, ["W:a/spec.md@4", "E:a/spec.md", "E:file"]),
        ("## ADDED Requirements\n" + X + X, ["E:a/spec.md"]),
        ("## ADDED Requirements\n### Requirement: X\n#### One\n- x\n", ["E:a/spec.md"]),
        ("## ADDED Requirements\n### Requirement: X\nfoo\n#### One\n", ["W:a/spec.md", "E:a/spec.md"]),
        ("## ADDED Requirements\n### Requirement: X\nx要SHALL求\n#### One\n```\nx\n```\n", []),
        ("## ADDED Requirements\n" + X + "### Docs\n### Requirement:\n", ["I:a/spec.md@6", "I:a/spec.md@7"]),
        ("## REMOVED Requirements\n- `### Requirement: A`\n- `### Requirement: A`\n", ["E:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: C`\n- TO: `### Requirement: D`\n", ["E:a/spec.md@4"]),
        ("## MODIFIED Requirements\n" + REQUIREMENT + "## REMOVED Requirements\n### Requirement: A\n", ["E:a/spec.md"]),
        ("## MODIFIED Requirements\n" + REQUIREMENT + "## ADDED Requirements\n" + REQUIREMENT, ["E:a/spec.md"]),
        ("## ADDED Requirements\n" + X + "## REMOVED Requirements\n### Requirement: X\n", ["E:a/spec.md"]),
        ("## MODIFIED Requirements\n" + REQUIREMENT.replace("One", "Uno"), ["E:a/spec.md"]),
        ("## MODIFIED Requirements\n" + REQUIREMENT + "#### One\n", []),
        ("## MODIFIED Requirements\n" + X, ["I:a/spec.md"]),
        ("## ADDED Requirements\n" + REQUIREMENT.replace("It", "They"), ["I:a/spec.md"]),
        ("## ADDED Requirements\n" + X.replace("Requirement: X", "Requirement: a"), ["I:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: A`\n", ["I:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: C`\n## MODIFIED Requirements\n" + REQUIREMENT, ["E:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: C`\n## MODIFIED Requirements\n" + X.replace(": X", ": C"), ["E:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: X`\n## ADDED Requirements\n" + X, ["E:a/spec.md"]),
        ("## RENAMED Requirements\n- FROM: `### Requirement: A`\n- TO: `### Requirement: C`\n## REMOVED Requirements\n### Requirement: a\n", ["E:a/spec.md"]),
    ],
)  # fmt: skip
def test_deltas(text: str, expected: list[str]) -> None:
    assert seen(delta(text)) == expected


def test_what_is_lost_is_named_whole_and_what_is_gained_up_to_three() -> None:
    block = "### Requirement: A\nIt SHALL.\n" + "".join(f"#### S{number}\nx\n" for number in range(5))
    (issue,) = delta(f"## MODIFIED Requirements\n{block}")
    assert (
        'still has: "One", "Two". The modified block has 5 scenarios; the current spec has 2 scenarios. It adds 5 scenarios'
        in issue.message
    )
    assert '"S0", "S1", "S2" and 2 more' in issue.message


def test_a_main_spec_that_cannot_be_read_stops_a_modification_only() -> None:
    unreadable = UnreadableSpec("/w/spec.md", "EISDIR")
    assert seen(delta("## ADDED Requirements\n" + X, unreadable)) == []
    (issue,) = delta("## MODIFIED Requirements\n" + X, unreadable)
    assert issue.message.startswith("Could not read /w/spec.md to check the MODIFIED requirements against it (EISDIR).")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ["E:file"]),
        ({METADATA: "schema: spec-driven\nskip_specs: true\n"}, ["I:file"]),
        ({METADATA: "schema: spec-driven\nskip_specs: true\n", "specs/.keep": ""}, ["I:file"]),
        ({METADATA: "schema: spec-driven\nskip_specs: true\n", "specs/note.txt": ""}, ["E:file"]),
        ({METADATA: "skip_specs: true\n"}, ["E:.openspec.yaml", "E:file"]),
        ({METADATA: "skip_specs: true\n", "specs/b/spec.md": "## ADDED Requirements\n" + X}, ["E:.openspec.yaml"]),
        ({"specs/spec.md": "x"}, ["E:spec.md"]),
        ({"specs/foo.md": "## ADDED Requirements\n", "specs/b/c.MD": "## REMOVED Requirements\n"}, ["E:b/c.MD", "E:foo.md"]),
        ({"specs/foo.md": "x", "specs/.foo.md": "## ADDED Requirements\n", "specs/.x/spec.md": "## ADDED Requirements\n"}, ["E:file"]),
        ({"specs/b/spec.md": "## ADDED Requirements\n" + X, "specs/b/sub/spec.md": "x"}, ["E:b/sub/spec.md"]),
    ],
)  # fmt: skip
def test_changes(files: dict[str, str], expected: list[str]) -> None:
    assert seen(judged(files)) == expected


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ("- foo\n", ["W:tasks.md@1"]),
        ("## 1. G\n- [ ] 1.1 a\n- [ ] 1.1 b\n- [ ] 2.1 c\n", ["W:tasks.md@3", "W:tasks.md@4"]),
        ("- [ ] 1.1 a\n- [ ] 1.1 b\n", []),
        ("## 01. G\n- [ ] 1.1 a\n- [ ] 01.1 b\n", []),
        ("## 1. G\n## Other\n- [ ] 2.1 a\n", []),
    ],
)
def test_tasks(tasks: str, expected: list[str]) -> None:
    files = {"specs/b/spec.md": "## ADDED Requirements\n" + X, "tasks.md": tasks}
    assert seen(judged(files)) == expected
    assert seen(judged(files, has_numbered_groups=False)) == [issue for issue in expected if tasks == "- foo\n"]
