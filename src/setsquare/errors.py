"""What can go wrong in the world, as one tree.

    SetsquareError                    code               exit  retry
    ├── Usage                         usage                2
    │   └── Unreadable                unreadable           2
    ├── Refused                       refused              3
    │   ├── NotApproved               not-approved         3
    │   ├── NotTrusted                not-trusted          3
    │   ├── NeedsAnswer               needs-answer         3
    │   ├── StalePlan                 stale-plan           3
    │   ├── Stopped                   stopped              3
    │   ├── NoSandbox                 no-sandbox           3
    │   └── OverBudget                over-budget          3
    └── WorldFailed                   world-failed         4
        ├── StorageFailed             storage-failed       4
        ├── JournalDamaged            journal-damaged      4
        ├── AuditUnavailable          audit-unavailable    4
        ├── GitFailed                 git-failed           4
        ├── SandboxFailed             sandbox-failed       4
        ├── SolverFailed              solver-failed        4
        ├── CloudFailed               cloud-failed         4
        │   ├── CloudAuth             cloud-auth           4
        │   └── CloudBusy             cloud-busy           4    yes
        ├── ForgeFailed               forge-failed         4
        │   ├── ForgeAuth             forge-auth           4
        │   └── ForgeBusy             forge-busy           4    yes
        ├── NotifyFailed              notify-failed        4
        ├── LedgerUnavailable         ledger-unavailable   4
        │   └── LedgerDamaged         ledger-damaged       4
        └── ModelFailed               model-failed         4
            ├── ModelAuth             model-auth           4
            ├── ModelRateLimited      model-rate-limited   4    yes
            ├── ModelOverloaded       model-overloaded     4    yes
            ├── ModelTransient        model-transient      4    yes
            ├── ModelTooLong          model-too-long       4
            ├── ModelNonsense         model-nonsense       4
            ├── ModelDown             model-down           4
            └── ModelSwapped          model-swapped        4

What a user wrote is never an exception: it is a finding with a place. An expected refusal inside the core is a value;
the journeys turn it into ``Refused`` only at the edge, so that every surface shows it alike.
"""

from __future__ import annotations

from typing import ClassVar


class SetsquareError(Exception):
    """Any failure that Setsquare explains: what was attempted, on what, why it failed, what to do next."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 4
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str = "") -> None:
        """Take one sentence that says what failed on what and why, and one that says what to do next."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class Usage(SetsquareError):
    """The command line cannot be understood or names something that does not exist."""

    code = "usage"
    exit_code = 2


class Unreadable(Usage):
    """An input exists in name only: missing, not permitted, or not of the expected kind."""

    code = "unreadable"


class Refused(SetsquareError):
    """The request was understood and is not permitted as things stand."""

    code = "refused"
    exit_code = 3


class NotApproved(Refused):
    """A stage that must be approved first is not approved, or its approval is void."""

    code = "not-approved"


class NotTrusted(Refused):
    """The workspace is not trusted, so nothing of it may run."""

    code = "not-trusted"


class NeedsAnswer(Refused):
    """A person must answer and none is there; the work is parked at a checkpoint."""

    code = "needs-answer"


class StalePlan(Refused):
    """A file changed since the plan was made; nothing was written."""

    code = "stale-plan"


class Stopped(Refused):
    """A person ordered that no run goes on here, and nobody has lifted that."""

    code = "stopped"


class NoSandbox(Refused):
    """No operating-system sandbox is available for work that needs one."""

    code = "no-sandbox"


class OverBudget(Refused):
    """A budget pauses all work with models until a person resets it."""

    code = "over-budget"


class WorldFailed(SetsquareError):
    """Something outside Setsquare failed."""

    code = "world-failed"


class StorageFailed(WorldFailed):
    """A file could not be read or written: disk full, permission, vanished."""

    code = "storage-failed"


class JournalDamaged(WorldFailed):
    """A run's journal holds a line that cannot be what was written."""

    code = "journal-damaged"


class AuditUnavailable(WorldFailed):
    """The audit log cannot be read or written, so nothing that it must tell of is done."""

    code = "audit-unavailable"


class GitFailed(WorldFailed):
    """A git command failed."""

    code = "git-failed"


class SandboxFailed(WorldFailed):
    """The sandbox could not start the command."""

    code = "sandbox-failed"


class SolverFailed(WorldFailed):
    """The solver is not installed or could not run."""

    code = "solver-failed"


class CloudFailed(WorldFailed):
    """A cloud account, or a trail of it, could not be read."""

    code = "cloud-failed"


class CloudAuth(CloudFailed):
    """The cloud does not accept the credentials: there are none, they have expired, or they lack a permission that the message names."""

    code = "cloud-auth"


class CloudBusy(CloudFailed):
    """The cloud asks to wait, or did not answer in time; the same call may work later."""

    code = "cloud-busy"
    retryable = True


class ForgeFailed(WorldFailed):
    """The place of pull requests refused a call, or answered something that is none of its answers."""

    code = "forge-failed"


class ForgeAuth(ForgeFailed):
    """The forge does not accept the token, or the token lacks a right that the message names."""

    code = "forge-auth"


class ForgeBusy(ForgeFailed):
    """The forge asks to wait, failed inside, or did not answer in time; the same call may work later."""

    code = "forge-busy"
    retryable = True


class NotifyFailed(WorldFailed):
    """A notice could not be delivered."""

    code = "notify-failed"


class LedgerUnavailable(WorldFailed):
    """What was spent cannot be read or written, so no call may be made under a budget."""

    code = "ledger-unavailable"


class LedgerDamaged(LedgerUnavailable):
    """The ledger holds a line that cannot be what was written."""

    code = "ledger-damaged"


class ModelFailed(WorldFailed):
    """A language model did not give a usable answer; ``retry_after_s`` is the provider's own waiting time in seconds, if it gave one."""

    code = "model-failed"

    def __init__(self, message: str, hint: str = "", retry_after_s: float | None = None) -> None:
        """Take the message, the hint and the provider's waiting time in seconds (``None`` when it named none)."""
        super().__init__(message, hint)
        self.retry_after_s = retry_after_s


class ModelAuth(ModelFailed):
    """The provider refused the credentials."""

    code = "model-auth"


class ModelRateLimited(ModelFailed):
    """The provider asks for fewer requests."""

    code = "model-rate-limited"
    retryable = True


class ModelOverloaded(ModelFailed):
    """The provider is up and too busy."""

    code = "model-overloaded"
    retryable = True


class ModelTransient(ModelFailed):
    """The connection failed, timed out or was cut in mid-answer."""

    code = "model-transient"
    retryable = True


class ModelTooLong(ModelFailed):
    """The conversation does not fit the model's context window."""

    code = "model-too-long"


class ModelNonsense(ModelFailed):
    """The provider answered with something that its own protocol does not allow."""

    code = "model-nonsense"


class ModelDown(ModelFailed):
    """The provider failed so often that it is not asked for a while."""

    code = "model-down"


class ModelSwapped(ModelFailed):
    """Another model answered than the one that the settings pin."""

    code = "model-swapped"
