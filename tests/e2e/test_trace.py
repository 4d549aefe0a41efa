"""The trace commands over a small project: links of every kind, results, gaps, and what ends with which code."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from setsquare.surfaces.cli.loading import result_type

NEEDS = (
    "# Requirements\n\n### Requirement 1: Login\n\n#### Acceptance Criteria\n\n1. WHEN a user signs in, THE Login SHALL issue a token\n"
    "2. IF the password is wrong, THEN THE Login SHALL refuse\n3. THE Login SHALL log each refusal\n"
)
DESIGN = (
    "# Design\n\n## Tokens\n\nRequirements: 1.1\n\n## Correctness Properties\n\n### Property 1: Refusal\n\n*For any* wrong password.\n\n"
    "**Validates: Requirements 1.2**\n"
)
TASKS = "# Plan\n\n- [x] 1. Issue tokens\n  - _Requirements: 1.1_\n- [x] 2. Refuse\n  - _Requirements: 1.2, 8.8, All_\n"
CODE = "# req: login/1.1\ndef issue():\n    return 1\n"
TESTS = (
    'import pytest\n\n\n@pytest.mark.req("login/1.1")\ndef test_issue():\n    assert True\n\n\n'
    'def test_refuse():\n    """Feature: login, Property 1: Refusal"""\n\n\ndef test_gone():\n    # req: login/7.7\n'
)
REPORT = (
    '<testsuite name="pytest"><testcase classname="tests.test_login" name="test_issue"/>'
    '<testcase classname="tests.test_login" name="test_refuse"><failure message="no"/></testcase></testsuite>'
)


class Ended(Protocol):
    """How a command line ended."""

    code: int
    out: str
    err: str


def read(ended: Ended) -> Any:
    """Read an output and hold it against its type."""
    value = json.loads(ended.out)
    msgspec.convert(value, result_type(value["schema"].split("/")[1]))
    return value


@pytest.fixture
def project(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    for name, text in {
        ".kiro/specs/login/requirements.md": NEEDS,
        ".kiro/specs/login/design.md": DESIGN,
        ".kiro/specs/login/tasks.md": TASKS,
        "src/login.py": CODE,
        "tests/test_login.py": TESTS,
        "junit.xml": REPORT,
        "node_modules/x/index.js": "// req: login/9.9\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def states(run: Any, *arguments: str) -> dict[str, str]:
    value = read(run("trace", "matrix", "--format", "json", *arguments))
    return {row["criterion"]: row["state"] for row in value["rows"]}


def test_status_counts(run: Any, project: Path):
    value = read(run("trace", "status", "--format", "json"))
    assert list(value)[:5] == ["schema", "references", "criteria", "coverage", "specs"]
    assert list(value["specs"][0])[:5] == ["spec", "root", "references", "criteria", "coverage"]
    assert value["references"] == {"total": 5, "resolved": 3, "dangling": 1, "prose": 1}
    assert (value["criteria"], value["coverage"]) == (3, 0.6667)
    assert value["states"] == {"uncovered": 1, "planned": 0, "implemented": 2, "verified": 0}
    measures = value["measures"]
    assert (measures["design"], measures["code"], measures["test"], measures["orphans"]) == (2, 1, 2, 1)
    assert (measures["properties"], measures["properties_tested"]) == (1, 1)
    assert run("trace", "status").code == 0


def test_status_of_several_paths_and_of_parts(run: Any, project: Path, tmp_path: Path):
    other = tmp_path / "other" / ".kiro" / "specs" / "pay"
    other.mkdir(parents=True)
    (other / "requirements.md").write_text(NEEDS)
    two = read(run("trace", "status", ".", str(tmp_path / "other"), "--format", "json"))
    assert [item["spec"] for item in two["specs"]] == ["login", "pay"]
    assert (two["criteria"], two["references"]["total"]) == (6, 5)
    for part in (".kiro/specs/login", ".kiro/specs/login/tasks.md", ".kiro"):
        one = read(run("trace", "status", part, "--format", "json"))
        assert one["specs"][0]["references"]["total"] == 5, part
    again = read(run("trace", "status", ".", "./", ".kiro/specs", "--format", "json"))
    assert again["criteria"] == 3
    missing = run("trace", "status", "nowhere")
    assert (missing.code, missing.out) == (2, "")


def test_status_needs_no_place_for_state(run: Any, project: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SETSQUARE_STATE", str(project / "within"))
    assert read(run("trace", "status", "--format", "json"))["criteria"] == 3
    assert not (project / "within").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--min-coverage", "66"), 0),
        (("--min-coverage", "67"), 1),
        (("--min-verified", "1"), 1),
        (("--min-verified", "0"), 0),
        (("--min-coverage", "101"), 2),
    ],
)
def test_a_share_that_is_not_reached_ends_with_1(run: Any, project: Path, arguments: tuple[str, ...], code: int):
    assert run("trace", "status", *arguments).code == code


def test_recorded_results_prove_until_a_file_changes(run: Any, project: Path):
    assert states(run) == {"1.1": "implemented", "1.2": "implemented", "1.3": "uncovered"}
    done = read(run("trace", "record", "junit.xml", "--format", "json"))
    assert (done["results"], done["linked"], done["matched"]) == (2, 2, 2)
    assert states(run)["1.1"] == "verified"
    (project / "src" / "other.py").write_text("x = 1\n")
    assert states(run)["1.1"] == "verified", "a file that is not linked changed"
    (project / "src" / "login.py").write_text(CODE + "# changed\n")
    assert states(run)["1.1"] == "implemented"
    assert "src/login.py changed since the result was recorded" in run("trace", "explain", "1.1").out
    (project / "src" / "login.py").write_text(CODE)
    assert states(run)["1.1"] == "verified"
    assert not list(project.rglob("results.json")), "results are no data of the team"


def test_results_that_a_person_vouches_for(run: Any, project: Path):
    assert states(run, "--results", "junit.xml")["1.1"] == "verified"
    assert states(run)["1.1"] == "implemented"
    value = read(run("trace", "status", "--results", "junit.xml", "--min-verified", "30", "--format", "json"))
    assert value["states"]["verified"] == 1


@pytest.mark.parametrize("raw", ["", "<html/>", '<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', "<testsuite>"])
def test_a_report_that_cannot_be_read_is_refused(run: Any, project: Path, raw: str):
    (project / "bad.xml").write_text(raw)
    for arguments in (("record", "bad.xml"), ("status", "--results", "bad.xml"), ("matrix", "--results", "nowhere.xml")):
        ended = run("trace", *arguments)
        assert ended.code == 2
        assert ended.err


def test_explain_tells_everything(run: Any, project: Path):
    run("trace", "record")
    (found,) = read(run("trace", "explain", "login/1.2", "--format", "json"))["criteria"]
    line = found["line"]
    assert (line["state"], line["reason"]) == ("implemented", "test_refuse failed: no")
    assert line["design"] == ["Property 1: Refusal"]
    assert [(check["name"], check["result"], check["proves"]) for check in line["checks"]] == [("test_refuse", "failed", False)]
    assert (found["path"], found["at_line"]) == (".kiro/specs/login/requirements.md", 8)
    text = run("trace", "explain", "1.1").out
    for part in ("verified", "1 Issue tokens (done)", "Tokens", "src/login.py:1", "✓ tests/test_login.py:4 test_issue"):
        assert part in text
    assert len(read(run("trace", "explain", "login/1", "--format", "json"))["criteria"]) == 3
    for wanted in ("9.9", "login/9.9", "nope/1.1"):
        ended = run("trace", "explain", wanted)
        assert (ended.code, bool(ended.err)) == (2, True)


def test_orphans_are_what_leads_nowhere(run: Any, project: Path):
    ended = run("trace", "orphans", "--format", "json")
    found = [(item["kind"], item["path"], item["written"]) for item in read(ended)["orphans"]]
    assert ended.code == 1
    assert found == [("implements", ".kiro/specs/login/tasks.md", "8.8"), ("code", "tests/test_login.py", "7.7")]
    (project / "tests" / "test_login.py").write_text("")
    (project / ".kiro/specs/login/tasks.md").write_text(TASKS.replace(", 8.8", ""))
    clean = run("trace", "orphans")
    assert (clean.code, clean.out) == (0, "No orphan: every link leads to something that exists.\n")


def test_gaps(run: Any, project: Path):
    for command, expected in (("uncovered", ["1.3"]), ("untested", ["1.3"])):
        ended = run("trace", command, "--format", "json")
        value = read(ended)
        assert (ended.code, value["total"], [gap["criterion"] for gap in value["gaps"]]) == (1, 3, expected)
    with (project / ".kiro/specs/login/tasks.md").open("a") as tasks:
        tasks.write("- [ ] 3. Log\n  - _Requirements: 1.3_\n")
    assert run("trace", "uncovered").code == 0


# req: spec-engine/3.4
def test_matrix_in_every_format(run: Any, project: Path):
    assert "login" in run("trace", "matrix", "--all").out or run("trace", "matrix", "--all").code == 0
    html = run("trace", "matrix", "--format", "html").out
    assert html.startswith("<!doctype html>")
    assert 'class="weave"' in html
    rows = list(csv.reader(run("trace", "matrix", "--format", "csv").out.splitlines()))
    assert [row[0].partition(" ")[0] for row in rows] == ["requirement", "1.1", "1.2", "1.3"]
    assert run("trace", "matrix", "--format", "md").out.count("\n|") == 4
    second = project / ".kiro/specs/pay"
    second.mkdir()
    (second / "requirements.md").write_text(NEEDS)
    assert run("trace", "matrix").code == 2
    many = run("trace", "matrix", "--all", "--format", "csv").out.splitlines()
    assert (many[0].partition(",")[0], len(many)) == ("spec", 7)
    assert run("trace", "matrix", "login", "pay", "--format", "html").out.count('<section class="spec"') == 2


def linked(run: Any) -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Say for each text which tasks, design parts and tests serve it."""
    rows = read(run("trace", "matrix", "--format", "json"))["rows"]
    return {
        row["text"]: ([task["task"] for task in row["tasks"]], row["design"], [check["name"] for check in row["checks"]]) for row in rows
    }


def test_a_new_number_leads_no_link_to_another_criterion(run: Any, project: Path):
    needs = project / ".kiro/specs/login/requirements.md"
    before = linked(run)
    assert run("trace", "lock").code == 0
    needs.write_text(
        NEEDS.replace("1. WHEN", "1. THE Login SHALL greet\n2. WHEN").replace("\n2. IF", "\n3. IF").replace("\n3. THE", "\n4. THE")
    )
    after = linked(run)
    assert after.pop("THE Login SHALL greet") == ([], [], [])
    assert after == before
    needs.write_text(NEEDS.replace("2. IF the password is wrong, THEN THE Login SHALL refuse\n3.", "2."))
    removed = linked(run)
    assert removed["THE Login SHALL log each refusal"] == ([], [], [])
    assert "Its criterion was removed" in run("trace", "orphans").out


def test_what_changed_since_it_was_linked_is_suspect(run: Any, project: Path):
    run("trace", "lock")
    run("trace", "waive", "login/1.3", "--reason", "next year")
    needs = project / ".kiro/specs/login/requirements.md"
    needs.write_text(NEEDS.replace("issue a token", "issue two tokens"))
    value = read(run("trace", "status", "--format", "json"))
    assert (value["measures"]["suspect"], value["measures"]["waived"]) == (1, 1)
    (found,) = read(run("trace", "explain", "1.1", "--format", "json"))["criteria"]
    assert {"suspect", "needs-revision"} <= {item["kind"] for item in found["line"]["overlays"]}
    assert {item["source"] for item in found["suspect"]} == {"1", "Tokens", "src/login.py", "tests/test_login.py"}
    assert found["uid"]
    ended = run("trace", "uncovered", "--format", "json")
    assert (ended.code, [gap["waived"] for gap in read(ended)["gaps"]]) == (0, ["next year"])


def test_commit_trailers_are_code(run: Any, project: Path):
    (project / "src/refuse.py").write_text("x = 1\n")
    subprocess.run(["git", "add", "src/refuse.py"], cwd=project, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "Refuse\n\nTask: login#2"], cwd=project, check=True)
    value = read(run("trace", "matrix", "--format", "json"))
    assert value["rows"][1]["code"] == ["src/refuse.py"]


def test_a_specs_words_cannot_redraw_a_terminal(run: Any, project: Path):
    place = project / ".kiro/specs/login/requirements.md"
    place.write_text(NEEDS.replace("issue a token", "issue \x1b[2J a token"))
    (project / "src/evil.py").write_text("# req: login/\x1b[2J9.9\n")
    for command in (("matrix",), ("explain", "1.1"), ("orphans",), ("untested",), ("status",)):
        assert "\x1b" not in run("trace", *command).out


def test_two_specs_of_one_name_are_told_apart(run: Any, folder: Path, git: Any):
    for root in ("one", "two"):
        place = folder / root / ".kiro" / "specs" / "cart"
        place.mkdir(parents=True)
        (place / "requirements.md").write_text(
            "# Requirements Document\n\n### Requirement 1\n\n#### Acceptance Criteria\n\n1. THE Cart SHALL beep\n"
        )
    assert [line.split("  ")[0] for line in run("trace", "status").out.splitlines()[1:3]] == ["cart (one/.kiro)", "cart (two/.kiro)"]
    assert [line.partition(":")[0] for line in run("trace", "lock").out.splitlines()] == ["one/.kiro/specs/cart", "two/.kiro/specs/cart"]
