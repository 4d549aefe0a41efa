"""Drives the command line through `main(argv)` in a fresh git repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from setsquare.__main__ import main

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"


class Ran(NamedTuple):
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read standard output as JSON and hold it against its published schema."""
        value = json.loads(self.out)
        kind, name, version = value["schema"].split("/")
        assert (kind, version) == ("setsquare", "1")
        jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(value)
        return value


Run = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh git repository that is the current folder."""
    place = tmp_path / "project"
    place.mkdir()
    for command in (["init", "-q", "-b", "main"], ["config", "user.name", "Ada"], ["config", "user.email", "ada@example.org"]):
        subprocess.run(["git", *command], cwd=place, check=True)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line and give its exit code and both streams."""

    def run(*argv: str) -> Ran:
        capsys.readouterr()
        code = main(list(argv))
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run


@pytest.fixture
def git(folder: Path) -> Callable[..., str]:
    """Run git in the repository and give what it prints."""

    def git(*argv: str) -> str:
        return subprocess.run(["git", *argv], cwd=folder, check=True, capture_output=True, text=True).stdout

    return git
