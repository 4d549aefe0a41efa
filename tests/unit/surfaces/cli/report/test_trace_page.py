"""The page of a trace: readable from three criteria to hundreds."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from html.parser import HTMLParser

import pytest

from setsquare.spec.coverage import Coverage
from setsquare.spec.link import CriterionState
from setsquare.spec.matrix import MatrixRow, TaskCell, TestCell
from setsquare.spec.results import Outcome
from setsquare.spec.states import Overlay, OverlayKind
from setsquare.surfaces.cli.report.label import pixels, wrapped
from setsquare.surfaces.cli.report.page import page
from setsquare.surfaces.cli.report.trace_look import SCRIPT
from setsquare.surfaces.cli.report.trace_page import SpecPage, mark, trace_page
from setsquare.surfaces.cli.report.trace_section import trace_section
from setsquare.surfaces.cli.report.trace_table import trace_table
from setsquare.surfaces.cli.style import width
from setsquare.workspace.spec import TaskState


def row(criterion: str, text: str = "WHEN a user signs in, THE Login SHALL show the page", *, is_covered: bool = True) -> MatrixRow:
    tasks = (TaskCell(key=f"t{criterion}", title="Build it", state=TaskState.DONE),) if is_covered else ()
    state = CriterionState.IMPLEMENTED if is_covered else CriterionState.UNCOVERED
    return MatrixRow(criterion=criterion, text=text, state=state, tasks=tasks)


def rows(requirements: int, each: int) -> tuple[MatrixRow, ...]:
    return tuple(row(f"{number}.{item}") for number in range(1, requirements + 1) for item in range(1, each + 1))


def shown(*listed: MatrixRow, name: str = "login", titles: dict[str, str] | None = None) -> str:
    return trace_page((SpecPage(name=name, rows=listed, titles=titles or {}, coverage=Coverage(criteria=len(listed))),))


def weave_height(made: str) -> int:
    found = re.search(r'class="weave" viewBox="0 0 \d+ (\d+)"', made)
    assert found
    return int(found[1])


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (10, 8), (20, 17)])
def test_every_criterion_is_a_thread_in_one_picture_of_a_screen(size: tuple[int, int]):
    listed = rows(*size)
    made = shown(*listed)
    assert made.count('<g class="thread') == made.count('<div class="row') == len(listed)
    assert made.count('<svg class="weave"') == 1
    assert weave_height(made) < 1000, "a picture that nobody can take in at once"


def test_requirements_bear_their_titles():
    made = shown(*rows(8, 3), titles={"7": "Payment & more"})
    assert made.count('<div class="group">') == 8
    assert "7  Payment &amp; more" in made


def test_a_state_has_a_shape_besides_its_colour():
    shapes = {re.sub(r"s-\w+", "", mark(state)) for state in CriterionState}
    assert len(shapes) == len(CriterionState)


def test_what_nothing_holds_is_counted_below_its_column():
    made = shown(*rows(1, 2), row("2.1", is_covered=False))
    assert "1 × no task" in made
    assert "3 × no test" in made


def test_several_specs_share_a_page_with_contents():
    parts = tuple(SpecPage(name=name, rows=rows(1, 2), titles={}, coverage=Coverage(criteria=2)) for name in ("login", "pay"))
    made = trace_page(parts)
    assert made.count('<section class="spec"') == 2
    assert 'href="#s1">pay' in made
    assert made.count("<script>") == 1


EVIL = "<script>alert(1)</script>\"' onmouseover='x' </title></svg>]]>&#x3c; \u202e"


def test_words_of_strangers_stay_words():
    evil = MatrixRow(
        criterion='2".1',
        text=EVIL,
        state=CriterionState.PLANNED,
        reason=EVIL,
        design=(EVIL,),
        tasks=(TaskCell(key=EVIL, title=EVIL, state=TaskState.OPEN),),
        code=(EVIL,),
        tests=(EVIL,),
        checks=(TestCell(place=EVIL, name=EVIL, detail=EVIL),),
        overlays=(Overlay(OverlayKind.WAIVED, EVIL, EVIL),),
    )
    made = trace_page(
        (SpecPage(name="<b>" + EVIL, rows=(evil, row("1.1", EVIL)), titles={"1": EVIL, '2"': EVIL}, coverage=Coverage(), orphans=(EVIL,)),)
    )
    page_of = HTMLTags()
    page_of.feed(made)
    assert page_of.tags.count("script") == page_of.tags.count("title") - made.count("<g class=") == 1
    assert not [name for name in page_of.attributes if name.startswith("on")]
    assert "b" not in page_of.within_heading


class HTMLTags(HTMLParser):
    """Collects the tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.within_heading: list[str] = []
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if self._in_heading:
            self.within_heading.append(tag)
        self._in_heading = self._in_heading or tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = self._in_heading and tag != "h1"


def test_the_only_script_is_the_one_that_the_policy_names():
    made = shown(*rows(1, 1))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', made)
    assert policy
    assert policy[1].startswith("default-src 'none'")
    assert f"script-src 'sha256-{digest}'" in policy[1]
    assert made.count("<script") == 1
    assert f"<script>{SCRIPT}</script>" in made
    assert not re.search(r"""(?:src|href)=["']?(?!#)|url\((?!#)|@import""", made)
    assert "script-src" not in page("x", "<p>y</p>")


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


def test_a_large_section_is_folded_by_requirement():
    made = trace_section(rows(40, 9), {"7": "Payment & more"})
    assert made.count('<details class="group"') == made.count("<svg") == 40
    assert made.count('<details class="group" open>') == 1
    assert "Payment &amp; more" in made
    heights = [int(height) for height in re.findall(r'viewBox="0 0 \d+ (\d+)"', made)]
    assert max(heights) < 700, "a picture that nobody can take in at once"
    assert trace_section(rows(3, 4)).count("<svg") == 1


@pytest.mark.parametrize("begins", ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1"])
def test_no_cell_of_a_spreadsheet_is_a_formula(begins: str):
    listed = (MatrixRow(criterion="1.1", text="x", state=CriterionState.PLANNED, design=(begins,), code=(begins,)),)
    cells = next(csv.reader(trace_table(listed, "csv").splitlines()[1:]))
    assert cells[1].startswith("'")
    assert cells[3].startswith("'")
    named = trace_table(((begins, listed[0]),), "csv").splitlines()
    assert named[0].startswith("spec,requirement")
    assert next(csv.reader(named[1:]))[0].startswith("'")


def test_results_are_marked():
    checks = (TestCell(place="t.py:1", name="test_a", outcome=Outcome.PASSED, is_proof=True), TestCell(place="t.py:9", name="test_b"))
    listed = MatrixRow(criterion="1.1", text="x", state=CriterionState.IMPLEMENTED, tests=("t.py:1", "t.py:9"), checks=checks)
    assert "· t.py" in trace_table((listed,), "text")
    assert "t.py:1 test_a (passed), t.py:9 test_b" in trace_table((listed,), "md")
