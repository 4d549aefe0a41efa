"""Lists the facts of a run, one Struct each; a journal line is one of them with its number, time and actor."""

from __future__ import annotations

from msgspec import Struct

from setsquare.events.conversation import Reply


class RunStarted(Struct, frozen=True, kw_only=True, tag="run-started"):
    """A run began. `tasks` are task ids in order; `approved` the digest of the approved tasks file; `base` the commit it starts from.

    `limit_steps` bounds the steps of one task, `limit_corrections` the repairs after a failed verification; `stops_after_group` parks the run
    after each top-level task.
    """

    run: str
    workspace: str
    spec: str
    tasks: tuple[str, ...]
    mode: str
    autonomy: str
    model: str
    sandbox: str
    approved: str
    base: str
    limit_steps: int = 200
    limit_corrections: int = 3
    stops_after_group: bool = False


class TaskStarted(Struct, frozen=True, kw_only=True, tag="task-started"):
    """Work on one task began; `brief` is the first message to the model, `system` the standing instructions."""

    task: str
    title: str
    system: str
    brief: str
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    verify: str = ""


class CheckpointTaken(Struct, frozen=True, kw_only=True, tag="checkpoint-taken"):
    """The workspace's files were recorded as tree `tree` before step `step`."""

    step: int
    tree: str


class ModelAsked(Struct, frozen=True, kw_only=True, tag="model-asked"):
    """A request is about to go to the model; `attempt` from 1, `messages` the number of messages in it."""

    step: int
    attempt: int
    messages: int


class ModelReplied(Struct, frozen=True, kw_only=True, tag="model-replied"):
    """The model answered."""

    step: int
    reply: Reply


class ModelGaveUp(Struct, frozen=True, kw_only=True, tag="model-gave-up"):
    """The model could not be asked; `code` is an error code of the error tree."""

    step: int
    code: str
    message: str


class ActionDecided(Struct, frozen=True, kw_only=True, tag="action-decided"):
    """The guard decided about a tool call: `permission` is `allow`, `ask` or `deny`, `rule` names what decided."""

    step: int
    call_id: str
    tool: str
    arguments: str
    permission: str
    rule: str
    reason: str


class HumanAsked(Struct, frozen=True, kw_only=True, tag="human-asked"):
    """A person was asked; `digest` names exactly what was shown."""

    step: int
    kind: str
    digest: str
    shown: str


class HumanAnswered(Struct, frozen=True, kw_only=True, tag="human-answered"):
    """A person answered `yes`, `no` or `absent` to what `digest` names; `note` is what they added."""

    step: int
    digest: str
    answer: str
    by: str
    note: str = ""


class ActionStarted(Struct, frozen=True, kw_only=True, tag="action-started"):
    """An effect on the world is about to happen."""

    step: int
    call_id: str
    summary: str


class ActionObserved(Struct, frozen=True, kw_only=True, tag="action-observed"):
    """What a tool call gave: the text for the model, and the paths that it wrote.

    `after` holds the digest of each changed path's new bytes, empty for a deletion; it tells a person's later edit from the run's own.
    `origins` name where the text came from: `repository`, `uncommitted`, `dependency`, `command`, `network`.
    """

    step: int
    call_id: str
    is_ok: bool
    text: str
    summary: str = ""
    changed: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    duration_s: float = 0.0
    origins: tuple[str, ...] = ()


class ScopeEnforced(Struct, frozen=True, kw_only=True, tag="scope-enforced"):
    """Changes outside the task's scope were found after a step and reverted.

    `found` is the recorded tree that holds them, empty where none was recorded: some may be a person's, who worked on meanwhile.
    """

    step: int
    reverted: tuple[str, ...]
    found: str = ""


class NetworkUsed(Struct, frozen=True, kw_only=True, tag="network-used"):
    """A confined command asked for a connection to `host`; `rule` names what decided. What was sent cannot be taken back."""

    step: int
    host: str
    port: int
    is_allowed: bool
    rule: str
    sent_bytes: int = 0
    received_bytes: int = 0


class VerificationStarted(Struct, frozen=True, kw_only=True, tag="verification-started"):
    """The platform is about to run the task's verification command itself."""

    step: int
    command: str


class VerificationFinished(Struct, frozen=True, kw_only=True, tag="verification-finished"):
    """The verification command ended; `passed` and `failed` are test counts where the output told them.

    `changed` are files that it wrote and that stay, with their digests in `after`; they are taken back by a revert and not committed.
    """

    step: int
    command: str
    exit_code: int
    output: str
    duration_s: float
    passed: int | None = None
    failed: int | None = None
    changed: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class EvidenceTaken(Struct, frozen=True, kw_only=True, tag="evidence-taken"):
    """The platform saw what a task claims.

    `kind` is `green` (the verification passed), `red` (a test of a bug fails before the fix, as it must) or `preserved` (everything else
    passes). `criteria` are the criteria that it speaks for, `output` the digest of the whole output, `tests` the test files it rests on, each
    with its digest, `base` the commit that the workspace stood on.
    """

    step: int
    task: str
    kind: str
    criteria: tuple[str, ...]
    command: str
    exit_code: int
    output: str
    base: str = ""
    tests: tuple[tuple[str, str], ...] = ()
    passed: int | None = None
    failed: int | None = None


class TaskDone(Struct, frozen=True, kw_only=True, tag="task-done"):
    """A task is verified; its box is about to be ticked, its log entry written, its commit made on top of `head`.

    `own` are the platform's two files, with the digests that they are about to have in `after`.
    """

    task: str
    summary: str
    changed: tuple[str, ...]
    corrections: int
    head: str = ""
    own: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Committed(Struct, frozen=True, kw_only=True, tag="committed"):
    """The task's changes, the tick and the log entry stand in one commit."""

    task: str
    commit: str


class ModelSwitched(Struct, frozen=True, kw_only=True, tag="model-switched"):
    """Another profile answers from now on: the provider of the first is down, or a budget is used up."""

    step: int
    old: str
    new: str
    reason: str


class BudgetAlerted(Struct, frozen=True, kw_only=True, tag="budget-alerted"):
    """A budget's threshold or limit was reached: `window` is `daily` or `monthly`, `fraction` the part that is used (1 is all of it)."""

    step: int
    window: str
    fraction: float
    action: str


class SpecDowngraded(Struct, frozen=True, kw_only=True, tag="spec-downgraded"):
    """The agent tried to leave its scope again on the next task, so the spec is carried out task by task under a person's eyes from now on."""

    step: int
    spec: str
    tasks: tuple[str, ...]
    reason: str


class RunParked(Struct, frozen=True, kw_only=True, tag="run-parked"):
    """The run stopped with a consistent checkpoint and can be resumed; `code` and `reason` say why, `hint` what to do."""

    step: int
    code: str
    reason: str
    hint: str


class RunResumed(Struct, frozen=True, kw_only=True, tag="run-resumed"):
    """A parked or interrupted run goes on; `redone` names the step whose effect is done again after a restore, or 0."""

    step: int
    redone: int = 0


class RunFinished(Struct, frozen=True, kw_only=True, tag="run-finished"):
    """The run ended: `outcome` is `done` or `failed`."""

    step: int
    outcome: str
    reason: str = ""


class RunReverted(Struct, frozen=True, kw_only=True, tag="run-reverted"):
    """The run's changes were taken back; `kept` are files that a person had changed since and that were left alone."""

    restored: tuple[str, ...]
    kept: tuple[str, ...]


Event = (
    RunStarted
    | TaskStarted
    | CheckpointTaken
    | ModelAsked
    | ModelReplied
    | ModelGaveUp
    | ActionDecided
    | HumanAsked
    | HumanAnswered
    | ActionStarted
    | ActionObserved
    | ScopeEnforced
    | NetworkUsed
    | VerificationStarted
    | VerificationFinished
    | EvidenceTaken
    | TaskDone
    | Committed
    | ModelSwitched
    | BudgetAlerted
    | SpecDowngraded
    | RunParked
    | RunResumed
    | RunFinished
    | RunReverted
)
