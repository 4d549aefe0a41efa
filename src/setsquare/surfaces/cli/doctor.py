"""`setsquare doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import Struct

from setsquare.journeys.doctoring import Check, Diagnosis, Standing, diagnose
from setsquare.ports.machine import BackendState
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe, table
from setsquare.wire import machine_here

if TYPE_CHECKING:
    from setsquare.journeys.iam_connecting import Connection
    from setsquare.powers.iam.settings import Judged


class Options(Struct, frozen=True):
    """Which folder is looked at."""

    path: str | None


class CheckResult(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `standing` is `fine`, `note` or `mend`."""

    name: str
    standing: str
    found: str
    advice: str = ""


class BackendResult(Struct, frozen=True, kw_only=True):
    """One sandbox backend; `tested` is empty where no test of the project has run on it."""

    name: str
    present: bool
    works: bool
    chosen: bool
    reaches_hosts: bool
    tested: str
    lacks: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """How this machine stands."""

    schema: str = "setsquare/doctor/1"
    fine: bool
    checks: tuple[CheckResult, ...]
    sandboxes: tuple[BackendResult, ...]


PARAMS = (click.argument("path", required=False, type=click.Path(exists=True, file_okay=False)),)


@made("doctor", Options, PARAMS)
def command(options: Options) -> Output:
    """Look whether this machine has what Setsquare needs: programs, sandbox, state folder, disk, clock, extras; in a workspace trust and models too.

    Every sandbox is tried with a confined command. Keys are named, never shown. The exit code is 1 when something must be mended.
    """
    here = machine_here(options.path)
    found = diagnose(here.machine, here.now, here.app, here.workspace, _connection)
    result = Result(
        fine=found.is_fine,
        checks=tuple(
            CheckResult(name=check.name, standing=check.standing.value, found=check.found, advice=check.advice) for check in found.checks
        ),
        sandboxes=tuple(map(_backend, found.backends)),
    )
    return Output(result=result, text=_text(found), exit_code=0 if found.is_fine else 1)


def _connection(judged: Judged) -> Connection:
    from setsquare.journeys.iam_connecting import connection_of  # noqa: PLC0415  (start-up: few workspaces have the Power)
    from setsquare.wire.iam import outside  # noqa: PLC0415

    return connection_of(judged, outside())


def _backend(state: BackendState) -> BackendResult:
    return BackendResult(
        name=state.name,
        present=state.is_present,
        works=state.works,
        chosen=state.is_chosen,
        reaches_hosts=state.supports_hosts,
        tested=state.tested,
        lacks=state.lacks,
    )


def _text(found: Diagnosis) -> str:
    rows = [(_sign(check), check.name, safe(check.found)) for check in found.checks]
    lines = [table(rows), "", paint("Sandboxes", "bold")]
    for state in found.backends:
        standing = "in use" if state.is_chosen else "works" if state.works else "does not work" if state.is_present else "absent"
        lines.append(f"  {state.name}: {standing}; {f'tested on {state.tested}' if state.tested else paint('untested', 'yellow')}")
        if state.is_chosen:
            lines += [f"    not given: {clause}" for clause in state.lacks]
    advised = [check for check in found.checks if check.advice]
    for wanted, head in ((Standing.MEND, "To mend"), (Standing.NOTE, "To know")):
        told = [f"  {check.name}: {safe(check.advice)}" for check in advised if check.standing is wanted]
        if told:
            lines += ["", paint(head, "bold"), *told]
    return "\n".join([*lines, "", "All is well." if found.is_fine else "Something must be mended."])


def _sign(check: Check) -> str:
    match check.standing:
        case Standing.FINE:
            return paint("✓", "green")
        case Standing.NOTE:
            return paint("·", "yellow")
        case Standing.MEND:
            return paint("✗", "red")
