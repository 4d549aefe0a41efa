"""Descriptions that GitHub publishes as packages of npm: where a test run put them before (`SETSQUARE_NPM`), else from the registry."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def described(package: str, version: str, file: str, factory: pytest.TempPathFactory) -> Path:
    """Find a file of a package; the test skips with a message where nobody can get it."""
    inner = Path("node_modules") / package / file
    named = os.environ.get("SETSQUARE_NPM")
    if named and (Path(named) / inner).is_file():
        return Path(named) / inner
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"{package} is absent: npm is not installed")
    folder = factory.mktemp("npm")
    argv = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), f"{package}@{version}"]
    done = subprocess.run(argv, capture_output=True, timeout=300, check=False)
    if done.returncode or not (folder / inner).is_file():
        pytest.skip(f"{package} is absent: npm cannot get it")
    return folder / inner
