"""Processes are measured whole, in turn, each with its own cache."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.timing import Command, Cost, line, take_turns

PRINT_CACHE = "import os, pathlib; p = pathlib.Path(os.environ['XDG_CACHE_HOME'], 'seen'); "


def python(code: str, folder: Path, *, is_warm: bool = False, turns: int = 0) -> Command:
    return Command(name="it", argv=(sys.executable, "-S", "-E", "-c", code), folder=folder, is_warm=is_warm, turns=turns)


def test_commands_take_turns_and_limits_hold(tmp_path: Path) -> None:
    append = "open('order', 'a').write({!r})"
    costs = take_turns([python(append.format("a"), tmp_path), python(append.format("b"), tmp_path, turns=1)], 3)
    assert (tmp_path / "order").read_text() == "abaa"
    assert [len(cost.seconds) for cost in costs] == [3, 1]
    assert all(0 < cost.least <= cost.median and cost.memory > 1 for cost in costs)


def test_a_cold_command_meets_an_empty_cache_and_a_warm_one_its_own(tmp_path: Path) -> None:
    code = PRINT_CACHE + "open('log', 'a').write(str(int(p.exists()))); p.touch()"
    take_turns([python(code, tmp_path)], 3)
    assert (tmp_path / "log").read_text() == "000"
    (tmp_path / "log").unlink()
    take_turns([python(code, tmp_path, is_warm=True)], 3)
    assert (tmp_path / "log").read_text() == "0111"


def test_a_command_that_fails_is_not_measured_as_one_that_works(tmp_path: Path) -> None:
    (cost,) = take_turns([python("raise SystemExit(2)", tmp_path)], 3)
    assert (cost.problem, len(cost.seconds)) == ("ended with 2", 1)
    assert "ended with 2" in line(cost)
    assert " x " not in line(cost, cost)


def test_a_ratio_is_of_the_medians() -> None:
    assert "= 0.50 x peer" in line(Cost(name="check", seconds=(1.0, 2.0, 9.0), memory=60.0), Cost(name="peer", seconds=(4.0,), memory=90.0))
