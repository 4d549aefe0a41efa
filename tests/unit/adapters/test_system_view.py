from __future__ import annotations

import os
import sys

import pytest

from setsquare.adapters.system_view import base_environment, readable_paths, search_path, trusted_path


def readable(path: str, home, monkeypatch) -> tuple[str, ...]:
    monkeypatch.setenv("HOME", str(home))
    return readable_paths(path)


def is_readable(place, readable_places) -> bool:
    return any(str(place) == other or str(place).startswith(other + "/") for other in readable_places)


def test_programs_are_readable_and_the_home_is_not(tmp_path, monkeypatch):
    home = tmp_path / "home"
    for name in (".ssh", ".cargo/bin", ".local/bin", ".local/share/keyrings", ".config", ".nvm/versions", "venv/bin", "venv/lib", "bin"):
        (home / name).mkdir(parents=True)
    (home / ".cargo" / "credentials.toml").write_text("x")
    (home / "venv" / "secret").write_text("x")
    path = f"{home}/bin:{home}/.local/bin:{home}/.cargo/bin:{home}/venv/bin:/usr/bin"
    places = readable(path, home, monkeypatch)
    for name in (".cargo/bin/rustc", ".local/bin/x", ".nvm/versions", "venv/bin", "venv/lib", "bin"):
        assert is_readable(home / name, places), name
    for name in (".ssh", ".cargo/credentials.toml", ".local/share/keyrings", ".config", "venv/secret", "other"):
        assert not is_readable(home / name, places), name
    assert is_readable(os.path.realpath(sys.executable), places)
    assert not is_readable("/etc/shadow", places)
    assert not is_readable("/var", places)
    assert not is_readable("/run", places)


def test_a_search_path_cannot_open_the_home(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    for path in (str(home), str(tmp_path), "/", f"{home}/bin/..", f"{home}/link"):
        if path.endswith("link"):
            (home / "link").symlink_to(home)
        assert not is_readable(home / ".ssh", readable(path, home, monkeypatch)), path


def test_none_lies_below_another(monkeypatch, tmp_path):
    places = readable(os.environ["PATH"], tmp_path, monkeypatch)
    assert list(places) == sorted(places)
    assert not any(one != other and one.startswith(other + "/") for one in places for other in places)


def test_relative_search_path_is_dropped(monkeypatch):
    assert search_path("::.:bin:/usr/bin/:/bin") == ("/usr/bin", "/bin")
    monkeypatch.setenv("PATH", "bin:.")
    assert base_environment("/p") == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/p",
        "TMPDIR": "/p",
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def test_programs_of_the_platform_never_come_from_the_workspace(tmp_path, monkeypatch):
    inside = tmp_path / "w" / ".venv" / "bin"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inside)
    monkeypatch.setenv("PATH", f"{inside}:.:{tmp_path}/link:{tmp_path}/w:/usr/bin")
    assert trusted_path(str(tmp_path / "w")) == "/usr/bin"


@pytest.mark.parametrize("place", ["", "src/deep"])
def test_programs_of_the_project_around_are_not_trusted_for_another_folder(tmp_path, monkeypatch, place):
    project, other = tmp_path / "project", tmp_path / "other"
    for folder in (project / ".git", project / "bin", project / "src/deep", other, tmp_path / "tools"):
        folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(project / "bin")
    monkeypatch.chdir(project / place)
    monkeypatch.setenv("PATH", f"{project}/bin:{tmp_path}/link:{project}/src/../bin:{tmp_path}/tools:/usr/bin")
    assert trusted_path(str(other)) == f"{tmp_path}/tools:/usr/bin"


def test_a_home_folder_is_no_project(tmp_path, monkeypatch):
    (tmp_path / ".local/bin").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/.local/bin:/usr/bin")
    assert trusted_path("/nowhere") == f"{tmp_path}/.local/bin:/usr/bin"
