"""What the guard allows is run by real shells: the forbidden program, which only notes that it ran, must never run."""

from __future__ import annotations

import random
import shutil
import subprocess

import pytest

from setsquare.guard.action import Facts, Shell
from setsquare.guard.capability import Capability, Mode, Permission
from setsquare.guard.decide import decide
from setsquare.workspace.settings import AgentSettings, Autonomy

PROGRAMS = "cat ls echo env xargs timeout find sh bash sort grep true nice printf".split()  # noqa: SIM905  (a table)
PIECES = [
    *(
        "zz",
        "zz",
        "$(zz)",
        "`zz`",
        '"$(zz)"',
        "<(zz)",
        "z\\z",
        "ls",
        "cat",
        "echo",
        "env",
        "xargs",
        "timeout 5",
        "find . -exec",
        "sh -c",
        "bash -c",
        "true",
    ),
    *(
        "a",
        "b",
        " ",
        "\t",
        ";",
        "&&",
        "||",
        "|",
        "&",
        "\n",
        "(",
        ")",
        "{ ",
        " }",
        "if ",
        "then ",
        "fi",
        "for i in ",
        "do ",
        "done",
        "while ",
        "case a in ",
    ),
    *(
        "a) ",
        " esac",
        ";;",
        "'",
        '"',
        "\\",
        "\\\n",
        "$",
        "${X",
        "}",
        "${X:-",
        "$X",
        "X=zz",
        "#",
        "!",
        "<<E\n",
        "<<'E'\n",
        "\nE\n",
        "> o",
        ">& o",
        "&> o",
    ),
    *(
        "2>&1",
        ">|o",
        "<<<",
        "{",
        ",",
        "~",
        "*",
        "[[ ",
        " ]]",
        "[[ a ",
        "|| zz",
        "&& zz",
        "; zz #",
        "$'\\'",
        "\\'",
        "&> o zz",
        "\nzz\n",
        "#'",
        "${X#",
        "[0]",
    ),
]


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_what_is_allowed_never_runs_the_forbidden_program(shell, tmp_path):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    folder, programs, note = tmp_path / "w", tmp_path / "bin", tmp_path / "ran"
    folder.mkdir()
    programs.mkdir()
    for name in PROGRAMS:
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    (programs / "zz").write_text(f"#!/bin/sh\necho ran >> {note}\n")
    (programs / "zz").chmod(0o755)
    agent = AgentSettings(
        autonomy=Autonomy.FULL, allowed_commands=("ls", "cat", "echo", "xargs cat", "env", "true"), forbidden_commands=("zz",)
    )
    capability = Capability(task="1", mode=Mode.AUTONOMOUS, agent=agent, root=str(folder))
    source = random.Random(20)  # noqa: S311  (the same texts in every run)
    ran = 0
    for _ in range(2500):
        text = "".join(source.choice(PIECES) + source.choice(["", " "]) for _ in range(source.randint(2, 9)))
        if decide(capability, Shell(text), Facts()).permission is Permission.ALLOW:
            ran += 1
            subprocess.run(
                [shutil.which(shell) or shell, "-c", text],
                cwd=folder,
                env={"PATH": str(programs)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                check=False,
            )
            assert not note.exists(), text
    assert ran > 20


def test_the_note_is_written_when_the_program_runs(tmp_path):
    note = tmp_path / "ran"
    program = tmp_path / "zz"
    program.write_text(f"#!/bin/sh\necho ran >> {note}\n")
    program.chmod(0o755)
    subprocess.run([str(program)], check=True)
    assert note.exists()
