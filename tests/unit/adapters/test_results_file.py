"""Recorded results are kept outside of the workspace, replaced whole, and never followed through a link."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from setsquare.adapters.results_file import FileResults
from setsquare.errors import StorageFailed


def test_what_was_written_last_is_read(tmp_path: Path):
    kept = FileResults(str(tmp_path / "state"))
    assert kept.read() == b""
    kept.write(b"one")
    kept.write(b"two")
    assert FileResults(str(tmp_path / "state")).read() == b"two"
    (file,) = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_neither_read_nor_written_through(tmp_path: Path):
    (tmp_path / "elsewhere").write_bytes(b"secret")
    (tmp_path / "results.json").symlink_to(tmp_path / "elsewhere")
    kept = FileResults(str(tmp_path))
    assert kept.read() == b""
    kept.write(b"mine")
    assert (tmp_path / "elsewhere").read_bytes() == b"secret"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed, match="cannot record the test results"):
        FileResults(str(tmp_path / "file" / "state")).write(b"x")
