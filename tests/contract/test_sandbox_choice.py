"""Which sandbox is chosen: bubblewrap, without it Landlock, and without both nothing that could pass for one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from setsquare.adapters import landlock, sandboxes, seatbelt
from setsquare.ports.sandbox import Confinement

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the choice is Linux's")


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose commands run under a PATH that has everything but bubblewrap."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).iterdir() if os.access(folder, os.R_OK | os.X_OK) else ():
            if program.name != "bwrap" and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    monkeypatch.setenv("PATH", str(programs))
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def test_bubblewrap_comes_first(tmp_path: Path):
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is not installed")
    found = sandboxes.find(str(tmp_path))
    assert found is not None
    assert found.name == "bubblewrap"


# req: guarded-run/2.2
def test_landlock_follows_where_bubblewrap_is_hidden(without_bubblewrap: Path):
    if landlock.find(str(without_bubblewrap)) is None:
        pytest.skip("this kernel has no Landlock")
    found = sandboxes.find(str(without_bubblewrap))
    assert found is not None
    assert found.name == "landlock"
    done = found.run(("sh", "-c", "echo inside > a.txt; echo outside > ../b.txt"), Confinement(writable=("",)))
    assert (without_bubblewrap / "a.txt").read_text() == "inside\n"
    assert not (without_bubblewrap.parent / "b.txt").exists()
    assert done.exit_code != 0


# req: guarded-run/2.3
def test_neither_gives_none(without_bubblewrap: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(landlock, "find", lambda _folder: None)
    monkeypatch.setattr(seatbelt, "find", lambda _folder: None)
    assert sandboxes.find(str(without_bubblewrap)) is None
