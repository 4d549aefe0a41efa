"""The visible mark of a task that needs revision."""

from __future__ import annotations

import pytest

from setsquare.spec.approval import approval_digest
from setsquare.spec.stage import Stage
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.text.span import apply_edits
from setsquare.workspace.revision_marks import revision_marks
from setsquare.workspace.tasks import read_tasks

FILES = [
    b"# Plan\n\n- [x] 1. Go\n  - now\n  - _Requirements: 1.1_\n\n- [ ] 2. Stop\n  - [x] 2.1 Brake\n    - _Requirements: 1.2_\n  - [ ]* 2.2 Test\n\n## Notes\n",
    b"- [x] 1. Go\r\n  - now\r\n- [ ] 2. Stop\r\n  - [x] 2.1 Brake",
    b"- [x] 1. Go",
]


def marked(raw: bytes, wanted: dict[int, str]) -> bytes:
    document = scan(RelPath("tasks.md"), raw)
    return apply_edits(raw, revision_marks(document, read_tasks(document), wanted))


@pytest.mark.parametrize("raw", FILES)
def test_marks_come_and_go_without_a_trace(raw: bytes) -> None:
    tasks = read_tasks(scan(RelPath("tasks.md"), raw)).tasks
    for chosen in ({0}, {len(tasks) - 1}, set(range(len(tasks)))):
        wanted = dict.fromkeys(chosen, "1.2 (threshold), 1.4 (guard)")
        once = marked(raw, wanted)
        assert once.count(b"_Needs revision: 1.2 (threshold), 1.4 (guard)_") == len(chosen)
        assert marked(once, wanted) == once
        assert marked(once, {}).rstrip(b"\r\n") == raw.rstrip(b"\r\n")
        after = read_tasks(scan(RelPath("tasks.md"), once)).tasks
        assert [(task.id, task.state, task.parent) for task in after] == [(task.id, task.state, task.parent) for task in tasks]


def test_a_changed_mark_replaces_the_old_one() -> None:
    once = marked(FILES[0], {0: "1.1 (guard)"})
    assert marked(once, {0: "1.1 (removed)"}) == marked(FILES[0], {0: "1.1 (removed)"})


@pytest.mark.parametrize("raw", FILES[:2])
def test_a_mark_does_not_void_an_approval(raw: bytes) -> None:
    before, after = (scan(RelPath("tasks.md"), text) for text in (raw, marked(raw, {0: "1.2 (threshold)"})))
    assert approval_digest(Stage.TASKS, before) == approval_digest(Stage.TASKS, after)


def test_line_ends_are_kept() -> None:
    assert b"\n" not in marked(FILES[1], {0: "1.1"}).replace(b"\r\n", b"")
