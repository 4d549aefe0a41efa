"""`setsquare doctor`, in a workspace and outside of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SECRET = "sk-tell-nobody-0123456789"
SETTINGS = '{"models": {"primary": {"provider": "anthropic", "model": "m"}}}'


def doctor(folder: Path, state: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {**{name: os.environ[name] for name in ("PATH", "HOME")}, "SETSQUARE_STATE": str(state), "NO_COLOR": "1", **environ}
    return subprocess.run(
        (sys.executable, "-m", "setsquare", "doctor", *arguments), cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def test_outside_of_a_workspace(tmp_path):
    (tmp_path / "empty").mkdir()
    done = doctor(tmp_path / "empty", tmp_path / "state")
    assert done.stderr == ""
    assert done.returncode == 0, done.stdout
    assert "seatbelt: absent; untested" in done.stdout
    assert "none here" in done.stdout
    assert os.listdir(tmp_path / "empty") == []


def test_a_missing_key_is_named_and_a_present_one_never_shown(tmp_path):
    folder = tmp_path / "project"
    (folder / ".kiro").mkdir(parents=True)
    (folder / ".kiro" / "settings.json").write_text(SETTINGS)
    missing = doctor(folder, tmp_path / "state", "--format", "json")
    assert missing.returncode == 1
    told = json.loads(missing.stdout)
    assert told["schema"] == "setsquare/doctor/1"
    assert not told["fine"]
    (model,) = [check for check in told["checks"] if check["name"] == "model primary"]
    assert model["standing"] == "mend"
    assert "ANTHROPIC_API_KEY" in model["found"]

    there = doctor(folder, tmp_path / "state", ANTHROPIC_API_KEY=SECRET)
    assert there.returncode == 0, there.stdout
    assert "ANTHROPIC_API_KEY set" in there.stdout
    assert SECRET not in there.stdout + there.stderr
    assert "untrusted" in there.stdout


def test_no_sandbox_and_no_state_must_be_mended(tmp_path):
    (tmp_path / "empty").mkdir()
    none = doctor(tmp_path / "empty", tmp_path / "state", SETSQUARE_SANDBOX="none")
    assert none.returncode == 1
    assert "autonomous work is refused" in none.stdout
    inside = doctor(tmp_path / "empty", tmp_path / "empty" / "state")
    assert inside.returncode == 1
    assert "lies in the workspace" in inside.stdout
