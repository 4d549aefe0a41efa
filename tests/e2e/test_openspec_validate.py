"""`setsquare openspec validate` tells what OpenSpec 1.13.2 tells; each expectation was observed with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main

PURPOSE = "## Purpose\nThis is a purpose that is long enough to be no trouble at all.\n"
OK = f"{PURPOSE}## Requirements\n### Requirement: A\nIt SHALL.\n#### One\n- x\n"
BAD = "## Purpose\nshort\n## Requirements\n### Requirement: A\nfoo\n"
ADDS = "## ADDED Requirements\n### Requirement: X\nIt SHALL.\n#### One\n- x\n"
CHANGES_A = "## MODIFIED Requirements\n### Requirement: A\nIt MUST.\n#### One\n- x\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty root, far from this person's own settings."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "w"
    (folder / "openspec/changes/archive").mkdir(parents=True)
    (folder / "openspec/specs").mkdir()
    monkeypatch.chdir(folder)
    return folder.resolve()


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / "openspec" / name.replace("__", "/").replace("_md", ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def some(root: Path) -> None:
    """Lay out specs and changes of every kind of verdict."""
    write(root, specs__bad__spec_md=BAD, specs__ok__spec_md=OK, changes__c1__specs__ok__spec_md=ADDS, changes__c2__proposal_md="x")
    write(root, changes__c3__specs__ok__spec_md=ADDS.replace(": X", ": A").replace("It", "They"), changes__ns__inner__proposal_md="x")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["openspec", "validate", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def test_all_as_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some(root)
    code, shown = run_json(capsys, "--all")
    assert code == 1
    assert [(item["id"], item["type"], item["valid"]) for item in shown["items"]] == [
        ("bad", "spec", False), ("c1", "change", True), ("c2", "change", False), ("c3", "change", True), ("ns", "change", False), ("ok", "spec", True)
    ]  # fmt: skip
    assert shown["items"][3]["issues"][0] == {
        "level": "INFO",
        "path": "ok/spec.md",
        "message": 'Archive would refuse this delta: ok ADDED failed for header "### Requirement: A" - already exists',
    }
    assert shown["summary"]["byType"] == {"change": {"items": 4, "passed": 2, "failed": 2}, "spec": {"items": 2, "passed": 1, "failed": 1}}
    assert (shown["version"], shown["root"]) == ("1.0", {"path": str(root), "source": "nearest"})


def test_all_for_people(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some(root)
    code, out, err = run(capsys, "--all")
    assert code == 1
    assert out == "✓ change/c1\n✓ change/c3\n✓ spec/ok\nTotals: 3 passed, 3 failed (6 items)\nDetails: openspec validate bad --type spec\n"
    assert err.startswith(
        "- Validating...\n✗ spec/bad\n  ✗ [ERROR] requirements.0.scenarios: Requirement must have at least one scenario\n  ⚠ [WARNING]"
    )


def test_only_findings(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some(root)
    code, shown = run_json(capsys, "--changes", "--report", "findings")
    assert code == 1
    assert shown["report"] == {"kind": "validation-findings", "version": "1.0", "scope": "changes", "returnedItems": 3, "totalItems": 4}
    assert [item["id"] for item in shown["itemFindings"]] == ["c2", "c3", "ns"]
    _, out, err = run(capsys, "--specs", "--report", "findings")
    assert out == "Scope: specs (2 items)\nTotals: 1 passed, 1 failed (2 items)\nDetails: openspec validate bad --type spec\n"
    assert "spec/bad\n  [ERROR] requirements.0.scenarios: " in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--all", "--report", "x"], "Unknown validation report 'x'."),
        (["ok", "--report", "full"], "A validation report cannot be combined with an item name."),
        (["--report", "findings"], "A validation report requires an explicit bulk scope."),
        (["--archived", "--all", "--report", "full"], "A validation report cannot combine archived and active scopes."),
    ],
)
def test_reports_that_cannot_be(root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, shown = run_json(capsys, *arguments)
    assert (code, shown["status"][0]["code"], shown["status"][0]["message"]) == (1, "invalid_validation_report_request", said)


def test_one_item(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    some(root)
    write(root, specs__c1__spec_md=OK)
    assert run(capsys, "ok") == (0, "Specification 'ok' is valid\n", "")
    assert run(capsys, "c3")[:2] == (0, "Change 'c3' is valid\n")
    code, out, err = run(capsys, "bad")
    assert (code, out) == (1, "")
    assert err.startswith("Specification 'bad' has issues\n✗ [ERROR] ")
    assert err.endswith("  - Re-run with --json to see structured report\n")
    assert run(capsys, "c1")[2].startswith("Ambiguous item 'c1' matches both a change and a spec.\nPass --type change|spec, or use:")
    assert run(capsys, "c1", "--type", "change")[0] == 0
    assert run(capsys, "nope")[2].startswith("Unknown item 'nope'. Did you mean: ")
    assert run(capsys)[0] == 1


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("../x", "change", "Change name must not contain path separators"),
        ("..", "change", "Change name must not be '..'"),
        ("a/../../x", "spec", "Spec id must not be '..'"),
    ],
)
def test_a_name_leads_nowhere_else(root: Path, capsys: pytest.CaptureFixture[str], name: str, kind: str, said: str) -> None:
    code, shown = run_json(capsys, name, "--type", kind)
    assert (code, shown["status"]) == (1, [{"severity": "error", "code": "invalid_item", "message": said}])


def test_warnings_fail_under_strict(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, specs__w__spec_md=OK.replace("This is a purpose that is long enough", "x"))
    assert run(capsys, "--all")[:2] == (0, "✓ spec/w\nTotals: 1 passed, 0 failed (1 items)\n")
    assert run(capsys, "--all", "--strict", "--concurrency", "3", "--no-interactive")[0] == 1


def test_archived_changes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--archived")[:2] == (0, "No archived changes found.\n")
    write(
        root,
        changes__archive__a1__tasks_md="- [ ] a\n- [x] b\n",
        changes__archive__a2__tasks_md="- [x] b\n",
        changes__archive__a3__proposal_md="x",
    )
    (root / "openspec/changes/archive/a4/tasks.md").mkdir(parents=True)
    (root / "openspec/changes/archive/a5").mkdir()
    (root / "openspec/changes/archive/a5/tasks.md").symlink_to("nowhere")
    code, out, err = run(capsys, "--archived")
    assert (code, out) == (1, "✓ change/a2\n✓ change/a3\nTotals: 2 passed, 3 failed (5 items)\n")
    assert "✗ change/a1\n  ✗ 1 incomplete task (1/2 completed)\n✗ change/a4\n  ✗ could not read task file\n" in err
    assert f"Cannot verify dangling symbolic link: {root}/openspec/changes/archive/a5/tasks.md" in err


def test_schemas_say_which_files_hold_tasks(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = "name: s\nversion: 1\nartifacts:\n- {id: tasks, generates: 'todo/*.md', description: d, template: t.md}\napply:\n  requires: [tasks]\n"
    (root / "openspec/schemas/s").mkdir(parents=True)
    (root / "openspec/schemas/s/schema.yaml").write_text(schema + "  tracks: 'todo/*.md'\n")
    write(root, changes__c__specs__n__spec_md=ADDS, changes__c__todo__a_md="- x\n", changes__c__tasks_md="- y\n")
    (root / "openspec/changes/c/.openspec.yaml").write_text("schema: s\n")
    assert [issue["path"] for issue in run_json(capsys, "c")[1]["items"][0]["issues"]] == ["todo/a.md"]
    (root / "openspec/changes/c/.openspec.yaml").write_text("schema: unknown\n")
    assert run_json(capsys, "c")[1]["items"][0]["issues"] == []


def issues_of(capsys: pytest.CaptureFixture[str], name: str) -> list[str]:
    return [issue["message"] for issue in run_json(capsys, name, "--type", "change")[1]["items"][0]["issues"]]


def test_links_stay_where_they_belong(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(root, specs__a__spec_md=OK, elsewhere_md=ADDS, changes__in__specs__a__spec_md=ADDS, changes__out__proposal_md="x")
    for change, target in (("in", "../a/spec.md"), ("out", "../../../../elsewhere.md")):
        link = root / f"openspec/changes/{change}/specs/b/spec.md"
        link.parent.mkdir(parents=True)
        link.symlink_to(target)
    assert issues_of(capsys, "in") == []
    assert issues_of(capsys, "out") == [f"Path is outside the allowed directory: {root}/openspec/changes/out/specs/b/spec.md"]


def test_a_main_spec_that_is_changed_is_no_link(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        root,
        specs__a__spec_md=OK,
        changes__m__specs__b__spec_md=CHANGES_A,
        changes__n__specs__c__spec_md=CHANGES_A,
        changes__o__specs__c__spec_md=ADDS,
    )
    for name, target in (("b", "../a/spec.md"), ("c", "nowhere")):
        (root / f"openspec/specs/{name}").mkdir()
        (root / f"openspec/specs/{name}/spec.md").symlink_to(target)
    assert issues_of(capsys, "m") == [f"Path is outside the allowed directory: {root}/openspec/specs/b/spec.md"]
    assert issues_of(capsys, "n") == [f"Cannot verify dangling symbolic link: {root}/openspec/specs/c/spec.md"]
    assert issues_of(capsys, "o")[0].startswith("Could not check archive merge conflicts: Cannot verify dangling symbolic link: ")


def test_a_main_spec_from_outside_stops_everything(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "openspec/specs/a").mkdir()
    (root / "openspec/specs/a/spec.md").symlink_to("/etc/hostname")
    code, shown = run_json(capsys, "--all")
    assert (code, shown["status"][0]["code"]) == (1, "validate_error")
    assert shown["status"][0]["message"] == f"Path is outside the allowed directory: {root}/openspec/specs/a/spec.md"


def test_many_items_are_judged_in_shares_as_in_one_piece(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(200):
        write(
            root, **{f"specs__s{number}__spec_md": BAD if number % 7 == 0 else OK, f"changes__c{number}__specs__s{number}__spec_md": ADDS}
        )
    _, together = run_json(capsys, "--all")
    monkeypatch.setattr("setsquare.adapters.forked_shares.MOST_SHARES", 1)
    _, alone = run_json(capsys, "--all")
    for shown in (together, alone):
        for item in shown["items"]:
            del item["durationMs"]
    assert together == alone
    assert len(alone["items"]) == 400


def test_open_items_need_a_root_even_beside_archived_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert run_json(capsys, "--archived")[0] == 0
    for scope in ("--all", "--specs", "--changes"):
        code, shown = run_json(capsys, "--archived", scope)
        assert (code, shown["status"][0]["code"]) == (1, "no_openspec_root")
