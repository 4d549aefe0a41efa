from __future__ import annotations

import re
import time

from setsquare.adapters.clock import SystemClock


def test_now_is_utc_with_seconds():
    assert re.fullmatch(r"20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ", SystemClock().now())


def test_monotonic_and_sleep():
    clock = SystemClock()
    started = clock.monotonic_s()
    clock.sleep(0.01)
    clock.sleep(-1.0)
    assert 0.01 <= clock.monotonic_s() - started < 5


def test_ids_are_distinct_and_sort_by_time():
    clock = SystemClock()
    ids = []
    for _ in range(20):
        ids.append(clock.new_id())
        time.sleep(0.002)
    assert ids == sorted(ids)
    assert len({*ids, *(clock.new_id() for _ in range(1000))}) == 1020
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{18}", name) for name in ids)
