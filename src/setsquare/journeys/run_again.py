"""Does a done task again: tells the model why, and holds the new evidence against the old.

Source: requirements F17 (updated tasks are executed again and compared with the changed requirement).
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.app import App
from setsquare.journeys.opening import named_spec, opened
from setsquare.spec.approval import spec_key
from setsquare.spec.evidence import Seen, evidence_path, read_evidence
from setsquare.spec.link import LinkKind
from setsquare.spec.link_state import suspects
from setsquare.spec.trace import task_keys
from setsquare.workspace.model import Workspace
from setsquare.workspace.revision_marks import marks_of
from setsquare.workspace.spec import Spec, Task, TaskState


class Compared(Struct, frozen=True, kw_only=True):
    """What a run saw of one criterion: `meaning` digests what the criterion said then, `before` what it said when it was seen the last time before.

    `before` is empty where nothing was seen before or it said the same; `run` is the earlier run then.
    """

    criterion: str
    task: str
    meaning: str
    before: str = ""
    run: str = ""


def reasons_again(workspace: Workspace, spec: Spec, task: Task) -> str:
    """Tell why a done task is done again: its mark, and what its criteria said when it was done; empty for a task that is open."""
    if task.state is not TaskState.DONE or spec.tasks is None:
        return ""
    key = task_keys(spec.tasks.tasks)[task.index]
    mark = marks_of(workspace.by_path[spec.tasks.path].document, spec.tasks).get(task.index, "")
    changed = [
        f"- {link.id} said then: {link.was}"
        for link in suspects(workspace)
        if link.home == spec.path and link.link.kind is LinkKind.IMPLEMENTS and link.link.source == key and link.was
    ]
    lines = ["This task was done before and is done again. Look at what stands and change only what its requirements demand now."]
    if mark:
        lines.append(f"It needs revision because of: {mark}")
    return "\n".join((*lines, *changed))


def compared(app: App, name: str, run: str) -> tuple[Compared, ...]:
    """Hold what a run's evidence says of criteria against the lines before it; nothing where the evidence cannot be read whole."""
    spec = named_spec(opened(app), name)
    raw = app.files.read(evidence_path(spec))
    found = read_evidence(raw, spec_key(spec)) if raw is not None else None
    if found is None or not found.is_whole:
        return ()
    mine = [one for one in found.seen if one.run == run and one.criterion]
    return tuple(_compared(one, [other for other in found.seen if other.run != run and other.at <= one.at]) for one in mine)


def _compared(seen: Seen, earlier: list[Seen]) -> Compared:
    """Compare one line with the last one before it about the same criterion."""
    same = [one for one in earlier if (one.uid == seen.uid if one.uid and seen.uid else one.criterion == seen.criterion)]
    last = max(same, key=lambda one: one.at, default=None)
    is_other = last is not None and bool(last.meaning) and last.meaning != seen.meaning
    return Compared(
        criterion=seen.criterion,
        task=seen.task,
        meaning=seen.meaning,
        before=last.meaning if last is not None and is_other else "",
        run=last.run if last is not None and is_other else "",
    )
