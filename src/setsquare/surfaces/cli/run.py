"""`setsquare run`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Usage
from setsquare.events.facts import RunStarted
from setsquare.guard.capability import Mode
from setsquare.journeys.app import App
from setsquare.journeys.initialising import repository_of
from setsquare.journeys.run_again import Compared, compared
from setsquare.journeys.run_report import RunReport
from setsquare.journeys.run_resume import resume
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.run_untouched import Untouched, untouched
from setsquare.ports.sandbox import Sandbox
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.sandbox_notice import notice
from setsquare.surfaces.cli.session_options import ALLOWED, DENIED, session_of
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_for, app_here, mailbox_at, workspace_folder
from setsquare.workspace.settings import Autonomy

_VIBE = (
    "`setsquare status` lists the specs. From notes: `setsquare spec new NAME`, write what they want as criteria into its requirements.md, "
    "`setsquare check`, then approve; to explore without a record, use another tool."
)


_PLANNED = "group-done"
"""The code of a run that stopped where it was told to."""


class Options(Struct, frozen=True, kw_only=True):
    """What to run and how."""

    spec: str | None
    task: str | None
    tasks: str | None
    run_all: bool
    mode: str
    model: str
    resume: str | None
    stop_after_group: bool
    max_steps: int
    autonomy: str | None
    environment: str | None
    consent: str
    again: bool
    context: tuple[str, ...]
    allow: tuple[str, ...]
    deny: tuple[str, ...]


class DoneTask(Struct, frozen=True, kw_only=True):
    """A task that was verified, ticked and committed."""

    task: str
    commit: str


class GuardedFile(Struct, frozen=True, kw_only=True):
    """A shared or protected file that differs between the beginning and the end of the run, and why it is one."""

    path: str
    why: str


class Result(Struct, frozen=True, kw_only=True):
    """How the run stands: `status` is `done` or `parked`; `code`, `reason` and `hint` say why it is parked.

    `compared_files` differ between the beginning and the end of the run, null where that could not be compared; `guarded_files` are those of them
    that are shared or protected. `criteria` are what the run saw, each with the digest of what it says now and, where that is another, of what it
    said when it was seen before.
    """

    schema: str = "setsquare/run/1"
    run: str
    status: str
    done: tuple[DoneTask, ...]
    task: str
    code: str
    reason: str
    hint: str
    sandbox: str
    sandbox_lacks: tuple[str, ...] = ()
    put_back: tuple[str, ...] = ()
    went_on: str = ""
    compared_files: int | None = None
    guarded_files: tuple[GuardedFile, ...] = ()
    criteria: tuple[Compared, ...] = ()


PARAMS = (
    click.argument("spec", required=False),
    click.option("--task", metavar="ID", default=None, help="One task, with its sub-tasks."),
    click.option("--tasks", metavar="RANGE", default=None, help="Several tasks, such as 1-5 or 1,3."),
    click.option("--all", "run_all", is_flag=True, help="Every open task that is not optional."),
    click.option(
        "--mode",
        type=click.Choice([mode.value for mode in Mode]),
        default=Mode.SUPERVISED.value,
        show_default=True,
        help="How the run involves you.",
    ),
    click.option(
        "--autonomy",
        type=click.Choice([level.value for level in Autonomy]),
        default=None,
        help="A more careful level than that of settings.json, for this run; never a less careful one.",
    ),
    click.option(
        "--environment",
        type=click.Choice(["test", "development", "staging", "production", "shared"]),
        default=None,
        help="Where the work has its effects; undeclared counts as shared for migrations.",
    ),
    click.option(
        "--consent",
        type=click.Choice(["terminal", "mailbox"]),
        default="terminal",
        show_default=True,
        help="Where questions are put: this terminal, or `setsquare consents` in another one.",
    ),
    click.option("--again", is_flag=True, help="Do the named tasks again although they are done, such as one that needs revision."),
    click.option(
        "--context",
        multiple=True,
        metavar="PATH",
        help="Limit what the agent may read to this file, folder or glob; may be given several times.",
    ),
    ALLOWED,
    DENIED,
    click.option("--model", default="", metavar="PROFILE", help="A model profile of settings.json instead of the routed one."),
    click.option(
        "--resume",
        metavar="RUN",
        default=None,
        is_flag=False,
        flag_value="",
        help="Go on with a parked or killed run; the latest when RUN is left out.",
    ),
    click.option("--stop-after-group", is_flag=True, help="Stop after each task with its sub-tasks."),
    click.option(
        "--max-steps", type=click.IntRange(min=1, max=100_000), default=200, show_default=True, help="Park the run after that many steps."
    ),
)


@made("run", Options, PARAMS)
def command(options: Options) -> Output:
    """Execute approved tasks of SPEC: the next open one, or those that you name.

    Every action is decided by the guard and journalled before it happens; shell commands run in the sandbox. When the agent says that it is
    done, Setsquare runs the verification command itself; only then is the box ticked and a commit made. Ctrl-C parks the run.

    --allow and --deny hold for this run alone. A deny tightens whatever else says; an allow lifts what would ask as an entry of `allowedCommands`
    does, never what any file denies, a protected path or the task's scope. Both stand in the journal and the audit log.

    With --again a task that is done is done once more: one that `setsquare impact --mark` says needs revision, or one to be watched after an incident.
    """
    app = _app(options.consent)
    for line in notice(app.sandbox):
        app.progress(line)
    verify = repository_of(app).test_command
    if options.resume is not None:
        if options.task or options.tasks or options.run_all or options.again or options.context or options.allow or options.deny:
            raise Usage(
                "A resumed run has its tasks, its context and its rules already.",
                "Leave --task, --tasks, --all, --again, --context, --allow and --deny out.",
            )
        request = RunRequest(spec=options.spec or "", model=options.model, verify=verify, autonomy=_level(options))
        found = resume(app, options.resume, request)
    else:
        found = start(app, _request(options, verify, app.folder))
    result = _looked_at(app, found, _result(found, app.folder, app.sandbox))
    return Output(result=result, text=_text(result), exit_code=found.exit_code)


def _app(consent: str) -> App:
    """Build the world of the run, with the person asked where they want to be."""
    if consent != "mailbox":
        return app_here(is_sandboxed=True)
    folder = workspace_folder()
    return app_for(folder, is_sandboxed=True, approver=mailbox_at(folder))


def _looked_at(app: App, found: RunReport, result: Result) -> Result:
    """Add what was computed about the run: guarded files, and criteria as they were seen."""
    entries = tuple(app.journals.open(found.run).entries())
    seen = untouched(app, entries)
    spec = next((entry.event.spec for entry in entries if isinstance(entry.event, RunStarted)), "")
    return replace(
        result,
        compared_files=seen.compared if seen else None,
        guarded_files=tuple(GuardedFile(path=shown(app.folder, path), why=why) for path, why in seen.guarded) if seen else (),
        criteria=compared(app, spec, found.run) if spec and found.done else (),
    )


def _request(options: Options, verify: str, folder: str) -> RunRequest:
    """Read which tasks a person named.

    Raises:
        Usage: no spec, or more than one way of naming tasks.
    """
    named = [name for name in (options.task, options.tasks, "all" if options.run_all else None) if name]
    if options.spec is None:
        raise Usage("Name the spec to run: without an approved plan nothing bounds what an agent may do, so no work starts.", _VIBE)
    if len(named) > 1:
        raise Usage("--task, --tasks and --all name tasks in different ways.", "Use one of them.")
    return RunRequest(
        spec=options.spec,
        tasks=named[0] if named else "",
        mode=Mode(options.mode),
        model=options.model,
        verify=verify,
        limit_steps=options.max_steps,
        stops_after_group=options.stop_after_group,
        autonomy=_level(options),
        environment=options.environment or "",
        context=tuple(_within(folder, entry) for entry in options.context),
        is_again=options.again,
        session=session_of(options.allow, options.deny),
    )


def _within(folder: str, entry: str) -> str:
    """Write a path, as typed in the current folder, as it is from the workspace's folder."""
    place = os.path.relpath(Path.cwd() / entry, folder).replace(os.sep, "/")
    return f"{place}/" if entry.endswith(("/", os.sep)) else place


def _level(options: Options) -> Autonomy | None:
    """Read the level for this run."""
    return Autonomy(options.autonomy) if options.autonomy else None


def _result(found: RunReport, folder: str, sandbox: Sandbox | None) -> Result:
    """Shape a report for programs."""
    return Result(
        run=found.run,
        status=found.status,
        done=tuple(DoneTask(task=task, commit=commit) for task, commit in found.done),
        task=found.task,
        code=found.code,
        reason=found.reason,
        hint=found.hint,
        sandbox=sandbox.name if sandbox else "",
        sandbox_lacks=sandbox.lacks if sandbox else (),
        put_back=tuple(shown(folder, path) for path in found.put_back),
        went_on=found.went_on,
    )


def _text(result: Result) -> str:
    """Say what was done and how it stands."""
    lines = [safe(result.went_on)]
    lines += [f"{paint('✓', 'green')} task {item.task} verified, ticked and committed as {item.commit[:10]}" for item in result.done]
    if result.put_back:
        lines += [
            f"{paint('put back', 'yellow')}, out of the task's scope: {safe(', '.join(result.put_back))}",
            f"  Was an edit of yours among them? setsquare revert {result.run} --found PATH",
        ]
    if result.status == "done":
        lines.append(f"Run {result.run} is done.")
    elif result.code == _PLANNED:
        lines += [
            f"{paint('✓', 'green')} run {result.run} rests, as it was told to: {safe(result.reason)}",
            f"Go on: setsquare run --resume {result.run}    take back: setsquare revert {result.run}",
        ]
    else:
        lines += [
            f"{paint('✗', 'yellow')} run {result.run} is parked in task {result.task or '–'}: {safe(result.reason)} [{result.code}]",
            f"  {safe(result.hint)}" if result.hint else "",
            f"Take back: setsquare revert {result.run}"
            if result.code == "downgraded"
            else f"Go on: setsquare run --resume {result.run}    take back: setsquare revert {result.run}",
        ]
    if result.compared_files is not None:
        found = Untouched(compared=result.compared_files, guarded=tuple((item.path, item.why) for item in result.guarded_files))
        lines.append(paint(safe(found.told), "red") if found.guarded else safe(found.told))
    lines += [
        f"Criterion {safe(item.criterion)} was seen as it reads now ({item.meaning[:19]}); before, in run {item.run}, it read otherwise ({item.before[:19]})."
        for item in result.criteria
        if item.before
    ]
    lacking = f" Not given: {'; '.join(result.sandbox_lacks)}." if result.sandbox_lacks else ""
    lines.append(f"Sandbox: {result.sandbox or paint('NONE: no command of the agent ran', 'yellow')}.{lacking}")
    return "\n".join([*(line for line in lines if line), f"Steps: setsquare log {result.run}"])
