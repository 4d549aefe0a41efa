"""What `doctor` says of a machine that lacks something."""

from __future__ import annotations

import pytest
from msgspec import Struct

from setsquare.journeys.doctoring import Check, Diagnosis, Standing, diagnose
from setsquare.ports.machine import BackendState, KeyState, StatePlace
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile

NOW = "2026-03-01T12:00:00Z"
SETTINGS = b'{"models": {"primary": {"provider": "anthropic", "model": "m"}}}'


def backend(name: str = "bubblewrap", **changed) -> BackendState:
    values = {
        "name": name,
        "is_present": True,
        "works": True,
        "is_chosen": True,
        "supports_hosts": True,
        "tested": "Linux",
        "lacks": ("memory",),
    }
    return BackendState(**{**values, **changed})


class FakeMachine(Struct, frozen=True, kw_only=True):
    """A machine as a test says."""

    python_version: str = "3.12.1"
    git_version: str = "2.43.0"
    found: tuple[BackendState, ...] = (backend(),)
    chosen: str = ""
    place: StatePlace = StatePlace(path="/state/x", free_bytes=9_000_000_000)
    installed: tuple[tuple[str, bool], ...] = (("code", True),)
    key_state: KeyState = KeyState(variable="ANTHROPIC_API_KEY", is_set=True)

    def setsquare(self) -> str:
        return "1.2.3"

    def python(self) -> str:
        return self.python_version

    def git(self) -> str:
        return self.git_version

    def backends(self) -> tuple[BackendState, ...]:
        return self.found

    def choice(self) -> str:
        return self.chosen

    def state(self) -> StatePlace:
        return self.place

    def extras(self) -> tuple[tuple[str, bool], ...]:
        return self.installed

    def key(self, profile: ModelProfile) -> KeyState:
        return self.key_state


def looked(machine: FakeMachine, workspace: Workspace | None = None, now: str = NOW) -> Diagnosis:
    return diagnose(machine, now, None, workspace)


def named(found: Diagnosis, name: str) -> Check:
    return next(check for check in found.checks if check.name == name)


def test_a_good_machine_is_fine_outside_of_a_workspace():
    found = looked(FakeMachine())
    assert found.is_fine
    assert named(found, "workspace").found == "none here"


# req: agent-runtime/3.5
@pytest.mark.parametrize(
    ("machine", "name", "standing"),
    [
        (FakeMachine(python_version="3.10.9"), "python", Standing.MEND),
        (FakeMachine(git_version=""), "git", Standing.MEND),
        (FakeMachine(git_version="2.9.1"), "git", Standing.MEND),
        (FakeMachine(found=(backend(works=False, is_chosen=False),)), "sandbox", Standing.MEND),
        (FakeMachine(chosen="SETSQUARE_SANDBOX is `none`"), "sandbox", Standing.MEND),
        (FakeMachine(found=(backend("seatbelt", tested=""),)), "sandbox", Standing.NOTE),
        (FakeMachine(found=(backend("landlock", supports_hosts=False),)), "sandbox", Standing.NOTE),
        (FakeMachine(place=StatePlace(path="/s", problem="/s cannot be written")), "state", Standing.MEND),
        (FakeMachine(place=StatePlace(path="/s", free_bytes=1_000_000)), "disk", Standing.MEND),
        (FakeMachine(place=StatePlace(path="/s", free_bytes=10**12, skew_s=90.0)), "clock", Standing.NOTE),
        (FakeMachine(installed=(("formal", False),)), "extra formal", Standing.NOTE),
    ],
)
def test_what_is_missing_is_said(machine, name, standing):
    found = looked(machine)
    check = named(found, name)
    assert check.standing is standing
    assert check.advice
    assert found.is_fine is (standing is not Standing.MEND)


@pytest.mark.parametrize("now", ["1970-01-01T00:00:00Z", "2222-01-01T00:00:00Z"])
def test_a_clock_that_cannot_be_right(now):
    assert named(looked(FakeMachine(), now=now), "clock").standing is Standing.MEND


def test_keys_are_named_and_never_shown():
    workspace = load({RelPath(".kiro/settings.json"): SETTINGS}, ())
    assert named(looked(FakeMachine(), workspace), "model primary").found == "anthropic:m, ANTHROPIC_API_KEY set"
    missing = FakeMachine(key_state=KeyState(variable="ANTHROPIC_API_KEY", is_set=False, problem="There is no key."))
    found = looked(missing, workspace)
    assert named(found, "model primary").found == "anthropic:m, ANTHROPIC_API_KEY not set"
    assert not found.is_fine


@pytest.mark.parametrize(
    ("raw", "standing"),
    [
        (b"no json", Standing.MEND),
        (b'{"agent": {"forbiddenCommands": "rm"}}', Standing.MEND),
        (b'{"agent": {"autonomyLevel": "daring"}}', Standing.NOTE),
    ],
)
def test_settings_that_cannot_be_followed_are_named(raw, standing):
    workspace = load({RelPath(".kiro/settings.json"): raw}, ())
    found = looked(FakeMachine(), workspace)
    assert named(found, "settings").standing is standing
    assert ".kiro/settings.json" in named(found, "settings").advice
    assert found.is_fine is (standing is not Standing.MEND)
    further = looked(FakeMachine(), load({RelPath("examples/a/.kiro/settings.json"): raw}, ()))
    assert named(further, "settings").standing is Standing.NOTE


def test_an_example_further_down_stops_nothing():
    workspace = load({RelPath("examples/a/.kiro/settings.json"): SETTINGS}, ())
    missing = FakeMachine(key_state=KeyState(variable="ANTHROPIC_API_KEY", is_set=False, problem="There is no key."))
    assert looked(missing, workspace).is_fine


def test_a_workspace_without_models_is_told():
    found = looked(FakeMachine(), load({RelPath(".kiro/settings.json"): b"{}"}, ()))
    assert named(found, "models").standing is Standing.NOTE
    assert found.is_fine
