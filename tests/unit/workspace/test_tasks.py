"""Every marker, id and layout of task files, in our own words."""

from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits
from setsquare.workspace.edits import tick
from setsquare.workspace.spec import Tasks, TaskState
from setsquare.workspace.tasks import read_tasks


def read(text: str | bytes) -> Tasks:
    return read_tasks(scan(RelPath(".kiro/specs/a/tasks.md"), text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize(
    ("line", "state", "is_optional", "number", "title"),
    [
        ("- [ ] 1. Go", TaskState.OPEN, False, "1", "Go"),
        ("- [x] 1. Go", TaskState.DONE, False, "1", "Go"),
        ("- [X] 1.1 Go", TaskState.DONE, False, "1.1", "Go"),
        ("- [-] 7. Go", TaskState.RUNNING, False, "7", "Go"),
        ("- [~] 6.2 Go - **MOVED**", TaskState.QUEUED, False, "6.2", "Go - **MOVED**"),
        ("- [ ]* 5. Go", TaskState.OPEN, True, "5", "Go"),
        (r"- [ ]\* 2.2 Go", TaskState.OPEN, True, "2.2", "Go"),
        ("- [x]* 1.6 走", TaskState.DONE, True, "1.6", "走"),
        ("- [x  ] 3. Go", TaskState.DONE, False, "3", "Go"),
        ("- [ x ] 3. Go", TaskState.DONE, False, "3", "Go"),
        ("- [✓] 3. Go", TaskState.DONE, False, "3", "Go"),
        ("- [] 3. Go", TaskState.OPEN, False, "3", "Go"),
        ("* [ ] 1.1.1 Go", TaskState.OPEN, False, "1.1.1", "Go"),
        ("1. [ ] Go", TaskState.OPEN, False, "1", "Go"),
        ("- [ ] 2.1* Go", TaskState.OPEN, True, "2.1", "Go"),
        ("- [ ] T001 [P] [US1] Go", TaskState.OPEN, False, "T001", "Go"),
        ("- [ ] 2.1 (P) Go", TaskState.OPEN, False, "2.1", "Go"),
        ("- [ ] Task 3: Go", TaskState.OPEN, False, "3", "Go"),
        ("- [ ] **4. Go**", TaskState.OPEN, False, "4", "Go"),
        ("- [ ] A-1 Go", TaskState.OPEN, False, "A-1", "Go"),
        ("- [ ] Go", TaskState.OPEN, False, "", "Go"),
        ("- [x] ✅ Go", TaskState.DONE, False, "", "✅ Go"),
        ("- [ ] 3 lids are left", TaskState.OPEN, False, "", "3 lids are left"),
        ("- [ ] **Bold** words", TaskState.OPEN, False, "", "**Bold** words"),
    ],
)
def test_lines(line: str, state: TaskState, is_optional: bool, number: str, title: str) -> None:
    (task,) = read(line + "\n").tasks
    assert (task.state, task.is_optional, task.id, task.title) == (state, is_optional, number, title)
    assert task.is_parallel is ("P)" in line or "[P]" in line)


@pytest.mark.parametrize(
    "line",
    [
        "- [LLM-REQUEST] in the log ❌",
        "- [x](http://a)",
        "- [P] Go",
        "- [1] note",
        "- Go",
        "1. Go",
        "[ ] Go",
        "- ✅ Go",
        "- [[ ]] a",
        "- [x]y",
    ],
)
def test_false_boxes(line: str) -> None:
    assert read(f"{line}\n").tasks == ()


def test_box_span_is_one_character() -> None:
    raw = "- [x  ] 1. 走\r\n  - [ ]* 1.1 Go\r\n- [✓] 2. Go".encode()
    assert [raw[task.box.start : task.box.end].decode() for task in read(raw).tasks if task.box] == ["x", " ", "✓"]


def test_parents_by_number_first() -> None:
    tasks = read("- [ ] 1. A\n- [ ] 1.1 B\n- [ ] 1.1.1 C\n- [ ] 2. D\n  - [ ] 2.1 E\n  - [ ] 1.2 F\n- [ ] 2.2.1 G\n- [ ] 3.1 H\n").tasks
    assert [task.parent for task in tasks] == [None, 0, 1, None, 3, 0, 3, None]


def test_parents_by_indentation_second() -> None:
    found = read("- [ ] A\n  - [ ] B\n    - [ ] C\n  - [ ] D\n- [ ] E\n\t- [ ] F\n- [ ] Phase\n  - [ ] 1. G\n")
    assert [task.parent for task in found.tasks] == [None, 0, 1, 0, None, 4, None, 6]
    assert [task.title for task in found.children(found.tasks[0])] == ["B", "D"]


def test_duplicate_ids_and_parent_state_are_kept() -> None:
    tasks = read("- [x] 4. A\n  - [ ] 4.1 B\n\n- [ ] 4. A\n  - [x] 4.1 B\n").tasks
    assert [(task.id, task.parent, task.state.value) for task in tasks] == [
        ("4", None, "done"),
        ("4.1", 0, "open"),
        ("4", None, "open"),
        ("4.1", 2, "done"),
    ]


def test_details_references_and_span() -> None:
    text = "- [ ] 1. A\n  - Do this\n    more of it\n\n  - _Requirements: 1.1, 2_\n  - **Validates: Requirements 3.1**\n  - [ ] 1.1 B\n\nProse after.\n- not a detail\n"
    found = read(text)
    first, second = found.tasks
    assert first.details == ("Do this", "more of it", "_Requirements: 1.1, 2_", "**Validates: Requirements 3.1**")
    assert [item.first for item in first.references] == ["1.1", "2", "3.1"]
    assert text.encode()[first.span.start : first.span.end].endswith(b"3.1**\n")
    assert second.details == ()


def test_details_that_are_not_indented() -> None:
    found = read("- [x] 1. A\n- Do this\n- _Requirements: 1.1_\n- [ ] 2. B\n")
    assert [len(task.details) for task in found.tasks] == [2, 0]
    assert [item.first for item in found.tasks[0].references] == ["1.1"]


def test_reference_in_the_title() -> None:
    (task,) = read("- [ ] 1. A _(Req 1,3)_\n").tasks
    assert [item.first for item in task.references] == ["1", "3"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("_Depends: 1.1, 2_", ("1.1", "2")),
        ("_Dependencies: Task 1-3_", ("1", "2", "3")),
        ("**Dependencies**: None", ()),
        ("depends on T012, T013", ("T012", "T013")),
        ("Go on (depends on task 1.1 and 1.2)", ("1.1", "1.2")),
        ("依赖: 1.1", ("1.1",)),
        ("Add the dependency for Vue 3", ()),
    ],
)
def test_prerequisites(line: str, expected: tuple[str, ...]) -> None:
    assert read(f"- [ ] 9. A\n  - {line}\n").tasks[0].depends == expected


def test_headings_are_tasks_only_without_any_box() -> None:
    text = "# Plan\n## 1. Fix it ✅\n- step\n- _Requirements: 1.1, 1.2_\n## Notes\n- none\n### 合并 1\n"
    (task,) = read(text).tasks
    assert (task.id, task.state, task.box, len(task.references)) == ("1", TaskState.DONE, None, 2)
    assert [task.title for task in read(text + "- [ ] Go\n").tasks] == ["Go"]
    assert [task.id for task in read("## Task 1: A\n### Task 1.1: B\n").tasks] == ["1", "1.1"]


def test_groups_are_headings() -> None:
    found = read("# Implementation Plan\n## 1. Group\n- [ ] 1.1 (P) A\n- [ ] 1.2 B\n## 2. Other\n- [ ] 2.1 C\n")
    assert [(task.id, task.parent) for task in found.tasks] == [("1.1", None), ("1.2", None), ("2.1", None)]
    assert [section.title for section in found.sections] == ["Implementation Plan", "1. Group", "2. Other"]


def test_tutorial_form() -> None:
    found = read("# Tasks: Box\n\n- [ ] 1. A\n- [ ] 2. B\n")
    assert (found.title, [task.id for task in found.tasks]) == ("Tasks: Box", ["1", "2"])


def test_check_lists_beside_numbered_tasks_are_none() -> None:
    found = read("- [ ] 1. A\n  - [ ] step of A\n## Success Criteria\n- [ ] all is well\n## Notes\n- [x] read\n")
    assert [task.title for task in found.tasks] == ["A", "step of A"]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('{"waves":[{"id":0,"tasks":["1.1","2"]},{"id":1,"tasks":["3."]}]}', (("1.1", "2"), ("3",))),
        ('{"waves":[{"id":1,"name":"x","depends_on":[0],"tasks":["1"]}]}', (("1",),)),
        ('{"waves":[["1"],["2","3"]]}', (("1",), ("2", "3"))),
        ('{"wave":1,"description":"x","tasks":["1","2"]}\n{"wave":2,"tasks":["3"]}', (("1", "2"), ("3",))),
        ('[{"wave":1,"tasks":["1"]}]', (("1",),)),
        ('{"waves":[', ()),
        ('{"other":1}', ()),
        ("[" * 100_000, ()),
    ],
)
def test_waves(block: str, expected: tuple[tuple[str, ...], ...]) -> None:
    assert read(f"```json\n{block}\n```\n## Tasks\n- [ ] 1. A\n").waves == expected


def test_the_last_graph_counts() -> None:
    assert read('```json\n{"waves":[["1"]]}\n```\n```json\n{"waves":[["2"]]}\n```\n').waves == (("2",),)


@pytest.mark.parametrize("raw", [b"", b"# Tasks", b"```\n- [ ] 1. in code\n```\n", b"\xff\xfe"])
def test_no_tasks(raw: bytes) -> None:
    assert read(raw).tasks == ()


def test_a_line_of_references_goes_on_after_a_separator() -> None:
    found = read("- [ ] 1. Go\n  - _Requirements: 1.1,\n    1.2, 2.1_\n  - 3 more\n")
    assert [item.first for item in found.tasks[0].references] == ["1.1", "1.2", "2.1"]


def test_references_below_no_task_are_kept_apart() -> None:
    found = read("# Plan\n_Requirements: 3.1_\n\n- [ ] 1. Go\n  - _Requirements: 1.1_\n\n**Requirements Reference**: 2.1\n")
    assert [item.first for task in found.tasks for item in task.references] == ["1.1"]
    assert [item.first for item in found.loose] == ["3.1", "2.1"]


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("- [ ]3. Go", "3", "Go"),
        ("- [ ] 7 - Go", "7", "Go"),
        ("- [ ] **Task 4.2**: Go", "4.2", "Go"),
        ("- [ ] 3 - 5 boxes", "", "3 - 5 boxes"),
    ],
)
def test_more_written_numbers(line: str, number: str, title: str) -> None:
    task = read(line).tasks[0]
    assert (task.id, task.title) == (number, title)


MARKERS = ("[ ]", "[x]", "[X]", "[-]", "[~]", "[ ]*", r"[ ]\*", "[x]*", "[x  ]", "[✅]")


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("item", ["- {} 1. Go", "  * {} 1.1 走", "1. {} Go", "- {} **2.** Go\r"])
@pytest.mark.parametrize("mark", [b"x", b" ", b"-", b"~"])
def test_a_tick_changes_the_one_character_in_the_box(marker: str, item: str, mark: bytes) -> None:
    raw = f"# Plan\n\n{item.format(marker)}\n  - x\n".encode()
    task = read(raw).tasks[0]
    assert task.box
    changed = apply_edits(raw, [tick(task, mark)])
    assert changed == raw[: task.box.start] + mark + raw[task.box.end :]
    assert raw[task.box.start : task.box.end].decode() == marker[1]
    again = read(changed).tasks[0]
    assert (again.id, again.title, again.is_optional, again.references) == (task.id, task.title, task.is_optional, task.references)
    assert again.state is {b"x": TaskState.DONE, b" ": TaskState.OPEN, b"-": TaskState.RUNNING, b"~": TaskState.QUEUED}[mark]
