"""What would be enough for a role: its own statements without the actions that the trail shows to be unused."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.recommendation.compressing import Leave
from setsquare.powers.iam.recommendation.evidence import ActionUse, doubts_of, uses_by_action
from setsquare.powers.iam.recommendation.fitting import Draft, Fitted, Room, fitted
from setsquare.powers.iam.recommendation.judging import Basis, undocumented, verdicts_of
from setsquare.powers.iam.recommendation.model import (
    ActionVerdict,
    AttachedPolicy,
    Grant,
    NarrowedPolicy,
    PolicyKind,
    Recommendation,
    Verdict,
)
from setsquare.powers.iam.recommendation.narrowing import Kept, Piece, narrowed
from setsquare.powers.iam.recommendation.noting import caution_of, notes_of, statement_of
from setsquare.powers.iam.recommendation.proving import unproven
from setsquare.powers.iam.recommendation.quotas import LIMIT_ATTACHED, LIMIT_INLINE, LIMIT_MANAGED, LIMIT_NAME, limit_of
from setsquare.powers.iam.recommendation.regional import is_kept_to
from setsquare.powers.iam.recommendation.scoping import scoped
from setsquare.powers.iam.universe import Universe
from setsquare.powers.iam.usage.covering import lone_region
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Usage
from setsquare.powers.iam.usage.observing import observed


class Options(Struct, frozen=True, kw_only=True):
    """What a user may ask for beyond taking unused actions away.

    `narrow_resources`: also narrow the resources of actions whose every use names its resource; a trail that holds data events of a service is taken to hold all. `allow_wider`: where nothing else fits the quotas, words that match
    granted actions beyond the kept ones; `guarded`, lower-case names, are never among these.
    """

    narrow_resources: bool = False
    allow_wider: bool = False
    guarded: frozenset[str] = frozenset()


_DEFAULTS = Options()


# req: iam-autopilot/4.1, iam-autopilot/4.7, iam-autopilot/4.8
def recommend(
    grant: Grant, usage: Usage, universe: Universe, tables: ActionTables, *, today: str, options: Options = _DEFAULTS
) -> Recommendation:
    """Judge every granted action and narrow the policies to what is used, needed or cannot be judged.

    `today` is a day, `YYYY-MM-DD`. The same input gives the same bytes. A recommendation that its proofs do not bear out, or that fits no quota, names why in
    `refusals`.
    """
    uses = uses_by_action(usage, tables, universe)
    basis = Basis(grant=grant, usage=usage, universe=universe, tables=tables, uses=uses, doubts=doubts_of(grant, usage, tables, universe))
    verdicts = verdicts_of(basis)
    drafts = tuple([Draft(policy, _pieces(policy, verdicts, basis, options)) for policy in grant.policies])
    policies, refusals = _fitted(drafts, basis, options)
    return Recommendation(
        role=grant.role,
        verdicts=verdicts,
        policies=policies,
        refusals=(*refusals, *unproven(basis, drafts, policies)),
        notes=(*notes_of(basis, verdicts, policies, today), *_held_back(basis, options)),
        statement=statement_of(usage.coverage),
        caution=caution_of(basis, verdicts),
    )


def _pieces(policy: AttachedPolicy, verdicts: tuple[ActionVerdict, ...], basis: Basis, options: Options) -> tuple[Piece, ...]:
    removed = frozenset(verdict.action.lower() for verdict in verdicts if verdict.verdict is Verdict.UNUSED)
    named = undocumented(basis.grant, basis.uses, basis.universe)
    pieces = narrowed(policy.policy, Kept(removed=removed, undocumented=named), basis.universe)
    if not options.narrow_resources:
        return pieces
    shown, alone = _shown_uses(basis), lone_region(basis.usage.coverage, "")
    # What was used in regions that the trail does not show may be another resource.
    of_one_region = {name: use for name, use in shown.items() if not lone_region(basis.usage.coverage, name.partition(":")[0])}
    return tuple(
        [
            part
            for piece in pieces
            for part in scoped(piece, shown if not alone or is_kept_to(piece.statement, alone) else of_one_region, basis.universe)
        ]
    )


def _held_back(basis: Basis, options: Options) -> tuple[str, ...]:
    """Say that resources were not narrowed where the trail may lack their use in other regions."""
    alone = lone_region(basis.usage.coverage, "")
    if not options.narrow_resources or not alone:
        return ()
    return (
        f"resources are narrowed only where a statement reaches nothing outside of {alone}: what was used in other regions the trail may lack",
    )


def _shown_uses(basis: Basis) -> Mapping[str, ActionUse]:
    """Give the uses of the actions of which "never used" could be claimed: of others the trail may lack a use on another resource."""
    coverage = basis.usage.coverage
    return {
        name: use
        for name, use in basis.uses.items()
        if name in basis.universe.actions
        and observed(name, basis.tables, basis.universe, coverage).is_claimable
        and not basis.doubts.about(name)
    }


def _fitted(drafts: tuple[Draft, ...], basis: Basis, options: Options) -> tuple[tuple[NarrowedPolicy, ...], tuple[str, ...]]:
    """Bring the drafts under their quotas; the policies in their order, and a refusal for each that fits none."""
    leave = Leave(price=0, guarded=options.guarded) if options.allow_wider else None
    found: dict[int, NarrowedPolicy] = {}
    refusals: list[str] = []
    inline = [index for index, draft in enumerate(drafts) if draft.before.kind is PolicyKind.INLINE]
    if any(drafts[index].is_changed for index in inline):
        together = fitted(tuple([drafts[index] for index in inline]), Room(LIMIT_INLINE, is_shared=True), basis.universe, leave)
        for index, made in zip(inline, together.policies, strict=True):
            found[index] = _narrowed(drafts[index].before, made, together, basis.grant)
        if not together.is_fitting:
            refusals.append(_refusal("the inline policies together", together, LIMIT_INLINE, options))
    slots = max(1, LIMIT_ATTACHED - sum(1 for draft in drafts if draft.before.kind is not PolicyKind.INLINE) + 1)
    for index, draft in enumerate(drafts):
        if index in found:
            continue
        if not draft.is_changed:
            found[index] = NarrowedPolicy(before=draft.before, after=(draft.before.policy,), names=(draft.before.name,))
            continue
        alone = fitted((draft,), Room(LIMIT_MANAGED, slots), basis.universe, leave)
        found[index] = _narrowed(draft.before, alone.policies[0], alone, basis.grant)
        slots -= max(0, len(alone.policies[0]) - 1)
        if not alone.is_fitting:
            refusals.append(_refusal(f"the policy {draft.before.name}", alone, LIMIT_MANAGED, options))
    return tuple([found[index] for index in range(len(drafts))]), tuple(refusals)


def _narrowed(before: AttachedPolicy, after: tuple[Policy, ...], made: Fitted, grant: Grant) -> NarrowedPolicy:
    is_unchanged = after == (before.policy,)
    bounds_itself = grant.boundary is not None and grant.boundary.name == before.arn
    is_copy = not is_unchanged and (before.kind is PolicyKind.AWS_MANAGED or before.shared != "" or bounds_itself)
    name = f"{grant.role}-{before.name}" if is_copy else before.name
    return NarrowedPolicy(
        before=before,
        after=after or None,
        characters=made.size,
        limit=limit_of(before.kind),
        names=_names(name, len(after)),
        is_copy=is_copy,
        added=made.added if not is_unchanged else (),
    )


def _names(name: str, number: int) -> tuple[str, ...]:
    """Name the policies that one becomes.

    >>> _names("app", 2)
    ('app', 'app-2')
    """
    tails = ("", *[f"-{index}" for index in range(2, number + 1)])
    return tuple([name[: LIMIT_NAME - len(tail)] + tail for tail in tails[:number]])


def _refusal(what: str, made: Fitted, limit: int, options: Options) -> str:
    way_out = "" if options.allow_wider else "; allowing wider words may make it fit"
    return f"{what} would have {made.size} characters in the smallest form found, and {limit} are allowed{way_out}"
