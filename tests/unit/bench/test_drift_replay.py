"""Drift by symbol flags far less than drift by path, and misses nothing, over a small made history."""

from __future__ import annotations

import random
import textwrap
from pathlib import Path

import pytest
from bench.drift_replay import edited, made_history, replay

from setsquare.text.paths import RelPath

LEAST_RATIO = 5.0


def sources() -> dict[RelPath, bytes]:
    """Some modules of the standard library, which are everywhere."""
    folder = Path(textwrap.__file__).parent
    return {RelPath(name): (folder / name).read_bytes() for name in ("textwrap.py", "configparser.py", "shlex.py", "string.py")}


def test_flags_are_at_least_five_times_fewer_and_none_is_missed() -> None:
    found = replay(made_history(sources(), commits=25, seed=7))
    assert found.missed == 0
    assert found.real > 0
    assert found.ratio >= LEAST_RATIO, found


@pytest.mark.parametrize("kind", ["comment", "docstring", "layout", "move", "add"])
def test_what_changes_no_function_s_words_flags_nothing(kind: str) -> None:
    ((before, _), *_rest) = made_history(sources(), commits=1, seed=3)
    changes = [(before, {path: edited(raw, kind, 1, random.Random(5)) for path, raw in before.items()})]  # noqa: S311  (the same in every run)
    found = replay(changes)
    assert found.by_path > 0
    assert (found.by_symbol, found.real) == (0, 0)
