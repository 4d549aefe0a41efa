from __future__ import annotations

import itertools

import pytest

from setsquare.events.conversation import Reply, Usage
from setsquare.usage.meter import Meter, cost_text, lines_of
from setsquare.workspace.settings import Price

PRICE = Price(input_usd=3.0, output_usd=15.0)


def reply(model: str, tokens: int | None, output: int | None = 10, cached: int = 0, written: int = 0) -> Reply:
    usage = Usage(input_tokens=tokens, output_tokens=output, cache_read_tokens=cached, cache_write_tokens=written)
    return Reply(provider="p", model=model, usage=usage)


def test_totals_per_model_add_up_in_any_order() -> None:
    replies = [reply("b", 5), reply("a", 7, cached=3), reply("b", 1)]
    meters = set()
    for order in itertools.permutations(replies):
        meter = Meter()
        for each in order:
            meter = meter.add(each, PRICE)
        meters.add(meter)
    assert len(meters) == 1
    meter = meters.pop()
    assert [(total.model, total.calls, total.input_tokens) for total in meter.totals] == [("p:a", 1, 7), ("p:b", 2, 6)]
    assert (meter.calls, meter.input_tokens, meter.output_tokens) == (3, 13, 30)


def test_what_was_not_counted_is_unknown() -> None:
    meter = Meter().add(reply("a", None, None), PRICE).add(reply("a", 5), PRICE)
    assert (meter.input_tokens, meter.output_tokens, meter.cost_usd) == (None, None, None)
    assert lines_of(meter)[0].startswith("Input: 5 tokens and an unknown number in 1 call")
    assert lines_of(Meter().add(reply("a", None)))[0] == "Input: unknown in 1 call (p:a: unknown in 1 call)"


def test_costs() -> None:
    assert Meter().cost_usd == 0
    assert Meter().add(reply("a", 1_000_000, 100_000), PRICE).cost_usd == pytest.approx(4.5)
    assert Meter().add(reply("a", 5), None).cost_usd is None
    assert Meter().add(reply("a", 5), PRICE).add(reply("b", 5)).cost_usd is None
    cached = Price(input_usd=3.0, output_usd=15.0, cache_read_usd=0.3, cache_write_usd=3.75)
    cost_usd = Meter().add(reply("a", 1_000_000, 0, cached=500_000, written=100_000), cached).cost_usd
    assert cost_usd == pytest.approx(0.4 * 3 + 0.5 * 0.3 + 0.1 * 3.75)


def test_texts() -> None:
    assert lines_of(Meter().add(reply("a", 5), PRICE))[2] == "Estimated cost: less than $0.01"
    assert cost_text(1234.5) == "$1,234.50"
