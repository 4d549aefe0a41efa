"""A failed task is cut out of its run and played again elsewhere."""

from __future__ import annotations

import json
import shutil

import pytest

from setsquare.journeys.case import read_case

pytestmark = [pytest.mark.network, pytest.mark.usefixtures("sandboxed")]

WRONG = "def add(a, b):\n    return a - b\n"


@pytest.fixture
def failed(sum_project, spoken, run, tmp_path):
    """A run whose work never verifies."""
    project = sum_project(spoken.provider, spoken.origin)
    (project.folder / ".env").write_text("API_TOKEN=canary-9c1-not-for-others\n")
    looking = [spoken.call("list", {"path": name}) for name in ("src", "tests", ".")]
    spoken.says(*looking, spoken.call("write", {"path": "src/calc.py", "content": WRONG}), spoken.text("Done."))
    parked = run("run", "sum", "--format", "json")
    assert (parked.code, parked.json["code"]) == (1, "verification-failed")
    return project, parked.json["run"], tmp_path / "case.json"


# req: agent-runtime/6.5
@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
def test_a_failed_run_is_played_again_without_its_workspace(failed, run, spoken, monkeypatch, tmp_path):
    project, name, file = failed
    made = run("case", "export", name, str(file), "--format", "json")
    assert (made.code, made.json["code"]) == (0, "verification-failed")
    raw = file.read_bytes()
    assert b"canary-9c1" not in raw
    assert not any(each.path == ".env" for each in read_case(raw).files)
    spoken.dies()
    shutil.rmtree(project.folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    asked = run("case", "replay", str(file), "--format", "json")
    assert asked.code == 3, "nobody agreed to run a stranger's commands"
    played = run("case", "replay", str(file), "--yes", "--format", "json")
    assert (played.code, played.json["same"], played.json["seen"]) == (0, True, "verification-failed")
    assert not list(elsewhere.iterdir())

    smaller = tmp_path / "small.json"
    shrunk = run("case", "replay", str(file), "--yes", "--shrink", str(smaller), "--format", "json")
    assert shrunk.json["turns"] < made.json["turns"]
    assert run("case", "replay", str(smaller), "--yes").code == 0


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
def test_a_run_that_went_on_after_its_model_was_away_is_played_to_its_last_end(sum_project, spoken, run, tmp_path):
    sum_project(spoken.provider, spoken.origin)
    spoken.says(spoken.error(401))
    assert run("run", "sum", "--format", "json").json["code"] == "model-auth"
    spoken.says(spoken.call("write", {"path": "src/calc.py", "content": WRONG}), spoken.text("Done."))
    parked = run("run", "--resume", "--format", "json").json
    assert parked["code"] == "verification-failed"
    file = tmp_path / "case.json"
    assert run("case", "export", parked["run"], str(file)).code == 0
    played = run("case", "replay", str(file), "--yes")
    assert (played.code, "[]" in played.out) == (0, False), played.out


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
def test_a_case_that_ends_otherwise_is_told(failed, run):
    _, name, file = failed
    assert run("case", "export", name, str(file)).code == 0
    case = json.loads(file.read_text())
    case["ending"]["code"] = "looping"
    file.write_text(json.dumps(case))
    told = run("case", "replay", str(file), "--yes", "--format", "json")
    assert (told.code, told.json["same"], told.json["expected"]) == (1, False, "looping")


@pytest.mark.parametrize("spoken", ["chat"], indirect=True)
@pytest.mark.parametrize("path", ["../out.txt", "/etc/x", "a/../../x", ".git/hooks/pre-commit", "sub/.GIT/config", "a//b", "git~1/config"])
def test_a_hostile_case_writes_nowhere_else(failed, run, path, tmp_path):
    _, name, file = failed
    assert run("case", "export", name, str(file)).code == 0
    case = json.loads(file.read_text())
    case["files"].append({"path": path, "text": "planted"})
    file.write_text(json.dumps(case))
    refused = run("case", "replay", str(file), "--yes", "--format", "json")
    assert refused.code == 3
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"schema": "setsquare/case/9"}', b"\xff"])
def test_what_is_no_case_is_told(run, folder, raw):
    (folder / "case.json").write_bytes(raw)
    assert run("case", "replay", "case.json", "--yes").code == 2
