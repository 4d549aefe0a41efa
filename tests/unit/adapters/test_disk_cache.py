"""The cache of results: what it keeps, what it forgets, and what it refuses to touch."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from setsquare.adapters import disk_cache
from setsquare.adapters.disk_cache import DiskCache, cache_folder, program_identity

KEY, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "setsquare" / "check"


def test_what_was_stored_comes_back(place: Path) -> None:
    cache = DiskCache(str(place), "1")
    assert cache.get(KEY) is None
    cache.put(KEY, b"\0value")
    assert DiskCache(str(place), "1").get(KEY) == b"\0value"
    assert cache.get(OTHER) is None
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", "../x", "a" * 63, "A" * 64, "a" * 64 + "\n", "/etc/passwd"])
def test_a_key_that_is_none_touches_nothing(place: Path, key: str) -> None:
    cache = DiskCache(str(place), "1")
    cache.put(key, b"x")
    assert cache.get(key) is None
    assert not place.exists()


def test_a_damaged_entry_is_none(place: Path) -> None:
    cache = DiskCache(str(place), "1")
    cache.put(KEY, b"value" * 100)
    whole = (place / KEY).read_bytes()
    for damaged in (b"", whole[:-1], whole[:20], whole + b"x", whole.replace(b"value", b"worth", 1)):
        (place / KEY).write_bytes(damaged)
        assert cache.get(KEY) is None
    (place / OTHER).write_bytes(whole)
    (place / OTHER).chmod(0o600)
    assert cache.get(OTHER) is None, "an entry under another name is none"
    cache.put(KEY, b"new")
    assert cache.get(KEY) == b"new"


def test_links_are_not_followed(place: Path, tmp_path: Path) -> None:
    cache = DiskCache(str(place), "1")
    cache.put(KEY, b"value")
    (tmp_path / "outside").write_bytes((place / KEY).read_bytes())
    (place / KEY).unlink()
    (place / KEY).symlink_to(tmp_path / "outside")
    assert cache.get(KEY) is None
    cache.put(KEY, b"other")
    assert not (place / KEY).is_symlink()
    assert b"value" in (tmp_path / "outside").read_bytes()
    linked = tmp_path / "linked"
    linked.symlink_to(place)
    DiskCache(str(linked), "1").put(OTHER, b"x")
    assert not (place / OTHER).exists()
    assert DiskCache(str(linked), "1").get(KEY) is None


def test_what_others_may_write_is_not_read(place: Path) -> None:
    cache = DiskCache(str(place), "1")
    cache.put(KEY, b"value")
    (place / KEY).chmod(0o666)
    assert cache.get(KEY) is None
    (place / KEY).chmod(0o600)
    place.chmod(0o777)
    assert cache.get(KEY) is None
    cache.put(OTHER, b"value")
    assert not (place / OTHER).exists()


def test_no_regular_file_is_none(place: Path) -> None:
    place.mkdir(parents=True, mode=0o700)
    os.mkfifo(place / KEY, 0o600)
    assert DiskCache(str(place), "1").get(KEY) is None
    (place / OTHER).mkdir(mode=0o700)
    cache = DiskCache(str(place), "1")
    assert cache.get(OTHER) is None
    cache.put(OTHER, b"x")
    assert cache.get(OTHER) is None


def test_the_oldest_go(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_cache, "LIMIT_ENTRIES", 3)
    cache = DiskCache(str(place), "1")
    keys = [f"{number:064x}" for number in range(5)]
    for age, key in enumerate(keys[:4]):
        cache.put(key, b"x")
        os.utime(place / key, (1000 + age, 1000 + age))
    (place / ".0.tmp").write_bytes(b"left behind")
    os.utime(place / ".0.tmp", (1, 1))
    assert cache.get(keys[1]) == b"x"
    cache.put(keys[4], b"x")
    assert sorted(entry.name for entry in place.iterdir()) == sorted([keys[1], keys[3], keys[4]])
    monkeypatch.setattr(disk_cache, "LIMIT_BYTES", 100)
    cache.put(keys[0], b"x" * 40)
    assert [entry.name for entry in place.iterdir()] == [keys[0]]
    monkeypatch.setattr(disk_cache, "LIMIT_ENTRY_BYTES", 10)
    cache.put(keys[2], b"x" * 11)
    assert cache.get(keys[2]) is None


def test_a_place_that_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    cache = DiskCache(str(tmp_path / "file" / "check"), "1")
    cache.put(KEY, b"x")
    assert cache.get(KEY) is None


def test_where_results_are_kept(tmp_path: Path) -> None:
    folder = str(tmp_path / "project")
    home = {"HOME": str(tmp_path / "home")}
    assert cache_folder(folder, home) == str(tmp_path / "home/.cache/setsquare/check")
    assert cache_folder(folder, {**home, "XDG_CACHE_HOME": str(tmp_path / "c")}) == str(tmp_path / "c/setsquare/check")
    assert cache_folder(folder, {**home, "XDG_CACHE_HOME": "relative"}) == str(tmp_path / "home/.cache/setsquare/check")
    assert cache_folder(folder, {**home, "SETSQUARE_CACHE": "off"}) == ""
    assert cache_folder(folder, {**home, "XDG_CACHE_HOME": folder}) == ""
    assert cache_folder(folder, {"HOME": folder}) == ""
    (tmp_path / "way").symlink_to(tmp_path / "project")
    assert cache_folder(folder, {"XDG_CACHE_HOME": str(tmp_path / "way")}) == ""


def test_another_version_or_source_is_another_program(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.py").write_text("x = 1")
    first = program_identity(str(tmp_path), "1.0")
    assert first == program_identity(str(tmp_path), "1.0")
    assert first != program_identity(str(tmp_path), "1.1")
    (tmp_path / "rules" / "a.py").write_text("x = 10")
    assert first != program_identity(str(tmp_path), "1.0")
