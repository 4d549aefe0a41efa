"""The place of archives on disk: all or nothing, whatever ends the process, and wherever it is ended."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from setsquare.adapters.archive_folders import DiskArchivePlace
from setsquare.errors import StorageFailed
from setsquare.ports.archive_place import ArchivePlan, Changed, Claimed, End, SpecWrite
from setsquare.ports.planning import EntryKind
from setsquare.text.paths import RelPath

CHANGE = RelPath("openspec/changes/c")
TARGET = RelPath("openspec/changes/archive/2026-01-02-c")
LONG = b"old text\r\n" * 400
FILES = {
    f"{CHANGE}/.openspec.yaml": b"schema: spec-driven\n",
    f"{CHANGE}/proposal.md": b"# Why\n",
    f"{CHANGE}/specs/a/spec.md": b"## ADDED Requirements\n",
    "openspec/specs/a/spec.md": b"old a\n",
    "openspec/specs/b/spec.md": LONG,
    "openspec/specs/gone/deep/spec.md": b"goes\n",
}
WRITES = (
    SpecWrite(path=RelPath("openspec/specs/a/spec.md"), old=b"old a\n", new=b"new a, which is longer than it was\n" * 50),
    SpecWrite(path=RelPath("openspec/specs/b/spec.md"), old=LONG, new=b"short\r\n"),
    SpecWrite(path=RelPath("openspec/specs/fresh/deep/spec.md"), old=None, new=b"fresh\n"),
    SpecWrite(path=RelPath("openspec/specs/gone/deep/spec.md"), old=b"goes\n", new=None),
)


def lay(root: Path) -> None:
    """Make the tree before the archive."""
    for name, raw in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)


def tree(root: Path) -> dict[str, bytes | None]:
    """Read all files and folders below a root."""
    return {path.relative_to(root).as_posix(): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def plan_of(place: DiskArchivePlace) -> ArchivePlan:
    """Plan the archive of the tree as it stands."""
    return ArchivePlan(change="c", source=CHANGE, target=TARGET, writes=WRITES, inputs=place.inputs(CHANGE))


def killing(at: int) -> Callable[[str], None]:
    """Kill this process before its step number `at`."""
    count = 0

    def on_step(_step: str) -> None:
        nonlocal count
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    return on_step


def in_child(work: Callable[[], object]) -> bool:
    """Run something in a process of its own and tell whether it was killed."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def failing(at: int, error: OSError) -> Callable[[str], None]:
    """Fail before step number `at`."""
    count = 0

    def on_step(_step: str) -> None:
        nonlocal count
        count += 1
        if count == at + 1:
            raise error

    return on_step


def kill_everywhere(*, copies: bool) -> dict[str, object]:
    """Kill an archive before every step, and its recovery before every step of that; tell what was neither before nor after."""
    problems: list[str] = []
    ends: set[str] = set()
    steps = 0
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        base = Path(folder)
        for name in ("before", "after"):
            (base / name).mkdir()
            lay(base / name)
        DiskArchivePlace(str(base / "after")).carry_out(plan_of(DiskArchivePlace(str(base / "after"))))
        before, after = tree(base / "before"), tree(base / "after")
        if copies:
            rename = os.rename

            def refusing(source: str, target: str) -> None:
                if source.endswith(CHANGE) and target.endswith(TARGET):
                    raise OSError(errno.EXDEV, "another file system")
                rename(source, target)

            os.rename = refusing  # type: ignore[assignment]
        is_killed, at = True, 0
        while is_killed:
            again, then = True, 0
            while again and (not then or at % 3 == 0):
                root = base / f"{at}-{then}"
                root.mkdir()
                lay(root)
                place = DiskArchivePlace(str(root), killing(at))
                plan = plan_of(place)
                is_killed = in_child(lambda place=place, plan=plan: place.carry_out(plan))  # type: ignore[misc]
                again = in_child(DiskArchivePlace(str(root), killing(then)).recovered)
                recovery = DiskArchivePlace(str(root)).recovered()
                if recovery is not None:
                    ends.add(recovery.end.value)
                found = tree(root)
                if found not in (before, after):
                    odd = sorted(name for name in found.keys() | before.keys() if found.get(name, b"?") != before.get(name, b"?"))
                    problems.append(f"{at}/{then}: {odd}")
                then += 1
            at += 1
            steps = at
    return {"problems": problems, "ends": sorted(ends), "steps": steps}


@pytest.mark.parametrize("copies", [False, True])
def test_killed_before_any_step_it_is_all_before_or_all_after(copies: bool) -> None:
    """The process dies by SIGKILL before each step, and so does the process that then ends the archive."""
    done = subprocess.run([sys.executable, __file__, str(int(copies))], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == []
    assert told["ends"] == ["completed", "rolled-back"]
    assert told["steps"] > 20


def test_carried_out_everything_is_in_its_place(tmp_path: Path) -> None:
    lay(tmp_path)
    place = DiskArchivePlace(str(tmp_path))
    before = (tmp_path / "openspec/specs/a/spec.md").stat().st_ino
    assert place.carry_out(plan_of(place)) is None
    found = tree(tmp_path)
    assert found["openspec/specs/b/spec.md"] == b"short\r\n"
    assert found["openspec/specs/fresh/deep/spec.md"] == b"fresh\n"
    assert "openspec/specs/gone" not in found
    assert f"{TARGET}/proposal.md" in found
    assert CHANGE not in found
    assert not [name for name in found if "setsquare" in name or "lock" in name]
    assert (tmp_path / "openspec/specs/a/spec.md").stat().st_ino == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_failure_at_any_step_puts_everything_back(tmp_path: Path, code: int) -> None:
    at, is_failing = 0, True
    while is_failing:
        root = tmp_path / str(at)
        root.mkdir()
        lay(root)
        before = tree(root)
        place = DiskArchivePlace(str(root), failing(at, OSError(code, os.strerror(code))))
        plan = plan_of(place)
        try:
            place.carry_out(plan)
        except (StorageFailed, OSError):
            DiskArchivePlace(str(root)).recovered()
            found = tree(root)
            assert found == before or (f"{TARGET}/proposal.md" in found and not [name for name in found if "setsquare" in name])
        else:
            is_failing = False
        at += 1
    assert at > 20


def test_the_file_at_which_the_system_refused_is_named(tmp_path: Path) -> None:
    lay(tmp_path)
    refused = PermissionError(errno.EACCES, os.strerror(errno.EACCES), f"{tmp_path}/openspec/specs/a/spec.md")
    place = DiskArchivePlace(str(tmp_path), failing(3, refused))
    with pytest.raises(StorageFailed, match=re.escape("Cannot archive c (openspec/specs/a/spec.md): Permission denied")):
        place.carry_out(plan_of(place))


def test_interrupted_by_a_person_everything_is_put_back(tmp_path: Path) -> None:
    lay(tmp_path)
    before = tree(tmp_path)

    def on_step(step: str) -> None:
        if step == "move the change":
            raise KeyboardInterrupt

    place = DiskArchivePlace(str(tmp_path), on_step)
    with pytest.raises(KeyboardInterrupt):
        place.carry_out(plan_of(place))
    assert tree(tmp_path) == before


def test_a_spec_that_changed_since_is_not_overwritten(tmp_path: Path) -> None:
    lay(tmp_path)
    place = DiskArchivePlace(str(tmp_path))
    plan = plan_of(place)
    (tmp_path / "openspec/specs/b/spec.md").write_bytes(b"mine\n")
    before = tree(tmp_path)
    assert place.carry_out(plan) == Changed(RelPath("openspec/specs/b/spec.md"))
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["proposal.md", "late.md"])
def test_a_change_that_changed_since_is_not_archived(tmp_path: Path, name: str) -> None:
    lay(tmp_path)
    place = DiskArchivePlace(str(tmp_path))
    plan = plan_of(place)
    (tmp_path / CHANGE / name).write_bytes(b"other\n")
    assert place.carry_out(plan) == Changed(RelPath(f"{CHANGE}/{name}"))
    assert (tmp_path / "openspec/specs/a/spec.md").read_bytes() == b"old a\n"


def test_what_a_person_wrote_after_a_cut_stays_and_the_old_text_lies_beside(tmp_path: Path) -> None:
    lay(tmp_path)
    plan = plan_of(DiskArchivePlace(str(tmp_path)))
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import test_archive_folders as t; t.die_moving({str(tmp_path)!r})"
    )
    subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert (tmp_path / "openspec/specs/b/spec.md").read_bytes() == b"short\r\n"
    (tmp_path / "openspec/specs/b/spec.md").write_bytes(b"written by a person since then\n")
    recovery = DiskArchivePlace(str(tmp_path)).recovered()
    assert recovery is not None
    assert recovery.end is End.ROLLED_BACK
    kept = RelPath("openspec/specs/b/spec.md.before-archive")
    assert recovery.kept == ((RelPath("openspec/specs/b/spec.md"), kept),)
    assert (tmp_path / kept).read_bytes() == LONG
    assert (tmp_path / "openspec/specs/b/spec.md").read_bytes() == b"written by a person since then\n"
    assert (tmp_path / "openspec/specs/a/spec.md").read_bytes() == plan.writes[0].old


def die_moving(root: str) -> None:
    """Archive and die before the change is moved."""

    def on_step(step: str) -> None:
        if step == "move the change":
            os.kill(os.getpid(), signal.SIGKILL)

    place = DiskArchivePlace(root, on_step)
    place.carry_out(plan_of(place))


def test_of_two_at_once_one_archives_and_the_other_changes_nothing(tmp_path: Path) -> None:
    lay(tmp_path)
    place = DiskArchivePlace(str(tmp_path))
    plan = plan_of(place)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: DiskArchivePlace(str(tmp_path)).carry_out(plan), range(2)))
    assert sorted(answer is None for answer in answers) == [False, True]
    assert (tmp_path / TARGET / "proposal.md").exists()
    assert (tmp_path / "openspec/specs/b/spec.md").read_bytes() == b"short\r\n"


@pytest.mark.parametrize("raw", [b"", b'{"pid":1,"nonce":"someone"}'])
def test_a_claim_of_somebody_else_is_respected(tmp_path: Path, raw: bytes) -> None:
    lay(tmp_path)
    claim = tmp_path / "openspec/changes/archive/.openspec-archive.lock"
    claim.parent.mkdir()
    claim.write_bytes(raw)
    place = DiskArchivePlace(str(tmp_path))
    before = tree(tmp_path)
    assert isinstance(place.carry_out(plan_of(place)), Claimed)
    assert tree(tmp_path) == before


def test_a_record_from_elsewhere_is_not_acted_upon(tmp_path: Path) -> None:
    """A repository may bring a record along; it was not made in this folder."""
    lay(tmp_path)
    record = {
        "version": 1,
        "folder": [1, 2],
        "plan": {
            "change": "c",
            "source": CHANGE,
            "target": TARGET,
            "writes": [{"path": "openspec/specs/a/spec.md", "old": "", "new": "b2xkIGEK"}],
            "inputs": [],
        },
        "made": [],
        "modes": [],
    }
    (tmp_path / "openspec/changes/.setsquare-archive.json").write_text(json.dumps(record))
    before = tree(tmp_path)
    with pytest.raises(StorageFailed, match="not written by an archive in this folder"):
        DiskArchivePlace(str(tmp_path)).recovered()
    assert tree(tmp_path) == before


def test_spots_are_named_with_their_links(tmp_path: Path) -> None:
    lay(tmp_path)
    place = DiskArchivePlace(str(tmp_path))
    (tmp_path / "openspec/specs/in").symlink_to(tmp_path / "openspec/specs/a")
    (tmp_path / "openspec/specs/out").symlink_to("/")
    (tmp_path / "openspec/specs/no").symlink_to("nowhere")
    assert place.spot(RelPath("openspec/nothing")).kind is None
    assert place.spot(RelPath("openspec/specs/a")).kind is EntryKind.FOLDER
    assert place.spot(RelPath("openspec/specs/in")).real == "openspec/specs/a"
    assert place.spot(RelPath("openspec/specs/out")).real == ""
    assert place.spot(RelPath("openspec/specs/no")).is_dangling


if __name__ == "__main__":
    sys.stdout.write(json.dumps(kill_everywhere(copies=sys.argv[1] == "1")))
