"""The shapes of an analysis for programs, which the commands of the group and the page share."""

from __future__ import annotations

from msgspec import Struct

from setsquare.surfaces.cli.iam_escalation_results import EscalationResult


class PermissionResult(Struct, frozen=True, kw_only=True):
    """One granted action with its evidence.

    `level` is AWS's access level, empty for an action that it does not document. `verdict` is `used`, `needed` (by what is used), `unused` or `unjudged`, which is kept. `count` are authorised calls in the window, `denied` those that were
    refused. `grants` name policy and statement; `layer` says how the evidence came about; `confidence` is `high`, `medium`, `low` or `none`. `insufficient` tells of
    one that is kept that it shows no use, and the trail is not enough to call it unused.
    """

    action: str
    level: str
    verdict: str
    count: int
    denied: int
    last_used: str
    resources: tuple[str, ...]
    grants: tuple[str, ...]
    confidence: str
    layer: str
    reason: str
    insufficient: bool = False


class GapResult(Struct, frozen=True, kw_only=True):
    """Why the trail cannot show everything; `scope` names the service, region or file, empty for all."""

    code: str
    reason: str
    scope: str


class PolicyResult(Struct, frozen=True, kw_only=True):
    """A policy and what would be enough of it: `after` are whole policy documents, none where nothing of it is needed."""

    name: str
    arn: str
    kind: str
    changed: bool
    before: str
    after: tuple[str, ...]
    names: tuple[str, ...]
    copy: bool
    characters: int
    limit: int


class RoleResult(Struct, frozen=True, kw_only=True):
    """One role. `used` counts needed permissions too; `summary` says the counts as people read them. `begin` and `end` are the window's days, both included.

    `refusals` say why no pull request may be made of it, `gaps` what the trail cannot show, `notes` what else is worth knowing. `trust` is the role's
    trust policy, `boundary` names its permissions boundary, `escalations` are the ways to more rights that the role has now. `unjudged` are `insufficient`, which show no use in a trail that is not enough, and `unobservable`, whose
    use no event of the trail could show. `statement` is what a person said of the trail with --trail-is-complete, empty where nobody did. `caution` says
    of how many removals the confidence is low, and why.
    """

    role: str
    arn: str
    summary: str
    used: int
    unused: int
    unjudged: int
    begin: str
    end: str
    days: int
    events: int
    unread: int
    permissions: tuple[PermissionResult, ...]
    policies: tuple[PolicyResult, ...]
    gaps: tuple[GapResult, ...]
    refusals: tuple[str, ...]
    notes: tuple[str, ...]
    trust: str = ""
    boundary: str = ""
    escalations: tuple[EscalationResult, ...] = ()
    insufficient: int = 0
    unobservable: int = 0
    statement: str = ""
    caution: str = ""
