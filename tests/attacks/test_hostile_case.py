"""A case that a stranger wrote: its settings name hosts, and its commands are longer than anybody reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from setsquare import wire
from setsquare.adapters import sandboxes
from setsquare.events.conversation import Reply, ToolCall
from setsquare.journeys.case import Case, Ending, Said, write_case
from setsquare.ports.sandbox import Confinement
from setsquare.surfaces.cli.case import command


def case_of(*commands: str) -> Case:
    said = tuple(
        Said(reply=Reply(calls=(ToolCall(str(number), "shell", f'{{"command": "{text}"}}'),), stop="tools"))
        for number, text in enumerate(commands)
    )
    return Case(
        made_with="", run="r", spec="sum", task="1", mode="supervised", autonomy="full", verify="true", ending=Ending(code="x"), said=said
    )


def test_a_case_reaches_no_host_whatever_its_settings_name(tmp_path: Path) -> None:
    sandbox = wire.case_app(tmp_path, case_of()).sandbox
    if sandbox is None:
        pytest.skip("no sandbox works on this machine")
    asked = Confinement(hosts=("example.com",), limit_s=20.0)
    assert not sandbox.supports_hosts
    assert b"proxy" not in sandbox.run(("env",), asked).output.lower()
    open_one = sandboxes.find(str(tmp_path / "workspace"))
    if open_one is not None and open_one.supports_hosts:
        assert b"proxy" in open_one.run(("env",), asked).output.lower(), "the test sees a sandbox that lets out"


def test_a_person_sees_every_command_of_a_case_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_bytes(write_case(case_of(f"ls {'x' * 500}; touch hidden-at-the-end")))
    told = CliRunner().invoke(command, ["replay", str(file)])
    assert told.exit_code != 0
    assert "hidden-at-the-end" in told.stderr
