"""Does what changes what agents may do on record: first the entry in the audit log, then the change."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from msgspec.structs import replace

from setsquare.errors import SetsquareError
from setsquare.events.audit import AuditAction, Mutation, RunTerms
from setsquare.events.facts import RunStarted
from setsquare.journeys.app import App
from setsquare.ports.audit import Audit
from setsquare.text.plan import FileChange, Plan, digest


@contextlib.contextmanager
def on_record(audit: Audit, mutation: Mutation) -> Iterator[None]:
    """Record a change before it is made; where it then fails, the log says so.

    Raises:
        AuditUnavailable: it cannot be recorded, and so it is not done.
    """
    audit.record(mutation)
    try:
        yield
    except SetsquareError as failure:
        audit.note(replace(mutation, action=AuditAction.NOT_DONE, detail=mutation.action.value, after="", why=failure.message, run=None))
        raise


def run_mutation(action: AuditAction, begun: RunStarted, *, model: str = "", sandbox: str | None = None) -> Mutation:
    """Tell of a run with what it works under; `model` and `sandbox` where they are others than at its beginning.

    >>> begun = RunStarted(
    ...     run="r1",
    ...     workspace="/w",
    ...     spec="login",
    ...     tasks=("1",),
    ...     mode="supervised",
    ...     autonomy="full",
    ...     model="m",
    ...     sandbox="",
    ...     approved="sha256:1",
    ...     base="",
    ... )
    >>> run_mutation(AuditAction.RUN_STARTED, begun).detail
    'login: 1'
    """
    terms = RunTerms(
        mode=begun.mode,
        autonomy=begun.autonomy,
        environment=begun.environment,
        sandbox=begun.sandbox if sandbox is None else sandbox,
        model=model or begun.model,
        approved=begun.approved,
        session=begun.session,
    )
    return Mutation(action=action, subject=begun.run, detail=f"{begun.spec}: {', '.join(begun.tasks)}", after=begun.approved, run=terms)


def applied(app: App, plan: Plan, mutation: Mutation) -> None:
    """Apply a plan on record; the entry names the files before and after, unless the mutation names something else.

    Raises:
        AuditUnavailable: it cannot be recorded, and nothing was written.
        StalePlan: a file changed meanwhile; nothing was written.
    """
    if not (mutation.before or mutation.after):
        before = [(str(change.path), str(change.expects or "")) for change in plan.changes]
        after = [(str(change.path), _after(app, change)) for change in plan.changes]
        mutation = replace(mutation, before=_named(before), after=_named(after))
    with on_record(app.audit, mutation):
        app.files.apply(plan)


def _after(app: App, change: FileChange) -> str:
    """Name the bytes that a change leaves; empty where the file goes."""
    if change.is_removal:
        return ""
    raw = app.files.read(change.path) if change.expects is not None else b""
    if change.expects is not None and (raw is None or digest(raw) != change.expects):
        return ""  # the plan is stale, and will say so
    return digest(change.applied(raw or b""))


def _named(files: list[tuple[str, str]]) -> str:
    """Name one file by its digest, several by the digest of their list; empty where there is none."""
    if len(files) == 1:
        return files[0][1]
    return digest(repr(sorted(files)).encode("utf-8", "surrogateescape")) if any(name for _, name in files) else ""
