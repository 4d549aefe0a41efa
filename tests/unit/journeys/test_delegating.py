"""How far a spec is delegated, as the journals tell it."""

from __future__ import annotations

import pytest

from setsquare.errors import Refused, Usage
from setsquare.events.facts import Committed, RunStarted, ScopeEnforced, TaskStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.delegating import Wish, delegation_of, require_delegation, restore, told
from setsquare.journeys.run_task import RunRequest, start
from setsquare.ports.delegations import Restoration
from setsquare.workspace.settings import Autonomy


class Remembered:
    """Restorations in memory."""

    def __init__(self):
        self.all = []

    def restored(self, spec):
        return next((one for one in reversed(self.all) if one.spec == spec), None)

    def restore(self, restoration: Restoration):
        self.all.append(restoration)


def worked(app, run, *tasks, spec="login", mode="supervised"):
    """A journal of a run; a task's name with a `!` left its scope."""
    journal = app.journals.create(run)
    names = tuple(task.rstrip("!") for task in tasks)
    started = {"workspace": app.folder, "autonomy": "full", "model": "m", "sandbox": "", "approved": "", "base": ""}
    journal.append("platform", RunStarted(run=run, spec=spec, tasks=names, mode=mode, **started))
    for step, task in enumerate(tasks, 1):
        journal.append("platform", TaskStarted(task=task.rstrip("!"), title="T", system="", brief=""))
        if task.endswith("!"):
            journal.append("platform", ScopeEnforced(step=step, reverted=("ci.yml",)))
        journal.append("platform", Committed(task=task.rstrip("!"), commit="c"))
    journal.close()


def wish(mode=Mode.AUTONOMOUS, autonomy=Autonomy.BALANCED, **more):
    return Wish(mode=mode, autonomy=autonomy, **more)


# req: agent-runtime/2.4
def test_two_supervised_tasks_open_the_autonomous_mode(world):
    app = world.app()
    with pytest.raises(Refused, match="0 tasks done under a person's eyes"):
        require_delegation(app, "login", wish())
    require_delegation(app, "login", wish(Mode.SUPERVISED, count=5))
    worked(app, "r1", "1")
    worked(app, "r2", "9", spec="other")
    worked(app, "r3", "7", mode="autonomous")
    with pytest.raises(Refused, match="1 task done"):
        require_delegation(app, "login", wish())
    worked(app, "r4", "1")
    assert delegation_of(app, "login").supervised == ("1",), "the same task twice is one task"
    worked(app, "r5", "2")
    require_delegation(app, "login", wish())


# req: agent-runtime/2.5
@pytest.mark.parametrize(
    ("first", "second", "is_manual"),
    [(("1!", "2!"), (), True), (("1!",), ("2!",), True), (("1!", "2"), ("3!",), False), (("1",), ("2!",), False), (("1!",), ("1!",), True)],
)
def test_leaving_the_scope_twice_in_a_row_closes_it(world, first, second, is_manual):
    app = world.app()
    worked(app, "r1", *first)
    if second:
        worked(app, "r2", *second)
    found = delegation_of(app, "login")
    assert found.is_manual is is_manual
    if is_manual:
        assert [work.attempts[0].paths for work in found.held] == [("ci.yml",), ("ci.yml",)]
        for refused in (wish(), wish(Mode.SUPERVISED), wish(Mode.INTERACTIVE, count=2)):
            with pytest.raises(Refused, match="task by task"):
                require_delegation(app, "login", refused)
        require_delegation(app, "login", wish(Mode.INTERACTIVE))


def test_only_a_persons_word_with_a_reason_restores(world):
    from msgspec.structs import replace

    app = replace(world.app(), delegations=Remembered())
    with pytest.raises(Refused, match="not restricted"):
        restore(app, "login", "why not")
    worked(app, "r1", "1!", "2!")
    with pytest.raises(Usage, match="reason"):
        restore(app, "login", "  ")
    after = restore(app, "login", "the formatter\nis fenced in now")
    assert (after.is_manual, after.may_be_autonomous) == (False, True)
    assert app.delegations.all[0].reason == "the formatter is fenced in now"
    worked(app, "r2", "3!")
    assert not delegation_of(app, "login").is_manual, "what came before is forgiven"
    worked(app, "r3", "4!")
    assert delegation_of(app, "login").is_manual
    assert "task 3 (run r2, step 1) and then task 4" in told(delegation_of(app, "login"))


@pytest.mark.parametrize("environment", ["staging", "production", "shared"])
def test_full_autonomy_in_a_shared_environment_is_refused(world, environment, seasoned):
    seasoned(world.app(), "login")
    with pytest.raises(Refused, match="incident drill"):
        require_delegation(world.app(), "login", wish(autonomy=Autonomy.FULL, environment=environment))
    require_delegation(world.app(), "login", wish(autonomy=Autonomy.BALANCED, environment=environment))
    require_delegation(world.app(), "login", wish(autonomy=Autonomy.FULL, environment="test"))


def test_a_run_may_be_more_careful_than_the_settings_and_never_less(world, make_world):
    turns = list(world.turns)
    start(world.app(), RunRequest(spec="login", autonomy=Autonomy.CAUTIOUS))
    assert next(event for event in world.events() if isinstance(event, RunStarted)).autonomy == "cautious"
    careful = make_world(settings=world.files[".kiro/settings.json"].replace(b"full", b"cautious"))
    careful.turns = turns
    start(careful.app(), RunRequest(spec="login", autonomy=Autonomy.FULL))
    assert next(event for event in careful.events() if isinstance(event, RunStarted)).autonomy == "cautious"
