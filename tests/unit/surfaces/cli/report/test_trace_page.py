"""The page of a trace: readable from three criteria to hundreds."""

from __future__ import annotations

import re

from setsquare.spec.link import CriterionState
from setsquare.spec.matrix import MatrixRow, TaskCell
from setsquare.surfaces.cli.report.label import pixels, wrapped
from setsquare.surfaces.cli.report.page import page
from setsquare.surfaces.cli.report.trace_page import trace_page, trace_table
from setsquare.surfaces.cli.style import width
from setsquare.workspace.spec import TaskState


def row(criterion: str, text: str = "WHEN a user signs in, THE Login SHALL show the page", *, is_covered: bool = True) -> MatrixRow:
    tasks = (TaskCell(key=f"t{criterion}", title="Build it", state=TaskState.DONE),) if is_covered else ()
    state = CriterionState.IMPLEMENTED if is_covered else CriterionState.UNCOVERED
    return MatrixRow(criterion=criterion, text=text, state=state, tasks=tasks)


def rows(requirements: int, each: int) -> tuple[MatrixRow, ...]:
    return tuple(row(f"{number}.{item}") for number in range(1, requirements + 1) for item in range(1, each + 1))


def test_a_small_spec_is_one_picture():
    made = trace_page("login", rows(3, 4), {})
    assert made.count("<svg") == 1
    assert 'class="group"' not in made


def test_a_large_spec_is_folded_by_requirement():
    made = trace_page("login", rows(40, 9), {"7": "Payment & more"})
    assert made.count('<details class="group"') == made.count("<svg") == 40
    assert made.count('<details class="group" open>') == 1
    assert "Payment &amp; more" in made
    heights = [int(height) for height in re.findall(r'viewBox="0 0 \d+ (\d+)"', made)]
    assert max(heights) < 700, "a picture that nobody can take in at once"


def test_criteria_that_no_task_names_lead_to_their_rows():
    made = trace_page("login", (*rows(1, 2), row("2.1", is_covered=False)), {})
    assert '<a href="#c2.1">2.1</a>' in made
    assert 'id="c2.1"' in made


def test_words_of_strangers_stay_words():
    made = trace_page("<b>", (row("1.1", "<script>alert(1)</script>"), row('2".1', "x", is_covered=False)), {"1": "<i>"})
    assert "<script" not in made
    assert 'href="#c2&quot;.1"' in made


def test_a_page_is_no_evidence_for_what_it_quotes():
    assert "req: login/1.1" not in page("x", "<p>search req: login/1.1</p>")


def test_labels_keep_to_two_lines_of_their_room():
    for text in ("word " * 60, "字" * 200, "x" * 300, "", "short"):
        lines = wrapped(text, 270)
        assert len(lines) <= 2
        assert all(pixels(line) <= 270 for line in lines)


def test_wide_characters_count_twice_in_a_terminal():
    lines = trace_table((row("1.1", "字" * 100), row("1.2", "a" * 100)), "text").splitlines()
    assert width(lines[1]) == width(lines[2])
    assert width(lines[1].split("…", maxsplit=1)[0]) <= 48


def test_a_bar_stays_in_its_markdown_cell():
    made = trace_table((row("1.1", r"a|b and c\|d"),), "md").splitlines()[-1]
    assert r"a\|b and c\|d" in made
