"""AT54: budgets. Whatever a provider counts, however often a call is repeated, whoever makes it and whatever the clock says, no limit is passed.

Defence: usage/budget.py and ports/ledger.py: what a call may cost is set aside before it is made, in one account for all processes
Twin: test_at54_processes_at_once_spend_all_that_they_like_without_a_ledger
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from setsquare import wire
from setsquare.adapters.ledger_file import FileLedger
from setsquare.adapters.scripted import Scripted, Turn
from setsquare.errors import LedgerDamaged, LedgerUnavailable, ModelFailed, ModelTransient, OverBudget
from setsquare.events.conversation import Reply, Usage, UserMessage
from setsquare.events.facts import BudgetAlerted, ModelAsked, ModelSwitched, RunParked
from setsquare.events.spending import BudgetReset, Budgets
from setsquare.journeys.app import App
from setsquare.journeys.calling import Caller, CallEvent, Charge, budgets_of
from setsquare.journeys.opening import opened
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_revert import revert
from setsquare.journeys.trusting import grant
from setsquare.journeys.usage_reporting import usage_by
from setsquare.ports.approver import Answer, Approver, Question, Verdict
from setsquare.ports.language_model import Request
from setsquare.ports.ledger import Ledger, NoLedger
from setsquare.ports.providers import NoProviders
from setsquare.text.paths import RelPath
from setsquare.workspace.settings import BudgetAction, BudgetWindow, ModelProfile, Settings

PRIMARY = ModelProfile(name="primary", provider="scripted", model="m", limit_tokens=100)
FAST = ModelProfile(name="fast", provider="scripted", model="f", limit_tokens=50)
REQUEST = Request(system="", messages=(UserMessage("x" * 400),), limit_tokens=100)
LIMIT = 1_000


def settings(action: str = "pause", daily: int | None = LIMIT, monthly: int | None = None) -> Settings:
    return Settings(
        path=RelPath("s"),
        models=(PRIMARY, FAST),
        daily=BudgetWindow(output_tokens=daily, action=BudgetAction(action)),
        monthly=BudgetWindow(output_tokens=monthly, action=BudgetAction(action)),
    )


class Clock:
    """A clock that somebody sets."""

    def __init__(self, now: str = "2026-11-25T23:59:58Z") -> None:
        self.at = now
        self._ids = 0

    def now(self) -> str:
        return self.at

    def monotonic_s(self) -> float:
        return time.monotonic()

    def sleep(self, wait_s: float) -> None:
        pass

    def new_id(self) -> str:
        self._ids += 1
        return f"id{self._ids}-{id(self)}"


class Provider:
    """A provider that counts as it likes; a failure among the counts is raised."""

    id = "scripted:m"

    def __init__(self, *counts: Usage | ModelFailed) -> None:
        self.counts = counts
        self.calls = 0

    def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        count = self.counts[self.calls % len(self.counts)]
        self.calls += 1
        if isinstance(count, ModelFailed):
            raise count
        return Reply(text="hello", usage=count, provider="scripted", model="m")


def world(tmp_path: Path, model: Provider, clock: Clock, ledger: Ledger | None = None) -> App:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    app = wire.app_for(folder, model=model, environment={**os.environ, "SETSQUARE_STATE": str(tmp_path / "state")})
    return replace(app, clock=clock, ledger=ledger or FileLedger(str(tmp_path / "state" / "one"), clock))


def spend(app: App, wanted: Settings, most: int, purpose: str = "taskExecution", events: list[CallEvent] | None = None) -> int:
    """Call until a budget says no, at most so often; give how often an answer came."""
    caller = Caller(app, Charge(settings=wanted, profile=PRIMARY, purpose=purpose), lambda: 0.0)
    told = [] if events is None else events
    for number in range(most):
        try:
            caller.ask(lambda profile: replace(REQUEST, limit_tokens=profile.limit_tokens), number, told.append)
        except OverBudget:
            return number
    return most


class Willing:
    """Says yes to everything."""

    def ask(self, question: Question) -> Verdict:
        return Verdict(answer=Answer.YES, digest=question.digest, by="Ada")


RUNNER = """
import sys, json, os
from pathlib import Path
from msgspec.structs import replace
sys.path.insert(0, str(Path(sys.argv[1]).parent))
import test_at54_budget as at
from setsquare.adapters.clock import SystemClock
from setsquare.adapters.ledger_file import FileLedger
from setsquare.ports.ledger import NoLedger

place, kind = Path(sys.argv[2]), sys.argv[3]
app = at.world(place, at.Provider(at.Usage(input_tokens=10, output_tokens=100)), at.Clock())
app = replace(app, clock=SystemClock(), ledger=NoLedger() if kind == "permissive" else FileLedger(str(place / "state" / "one"), SystemClock()))
print(json.dumps(at.spend(app, at.settings(daily=3000), 40)))
"""


def in_processes(tmp_path: Path, kind: str, count: int = 4) -> int:
    """Spend in several processes at once and add up."""
    (tmp_path / "project").mkdir(exist_ok=True)
    argv = (sys.executable, "-c", RUNNER, __file__, str(tmp_path), kind)
    started = [subprocess.Popen(argv, stdout=subprocess.PIPE) for _ in range(count)]
    return sum(json.loads(process.communicate(timeout=120)[0]) for process in started)


# req: agent-runtime/6.4
@pytest.mark.attack("AT54")
def test_at54_processes_at_once_never_pass_the_limit_together(tmp_path: Path) -> None:
    assert in_processes(tmp_path, "guarded") == 30
    standing = FileLedger(str(tmp_path / "state" / "one"), Clock()).standing(Budgets())
    assert standing.daily.used.output_tokens == 3_000


@pytest.mark.attack("AT54")
def test_at54_processes_at_once_spend_all_that_they_like_without_a_ledger(tmp_path: Path) -> None:
    assert in_processes(tmp_path, "permissive", 2) == 80


LIES = {
    "none": Usage(),
    "negative": Usage(input_tokens=-1_000_000, output_tokens=-1_000_000),
    "nan": Usage(input_tokens=float("nan"), output_tokens=float("nan")),  # type: ignore[arg-type]
    "infinite": Usage(input_tokens=float("inf"), output_tokens=float("-inf")),  # type: ignore[arg-type]
    "text": Usage(input_tokens="0", output_tokens="0"),  # type: ignore[arg-type]
    "nothing": Usage(input_tokens=0, output_tokens=0),
    "huge": Usage(input_tokens=10**15, output_tokens=10**15),
}


@pytest.mark.attack("AT54")
@pytest.mark.parametrize("lie", LIES)
def test_at54_a_count_that_cannot_be_is_booked_as_what_was_set_aside(tmp_path: Path, lie: str) -> None:
    app = world(tmp_path, Provider(LIES[lie]), Clock())
    assert spend(app, settings(), 50) == LIMIT // REQUEST.limit_tokens
    used = app.ledger.standing(budgets_of(settings())).daily.used
    assert (used.input_tokens, used.output_tokens) == (1_000, LIMIT)
    assert spend(replace(app, ledger=NoLedger()), settings(), 50) == 50


@pytest.mark.attack("AT54")
def test_at54_every_attempt_of_a_retry_storm_is_charged(tmp_path: Path) -> None:
    storm = Provider(ModelTransient("cut"), ModelTransient("cut"), Usage(input_tokens=100, output_tokens=100))
    app = world(tmp_path, storm, Clock())
    assert spend(app, settings(), 50) == 3
    assert storm.calls == LIMIT // REQUEST.limit_tokens
    storm.calls = 0
    assert spend(replace(app, ledger=NoLedger(), providers=NoProviders()), settings(), 20) == 20
    assert storm.calls == 60


@pytest.mark.attack("AT54")
def test_at54_a_clock_that_goes_back_opens_no_allowance(tmp_path: Path) -> None:
    model, clock = Provider(Usage(input_tokens=100, output_tokens=100)), Clock()
    notified = replace(settings("restrict"), models=(PRIMARY,))
    app = world(tmp_path, model, clock)
    assert spend(app, notified, 50) == 8
    clock.at = "2026-11-26T00:00:01Z"
    assert spend(app, notified, 50) == 8
    for back in ("2026-11-25T23:59:59Z", "2020-01-01T00:00:00Z"):
        clock.at = back
        assert spend(app, notified, 50) == 0
    clock.at = "2026-11-26T00:00:02Z"
    assert spend(app, notified, 50) == 0
    assert spend(replace(app, ledger=NoLedger()), notified, 50) == 50


@pytest.mark.attack("AT54")
def test_at54_a_call_is_booked_in_the_day_in_which_it_began(tmp_path: Path) -> None:
    clock = Clock()

    class Slow(Provider):
        def complete(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
            clock.at = "2026-11-26T00:00:30Z"
            return super().complete(request, on_text)

    app = world(tmp_path, Slow(Usage(input_tokens=100, output_tokens=70)), clock)
    spend(app, settings(), 1)
    standing = app.ledger.standing(budgets_of(settings()))
    assert (standing.daily.period, standing.daily.used.output_tokens) == ("2026-11-26", 0)
    assert standing.monthly.used.output_tokens == 70
    assert [total.day for total in app.ledger.totals()] == ["2026-11-25"]


@pytest.mark.attack("AT54")
def test_at54_hooks_and_drafts_are_charged_to_the_same_account(tmp_path: Path) -> None:
    model = Provider(Usage(input_tokens=100, output_tokens=100))
    app, other = (world(tmp_path, model, Clock()) for _ in range(2))
    assert spend(app, settings(), 6, "hookActions") == 6
    assert spend(other, settings(), 50, "specGeneration") == 4
    assert spend(replace(other, ledger=NoLedger()), settings(), 50, "specGeneration") == 50


@pytest.mark.attack("AT54")
def test_at54_a_pause_stays_over_the_end_of_its_window_and_a_higher_limit_until_a_person_resets_it(tmp_path: Path) -> None:
    clock, model = Clock(), Provider(Usage(input_tokens=100, output_tokens=100))
    app = world(tmp_path, model, clock)
    assert spend(app, settings(), 50) == 10
    clock.at = "2026-11-27T12:00:00Z"
    assert spend(app, settings(), 50) == 0
    assert spend(world(tmp_path, model, clock), settings(daily=10**9), 50) == 0
    app.ledger.reset(BudgetReset(window="daily", day="2026-11-27", at=clock.at, by="Ada", reason="a new sprint"))
    assert spend(app, settings(), 50) == 10
    assert app.ledger.standing(Budgets()).resets[0].by == "Ada"


@pytest.mark.attack("AT54")
def test_at54_a_restricting_budget_sends_everything_to_fast_and_tells_it_once(tmp_path: Path) -> None:
    events: list[CallEvent] = []
    app = world(tmp_path, Provider(Usage(input_tokens=100, output_tokens=100)), Clock())
    assert spend(app, settings("restrict"), 14, events=events) == 14
    alerts = [(event.window, round(event.fraction, 2), event.action) for event in events if isinstance(event, BudgetAlerted)]
    assert alerts == [("daily", 0.8, "restrict"), ("daily", 1.0, "restrict")]
    switched = [(event.old, event.new) for event in events if isinstance(event, ModelSwitched)]
    assert switched == [("primary", "fast")]
    assert {total.account.profile: total.calls for total in app.ledger.totals()} == {"primary": 8, "fast": 6}
    loose: list[CallEvent] = []
    spend(replace(app, ledger=NoLedger()), settings("restrict"), 14, events=loose)
    assert not [event for event in loose if isinstance(event, ModelSwitched)]


@pytest.mark.attack("AT54")
def test_at54_a_limit_of_nothing_permits_nothing(tmp_path: Path) -> None:
    model = Provider(Usage(input_tokens=100, output_tokens=100))
    assert spend(world(tmp_path, model, Clock()), settings(daily=None, monthly=0), 5) == 0
    assert model.calls == 0


HOLDER = """
import sys, time
from pathlib import Path
sys.path.insert(0, str(Path(sys.argv[1]).parent))
import test_at54_budget as at

class Hanging(at.Provider):
    def complete(self, request, on_text=None):
        print("asked", flush=True)
        time.sleep(600)

at.spend(at.world(Path(sys.argv[2]), Hanging(at.Usage()), at.Clock()), at.settings(), 1)
"""


@pytest.mark.attack("AT54")
def test_at54_a_call_of_a_killed_process_is_booked_as_it_was_set_aside(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    model = Provider(Usage(input_tokens=100, output_tokens=100))
    with subprocess.Popen((sys.executable, "-c", HOLDER, __file__, str(tmp_path)), stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"asked\n"
        assert world(tmp_path, model, Clock()).ledger.standing(Budgets()).in_flight.output_tokens == 100
        process.send_signal(signal.SIGKILL)
        process.wait()
    app = world(tmp_path, model, Clock())
    assert spend(app, settings(), 50) == 9
    assert app.ledger.standing(Budgets()).in_flight.output_tokens == 0


@pytest.mark.attack("AT54")
@pytest.mark.parametrize("harm", ["junk", "line gone", "text"])
def test_at54_a_damaged_ledger_permits_nothing_until_a_person_mends_it(tmp_path: Path, harm: str) -> None:
    model = Provider(Usage(input_tokens=100, output_tokens=100))
    assert spend(world(tmp_path, model, Clock()), settings(), 3) == 3
    path = tmp_path / "state" / "one" / "ledger" / "calls.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    harmed = {"junk": [*lines[:2], b"\x00\xff{{\n", *lines[2:]], "line gone": lines[:1] + lines[2:], "text": [b"hello\n"]}
    path.write_bytes(b"".join(harmed[harm]))
    app = world(tmp_path, model, Clock())
    with pytest.raises(LedgerDamaged, match="line"):
        spend(app, settings(), 1)
    assert model.calls == 3
    mended = app.ledger.repair()
    assert Path(mended.aside).read_bytes() == b"".join(harmed[harm])
    assert spend(app, settings(), 1) == 1
    assert spend(world(tmp_path, model, Clock(), NoLedger()), settings(), 50) == 50


@pytest.mark.attack("AT54")
def test_at54_a_line_that_was_never_ended_was_never_begun(tmp_path: Path) -> None:
    model = Provider(Usage(input_tokens=100, output_tokens=100))
    assert spend(world(tmp_path, model, Clock()), settings(), 3) == 3
    with (tmp_path / "state" / "one" / "ledger" / "calls.jsonl").open("ab") as file:
        file.write(b'{"n":7,"fact":{"type":"res')
    assert spend(world(tmp_path, model, Clock()), settings(), 50) == 7


@pytest.mark.attack("AT54")
def test_at54_a_lock_that_is_never_free_permits_nothing(tmp_path: Path) -> None:
    model, clock = Provider(Usage(input_tokens=100, output_tokens=100)), Clock()
    app = world(tmp_path, model, clock, FileLedger(str(tmp_path / "state" / "one"), clock, lock_s=0.2))
    assert spend(app, settings(), 1) == 1
    with (tmp_path / "state" / "one" / "ledger" / "lock").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        began = time.monotonic()
        with pytest.raises(LedgerUnavailable, match="lock"):
            spend(app, settings(), 1)
        assert time.monotonic() - began < 2
        assert app.ledger.standing(Budgets()).daily.used.output_tokens == 100
        assert spend(app, settings(daily=None), 1) == 1
    assert model.calls == 2


@pytest.mark.attack("AT54")
def test_at54_an_unknown_price_is_never_nothing(tmp_path: Path) -> None:
    app = world(tmp_path, Provider(Usage(input_tokens=100, output_tokens=100)), Clock())
    spend(app, settings(), 2)
    rows = usage_by(app, opened(app), "model")
    assert [(row.name, row.calls, row.cost_usd) for row in rows] == [("scripted:m", 2, None)]


@pytest.mark.attack("AT54")
def test_at54_a_run_parks_and_everything_but_calls_still_works(
    hostile: Any, driven: Callable[..., Any], acts: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, write, _ = acts
    path = hostile.folder / ".kiro/settings.json"
    limited = json.loads(path.read_text())
    limited["budget"] = {"daily": {"outputTokens": 20_000, "action": "pause"}}
    path.write_text(json.dumps(limited))
    subprocess.run(("git", "commit", "-qam", "budget"), cwd=hostile.folder, check=True)
    app = wire.app_for(hostile.folder)
    grant(app, opened(app))
    spent = Usage(input_tokens=10, output_tokens=8_000)
    turns = tuple(Turn(calls=write(f"src/part{number}.py", "x = 1\n").calls, usage=spent) for number in range(4))
    approver: Approver = Willing()
    report = driven(hostile, *turns, approver=approver)
    assert (report.status, report.code) == ("parked", "over-budget")
    parked = next(event for event in hostile.events if isinstance(event, RunParked))
    assert "setsquare budget reset" in parked.hint
    assert sum(isinstance(event, ModelAsked) for event in hostile.events) == 2
    again = resume(wire.app_for(hostile.folder, approver=approver, model=Scripted(()), is_sandboxed=True), report.run)
    assert again.code == "over-budget"
    assert not revert(wire.app_for(hostile.folder), report.run).kept
    monkeypatch.chdir(hostile.folder)
    refused = subprocess.run(
        (sys.executable, "-m", "setsquare", "budget", "reset", "daily", "--reason", "x"),
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert refused.returncode == 3
    shown = subprocess.run((sys.executable, "-m", "setsquare", "budget", "--format", "json"), check=True, capture_output=True, text=True)
    assert json.loads(shown.stdout)["in_force"] == "pause"
    done = driven(hostile, *turns, approver=approver, ledger=NoLedger())
    assert done.status == "done"
