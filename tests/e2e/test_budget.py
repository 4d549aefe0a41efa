"""`setsquare budget` and `setsquare usage` on a real ledger."""

from __future__ import annotations

import json
import os

import pytest

from setsquare.adapters.clock import SystemClock
from setsquare.adapters.ledger_file import FileLedger
from setsquare.adapters.state import state_folder
from setsquare.events.spending import Account, Amount, Budgets, CallSettled
from setsquare.workspace.settings import BudgetAction, BudgetWindow

SETTINGS = {
    "models": {
        "primary": {"provider": "ollama", "model": "big", "price": {"input": 2, "output": 10, "cacheRead": 0.5}},
        "fast": {"provider": "ollama", "model": "small"},
        "routing": {"codeReview": "fast"},
    },
    "budget": {"daily": {"inputTokens": 10_000, "outputTokens": 1_000, "action": "pause"}},
}


@pytest.fixture
def ledger(folder):
    (folder / ".kiro").mkdir()
    (folder / ".kiro/settings.json").write_text(json.dumps(SETTINGS))
    return FileLedger(state_folder(str(folder), os.environ), SystemClock())


def spend(ledger, model, output, **account):
    budgets = Budgets(daily=BudgetWindow(output_tokens=1_000, action=BudgetAction.PAUSE))
    admission = ledger.admit(Account(model=model, purpose="taskExecution", **account), Amount(1_000, output), budgets)
    ledger.settle(CallSettled(id=admission.id, amount=Amount(1_000, output), cache_read_tokens=500), budgets)


def read(ran):
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def test_what_is_used_a_pause_and_its_reset(run, ledger):
    spend(ledger, "ollama:big", 800, profile="primary", run="r1", spec="login")
    spend(ledger, "ollama:big", 200, profile="primary", run="r1", spec="login")
    shown = read(run("budget", "--format", "json"))
    daily, monthly = shown["windows"]
    assert (daily["output_tokens"], daily["fraction"], daily["paused"]) == (1_000, 1.0, True)
    assert (monthly["output_tokens"], monthly["limit_output_tokens"], monthly["fraction"]) == (1_000, None, 0.0)
    assert (shown["in_force"], shown["in_force_by"]) == ("pause", "daily")
    assert [alert["event"] for alert in shown["alerts"]] == ["threshold", "limit"]
    assert set(shown["routes"].values()) == {""}
    assert "setsquare budget reset daily" in run("budget").out

    refused = run("budget", "reset", "daily", "--reason", "a new day")
    assert (refused.code, "a person's decision" in refused.err) == (3, True)
    assert run("budget", "reset", "daily", "--yes").code == 2
    assert run("budget", "reset", "--reason", "x", "--yes").code == 2
    after = read(run("budget", "reset", "daily", "--reason", "a new\n day", "--yes", "--format", "json"))
    assert after["in_force"] == ""
    assert [(reset["by"], reset["reason"]) for reset in after["resets"]] == [("Ada <ada@example.org>", "a new day")]
    assert after["routes"]["codeReview"] == "fast"
    assert after["routes"]["taskExecution"] == "primary"


def test_usage_by_what_was_asked_for_and_unknown_prices(run, ledger):
    spend(ledger, "ollama:big", 100, profile="primary", run="r1", spec="login")
    spend(ledger, "ollama:small", 100, profile="fast", spec="login")
    found = read(run("usage", "--format", "json"))
    costs = {row["name"]: row["cost_usd"] for row in found["rows"]}
    assert costs == {"ollama:big": pytest.approx((500 * 2 + 500 * 0.5 + 100 * 10) / 1e6), "ollama:small": None}
    assert found["total"]["cost_usd"] is None
    assert (found["total"]["input_tokens"], found["total"]["output_tokens"], found["total"]["calls"]) == (2_000, 200, 2)
    text = run("usage", "--by", "run").out
    assert "(drafts and others)" in text
    assert "Estimated cost: unknown" in text
    assert "20% of daily budget" in text
    assert [row["name"] for row in read(run("usage", "--by", "spec", "--format", "json"))["rows"]] == ["login"]
    assert len(read(run("usage", "--by", "session", "--format", "json"))["rows"]) == 1
    assert read(run("usage", "--since", "2999-01-01", "--format", "json"))["rows"] == []
    assert run("usage", "--since", "yesterday").code == 2


def test_a_damaged_ledger_is_named_and_mended(run, ledger, folder):
    spend(ledger, "ollama:big", 100)
    path = state_folder(str(folder), os.environ) + "/ledger/calls.jsonl"
    with open(path, "ab") as file:
        file.write(b"junk\n")
    broken = run("usage")
    assert (broken.code, "damaged" in broken.err, "setsquare budget repair" in broken.err) == (4, True, True)
    mended = read(run("budget", "repair", "--yes", "--format", "json"))
    assert mended["repaired"]["lost"] == 1
    assert mended["windows"][0]["output_tokens"] == 100
    assert read(run("budget", "repair", "--yes", "--format", "json"))["repaired"]["aside"] == ""
