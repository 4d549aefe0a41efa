"""Shows a person what is about to happen or has happened, and binds the answer to what was shown."""

from __future__ import annotations

import difflib
from typing import assert_never

from setsquare.agent.effects import AskAboutAction, AskAboutChanges, AskAboutGroup
from setsquare.agent.machine import group
from setsquare.agent.tools import calls
from setsquare.agent.tools.wording import bounded, plain, redacted
from setsquare.errors import StorageFailed
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import HumanAnswered, HumanAsked
from setsquare.guard.action import Action, EditText, ListFiles, Read, Search, Shell, Write
from setsquare.journeys.run_actions import judge
from setsquare.journeys.run_live import RAISABLE, LiveRun, TaskBench
from setsquare.journeys.run_selection import task_name
from setsquare.ports.approver import Answer, Question
from setsquare.text.paths import RelPath

_LIMIT_SHOWN_CHARS = 60_000


def ask_about_action(run: LiveRun, at: TaskBench, effect: AskAboutAction) -> None:
    """Show a call before it is performed: the whole command, or the difference that it makes."""
    call = effect.call
    judged = run.inspected if run.inspected and run.inspected.call_id == call.id else judge(run, at, call)
    run.inspected = None if isinstance(judged, calls.BadCall) else judged
    body = call.arguments if isinstance(judged, calls.BadCall) else _action(run, judged.action, judged.facts.real_path)
    kind = "raise-limit" if effect.rule == RAISABLE else "action"
    why = run.latest.decided.reason if run.latest.decided else ""
    shown = f"{redacted(body, at.bench.secrets)}\n\nWhy you are asked: {why} (rule `{effect.rule}`)"
    _ask(run, effect.step, Question(kind=kind, title=f"Task {at.name}, step {effect.step}: {_title(call)}", shown=shown))


def ask_about_changes(run: LiveRun, effect: AskAboutChanges) -> None:
    """Show what the last step changed."""
    seen = run.latest.observed
    changed, summary = (seen.changed, seen.summary) if seen else ((), "")
    parts = [_difference(path, run.app.checkpoints.read(run.state.tree, RelPath(path)), _now(run, path)) for path in changed]
    shown = "\n".join((summary, *(parts or ["No file was changed."])))
    _ask(
        run,
        effect.step,
        Question(kind="action", title=f"Step {effect.step} is done. Go on?", shown=_without_secrets(run, shown)),
    )


def _without_secrets(run: LiveRun, text: str) -> str:
    """Redact a text for the journal, which keeps all that was shown."""
    return redacted(text, run.bench.bench.secrets if run.bench else ())


def ask_about_group(run: LiveRun, effect: AskAboutGroup) -> None:
    """Show a finished task group."""
    name = group(effect.task)
    titles = {task_name(tasks, task): task.title for tasks in (run.terms.spec.tasks,) if tasks for task in tasks.tasks}
    done = [f"{task}: {titles.get(task, '')}" for task, _ in run.latest.commits if group(task) == name]
    shown = "\n".join(("Verified, ticked and committed:", *done, f"Next: task {run.state.task}: {titles.get(run.state.task, '')}"))
    _ask(run, effect.step, Question(kind="verify", title=f"Task group {name} is done. Go on?", shown=shown))


def _ask(run: LiveRun, step: int, question: Question) -> None:
    """Ask, and record the question before and the answer after; an answer to something else counts as none."""
    run.record(HumanAsked(step=step, kind=question.kind, digest=question.digest, shown=bounded(question.shown, _LIMIT_SHOWN_CHARS)))
    verdict = run.app.approver.ask(question)
    answer, note = verdict.answer, verdict.note
    if verdict.digest != question.digest:
        answer, note = Answer.ABSENT, "the answer belongs to something else than what was shown"
    event = HumanAnswered(step=step, digest=question.digest, answer=answer.value, by=verdict.by, note=note)
    run.record(event, actor=verdict.by or "person")


def _title(call: ToolCall) -> str:
    """Name a call on one line."""
    action = calls.parsed(call)
    if isinstance(action, calls.BadCall):
        return call.tool
    what = action.command if isinstance(action, Shell) else action.path
    return f"{call.tool} {' '.join(plain(what.encode('utf-8', 'replace')).split())[:100]}"


def _action(run: LiveRun, action: Action, path: str | None) -> str:
    """Render an action whole."""
    match action:
        case Shell():
            return f"$ {visible(action.command)}"
        case Write() | EditText():
            old = _now(run, path)
            return _difference(path or action.path, old, calls.result_of(old, action))
        case Read() | ListFiles():
            return f"{type(action).__name__.lower()} {visible(action.path or '.')}"
        case Search():
            return f"search {visible(action.pattern)} in {visible(action.path or '.')}"
        case _:
            assert_never(action)


def visible(text: str) -> str:
    r"""Write control and direction characters as escapes, so that what is shown is what runs.

    >>> print(visible("ls \x1b[8m; rm x\u202e"))
    ls \x1b[8m; rm x\u202e
    """
    return "".join(char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode() for char in text)


def _now(run: LiveRun, path: str | None) -> bytes | None:
    """Read a file as it is; one that cannot be read counts as absent."""
    try:
        return run.app.files.read(RelPath(path)) if path else None
    except StorageFailed:
        return None


def _difference(path: str, old: bytes | None, new: bytes | None) -> str:
    """Write a unified diff of one file."""
    sides = [visible(side.decode("utf-8", "replace").replace("\r\n", "\n")).splitlines() if side else [] for side in (old, new)]
    lines = difflib.unified_diff(
        sides[0], sides[1], f"a/{path}" if old is not None else "/dev/null", f"b/{path}" if new is not None else "/dev/null", lineterm=""
    )
    return "\n".join(lines) or f"{path}: no change"
