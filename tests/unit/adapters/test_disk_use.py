"""A full disk is refused by name, and what a command takes is held against its limit."""

from __future__ import annotations

import pytest

from setsquare.adapters.disk_use import DiskUse
from setsquare.errors import SandboxFailed

BEYOND_ANY_DISK = 1 << 62


def test_a_full_disk_is_refused_by_name(tmp_path):
    with pytest.raises(SandboxFailed, match=r"the disk of .* is full") as refused:
        DiskUse((str(tmp_path),), 1_000_000, least_free=BEYOND_ANY_DISK)
    assert "make room" in refused.value.hint


def test_nothing_taken_is_no_excess(tmp_path):
    assert DiskUse((str(tmp_path), str(tmp_path)), BEYOND_ANY_DISK).excess() == ""


def test_places_that_vanish_count_nothing(tmp_path):
    assert DiskUse((str(tmp_path),), BEYOND_ANY_DISK).excess((str(tmp_path / "gone"),)) == ""


def test_a_file_system_of_the_command_counts_as_a_whole(tmp_path):
    """The disk of the test stands for the memory of a sandbox: much more than a megabyte of it is used."""
    assert DiskUse((str(tmp_path),), 1_000_000).excess((str(tmp_path),)) == "more than 1 MB of the disk taken"
