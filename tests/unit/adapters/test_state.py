from __future__ import annotations

import re
from pathlib import Path

import pytest

from setsquare.adapters.state import made_state_folder, state_folder, workspace_id
from setsquare.errors import StorageFailed, Usage


def test_id_names_the_real_path(tmp_path):
    (tmp_path / "My Project!").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "My Project!")
    name = workspace_id(str(tmp_path / "My Project!"))
    assert re.fullmatch(r"[0-9a-f]{16}-My-Project", name)
    assert workspace_id(str(tmp_path / "link")) == name
    assert workspace_id(str(tmp_path)) != name
    assert workspace_id("/").endswith("-workspace")


def test_order_of_choice(tmp_path):
    workspace = str(tmp_path / "w")
    name = workspace_id(workspace)
    home = str(tmp_path / "home")
    assert state_folder(workspace, {"SETSQUARE_STATE": str(tmp_path / "s"), "XDG_STATE_HOME": "/x"}) == f"{tmp_path}/s/{name}"
    assert state_folder(workspace, {"XDG_STATE_HOME": str(tmp_path / "x")}) == f"{tmp_path}/x/setsquare/{name}"
    assert state_folder(workspace, {"HOME": home}) == f"{home}/.local/state/setsquare/{name}"
    assert state_folder(workspace, {"HOME": home, "XDG_STATE_HOME": "relative"}) == f"{home}/.local/state/setsquare/{name}"


@pytest.mark.parametrize("inside", ["", "state", ".git/x", "link"])
def test_never_in_the_workspace(tmp_path, inside):
    workspace = tmp_path / "w"
    workspace.mkdir()
    (tmp_path / "w2").mkdir()
    (tmp_path / "to-workspace").symlink_to(workspace)
    for way in (workspace / inside, tmp_path / "to-workspace" / inside, tmp_path / "w2" / ".." / "w" / inside):
        with pytest.raises(Usage):
            state_folder(str(workspace), {"SETSQUARE_STATE": str(way)})
    assert state_folder(str(workspace), {"SETSQUARE_STATE": str(tmp_path / "w2")}) == f"{tmp_path}/w2/{workspace_id(str(workspace))}"


def test_workspaces_that_share_a_place_keep_apart(tmp_path):
    shared = {"SETSQUARE_STATE": str(tmp_path / "s")}
    one, other = (state_folder(str(tmp_path / name / "app"), shared) for name in ("a", "b"))
    assert one != other
    assert not one.startswith(other)


def test_relative_state_is_refused(tmp_path):
    with pytest.raises(Usage):
        state_folder(str(tmp_path), {"SETSQUARE_STATE": "state"})


def test_made_for_the_owner_only(tmp_path):
    place = made_state_folder(str(tmp_path / "w"), {"SETSQUARE_STATE": str(tmp_path / "a" / "s")})
    assert Path(place).stat().st_mode & 0o777 == 0o700
    assert place == f"{tmp_path}/a/s/{workspace_id(str(tmp_path / 'w'))}"
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageFailed):
        made_state_folder(str(tmp_path / "w"), {"SETSQUARE_STATE": str(tmp_path / "file" / "s")})
