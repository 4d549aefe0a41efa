"""AT35: secrets leave by a side way: a commit message, a branch or file name, the task log, a report, the arguments of a tool.

Defence: guard/secrets.py and journeys/run_secrecy.py: what a model says and asks for loses its secrets before anything is made of it
"""

from __future__ import annotations

import subprocess

import pytest

from setsquare.adapters.scripted import Turn
from setsquare.errors import ModelFailed

TWIN = pytest.mark.parametrize("is_open", [False, True], ids=["real", "permissive"])


# req: agent-runtime/5.5
@pytest.mark.attack("AT35")
@TWIN
def test_at35_no_canary_leaves_by_the_side(leak, acts, is_open):
    """The model knows the secrets, wherever from, and puts them wherever it can."""
    _, write, shell = acts
    said = " ".join(leak.every)
    leak.run(
        write(f"src/{leak.file}.txt", "x"),
        shell(f"mkdir src/{leak.environment}; touch src/{leak.environment}/x"),
        Turn(text=f"Done with {said}.\n\nChanged: {said}"),
        is_open=is_open,
    )
    assert leak.hostile.is_ticked, "the run went its whole way"
    channels = leak.sideways()
    found = {name for name, text in channels.items() if any(each in text for each in leak.known)}
    assert found == ({"commit message", "file name", "task log", "tool arguments", "state"} if is_open else set())
    # What only looks like a token may be a test's own, and arrives where the model writes it; what it says never does.
    tokens = {name for name in ("commit message", "task log", "report") if leak.token in channels[name]}
    assert tokens == ({"commit message", "task log"} if is_open else set())


class Quoting:
    """A model whose provider quotes the request when it refuses it."""

    id = "quoting"

    def __init__(self, quoted):
        self._quoted = quoted

    def complete(self, request, on_text=None):
        raise ModelFailed(f"400: bad request {self._quoted}", "")


@pytest.mark.attack("AT35")
@TWIN
def test_at35_the_report_of_a_run_that_stopped(leak, is_open):
    """The reason for which a run stops is printed, kept and sent on."""
    leak.run(is_open=is_open, model=lambda _profile: Quoting(" ".join(leak.every)))
    channels = leak.sideways()
    found = [(name, each) for name in ("report", "state") for each in leak.every if each in channels[name]]
    assert "400: bad request" in channels["report"]
    assert (found != []) is is_open


@pytest.mark.attack("AT35")
@TWIN
@pytest.mark.parametrize("command", ["git branch {}", "git tag {}", "git push -q ../outside/other.git HEAD:refs/heads/{}"])
def test_at35_a_name_in_git(leak, assault, acts, monkeypatch, is_open, command):
    """A branch and a tag travel with the next push, and a push to another repository travels at once."""
    _, _, shell = acts
    other = leak.hostile.outside / "other.git"
    subprocess.run(("git", "init", "-q", "--bare", str(other)), check=True)
    without = ("guard", "sandbox", "comparison") if is_open else ()
    changes = {"redact": lambda text, _values: text} if is_open else {}
    if is_open:
        monkeypatch.setattr("setsquare.journeys.run_secrecy.without_known", lambda text, _values: text)
    assault(shell(command.format(leak.environment)), without=without, secrets=(leak.environment,), **changes)
    names = [
        subprocess.run(("git", "for-each-ref"), cwd=place, check=True, capture_output=True, text=True).stdout
        for place in (leak.hostile.folder, other)
    ]
    assert (leak.environment in "".join(names)) is is_open
