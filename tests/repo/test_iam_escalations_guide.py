"""The guide of escalation paths is true: its example is made, its commands run in order, and what they print is what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_guide_shows_what_its_commands_print(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "guides" / "iam-escalations.md").read_text()
    environment = {**os.environ, "SETSQUARE_STATE": str(tmp_path / "state"), "GIT_CONFIG_GLOBAL": "/dev/null"}
    ran = 0
    for kind, body in BLOCK.findall(page):
        if kind == "python":
            subprocess.run([sys.executable, "-W", "error", "-c", body], cwd=tmp_path, check=True)
            continue
        first, _, shown = body.partition("\n")
        command = [sys.executable, "-m", *shlex.split(first.removeprefix("$ "))]
        done = subprocess.run(command, cwd=tmp_path / "escalations-example", env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), first
        assert done.stdout.rstrip() == shown.rstrip(), first
        ran += 1
    assert ran == 2
