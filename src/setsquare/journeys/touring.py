"""Runs the main job on the sample project: check, draft, approve, execute, verify, trace."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import NeedsAnswer
from setsquare.events.entry import Entry
from setsquare.events.facts import ModelReplied, VerificationFinished
from setsquare.journeys.app import App
from setsquare.journeys.approving import Approved, approve_stage
from setsquare.journeys.draft import OUTLINE, Applied, DraftMade, DraftRequest, Unchanged, draft
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.run_log import RunLog, log
from setsquare.journeys.run_report import RunReport
from setsquare.journeys.run_task import RunRequest, start
from setsquare.journeys.tracing import traced
from setsquare.journeys.trusting import TrustView, grant
from setsquare.ports.approver import Answer, Question
from setsquare.rules.check import check
from setsquare.rules.finding import Finding
from setsquare.spec.approval import stage_path
from setsquare.spec.matrix import MatrixRow
from setsquare.spec.stage import Progress, Stage, progress
from setsquare.text.document import decode
from setsquare.usage.meter import Meter

SPEC = "user-authentication"
ROLES = {Stage.REQUIREMENTS: "product-owner", Stage.DESIGN: "architect", Stage.TASKS: "tech-lead"}


class Gate(Struct, frozen=True, kw_only=True):
    """One approval gate: what was shown, and the approval that was recorded."""

    stage: Stage
    shown: str
    approved: Approved


# req: tour/2.1, tour/2.3
class TourOutcome(Struct, frozen=True, kw_only=True):
    """Everything that the tour did.

    `report` is `None` without a sandbox: then no task was run. `entries` are the run's journal. `took_s` is the wall time in seconds.
    """

    findings: tuple[Finding, ...]
    drafts: tuple[DraftMade, ...]
    gates: tuple[Gate, ...]
    trust: TrustView
    sandbox: str
    rows: tuple[MatrixRow, ...]
    progress: Progress
    took_s: float
    report: RunReport | None = None
    history: RunLog | None = None
    entries: tuple[Entry, ...] = ()
    meter: Meter = Meter()

    @property
    def verifications(self) -> tuple[VerificationFinished, ...]:
        """List what the platform's own test runs gave, in order."""
        return tuple(entry.event for entry in self.entries if isinstance(entry.event, VerificationFinished))

    @property
    def exit_code(self) -> int:
        """Give the command's exit code: 3 without a sandbox, 1 when a task could not be verified, else as a run."""
        if self.report is None:
            return NeedsAnswer.exit_code
        return 1 if self.report.code.startswith("model-") else self.report.exit_code


# req: tour/1.1
def tour(app: App, say: Callable[[str, tuple[str, ...]], None]) -> TourOutcome:
    """Run the main job in the app's folder, telling each act as it ends: a title and its lines.

    Raises:
        NeedsAnswer: a recorded answer does not belong to what is shown.
        SetsquareError: any step failed as it would for a person.
    """
    started_s = app.clock.monotonic_s()
    findings = check(opened(app))
    say("Check the requirements", (_found(findings),))
    trust = grant(app, opened(app))
    drafts: list[DraftMade] = []
    gates = [_gate(app, Stage.REQUIREMENTS)]
    for stage in (Stage.DESIGN, Stage.TASKS):
        say(f"Approve the {gates[-1].stage.value}", _approved(gates[-1]))
        drafts.append(_drafted(app, stage))
        say(f"Draft the {stage.value}", (f"{drafts[-1].path}, {len(drafts[-1].diff.splitlines())} lines by the outline, without a model",))
        gates.append(_gate(app, stage))
    say("Approve the tasks", _approved(gates[-1]))
    report = None if app.sandbox is None else start(app, RunRequest(spec=SPEC, tasks="all"))
    workspace = opened(app)
    spec = named_spec(workspace, SPEC)
    entries = () if report is None else tuple(app.journals.open(report.run).entries())
    meter = Meter()
    for entry in entries:
        if isinstance(entry.event, ModelReplied):
            meter = meter.add(entry.event.reply)
    return TourOutcome(
        findings=findings,
        drafts=tuple(drafts),
        gates=tuple(gates),
        trust=trust,
        sandbox=app.sandbox.name if app.sandbox else "",
        rows=traced(app, workspace, spec).rows,
        progress=progress(spec),
        took_s=app.clock.monotonic_s() - started_s,
        report=report,
        history=None if report is None else log(app, report.run),
        entries=entries,
        meter=meter,
    )


def _found(findings: tuple[Finding, ...]) -> str:
    """Say what the check found."""
    return f"{len(findings)} findings" if findings else "no finding"


def _gate(app: App, stage: Stage) -> Gate:
    """Show a document to the person and record their approval.

    Raises:
        NeedsAnswer: they did not say yes to exactly this.
    """
    workspace = opened(app)
    spec = named_spec(workspace, SPEC)
    shown = decode(workspace.render(stage_path(spec, stage)))
    question = Question(kind="approve", title=f"Approve the {stage.value} of {SPEC} as {ROLES[stage]}?", shown=shown)
    verdict = app.approver.ask(question)
    if verdict.answer is not Answer.YES or verdict.digest != question.digest:
        raise NeedsAnswer(
            f"The recorded person has no answer to the {stage.value} as they are now: {question.digest[:19]}.",
            "The sample or its drafts differ from what was recorded; nothing was approved.",
        )
    return Gate(stage=stage, shown=shown, approved=approve_stage(app, SPEC, stage, ROLES[stage]))


def _approved(gate: Gate) -> tuple[str, ...]:
    """Say what was approved, by whom, and where it stands."""
    approval = gate.approved.approval
    tag = f", tag {gate.approved.tag}" if gate.approved.tag else ""
    return (f"{approval.by} as {approval.role}, bound to {approval.digest[:19]}", f"commit {gate.approved.commit[:10]}{tag}")


def _drafted(app: App, stage: Stage) -> DraftMade:
    """Draft a document and have the person confirm the diff.

    Raises:
        NeedsAnswer: they did not say yes to exactly this diff.
    """
    outcome = draft(app, DraftRequest(spec=SPEC, stage=stage, model=OUTLINE))
    if isinstance(outcome, Applied | Unchanged):
        return outcome.made
    raise NeedsAnswer(
        f"The recorded person has no answer to the draft of the {stage.value}.",
        "The sample or the outline differ from what was recorded; nothing was written.",
    )
