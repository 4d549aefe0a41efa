"""The guide on reading from AWS is true as far as it needs no account: its settings are taken, its commands print what the page shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```(json|text|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_guide_shows_what_its_commands_print(repository: Path, tmp_path: Path) -> None:
    page = (repository / "docs" / "guides" / "iam-from-aws.md").read_text()
    blocks = BLOCK.findall(page)
    settings, events = (body for kind, body in blocks if kind == "json")
    (tmp_path / ".kiro").mkdir()
    (tmp_path / "events.jsonl").write_text(events)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CLOUDTRAIL_"))}
    environment = {**kept, "SETSQUARE_STATE": str(tmp_path.parent / f"{tmp_path.name}-state")}
    ran = 0
    for kind, body in blocks:
        if kind != "text":
            continue
        first, _, shown = body.partition("\n")
        # The first command runs before there are any settings.
        if ran:
            (tmp_path / ".kiro" / "settings.json").write_text(settings)
        argv = [sys.executable, "-m", *shlex.split(first.removeprefix("$ "))]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (0, ""), first
        assert done.stdout.rstrip() == shown.rstrip(), first
        ran += 1
    assert ran == 3


def test_every_command_of_the_guide_exists(repository: Path) -> None:
    page = (repository / "docs" / "guides" / "iam-from-aws.md").read_text()
    from setsquare.surfaces.cli.iam import IAM_COMMANDS

    named = set(re.findall(r"setsquare iam ([a-z]+)", page))
    assert named
    assert named <= set(IAM_COMMANDS)
