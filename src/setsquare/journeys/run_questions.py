"""Shows a person what is about to happen or has happened, and binds the answer to what was shown."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.agent.effects import AskAboutAction, AskAboutChanges, AskAboutGroup
from setsquare.agent.machine import group
from setsquare.agent.tools import calls
from setsquare.agent.tools.wording import bounded
from setsquare.events.conversation import ToolCall
from setsquare.events.facts import HumanAnswered, HumanAsked, RunParked
from setsquare.guard.action import Shell
from setsquare.journeys.run_actions import judge
from setsquare.journeys.run_binding import binding_of
from setsquare.journeys.run_live import RAISABLE, LiveRun, TaskBench
from setsquare.journeys.run_outward import confined
from setsquare.journeys.run_pace import Pace
from setsquare.journeys.run_screen import barred, current, difference, one_line, refusal_screen, screen
from setsquare.journeys.run_selection import task_name
from setsquare.ports.approver import Answer, Binding, Question
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest

_LIMIT_SHOWN_CHARS = 60_000


def ask_about_action(run: LiveRun, at: TaskBench, effect: AskAboutAction) -> None:
    """Show a call before it is performed: the whole command, or the difference that it makes; the yes is bound to the world as it is now."""
    call = effect.call
    judged = run.inspected if run.inspected and run.inspected.call_id == call.id else judge(run, at, call)
    why = f"{run.latest.decided.reason if run.latest.decided else ''} (rule `{effect.rule}`)"
    at = confined(run, at, effect.rule)
    if isinstance(judged, calls.BadCall):
        run.inspected, bound, shown = None, None, f"{barred(call.arguments)}\n\nWhy you are asked: {one_line(why)}"
    else:
        bound = binding_of(run.app, at.bench, judged.action, judged.facts)
        run.inspected = replace(judged, binding=bound)
        shown = run.app.consenting.shown(screen(run.app, at, judged.action, bound, why), call.arguments)
    kind = "raise-limit" if effect.rule == RAISABLE else "action"
    title = f"Task {at.name}, step {effect.step}: {_title(call)}"
    _ask(run, effect.step, Question(kind=kind, title=_without_secrets(run, title), shown=_without_secrets(run, shown)), bound)


def ask_about_changes(run: LiveRun, effect: AskAboutChanges) -> None:
    """Show what the last step changed, or what of it was put back because it went beyond the task."""
    if run.state.is_overstepping:
        _ask_about_overstep(run, effect.step)
        return
    if run.state.refused.code:
        _ask_about_refusal(run, effect.step)
        return
    seen = run.latest.observed
    changed, summary = (seen.changed, seen.summary) if seen else ((), "")
    parts = [difference(path, run.app.checkpoints.read(run.state.tree, RelPath(path)), current(run.app, path)) for path in changed]
    shown = "\n".join((one_line(summary), *(parts or ["No file was changed."])))
    _ask(run, effect.step, Question(kind="action", title=f"Step {effect.step} is done. Go on?", shown=_without_secrets(run, shown)))


# req: agent-runtime/2.3
def _ask_about_overstep(run: LiveRun, step: int) -> None:
    """Show what was put back, as it was found."""
    parts = [
        difference(path, current(run.app, path), run.app.checkpoints.read(enforced.found, RelPath(path)) if enforced.found else None)
        for enforced in run.latest.enforced
        for path in enforced.reverted
    ]
    shown = "\n".join(("This is not part of the task, or is protected, and was put back:", *map(bounded, parts), *_barred(run, step)))
    title = f"Step {step} went beyond its task. Go on?"
    _ask(run, step, Question(kind="action", title=title, shown=_without_secrets(run, shown)))


# req: agent-runtime/2.7
def _ask_about_refusal(run: LiveRun, step: int) -> None:
    """Show what was refused: connections that a command asked for, or the action with the difference that it would have made."""
    barred, decided = _barred(run, step), run.latest.decided
    if barred or decided is None:
        title, shown = f"A connection that step {step} asked for was refused. Go on?", "\n".join(barred)
    else:
        call = ToolCall(decided.call_id, decided.tool, decided.arguments)
        title = f"Step {step} was refused: {_title(call)}. Go on?"
        shown = bounded(refusal_screen(run.app, calls.parsed(call), decided))
    _ask(run, step, Question(kind="action", title=_without_secrets(run, title), shown=_without_secrets(run, shown)))


def _barred(run: LiveRun, step: int) -> tuple[str, ...]:
    """List the connections that a step asked for and did not get."""
    found = (each for each in run.latest.barred if each.step == step)
    return tuple(
        f"Refused connection: {one_line(each.host or 'unnamed host')}:{each.port} (rule `{one_line(each.rule)}`)" for each in found
    )


def _without_secrets(run: LiveRun, text: str) -> str:
    """Redact a text for the journal, which keeps all that was shown."""
    return run.redacted(text)


def ask_about_group(run: LiveRun, effect: AskAboutGroup) -> None:
    """Show a finished task group."""
    name = group(effect.task)
    titles = {task_name(tasks, task): task.title for tasks in (run.terms.spec.tasks,) if tasks for task in tasks.tasks}
    done = [f"{task}: {titles.get(task, '')}" for task, _ in run.latest.commits if group(task) == name]
    shown = "\n".join(("Verified, ticked and committed:", *done, f"Next: task {run.state.task}: {titles.get(run.state.task, '')}"))
    _ask(run, effect.step, Question(kind="verify", title=f"Task group {name} is done. Go on?", shown=shown))


def ask_about_verification(run: LiveRun, title: str, shown: str, kind: str = "verify") -> Answer:
    """Show what a verification found; nobody, or too many questions, is no answer."""
    before = run.latest.answered
    with run.time.waiting():
        _ask(run, run.state.step, Question(kind=kind, title=title, shown=_without_secrets(run, shown)))
    answered = run.latest.answered
    return Answer(answered.answer) if answered is not None and answered is not before else Answer.ABSENT


def _ask(run: LiveRun, step: int, asked: Question, bound: Binding | None = None) -> None:
    """Ask, and record the question before and the answer after; an answer to something else counts as none.

    The same as a person said no to is not asked again, and neither is more than a person can read.
    """
    name = digest(f"{asked.kind} {bound.digest}".encode()) if bound else ""
    match run.asked.due(name, run.app.clock.monotonic_s(), run.app.consenting):
        case Pace.NO:
            again = HumanAnswered(step=step, digest=name, answer=Answer.NO.value, by="", note="the same was refused before")
            run.record(again)
            return
        case Pace.PARK:
            run.record(_too_many(run, step))
            return
        case Pace.ASK:
            pass
    question = replace(asked, id=run.app.clock.new_id(), here=_here(run, bound))
    run.record(HumanAsked(step=step, kind=question.kind, digest=question.digest, shown=bounded(question.whole, _LIMIT_SHOWN_CHARS)))
    verdict = run.app.approver.ask(question)
    answer, note = verdict.answer, verdict.note
    if not run.app.consenting.belongs(verdict, question):
        answer, note = Answer.ABSENT, "the answer belongs to something else than what was shown"
    if answer is Answer.NO:
        run.asked.refuse(name)
    event = HumanAnswered(step=step, digest=question.digest, answer=answer.value, by=verdict.by, note=note)
    run.record(event, actor=verdict.by or "person")


def _here(run: LiveRun, bound: Binding | None) -> str:
    """Say where it would happen, and what the answer is bound to."""
    tied = f", bound to {bound.digest}" if bound else ""
    return f"In {one_line(run.app.folder)}, run {run.state.run}{tied}"


def _too_many(run: LiveRun, step: int) -> RunParked:
    """Stop instead of asking on and on."""
    limit = run.app.consenting.limit_questions
    return RunParked(
        step=step,
        code="too-many-questions",
        reason=f"The agent asks too much: more than {limit} questions within {run.app.consenting.window_s:.0f} s, or the same again after a no.",
        hint="Look at `setsquare log`. Widen the task's scope or `allowedCommands` where its actions are right, then `setsquare run --resume`.",
    )


def _title(call: ToolCall) -> str:
    """Name a call on one line."""
    action = calls.parsed(call)
    if isinstance(action, calls.BadCall):
        return one_line(call.tool)
    what = action.command if isinstance(action, Shell) else action.path
    return f"{one_line(call.tool)} {' '.join(one_line(what).split())[:100]}"
