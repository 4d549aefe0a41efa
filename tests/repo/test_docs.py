"""The generated pages are as generated, and the examples of the handwritten ones run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HANDWRITTEN = ("README.md", "docs/guides")
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def handwritten(repository: Path) -> list[Path]:
    """List the pages whose examples run."""
    return [
        page
        for name in HANDWRITTEN
        for page in ([repository / name] if name.endswith(".md") else sorted((repository / name).rglob("*.md")))
    ]


def test_generated_pages_are_current(repository: Path) -> None:
    """`make docs` would change nothing."""
    done = subprocess.run([sys.executable, "-m", "docs.generate", "--check"], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_python_example_runs(repository: Path, tmp_path: Path) -> None:
    """In a copy of the repository's specs, one page after the other, each page one session."""
    shutil.copytree(repository / ".kiro", tmp_path / ".kiro")
    ran = 0
    for page in handwritten(repository):
        blocks = [body for kind, body in BLOCK.findall(page.read_text()) if kind == "python"]
        if blocks:
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", "\n".join(blocks)], cwd=tmp_path, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{page}: {done.stderr}"
            ran += len(blocks)
    assert ran


def test_every_console_example_runs(repository: Path, tmp_path: Path) -> None:
    """`$ setsquare …` lines of one page run in order in one fresh git repository; `# exit N` names another exit code than 0."""
    ran = 0
    for page in handwritten(repository):
        lines = [
            line[2:]
            for kind, body in BLOCK.findall(page.read_text())
            if kind == "console"
            for line in body.splitlines()
            if line.startswith("$ setsquare")
        ]
        folder = tmp_path / page.stem
        folder.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
        for line in lines:
            command, _, note = line.partition("#")
            wanted = int(note.split()[1]) if note.strip().startswith("exit") else 0
            done = subprocess.run([sys.executable, "-m", *shlex.split(command)], cwd=folder, capture_output=True, text=True, check=False)
            assert done.returncode == wanted, f"{page}: {line}\n{done.stdout}{done.stderr}"
            ran += 1
    assert ran


def test_docs_name_no_machine(repository: Path) -> None:
    """No path of one machine, anywhere in the repository's text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=False).stdout.decode().split("\0")
    if not any(listed):
        pytest.skip("not a git checkout")
    pattern = re.compile(rb"(?<![\w.])/(?:work|root|home/[a-z]+)/[A-Za-z.]")
    named = [path for path in listed if path and (repository / path).is_file() and pattern.search((repository / path).read_bytes())]
    assert [path for path in named if not path.startswith("tests/")] == []
