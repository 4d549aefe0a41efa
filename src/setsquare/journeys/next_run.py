"""Says what a person types next for a spec whose tasks are approved: what its runs, its delegation and its commits leave open."""

from __future__ import annotations

from msgspec import Struct

from setsquare.guard.capability import Mode
from setsquare.journeys.open_runs import OpenRun
from setsquare.text.paths import RelPath, quoted


class Work(Struct, frozen=True, kw_only=True):
    """How work on a spec stands: its last `run` where that is not over, and what is known `about` it; `is_going` while a process drives it.

    With `is_manual` the spec goes on task by task. `uncommitted` are documents of the spec that differ from HEAD.
    """

    run: str = ""
    about: OpenRun = OpenRun()
    is_going: bool = False
    is_manual: bool = False
    uncommitted: tuple[RelPath, ...] = ()


def next_of_open_run(work: Work) -> tuple[str, str]:
    """Name the next command for a run that is not over, and why.

    >>> next_of_open_run(Work(run="r1", about=OpenRun(mode="supervised", code="interrupted")))
    ('setsquare run --resume r1', 'a run is parked')
    >>> next_of_open_run(Work(run="r1", is_going=True))
    ('setsquare log r1', 'a run is going on')
    >>> next_of_open_run(Work(run="r1", about=OpenRun(mode="autonomous", code="downgraded"), is_manual=True))[0]
    'setsquare revert r1'
    """
    if work.is_going:
        return f"setsquare log {work.run}", "a run is going on"
    if work.is_manual and work.about.mode != Mode.INTERACTIVE.value:
        return (
            f"setsquare revert {work.run}",
            "the spec goes on task by task, so its open run cannot go on until a person restores the spec",
        )
    if work.about.code == "group-done":
        return f"setsquare run --resume {work.run}", "a run rests after a group of tasks, as it was told to"
    if work.about.code == "nothing-changed":
        return (
            f"setsquare run --resume {work.run}",
            "a task changed no file; in a terminal you are asked whether its criteria were met already",
        )
    return f"setsquare run --resume {work.run}", "a run is parked" if work.about.code else "a run was interrupted"


def next_of_approved(name: str, work: Work) -> tuple[str, str]:
    """Name the next command for a spec without an open run, and why; `name` as it is typed.

    >>> next_of_approved("login", Work())
    ('setsquare run login', 'tasks are approved')
    >>> next_of_approved("login", Work(uncommitted=(RelPath(".kiro/specs/login/tasks.md"),)))[0]
    'git add .kiro/specs/login/tasks.md && git commit'
    >>> next_of_approved("login", Work(is_manual=True))[0]
    'setsquare run login --mode interactive'
    """
    if work.uncommitted:
        paths = " ".join(map(quoted, work.uncommitted))
        return f"git add {paths} && git commit", "documents of the spec differ from the last commit, and a run starts from committed ones"
    if work.is_manual:
        return f"setsquare run {name} --mode interactive", "the spec goes on task by task"
    return f"setsquare run {name}", "tasks are approved"
