"""`setsquare approve`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.journeys.approving import Approved, approve_stage, stage_named
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.signing import sign_steering
from setsquare.journeys.standing import standing
from setsquare.journeys.verifying_approvals import CheckedApproval, verify_approvals
from setsquare.spec.stage import Stage
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import typed
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.paths import quoted
from setsquare.wire import app_here


class Options(Struct, frozen=True):
    """What to approve, and as whom; or what to check."""

    spec: str
    stage: str | None
    role: str
    verifies: bool


class Result(Struct, frozen=True, kw_only=True):
    """The recorded approval."""

    schema: str = "setsquare/approve/1"
    spec: str
    stage: str
    role: str
    by: str
    at: str
    digest: str
    commit: str
    tag: str
    unchanged: bool
    changed: tuple[str, ...]
    summary: str = ""


class SteeringResult(Struct, frozen=True, kw_only=True):
    """A steering file's sign-off; `lacking` are the roles that have not signed this version yet."""

    schema: str = "setsquare/approve-steering/1"
    path: str
    role: str
    by: str
    at: str
    digest: str
    commit: str
    lacking: tuple[str, ...]


class Proof(Struct, frozen=True, kw_only=True):
    """One recorded approval held against its commit; it proves something only without problems."""

    stage: str
    role: str
    by: str
    at: str
    commit: str
    digest: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class VerifyResult(Struct, frozen=True, kw_only=True):
    """Every approval of a spec; `proved` is true where none has a problem."""

    schema: str = "setsquare/approve-verify/1"
    spec: str
    proved: bool
    approvals: tuple[Proof, ...]


PARAMS = (
    click.argument("spec"),
    click.argument("stage", required=False, type=click.Choice(["requirements", "design", "tasks"])),
    click.option("--as", "--role", "role", default="", metavar="ROLE", help="The role in which you approve, such as architect; recorded."),
    click.option("--verify", "verifies", is_flag=True, help="Approve nothing: check the recorded approvals against their commits."),
)


@made("approve", Options, PARAMS)
def command(options: Options) -> Output:
    """Approve a spec's requirements, design or tasks exactly as the file is now.

    The approval is bound to the file's bytes: any later change voids it for `draft` and `run`. It is committed to .setsquare/approvals/, and
    a design also gets the tag design-review/SPEC/N. Approving again shows only what changed since.

    The settings may demand roles and another person than the author (governance in .kiro/settings.json). A steering file in place of SPEC is
    signed off. With --verify the exit code is 1 when an approval cannot be proved.
    """
    app = app_here()
    if options.verifies:
        return _verified(app, options.spec)
    if options.stage is None and options.spec.endswith(".md"):
        return _steering(app, options)
    if options.stage is None:
        raise Usage(
            "The document to approve is not named.",
            f"Such as `setsquare approve {quoted(options.spec)} requirements`; see `setsquare approve --help`.",
        )
    done = approve_stage(app, options.spec, stage_named(options.stage), options.role)
    approval = done.approval
    result = Result(
        spec=done.spec,
        stage=approval.stage.value,
        role=approval.role,
        by=approval.by,
        at=approval.at,
        digest=approval.digest,
        commit=done.commit,
        tag=done.tag,
        unchanged=done.is_unchanged,
        changed=done.changed,
        summary=done.summary,
    )
    return Output(result=result, text=_text(app, done))


def _text(app: App, done: Approved) -> str:
    """Show what was approved and what comes next."""
    stage = done.approval.stage
    if done.is_unchanged:
        verb = "is" if stage is Stage.DESIGN else "are"
        return f"The {stage.value} of {done.spec} {verb} approved already as they are ({done.approval.at[:10]}, {done.approval.by or 'unknown'}). {_next(app, done)}"
    body = [*coloured(done.shown), *(["", f"  {safe(done.summary)}"] if done.summary else [])]
    place = f" in commit {done.commit[:10]}" if done.commit else " (no git repository: not committed)"
    lines = [*body, "", f"{paint('Approved', 'green', 'bold')} the {stage.value} of {done.spec}{place}.", f"  {done.approval.digest}"]
    if done.tag:
        lines.append(f"  tag {done.tag}")
    lines += _resting(app, done)
    return "\n".join([*lines, _next(app, done)])


def _steering(app: App, options: Options) -> Output:
    """Sign a steering file off."""
    done = sign_steering(app, options.spec, options.role)
    sign = done.sign_off
    result = SteeringResult(
        path=sign.path, role=sign.role, by=sign.by, at=sign.at, digest=sign.digest, commit=done.commit, lacking=done.lacking
    )
    rest = f"Still missing: {', '.join(done.lacking)}." if done.lacking else "Nobody else has to sign."
    return Output(result=result, text=f"{paint('Signed', 'green', 'bold')} {safe(sign.path)} off as {safe(sign.role)}. {rest}")


def _verified(app: App, name: str) -> Output:
    """Check the approvals of a spec."""
    workspace = opened(app)
    spec = named_spec(workspace, name)
    checked = verify_approvals(app, workspace, (spec,))
    is_proved = not any(item.problems for item in checked)
    result = VerifyResult(spec=spec.name, proved=is_proved, approvals=tuple(_proof(item) for item in checked))
    if not checked:
        return Output(result=result, text=f"Nothing of {safe(spec.name)} was approved yet.")
    lines: list[str] = []
    for item in result.approvals:
        mark = paint("✗", "red") if item.problems else paint("✓", "green")
        role = f" as {item.role}" if item.role else ""
        lines.append(f"  {mark} {safe(f'{item.stage} {item.at[:10]} {item.by}{role}')} {item.commit[:10]}")
        lines += [f"      {safe(said)}" for said in (*item.problems, *item.notes)]
    lines.append("Every approval is proved by its commit." if is_proved else "Some approvals prove nothing.")
    return Output(result=result, text="\n".join(lines), exit_code=0 if is_proved else 1)


def _proof(item: CheckedApproval) -> Proof:
    """Shape one checked approval."""
    approval = item.approval
    if approval is None:
        return Proof(stage="", role="", by="", at="", commit="", digest="", problems=item.problems, notes=item.notes)
    return Proof(
        stage=approval.stage.value,
        role=approval.role,
        by=approval.by,
        at=approval.at,
        commit=approval.commit,
        digest=approval.digest,
        problems=item.problems,
        notes=item.notes,
    )


def _resting(app: App, done: Approved) -> list[str]:
    """Name the commands for what was made from criteria that changed since."""
    if done.approval.stage is not Stage.REQUIREMENTS or not done.changed:
        return []
    spec = next((spec for spec in opened(app).specs if spec.path == done.path), None)
    if spec is None or spec.tasks is None:
        return []
    name = safe(quoted(done.spec))
    return [f"What rests on the changed criteria: setsquare trace suspect {name}; bring it up: setsquare draft tasks {name} --changed"]


def _next(app: App, done: Approved) -> str:
    """Name the next command of the approved spec."""
    found = next((item for item in standing(app, opened(app)).specs if item.spec.path == done.path), None)
    command = typed(found, app.folder) if found else ""
    return f"Next: {command}" if command else "Nothing is left to do for it."
