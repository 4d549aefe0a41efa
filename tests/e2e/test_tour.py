"""The tour: the whole main job, for real, and honest when something is wrong."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src"


def tour(package: Path, folder: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the tour of a copy of the package, as a process without a terminal."""
    environment = dict(os.environ) | {"PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    if path is not None:
        environment["PATH"] = path
    return subprocess.run(
        [sys.executable, "-m", "setsquare", "tour", "--format", "json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder in which one tour ran, and how that ended; for tests that only look."""
    folder = tmp_path_factory.mktemp("toured")
    return folder, tour(SOURCE, folder)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package that a test may change, with what Python compiled of it; a changed module is compiled again."""
    shutil.copytree(SOURCE, tmp_path / "package")
    return tmp_path / "package"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to run the tour in."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def git(folder: Path, *argv: str) -> str:
    """Run git and give what it prints."""
    return subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True, text=True).stdout


# req: tour/1.1, tour/1.2, tour/1.3, tour/1.5
def test_the_tour_runs_the_whole_job(toured: tuple[Path, subprocess.CompletedProcess[str]]):
    place, done = toured
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    folder = place / result["folder"]
    assert result["tasks_done"] == result["tasks_total"] > 0
    assert 0 in result["verifications"]
    assert any(code != 0 for code in result["verifications"]), "no test run failed first"
    assert all(row["state"] == "tested" for row in result["rows"]), result["rows"]
    assert result["took_s"] < 60
    assert "- [ ]" not in (folder / ".kiro/specs/user-authentication/tasks.md").read_text()
    subjects = git(folder, "log", "--format=%B")
    assert "Task: 1" in subjects
    assert "Requirement: 1.1" in subjects
    assert "design-review/user-authentication/1" in git(folder, "tag")
    assert subprocess.run([sys.executable, "-m", "unittest", "discover"], cwd=folder, capture_output=True, check=False).returncode == 0
    assert (folder / ".kiro/task-log.md").read_text().count("\n## ") == result["tasks_total"]


# req: tour/1.4
def test_the_report_is_one_file_without_scripts_or_foreign_loads(toured: tuple[Path, subprocess.CompletedProcess[str]]):
    place, done = toured
    result = json.loads(done.stdout)
    page = (place / result["report"]).read_text()
    assert "<script" not in page
    assert "http://" not in page.replace("http://127.0.0.1", "")
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert "Recorded" in page


def test_a_second_tour_takes_a_new_folder(place: Path):
    (place / "setsquare-tour").mkdir()
    assert json.loads(tour(SOURCE, place).stdout)["folder"] == "setsquare-tour-2"
    assert list((place / "setsquare-tour").iterdir()) == []


# req: tour/2.1
def test_a_tour_where_an_older_one_was_parked_and_deleted(package: Path, place: Path):
    """The state of a workspace is kept by its place; what stood there before is no run of what stands there now."""
    script = package / "setsquare/samples/accounts-model.jsonl"
    text = script.read_text()
    script.write_text(text.replace("salted", "peppered"))
    assert tour(package, place).returncode == 3
    shutil.rmtree(place / "setsquare-tour")
    script.write_text(text)
    time.sleep(1.1)
    done = tour(package, place)
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_changed_byte_in_a_test_ends_with_1_and_an_unticked_box(package: Path, place: Path):
    test = package / "setsquare/samples/accounts/tests/test_users.py"
    raw = test.read_bytes()
    at = raw.index(b"409")
    test.write_bytes(raw[:at] + b"408" + raw[at + 3 :])
    done = tour(package, place)
    assert done.returncode == 1, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["tasks_done"], result["outcome"]) == (0, "parked")
    assert all(code != 0 for code in result["verifications"])
    assert "- [x]" not in (place / result["folder"] / ".kiro/specs/user-authentication/tasks.md").read_text()


# req: tour/2.2
def test_another_question_than_the_recorded_one_gets_no_answer(package: Path, place: Path):
    requirements = package / "setsquare/samples/accounts/.kiro/specs/user-authentication/requirements.md"
    requirements.write_text(requirements.read_text().replace("500 ms", "600 ms"))
    done = tour(package, place)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["code"] == "needs-answer"
    assert not (place / "setsquare-tour/.setsquare").exists()


# req: tour/2.2
def test_another_edit_than_the_recorded_one_parks_the_run(package: Path, place: Path):
    script = package / "setsquare/samples/accounts-model.jsonl"
    text = script.read_text()
    assert "salted" in text
    script.write_text(text.replace("salted", "peppered"))
    done = tour(package, place)
    assert done.returncode == 3, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert (result["outcome"], result["tasks_done"]) == ("parked", 0)


# req: tour/2.3
def test_without_any_sandbox_it_says_so_and_ends_with_3(package: Path, place: Path):
    """Both backends are made unavailable in the copy: bubblewrap is not found, Landlock says that the kernel has none."""
    choose = package / "setsquare/adapters/sandboxes.py"
    choose.write_text(choose.read_text().replace("match name:", "match '':", 1))
    done = subprocess.run(
        [sys.executable, "-m", "setsquare", "tour"],
        cwd=place,
        env=dict(os.environ) | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 3, done.stdout + done.stderr
    said = [index for index, line in enumerate(done.stdout.splitlines()) if "has no sandbox" in line]
    assert len(said) == 2
    assert said[0] < 6
    assert "Draft the tasks" in done.stdout


# req: tour/2.4
def test_only_the_tour_constructs_the_recorded_person():
    """No flag, setting or variable leads to recorded answers: one function of the wire names the class, one command calls it."""
    naming = []
    for path in (SOURCE / "setsquare").rglob("*.py"):
        text = path.read_text()
        if not any(name in text for name in ("RecordedApprover", "tour_world")):
            continue
        tree = ast.parse(text)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("RecordedApprover", "tour_world"):
                inside = [function.name for function in functions if function.lineno <= node.lineno <= (function.end_lineno or 0)]
                naming.append((path.relative_to(SOURCE / "setsquare").as_posix(), inside[-1] if inside else "", node.func.id))
    assert sorted(naming) == [("surfaces/cli/tour.py", "command", "tour_world"), ("wire/__init__.py", "tour_world", "RecordedApprover")]
