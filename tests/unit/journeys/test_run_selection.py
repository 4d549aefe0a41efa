from __future__ import annotations

import pytest

from setsquare.journeys.run_selection import selected, task_name
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.tasks import read_tasks

TASKS = b"""- [x] 1. Done
- [ ] 2. Group
  - [x] 2.1 Done part
  - [ ] 2.2 Open part
  - [ ]* 2.3 Optional part
- [-] 3. In progress
- [ ] 4. After
  - Dependencies: 3
- [ ] 10. Last
"""


def names(raw, wanted):
    tasks = read_tasks(scan(RelPath("tasks.md"), raw))
    found = selected(tasks, wanted)
    return [task_name(tasks, task) for task in found.tasks], found.problem, found.hint


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("", ["2.2"]),
        ("all", ["2.2", "3", "4", "10"]),
        ("2", ["2.2"]),
        ("2.2", ["2.2"]),
        ("2.3", ["2.3"]),
        ("1-3", ["2.2", "3"]),
        ("2-10", ["2.2", "3", "4", "10"]),
        ("2.1-2.2", ["2.2"]),
        ("2.2-4", ["2.2", "3", "4"]),
        ("10,3", ["3", "10"]),
        ("3, 2", ["2.2", "3"]),
    ],
)
def test_what_is_chosen(wanted, chosen):
    assert names(TASKS, wanted)[0] == chosen


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("1", "done already"),
        ("2.1", "done already"),
        ("11", "no task `11`"),
        ("5-9", "no tasks 5-9"),
        ("1-1", "are done"),
        ("4", "depends on 3"),
        ("3-1", "ends before it begins"),
        ("; rm", "no task"),
    ],
)
def test_what_is_refused(wanted, problem):
    chosen, said, hint = names(TASKS, wanted)
    assert chosen == []
    assert problem in said
    assert hint


def test_tasks_without_their_own_id_have_a_name():
    raw = b"- [ ] First\n- [ ] 1. Second\n- [ ] 1. Third\n"
    assert names(raw, "all")[0] == ["#1", "1#2", "1#3"]
    assert names(raw, "1#3")[0] == ["1#3"]
    assert "Several tasks" in names(raw, "1")[1]


def test_everything_done():
    assert "is done" in names(b"- [x] 1. A\n", "all")[1]
