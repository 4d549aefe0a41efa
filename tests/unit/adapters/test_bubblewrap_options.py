"""What bubblewrap is told of the machine, and what happens when the machine changes while a command waits."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from setsquare._sandbox_exec import is_supported
from setsquare.adapters.bubblewrap import Bubblewrap
from setsquare.adapters.bubblewrap_options import Machine
from setsquare.ports.sandbox import Confinement

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None or not is_supported(platform.machine()), reason="bubblewrap is not installed on this machine"
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the search path; not below /dev/shm, where a command has a folder of its own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        folder = Path(place) / "bin"
        folder.mkdir()
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        yield folder


def test_a_tool_folder_that_comes_between_two_commands_is_seen_by_the_second(workspace: Path, tools: Path) -> None:
    sandbox = Bubblewrap(str(workspace))
    tools.rmdir()
    assert sandbox.run(("true",), Confinement()).exit_code == 0
    tools.mkdir()
    (tools / "greet").write_text("#!/bin/sh\necho greeting\n")
    (tools / "greet").chmod(0o755)
    assert sandbox.run(("greet",), Confinement()).output == b"greeting\n"


def test_a_command_that_is_begun_again_runs_once(workspace: Path, tools: Path) -> None:
    sandbox = Bubblewrap(str(workspace))
    tools.rmdir()
    sandbox.run(("true",), Confinement())
    tools.mkdir()
    ended = sandbox.run(("sh", "-c", "echo once >> said.txt"), Confinement(writable=("",), hidden=("AGENTS.md",)))
    assert ended.exit_code == 0
    assert (workspace / "said.txt").read_text() == "once\n"
    assert os.listdir(workspace) == ["said.txt"]


def test_what_a_command_makes_in_a_place_of_its_own_is_removed_as_ever(workspace: Path) -> None:
    ended = Bubblewrap(str(workspace)).run(
        ("sh", "-c", "mkdir -p build/.git && echo x > build/.git/config"), Confinement(writable=("build",))
    )
    assert ended.removed == ("build/.git",)


def test_a_program_behind_a_link_is_looked_for_each_time(tmp_path: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "bwrap").write_text("#!/bin/sh\n")
    (real / "bwrap").chmod(stat.S_IRWXU)
    link = tmp_path / "link"
    link.symlink_to(real)
    monkeypatch.setenv("PATH", f"{link}{os.pathsep}{os.environ['PATH']}")
    machine = Machine(str(workspace))
    assert machine.program() == str(link / "bwrap")
    link.unlink()
    link.symlink_to(workspace)
    shutil.copy(real / "bwrap", workspace / "bwrap")
    assert machine.program() == shutil.which("bwrap", path=os.environ["PATH"].split(os.pathsep, 1)[1])


def test_the_configuration_is_one_mount_and_no_copy_stands_in_the_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = Machine(str(workspace)).mounts(os.environ["PATH"])
    assert mounts[mounts.index("/etc") - 2] == "--ro-bind"
    monkeypatch.setenv("SETSQUARE_STATE", str(workspace / "state"))
    assert "/etc" not in Machine(str(workspace)).mounts(os.environ["PATH"])
