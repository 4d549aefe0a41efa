"""The import contracts hold, and each of them fires on a violation planted in a copy of the source."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLANTED = {
    "Rooms depend downwards only": ("text/planted.py", "import setsquare.workspace.model\n"),
    "The core does no I/O": ("guard/planted.py", "import subprocess\n"),
    "Adapters see ports and values only": ("adapters/planted.py", "import setsquare.spec.stage\n"),
    "Only the wire knows the adapters": ("journeys/planted.py", "import setsquare.adapters.files\n"),
    "Surfaces are strangers to each other": ("surfaces/planted.py", "import setsquare.surfaces.cli.entry\n"),
    "Rules are strangers to each other": ("rules/planted/one.py", "import setsquare.rules.ears.modal\n"),
    "No cycles at any depth": ("usage/planted_one.py", "import setsquare.usage.planted_two\n"),
}
COMPANIONS = {"usage/planted_two.py": "def later() -> None:\n    import setsquare.usage.planted_one\n", "rules/planted/__init__.py": ""}


def lint(folder: Path) -> str:
    """Run import-linter over a copy of the source."""
    script = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "src", "PATH": "/usr/bin:/bin"},
    )
    return done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path, repository: Path) -> Path:
    """A copy of the source with its contracts."""
    shutil.copytree(repository / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "samples"))
    shutil.copy(repository / ".importlinter", tmp_path / ".importlinter")
    return tmp_path


def test_all_contracts_are_kept_and_none_ignores_anything(copy: Path, repository: Path) -> None:
    """No exception list, ever."""
    assert "ignore_imports" not in (repository / ".importlinter").read_text()
    assert "0 broken" in lint(copy)


@pytest.mark.parametrize("contract", PLANTED)
def test_each_contract_fires_on_a_planted_violation(contract: str, copy: Path) -> None:
    """A guard that cannot fail is none."""
    name, source = PLANTED[contract]
    for path, text in {**COMPANIONS, name: source}.items():
        target = copy / "src" / "setsquare" / path
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    output = lint(copy)
    assert f"{contract} BROKEN" in output, output


def test_a_room_that_no_layer_names_breaks_the_contract(copy: Path) -> None:
    """The layers are exhaustive: a new room must be given its place."""
    (copy / "src" / "setsquare" / "helpers").mkdir()
    (copy / "src" / "setsquare" / "helpers" / "__init__.py").write_text("")
    assert "Rooms depend downwards only BROKEN" in lint(copy) or "helpers" in lint(copy)
