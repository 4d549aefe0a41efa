"""Which sandbox is chosen: bubblewrap, without it Landlock, and without both nothing that could pass for one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from setsquare.adapters import container, landlock, sandboxes, seatbelt
from setsquare.errors import NoSandbox, Usage
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
    monkeypatch.setattr(container, "find", lambda _folder, _environ: None)
    assert sandboxes.find(str(without_bubblewrap)) is None


def test_person_names_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if landlock.find(str(tmp_path)) is None:
        pytest.skip("this kernel has no Landlock")
    monkeypatch.setenv("SETSQUARE_SANDBOX", "landlock")
    found = sandboxes.find(str(tmp_path))
    assert found is not None
    assert found.name == "landlock"


def test_person_names_none(tmp_path: Path):
    assert sandboxes.find(str(tmp_path), {"SETSQUARE_SANDBOX": "none"}) is None


def test_unknown_names_are_refused(tmp_path: Path):
    with pytest.raises(Usage, match="firejail"):
        sandboxes.find(str(tmp_path), {"SETSQUARE_SANDBOX": "firejail"})


def test_a_named_backend_that_does_not_work_is_never_replaced(tmp_path: Path):
    with pytest.raises(NoSandbox, match="seatbelt"):
        sandboxes.find(str(tmp_path), {"SETSQUARE_SANDBOX": "seatbelt"})


def test_every_backend_says_what_it_lacks(tmp_path: Path):
    for backend in sandboxes.BACKENDS:
        assert backend.lacks
        found = sandboxes.found_as(backend.name, str(tmp_path), {}) if backend.name != "container" else None
        if found is not None:
            assert (found.name, found.lacks, found.supports_hosts) == (backend.name, backend.lacks, backend.supports_hosts)
    assert {backend.name for backend in sandboxes.BACKENDS if not backend.tested} == {"seatbelt"}
