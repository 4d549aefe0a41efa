"""Folders of stores that several commands make at once."""

import os

import pytest

from setsquare.adapters import store_world


def test_a_folder_that_another_command_makes_in_between_is_no_failure(tmp_path, monkeypatch):
    real = os.mkdir

    def after_another(path, mode=0o777):
        real(path, mode)
        real(path, mode)

    monkeypatch.setattr(os, "mkdir", after_another)
    assert store_world._made(str(tmp_path / "a" / "b"), 0o700) == []
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_that_appears_in_between_is_one(tmp_path, monkeypatch):
    real = os.mkdir

    def after_a_file(path, mode=0o777):
        if path.endswith("b"):
            os.close(os.open(path, os.O_CREAT))
        real(path, mode)

    monkeypatch.setattr(os, "mkdir", after_a_file)
    with pytest.raises(FileExistsError):
        store_world._made(str(tmp_path / "a" / "b"), 0o700)
    assert not (tmp_path / "a").exists() or (tmp_path / "a" / "b").is_file()
