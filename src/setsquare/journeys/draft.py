"""Drafts the design or the tasks of a spec: refuses what has no ground, drafts with or without a model, shows the diff, writes on a yes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import assert_never

from msgspec import Struct

from setsquare.agent.tools.wording import plain
from setsquare.context.brief import DoesNotFit, select
from setsquare.drafting.assembling import UnitChange
from setsquare.drafting.draft import Draft, DraftState, Escalate, Propose, advance, asked, outlined
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.approving import require_approval
from setsquare.journeys.conversing import Conversed, Talk, conversed
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.trusting import Trusted, require_trust, view
from setsquare.ports.approver import Answer, Question
from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.spec.stage import Stage, previous
from setsquare.text.counted import counted
from setsquare.text.document import encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Plan
from setsquare.usage.meter import Meter
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile, Settings
from setsquare.workspace.spec import Spec, TaskState

OUTLINE = "outline"
"""The name under which a person asks for a draft without a model."""
_MOST_NAMED = 5


class DraftRequest(Struct, frozen=True, kw_only=True):
    """What a person asks for.

    `stage` is the design or the tasks. `model` is `outline`, a profile's name, or empty for what the settings route to, else the outline.
    `writes` needs no yes. `override_reason` lets a draft be made from requirements with EARS errors, and is recorded in it. `most_tasks`
    bounds a task list. `drops_done` permits that ticked tasks are replaced.
    """

    spec: str
    stage: Stage
    model: str = ""
    writes: bool = False
    override_reason: str = ""
    most_tasks: int | None = None
    drops_done: bool = False


class DraftMade(Struct, frozen=True, kw_only=True):
    """A draft. `diff` is what was shown, `model` is `outline` or `provider:name`, `attempts` counts answers, `meter` what they cost.

    `units` are the parts that a change of the requirements reached, where only those were drafted.
    """

    spec: str
    path: RelPath
    plan: Plan
    diff: str
    notes: tuple[str, ...]
    model: str
    attempts: int
    meter: Meter
    units: tuple[UnitChange, ...] = ()


class Applied(Struct, frozen=True):
    """The draft was written."""

    made: DraftMade


class Proposed(Struct, frozen=True):
    """The draft was shown and not written: nobody was there to say yes, or the answer was no."""

    made: DraftMade
    was_declined: bool = False


class Unchanged(Struct, frozen=True):
    """The file is as drafted already."""

    made: DraftMade


class Escalated(Struct, frozen=True, kw_only=True):
    """The model gave no usable draft; a person must decide.

    `text` is its last one, if any. `code` is that of the failure that kept it from another attempt, empty when it used them all.
    """

    spec: str
    path: RelPath
    reasons: tuple[str, ...]
    text: str
    model: str
    attempts: int
    meter: Meter
    code: str = ""


DraftOutcome = Applied | Proposed | Unchanged | Escalated


class _Conversation(Struct, frozen=True, kw_only=True):
    """How a draft came about, as far as it matters to a person."""

    state: DraftState
    effect: Propose | Escalate
    model: str
    meter: Meter = Meter()
    code: str = ""


def draft(app: App, request: DraftRequest, jitter: Callable[[], float] = random.random) -> DraftOutcome:
    """Draft a document of a spec; `jitter` draws a number from 0 to 1 for the waits between attempts.

    Raises:
        Refused: there is nothing to draft from, an earlier stage is not approved, the requirements have errors, or ticked tasks would go.
        NotTrusted: a model was asked for by name in a workspace that nobody trusts.
        Usage: the spec, the stage or the model does not exist.
        ModelFailed: the model gave no answer at all.
        StalePlan: the file changed while the draft was made.
    """
    if request.stage not in (Stage.DESIGN, Stage.TASKS):
        raise Usage(f"The {request.stage.value} cannot be drafted.", "One of: design, tasks.")
    workspace = opened(app)
    spec = kiro_spec(workspace, request.spec, "drafted")
    _require_ground(workspace, spec, request)
    overridden = require_sound(workspace, spec, request)
    settings = settings_of(workspace, spec)
    profile, remark = profile_of(app, workspace, settings, request.model)
    work = Draft(workspace=workspace, spec=spec, stage=request.stage, remark=overridden, most_tasks=request.most_tasks)
    if profile is None:
        talk = _outlined(work)
    else:
        limits = Draft(
            workspace=workspace,
            spec=spec,
            stage=request.stage,
            remark=overridden,
            most_tasks=request.most_tasks,
            limit_tokens=profile.limit_tokens,
            temperature=profile.temperature,
        )
        talk = _conversed(app, limits, profile, jitter)
    return _concluded(app, request, work, talk, remark)


# req: draft-and-approve/1.6
def _require_ground(workspace: Workspace, spec: Spec, request: DraftRequest) -> None:
    """Stop when there is nothing to draft from, when what it builds on is not approved, or when finished work would be lost.

    Raises:
        Refused: with what to do.
    """
    if spec.requirements is None or not spec.requirements.criteria:
        name = "bugfix.md" if spec.is_bugfix else "requirements.md"
        raise Refused(
            f"{joined(spec.path, name)} has no acceptance criterion, so there is nothing to draft from.", "Write its criteria first."
        )
    before = previous(request.stage)
    if before is not None:
        require_approval(workspace, spec, before)
    done = [task for task in (spec.tasks.tasks if spec.tasks else ()) if task.state in (TaskState.DONE, TaskState.RUNNING)]
    if request.stage is Stage.TASKS and done and not request.drops_done:
        raise Refused(
            f"{joined(spec.path, 'tasks.md')} has {counted(len(done), 'task')} done or under way; a new draft would drop the marks.",
            "Add the missing tasks by hand, or draft again with `--replace-done`.",
        )


def require_sound(workspace: Workspace, spec: Spec, request: DraftRequest) -> str:
    """Stop when the requirements have EARS errors and no reason to go on was given; else say what is to be recorded.

    Raises:
        Refused: names the first errors.
    """
    path = spec.requirements.path if spec.requirements else ""
    errors = [finding for finding in check(workspace, ("EARS",)) if finding.path == path and finding.severity is Severity.ERROR]
    if not errors:
        return ""
    reason = " ".join(request.override_reason.split())
    if not reason:
        places = "; ".join(f"line {_line(workspace, finding)}: {finding.message}" for finding in errors[:_MOST_NAMED])
        more = f"; and {len(errors) - _MOST_NAMED} more" if len(errors) > _MOST_NAMED else ""
        raise Refused(
            f"{path} has {len(errors)} sentences that no draft can build on: {places}{more}.",
            f"See `setsquare check {path}` and mend them, or draft all the same with `--override REASON`.",
        )
    return f"Drafted although requirements.md has {len(errors)} EARS errors. Reason given: {reason}"


def _line(workspace: Workspace, finding: Finding) -> int:
    """Give the line of a finding."""
    return workspace.by_path[finding.path].document.place(finding.span.start).line


def settings_of(workspace: Workspace, spec: Spec) -> Settings:
    """Find the settings of a spec's root; where it has none, no model is named."""
    path = joined(spec.root, "settings.json")
    return next((settings for settings in workspace.settings if settings.path == path), Settings(path=path))


def profile_of(app: App, workspace: Workspace, settings: Settings, name: str) -> tuple[ModelProfile | None, str]:
    """Choose the model, `None` for the outline, with a remark for the person.

    A workspace's settings name a server and the variable that holds a key: without trust they would send requirements and key anywhere.

    Raises:
        NotTrusted: a model was asked for by name and nobody trusts the workspace.
        Usage: there is no such profile.
    """
    if name == OUTLINE:
        return None, ""
    if name:
        found = next((profile for profile in settings.models if profile.name == name), None)
        if found is None:
            known = ", ".join((OUTLINE, *(profile.name for profile in settings.models)))
            raise Usage(f"There is no model profile `{name}` in {settings.path}.", f"One of: {known}.")
        require_trust(app, workspace)
        return found, ""
    found = settings.profile("specGeneration")
    if found is None or view(app, workspace).standing is Trusted.YES:
        return found, ""
    return None, "the workspace is not trusted, so its models are not used: this is the outline (`setsquare trust` changes that)"


def _outlined(work: Draft) -> _Conversation:
    """Draft without a model.

    Raises:
        Refused: there is nothing to draft from.
    """
    result = outlined(work)
    if isinstance(result, NothingToDraft):
        raise Refused(f"{result.reason}.", result.hint)
    return _Conversation(state=result[0], effect=result[1], model=OUTLINE)


# req: draft-and-approve/2.1
def _conversed(app: App, work: Draft, profile: ModelProfile, jitter: Callable[[], float]) -> _Conversation:
    """Draft with a model: ask until the machine proposes or escalates.

    Raises:
        Refused: what the model must see does not fit.
        ModelFailed: it gave no answer at all; after an answer there is something to tell, so it is escalated.
    """
    brief = select(work.workspace, work.spec, work.stage)
    if isinstance(brief, DoesNotFit):
        raise Refused(f"{brief.reason}.", brief.hint)
    begun = asked(work, brief)
    if isinstance(begun, NothingToDraft):
        raise Refused(f"{begun.reason}.", begun.hint)
    settings = settings_of(work.workspace, work.spec)
    talk = Talk(profile=profile, settings=settings, spec=work.spec.name, what=f"the {work.stage.value}", jitter=jitter)
    done: Conversed[DraftState, Propose | Escalate] = conversed(app, talk, begun, advance)
    return _Conversation(state=done.state, effect=done.end, model=done.model, meter=done.meter, code=done.code)


def _concluded(app: App, request: DraftRequest, work: Draft, talk: _Conversation, remark: str) -> DraftOutcome:
    """Show what came of it, and write it on a yes."""
    match talk.effect:
        case Escalate(reasons=reasons, text=text):
            return Escalated(
                spec=work.spec.name,
                path=work.path,
                reasons=reasons,
                text=text,
                model=talk.model,
                attempts=talk.state.attempts,
                meter=talk.meter,
                code=talk.code,
            )
        case Propose(plan=plan, diff=diff, notes=notes):
            made = DraftMade(
                spec=work.spec.name,
                path=work.path,
                plan=plan,
                diff=diff,
                notes=(*((remark,) if remark else ()), *notes),
                model=talk.model,
                attempts=talk.state.attempts,
                meter=talk.meter,
            )
            return decided(app, request, made)
        case _:
            assert_never(talk.effect)


# req: draft-and-approve/2.4
def decided(app: App, request: DraftRequest, made: DraftMade) -> DraftOutcome:
    """Write a draft when the request or a person says so; an answer to something else counts as none."""
    if not made.plan.changes:
        return Unchanged(made)
    if not request.writes:
        notes = "".join(f"\nNote: {note}" for note in made.notes)
        shown = plain(encode(f"{made.diff}{notes}"))
        question = Question(kind="apply", title=f"Write this {request.stage.value} to {made.path}?", shown=shown)
        verdict = app.approver.ask(question)
        if verdict.answer is not Answer.YES or verdict.digest != question.digest:
            return Proposed(made, was_declined=verdict.answer is Answer.NO)
    app.files.apply(made.plan)
    return Applied(made)
