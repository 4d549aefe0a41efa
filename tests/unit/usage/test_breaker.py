from __future__ import annotations

from setsquare.text.paths import RelPath
from setsquare.usage.breaker import Circuit, Health, admit, admit_retry, circuit, failed, given_up, key_refused, let_go, succeeded
from setsquare.usage.routing import chain, is_same_model
from setsquare.workspace.settings import ModelProfile, Settings


def test_failures_that_are_far_apart_open_nothing():
    health = Health()
    for at in range(0, 5_000, 100):
        health = failed(health, float(at))
    assert circuit(health, 5_000.0) is Circuit.CLOSED


def test_one_probe_at_a_time_decides():
    down = given_up(Health(), 100.0)
    assert admit(down, 110.0) == (down, False)
    probing, is_first = admit(down, 131.0)
    assert is_first
    assert admit(probing, 132.0)[1] is False
    assert admit(let_go(probing), 132.0)[1] is True
    assert circuit(failed(probing, 133.0), 134.0) is Circuit.OPEN
    assert circuit(succeeded(probing), 134.0) is Circuit.CLOSED
    assert admit_retry(probing, 132.0)[1] is False


def test_first_requests_earn_retries_slowly():
    health = Health(retries=0.0)
    sent = 0
    for number in range(100):
        health, _ = admit(health, float(number))
        health, is_admitted = admit_retry(health, float(number))
        sent += is_admitted
    assert 18 <= sent <= 20


def test_a_refused_key_is_no_failure_of_the_host():
    health = Health()
    for _ in range(9):
        health = key_refused(health)
    assert (health.refused_keys, circuit(health, 1.0)) == (9, Circuit.CLOSED)
    assert succeeded(health).refused_keys == 0


def test_a_chain_ends():
    profiles = tuple(
        ModelProfile(name=name, provider="p", model="m", fallback=after) for name, after in ("ab", "bc", "cb", ("d", "x"), "ee")
    )
    settings = Settings(path=RelPath("s"), models=profiles)
    assert ["".join(found.name for found in chain(settings, first)) for first in profiles] == ["abc", "bc", "cb", "d", "e"]


def test_other_models_are_others():
    assert is_same_model("claude-sonnet-4", "claude-sonnet-4-20250514")
    assert is_same_model("qwen3:8b", "qwen3:8b")
    for other in ("claude-sonnet-4-mini", "claude-sonnet-45", "claude", "", "claude-sonnet-4-"):
        assert not is_same_model("claude-sonnet-4", other)
