"""Plans of several files whose process is killed: the next command completes them or takes them back, and overwrites nothing of a person's."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.intent_record import Intent, IntentFile, read, written
from setsquare.adapters.intents import Intents, end_cut_off
from setsquare.adapters.state import workspace_id
from setsquare.errors import StalePlan, StorageFailed
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, digest, removal, replacement

CLAUDE, SKILL = RelPath("CLAUDE.md"), RelPath(".claude/skills/a/SKILL.md")
OLD, MOVED = RelPath("openspec/old/AGENTS.md"), RelPath("deep/er/moved.md")
ODD = RelPath(os.fsdecode(b".claude/\xff\n.md"))
FILES = {CLAUDE: b"# Mine\n", OLD: b"moves\n", ODD: b"odd\n", RelPath("other.md"): b"other\n"}
PLAN = Plan(
    "Install skills",
    (
        replacement(CLAUDE, b"# Mine\n", b"# Mine\nand more\n"),
        creation(SKILL, b"skill\n" * 2_000),
        removal(OLD, b"moves\n"),
        creation(MOVED, b"moves\n"),
        replacement(ODD, b"odd\n", b"even\n"),
    ),
)
STEPS = ("open", "rename", "link", "unlink", "mkdir", "rmdir", "fsync", "fchmod", "write")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    lay(tmp_path / "w")
    return tmp_path / "w"


def lay(root: Path) -> None:
    """Make the files before the plan."""
    for path, raw in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(raw)
    (root / OLD).chmod(0o750)


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    """Read all files and folders below a root, with their rights."""
    return {
        os.fspath(path.relative_to(root)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes() if path.is_file() else b"")
        for path in root.rglob("*")
    }


def plans() -> list[Path]:
    return sorted((Path(os.environ["SETSQUARE_STATE"]) / "plans").glob("*"))


def killed(work: Callable[[], object], at: int, steps: tuple[str, ...] = STEPS) -> bool:
    """Run something in a process that is killed before its step number `at`; tell whether it was."""
    child = os.fork()
    if not child:
        count = 0

        def before(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                if function.__name__ != "open" or args[1] & os.O_CREAT:
                    if count == at:
                        os.kill(os.getpid(), signal.SIGKILL)
                    count += 1
                return function(*args, **kwargs)

            return call

        for name in steps:
            setattr(os, name, before(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def cut(root: Path, at_link_or_rename: int) -> None:
    """Kill the plan before one of its second names or renames."""
    assert killed(lambda: DiskFiles(root).apply(PLAN), at_link_or_rename, ("link", "rename"))


def kill_everywhere(names: bool) -> dict[str, object]:
    """Kill the plan before every step, and what ends it before every third or so; tell what was neither before nor after."""
    problems: list[str] = []
    ends: set[str] = set()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        base = Path(folder)
        os.environ["SETSQUARE_STATE"] = f"{folder}/state"
        if not names:

            def no_links(*_: object, **__: object) -> None:
                raise PermissionError(1, "Operation not permitted")

            os.link = no_links
        lay(base / "before")
        lay(base / "after")
        DiskFiles(base / "after").apply(PLAN)
        before, after = tree(base / "before"), tree(base / "after")
        at, is_killed, root = 0, True, base / "w"
        while is_killed:
            then, again = 0, True
            while again and (not then or at % 9 == 0):
                lay(root)
                is_killed = killed(lambda: DiskFiles(root).apply(PLAN), at)
                again = killed(lambda: end_cut_off(str(root)), then)
                lines = end_cut_off(str(root))
                ends |= {word for line in lines for word in ("completed", "taken back") if word in line}
                found = tree(root)
                if found not in (before, after) or plans() or len(lines) > 1:
                    odd = sorted(name for name in found.keys() | after.keys() if found.get(name) != after.get(name))
                    problems.append(f"{at}/{then}: {odd} {lines} {plans()}")
                shutil.rmtree(root)
                then += 1
            at += 1
    return {"problems": problems, "ends": sorted(ends), "steps": at}


# req: workspace/3.5
@pytest.mark.parametrize("names", [True, False])
def test_killed_before_any_step_it_is_all_before_or_all_after(names: bool) -> None:
    """The process dies by SIGKILL before each step, and so does the one that then ends the plan; also where a file cannot have two names."""
    done = subprocess.run([sys.executable, __file__, str(int(names))], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told["ends"] == ["completed", "taken back"]
    assert told["steps"] > 40


# req: workspace/3.5
def test_the_next_plan_ends_the_one_before_and_says_so(root: Path) -> None:
    cut(root, 3)
    told: list[str] = []
    DiskFiles(root, told.append).apply(Plan("Note", (replacement(CLAUDE, b"# Mine\nand more\n", b"# Mine\nand mine\n"),)))
    [line] = told
    assert line.startswith("Install skills had been cut off. It is completed: ")
    assert "\n" not in line
    assert (root / CLAUDE).read_bytes() == b"# Mine\nand mine\n"
    assert (root / MOVED).read_bytes() == b"moves\n"
    assert not (root / OLD).exists()
    assert not plans()


# req: workspace/3.6
@pytest.mark.parametrize("at", [2, 4, 5])
@pytest.mark.parametrize("path", [CLAUDE, SKILL, OLD, ODD])
def test_what_a_person_changed_meanwhile_stays(root: Path, at: int, path: RelPath) -> None:
    cut(root, at)
    was = {name: raw for name, (_, raw) in tree(root).items()}
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(b"by a person\n")
    held = tree(root)
    [line] = end_cut_off(str(root))
    assert (root / path).read_bytes() == b"by a person\n"
    assert path.replace("\n", "�").encode("utf-8", "replace").decode() in line.encode("utf-8", "replace").decode() or path == ODD
    assert "nothing is overwritten" in line
    assert "\n" not in line
    if plans():
        assert tree(root) == held, "nothing else is touched while a person has to decide"
        assert str(plans()[0]) in line
        assert end_cut_off(str(root)) == (line,)
        # Once the file is as it was, the next command ends the plan.
        (root / path).write_bytes(was[path]) if path in was else (root / path).unlink()
        [line] = end_cut_off(str(root))
        assert "completed" in line
    beside = [name for name in tree(root) if ".setsquare-" in name]
    assert all(f"as it was before is in {name}" in line for name in beside)
    assert not plans()


def test_a_file_that_a_person_changed_first_keeps_the_old_text_beside(root: Path) -> None:
    cut(root, 3)
    assert (root / CLAUDE).read_bytes() == b"# Mine\nand more\n"
    (root / SKILL).unlink()
    (root / CLAUDE).write_bytes(b"by a person\n")
    [line] = end_cut_off(str(root))
    [beside] = [name for name in tree(root) if ".setsquare-" in name]
    assert (root / beside).read_bytes() == b"# Mine\n"
    assert f"CLAUDE.md as it was before is in {beside}" in line
    assert not plans()


def test_a_plan_that_waits_for_a_person_is_no_hindrance_to_another(root: Path) -> None:
    cut(root, 4)
    (root / CLAUDE).write_bytes(b"by a person\n")
    told: list[str] = []
    DiskFiles(root, told.append).apply(Plan("Note", (creation(RelPath("a.md"), b"a"), creation(RelPath("b.md"), b"b"))))
    assert told == []
    assert len(plans()) == 1
    assert (root / "b.md").read_bytes() == b"b"


def test_where_what_stands_beside_is_gone_it_is_taken_back(root: Path) -> None:
    """As `git clean` does before anything else is tried."""
    before = tree(root)
    cut(root, 3)
    fresh = [root / name for name, (_, raw) in tree(root).items() if ".setsquare-" in name and raw in (b"even\n", b"moves\n")]
    assert fresh
    for path in fresh:
        path.unlink()
    [line] = end_cut_off(str(root))
    assert "taken back" in line
    assert tree(root) == before


def test_where_all_that_stands_beside_is_gone_a_person_decides(root: Path) -> None:
    cut(root, 3)
    for path in root.rglob(".setsquare-*.tmp"):
        path.unlink()
    held = tree(root)
    [line] = end_cut_off(str(root))
    assert "neither be completed nor taken back" in line
    assert tree(root) == held
    plans()[0].unlink()
    assert end_cut_off(str(root)) == ()


def test_a_plan_that_goes_on_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once: one looks while the other writes, and one that writes waits for the other."""
    reached, go = threading.Event(), threading.Event()
    real = os.link

    def wait(*args: object, **kwargs: object) -> None:
        reached.set()
        assert go.wait(10)
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "link", wait)
    writer = threading.Thread(target=lambda: DiskFiles(root).apply(PLAN))
    writer.start()
    assert reached.wait(10)
    held = tree(root)
    assert end_cut_off(str(root)) == ()
    assert tree(root) == held
    assert len(plans()) == 1
    told: list[str] = []
    failures: list[StalePlan] = []

    def second() -> None:
        try:
            DiskFiles(root, told.append).apply(PLAN)
        except StalePlan as failure:
            failures.append(failure)

    other = threading.Thread(target=second)
    other.start()
    go.set()
    writer.join(10)
    other.join(10)
    assert (len(failures), told) == (1, [])
    assert (root / MOVED).read_bytes() == b"moves\n"
    assert not [name for name in tree(root) if ".setsquare-" in name]
    assert not plans()


def test_a_lock_on_the_record_alone_says_that_its_process_lives(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have no locks: there the state folder's lock tells."""
    intent = Intent(folder=os.fspath(root), title="t", files=(IntentFile(path=CLAUDE, before=digest(b"a"), after=digest(FILES[CLAUDE])),))
    with Intents(os.fspath(root)).noted(intent) as undertaken:
        assert end_cut_off(str(root)) == ()
        undertaken.is_settled = False
    assert len(end_cut_off(str(root))) == 1


def test_a_failure_leaves_no_record_and_a_read_only_folder_nothing_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real = tree(root), os.mkdir

    def refuse(name: str, *args: object, **kwargs: object) -> None:
        if name == "skills":
            raise PermissionError(13, "Permission denied")
        real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StorageFailed):
        DiskFiles(root).apply(PLAN)
    assert tree(root) == before
    assert not plans()
    assert end_cut_off(str(root)) == ()


def test_what_cannot_be_ended_yet_is_ended_later(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder became read-only after the kill."""
    cut(root, 3)
    with monkeypatch.context() as patched:

        def refuse(*_: object, **__: object) -> None:
            raise OSError(30, "Read-only file system")

        for name in ("rename", "link", "unlink"):
            patched.setattr(os, name, refuse)
        held = tree(root)
        [line] = end_cut_off(str(root))
        assert "cannot be ended yet: Read-only file system" in line
        assert tree(root) == held
    [line] = end_cut_off(str(root))
    assert "completed" in line


def test_what_could_not_be_put_back_is_put_back_by_the_next_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, count = tree(root), os.rename, [0]

    def fail(*args: object, **kwargs: object) -> None:
        count[0] += 1
        if count[0] >= 2:
            raise OSError(5, "Input/output error")
        real(*args, **kwargs)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", fail)
        with pytest.raises(StorageFailed):
            DiskFiles(root).apply(PLAN)
    assert len(plans()) == 1
    [line] = end_cut_off(str(root))
    assert "taken back" in line
    assert tree(root) == before


def test_one_file_needs_no_record(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Intents, "_put", unused)
    inode = (root / CLAUDE).stat().st_ino
    DiskFiles(root).apply(Plan("one", (replacement(CLAUDE, b"# Mine\n", b"x"),)))
    assert (root / CLAUDE).stat().st_ino != inode
    assert not plans()


def test_where_no_state_can_be_kept_a_plan_is_applied_without_a_record(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (str(root / CLAUDE / "state"), str(root / "inside"), "relative"):
        monkeypatch.setenv("SETSQUARE_STATE", state)
        DiskFiles(root).apply(Plan("two", (creation(RelPath("a.md"), b"a"), creation(RelPath("b.md"), b"b"))))
        assert end_cut_off(str(root)) == ()
        (root / "a.md").unlink()
        (root / "b.md").unlink()
    assert not (root / "inside").exists()


def test_a_home_holds_its_own_records(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("SETSQUARE_STATE", str(root / ".state"))
    cut(root, 3)
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir()
    [line] = end_cut_off(str(elsewhere))
    assert "completed" in line


def test_the_plans_of_other_folders_are_left_alone(root: Path) -> None:
    cut(root, 3)
    (root.parent / "other").mkdir()
    assert end_cut_off(str(root.parent / "other")) == ()
    assert len(plans()) == 1
    assert len(end_cut_off(str(root / ".claude"))) == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"folder": "/", "title": "t", "files": [{"path": "../x"}]}'])
def test_a_record_that_is_not_whole_was_never_begun(root: Path, raw: bytes) -> None:
    before = tree(root)
    place = Path(os.environ["SETSQUARE_STATE"]) / "plans" / f"{workspace_id(str(root))}.0.plan"
    place.parent.mkdir(parents=True)
    place.write_bytes(raw)
    assert end_cut_off(str(root)) == ()
    DiskFiles(root).apply(Plan("one", (creation(RelPath("a.md"), b"a"),)))
    (root / "a.md").unlink()
    assert tree(root) == before
    assert not plans()


def test_a_record_never_reaches_out_of_its_folder(root: Path) -> None:
    outside = root.parent / "outside.md"
    outside.write_bytes(b"kept")
    (root / "led").symlink_to(root.parent)
    for path, fresh in (("../outside.md", ""), ("led/outside.md", ""), ("a.md", "../outside.md"), (".git/config", "")):
        intent = Intent(folder=str(root), title="t", files=(IntentFile(path=RelPath(path), before=digest(b"kept"), fresh=fresh),))
        place = Path(os.environ["SETSQUARE_STATE"]) / "plans" / f"{workspace_id(str(root))}.0.plan"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(written(intent))
        end_cut_off(str(root))
        assert outside.read_bytes() == b"kept"
        assert (read(written(intent)) is None) == (".." in path or bool(fresh))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(kill_everywhere(sys.argv[1] == "1")))
