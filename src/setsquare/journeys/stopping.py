"""Stops runs from outside their processes: asks, kills what does not follow, and sees to it that each run rests at a checkpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import SetsquareError, Usage
from setsquare.events.audit import AuditAction, Mutation, digest_of
from setsquare.journeys.app import App
from setsquare.journeys.on_record import on_record
from setsquare.ports.audit import Audit, NoAudit
from setsquare.ports.clock import Clock
from setsquare.ports.stops import Runner, Runners, Scope, StopOrder, Stops

ASKED_S = 1.2
"""How long a run may take to park itself, in seconds."""

KILLED_S = 0.6
"""How long what was killed may take to vanish, in seconds; with `ASKED_S` this stays below the two seconds that are promised."""

_LOOK_S = 0.02
_SETTLE_S = 3.0
_SCAN_EVERY = 5


class World(Struct, frozen=True, kw_only=True):
    """What stopping works with: `folder` is the workspace, `person` who is at the terminal, `app_of` builds the app of a folder; it is used only once everything has stopped."""

    folder: str
    person: str
    stops: Stops
    runners: Runners
    clock: Clock
    app_of: Callable[[str], App]
    audit: Audit = NoAudit()


class StopRequest(Struct, frozen=True, kw_only=True):
    """What a person wants: `is_standing` when nothing of the scope may start again until the order is lifted."""

    order: StopOrder
    is_standing: bool = False


class StoppedRun(Struct, frozen=True, kw_only=True):
    """One run that was going on: `how` is `asked` (it parked itself), `killed`, or `survives`; `took_s` from the order to its end.

    `survivors` are processes that are still there. `rests` says where the run stands; `is_settled` when nothing is left to be put back.
    """

    run: str
    spec: str
    folder: str
    pid: int
    how: str
    took_s: float
    survivors: tuple[int, ...] = ()
    rests: str = ""
    is_settled: bool = True


class StopReport(Struct, frozen=True, kw_only=True):
    """What was stopped; `is_recorded` tells whether a standing order stands."""

    order: StopOrder
    runs: tuple[StoppedRun, ...]
    took_s: float
    is_standing: bool = False
    is_recorded: bool = False

    @property
    def exit_code(self) -> int:
        """Give 0 when all is stopped and an order that should stand stands, else 4."""
        return 4 if any(run.survivors for run in self.runs) or (self.is_standing and not self.is_recorded) else 0


# req: guarded-run/4.4
# req: agent-runtime/6.1
def stop(world: World, request: StopRequest) -> StopReport:
    """Record the order, if it is to stand, and stop every run that it concerns.

    Raises:
        Usage: the run or the spec does not exist.
    """
    order, began_s = replace(request.order, is_standing=request.is_standing), world.clock.monotonic_s()
    is_recorded = request.is_standing and world.stops.order(order)
    ended = _asked(world, order, began_s)
    left = tuple(runner for runner, took_s in ended.items() if took_s is None)
    survivors = world.runners.end(left, KILLED_S) if left else ()
    took_s = world.clock.monotonic_s() - began_s
    runs = tuple(
        StoppedRun(
            run=runner.run,
            spec=runner.spec,
            folder=runner.folder,
            pid=runner.pid,
            how="asked" if asked_s is not None else "survives" if survivors else "killed",
            took_s=round(took_s if asked_s is None else asked_s, 3),
            survivors=survivors if asked_s is None else (),
        )
        for runner, asked_s in ended.items()
    )
    if not runs:
        _require_known(world, order)
    # A stop is never held up by its record.
    world.audit.note(
        Mutation(
            action=AuditAction.STOP_ORDERED,
            subject=order.name or order.scope.value,
            detail=order.scope.value,
            after=digest_of(order),
            why=order.reason,
        )
    )
    runs = tuple(_rested(world, run, order) for run in runs)
    return StopReport(order=order, runs=runs, took_s=round(took_s, 3), is_standing=request.is_standing, is_recorded=is_recorded)


def lift(world: World, scope: Scope, name: str) -> None:
    """Take a standing order back.

    Raises:
        Usage: none stands for that.
        StorageFailed: it cannot be taken back.
    """
    standing = next((order for order in world.stops.orders() if order.scope is scope and order.name == name), None)
    mutation = Mutation(action=AuditAction.STOP_LIFTED, subject=name or scope.value, detail=scope.value, before=digest_of(standing))
    with on_record(world.audit, mutation):
        _lifted(world, scope, name)


def _lifted(world: World, scope: Scope, name: str) -> None:
    """Take an order back.

    Raises:
        Usage: none stands for that.
    """
    if not world.stops.lift(scope, name):
        others = ", ".join(sorted({order.scope.value for order in world.stops.orders()}))
        raise Usage("No such stop stands.", f"These stand: {others}." if others else "Runs may start: `setsquare status`.")


def _asked(world: World, order: StopOrder, began_s: float) -> dict[Runner, float | None]:
    """Ask every run that is concerned, also one that begins meanwhile; say after how many seconds each was over, `None` for one that is not."""
    ended: dict[Runner, float | None] = {}
    turn = 0
    while True:
        if turn % _SCAN_EVERY == 0:
            for runner in world.runners.running():
                if runner not in ended and _concerns(order, runner, world.folder):
                    world.runners.ask(runner, order)
                    ended[runner] = None
        now_s = world.clock.monotonic_s() - began_s
        for runner, took_s in ended.items():
            if took_s is None and not world.runners.is_running(runner):
                ended[runner] = now_s
        if now_s > ASKED_S or (None not in ended.values() and turn % _SCAN_EVERY == 0):
            return ended
        turn += 1
        world.clock.sleep(_LOOK_S)


def _concerns(order: StopOrder, runner: Runner, folder: str) -> bool:
    """Tell whether an order is about what a process drives."""
    if order.scope is Scope.EVERYTHING:
        return True
    if order.scope is Scope.RUN:
        return runner.run == order.name
    return runner.folder == folder and (order.scope is Scope.WORKSPACE or runner.spec == order.name)


def _require_known(world: World, order: StopOrder) -> None:
    """Refuse a name that nothing has.

    Raises:
        Usage: there is no such run or spec; a standing order that was recorded for it is taken back.
    """
    if order.scope is Scope.RUN:
        world.app_of(world.folder).journals.open(order.name)
    elif order.scope is Scope.SPEC:
        from setsquare.journeys.opening import named_spec, opened  # noqa: PLC0415  (stopping waits for nothing that it does not need)

        try:
            name = named_spec(opened(world.app_of(world.folder), is_overview=True), order.name).name
        except Usage:
            world.stops.lift(order.scope, order.name)
            raise
        if name != order.name:
            world.stops.lift(order.scope, order.name)
            raise Usage(f"`{order.name}` names the spec `{name}`.", f"Stop it by its name: `setsquare stop --spec {name}`.")


def _rested(world: World, run: StoppedRun, order: StopOrder) -> StoppedRun:
    """Say where a stopped run rests; what was in flight in a killed one is put back at once where that is possible.

    It is given a few seconds: a lock that made the run hang may make this hang too.
    """
    if run.survivors:
        return run
    found: list[StoppedRun] = []

    def settle() -> None:
        found.append(_settled(world, run, order))

    thread = threading.Thread(target=settle, name="setsquare-settle", daemon=True)
    thread.start()
    thread.join(_SETTLE_S)
    return found[0] if found else _unsettled(run, "putting it back takes too long")


def _settled(world: World, run: StoppedRun, order: StopOrder) -> StoppedRun:
    """Put back what is in flight, record that the run rests, and say where."""
    from setsquare.journeys.run_resting import at_rest  # noqa: PLC0415  (stopping waits for nothing that it does not need)

    try:
        return replace(run, rests=at_rest(world.app_of(run.folder), run.run, order))
    except SetsquareError as failure:
        return _unsettled(run, failure.message)


def _unsettled(run: StoppedRun, why: str) -> StoppedRun:
    """Say that something is left to be put back."""
    return replace(run, is_settled=False, rests=f"what was in flight is put back when it is resumed or reverted ({why.rstrip('.')})")
