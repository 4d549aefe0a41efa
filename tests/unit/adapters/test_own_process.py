"""A process for every answer: what it says, and that it is gone when nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
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


def test_one_stands_ready_answers_once_and_another_takes_its_place(asking: OwnProcess, tmp_path: Path) -> None:
    def ready() -> int:
        waiting = asking._ready
        return waiting.pid if waiting is not None else 0

    async def scenario() -> list[int]:
        async with asking.readiness():
            seen = [ready()]
            for _ in range(2):
                said = await asking.answer(("schema", "check", "--format=json"))
                assert said.document[:1] == b"{"
                seen.append(ready())
            os.kill(seen[-1], signal.SIGKILL)
            while asking._ready is not None and asking._ready.returncode is None:
                await asyncio.sleep(0.01)
            assert (await asking.answer(("schema", "check"))).document, "one that died while it waited is none"
            return [*seen, ready()]

    seen = asyncio.run(scenario())
    assert len(set(seen)) == len(seen)
    assert 0 not in seen
    assert not any(Path(f"/proc/{pid}").exists() for pid in seen)
    assert left_in(tmp_path / "temporary") == []


def test_its_variables_cannot_be_read_in_proc(asking: OwnProcess) -> None:
    """What it was started with stands in a file of /proc, for whoever can make it read one; the rest comes later, and counts."""
    asking = OwnProcess(asking._folder, {**os.environ, "AWS_SECRET_ACCESS_KEY": "kept-to-itself", "SETSQUARE_STATE": "relative"})

    async def scenario() -> bytes:
        async with asking.readiness():
            assert asking._ready is not None
            seen = Path(f"/proc/{asking._ready.pid}/environ").read_bytes()
            assert "'relative'" in (await asking.answer(("status",))).beside
            return seen

    seen = asyncio.run(scenario())
    assert b"PATH=" in seen
    assert b"kept-to-itself" not in seen


def test_more_questions_than_can_wait_are_not_taken(asking: OwnProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "MOST_WAITING", 1)

    async def scenario() -> list[str]:
        said = await asyncio.gather(*(asking.answer(("schema", "check")) for _ in range(own_process.MOST_AT_ONCE + 3)))
        return [each.fault for each in said]

    faults = asyncio.run(scenario())
    assert [bool(fault) for fault in faults] == [False] * 5 + [True] * 2
    assert "waiting" in faults[-1]


def test_one_without_an_end_is_ended(asking: OwnProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "LIMIT_S", 0.01)
    assert "longer than" in asyncio.run(asking.answer(("check",))).fault
    monkeypatch.setattr(own_process, "LIMIT_S", 60)
    monkeypatch.setattr(own_process, "MOST_BYTES", 10)
    assert "the answer is longer" in asyncio.run(asking.answer(("schema", "check"))).fault
