from __future__ import annotations

import json

import pytest

from setsquare.text import json_document
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import Price
from setsquare.workspace.settings_reader import read_settings

BASE = {"provider": "ollama", "model": "m"}


def read(budget=None, **profile):
    models = {"primary": {**BASE, **profile}, "fast": BASE}
    raw = json.dumps({"models": models, **({"budget": budget} if budget is not None else {})}).encode()
    return read_settings(json_document.scan(RelPath(".kiro/settings.json"), raw))


def test_every_key_of_a_profile():
    price = {"input": 3, "output": 15.5, "cacheRead": 0.3}
    settings = read(price=price, fallback="fast", contextTokens=200_000, maxConcurrent=2, pin=True)
    found = settings.models[0]
    assert settings.problems == ()
    assert found.price == Price(input_usd=3.0, output_usd=15.5, cache_read_usd=0.3)
    assert (found.fallback, found.context_tokens, found.max_concurrent, found.is_pinned) == ("fast", 200_000, 2, True)


def test_what_is_absent():
    found = read().models[0]
    assert (found.fallback, found.price, found.context_tokens, found.max_concurrent, found.is_pinned) == ("", None, 100_000, 4, False)


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("price", {"input": -1, "output": 1}, "price", None),
        ("price", {"input": 1}, "price", None),
        ("price", {"input": 1, "output": "2"}, "price", None),
        ("price", 3, "price", None),
        ("fallback", "nobody", "fallback", ""),
        ("fallback", 1, "fallback", ""),
        ("contextTokens", 10, "context_tokens", 8_000),
        ("maxConcurrent", 0, "max_concurrent", 1),
        ("pin", "no", "is_pinned", True),
    ],
)
def test_what_is_wrong_has_its_strictest_value_and_is_reported(key, value, field, expected):
    settings = read(**{key: value})
    assert getattr(settings.models[0], field) == expected
    assert any(f"models.primary.{key}" in problem.reason for problem in settings.problems)


def test_the_time_zone():
    assert read({"timeZone": "Europe/Berlin"}).budget_zone == "Europe/Berlin"
    assert read({}).budget_zone == "UTC"
    wrong = read({"timeZone": "Mars/Olympus"})
    assert wrong.budget_zone == "UTC"
    assert "budget.timeZone" in wrong.problems[0].reason
    for name in ("../../etc/passwd", "/etc/passwd"):
        assert read({"timeZone": name}).budget_zone == "UTC"
