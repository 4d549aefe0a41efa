"""Features of Spec Kit among the specs of a workspace: status, check, trace, drift of approvals, and nothing is ever written to them."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = (
    "# Feature Specification: Pay\n\n### User Story 1 - Card (Priority: P1)\n\n1. **Given** a cart, **When** I pay, **Then** it is sent\n\n"
    "## Requirements\n\n- **FR-001**: System MUST charge once\n- **FR-002**: System MUST send a bill\n"
)
TASKS = "# Tasks: Pay\n\n## Phase 1: User Story 1\n\n- [X] T001 [US1] Charge in src/pay.py (FR-001)\n- [ ] T002 [US1] Send\n"


@pytest.fixture
def tree(folder: Path, git) -> Path:
    files = {
        "specs/001-pay/spec.md": SPEC,
        "specs/001-pay/plan.md": "# Implementation Plan: Pay\n\n## Summary\n\nA till.\n",
        "specs/001-pay/tasks.md": TASKS,
        "specs/001-pay/checklists/requirements.md": "- [x] CHK001 Clear?\n",
        "tests/test_pay.py": "# req: 001-pay/FR-001\ndef test_charge(): pass\n\n# req: speckit/001-pay/1.1\ndef test_sent(): pass\n",
        ".specify/memory/constitution.md": "# C\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    return folder


def digest(tree: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted((tree / "specs").rglob("*")) if path.is_file())).hexdigest()


# req: openspec-interop/1.2
def test_status_names_them_and_how_agents_may_work_on_them(tree, run) -> None:
    ran = run("status", "--format", "json")
    (spec,) = ran.json["specs"]
    assert (spec["spec"], spec["tasks_done"], spec["tasks_total"]) == ("001-pay", 1, 2)
    assert ran.json["next"] == "setsquare convert specs/001-pay --from speckit --to kiro"
    assert run(*ran.json["next"].split()[1:], "--dry-run").code == 0
    path = tree / "specs/001-pay/tasks.md"
    path.write_text(path.read_text().replace("[ ]", "[x]"))
    assert run("status", "--format", "json").json["specs"][0]["next"] == ""


# req: openspec-interop/1.2
def test_the_check_is_quiet_on_what_is_sound_and_finds_what_is_not(tree, run) -> None:
    assert run("check").out.startswith("No findings")
    spec, tasks = tree / "specs/001-pay/spec.md", tree / "specs/001-pay/tasks.md"
    spec.write_text(SPEC.replace("FR-002", "FR-001").replace("once", "[NEEDS CLARIFICATION: how often?]"))
    tasks.write_text(TASKS.replace("[US1] Send", "[US3] Send"))
    found = {(one["code"], one["path"], one["line"]) for one in run("check", "--format", "json").json["findings"]}
    assert found == {
        ("KIT001", "specs/001-pay/spec.md", 9),
        ("KIT002", "specs/001-pay/spec.md", 10),
        ("TRC001", "specs/001-pay/tasks.md", 6),
    }
    only = {one["code"] for one in run("check", "specs/001-pay/tasks.md", "--format", "json").json["findings"]}
    assert only == {"TRC001"}


# req: openspec-interop/1.2
@pytest.mark.parametrize("name", ["001-pay/FR-001", "speckit/001-pay/FR-001", "specs/001-pay/FR-001", "FR-001"])
def test_a_demand_is_traced_by_its_own_id(tree, run, name: str) -> None:
    ran = run("trace", "explain", name)
    assert ran.code == 0, ran.err
    assert "T001 Charge in src/pay.py" in ran.out
    assert "tests/test_pay.py:1" in ran.out
    status = run("trace", "status", "--format", "json").json
    assert (status["references"]["total"], status["references"]["dangling"]) == (3, 0)
    assert run("trace", "orphans").code == 0
    assert "FR-002" in run("trace", "untested").out
    assert "FR-002" not in run("trace", "uncovered").out


# req: openspec-interop/1.2
def test_changes_are_told_since_the_last_commit_and_since_an_approval(tree, run, git) -> None:
    assert run("trace", "lock").code == 0
    assert run("approve", "001-pay", "requirements").code == 0
    path = tree / "specs/001-pay/spec.md"
    path.write_text(SPEC.replace("charge once", "charge twice"))
    ran = run("impact")
    assert "FR-001" in ran.out
    assert "tests/test_pay.py:1" in ran.out
    assert "FR-001" in run("status").out
    assert run("trace", "suspect").out.count("tests/test_pay.py:1") == 1


# req: openspec-interop/1.2
@pytest.mark.parametrize(
    "argv",
    [
        ("run", "001-pay"),
        ("draft", "design", "001-pay"),
        ("spec", "move", "001-pay", "x"),
        ("spec", "rename", "001-pay", "x"),
        ("spec", "archive", "001-pay"),
    ],
)
def test_nothing_writes_to_a_feature(tree, run, argv: tuple[str, ...]) -> None:
    before = digest(tree)
    assert run(*argv).code != 0
    for looking in (("check", "--fix"), ("status",), ("trace", "matrix", "001-pay"), ("drift",), ("spec", "status", "001-pay")):
        run(*looking)
    assert digest(tree) == before


def test_without_features_nothing_of_spec_kit_is_imported(folder: Path) -> None:
    code = (
        "import sys; from setsquare.__main__ import main; main(['check']); "
        "sys.exit(any(name.startswith('setsquare.workspace.speckit.') and not name.endswith('.model') for name in sys.modules))"
    )
    (folder / ".kiro/specs/a").mkdir(parents=True)
    (folder / ".kiro/specs/a/tasks.md").write_text("- [ ] 1. Go\n")
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False).returncode == 0
