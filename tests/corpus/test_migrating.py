"""Real repositories are migrated without loss, judged, and taken back byte by byte."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main
from setsquare.migrate.instructions.registry import owner

pytestmark = pytest.mark.corpus


def bytes_of(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def copied(source: Path, target: Path) -> Path:
    shutil.copytree(source, target, symlinks=True)
    for folder, _, files in os.walk(target):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | stat.S_IWUSR)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)
    return target


def with_sources(corpus: Path) -> list[Path]:
    workspaces = sorted(path for path in (corpus / "workspaces").iterdir() if path.is_dir())
    return [folder for folder in workspaces if any(owner(path.relative_to(folder).as_posix()) for path in folder.rglob("*"))]


# req: openspec-interop/5.3, openspec-interop/5.4
def test_every_repository_is_migrated_without_loss_and_taken_back(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = {"repositories": 0, "sources": 0, "duplicates": 0, "contradictions": 0}

    def ran(*argv: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*argv, "--format", "json"])
        return code, json.loads(capsys.readouterr().out)

    for workspace in with_sources(corpus):
        folder = copied(workspace, tmp_path / workspace.name)
        monkeypatch.chdir(folder)
        before = bytes_of(folder)

        code, result = ran("migrate", "--yes")
        assert code in (0, 1), workspace.name
        after = bytes_of(folder)
        changed = {file["path"] for file in result["files"] if file["deed"] in ("rewritten", "stripped", "removed")}
        assert {path for path, raw in before.items() if after.get(path) != raw} <= changed
        lost = lines_lost(result, before, after)
        assert not lost, f"{workspace.name}: {lost[:3]}"

        assert ran("migrate", "--yes")[1]["outcome"] == "nothing", workspace.name
        written = {file["path"] for file in result["files"] if file["deed"] == "written"}
        findings = ran("check", "--fail-on", "error")[1]["findings"] if written else []
        errors = [finding for finding in findings if finding["severity"] == "error" and finding["path"] in written]
        assert not errors, f"{workspace.name}: {errors[:2]}"

        if result["outcome"] == "applied":
            assert ran("migrate", "--undo", "--yes")[0] == 0
        assert bytes_of(folder) == before, workspace.name
        shutil.rmtree(folder)
        counts["repositories"] += 1
        counts["sources"] += len(result["sources"])
        counts["duplicates"] += len(result["duplicates"])
        counts["contradictions"] += len(result["contradictions"])
    # Each contradiction was looked at: a version that two files give differently, or a value that they do not share.
    assert counts["repositories"] >= 30
    assert counts["contradictions"] <= 4, counts
    print(counts)


def lines_lost(result: Any, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """List the lines of carried sources that stand in no target and are not listed as left out."""
    lost: list[str] = []
    left_out = {(left["path"], line) for left in result["left_out"] for line in left["text"].splitlines()}
    targets: dict[str, set[str]] = {}
    for file in result["files"]:
        for source in file["sources"]:
            text = after.get(file["path"], b"").decode().splitlines()
            targets.setdefault(source, set()).update(text)
    for source, kept in targets.items():
        if owner(source):
            lines = before[source].decode().removeprefix("\ufeff").splitlines()
            lost += [f"{source}: {line}" for line in lines if line.strip() and line not in kept and (source, line) not in left_out]
    return lost


BLOCKS = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


# req: openspec-interop/5.1
def test_the_guide_holds_on_a_real_workspace(
    corpus: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repository with a `.cursorrules`, and a `CLAUDE.md` that is a link to its `AGENTS.md` as in many others."""
    place = next(path.parent for path in sorted((corpus / "workspaces").glob("*/.cursorrules")))
    folder = copied(place, tmp_path / "project")
    (folder / "CLAUDE.md").symlink_to("AGENTS.md")
    monkeypatch.chdir(folder)
    before = bytes_of(folder)
    page = (repository / "docs/guides/from-instruction-files.md").read_text()
    commands = [shlex.split(line[2:])[1:] for body in BLOCKS.findall(page) for line in body.splitlines() if line.startswith("$ setsquare ")]
    assert ["migrate", "--yes"] in commands
    steering = dict[str, bytes]()
    for command in commands:
        # A stranger's workspace may have findings; that is an answer, not a failure.
        assert main(command) in ((0, 1) if command[0] == "check" else (0,)), command
        steering |= bytes_of(folder)
    assert steering[".kiro/steering/cursorrules.md"].decode().endswith(before[".cursorrules"].decode())
    assert bytes_of(folder) == before
    assert (folder / "CLAUDE.md").is_symlink()
    assert "read once" in capsys.readouterr().out
