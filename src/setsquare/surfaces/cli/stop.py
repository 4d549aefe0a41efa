"""`setsquare stop`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.stopping import StopReport, StopRequest, World, lift, stop
from setsquare.ports.stops import Scope, StopOrder
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.person import require_person
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import stopping_here


class Options(Struct, frozen=True, kw_only=True):
    """What to stop, or which stop to lift."""

    run: str | None
    spec: str | None
    here: bool
    everything: bool
    reason: str
    lift: bool
    yes: bool


class StoppedResult(Struct, frozen=True, kw_only=True):
    """A run that was going on; `how` is `asked`, `killed` or `survives`, `survivors` are processes that are still there."""

    run: str
    spec: str
    folder: str
    pid: int
    how: str
    took_s: float
    survivors: tuple[int, ...]
    rests: str
    is_settled: bool


class Result(Struct, frozen=True, kw_only=True):
    """What was stopped and what stands: `scope` is `everything`, `workspace`, `spec` or `run`, `name` the spec or the run."""

    schema: str = "setsquare/stop/1"
    scope: str
    name: str
    stopped: tuple[StoppedResult, ...] = ()
    took_s: float = 0.0
    stands: bool = False
    lifted: bool = False


PARAMS = (
    click.argument("run", required=False),
    click.option("--spec", metavar="SPEC", default=None, help="Stop the runs of a spec; none starts again until that is lifted."),
    click.option("--here", is_flag=True, help="Stop all runs of this workspace; none starts again until that is lifted."),
    click.option("--all", "everything", is_flag=True, help="Stop all your runs in all workspaces; none starts again until that is lifted."),
    click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the journal and is shown to whoever wants to go on."),
    click.option("--lift", is_flag=True, help="Take a stop back (with --spec, --here or --all) that stands."),
    click.option("--yes", is_flag=True, help="With --lift: a person wants it, although there is no terminal."),
)


@made("stop", Options, PARAMS)
def command(options: Options) -> Output:
    """Stop a run, or everything, from another terminal within two seconds.

    Without an argument every run of this workspace is stopped. A run is asked first; one that does not park itself is killed with all that it
    started, and what was in flight is put back. Nothing goes on by itself afterwards: `setsquare run --resume`. Where --spec, --here or --all is
    given, the stop stands, and no run starts or goes on there until a person lifts it.
    """
    scope, name = _scope(options)
    world = stopping_here()
    if options.lift:
        return _lifted(world, scope, name, is_sure=options.yes)
    order = StopOrder(scope=scope, name=name, by=world.person, reason=options.reason, at=world.clock.now())
    is_standing = scope is not Scope.RUN and (options.here or options.everything or options.spec is not None)
    report = stop(world, StopRequest(order=order, is_standing=is_standing))
    result = _result(report)
    return Output(result=result, text=_text(result, report), exit_code=report.exit_code)


def _scope(options: Options) -> tuple[Scope, str]:
    """Read what is meant.

    Raises:
        Usage: several things at once, or a run where a stop is lifted.
    """
    named = [bool(options.run), options.spec is not None, options.here, options.everything]
    if sum(named) > 1:
        raise Usage("RUN, --spec, --here and --all say what to stop in different ways.", "Use one of them.")
    if options.lift and options.run:
        raise Usage("The stop of one run does not stand, so there is nothing to lift.", f"Go on: `setsquare run --resume {options.run}`.")
    if options.spec is not None:
        return Scope.SPEC, options.spec
    if options.run:
        return Scope.RUN, options.run
    return (Scope.EVERYTHING if options.everything else Scope.WORKSPACE), ""


def _lifted(world: World, scope: Scope, name: str, *, is_sure: bool) -> Output:
    """Lift a stop, if a person wants it.

    Raises:
        NeedsAnswer: nobody is at a terminal, and nobody said `--yes`.
    """
    require_person("To lift a stop", is_sure=is_sure)
    lift(world, scope, name)
    still = world.stops.standing(name) if scope is Scope.SPEC else next(iter(world.stops.orders()), None)
    text = "Lifted. Nothing goes on by itself: `setsquare run --resume`."
    if still is not None:
        text = f"Lifted. Another stop still stands: {_words(still.scope.value, still.name)}."
    return Output(result=Result(scope=scope.value, name=name, lifted=True), text=text)


def _result(report: StopReport) -> Result:
    """Shape a report for programs."""
    return Result(
        scope=report.order.scope.value,
        name=report.order.name,
        stopped=tuple(
            StoppedResult(
                run=run.run,
                spec=run.spec,
                folder=run.folder,
                pid=run.pid,
                how=run.how,
                took_s=run.took_s,
                survivors=run.survivors,
                rests=run.rests,
                is_settled=run.is_settled,
            )
            for run in report.runs
        ),
        took_s=report.took_s,
        stands=report.is_recorded,
    )


_HOW = {"asked": "parked itself when asked", "killed": "did not answer and was killed", "survives": "is still there"}


def _text(result: Result, report: StopReport) -> str:
    """Say what was stopped, how, how fast, where it rests, and what stands."""
    lines: list[str] = []
    for run in result.stopped:
        mark = paint("✗", "red") if run.survivors else paint("■", "yellow")
        lines.append(f"{mark} run {run.run} of `{safe(run.spec)}` {_HOW[run.how]}, after {run.took_s:.2f} s")
        if run.survivors:
            lines.append(
                f"  Processes that do not end: {', '.join(map(str, run.survivors))}. They may hang in the kernel; end them by hand."
            )
            continue
        lines.append(f"  It rests {safe(run.rests)}." if run.is_settled else f"  {safe(run.rests[:1].upper() + run.rests[1:])}.")
        where = f" (in {safe(run.folder)})" if result.scope == Scope.EVERYTHING.value else ""
        lines.append(f"  Go on: setsquare run --resume {run.run}    take back: setsquare revert {run.run}{where}")
    if not lines:
        lines.append(f"Run {safe(result.name)} is not going on." if result.scope == Scope.RUN.value else "No run was going on.")
    if result.stands:
        option = {"everything": "--all", "workspace": "--here"}.get(result.scope, f"--spec {quoted(result.name)}")
        lines.append(f"No run of {_words(result.scope, result.name)} starts or goes on until: setsquare stop --lift {option}")
    elif report.is_standing:
        lines.append(
            f"{paint('✗', 'red')} The stop could not be recorded, so new runs can start. Check the state folder and its free space."
        )
    return "\n".join(lines)


def _words(scope: str, name: str) -> str:
    """Name what a stop is about."""
    return {"everything": "yours", "workspace": "this workspace"}.get(scope, f"the {scope} `{safe(name)}`")
