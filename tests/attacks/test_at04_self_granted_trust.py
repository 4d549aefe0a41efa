"""AT04: the files that need trust grant it to themselves.

Defence: adapters/trust_file.py and adapters/state.py: trust lies outside of the workspace, and a place of state inside of it is refused
Twin: test_at04_trust_that_is_read_from_the_workspace_is_granted_by_it
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from setsquare.adapters.trust_file import FileTrust
from setsquare.errors import NotTrusted, Usage
from setsquare.journeys.opening import opened
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.trusting import grant


def _forge(hostile, wired):
    """Put a record of trust into the workspace, wherever one could be looked for, and take the real one away."""
    app = wired(hostile)
    grant(app, opened(app))
    state = next(path for path in Path(os.environ["XDG_STATE_HOME"]).rglob("trust.json"))
    for place in (".state", ".setsquare", ".kiro", ".local/state/setsquare", f".state/{state.parent.name}"):
        (hostile.folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(state, hostile.folder / place / "trust.json")
    app.trust.revoke()


@pytest.mark.attack("AT04")
def test_at04_a_workspace_cannot_trust_itself(hostile, wired, monkeypatch):
    _forge(hostile, wired)
    with pytest.raises(NotTrusted):
        start(wired(hostile), RunRequest(spec="sum"))
    monkeypatch.setenv("SETSQUARE_STATE", str(hostile.folder / ".state"))
    with pytest.raises(Usage, match="lies in the workspace"):
        wired(hostile)


@pytest.mark.attack("AT04")
def test_at04_trust_that_is_read_from_the_workspace_is_granted_by_it(hostile, wired):
    _forge(hostile, wired)
    report = start(wired(hostile, trust=FileTrust(str(hostile.folder / ".state"))), RunRequest(spec="sum"))
    assert report.status == "done"
