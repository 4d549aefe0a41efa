"""Both made suites hold what they say: seeds contradict each other, and guards never meet."""

from __future__ import annotations

import pytest
from bench.contradictions import DEEDS, EVENTS, GUARDS, SEEDS, SUBJECTS, disjoint, seeded


def test_all_seeds_are_found_and_no_guard_is_called_a_conflict() -> None:
    pytest.importorskip("z3")
    found, total = seeded()
    assert total == len(SEEDS) * len(SUBJECTS) * len(DEEDS) * len(EVENTS)
    assert found / total >= 0.95
    assert disjoint() == (0, len(GUARDS) * len(SUBJECTS) * len(DEEDS))
