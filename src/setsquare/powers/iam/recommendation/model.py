"""What a role is granted, and what would be enough."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.policy.document import Policy


class PolicyKind(enum.Enum):
    """How a policy hangs on a role. Policies of AWS cannot be edited, only replaced."""

    INLINE = "inline"
    MANAGED = "managed"
    AWS_MANAGED = "aws-managed"


class AttachedPolicy(Struct, frozen=True, kw_only=True):
    """A policy of a role. `arn` is empty for inline policies; `attachments` counts who has it, `bounds` whose permissions boundary it is, from 0."""

    name: str
    kind: PolicyKind
    policy: Policy
    arn: str = ""
    attachments: int = 1
    bounds: int = 0

    @property
    def shared(self) -> str:
        """Say who else would change with it; empty where nobody would.

        Source: AWS, IAM API reference, `Policy`: `AttachmentCount` does not count the principals whose boundary it is.
        """
        attached = f"is attached {self.attachments} times" if self.attachments > 1 else ""
        bounding = f"is the permissions boundary of {self.bounds}" if self.bounds else ""
        return " and ".join(each for each in (attached, bounding) if each)


class Grant(Struct, frozen=True, kw_only=True):
    """All that a role has. `created` is a day, `YYYY-MM-DD`, empty where unknown; `trust` and `boundary` are never edited."""

    role: str
    arn: str = ""
    path: str = "/"
    unique_id: str = ""
    created: str = ""
    policies: tuple[AttachedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    trust: Policy | None = None


class Verdict(enum.Enum):
    """What becomes of a granted action. `UNJUDGED` is kept: nothing shows that it is unused."""

    USED = "used"
    NEEDED = "needed"
    UNUSED = "unused"
    UNJUDGED = "unjudged"


class Confidence(enum.Enum):
    """How far a verdict can be trusted. `NONE`: the trail is not enough to say anything."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


class ActionVerdict(Struct, frozen=True, kw_only=True, order=True):
    """One granted action with its evidence. `grants` name policy and statement, `POLICY#INDEX`; `last_used` is a day or empty; `reason` says in a sentence why.

    `is_insufficient` tells of one that is not judged that its use would show in a trail without gaps; of the others no event of this trail could show it.
    """

    action: str
    verdict: Verdict
    count: int = 0
    denied: int = 0
    last_used: str = ""
    resources: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    confidence: Confidence = Confidence.NONE
    layer: str = ""
    reason: str = ""
    is_insufficient: bool = False


class NarrowedPolicy(Struct, frozen=True, kw_only=True):
    """A policy before and after. `after` is `None` when nothing of it is needed; equal to `before` when nothing changes. `characters` without white space.

    `names` name the policies of `after`. `is_copy` tells that the original cannot be edited, being AWS's own or attached elsewhere too: new policies of the role's own
    take its place. `characters` are those of the largest policy of `after`, of all inline policies together where it is inline; `limit` is their quota.
    `added` are actions that shorter words match besides the kept ones, all of them granted before; none unless the user allowed it.
    """

    before: AttachedPolicy
    after: tuple[Policy, ...] | None
    characters: int = 0
    limit: int = 0
    names: tuple[str, ...] = ()
    is_copy: bool = False
    added: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Tell whether anything of the policy goes."""
        return self.after != (self.before.policy,)


class Recommendation(Struct, frozen=True, kw_only=True):
    """What would be enough for a role. `verdicts` are sorted by action; `refusals` say why no pull request may be made of this, empty when it may.

    `statement` is what a person answers for in place of evidence, one of the `notes` too; empty where nobody does. `caution` says of how many removals the confidence is low,
    and why; empty where it is of none.
    """

    role: str
    verdicts: tuple[ActionVerdict, ...]
    policies: tuple[NarrowedPolicy, ...]
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    statement: str = ""
    caution: str = ""
