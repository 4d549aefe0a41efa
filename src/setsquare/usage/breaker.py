"""Decides whether a model's host is asked at all after it failed, and how many repeated requests it sees.

Source: Nygard, Release It!, "Circuit Breaker"; Google SRE book, chapter 22, "Handling Overload" (retry budget).
"""

from __future__ import annotations

import enum

from msgspec import Struct
from msgspec.structs import replace


class BreakerPolicy(Struct, frozen=True, kw_only=True):
    """When a host counts as down: `failures` within `window_s` seconds; it is probed after `cool_s`, and a probe may take `probe_s`.

    Repeated requests are at most `retry_ratio` of the first ones, beside a store of `retry_store`.
    """

    failures: int = 5
    window_s: float = 120.0
    cool_s: float = 30.0
    probe_s: float = 60.0
    retry_ratio: float = 0.2
    retry_store: float = 10.0


POLICY = BreakerPolicy()
AUTH_BURST = 3
"""So many refused keys in a row are no accident."""


class Circuit(enum.Enum):
    """Whether requests go to a host: all, none, or one to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Health(Struct, frozen=True, kw_only=True):
    """What is known of a host; times are seconds of one clock that never goes back.

    `failures` are the times of the last ones, `opened_s` when it was last given up, `probe_until_s` until when a probe may be under way,
    `retries` how many repeated requests it may still see, `refused_keys` how often in a row it refused a key.
    """

    failures: tuple[float, ...] = ()
    opened_s: float | None = None
    probe_until_s: float | None = None
    retries: float = POLICY.retry_store
    refused_keys: int = 0


def circuit(health: Health, now_s: float, policy: BreakerPolicy = POLICY) -> Circuit:
    """Say how the circuit stands; times from before a restart of the machine count as none.

    >>> down = Health(opened_s=100.0)
    >>> circuit(Health(), 0.0).value, circuit(down, 110.0).value, circuit(down, 130.0).value, circuit(down, 3.0).value
    ('closed', 'open', 'half-open', 'closed')
    """
    if health.opened_s is None or health.opened_s > now_s:
        return Circuit.CLOSED
    return Circuit.OPEN if now_s < health.opened_s + policy.cool_s else Circuit.HALF_OPEN


def admit(health: Health, now_s: float, policy: BreakerPolicy = POLICY) -> tuple[Health, bool]:
    """Ask for permission to send a first request; when half-open, one asker gets it and the others wait for what it finds.

    >>> half, is_admitted = admit(Health(opened_s=0.0), 31.0)
    >>> is_admitted, admit(half, 32.0)[1], admit(half, 99.0)[1]
    (True, False, True)
    """
    match circuit(health, now_s, policy):
        case Circuit.CLOSED:
            return replace(health, retries=min(policy.retry_store, health.retries + policy.retry_ratio)), True
        case Circuit.HALF_OPEN if health.probe_until_s is None or not now_s < health.probe_until_s <= now_s + policy.probe_s:
            return replace(health, probe_until_s=now_s + policy.probe_s), True
        case _:
            return health, False


def admit_retry(health: Health, now_s: float, policy: BreakerPolicy = POLICY) -> tuple[Health, bool]:
    """Ask for permission to send a request again.

    >>> admit_retry(Health(retries=0.9), 0.0)[1], admit_retry(Health(retries=1.0), 0.0)
    (False, (Health(failures=(), opened_s=None, probe_until_s=None, retries=0.0, refused_keys=0), True))
    """
    if circuit(health, now_s, policy) is not Circuit.CLOSED or health.retries < 1:
        return health, False
    return replace(health, retries=health.retries - 1), True


def failed(health: Health, now_s: float, policy: BreakerPolicy = POLICY) -> Health:
    """Note a failure that tells of the host's own state; a failed probe opens the circuit again.

    >>> four = failed(failed(failed(failed(Health(), 1.0), 2.0), 3.0), 4.0)
    >>> circuit(four, 5.0).value, circuit(failed(four, 5.0), 6.0).value
    ('closed', 'open')
    """
    recent = tuple(at for at in health.failures if now_s - policy.window_s < at <= now_s)
    failures = (*recent, now_s)[-policy.failures :]
    is_open = len(failures) >= policy.failures or circuit(health, now_s, policy) is Circuit.HALF_OPEN
    opened_s = now_s if is_open else health.opened_s
    return replace(health, failures=failures, opened_s=opened_s, probe_until_s=None)


def given_up(health: Health, now_s: float) -> Health:
    """Note that a request was given up after all that was tried: the circuit opens."""
    return replace(health, opened_s=now_s, probe_until_s=None)


def succeeded(health: Health) -> Health:
    """Note an answer: the circuit is closed, and repeated requests stay as scarce as they are.

    >>> succeeded(Health(failures=(1.0,), opened_s=1.0, retries=3.0))
    Health(failures=(), opened_s=None, probe_until_s=None, retries=3.0, refused_keys=0)
    """
    return Health(retries=health.retries)


def key_refused(health: Health) -> Health:
    """Note that the host refused the key; that says nothing of its health, and closes a circuit that it was probed by."""
    return replace(succeeded(health), refused_keys=health.refused_keys + 1)


def let_go(health: Health) -> Health:
    """Note that the permission was not used."""
    return replace(health, probe_until_s=None)
