"""Taking a run back beside what people wrote since: lines, files, folders, commits, branches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from setsquare.adapters.scripted import Turn

CALC = "src/calc.py"
BASE = "".join(f"# line {number}\n" for number in range(1, 9))


@pytest.fixture
def ready(scripted):
    """The project with a file to edit and no schema checks in the way."""
    (scripted.folder / "src/notes.txt").write_text(BASE)
    (scripted.folder / "src/run.sh").write_text("#!/bin/sh\n")
    scripted.project.git("add", "-A")
    scripted.project.git("commit", "-q", "-m", "notes")
    return scripted


def write(path: str, content: str) -> tuple[str, dict[str, object]]:
    return ("write", {"path": path, "content": content})


def edit(path: str, old: str, new: str) -> tuple[str, dict[str, object]]:
    return ("edit", {"path": path, "old": old, "new": new})


def shell(command: str) -> tuple[str, dict[str, object]]:
    return ("shell", {"command": command})


GOOD = write(CALC, "def add(a, b):\n    return a + b\n")


# req: guarded-run/4.4
# req: agent-runtime/4.3
def test_the_runs_lines_go_and_a_persons_stay(ready, run):
    notes = ready.folder / "src/notes.txt"
    name = ready(GOOD, edit("src/notes.txt", "# line 3\n", "# the run's three\n"))
    notes.write_text(notes.read_text().replace("# line 7\n", "# a person's seven\n") + "# a person's last\n")
    done = run("revert", name, "--format", "json")
    assert done.code == 0, done.err
    assert notes.read_text() == BASE.replace("# line 7\n", "# a person's seven\n") + "# a person's last\n"
    assert not (ready.folder / CALC).exists()
    assert done.json["merged"] == ["src/notes.txt"]
    assert done.json["conflicts"] == []
    again = run("revert", name, "--format", "json").json
    assert (again["restored"], again["merged"], again["conflicts"]) == ([], [], [])


def test_what_was_appended_after_the_runs_lines_stays_alone(ready, run):
    calc = ready.folder / CALC
    name = ready(GOOD, shell("echo '# run' >> src/notes.txt"))
    calc.write_text(calc.read_text() + "\n\ndef mine():\n    return 1\n")
    (ready.folder / "src/notes.txt").write_text((ready.folder / "src/notes.txt").read_text() + "# mine\n")
    assert run("revert", name).code == 0
    assert calc.read_text() == "\n\ndef mine():\n    return 1\n"
    assert (ready.folder / "src/notes.txt").read_text() == BASE + "# mine\n"


def test_a_conflict_is_listed_with_its_place_and_nothing_is_marked_in_the_file(ready, run):
    notes = ready.folder / "src/notes.txt"
    name = ready(GOOD, edit("src/notes.txt", "# line 3\n", "# run 3\n"), edit("src/notes.txt", "# line 8\n", "# run 8\n"))
    notes.write_text("# on top\n" + notes.read_text().replace("# run 3\n", "# run 3, by me\n"))
    done = run("revert", name, "--format", "json").json
    assert notes.read_text() == "# on top\n" + BASE.replace("# line 3\n", "# run 3, by me\n")
    assert done["conflicts"] == [{"path": "src/notes.txt", "first": 4, "last": 4}]
    assert done["merged"] == ["src/notes.txt"]
    said = run("revert", name)
    assert "src/notes.txt:4" in said.out
    assert "<<<<" not in notes.read_text()


def test_keep_edited_leaves_the_file_alone(ready, run):
    notes = ready.folder / "src/notes.txt"
    name = ready(GOOD, edit("src/notes.txt", "# line 3\n", "# run 3\n"))
    notes.write_text(notes.read_text() + "# mine\n")
    edited = notes.read_text()
    done = run("revert", name, "--keep-edited", "--format", "json").json
    assert (done["kept"], notes.read_text()) == (["src/notes.txt"], edited)
    assert CALC in done["restored"]


def test_a_dry_run_shows_the_change_and_writes_nothing(ready, run):
    name = ready(GOOD)
    before = ready.project.files()
    done = run("revert", name, "--dry-run")
    assert (done.code, ready.project.files()) == (0, before)
    assert f"deleted file {CALC}" in done.out
    assert "Nothing is written" in done.out
    assert run("revert", name, "--dry-run", "--format", "json").json["written"] is False


def test_what_a_person_wrote_between_two_steps_of_the_run_stays(ready, run):
    notes = ready.folder / "src/notes.txt"

    def person(number: int) -> None:
        if number == 3:
            notes.write_text(notes.read_text() + "# mine, in between\n")

    name = ready(
        GOOD,
        edit("src/notes.txt", "# line 1\n", "# run 1\n"),
        edit("src/notes.txt", "# line 5\n", "# run 5\n"),
        meanwhile=person,
    )
    assert run("revert", name).code == 0
    assert notes.read_text() == BASE + "# mine, in between\n"


def test_modes_links_deletions_and_empty_folders_come_back(ready, run):
    (ready.folder / "src/empty/inner").mkdir(parents=True)
    (ready.folder / "src/link").symlink_to("notes.txt")
    command = (
        "chmod +x src/notes.txt; rm src/run.sh; rm -r src/empty; ln -sfn calc.py src/link; mkdir -p src/made/deep; "
        "mkdir src/full; echo x > src/full/x; true"
    )
    name = ready(GOOD, shell(command))
    assert not (ready.folder / "src/run.sh").exists()
    assert (ready.folder / "src/made/deep").is_dir()
    assert run("revert", name).code == 0
    assert (ready.folder / "src/empty/inner").is_dir()
    assert os.readlink(ready.folder / "src/link") == "notes.txt"
    assert (ready.folder / "src/run.sh").read_text() == "#!/bin/sh\n"
    assert not (ready.folder / "src/notes.txt").stat().st_mode & 0o100
    assert not (ready.folder / "src/full").exists()
    assert not (ready.folder / "src/made").exists()


def test_a_file_that_a_person_renamed_is_followed(ready, run):
    name = ready(GOOD, edit("src/notes.txt", "# line 3\n", "# run 3\n"))
    ready.project.git("mv", "src/notes.txt", "src/renamed.txt")
    ready.project.git("commit", "-q", "-m", "rename")
    done = run("revert", name, "--commit")
    assert done.code == 0, done.err
    assert "src/renamed.txt" in done.out
    assert (ready.folder / "src/renamed.txt").read_text() == BASE
    assert not (ready.folder / "src/notes.txt").exists()
    assert ready.project.git("show", "HEAD:src/renamed.txt") == BASE
    assert ready.project.git("status", "--porcelain") == ""


def test_commits_are_taken_back_under_later_ones_and_nobodys_work_is_committed_along(ready, run):
    notes = ready.folder / "src/notes.txt"
    name = ready(GOOD, edit("src/notes.txt", "# line 3\n", "# run 3\n"))
    notes.write_text(notes.read_text().replace("# line 6\n", "# committed by me\n"))
    ready.project.git("commit", "-qam", "later")
    notes.write_text(notes.read_text() + "# not committed\n")
    done = run("revert", name, "--commit", "--format", "json")
    assert done.code == 0, done.err
    assert done.json["commit"] == ready.project.git("rev-parse", "HEAD").strip()
    wanted = BASE.replace("# line 6\n", "# committed by me\n")
    assert ready.project.git("show", "HEAD:src/notes.txt") == wanted
    assert notes.read_text() == wanted + "# not committed\n"
    assert ready.project.git("ls-tree", "HEAD", CALC) == ""
    assert ready.project.git("diff", "--cached", "--name-only") == ""


def test_on_another_branch_nothing_is_committed_and_it_is_said(ready, run):
    start = ready.project.git("rev-parse", "HEAD").strip()
    name = ready(GOOD)
    ready.project.git("checkout", "-q", "-b", "elsewhere", start)
    done = run("revert", name, "--commit")
    assert done.code == 0, done.err
    assert ready.project.git("rev-parse", "HEAD").strip() == start
    assert "not in the current branch" in done.out
    ready.project.git("checkout", "-q", "main")
    assert (ready.folder / CALC).exists()
    assert run("revert", name, "--commit", "--format", "json").json["commit"]
    assert not (ready.folder / CALC).exists()


def test_a_merged_branch_and_a_revert_by_hand(ready, run):
    ready.project.git("checkout", "-q", "-b", "work")
    name = ready(GOOD)
    ready.project.git("checkout", "-q", "main")
    (ready.folder / "README.md").write_text("# Sum\n")
    ready.project.git("add", "-A")
    ready.project.git("commit", "-qm", "other work")
    ready.project.git("merge", "-q", "--no-ff", "-m", "merge", "work")
    done = run("revert", name, "--commit", "--format", "json").json
    assert done["commit"]
    assert ready.project.git("ls-tree", "HEAD", CALC) == ""
    assert "README.md" in ready.project.git("ls-tree", "--name-only", "HEAD")


def test_what_a_person_reverted_already_is_not_done_twice(ready, run):
    name = ready(GOOD)
    ready.project.git("revert", "--no-edit", "HEAD")
    head = ready.project.git("rev-parse", "HEAD")
    done = run("revert", name, "--commit")
    assert (done.code, ready.project.git("rev-parse", "HEAD")) == (0, head)
    assert "Nothing to restore" in done.out
    assert "nothing to commit" in done.out


def test_one_task_is_taken_back_and_the_other_stays(ready, run):
    name = ready(
        write(CALC, "def add(a, b):\n    return a + b\n"),
        edit("src/notes.txt", "# line 3\n", "# first\n"),
        _done(),
        write("src/more.py", "def times(a, b):\n    return a * b\n"),
        edit("src/notes.txt", "# line 5\n", "# second\n"),
        tasks="1-2",
    )
    assert run("revert", name, "--task", "7").code == 2
    done = run("revert", name, "--task", "2", "--format", "json")
    assert done.code == 0, done.err
    assert (ready.folder / "src/notes.txt").read_text() == BASE.replace("# line 3\n", "# first\n")
    assert (ready.folder / CALC).exists()
    assert not (ready.folder / "src/more.py").exists()
    tasks = (ready.folder / ".kiro/specs/sum/tasks.md").read_text()
    assert "- [x] 1." in tasks
    assert "- [ ] 2." in tasks
    assert run("revert", name).code == 0
    assert (ready.folder / "src/notes.txt").read_text() == BASE


def _done():
    return Turn(text="Did it.")


# req: guarded-run/4.4
def test_an_ignored_file_within_the_scope_is_taken_back_after_a_command(ready, run):
    spec = ready.folder / ".kiro/specs/sum/tasks.md"
    spec.write_text(spec.read_text().replace("  - Write `src/**`\n", "  - Write `src/**` and `build/out.txt`\n", 1))
    (ready.folder / ".gitignore").write_text("build/\n")
    (ready.folder / "build").mkdir()
    (ready.folder / "build/out.txt").write_text("before\n")
    (ready.folder / "build/other.txt").write_text("not in scope\n")
    ready.project.git("add", "-A")
    ready.project.git("commit", "-qm", "ignore")
    assert run("approve", "sum", "tasks").code == 0
    name = ready(GOOD, shell("echo after > build/out.txt"))
    assert (ready.folder / "build/out.txt").read_text() == "after\n"
    assert "build/out.txt" not in ready.project.git("ls-tree", "-r", "--name-only", "HEAD")
    assert "+after" in run("diff", name).out
    assert run("revert", name).code == 0
    assert (ready.folder / "build/out.txt").read_text() == "before\n"


def test_what_cannot_be_taken_back_is_listed(ready, run, tmp_path):
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    name = ready(GOOD, shell(f"git push {remote} HEAD || true"))
    said = run("revert", name)
    beyond = run("revert", name, "--format", "json").json["beyond"]
    listed = [item for item in beyond if item["kind"] == "push"]
    refused = "git push" in run("log", name).out and not listed
    assert refused or (listed and "cannot be taken back" in said.out)


def test_no_hook_filter_or_configuration_of_the_workspace_runs(ready, run, tmp_path: Path):
    proof = tmp_path / "ran"
    name = ready(GOOD)
    (ready.folder / ".gitattributes").write_text("* filter=evil diff=evil\n")
    hooks = ready.folder / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {proof}\n")
        (hooks / hook).chmod(0o755)
    with (ready.folder / ".git/config").open("a") as config:
        config.write(f'[filter "evil"]\n\tclean = touch {proof}; cat\n\tsmudge = touch {proof}; cat\n')
        config.write(f'[diff "evil"]\n\ttextconv = touch {proof}; cat\n[core]\n\tfsmonitor = touch {proof}\n')
    for argv in (("checkpoints", name), ("diff", name), ("restore", name, "--step", "0", "--dry-run"), ("revert", name, "--commit")):
        assert run(*argv).code == 0
        assert not proof.exists(), argv
