"""The guide of the IAM Power is true: its example is made, its commands run in order, and what they print is what the page shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def test_the_guide_shows_what_its_commands_print(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "guides" / "iam-autopilot.md").read_text()
    ran = 0
    for kind, body in BLOCK.findall(page):
        if kind == "python":
            subprocess.run([sys.executable, "-W", "error", "-c", body], cwd=tmp_path, check=True)
            continue
        first, _, shown = body.partition("\n")
        assert first.startswith("$ setsquare iam ")
        done = subprocess.run(
            [sys.executable, "-m", *shlex.split(first[2:])], cwd=tmp_path / "iam-example", capture_output=True, text=True, check=False
        )
        told = [line for line in done.stderr.splitlines() if not line.startswith("  new in scope: ")]
        assert (done.returncode, told) == (0, []), first
        # The example's days are counted back from today.
        assert DAY.sub("DAY", done.stdout).rstrip() == DAY.sub("DAY", shown).rstrip(), first
        ran += 1
    assert ran >= 5
