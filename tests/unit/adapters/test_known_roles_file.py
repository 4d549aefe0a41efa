"""Roles that were announced are remembered; where nothing can be kept they are announced again."""

from __future__ import annotations

from pathlib import Path

from setsquare.adapters.known_roles_file import FILE, FileKnownRoles


def test_a_role_is_new_once(tmp_path: Path) -> None:
    known = FileKnownRoles(str(tmp_path / "state"))
    assert known.unknown(["b", "a", "b"]) == ("b", "a")
    known.announced(["b"])
    assert FileKnownRoles(str(tmp_path / "state")).unknown(["b", "a"]) == ("a",)
    known.announced([])
    assert (tmp_path / "state" / FILE).read_text() == "b\n"


def test_names_that_would_be_two_lines_are_never_remembered(tmp_path: Path) -> None:
    known = FileKnownRoles(str(tmp_path))
    known.announced(["a\nb"])
    assert known.unknown(["a", "b", "a\nb"]) == ("a", "b", "a\nb")


def test_without_a_place_every_role_is_new(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (None, str(tmp_path / "file" / "state")):
        known = FileKnownRoles(folder)
        known.announced(["a"])
        assert known.unknown(["a"]) == ("a",)
