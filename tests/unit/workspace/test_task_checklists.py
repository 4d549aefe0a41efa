"""Boxes that close a document are no tasks."""

from __future__ import annotations

import pytest

from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.tasks import read_tasks

TASKS = "# Plan\n\n### Phase 1\n\n- [ ] Write the page\n- [x] Style the page\n\n"


def titles(text: str) -> list[str]:
    return [task.title for task in read_tasks(scan(RelPath("tasks.md"), text.encode())).tasks]


@pytest.mark.parametrize("heading", ["## Completion Checklist", "## Definition of Done", "## チェックリスト", "## Review checklist:"])
def test_a_closing_checklist_is_left_out_also_without_numbers(heading: str) -> None:
    assert titles(f"{TASKS}{heading}\n\n- [ ] All tests pass\n") == ["Write the page", "Style the page"]


def test_other_headings_and_a_file_that_is_a_checklist_keep_their_boxes() -> None:
    assert titles(f"{TASKS}## Notes\n\n- [ ] Ask Ada\n")[-1] == "Ask Ada"
    assert titles("# Checklist\n\n## Checklist\n\n- [ ] Ask Ada\n") == ["Ask Ada"]
