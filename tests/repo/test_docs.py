"""The generated pages are as generated, and the examples of the handwritten ones run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from setsquare.__main__ import main

REPOSITORY = Path(__file__).resolve().parents[2]
HANDWRITTEN = ("README.md", "docs/guides")
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def handwritten(repository: Path) -> list[Path]:
    """List the pages whose examples run."""
    return [
        page
        for name in HANDWRITTEN
        for page in ([repository / name] if name.endswith(".md") else sorted((repository / name).rglob("*.md")))
    ]


def commands(page: Path) -> list[str]:
    """List the command lines that a page shows."""
    return [
        line[2:]
        for kind, body in BLOCK.findall(page.read_text())
        if kind == "console"
        for line in body.splitlines()
        if line.startswith("$ setsquare")
    ]


WITH_COMMANDS = [page for page in handwritten(REPOSITORY) if commands(page)]


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


def test_pages_show_commands() -> None:
    """The README does, and several guides."""
    assert REPOSITORY / "README.md" in WITH_COMMANDS
    assert len(WITH_COMMANDS) > 5


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.stem)
def test_every_console_example_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`$ setsquare …` lines of one page run in order in one fresh git repository; `# exit N` names another exit code than 0."""
    folder = tmp_path / page.stem
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    monkeypatch.chdir(folder)
    for line in commands(page):
        command, _, note = line.partition("#")
        wanted = int(note.split()[1]) if note.strip().startswith("exit") else 0
        code = main(shlex.split(command)[1:])
        said = capsys.readouterr()
        assert code == wanted, f"{line}\n{said.out}{said.err}"


def test_docs_name_no_machine(repository: Path) -> None:
    """No path of one machine, anywhere in the repository's text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=False).stdout.decode().split("\0")
    if not any(listed):
        pytest.skip("not a git checkout")
    pattern = re.compile(rb"(?<![\w.])/(?:work|root|home/[a-z]+)/[A-Za-z.]")
    named = [path for path in listed if path and (repository / path).is_file() and pattern.search((repository / path).read_bytes())]
    assert [path for path in named if not path.startswith("tests/")] == []
