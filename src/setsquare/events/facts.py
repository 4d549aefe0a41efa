"""Lists the facts of a run, one Struct each; a journal line is one of them with its number, time and actor."""

from __future__ import annotations

from msgspec import Struct

from setsquare.events.conversation import Reply


class RunStarted(Struct, frozen=True, kw_only=True, tag="run-started"):
    """A run began. `tasks` are task ids in order; `approved` the digest of the approved tasks file; `base` the commit it starts from.

    `limit_steps` bounds the steps of one task, `limit_corrections` the repairs after a failed verification; `stops_after_group` parks the run
    after each top-level task. `environment` is what the person declared (`test`, `development`, `staging`, `production`, `shared`), or empty.
    `context` is what they limited the run's reading to, as written; empty for no limit. `session` are rules that they gave for this run alone, such as
    `allow npm *` or `deny shell`.
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
    environment: str = ""
    context: tuple[str, ...] = ()
    session: tuple[str, ...] = ()


class TaskStarted(Struct, frozen=True, kw_only=True, tag="task-started"):
    """Work on one task began; `brief` is the first message to the model, `system` the standing instructions.

    `ignored` is the recorded tree of the files that git ignores and that could bear on a verification. `agent` names the profile that the task is
    given to, `tools` those that it leaves (all when empty), `context` the globs of what may be read, empty for no limit. `unhidden` says why
    secrets that only git's history still has may be shown; empty when all of them are known. `is_again` when the task was done before.
    """

    task: str
    title: str
    system: str
    brief: str
    requirements: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    verify: str = ""
    ignored: str = ""
    agent: str = ""
    tools: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    unhidden: tuple[str, ...] = ()
    is_again: bool = False


class CheckpointTaken(Struct, frozen=True, kw_only=True, tag="checkpoint-taken"):
    """The workspace's files were recorded as tree `tree` before step `step`; of the first one, `empty` are the folders with nothing in them."""

    step: int
    tree: str
    empty: tuple[str, ...] = ()


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
    `origins` name where the text came from: `repository`, `uncommitted`, `dependency`, `command`, `network`. `tree` holds the changed files as a
    command left them; of other actions it is empty. `level` is the autonomy of the task and the changed paths where it is more careful than that
    of the run.
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
    tree: str = ""
    level: str = ""


class ScopeEnforced(Struct, frozen=True, kw_only=True, tag="scope-enforced"):
    """Changes outside the task's scope were found after a step and reverted.

    `found` is the recorded tree that holds them, empty where none was recorded: some may be a person's, who worked on meanwhile. `rule` says why
    they were not to stay where it was not the scope (`dependency-added`).
    """

    step: int
    reverted: tuple[str, ...]
    found: str = ""
    rule: str = ""


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
    """The platform is about to run the task's verification command itself.

    `aside` are test files that stand as they were at the beginning of the task while it runs; tree `tree` holds them as they are.
    """

    step: int
    command: str
    aside: tuple[str, ...] = ()
    tree: str = ""


class VerificationFinished(Struct, frozen=True, kw_only=True, tag="verification-finished"):
    """The verification command ended; `passed` and `failed` are test counts where the output told them.

    `changed` are files that it wrote and that stay, with their digests in `after`; they are taken back by a revert and not committed. `tree`
    holds them.
    `verdict` is empty where the exit code decides; `red` accepts a task whose test must fail before the fix; any other says why the task is not
    done although the command may have passed (`tests-weakened`, `nothing-changed`, …), and `hint` what to do when the run stops over it.
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
    tree: str = ""
    verdict: str = ""
    hint: str = ""

    @property
    def is_accepted(self) -> bool:
        """Tell whether the task is done as far as the platform can see.

        >>> seen = VerificationFinished(step=1, command="make", exit_code=0, output="", duration_s=0.0)
        >>> (
        ...     seen.is_accepted,
        ...     VerificationFinished(step=1, command="make", exit_code=1, output="", duration_s=0.0, verdict="red").is_accepted,
        ... )
        (True, True)
        """
        return self.verdict == "red" or (self.exit_code == 0 and not self.verdict)


class EvidenceTaken(Struct, frozen=True, kw_only=True, tag="evidence-taken"):
    """The platform saw what a task claims.

    `kind` is `green` (the verification passed), `red` (a test of a bug fails before the fix, as it must) or `preserved` (everything else
    passes). `criteria` are the criteria that it speaks for, `output` the digest of the whole output, `tests` the test files it rests on, each
    with its digest, `base` the commit that the workspace stood on, `tree` the recorded tree that was verified. `accepted_by` names the person who
    accepted the criteria as already met where the task changed nothing.
    """

    step: int
    task: str
    kind: str
    criteria: tuple[str, ...]
    command: str
    exit_code: int
    output: str
    base: str = ""
    tree: str = ""
    tests: tuple[tuple[str, str], ...] = ()
    passed: int | None = None
    failed: int | None = None
    accepted_by: str = ""


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


class ContextLimited(Struct, frozen=True, kw_only=True, tag="context-limited"):
    """The conversation of the current task is kept to `limit_bytes` from now on; the oldest results are left out first."""

    step: int
    limit_bytes: int
    reason: str


class SpecDowngraded(Struct, frozen=True, kw_only=True, tag="spec-downgraded"):
    """The agent tried to leave its scope again on the next task, so the spec is carried out task by task under a person's eyes from now on."""

    step: int
    spec: str
    tasks: tuple[str, ...]
    reason: str


class RunParked(Struct, frozen=True, kw_only=True, tag="run-parked"):
    """The run stopped with a consistent checkpoint and can be resumed; `code` and `reason` say why, `hint` what to do.

    `tree` holds the files as the run left them, `empty` are the folders with nothing in them then. `worked_s` is the time
    in seconds that the task has taken so far.
    """

    step: int
    code: str
    reason: str
    hint: str
    tree: str = ""
    empty: tuple[str, ...] = ()
    worked_s: float = 0.0


class RunResumed(Struct, frozen=True, kw_only=True, tag="run-resumed"):
    """A parked or interrupted run goes on; `redone` names the step whose effect is done again after a restore, or 0.

    `note` tells the model which files others changed meanwhile; empty when it is told nothing.
    """

    step: int
    redone: int = 0
    note: str = ""


class RunFinished(Struct, frozen=True, kw_only=True, tag="run-finished"):
    """The run ended: `outcome` is `done` or `failed`; `tree` and `empty` as of `RunParked`."""

    step: int
    outcome: str
    reason: str = ""
    tree: str = ""
    empty: tuple[str, ...] = ()


class RunReverted(Struct, frozen=True, kw_only=True, tag="run-reverted"):
    """A person took files back: all that the run changed, what one task did (`task`), or to a checkpoint (`entry`, the number of its fact).

    `restored` are as they were, `kept` were left alone because a person had changed them since, `merged` lost the run's lines and kept the
    person's, `conflicts` have places, as `path:line`, where both stand in each other's way. `found` is the tree as it was before, `tree` holds
    what was put in place of the restored and merged files. With `is_partial` the run can go on.
    """

    restored: tuple[str, ...]
    kept: tuple[str, ...]
    merged: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    found: str = ""
    tree: str = ""
    task: str = ""
    entry: int = 0
    is_partial: bool = False


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
    | ContextLimited
    | SpecDowngraded
    | RunParked
    | RunResumed
    | RunFinished
    | RunReverted
)
