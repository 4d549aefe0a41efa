"""`setsquare spec audit`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.auditing import Audit, Audited, AuditWish, audit
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.audit import audit_markdown, audit_text
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """What to do besides looking."""

    age_limit_days: int | None
    archives_old: bool
    verifies: bool
    output_format: str


class SpecResult(Struct, frozen=True, kw_only=True):
    """One spec. Times are ISO 8601 or empty, days null where nothing is known; `coverage` from 0 to 1, null without criteria."""

    spec: str
    path: str
    state: str
    status: str
    is_status_said: bool
    owner: str
    labels: tuple[str, ...]
    tasks_done: int
    tasks_total: int
    criteria: int
    coverage: float | None
    dangling: int
    void: tuple[str, ...]
    created_at: str
    active_at: str
    worked_at: str
    verified_at: str
    age_days: int | None
    idle_days: int | None
    is_old: bool
    is_archived: bool
    out_of_scope: int
    open_run: str
    broken_lines: tuple[int, ...]


class ApprovalResult(Struct, frozen=True, kw_only=True):
    """One approval held against its commit; it proves something only without problems."""

    spec: str
    stage: str
    by: str
    role: str
    at: str
    commit: str
    digest: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class Result(Struct, frozen=True, kw_only=True):
    """The audit; `idle` are specs in work without task activity, `sprawl` is true where there are `sprawl_limit` of them or more."""

    schema: str = "setsquare/spec-audit/1"
    at: str
    age_limit_days: int
    sprawl_limit: int
    sprawl: bool
    idle: tuple[str, ...]
    archived: tuple[str, ...]
    specs: tuple[SpecResult, ...]
    approvals: tuple[ApprovalResult, ...]


PARAMS = (
    click.option(
        "--age-limit",
        "age_limit_days",
        type=click.IntRange(min=1),
        metavar="DAYS",
        help="From which age a spec is old; the settings', else 30.",
    ),
    click.option("--archive-old", "archives_old", is_flag=True, help="Move old specs without task activity into the archive."),
    click.option("--verify", "verifies", is_flag=True, help="Check every recorded approval against the commit that it names."),
)


@made("audit", Options, PARAMS, formats=("text", "json", "md"))
def command(options: Options) -> Output:
    """Report on every spec for a planning meeting: state, status, owner, age, activity, what was verified when, what lies around.

    A spec is old from 30 days on when nobody worked on its tasks for as long. 20 or more specs without task activity are sprawl. With
    --verify the exit code is 1 when an approval cannot be proved.
    """
    app = app_here()
    wish = AuditWish(age_limit_days=options.age_limit_days, archives_old=options.archives_old, verifies=options.verifies)
    found = audit(app, wish)
    result = _result(app.folder, found)
    text = audit_markdown(found) if options.output_format == "md" else audit_text(found)
    return Output(result=result, text=text, exit_code=1 if any(item.problems for item in found.approvals) else 0)


def _result(folder: str, found: Audit) -> Result:
    """Shape an audit for programs."""
    return Result(
        at=found.at,
        age_limit_days=found.age_limit_days,
        sprawl_limit=found.sprawl_limit,
        sprawl=found.is_sprawling,
        idle=found.idle,
        archived=tuple(item.before for item in found.archived),
        specs=tuple(_spec(folder, item) for item in found.specs),
        approvals=tuple(
            ApprovalResult(
                spec=item.spec,
                stage=item.approval.stage.value if item.approval else "",
                by=item.approval.by if item.approval else "",
                role=item.approval.role if item.approval else "",
                at=item.approval.at if item.approval else "",
                commit=item.approval.commit if item.approval else "",
                digest=item.approval.digest if item.approval else "",
                problems=item.problems,
                notes=item.notes,
            )
            for item in found.approvals
        ),
    )


def _spec(folder: str, item: Audited) -> SpecResult:
    """Shape one spec."""
    return SpecResult(
        spec=item.spec,
        path=shown(folder, item.path),
        state=item.state.value,
        status=item.status.value,
        is_status_said=item.is_status_said,
        owner=item.owner,
        labels=item.labels,
        tasks_done=item.progress.done,
        tasks_total=item.progress.total,
        criteria=item.criteria,
        coverage=round(item.covered / item.criteria, 4) if item.criteria else None,
        dangling=item.dangling,
        void=item.void,
        created_at=item.created_at,
        active_at=item.active_at,
        worked_at=item.worked_at,
        verified_at=item.verified_at,
        age_days=item.age_days,
        idle_days=item.idle_days,
        is_old=item.is_old,
        is_archived=item.is_archived,
        out_of_scope=item.out_of_scope,
        open_run=item.open_run,
        broken_lines=item.broken,
    )
