"""Names of runs sort by their order, and working time is the clock's that never jumps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.journeys.run_claiming import following
from setsquare.journeys.run_time import TaskTime

NAMES = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=18, max_size=18)


@given(NAMES.filter(lambda name: not name.startswith("z" * 10)), NAMES)
def test_a_new_name_sorts_behind_the_last(last, new):
    found = following(last, new)
    assert found > last
    assert len(found) == 18
    assert found == new or new <= last


@pytest.mark.parametrize("last", ["", "short", "by-hand-made-name!", "IL-OU-IL-OU-IL-OU!"])
def test_names_of_another_kind_change_nothing(last):
    assert following(last, "01aaaaaaaabbbbbbbb") == "01aaaaaaaabbbbbbbb"


class Hands:
    """A clock that a test sets."""

    def __init__(self):
        self.at_s = 100.0

    def now(self):
        return "2026-11-21T10:15:02Z"

    def monotonic_s(self):
        return self.at_s

    def sleep(self, wait_s):
        self.at_s += wait_s

    def new_id(self):
        return "0"


def test_the_time_of_a_task_leaves_out_a_persons_and_begins_anew_with_the_next():
    clock = Hands()
    time = TaskTime(clock)
    assert time.of("1") == 0
    clock.at_s += 5
    with time.waiting():
        clock.at_s += 7_200
    clock.at_s += 2
    assert time.of("1") == 7
    assert time.of("2") == 0
