"""AT05: a protected file that does not exist yet is made from inside the sandbox, to be run when something starts again.

Defence: adapters/bubblewrap.py and adapters/landlock.py: protected names are masked even before they exist
Twin: test_at05_without_the_sandbox_it_is_made
"""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from setsquare.ports.approver import Answer, Verdict
from setsquare.ports.sandbox import Execution

COMMAND = "mkdir -p .idea && echo evil > .idea/workspace.xml; true"


class Yes:
    def ask(self, question):
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


class Bare:
    """Runs commands as they are."""

    name = "bare"

    def __init__(self, folder) -> None:
        self._folder = folder

    def run(self, argv, confinement, is_halted=None):
        began = time.perf_counter()
        environment = {"PATH": os.environ["PATH"], **dict(confinement.environment)}
        ended = subprocess.run(argv, cwd=self._folder, env=environment, capture_output=True, check=False)
        return Execution(exit_code=ended.returncode, output=ended.stdout + ended.stderr, duration_s=time.perf_counter() - began)


@pytest.fixture
def unseen(hostile):
    """A folder that git ignores, so that no comparison of trees would find what was made in it."""
    hostile.planted(".gitignore", (hostile.folder / ".gitignore").read_text() + ".idea/\n")
    subprocess.run(("git", "commit", "-q", "-a", "-m", "ignore"), cwd=hostile.folder, check=True, capture_output=True)
    return hostile


@pytest.mark.attack("AT05")
def test_at05_a_missing_protected_file_cannot_be_made(unseen, driven, acts):
    _, _, shell = acts
    driven(unseen, shell(f"python3 -c \"import os; os.system('{COMMAND}')\""), approver=Yes())
    assert not (unseen.folder / ".idea/workspace.xml").exists()


@pytest.mark.attack("AT05")
def test_at05_without_the_sandbox_it_is_made(unseen, driven, acts):
    _, _, shell = acts
    driven(unseen, shell(f"python3 -c \"import os; os.system('{COMMAND}')\""), approver=Yes(), sandbox=Bare(unseen.folder))
    assert (unseen.folder / ".idea/workspace.xml").exists()
