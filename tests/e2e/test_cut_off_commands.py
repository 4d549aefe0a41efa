"""Commands that write several files are killed before each write: whatever command comes next leaves all of the plan or nothing of it."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsquare.__main__ import main

SPEC = "# a Specification\n\n## Purpose\nDoors are watched by the guard at all times of the day.\n\n## Requirements\n\n### Requirement: Lock\nThe door SHALL lock.\n\n#### Scenario: Shut\n- **WHEN** it is shut\n- **THEN** it locks\n"
FILES = {
    ".git/HEAD": "ref: refs/heads/main\n",
    "CLAUDE.md": "# Rules\n\nBe strict.\n\n<!-- OPENSPEC:START -->\nold\n<!-- OPENSPEC:END -->\n",
    "GEMINI.md": "Use tabs.\n",
    "openspec/AGENTS.md": "old guide\n",
    "openspec/config.yaml": "schema: spec-driven\n",
    "openspec/specs/a/spec.md": SPEC,
    "openspec/specs/b/spec.md": SPEC.replace("# a", "# b"),
}
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "migrate": (("migrate", "--yes"),),
    "undo": (("migrate", "--yes"), ("migrate", "--undo", "--yes")),
    "convert": (("convert", "--from", "openspec", "--to", "kiro", "--yes"),),
    "install": (("skills", "install", "--tools", "claude", "--yes"),),
    "init": (("openspec", "init", "--tools", "claude,kiro", "--force"),),
    "update": (
        ("openspec", "init", "--tools", "kiro", "--force"),
        ("openspec", "config", "set", "delivery", "commands"),
        ("openspec", "update"),
    ),
}
LOADED = (
    *(f"surfaces.cli.{name}" for name in ("migrate", "convert", "skills", "status", "openspec.init", "openspec.update", "openspec.config")),
    *(
        "adapters.checkpoints",
        "adapters.git_past",
        "adapters.journal",
        "adapters.source_symbols",
        "adapters.audit_file",
        "adapters.cut_off_plan",
    ),
)
STEPS = ("rename", "link", "unlink", "mkdir", "rmdir", "fsync")


def lay(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def tree(root: Path) -> dict[str, bytes]:
    """Read all files, and name all folders."""
    return {os.fspath(path.relative_to(root)): path.read_bytes() if path.is_file() else b"" for path in root.rglob("*")}


def in_child(argv: tuple[str, ...], root: Path, said: Path, at: int = -1, counting: Path | None = None) -> int:
    """Run a command line in a process that is killed before its step number `at`; what it says on either stream is kept in a file.

    `counting` is a file that gets the number of steps.
    """
    child = os.fork()
    if not child:
        os.chdir(root)
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        count = 0

        def before(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **kwargs: Any) -> Any:
                nonlocal count
                if count == at:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return function(*args, **kwargs)

            return call

        for name in STEPS:
            setattr(os, name, before(getattr(os, name)))
        code = 70
        try:
            code = main(list(argv))
        finally:
            sys.stdout.flush()
            if counting is not None:
                counting.write_text(str(count))
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(name: str, base: Path, then: str, points: int) -> dict[str, Any]:
    """Kill the last command of a series before so many of its steps, the first and the last among them, and look at what the next command leaves."""
    *first, last = COMMANDS[name]
    for module in LOADED:
        importlib.import_module(f"setsquare.{module}")  # once for all children
    root, said = base / "w", base / "said"
    problems: list[str] = []
    kills, told = 0, 0

    def lay_out() -> dict[str, bytes]:
        lay(root)
        for place in ("state", "home", "config", "data"):
            shutil.rmtree(base / place, ignore_errors=True)
            (base / place).mkdir()
        for argv in first:
            assert in_child(argv, root, said) == 0, said.read_text()
        return tree(root)

    before = lay_out()
    assert in_child(last, root, said, counting=base / "steps") == 0, said.read_text()
    after, steps = tree(root), int((base / "steps").read_text())
    assert len(set(before.items()) ^ set(after.items())) > 2, "several files are written"
    for at in sorted({round(point * (steps - 1) / (points - 1)) for point in range(points)}):
        lay_out()
        assert in_child(last, root, said, at) == -signal.SIGKILL
        kills += 1
        code = in_child((then,), root, said)
        lines = [line for line in said.read_text().splitlines() if "had been cut off" in line]
        told += len(lines)
        if code not in (0, 1, 3) or tree(root) not in (before, after) or len(lines) > 1:
            odd = sorted(set(tree(root).items()) ^ set(after.items()))
            problems.append(f"{at}: {code} {[path for path, _ in odd][:9]} {said.read_text()[-400:]}")
    return {"problems": problems, "kills": kills, "told": told}


# req: openspec-interop/5.6
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_after_a_kill_the_next_command_leaves_all_or_nothing(name: str, tmp_path: Path) -> None:
    then = "doctor" if name == "undo" else "status"
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path) as base:
        ran = subprocess.run([sys.executable, __file__, name, base, then, "5"], capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2_000:]
    found = json.loads(ran.stdout)
    assert found["problems"] == []
    assert found["kills"] == 5
    assert found["told"] >= 3


if __name__ == "__main__":
    _, _name, _base, _then, _points = sys.argv
    for _variable, _place in (
        ("SETSQUARE_STATE", "state"),
        ("HOME", "home"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
    ):
        os.environ[_variable] = f"{_base}/{_place}"
    sys.stdout.write(json.dumps(kill(_name, Path(_base), _then, int(_points))))
