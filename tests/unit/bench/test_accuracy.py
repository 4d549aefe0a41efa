"""What the accuracy bars count, on sentences whose answer is plain."""

from __future__ import annotations

from collections import Counter

from bench.accuracy import BELOW, Sentence, Share, accuracy, by_class
from bench.references import Followed, references_in

EVENT = Sentence(text="WHEN a key is turned, THE Door SHALL open", pattern="event")
WRONG = Sentence(text="THE Door SHALL open", pattern="event")


def test_a_share_tells_its_counts() -> None:
    assert str(Share(1, 2)) == "0.500 (1 of 2)"
    assert (str(Share(0, 0)), Share(0, 0).share) == ("none", 1.0)
    assert accuracy([EVENT, WRONG]) == Share(1, 2)


def test_a_class_below_its_bar_is_marked_when_it_is_large_enough() -> None:
    assert not any(BELOW in line for line in by_class([EVENT] * 20, 0.93))
    assert any(BELOW in line for line in by_class([EVENT] * 8 + [WRONG] * 2, 0.93))
    assert not any(BELOW in line for line in by_class([EVENT, WRONG], 0.93))
    assert not any("bar" in line for line in by_class([EVENT, WRONG]))


def test_a_reference_that_nobody_judged_counts_as_missed() -> None:
    slip, miss = ("r", "s", "tasks.md", "3", "1.9"), ("r", "s", "tasks.md", "4", "2.9")
    found = Followed(resolved=99, unmet=Counter({slip: 1, miss: 1}))
    assert found.share(Counter({slip: 1})) == 0.99
    assert found.share(Counter({slip: 1, miss: 1})) == 1.0
    assert references_in(Counter({slip: 2, ("r", "s", "tasks.md", "*", "66"): 1})) == 68
