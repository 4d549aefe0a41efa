"""What this machine says of itself, with an environment that the test makes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from setsquare.adapters.machine import ThisMachine
from setsquare.workspace.settings import ModelProfile

SECRET = "sk-tell-nobody"


def machine(tmp_path, **environ: str) -> ThisMachine:
    folder = tmp_path / "workspace"
    folder.mkdir(exist_ok=True)
    return ThisMachine(str(folder), {"SETSQUARE_STATE": str(tmp_path / "state"), **environ})


def test_versions(tmp_path):
    here = machine(tmp_path)
    assert all(text[:1].isdigit() for text in (here.setsquare(), here.python(), here.git()))


def test_every_extra_of_the_package_is_looked_for(tmp_path):
    declared = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert [name for name, _ in machine(tmp_path).extras()] == sorted(set(declared) - {"all", "dev"})


def test_state_is_tried_and_nothing_is_left(tmp_path):
    place = machine(tmp_path).state()
    assert place.problem == ""
    assert place.path.startswith(str(tmp_path / "state"))
    assert place.free_bytes > 0
    assert abs(place.skew_s) < 5
    assert os.listdir(tmp_path) == ["workspace"]


def test_state_in_the_workspace_is_a_problem(tmp_path):
    assert "lies in the workspace" in machine(tmp_path, SETSQUARE_STATE=str(tmp_path / "workspace" / "s")).state().problem


def test_state_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    assert machine(tmp_path, SETSQUARE_STATE="/proc/nowhere/s").state().problem


def test_backends_are_told_one_by_one(tmp_path):
    states = machine(tmp_path).backends()
    assert [state.name for state in states] == ["bubblewrap", "landlock", "container", "seatbelt"]
    assert sum(state.is_chosen for state in states) <= 1
    assert all(state.is_present for state in states if state.works)
    assert next(state for state in states if state.name == "seatbelt").tested == ""
    assert os.listdir(tmp_path / "workspace") == []


def test_choice(tmp_path):
    assert machine(tmp_path).choice() == ""
    assert "none" in machine(tmp_path, SETSQUARE_SANDBOX="none").choice()
    assert "firejail" in machine(tmp_path, SETSQUARE_SANDBOX="firejail").choice()


def test_keys_by_name_only(tmp_path):
    profile = ModelProfile(name="primary", provider="anthropic", model="m")
    with_key = machine(tmp_path, ANTHROPIC_API_KEY=SECRET).key(profile)
    assert (with_key.variable, with_key.is_set, with_key.problem) == ("ANTHROPIC_API_KEY", True, "")
    without = machine(tmp_path).key(profile)
    assert not without.is_set
    assert without.problem
    wrong = machine(tmp_path, ANTHROPIC_API_KEY=f"{SECRET}\n{SECRET}").key(profile)
    assert SECRET not in f"{with_key} {without} {wrong}"


def test_unknown_providers_are_a_problem(tmp_path):
    assert "not known" in machine(tmp_path).key(ModelProfile(name="p", provider="nobody", model="m")).problem
