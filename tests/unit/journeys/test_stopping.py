"""An order to stop says whether it stands, so that nobody is told to lift what does not."""

from __future__ import annotations

import pytest

from setsquare.adapters.clock import SystemClock
from setsquare.journeys.stop_orders import resume_hint
from setsquare.journeys.stopping import StopRequest, World, stop
from setsquare.ports.stops import NoStops, Runner, Scope, StopOrder


class OneRunner:
    """A process that drives a run until it is asked to stop."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.orders: list[StopOrder] = []

    def running(self) -> tuple[Runner, ...]:
        return () if self.orders else (self.runner,)

    def is_running(self, runner: Runner) -> bool:
        return not self.orders

    def ask(self, runner: Runner, order: StopOrder) -> None:
        self.orders.append(order)

    def end(self, runners: tuple[Runner, ...], limit_s: float) -> tuple[int, ...]:
        raise AssertionError("it parked itself")


@pytest.mark.parametrize(("is_standing", "hint"), [(False, ""), (True, "Lift the stop: `setsquare stop --lift --here`.")])
def test_a_run_is_told_whether_the_stop_stands(world, is_standing, hint):
    runners = OneRunner(Runner(run="r1", spec="login", folder="/w", pid=1, started_ticks=1))
    around = World(folder="/w", person="ada", stops=NoStops(), runners=runners, clock=SystemClock(), app_of=lambda _folder: world.app())
    stop(around, StopRequest(order=StopOrder(scope=Scope.WORKSPACE, by="ada"), is_standing=is_standing))
    (order,) = runners.orders
    assert resume_hint(order) == hint
