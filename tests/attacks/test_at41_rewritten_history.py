"""AT41: history is rewritten or destroyed: forced pushes, resets, pruned objects, expired reflogs, moved tags, deleted checkpoints.

Defence: adapters/bubblewrap.py: commands see `.git` read-only and our own git directory not at all; guard/lists.py and guard/catalogue.py: the commands are forbidden or asked about
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from setsquare import wire
from setsquare.errors import SetsquareError
from setsquare.guard.action import Facts, Shell
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.decide import decided
from setsquare.journeys.run_revert import revert
from setsquare.workspace.settings import AgentSettings, Autonomy

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
REWRITING = (
    "git push --force", "git push -f origin main", "git push origin +main", "git push --force-with-lease", "git push --mirror", "git push origin :main", "git push --delete origin main", "git push --tags --force", "git -C . push -f", "git reset --hard HEAD~1",
    "git reset --hard", "git reset --keep HEAD~1", "git update-ref refs/heads/main HEAD~1", "git update-ref -d HEAD", "git branch -f main HEAD~1", "git branch -D main", "git branch -M main old", "git tag -f v1 HEAD~1", "git tag -d v1", "git gc --prune=now",
    "git prune --expire=now", "git reflog expire --expire=now --all", "git reflog delete HEAD@{1}", "git commit --amend -m x", "git rebase -i HEAD~2", "git rebase --onto main~1 main", "git filter-branch -f HEAD", "git filter-repo --force", "git replace HEAD HEAD~1",
    "git checkout -f HEAD~1", "git checkout --orphan new", "git switch -C main HEAD~1", "git stash drop", "git stash clear", "git clean -fdx", "git symbolic-ref HEAD refs/heads/x", "git worktree remove --force x", "git submodule deinit -f --all", "git notes remove HEAD",
    "git fast-import --force < x", "git pack-refs --all --prune", "git repack -ad", "git restore --source=HEAD~1 .", "git rm -r --cached .", "git config receive.denyNonFastForwards false", "git remote set-url origin x", "rm -rf .git", "mv .git x", "git am --abort", "git merge --abort",
)  # fmt: skip


@pytest.mark.attack("AT41")
@pytest.mark.parametrize("text", REWRITING)
def test_at41_none_of_them_is_simply_allowed(text: str) -> None:
    task = Capability(
        task="1", mode=Mode.AUTONOMOUS, agent=AgentSettings(autonomy=Autonomy.FULL, allowed_commands=("git status", "git log")), root="/w"
    )
    assert decided(task, Shell(text), Facts()).permission is not Permission.ALLOW


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=folder, check=False, capture_output=True, text=True).stdout


WAYS = {
    "forced push": "git push -qf ../outside/remote.git HEAD~1:refs/heads/main",
    "deleted branch": "git push -q ../outside/remote.git :refs/heads/side",
    "reset": "git reset -q --hard HEAD~1",
    "amended": "git commit -q --amend -m other",
    "reflog": "git reflog expire --expire=now --all",
    "objects": "git tag -d lost; git reflog expire --expire=now --all; git gc -q --prune=now",
    "moved tag": "git tag -f v1 HEAD~1",
    "moved branch": "git branch -f side HEAD~1",
    "plumbing": "git update-ref refs/heads/side HEAD~1",
    "by hand": "cp .git/refs/heads/side .git/refs/heads/main",
    "removed": "rm -rf .git",
    "moved": "mv .git g",
    "hooks": "mkdir -p .git/hooks; printf '#!/bin/sh\\n' > .git/hooks/pre-commit",
    "settings": "git config core.hooksPath src",
}


def world(folder: Path, outside: Path) -> tuple[str, ...]:
    """Say everything that history is."""
    files = sorted(str(path) for path in (folder / ".git").rglob("*") if "hooks" in str(path))
    config = (folder / ".git/config").read_text() if (folder / ".git/config").exists() else ""
    lost = git(folder, "cat-file", "-t", "refs/tags/lost")
    return git(folder, "show-ref"), git(folder, "reflog"), git(outside / "remote.git", "show-ref"), config, str(files), lost


@pytest.mark.attack("AT41")
@TWIN
@pytest.mark.parametrize("name", WAYS)
def test_at41_a_program_that_rewrites(assault: Any, acts: Any, name: str, is_permissive: bool) -> None:
    """A careless person permits it unread."""
    _, _, shell = acts
    hostile = assault.hostile
    hostile.planted("src/more.py", "x = 1\n")
    assault.commit()
    git(hostile.folder, "branch", "side", "HEAD~1")
    git(hostile.folder, "branch", "-f", "side", "HEAD")
    git(hostile.folder, "tag", "v1")
    git(hostile.folder, "tag", "-am", "x", "lost")
    git(hostile.outside, "clone", "-q", "--bare", str(hostile.folder), "remote.git")
    before = world(hostile.folder, hostile.outside)
    code = f"import os; os.system({WAYS[name]!r})"
    if is_permissive:
        with contextlib.suppress(SetsquareError):
            assault(shell(f"python3 -c {shlex.quote(code)}"), without=("sandbox", "comparison"))
    else:
        # What the platform itself commits when a task is done does not belong here: the task stays open.
        assault(shell(f"python3 -c {shlex.quote(code)}"), shell('python3 -c \'open("src/calc.py", "w").write("broken")\''))
    assert (world(hostile.folder, hostile.outside) != before) is is_permissive


@pytest.mark.attack("AT41")
@TWIN
def test_at41_checkpoints_are_out_of_reach(assault: Any, acts: Any, is_permissive: bool) -> None:
    """A program deletes whatever state of ours it finds; afterwards the platform takes back what the run did, if it still can."""
    _, write, shell = acts
    hostile = assault.hostile
    state = os.environ["XDG_STATE_HOME"]
    code = f"import shutil\nshutil.rmtree({state!r}, ignore_errors=True)\nopen('src/calc.py', 'w').write('broken')\n"
    with contextlib.suppress(SetsquareError):
        assault(write("src/wipe.py", code), shell("python3 src/wipe.py"), without=("sandbox",) if is_permissive else ())
    with contextlib.suppress(SetsquareError):
        revert(wire.app_for(hostile.folder), hostile.report.run if hostile.report else "")
    is_back = (hostile.folder / "src/calc.py").read_text() == "def add(a, b):\n    return a + b\n"
    assert is_back is not is_permissive
