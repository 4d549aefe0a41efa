"""The evaluator beside two independent engines, as processes of their own from their registries: every difference is one that AWS's documentation explains."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.iam_cases import cases
from bench.iam_engines import ALLOWED, install_pmapper, install_simulate
from bench.iam_evaluation import Comparison, compare

pytestmark = pytest.mark.network
COUNT = 10_000 if os.environ.get("SETSQUARE_SOAK") else 2_000
SEED = 7


def _asked(folder: Path) -> bytes:
    """Give the comparison, or why there is none."""
    for install, name in ((install_simulate, "simulate"), (install_pmapper, "pmapper")):
        problem = install(folder / name)
        if problem:
            return pickle.dumps(f"the engine {name} could not be installed from its registry: {problem}")
    return pickle.dumps(compare(folder / "simulate", folder / "pmapper", COUNT, SEED))


@pytest.fixture(scope="module")
def comparison(once: Callable[[str, Callable[[Path], bytes]], bytes]) -> Comparison:
    """Two thousand made cases answered by all three, once in a run; the test skips with a message where npm or PyPI cannot be had."""
    found = pickle.loads(once("iam-engines", _asked))  # noqa: S301  (this run wrote it)
    if isinstance(found, str):
        pytest.skip(found)
    assert isinstance(found, Comparison)
    return found


def test_every_difference_is_explained(comparison: Comparison) -> None:
    open_ = [each for each in (*comparison.simulate, *comparison.pmapper) if not each.reason]
    assert [(each.case.number, each.ours, each.theirs) for each in open_] == []


def test_differences_are_few_and_the_cases_are_no_one_answer(comparison: Comparison) -> None:
    assert len(comparison.made) == COUNT
    assert len(comparison.simulate) < 0.04 * COUNT
    assert len(comparison.pmapper) < 0.06 * COUNT
    assert COUNT / 5 < comparison.ours.count(ALLOWED) < COUNT / 2
    assert comparison.ours.count("Unknown") < 0.01 * COUNT


def test_the_cases_are_those_of_their_seed() -> None:
    assert cases(20, SEED) == cases(20, SEED)
    assert cases(20, SEED) != cases(20, SEED + 1)
