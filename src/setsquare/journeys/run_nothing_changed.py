"""Blocks a task that is said to be done, names criteria and changed nothing: its tests passed before it began, so that they prove nothing of it.

Whether its criteria were met already is for a person to say. An autonomous run does not wait for one: it rests, and whoever goes on with it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.brief import wanted
from setsquare.events.facts import CheckpointTaken, HumanAnswered, HumanAsked, RunParked, RunResumed, TaskStarted
from setsquare.guard.capability import Mode
from setsquare.guard.protected import Protection, protection
from setsquare.journeys.errand import line_of
from setsquare.journeys.run_live import LiveRun, TaskBench
from setsquare.journeys.run_questions import ask_about_verification
from setsquare.journeys.run_screen import one_line
from setsquare.journeys.run_verdict import Judgement
from setsquare.ports.approver import Answer
from setsquare.rules.task_names import CHECKPOINT
from setsquare.spec.approval import spec_key
from setsquare.spec.bugfix_roles import Role, looks_again
from setsquare.spec.evidence import EvidenceKind, evidence_path, read_evidence
from setsquare.workspace.spec import Spec, Task

CODE = "nothing-changed"
KIND = "already-met"
_MOST_SHOWN = 20
_HINT = (
    "Look at what was done: `setsquare log {0}`. Then `setsquare run --resume {0}` in a terminal asks you: accept as already met, or not done. "
    "Or take everything back with `setsquare revert {0}`."
)
_TOLD = "Do what the task demands; where its criteria are met already, say in which files and lines."
_HEAD = re.compile(r"\s[-–—]+\s|[:：,，;；.。(（]")
_FILLER = re.compile(r"(?:final|last|phase|milestone|stage|step|the|最终|最終|\d+(?:\.\d+)*|\W)+")


class _Said(Struct, frozen=True):
    """What was said about this task before, of the same files: who accepted it, whether it was refused, whether the run rested over it."""

    accepted: str = ""
    is_refused: bool = False
    is_awaited: bool = False


# req: agent-runtime/7.5
def accounted(run: LiveRun, at: TaskBench, role: Role | None, judged: Judgement) -> Judgement | RunParked:
    """Give the judgement as it is where the task changed something or need not; else what a person says, who is asked once about the same files."""
    named = () if _is_free(run, at, role) or _has_changed(run, at) else criteria_of(run.terms.spec, at.task)
    if not named:
        return judged
    what = f"The agent changed no file, although task {at.name} names {', '.join(named[:_MOST_SHOWN])}"
    said = _said(run)
    if said.accepted:
        return _accepted(judged, said.accepted, named)
    if said.is_refused:
        return _not_done(run, judged, f"{what}. A person looked at it and said: not done. {_TOLD}")
    if run.terms.mode is Mode.AUTONOMOUS and not said.is_awaited:
        return _parked(run, f"{what}, and an autonomous run does not decide whether that is already met.")
    title = f"Task {at.name}: no file was changed. Accept {', '.join(named[:_MOST_SHOWN])} as already met?"
    answer = ask_about_verification(run, title, _shown(run, at, what, named, judged), KIND)
    if answer is Answer.YES:
        return _accepted(judged, (run.latest.answered.by if run.latest.answered else "") or "a person", named)
    if answer is Answer.NO:
        return _not_done(run, judged, f"{what}. A person looked at it and said: not done. {_TOLD}")
    return _parked(run, f"{what}, and nobody is here to say whether that is already met.")


def criteria_of(spec: Spec, task: Task) -> tuple[str, ...]:
    """List the criteria that a task names, or that those name of which it is a part."""
    line = line_of(spec.tasks, task) if spec.tasks else (task,)
    found = (wanted(each, spec.requirements)[0] for each in line)
    return next((ids for ids in found if ids), ())


def is_checkpoint(title: str) -> bool:
    """Tell whether a task only looks at what was done before; one that makes something of that name does not.

    >>> [is_checkpoint(title) for title in ("Checkpoint - Ensure all tests pass", "Final checkpoint", "检查点 - 确保所有测试通过")]
    [True, True, True]
    >>> [is_checkpoint(title) for title in ("Write the checkpoint store", "Checkpoint storage", "Add the login and ensure all tests pass")]
    [False, False, False]
    """
    head = _HEAD.split(title.strip().lower(), maxsplit=1)[0]
    rest = CHECKPOINT.sub(" ", head)
    return rest != head and not _FILLER.sub("", rest)


def _is_free(run: LiveRun, at: TaskBench, role: Role | None) -> bool:
    """Tell whether a task need not change anything: it is done again, only looks, or its place in a bug fix says what it must prove."""
    if (run.latest.started is not None and run.latest.started.is_again) or is_checkpoint(at.task.title):
        return True
    # These two are held to tests of their own, written now or seen before.
    if role in {Role.EXPLORATION, Role.PRESERVATION}:
        return True
    return role is not None and _looks_again(run, at)


def _looks_again(run: LiveRun, at: TaskBench) -> bool:
    """Tell whether a step of a bug fix looks again at tests that were seen to fail, or to pass, before the fix."""
    spec = run.terms.spec
    if spec.tasks is None or at.task.index not in looks_again(spec.tasks):
        return False
    raw = run.app.files.read(evidence_path(spec))
    return raw is not None and any(one.kind is not EvidenceKind.GREEN for one in read_evidence(raw, spec_key(spec)).seen)


def _has_changed(run: LiveRun, at: TaskBench) -> bool:
    """Tell whether the task's own work, before and after a rest, left a file other than it was when the task began.

    What a person or the verification changed meanwhile is none of it, and neither is what git ignores unless the task names that very file.
    """
    mine = set(run.state.changed)
    if not mine or not run.latest.base_tree:
        return bool(mine)
    ignored = run.app.checkpoints.watched() - frozenset(at.capability.writable)
    changes = run.app.checkpoints.changes(run.latest.base_tree, run.latest.tree)
    return any(
        change.path in mine and change.path not in ignored and protection(change.path) is not Protection.DENIED for change in changes
    )


def _said(run: LiveRun) -> _Said:
    """Read from the journal what was said about this task, of the files as they were just verified; what was said of others is over."""
    said, asked, tree = _Said(), "", ""
    for event in (entry.event for entry in run.journal.entries()):
        match event:
            case TaskStarted():
                said, asked = _Said(), ""
            case CheckpointTaken():
                said, tree = said if event.tree == tree else _Said(is_awaited=said.is_awaited), event.tree
            case HumanAsked():
                asked = event.digest if event.kind == KIND else ""
            case HumanAnswered() if asked and event.digest == asked:
                yes = (event.by or "a person") if event.answer == Answer.YES.value else ""
                said = replace(said, accepted=yes, is_refused=event.answer == Answer.NO.value)
            case RunParked():
                said = replace(said, is_awaited=event.code == CODE)
            case RunResumed():
                said = replace(said, is_refused=False)
            case _:
                pass
    return said


def _accepted(judged: Judgement, by: str, named: tuple[str, ...]) -> Judgement:
    """Accept, and say by whom wherever it is written down."""
    reason = f"No file was changed; {by} accepted {', '.join(named)} as already met."
    return replace(judged, reason=reason, evidence=tuple(replace(one, accepted_by=by) for one in judged.evidence))


def _not_done(run: LiveRun, judged: Judgement, reason: str) -> Judgement:
    """Refuse the claim; the model goes on."""
    return replace(judged, verdict=CODE, reason=reason, hint=_HINT.format(run.state.run), evidence=())


def _parked(run: LiveRun, reason: str) -> RunParked:
    """Rest until a person says."""
    return RunParked(step=run.state.step, code=CODE, reason=reason, hint=_HINT.format(run.state.run))


def _shown(run: LiveRun, at: TaskBench, what: str, named: tuple[str, ...], judged: Judgement) -> str:
    """Show the task, what its criteria say, and how the verification ended; nothing that the agent wrote."""
    last = judged.trials[-1]
    return "\n".join(
        (
            f"{one_line(what)}:",
            f"  {one_line(at.task.title)}",
            *_texts(run.terms.spec, named),
            "",
            f"`{one_line(last.command)}` passes. It may have passed before as well: it says nothing about a task that changed nothing.",
            "",
            "yes: accept as already met. The evidence, the log and the commit then say that you accepted it without a change.",
            "no: not done. The agent is told so and goes on.",
        )
    )


def _texts(spec: Spec, named: tuple[str, ...]) -> Iterator[str]:
    """Quote the criteria."""
    texts = {item.id: item.text for item in spec.requirements.criteria} if spec.requirements else {}
    for name in named[:_MOST_SHOWN]:
        yield f"- {one_line(name)} {one_line(texts.get(name, '(not in the requirements)'))}"
    if len(named) > _MOST_SHOWN:
        yield f"- and {len(named) - _MOST_SHOWN} more"
