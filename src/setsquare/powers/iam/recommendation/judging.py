"""What becomes of each granted action: used, needed, unused, or not to be judged."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.expanding import matching
from setsquare.powers.iam.recommendation.evidence import ActionUse, Doubts
from setsquare.powers.iam.recommendation.model import ActionVerdict, Confidence, Grant, Verdict
from setsquare.powers.iam.recommendation.naming import is_covering, is_touching, matched, spelt
from setsquare.powers.iam.recommendation.regional import is_kept_to
from setsquare.powers.iam.universe import Universe
from setsquare.powers.iam.usage.covering import lone_region
from setsquare.powers.iam.usage.mapping import ActionTables
from setsquare.powers.iam.usage.model import Usage
from setsquare.powers.iam.usage.observability import Observability
from setsquare.powers.iam.usage.observing import observed
from setsquare.powers.iam.usage.remaking import made_on
from setsquare.text.counted import counted

_LONG_WINDOW_DAYS = 90
SHORT_WINDOW_DAYS = 30
"""Nothing that is claimed from a shorter window has more than low confidence."""

_LIMIT_SHOWN = 20
"""ARNs that a verdict lists."""


class Basis(Struct, frozen=True, kw_only=True):
    """What verdicts are drawn from."""

    grant: Grant
    usage: Usage
    universe: Universe
    tables: ActionTables
    uses: Mapping[str, ActionUse]
    doubts: Doubts


def granted(grant: Grant, uses: Mapping[str, ActionUse], universe: Universe) -> Mapping[str, tuple[str, ...]]:
    """List the granted actions by lower-case name with the statements that grant them, `POLICY#INDEX`.

    Words that no documented action matches stand for themselves, and so do used actions that are granted but not documented.
    """
    unknown = tuple(undocumented(grant, uses, universe))
    allowed: dict[tuple[object, ...], set[str]] = {}
    places: list[str] = []
    # The statements of an action are the bits of a number: many actions are granted by the same ones.
    found: dict[str, int] = {}
    for policy in grant.policies:
        for statement in policy.policy.statements:
            words = (statement.effect, statement.actions, statement.not_actions)
            if words not in allowed:
                allowed[words] = _allowed(statement, unknown, universe)
            place = f"{policy.name}#{statement.index}"
            if places[-1:] != [place]:
                places.append(place)
            bit = 1 << (len(places) - 1)
            for action in allowed[words]:
                found[action] = found.get(action, 0) | bit
    named = {bits: tuple([place for at, place in enumerate(places) if bits >> at & 1]) for bits in set(found.values())}
    return {action: named[found[action]] for action in sorted(found)}


def undocumented(grant: Grant, uses: Mapping[str, ActionUse], universe: Universe) -> Mapping[str, str]:
    """Give the words for actions that the data does not know and that somebody uses: a call, or a statement. Lower case to spelling."""
    used = {name: use.name for name, use in uses.items() if use.count and name not in universe.actions}
    written = {
        word.lower(): word
        for policy in grant.policies
        for statement in policy.policy.statements
        if statement.effect is Effect.ALLOW
        for word in statement.actions or ()
        if next(matching(word, universe), None) is None
    }
    return written | used


def _allowed(statement: Statement, unknown: tuple[str, ...], universe: Universe) -> set[str]:
    """List what one statement allows, in lower case."""
    if statement.effect is not Effect.ALLOW:
        return set()
    if statement.actions is not None:
        names: set[str] = set()
        for pattern in statement.actions:
            names.update(matched((pattern,), universe) or (pattern.lower(),))
            names.update(name for name in unknown if is_covering(pattern, name))
        return names
    excluded = matched(statement.not_actions or (), universe)
    others = {name for name in unknown if not any(is_touching(pattern, name) for pattern in statement.not_actions or ())}
    return (universe.actions.keys() - excluded) | others


# req: iam-autopilot/4.3, iam-autopilot/4.8
def verdicts_of(basis: Basis) -> tuple[ActionVerdict, ...]:
    """Judge every granted action, sorted by name."""
    places = granted(basis.grant, basis.uses, basis.universe)
    return tuple([_judged(action, grants, basis) for action, grants in places.items()])


def _judged(action: str, grants: tuple[str, ...], basis: Basis) -> ActionVerdict:
    use = basis.uses.get(action)
    if use is not None and use.count:
        return _used(action, grants, use, basis)
    name, denied = spelt(action, basis.universe), 0 if use is None else use.denied
    found = _absent(action, denied, grants, basis)
    return replace(found, action=name, denied=denied, grants=grants)


def _used(action: str, grants: tuple[str, ...], use: ActionUse, basis: Basis) -> ActionVerdict:
    calls = f"{use.count} call{'' if use.count == 1 else 's'}, last on {use.last_used}"
    if use.is_direct:
        verdict, confidence, reason = Verdict.USED, Confidence.HIGH, calls
    else:
        events = ", ".join(use.events)
        need = "needs" if use.is_certain else "may need"
        confidence = Confidence.MEDIUM if use.is_certain else Confidence.LOW
        verdict, reason = Verdict.NEEDED, f"{events} {need} it: {calls}"
    return ActionVerdict(
        action=spelt(action, basis.universe) if action in basis.universe.actions else use.name,
        verdict=verdict,
        count=use.count,
        denied=use.denied,
        last_used=use.last_used,
        resources=use.resources[:_LIMIT_SHOWN],
        grants=grants,
        confidence=confidence,
        layer=use.layer,
        reason=reason,
    )


def _absent(action: str, denied: int, grants: tuple[str, ...], basis: Basis) -> ActionVerdict:
    """Judge an action that no successful call needed."""
    facts = basis.universe.actions.get(action)
    if facts is None:
        reason = f"not among the actions documented on {basis.universe.dated}: kept as written"
        return ActionVerdict(action=action, verdict=Verdict.UNJUDGED, reason=reason)
    coverage = basis.usage.coverage
    on = _resources(grants, basis.grant) if action in basis.tables.data_events and coverage.data_scopes else ()
    seen = observed(facts.name, basis.tables, basis.universe, coverage, on)
    layer, doubt = seen.observability.value, basis.doubts.about(action)
    if not seen.is_claimable or doubt:
        why = seen.reason if not seen.is_claimable else doubt
        reason = f"insufficient evidence: {why}" if seen.is_held else why
        return ActionVerdict(action=action, verdict=Verdict.UNJUDGED, layer=layer, reason=reason, is_insufficient=seen.is_held)
    alone = _lone_region(action, grants, basis)
    if alone and not basis.usage.uses:
        reason = f"insufficient evidence: the trail shows no call of the role and no region but {alone}: it may have acted in another one"
        return ActionVerdict(action=action, verdict=Verdict.UNJUDGED, layer=layer, reason=reason, is_insufficient=True)
    window = basis.usage.window
    refused = f"; {denied} denied, which is no use" if denied else ""
    where = f" in {alone}, the one region that the trail shows," if alone else ""
    reason = f"no call{where} from {window.begin} to {window.end} ({counted(window.days, 'day')}); it is {seen.reason}{refused}"
    confidence = Confidence.LOW if alone else _confidence(seen.observability, denied, basis)
    return ActionVerdict(action=action, verdict=Verdict.UNUSED, confidence=confidence, layer=layer, reason=reason)


def _lone_region(action: str, grants: tuple[str, ...], basis: Basis) -> str:
    """Give the one region that the trail shows, where the action may have been used in others; empty where it cannot, or the trail shows all."""
    region = lone_region(basis.usage.coverage, action.partition(":")[0])
    if not region:
        return ""
    places = frozenset(grants)
    granting = (
        statement
        for policy in basis.grant.policies
        for statement in policy.policy.statements
        if f"{policy.name}#{statement.index}" in places
    )
    return "" if all(is_kept_to(statement, region) for statement in granting) else region


def _resources(grants: tuple[str, ...], grant: Grant) -> tuple[str, ...]:
    """List the resources that an action is granted on, as the statements write them; a statement that names others than its own grants on all."""
    places = frozenset(grants)
    found: set[str] = set()
    for policy in grant.policies:
        for statement in policy.policy.statements:
            if f"{policy.name}#{statement.index}" in places:
                found.update(("*",) if statement.resources is None else statement.resources)
    return tuple(sorted(found))


def _confidence(observability: Observability, denied: int, basis: Basis) -> Confidence:
    """Say how far "never used" can be trusted: not far for data events and short windows, wholly only when nothing is left open."""
    days = basis.usage.window.days
    if observability is Observability.DATA or days < SHORT_WINDOW_DAYS:
        return Confidence.LOW
    is_dated = basis.grant.created or made_on(basis.usage)
    is_open = denied or basis.usage.unread or basis.usage.coverage.is_stated or not is_dated or days < _LONG_WINDOW_DAYS
    return Confidence.MEDIUM if is_open else Confidence.HIGH
