"""Looks whether this machine has what Setsquare needs, and says in a sentence what must be mended."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct

from setsquare.errors import AuditUnavailable
from setsquare.journeys.app import App
from setsquare.journeys.audit_reading import rotations
from setsquare.journeys.known_secrets import known_secrets
from setsquare.journeys.trusting import Trusted, view
from setsquare.ports.machine import BackendState, Machine, StatePlace
from setsquare.text.counted import counted
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.model import Workspace

if TYPE_CHECKING:
    from setsquare.journeys.iam_connecting import Connection
    from setsquare.powers.iam.settings import Judged

Connecting = Callable[["Judged"], "Connection"]
"""Looks at the connection of the IAM Power, whose settings are safe."""

OLD_DAYS = 90
"""After so many days a key is called old, where a person recorded when it was changed."""

_LEAST_FREE = 500_000_000
_MOST_SKEW_S = 2.0
_OLDEST_YEAR, _LATEST_YEAR = 2025, 2100
_PYTHON, _GIT = (3, 11), (2, 30)


class Standing(enum.Enum):
    """How one thing stands: `fine`, `note` for what a person should know, `mend` for what stops work."""

    FINE = "fine"
    NOTE = "note"
    MEND = "mend"


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what was found, and one sentence that says what to do, empty when nothing is to be done."""

    name: str
    standing: Standing
    found: str
    advice: str = ""


class Diagnosis(Struct, frozen=True, kw_only=True):
    """Everything that was looked at, and the sandbox backends one by one."""

    checks: tuple[Check, ...]
    backends: tuple[BackendState, ...]

    @property
    def is_fine(self) -> bool:
        """Tell whether nothing must be mended."""
        return all(check.standing is not Standing.MEND for check in self.checks)


# req: agent-runtime/3.5
def diagnose(
    machine: Machine, now: str, app: App | None = None, workspace: Workspace | None = None, connecting: Connecting | None = None
) -> Diagnosis:
    """Look at the machine, and at a workspace when there is one. `now` is the time as ISO 8601 in UTC; `connecting` looks at the connection of the IAM Power."""
    backends, state = machine.backends(), machine.state()
    checks = [*_programs(machine), _sandbox(machine, backends), *_state(state), _clock(state, now), *_extras(machine)]
    if workspace is not None:
        checks += [
            *_trust(app, workspace, state),
            *_past(app, state),
            *_settings(workspace),
            *_powers(app, workspace, now, connecting),
            *_models(machine, workspace),
            *_ages(app, state, now),
        ]
    else:
        checks.append(Check(name="workspace", standing=Standing.NOTE, found="none here", advice="Make one: `setsquare init`."))
    return Diagnosis(checks=tuple(checks), backends=backends)


def _programs(machine: Machine) -> Iterator[Check]:
    yield Check(name="setsquare", standing=Standing.FINE, found=machine.setsquare())
    for name, found, least in (("python", machine.python(), _PYTHON), ("git", machine.git(), _GIT)):
        wanted = ".".join(map(str, least))
        if not found:
            yield Check(name=name, standing=Standing.MEND, found="missing", advice=f"Install {name} {wanted} or newer.")
        elif _numbers(found) < least:
            yield Check(name=name, standing=Standing.MEND, found=found, advice=f"{name} {wanted} or newer is needed.")
        else:
            yield Check(name=name, standing=Standing.FINE, found=found)


def _numbers(version: str) -> tuple[int, ...]:
    """Read the leading numbers of a version.

    >>> _numbers("3.13.0rc1")
    (3, 13, 0)
    """
    numbers: list[int] = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def _sandbox(machine: Machine, backends: tuple[BackendState, ...]) -> Check:
    problem = machine.choice()
    chosen = next((backend for backend in backends if backend.is_chosen), None)
    if problem:
        return Check(name="sandbox", standing=Standing.MEND, found=problem, advice="Unset SETSQUARE_SANDBOX, or name a backend that works.")
    if chosen is None:
        advice = "Install bubblewrap; without a sandbox commands of agents do not run and autonomous work is refused."
        return Check(name="sandbox", standing=Standing.MEND, found="none works", advice=advice)
    if not chosen.tested:
        advice = "No test of the project has run on this backend; use supervised mode."
        return Check(name="sandbox", standing=Standing.NOTE, found=f"{chosen.name} (untested)", advice=advice)
    if not chosen.supports_hosts:
        advice = "Hosts in the settings cannot be reached with it; bubblewrap gives more."
        return Check(name="sandbox", standing=Standing.NOTE, found=chosen.name, advice=advice)
    return Check(name="sandbox", standing=Standing.FINE, found=chosen.name)


def _state(state: StatePlace) -> Iterator[Check]:
    if state.problem:
        advice = "Set SETSQUARE_STATE to a folder outside of the workspace that can be written."
        yield Check(name="state", standing=Standing.MEND, found=state.problem, advice=advice)
        return
    yield Check(name="state", standing=Standing.FINE, found=state.path)
    free = f"{state.free_bytes // 1_000_000} MB"
    if 0 <= state.free_bytes < _LEAST_FREE:
        yield Check(name="disk", standing=Standing.MEND, found=free, advice=f"Make room: {_LEAST_FREE // 1_000_000} MB are needed.")
    else:
        yield Check(name="disk", standing=Standing.FINE, found=f"{free} free")


def _clock(state: StatePlace, now: str) -> Check:
    """Hold the clock against the years of this software and against the file system's."""
    if not _OLDEST_YEAR <= int(now[:4]) <= _LATEST_YEAR:
        return Check(name="clock", standing=Standing.MEND, found=now, advice="Set the machine's clock: budgets and records go by it.")
    if abs(state.skew_s) > _MOST_SKEW_S:
        found = f"{now}; the disk's clock differs by {state.skew_s:g} s"
        return Check(name="clock", standing=Standing.NOTE, found=found, advice="Let the clocks of machine and disk be set from one source.")
    return Check(name="clock", standing=Standing.FINE, found=now)


def _extras(machine: Machine) -> Iterator[Check]:
    for name, is_installed in machine.extras():
        if is_installed:
            yield Check(name=f"extra {name}", standing=Standing.FINE, found="installed")
        else:
            yield Check(
                name=f"extra {name}", standing=Standing.NOTE, found="absent", advice=f"When you want it: pip install 'setsquare[{name}]'."
            )


def _trust(app: App | None, workspace: Workspace, state: StatePlace) -> Iterator[Check]:
    if app is None or state.problem:
        yield Check(name="trust", standing=Standing.NOTE, found="unknown, since no state can be read")
        return
    standing = view(app, workspace).standing
    if standing is Trusted.YES:
        yield Check(name="trust", standing=Standing.FINE, found=standing.value)
    else:
        advice = "Nothing of the workspace runs until you trust it: `setsquare trust`."
        yield Check(name="trust", standing=Standing.NOTE, found=standing.value, advice=advice)


def _past(app: App | None, state: StatePlace) -> Iterator[Check]:
    """Say whether all secrets are known that only git's history still has: those are hidden from models and records by their values."""
    if app is None or state.problem:
        return
    known = known_secrets(app, app.files.guarded(lambda path: path.rpartition("/")[2] == ".git"))
    if known.missed:
        advice = "Make secrets that were ever committed invalid at their provider; a run may show those that it does not know."
        yield Check(name="secrets in history", standing=Standing.NOTE, found="; ".join(known.missed), advice=advice)


def _ages(app: App | None, state: StatePlace, now: str) -> Iterator[Check]:
    """Say how old the keys are whose change a person recorded."""
    if app is None or state.problem:
        return
    try:
        recorded = rotations(app)
    except AuditUnavailable as failure:
        yield Check(name="audit log", standing=Standing.MEND, found="cannot be read", advice=failure.message)
        return
    today = date.fromisoformat(now[:10])
    for name, at in sorted(recorded.items()):
        days = (today - date.fromisoformat(at[:10])).days
        found = f"changed {counted(days, 'day')} ago"
        if days > OLD_DAYS:
            advice = f"Make a new key at its provider, revoke the old one, then `setsquare keys rotated {name}`."
            yield Check(name=f"key {name}", standing=Standing.NOTE, found=found, advice=advice)
        else:
            yield Check(name=f"key {name}", standing=Standing.FINE, found=found)


def _settings(workspace: Workspace) -> Iterator[Check]:
    """Name the settings files that cannot be followed: there the strictest value stands in, down to no model and no command."""
    for settings in workspace.settings:
        problems = [problem.reason for problem in settings.problems if not problem.is_warning]
        if problems:
            more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
            # A project further down, such as an example, stops no work here; nor does a key that has its strictest value.
            stops = settings.agent.denies_all_commands and settings.path.count("/") <= 1
            standing = Standing.MEND if stops else Standing.NOTE
            advice = f"Until it is mended the strictest values count: {settings.path}. `setsquare check` shows the places."
            yield Check(name="settings", standing=standing, found=settings.agent.broken or f"{problems[0]}{more}", advice=advice)


def _powers(app: App | None, workspace: Workspace, now: str, connecting: Connecting | None) -> Iterator[Check]:
    """Say of the IAM Power what it says itself before it works: every reason why it refuses, or that it is on or off."""
    for artefact in workspace.artefacts:
        if artefact.kind is not ArtefactKind.SETTINGS or b"awsiamautopilot" not in workspace.render(artefact.path).lower():
            continue
        from setsquare.journeys.iam_readiness import POWER_NAME, refusals_shown  # noqa: PLC0415  (start-up: few workspaces name it)

        judged, reasons = refusals_shown(artefact.document)
        # A project further down, such as an example, stops no work here; nor does a Power that is off.
        bad = Standing.MEND if judged.is_enabled and artefact.path.count("/") <= 1 else Standing.NOTE
        for reason in reasons:
            found = f"{reason.key}{f' is {reason.value}' if reason.value else ''}: {reason.problem}"
            yield Check(name=POWER_NAME, standing=bad, found=found, advice=f"{reason.mend} ({reason.place})")
        if not reasons:
            settings = judged.settings
            found = (
                f"on, proposes only, {counted(len(settings.target_roles), 'pattern')} of roles, {counted(settings.lookback_days, 'day')}"
            )
            yield Check(name=POWER_NAME, standing=Standing.FINE, found=found)
            if artefact.path.count("/") <= 1:
                yield from _account(judged, connecting)
                yield from _review(app, judged, now)


def _account(judged: Judged, connecting: Connecting | None) -> Iterator[Check]:
    """Say how the Power stands with its account, and which variables of its settings have no value, by their names."""
    if connecting is None:
        return
    from setsquare.journeys.iam_connecting import Link  # noqa: PLC0415  (start-up, as above)

    connection = connecting(judged)
    if connection.unset:
        advice = "Set them where AWS or a forge is to be asked; local files need none of them."
        yield Check(name="power variables", standing=Standing.NOTE, found=f"unset: {', '.join(connection.unset)}", advice=advice)
        if connection.link is Link.UNSET:
            return
    is_fine = connection.link in {Link.CONNECTED, Link.LOCAL}
    found = f"{connection.link.value}{f': {connection.found}' if connection.found else ''}"
    yield Check(name="power AWS", standing=Standing.FINE if is_fine else Standing.NOTE, found=found, advice=connection.advice)


def _review(app: App | None, judged: Judged, now: str) -> Iterator[Check]:
    """Remind of the quarterly look at which roles the Power may look at."""
    if app is None:
        return
    from setsquare.journeys.iam_reviewing import last_review  # noqa: PLC0415  (start-up, as above)

    try:
        review = last_review(app, judged.settings, now[:10])
    except AuditUnavailable:
        # The audit log's own check says it.
        return
    advice = 'Look over targetRoles and excludeRoles, then `setsquare iam status --reviewed "what you found"`.' if review.is_due else ""
    yield Check(name="power roles", standing=Standing.NOTE if review.is_due else Standing.FINE, found=review.found, advice=advice)


def _models(machine: Machine, workspace: Workspace) -> Iterator[Check]:
    """Say of every profile whether its key is there, by the variable's name alone."""
    profiles = [(settings.path, profile) for settings in workspace.settings for profile in settings.models]
    if not profiles:
        yield Check(name="models", standing=Standing.NOTE, found="none configured", advice="See docs/guides/models.md.")
    for path, profile in profiles:
        key = machine.key(profile)
        found = f"{profile.provider}:{profile.model}" + (f", {key.variable} {'set' if key.is_set else 'not set'}" if key.variable else "")
        name = f"model {profile.name}"
        if key.problem:
            # A project further down, such as an example, stops no work here.
            standing = Standing.NOTE if path.count("/") > 1 else Standing.MEND
            yield Check(name=name, standing=standing, found=found, advice=f"{key.problem} ({path})")
        else:
            yield Check(name=name, standing=Standing.FINE, found=found)
