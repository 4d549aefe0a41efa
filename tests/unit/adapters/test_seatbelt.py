"""The profile alone: sandbox-exec is on macOS only."""

from __future__ import annotations

from setsquare.adapters import seatbelt
from setsquare.adapters.workspace_view import layout
from setsquare.ports.sandbox import Confinement


def test_profile_denies_last(tmp_path):
    (tmp_path / 'w"x').mkdir()
    view = layout(str(tmp_path / 'w"x'), Confinement(writable=("",), read_only=(".vscode",), hidden=(".env", "a/key")))
    lines = seatbelt.profile(view, "/private/p", "/usr/bin").splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert "network" not in "".join(lines)
    allowed = next(index for index, line in enumerate(lines) if line.startswith("(allow file-write*") and "/private/p" in line)
    denied = [index for index, line in enumerate(lines) if "/.vscode" in line or "/.env" in line]
    assert min(denied) > allowed
    assert all('w\\"x' in lines[index] for index in denied)
    assert any(line.startswith("(deny file-write-unlink (literal") and line.endswith('/a"))') for line in lines)


def test_absent_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.system", lambda: "Linux")
    assert seatbelt.find(str(tmp_path)) is None
