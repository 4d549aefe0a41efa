"""Decides how long to wait before a failed request to a model is made again, or to give up."""

from __future__ import annotations

from msgspec import Struct

_MOST_DOUBLINGS = 30


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often and how patiently to try.

    `attempts` counts the first one too; waits grow from `base_s` to at most `cap_s` seconds. A provider's own waiting time is kept up to
    `longest_asked_s` seconds; one that asks for more is not waited for.
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 30.0
    longest_asked_s: float = 120.0


# req: draft-and-approve/2.3
def delay(policy: RetryPolicy, attempt: int, error_retry_after_s: float | None, jitter: float) -> float | None:
    """Give the seconds to wait after failed attempt number `attempt` (from 1), or `None` to give up; `jitter` is drawn from 0 to 1.

    The wait is spread over the whole range ("full jitter"), so that many clients that failed together do not come back together. A time
    that the provider named is never undercut.

    Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    >>> delay(RetryPolicy(), 1, None, 1.0), delay(RetryPolicy(), 3, None, 0.5), delay(RetryPolicy(), 4, None, 0.5)
    (0.5, 1.0, None)
    >>> delay(RetryPolicy(), 1, 7.0, 0.5), delay(RetryPolicy(), 1, 3600.0, 0.5)
    (7.25, None)
    """
    if attempt >= policy.attempts:
        return None
    share = min(1.0, max(0.0, jitter))
    widest_s = min(policy.cap_s, policy.base_s * 2.0 ** min(max(attempt - 1, 0), _MOST_DOUBLINGS))
    if error_retry_after_s is None:
        return share * widest_s
    if error_retry_after_s > policy.longest_asked_s:
        return None
    return max(0.0, error_retry_after_s) + share * widest_s
