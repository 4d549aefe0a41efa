"""Counting tasks gives the numbers of the full reader."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.task_counts import counted
from setsquare.workspace.openspec.tasks import read_task_list

PIECES = st.sampled_from(
    ["- ", "* ", "1. ", "12) ", "+", "[x]", "[X]", "[ ]", "[]", "[~]", "[  ]", "(", "[", " ", "\t", "\n", "a", "```", "## 1. G", "-[x] b"]
)


@given(st.lists(PIECES, max_size=20).map("".join))
def test_counts_are_those_of_the_full_reader(text: str) -> None:
    tasks = read_task_list(RelPath("tasks.md"), text).tasks
    count = counted(text)
    assert (count.done, count.total) == (sum(task.is_done for task in tasks), len(tasks))


def test_a_link_is_no_task() -> None:
    assert counted("- [a](b)\n- [x](c)\n- [ ](d)\n").total == 1
