"""What a reader of a recommendation should know besides its verdicts."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from setsquare.powers.iam.recommendation.judging import SHORT_WINDOW_DAYS, Basis
from setsquare.powers.iam.recommendation.model import ActionVerdict, Confidence, NarrowedPolicy, PolicyKind, Recommendation, Verdict
from setsquare.powers.iam.usage.covering import lone_region
from setsquare.powers.iam.usage.model import Coverage
from setsquare.powers.iam.usage.observability import Observability
from setsquare.powers.iam.usage.remaking import made_on

_LIMIT_NAMED = 10
_FRESH_DAYS = 3
"""Days after which usage counts as old: events reach a trail within the hour, and a window may end at the last whole day."""


class Counts(Struct, frozen=True, kw_only=True):
    """How many granted actions have which verdict; `needed` are those that used ones depend on, `insufficient` those of the unjudged whose use a trail without gaps would show."""

    used: int = 0
    needed: int = 0
    unused: int = 0
    unjudged: int = 0
    insufficient: int = 0

    @property
    def headline(self) -> str:
        """Say it as reports do: needed actions count as used.

        >>> Counts(used=10, needed=2, unused=31).headline
        '12 permissions used, 31 granted but never used'
        >>> Counts(used=1, unused=1, unjudged=3).headline
        '1 permission used, 1 granted but never used, 3 permissions kept because nobody can judge them'
        """
        said = f"{_counted(self.used + self.needed)} used, {self.unused} granted but never used"
        many = "it" if self.unjudged == 1 else "them"
        return said + (f", {_counted(self.unjudged)} kept because nobody can judge {many}" if self.unjudged else "")


def counted(recommendation: Recommendation) -> Counts:
    """Count the verdicts of a recommendation.

    >>> counted(Recommendation(role="r", verdicts=(), policies=()))
    Counts(used=0, needed=0, unused=0, unjudged=0, insufficient=0)
    """
    verdicts = [verdict.verdict for verdict in recommendation.verdicts]
    return Counts(
        used=verdicts.count(Verdict.USED),
        needed=verdicts.count(Verdict.NEEDED),
        unused=verdicts.count(Verdict.UNUSED),
        unjudged=verdicts.count(Verdict.UNJUDGED),
        insufficient=sum(verdict.is_insufficient for verdict in recommendation.verdicts),
    )


def statement_of(coverage: Coverage) -> str:
    """Say what nothing but a person's word covers; empty where no word was given.

    >>> statement_of(Coverage(is_stated=True, stated=("2026-01-02",)))
    'a person stated that the trail is complete: 1 day without events counts as quiet, and no claim has more than medium confidence'
    """
    if not coverage.is_stated:
        return ""
    days = len(coverage.stated)
    counts = "counts" if days == 1 else "count"
    said = f"{days} day{'' if days == 1 else 's'} without events {counts} as quiet"
    if coverage.stated_region:
        said += f", and so do all regions but {coverage.stated_region}"
    return f"a person stated that the trail is complete: {said}, and no claim has more than medium confidence"


def caution_of(basis: Basis, verdicts: tuple[ActionVerdict, ...]) -> str:
    """Say of how many removals the confidence is low, and why; empty where it is of none."""
    unused = [verdict for verdict in verdicts if verdict.verdict is Verdict.UNUSED]
    low = [verdict for verdict in unused if verdict.confidence is Confidence.LOW]
    if not low:
        return ""
    days, alone = basis.usage.window.days, lone_region(basis.usage.coverage, "")
    why = []
    if days < SHORT_WINDOW_DAYS:
        why.append(f"the window has only {days} day{'' if days == 1 else 's'}")
    if alone and any(f" in {alone}, " in verdict.reason for verdict in low):
        why.append(f"the trail shows no region but {alone}")
    if any(verdict.layer == Observability.DATA.value for verdict in low):
        why.append("data events are there only where a trail selects them")
    many = (
        f"{len(low)} of {len(unused)} removals"
        if len(low) < len(unused)
        else "the removal"
        if len(low) == 1
        else f"all {len(low)} removals"
    )
    return f"low confidence in {many}: {', and '.join(why)}"


def notes_of(basis: Basis, verdicts: tuple[ActionVerdict, ...], policies: tuple[NarrowedPolicy, ...], today: str) -> tuple[str, ...]:
    """List what is worth knowing, in a fixed order."""
    return (*_of_evidence(basis, today), *_of_uses(basis, verdicts), *_of_policies(policies, basis))


def _of_evidence(basis: Basis, today: str) -> list[str]:
    usage, found = basis.usage, []
    if usage.coverage.is_stated:
        found.append(statement_of(usage.coverage))
    found += [f"no removal: {reason}" for reason in basis.doubts.everywhere]
    found += [f"gap in the trail: {reason}" for reason in dict.fromkeys(gap.reason for gap in usage.coverage.gaps)]
    found += list(dict.fromkeys(basis.doubts.services.values()))
    if usage.unread:
        found.append(f"{usage.unread} records of the trail could not be attributed to anybody")
    if not basis.grant.created and not made_on(usage):
        found.append("nothing says when the role was made: it may be younger than the window")
    age = (date.fromisoformat(today) - date.fromisoformat(usage.window.end)).days
    if age > _FRESH_DAYS:
        found.append(f"the usage ends on {usage.window.end}, {age} days ago")
    return found


def _of_uses(basis: Basis, verdicts: tuple[ActionVerdict, ...]) -> list[str]:
    granted = {verdict.action.lower() for verdict in verdicts}
    others = [use.name for name, use in basis.uses.items() if use.count and use.is_direct and name not in granted]
    if not others:
        return []
    return [f"used, but granted by no policy of the role (a resource's own policy may grant it): {_named(others)}"]


def _of_policies(policies: tuple[NarrowedPolicy, ...], basis: Basis) -> list[str]:
    found: list[str] = []
    for policy in policies:
        before = policy.before
        if not policy.is_changed:
            continue
        if policy.is_copy:
            why = "belongs to AWS" if before.kind is PolicyKind.AWS_MANAGED else before.shared or "bounds the role itself"
            instead = f"replace the attachment by {_named(list(policy.names))}" if policy.after else "detach it"
            found.append(f"{before.name} {why} and cannot be edited for this role: {instead}")
        if policy.added:
            found.append(f"{before.name}: shorter words also match {len(policy.added)} unused actions: {_named(list(policy.added))}")
    if any("*" in word for policy in policies if policy.is_changed for word in _new_words(policy)):
        found.append(f"words with * match no other action documented on {basis.universe.dated}; AWS may add some that they match")
    return found


def _new_words(policy: NarrowedPolicy) -> set[str]:
    """Give the action words of a policy after narrowing that were not there before."""
    before = {word for statement in policy.before.policy.statements for word in statement.actions or ()}
    return {word for made in policy.after or () for statement in made.statements for word in statement.actions or ()} - before


def _counted(number: int) -> str:
    return f"{number} permission{'' if number == 1 else 's'}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _LIMIT_NAMED} more" if len(names) > _LIMIT_NAMED else ""
    return ", ".join(names[:_LIMIT_NAMED]) + more
