"""AT28: a link stands where somebody will make a temporary file whose name can be guessed.

Defence: adapters/writes.py: new bytes go to a new file of a random name that is opened so that nothing may stand there; every command has a temporary folder of its own
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters import sandboxes
from setsquare.guard.capability import Mode
from setsquare.ports.sandbox import Confinement

TWIN = pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
GUESSES = (
    "{}.tmp",
    ".{}.tmp",
    "{}~",
    ".{}.swp",
    "{}.new",
    "{}.bak",
    ".setsquare-0.tmp",
    ".setsquare-{}.tmp",
    "{}.orig",
    ".#{}",
    "#{}#",
    "{}.lock",
)


@pytest.mark.attack("AT28")
@TWIN
def test_at28_links_at_every_name_that_could_be_guessed(assault: Any, acts: Any, is_permissive: bool) -> None:
    act, write, _ = acts
    hostile = assault.hostile
    (hostile.outside / "theirs.txt").write_text("theirs")
    for guess in GUESSES:
        for name in ("calc.py", "new.py"):
            if not (hostile.folder / "src" / guess.format(name)).is_symlink():
                (hostile.folder / "src" / guess.format(name)).symlink_to(hostile.outside / "theirs.txt")
    assault.commit()
    turns = (write("src/new.py", "evil = 1\n"), act("edit", path="src/calc.py", old="a + b", new="a + b  # evil"))
    assault(*turns, mode=Mode.AUTONOMOUS, without=("files",) if is_permissive else ())
    assert ((hostile.outside / "theirs.txt").read_text() != "theirs") is is_permissive
    assert "evil" in (hostile.folder / "src/new.py").read_text()


@pytest.mark.attack("AT28")
@TWIN
@pytest.mark.parametrize(
    "program", ["echo evil > {}", "sort -o {} src/calc.py", "cp src/calc.py {}", "python3 -c \"open('{}', 'w').write('evil')\""]
)
def test_at28_a_link_in_the_machines_temporary_folder(assault: Any, program: str, is_permissive: bool) -> None:
    hostile = assault.hostile
    theirs = hostile.outside / "theirs.txt"
    theirs.write_text("theirs")
    link = Path(f"/tmp/setsquare-at28-{os.getpid()}-{abs(hash(program))}")
    link.symlink_to(theirs)
    try:
        box = assault.unconfined() if is_permissive else sandboxes.find(str(hostile.folder))
        assert box
        box.run(("sh", "-c", program.format(link)), Confinement(writable=("",)))
    finally:
        link.unlink()
    assert (theirs.read_text() != "theirs") is is_permissive
