"""Stopping runs from outside: orders that stand until a person lifts them, and the processes that they reach."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct


class Scope(enum.Enum):
    """What an order stops: every workspace of this user, this workspace, one of its specs, one run."""

    EVERYTHING = "everything"
    WORKSPACE = "workspace"
    SPEC = "spec"
    RUN = "run"


class StopOrder(Struct, frozen=True, kw_only=True):
    """A person's order to stop: `name` is the spec or the run, `at` the time in UTC, `reason` what they said; `is_standing` until a person lifts it."""

    scope: Scope
    name: str = ""
    by: str = ""
    reason: str = ""
    at: str = ""
    is_standing: bool = True


class Runner(Struct, frozen=True, kw_only=True):
    """A process that drives a run of the workspace `folder`; `started_ticks` tells it from a later process with the same number."""

    run: str
    spec: str
    folder: str
    pid: int
    started_ticks: int


class Mailbox(Protocol):
    """Where a running process is reached, without the disk; while it is open, others find the process."""

    def ordered(self) -> StopOrder | None:
        """Give the order that was put in, if there is one; this is cheap and never raises."""
        ...

    def close(self) -> None:
        """Take the process out of those that are found."""
        ...


class Stops(Protocol):
    """The orders that stand for one workspace. An order whose text cannot be read stands as well."""

    def standing(self, spec: str) -> StopOrder | None:
        """Give an order that forbids runs of a spec; this is cheap and never raises."""
        ...

    def orders(self) -> tuple[StopOrder, ...]:
        """List the orders that concern this workspace, the widest first."""
        ...

    def order(self, order: StopOrder) -> bool:
        """Let an order stand; `False` when it cannot be recorded."""
        ...

    def lift(self, scope: Scope, name: str) -> bool:
        """Take an order back; `False` when none stands.

        Raises:
            StorageFailed: it stands and cannot be removed.
        """
        ...

    def opened(self, run: str, spec: str) -> Mailbox:
        """Announce that this process drives a run; this never raises."""
        ...


class Runners(Protocol):
    """The processes of this user that drive runs."""

    def running(self) -> tuple[Runner, ...]:
        """List them, whatever has become of their files."""
        ...

    def is_running(self, runner: Runner) -> bool:
        """Tell whether a process still drives its run."""
        ...

    def ask(self, runner: Runner, order: StopOrder) -> None:
        """Let a process know that it must stop; one that was suspended goes on for that."""
        ...

    def end(self, runners: tuple[Runner, ...], limit_s: float) -> tuple[int, ...]:
        """Kill processes and all that they started, within `limit_s` seconds; give the numbers of those that are still there."""
        ...


class NoMailbox:
    """Nobody reaches this process."""

    def ordered(self) -> StopOrder | None:
        """Give nothing."""
        return None

    def close(self) -> None:
        """Do nothing."""


class NoStops:
    """Knows of no order and keeps none."""

    def standing(self, spec: str) -> StopOrder | None:
        """Give nothing."""
        del spec
        return None

    def orders(self) -> tuple[StopOrder, ...]:
        """List nothing."""
        return ()

    def order(self, order: StopOrder) -> bool:
        """Record nothing."""
        del order
        return False

    def lift(self, scope: Scope, name: str) -> bool:
        """Find none."""
        del scope, name
        return False

    def opened(self, run: str, spec: str) -> Mailbox:
        """Announce nothing."""
        del run, spec
        return NoMailbox()
