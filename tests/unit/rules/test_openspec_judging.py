"""OpenSpec's verdicts as findings: one for each defect, errors where OpenSpec fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.openspec_sample import MAIN, RING, added, modified
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load

_SHARED = Path(os.environ.get("SETSQUARE_CORPUS", Path(__file__).parents[4] / "shared" / "corpus")).parent
GOLDEN = _SHARED / "peers" / "openspec_golden_1.13.2.json"


def findings(files: dict[str, str]) -> tuple[Finding, ...]:
    return check(load({RelPath(path): text.encode() for path, text in files.items()}))


# req: openspec-interop/2.1
def test_verdicts_and_levels_are_those_of_the_reference() -> None:
    if not GOLDEN.is_file():
        pytest.skip("the recorded cases are not here")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    different: list[tuple[str, str]] = []
    for name, files in golden["inputs"].items():
        found = findings(files)
        for key, item in golden["cases"][name]["validate"]["items"].items():
            kind, _, place = key.partition(":")
            prefix = f"openspec/{kind}s/{place}/"
            is_failed = any(one.path.startswith(prefix) and one.severity is Severity.ERROR for one in found)
            if is_failed is item["valid"]:
                different.append((name, key))
    assert different == []


# req: openspec-interop/2.1
@pytest.mark.parametrize("text", [MAIN, MAIN.replace("SHALL", "shall"), MAIN.replace("somebody", "TBD")])
def test_what_openspec_passes_fails_no_check(text: str) -> None:
    found = findings({"openspec/specs/bell/spec.md": text})
    assert [one.code for one in found if one.severity is not Severity.NOTE] == []


def test_an_empty_delta_is_said_once() -> None:
    found = findings({"openspec/changes/a/specs/bell/spec.md": "## ADDED Requirements\n"})
    assert [(one.code, one.path) for one in found] == [("OSP009", "openspec/changes/a/specs/bell/spec.md")]


def test_the_caret_is_at_the_requirement_that_is_meant() -> None:
    text = added("### Requirement: A\nIt SHALL.\n#### B\n- c\n### Requirement: D\nIt SHALL.\n")
    (found,) = findings({"openspec/changes/a/specs/bell/spec.md": text})
    assert text.encode()[found.span.start : found.span.end] == b"### Requirement: D"


def test_rules_of_style_leave_scenarios_alone() -> None:
    delta = modified(RING.replace("ring for 2 s", "be able to quickly ring, e.g. twice, and/or as fast as possible"))
    tasks = "## 1. Core\n- [ ] 1.1 Build\n- [x] 1.2 Test\n"
    files = {
        "openspec/specs/bell/spec.md": MAIN,
        "openspec/changes/a/specs/bell/spec.md": delta,
        "openspec/changes/a/tasks.md": tasks,
        "openspec/changes/a/design.md": "# Design\n## Context\nc\n",
    }
    assert findings(files) == ()


def test_conflict_marks_that_a_fence_shows_are_none() -> None:
    shown = "```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n```\n"
    assert findings({"openspec/specs/bell/spec.md": f"{MAIN}{shown}"}) == ()


def test_a_name_of_two_is_said() -> None:
    files = {".kiro/specs/bell/design.md": "# D\n## Overview\nx\n", "openspec/specs/bell/spec.md": MAIN}
    found = [one for one in findings(files) if one.code == "TRC006"]
    assert [(one.path, one.severity) for one in found] == [("openspec/specs/bell/spec.md", Severity.NOTE)]


def test_operations_on_scenarios_lose_none() -> None:
    main = "## Purpose\nA purpose that is long enough to be no trouble to anybody here.\n## Requirements\n### Requirement: A\nIt SHALL.\n#### One\n- x\n"
    operations = "## MODIFIED Requirements\n### Requirement: A\n#### ADDED Scenario: Two\n- y\n"
    files = {"openspec/specs/a/spec.md": main, "openspec/changes/c/specs/a/spec.md": operations, "openspec/changes/c/proposal.md": "# P\n"}
    assert not [one for one in findings(files) if one.severity is Severity.ERROR]
    files["openspec/changes/c/specs/a/spec.md"] = operations.replace("ADDED Scenario", "Scenario")
    assert [one for one in findings(files) if one.severity is Severity.ERROR]


# req: openspec-interop/2.1
def test_a_folder_around_changes_is_told_so_and_not_what_it_lacks() -> None:
    found = findings({"openspec/changes/team/ring/proposal.md": "# Ring\n", "openspec/specs/bell/spec.md": MAIN})
    assert [(one.code, one.path) for one in found] == [("OSP009", "openspec/changes/team/ring/proposal.md")]
    assert found[0].message.startswith('"team" is no change: it is a folder around openspec/changes/team/ring')
    assert found[0].hint == "put it directly below openspec/changes, as team-ring for one"
    beside = {
        "openspec/changes/team/ring/tasks.md": "- [ ] 1.1 x\n",
        "openspec/changes/team/specs/bell/spec.md": added(RING.replace("Ring", "Chime")),
    }
    assert findings({**beside, "openspec/specs/bell/spec.md": MAIN}) == (), "with deltas of its own it is one"


def test_capabilities_that_differ_by_letter_case_are_not_sent_to_a_command_that_refuses() -> None:
    found = findings({"openspec/specs/Bell/spec.md": MAIN, "openspec/specs/bell/spec.md": MAIN})
    assert [(one.code, one.hint) for one in found] == [("TRC006", "rename the folder of one")]
