"""Blocks a task whose tests prove less than before, whatever the small steps between: the model may mend it once, then a person decides."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.events.facts import RunParked
from setsquare.guard.gates import is_gate, is_snapshot
from setsquare.guard.lost_proof import is_code
from setsquare.guard.proof import Weakness
from setsquare.guard.weakening import is_test_file
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_questions import ask_about_verification
from setsquare.journeys.run_screen import difference
from setsquare.journeys.run_verdict import Judgement
from setsquare.ports.approver import Answer
from setsquare.text.paths import RelPath

CODE = "tests-weakened"
_LIMIT_BYTES = 1_000_000
_HINT = (
    "Look at the difference: `setsquare diff {0}`. Answer in a terminal with `setsquare run --resume`, put the tests back yourself and resume, "
    "or take everything back with `setsquare revert`."
)


# req: guarded-run/3.1
# req: agent-runtime/7.1
def gated(run: LiveRun, at: TaskBench, judged: Judgement) -> Judgement | RunParked:
    """Compare the tests at the task's beginning with those of now; give the judgement as it is when nothing is lost or a person permits it."""
    found = lost(run)
    if not found:
        return judged
    named = "; ".join(one.line for one in found[:20])
    reason = f"Tests prove less than before this task: {named}."
    if not run.latest.is_warned:
        return replace(judged, verdict=CODE, reason=reason, hint=_HINT.format(run.state.run), evidence=())
    shown = "\n".join(
        ("The tests prove less than when the task began:", *(f"- {one.line}" for one in found), "", *_differences(run, found))
    )
    answer = ask_about_verification(run, f"Task {at.name}: accept weaker tests?", shown)
    if answer is Answer.YES:
        return judged
    if answer is Answer.NO:
        return replace(
            judged, verdict=CODE, reason=f"{reason} A person looked at it and said no.", hint=_HINT.format(run.state.run), evidence=()
        )
    return RunParked(step=run.state.step, code=CODE, reason=reason, hint=_HINT.format(run.state.run))


def lost(run: LiveRun) -> tuple[Weakness, ...]:
    """List what the tests of the workspace do not prove any more since the task began."""
    old: dict[str, bytes] = {}
    new: dict[str, bytes] = {}
    if not run.latest.base_tree:
        return ()
    tree = run.app.checkpoints.take()
    for change in run.app.checkpoints.changes(run.latest.base_tree, tree):
        path = change.path
        if not (is_test_file(path) or is_gate(path) or is_snapshot(path) or is_code(path) or path.endswith("conftest.py")):
            continue
        before = run.app.checkpoints.read(run.latest.base_tree, path) if change.status != "added" else None
        after = run.app.checkpoints.read(tree, path) if change.status != "deleted" else None
        old |= {} if before is None else {str(path): before[:_LIMIT_BYTES]}
        new |= {} if after is None else {str(path): after[:_LIMIT_BYTES]}
    return run.app.weaknesses(old, new, run.terms.verify)


def _differences(run: LiveRun, found: tuple[Weakness, ...]) -> list[str]:
    """Show the files that prove less."""
    now = run.app.checkpoints.take()
    read = run.app.checkpoints.read
    paths = dict.fromkeys(one.path for one in found)
    return [difference(path, read(run.latest.base_tree, RelPath(path)), read(now, RelPath(path))) for path in paths]
