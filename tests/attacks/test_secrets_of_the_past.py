"""A secret that was committed once, in words that no pattern knows: git's history still has it, and reading commands show history."""

from __future__ import annotations

import subprocess

import pytest

WORDS = "four-plain-words-only"


@pytest.mark.parametrize(
    "command",
    ["git log -p --all", "git show HEAD", "git show HEAD~1", "git diff HEAD~1 HEAD", "git log -p -- config", "git whatchanged -p -2"],
)
def test_patches_of_a_secret_file_of_the_past_are_not_told(hostile, acts, command):
    _, _, shell = acts
    file = hostile.planted("config/.env", f"PIN={WORDS}\n")
    for words in (("add", "-f", "config/.env"), ("commit", "-qm", "oops"), ("rm", "-q", "config/.env"), ("commit", "-qm", "gone")):
        subprocess.run(("git", *words), cwd=hostile.folder, check=True, capture_output=True)
    assert not file.exists()
    hostile.attempt(shell(command))
    assert hostile.results
    assert WORDS not in hostile.told
