"""AT12: our own process in a hostile folder runs nothing of it: modules, environment files, git's configuration and filters.

Defence: adapters/git_process.py and adapters/shadow_git.py: git runs without the workspace's configuration, hooks and filters; __main__.py: the folder is not on the path of modules
Twin: test_at12_where_the_folder_stays_on_the_path_its_modules_run, test_at12_a_naive_git_runs_the_trap
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.text.paths import RelPath

MODULES = ("click", "msgspec", "yaml", "json", "enum", "typing", "re", "httpx", "hashlib", "sitecustomize", "usercustomize", "string")
WAYS = (["-m", "setsquare"], ["-P", "-m", "setsquare"], [str(Path(sys.executable).parent / "setsquare")])


def _plant(folder, mark):
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r} + __name__, 'w').write('x')\n")
    (folder / ".python-version").write_text("2.7\n")
    (folder / ".env").write_text("PYTHONPATH=.\nSETSQUARE_STATE=.\n")
    (folder / ".envrc").write_text(f"touch {mark}\n")


def _run(folder, way, *command):
    return subprocess.run([sys.executable, *way, *command], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.attack("AT12")
@pytest.mark.parametrize("way", WAYS, ids=["module", "safe-path", "script"])
def test_at12_planted_modules_are_not_imported(tmp_path, way):
    folder, mark = tmp_path / "clone", tmp_path / "mark-"
    folder.mkdir()
    _plant(folder, mark)
    for command in (["--version"], ["status"], ["check"]):
        ended = _run(folder, way, *command)
        assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.glob("mark-*")] == []


@pytest.mark.attack("AT12")
def test_at12_where_the_folder_stays_on_the_path_its_modules_run(tmp_path):
    folder, mark = tmp_path / "clone", tmp_path / "mark-"
    folder.mkdir()
    _plant(folder, mark)
    entry = "import sys; sys.path.insert(0, ''); from setsquare.__main__ import main; main(['status'])"
    subprocess.run([sys.executable, "-c", entry], cwd=folder, capture_output=True, timeout=60, check=False)
    assert list(tmp_path.glob("mark-*"))


def _git(folder, *arguments):
    subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True)


@pytest.fixture
def trapped(hostile):
    """A repository whose configuration runs a program at nearly everything that git does."""
    mark = hostile.outside / "ran"
    program = hostile.planted(".git/trap", f"#!/bin/sh\necho x >> {mark}\ncat\n", 0o755)
    for key in ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "diff.external", "core.pager", "core.editor", "core.sshCommand"):
        _git(hostile.folder, "config", key, str(program))
    hostile.planted(".git/hooks/pre-commit", program.read_text(), 0o755)
    hostile.planted(".gitattributes", "* filter=x diff=x\n")
    mark.unlink(missing_ok=True)
    with (hostile.folder / "src/calc.py").open("a") as file:
        file.write("# changed\n")
    return hostile, mark


class Naive:
    """A git that does what everybody's does."""

    def __init__(self, folder, git) -> None:
        self._folder, self._git = folder, git

    def __getattr__(self, name):
        return getattr(self._git, name)

    def dirty(self, paths):
        told = subprocess.run(
            ("git", "status", "--porcelain", "--", *paths), cwd=self._folder, capture_output=True, text=True, check=False
        ).stdout
        return tuple(RelPath(line[3:]) for line in told.splitlines())


@pytest.mark.attack("AT12")
def test_at12_looking_at_a_repository_runs_nothing_of_it(trapped):
    hostile, mark = trapped
    app = wire.app_for(hostile.folder)
    assert app.git.dirty((RelPath("src/calc.py"),)) == ("src/calc.py",)
    app.checkpoints.restore(app.checkpoints.take(), (RelPath("src/calc.py"),))
    for command in (["status"], ["check"], ["drift"]):
        _run(hostile.folder, WAYS[0], *command)
    assert not mark.exists()


@pytest.mark.attack("AT12")
def test_at12_a_naive_git_runs_the_trap(trapped):
    hostile, mark = trapped
    app = wire.app_for(hostile.folder)
    with contextlib.suppress(OSError):
        replace(app, git=Naive(hostile.folder, app.git)).git.dirty((RelPath("src/calc.py"),))
    assert os.path.exists(mark)
