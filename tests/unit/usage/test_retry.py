from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.usage.retry import RetryPolicy, delay

POLICY = RetryPolicy(attempts=4, base_s=0.5, cap_s=30, longest_asked_s=120)


@given(st.integers(1, 10_000), st.floats(0, 1), st.integers(1, 10_000))
def test_waits_stay_within_the_cap_and_attempts_end(attempt: int, jitter: float, attempts: int) -> None:
    policy = RetryPolicy(attempts=attempts)
    wait_s = delay(policy, attempt, None, jitter)
    assert (wait_s is None) == (attempt >= attempts)
    assert wait_s is None or 0 <= wait_s <= policy.cap_s


@given(st.integers(1, 3), st.floats(0, 120), st.floats(0, 1))
def test_a_provider_is_never_undercut(attempt: int, asked_s: float, jitter: float) -> None:
    wait_s = delay(POLICY, attempt, asked_s, jitter)
    assert wait_s is not None
    assert asked_s <= wait_s <= asked_s + POLICY.cap_s


# req: draft-and-approve/2.3
def test_growth_and_giving_up() -> None:
    assert [delay(POLICY, attempt, None, 1.0) for attempt in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, None]
    assert delay(POLICY, 1, 120.5, 0.0) is None
    assert delay(POLICY, 1, None, 0.0) == 0.0
    assert delay(POLICY, 1, None, 7.0) == 0.5
    assert delay(POLICY, 1, -7.0, 0.0) == 0.0
