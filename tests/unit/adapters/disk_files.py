"""A workspace's files on a real disk, for tests that read, list and change them."""

from __future__ import annotations

from pathlib import Path

from setsquare.text.paths import RelPath

TASKS = RelPath(".kiro/specs/a/tasks.md")


def repository(tmp_path: Path) -> Path:
    """Make a folder with some files."""
    root = tmp_path / "repository"
    put(root, TASKS, b"- [ ] 1. Go\n")
    put(root, "AGENTS.md", b"# A\n")
    put(root, "src/main.py", b"print()\n")
    return root


def put(root: Path, path: str, raw: bytes = b"x\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
    return file


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file() and not path.is_symlink()}
