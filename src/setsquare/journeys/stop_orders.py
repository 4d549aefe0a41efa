"""Puts orders to stop into words, and refuses work while one stands."""

from __future__ import annotations

from setsquare.errors import Stopped
from setsquare.journeys.app import App
from setsquare.ports.stops import Scope, StopOrder
from setsquare.text.paths import quoted


# req: agent-runtime/6.2
def require_not_stopped(app: App, spec: str) -> None:
    """Refuse work while an order to stop stands.

    Raises:
        Stopped: one stands for everything, for this workspace or for the spec.
    """
    order = app.stops.standing(spec)
    if order is not None:
        raise Stopped(f"{told(order)} No run starts or goes on until a person lifts that.", resume_hint(order))


def told(order: StopOrder) -> str:
    """Tell who stopped what, when and why.

    >>> told(StopOrder(scope=Scope.SPEC, name="login", by="ada", reason="wrong branch"))
    'ada stopped the spec `login`: wrong branch.'
    """
    what = {
        Scope.EVERYTHING: "all runs of this user",
        Scope.WORKSPACE: "all runs of this workspace",
        Scope.SPEC: f"the spec `{order.name}`",
        Scope.RUN: "the run",
    }[order.scope]
    at = f" at {order.at}" if order.at else ""
    reason = f": {' '.join(order.reason.split()).rstrip('.')}" if order.reason.strip() else ""
    return f"{order.by or 'Somebody'} stopped {what}{at}{reason}."


def resume_hint(order: StopOrder) -> str:
    """Say how an order is lifted; empty for one that does not stand.

    >>> resume_hint(StopOrder(scope=Scope.SPEC, name="log in"))
    "Lift the stop: `setsquare stop --lift --spec 'log in'`."
    >>> resume_hint(StopOrder(scope=Scope.WORKSPACE, is_standing=False))
    ''
    """
    if not order.is_standing:
        return ""
    option = {Scope.EVERYTHING: "--all", Scope.WORKSPACE: "--here", Scope.SPEC: f"--spec {quoted(order.name)}", Scope.RUN: ""}[order.scope]
    return f"Lift the stop: `setsquare stop --lift {option}`." if option else ""
