"""A process for every answer: what it says, and that it is gone when nobody waits for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from setsquare.adapters import own_process
from setsquare.adapters.own_process import OwnProcess


def left_in(folder: Path) -> list[Path]:
    """List what lies in the folder of temporary files."""
    return sorted(folder.iterdir())


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnProcess:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return OwnProcess(str(tmp_path / "project"), {**os.environ, "SETSQUARE_TRACEBACK": "1"})


def test_it_gives_the_document_and_what_was_said_beside_it(asking: OwnProcess, tmp_path: Path) -> None:
    said = asyncio.run(asking.answer(("schema", "check", "--format=json")))
    assert (said.document[:1], said.beside, said.fault) == (b"{", "", "")
    refused = asyncio.run(asking.answer(("check", "nowhere")))
    assert refused.document == b""
    assert "nowhere" in refused.beside
    assert refused.fault == "it gave no answer"
    assert left_in(tmp_path / "temporary") == []


# req: mcp-server/5.2
def test_one_that_is_cancelled_is_gone_at_once(asking: OwnProcess, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        call = asyncio.ensure_future(asking.answer(("check", "--format=json")))
        while not left_in(tmp_path / "temporary"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        call.cancel()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(scenario())
    assert left_in(tmp_path / "temporary") == []
    assert capfd.readouterr().err == ""


def test_one_without_an_end_is_ended(asking: OwnProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "LIMIT_S", 0.01)
    assert "longer than" in asyncio.run(asking.answer(("check",))).fault
    monkeypatch.setattr(own_process, "LIMIT_S", 60)
    monkeypatch.setattr(own_process, "MOST_BYTES", 10)
    assert "the answer is longer" in asyncio.run(asking.answer(("schema", "check"))).fault
