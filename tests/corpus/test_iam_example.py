"""The example of public CloudTrail events is true: the same files, settings and commands print what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.corpus

FENCE = re.compile(r"^```(sh|json|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PART = re.compile(r"T\d{4}Z_\w+")
NAME = "218007301253_CloudTrail_us-east-1_20230710{}.json"
GAP = "…"


@pytest.fixture
def place(repository: Path, corpus: Path, tmp_path: Path) -> Path:
    """The folder that a reader makes: the events that the page names, the settings and the account that it shows."""
    events = corpus / "iam" / "cloudtrail" / "invictus"
    if not events.is_dir():
        pytest.skip("the CloudTrail samples are absent (corpus/iam/cloudtrail/invictus)")
    blocks = FENCE.findall((repository / "docs" / "guides" / "iam-example.md").read_text())
    shell = next(body for kind, body in blocks if kind == "sh")
    settings, account = (body for kind, body in blocks if kind == "json")
    commit = next(line.split("\t")[2] for line in (corpus / "iam" / "MANIFEST.tsv").read_text().splitlines() if "invictus-ir" in line)
    assert f"/{commit}/" in shell
    (tmp_path / ".kiro").mkdir()
    (tmp_path / "trail").mkdir()
    names = {NAME.format(part) for part in PART.findall(shell)}
    assert names == {path.name for path in events.iterdir()}
    for name in names:
        shutil.copy(events / name, tmp_path / "trail")
    (tmp_path / ".kiro" / "settings.json").write_text(settings)
    (tmp_path / "account.json").write_text(account)
    return tmp_path


def test_the_commands_print_what_the_page_shows(repository: Path, place: Path) -> None:
    page = (repository / "docs" / "guides" / "iam-example.md").read_text()
    ran = 0
    for kind, body in FENCE.findall(page):
        if kind != "text":
            continue
        first, _, shown = body.partition("\n")
        command, _, note = first.removeprefix("$ ").partition(" # exit ")
        argv = [sys.executable, "-m", *shlex.split(command)]
        done = subprocess.run(argv, cwd=place, capture_output=True, text=True, check=False)
        told = "".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith("  new in scope: "))
        assert done.returncode == int(note or 0), first
        # A line of an ellipsis stands for lines that are left out.
        pattern = "".join(r"(?:.*\n)*" if line == GAP else re.escape(line) + r" *\n" for line in shown.splitlines())
        printed = done.stdout + told + "\n"
        assert re.fullmatch(pattern + r"\n?", printed), f"{first}\n{printed}"
        ran += 1
    assert ran >= 7
