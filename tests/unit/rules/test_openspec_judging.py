"""OpenSpec's verdicts as findings: one for each defect, errors where OpenSpec fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.fixing import mended
from setsquare.rules.openspec_sample import MAIN, RING, added, modified
from setsquare.spec.openspec.bases import Base, BaseSource, encode_base
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


def changes(**deltas: str) -> dict[str, str]:
    return {"openspec/specs/bell/spec.md": MAIN, **{f"openspec/changes/{name}/specs/bell/spec.md": text for name, text in deltas.items()}}


# req: openspec-interop/3.5
def test_an_overlap_is_a_warning_only_where_the_two_do_not_merge() -> None:
    longer, louder = modified(RING.replace("2 s", "5 s")), modified(RING.replace("2 s", "9 s"))
    held = modified(RING.replace("button is pressed", "button is held"))
    assert [(one.code, one.severity) for one in findings(changes(a=longer, b=held))] == [("OSP015", Severity.NOTE)]
    (found,) = findings(changes(a=longer, b=louder))
    assert (found.code, found.severity) == ("OSP015", Severity.WARNING)
    assert found.path == "openspec/changes/b/specs/bell/spec.md"
    assert "openspec base b --record" in found.hint
    three = [one for one in findings(changes(a=longer, b=held, c=louder)) if one.code == "OSP015"]
    assert [(one.path.split("/")[2], one.severity) for one in three] == [("b", Severity.NOTE), ("c", Severity.WARNING)]
    assert " a and b " in three[1].message
    two_renames = [
        f"## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: {name}`\n" for name in ("Bell", "Gong")
    ]
    assert [(one.code, one.severity) for one in findings(changes(a=two_renames[0], b=two_renames[1]))] == [("OSP015", Severity.WARNING)]


# req: openspec-interop/3.4
@pytest.mark.parametrize(
    ("block", "severity"), [(RING.replace("is pressed", "is held"), Severity.NOTE), (RING.replace("2 s", "5 s"), Severity.WARNING)]
)
def test_a_stale_base_is_a_note_where_the_archive_merges(block: str, severity: Severity) -> None:
    base = Base(capability="bell", requirement="Ring", text=RING.rstrip(), source=BaseSource.RECORD, at="2026-01-02")
    files = {
        "a/openspec/specs/bell/spec.md": MAIN.replace("2 s", "3 s"),
        "a/openspec/changes/c/specs/bell/spec.md": modified(block),
        "a/.setsquare/openspec/bases/c.jsonl": encode_base(base).decode(),
    }
    (found,) = (one for one in findings(files) if one.code == "OSP018")
    assert (found.severity, found.path) == (severity, "a/openspec/changes/c/specs/bell/spec.md")
    assert "openspec base c --record" in found.hint
    del files["a/.setsquare/openspec/bases/c.jsonl"]
    assert not [one for one in findings(files) if one.code == "OSP018"], "without a record nothing is known"


def mended_text(files: dict[str, str], path: str, *, is_unsafe: bool = False) -> str:
    found = [one for one in findings(files) if one.path == path]
    return mended(RelPath(path), files[path].encode(), found, is_unsafe=is_unsafe).raw.decode()


def test_safe_fixes_are_taken_by_fix() -> None:
    path = "openspec/changes/a/specs/bell/spec.md"
    renamed = "## RENAMED Requirements\n- FROM: `### Requirement: Ring`\n- TO: `### Requirement: Bell`\n"
    old, new = f"{renamed}{modified(RING)}", f"{renamed}{modified(RING.replace('nt: Ring', 'nt: Bell'))}"
    assert mended_text(changes(a=old), path) == new
    assert mended_text(changes(a=modified(RING.replace("nt: Ring", "nt: ring"))), path) == modified(RING)
    assert mended_text(changes(a=modified(RING.replace("SHALL", "must"))), path) == modified(RING.replace("SHALL", "MUST"))
    twice = modified(RING.replace("SHALL ring for 2 s", "shall ring and must shine"))
    assert mended_text(changes(a=twice), path) == twice, "which of the two is the demand, its writer knows"
    crlf = old.replace("\n", "\r\n")
    assert mended_text(changes(a=crlf), path) == new.replace("\n", "\r\n")


def test_a_scenario_at_another_level_is_mended_only_on_demand() -> None:
    path = "openspec/changes/a/specs/bell/spec.md"
    slipped = added(RING.replace("Ring", "Gong").replace("#### Scenario", "##### Scenario"))
    assert mended_text(changes(a=slipped), path) == slipped
    assert mended_text(changes(a=slipped), path, is_unsafe=True) == slipped.replace("#####", "####")
    assert findings(changes(a=slipped.replace("#####", "####"))) == ()
