"""Finds the known paths that a principal has: every needed action is granted, whichever of its policies grant it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from msgspec import Struct

from setsquare.powers.iam.boxes import Box, Words, covers_actions
from setsquare.powers.iam.escalation.effective import Reach, Scope, held, kinds_of, meet, reach_of
from setsquare.powers.iam.escalation.model import Certainty, Escalation, EscalationPath, PathKind
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.policy.patterns import covers, overlaps
from setsquare.powers.iam.universe import Universe
from setsquare.text.lazy_pattern import LazyPattern

ADMINISTRATOR = "administrator"
"""The id under which a principal is reported that may do everything."""
PASS_ROLE = "iam:PassRole"  # noqa: S105  (an action's name)
_SEVERITY = {
    PathKind.SELF: 4,
    PathKind.WITH_NEW_RESOURCE: 3,
    PathKind.WITH_EXISTING_RESOURCE: 2,
    PathKind.PRINCIPAL_ACCESS: 2,
    PathKind.CREDENTIAL_ACCESS: 1,
}
_EVERYTHING = Words(("*:*",))
_USERNAME = "${aws:username}"
_ITSELF = LazyPattern(r":user/(?:[^${}]*/)?\$\{aws:username\}\Z")
_GROUP_OF_ANYBODY = "iam:addusertogroup"


class Found(Struct, frozen=True, kw_only=True):
    """What was found of one principal: its escalations, most severe first, and the ways in which it holds each action of a path."""

    principal: Principal
    reach: Reach
    escalations: tuple[Escalation, ...]
    ways: Mapping[str, Mapping[str, tuple[Scope, ...]]]

    @property
    def is_administrator(self) -> bool:
        """Tell whether the principal may do everything."""
        return any(each.path == ADMINISTRATOR for each in self.escalations)


# req: iam-autopilot/5.1
def escalations(principal: Principal, paths: Iterable[EscalationPath], universe: Universe) -> tuple[Escalation, ...]:
    """List the paths of a principal, judged on all its policies together, most severe first.

    A principal that may do everything has an escalation `administrator` before all others.

    >>> from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
    >>> from setsquare.powers.iam.policy.document import Effect, Policy, Statement
    >>> path = EscalationPath(id="x-1", name="x", kind=PathKind.WITH_NEW_RESOURCE, actions=("iam:PassRole", "x:Create"))
    >>> universe = Universe(version="1", dated="2026-01-01", actions={}, resource_types={})
    >>> def policy(name: str, action: str) -> NamedPolicy:
    ...     return NamedPolicy(name, Policy(statements=(Statement(effect=Effect.ALLOW, actions=(action,), resources=("*",)),)))
    >>> whole = Principal(name="ci", layers=Layers(identity=(policy("a", "iam:P*"), policy("b", "X:create"))))
    >>> [each.grants for each in escalations(whole, (path,), universe)]
    [('iam:PassRole: a#0', 'x:Create: b#0')]
    >>> escalations(Principal(name="ci", layers=Layers(identity=(policy("a", "iam:P*"),))), (path,), universe)
    ()
    """
    return found_of(principal, paths, universe).escalations


def found_of(principal: Principal, paths: Iterable[EscalationPath], universe: Universe) -> Found:
    """Find the paths of a principal, with the ways in which it holds the actions.

    >>> found_of(Principal(name="a"), (), Universe(version="1", dated="2026-01-01", actions={}, resource_types={})).is_administrator
    False
    """
    reach = reach_of(principal)
    lookup = _Lookup(reach, universe)
    listed = tuple(paths)
    found: list[Escalation] = []
    ways: dict[str, Mapping[str, tuple[Scope, ...]]] = {}
    for path in listed if reach.identity else ():
        granted = lookup.granted(path)
        if granted is not None:
            ways[path.id] = granted
            found.append(_escalation(principal, path, granted))
    if found and _may_do_everything(reach) and all(path.id in ways for path in listed if path.kind is PathKind.SELF):
        found.append(_administrator(principal, reach))
    found.sort(key=lambda each: (-each.severity, _RANK[each.certainty], each.path))
    return Found(principal=principal, reach=reach, escalations=tuple(found), ways=ways)


_RANK = {Certainty.CERTAIN.value: 0, Certainty.CONDITIONAL.value: 1, Certainty.POSSIBLE.value: 2}


class _Lookup:
    """Looks each action of one principal up once."""

    def __init__(self, reach: Reach, universe: Universe) -> None:
        self._reach = reach
        self._universe = universe
        self._held: dict[tuple[str, str], tuple[Scope, ...]] = {}

    # req: iam-autopilot/5.2
    def granted(self, path: EscalationPath) -> dict[str, tuple[Scope, ...]] | None:
        """Give the ways in which each action of a path is granted; `None` where one is not, or not on the same resource as another that needs it."""
        granted: dict[str, tuple[Scope, ...]] = {}
        for action in path.actions:
            services = path.services if action == PASS_ROLE and path.services else ("",)
            ways = tuple(dict.fromkeys(way for service in services for way in self._ways(action, service)))
            ways = tuple([way for way in ways if not self._is_idle(path, way)])
            if not ways:
                return None
            granted[action] = ways
        for one, other in combinations(path.actions, 2):
            if self._are_of_one_resource(one, other) and not any(meet(a, b) for a in granted[one] for b in granted[other]):
                return None
        return granted

    def _is_idle(self, path: EscalationPath, way: Scope) -> bool:
        """Tell whether a way is of the principal itself where the path needs another: a user's own keys are no more rights, and a role has no user's name."""
        if _USERNAME not in way.pattern:
            return False
        is_role = self._reach.arn.split(":", 5)[-1].startswith(("role/", "assumed-role/"))
        return is_role or (path.kind is PathKind.PRINCIPAL_ACCESS and _ITSELF.search(way.pattern) is not None)

    def _ways(self, action: str, service: str) -> tuple[Scope, ...]:
        known = self._held.get((action, service))
        if known is None:
            known = self._held[action, service] = held(action, self._reach, self._universe, service)
        return known

    def _are_of_one_resource(self, one: str, other: str) -> bool:
        """Tell whether two actions take the same single kind of resource, so that a path needs them on the same one; the role that is passed is another."""
        kinds = kinds_of(one, self._universe)
        return len(kinds) == 1 and kinds == kinds_of(other, self._universe) and PASS_ROLE not in (one, other)


# req: iam-autopilot/5.3
def _escalation(principal: Principal, path: EscalationPath, granted: Mapping[str, tuple[Scope, ...]]) -> Escalation:
    conditions = [f"{action}: {words}" for action, ways in granted.items() for words in _conditions(ways)]
    notes = _notes(principal, path, granted)
    certainty = Certainty.CONDITIONAL if conditions else Certainty.POSSIBLE if notes else Certainty.CERTAIN
    return Escalation(
        principal=principal.name,
        path=path.id,
        severity=_SEVERITY[path.kind],
        certainty=certainty.value,
        actions=path.actions,
        grants=tuple(f"{action}: {', '.join(dict.fromkeys(way.place for way in ways))}" for action, ways in granted.items()),
        conditions=tuple(conditions),
        resources=tuple(f"{action} on {word}" for action, ways in granted.items() for word in _widest(ways)),
        name=path.name,
        kind=path.kind.value,
        notes=notes,
    )


def _conditions(ways: tuple[Scope, ...]) -> tuple[str, ...]:
    """Say under what conditions an action is granted; nothing where one way has none."""
    if any(not way.conditions for way in ways):
        return ()
    return tuple(dict.fromkeys(" and ".join(way.conditions) for way in ways))


def _widest(ways: tuple[Scope, ...]) -> tuple[str, ...]:
    """Give the words of the resources, without those that others cover."""
    words = tuple(dict.fromkeys(way.word for way in ways))
    return tuple(
        sorted(word for word in words if not any(other != word and covers(other, word) and not covers(word, other) for other in words))
    )


def _notes(principal: Principal, path: EscalationPath, granted: Mapping[str, tuple[Scope, ...]]) -> tuple[str, ...]:
    """Say what else the path depends on; nothing where the rights alone are enough."""
    match path.kind:
        case PathKind.WITH_NEW_RESOURCE if PASS_ROLE in path.actions:
            return ()
        case PathKind.SELF if path.actions[0].lower().endswith("permissionsboundary"):
            is_bound = principal.layers.boundary is not None
            return _of_itself(principal, granted) if is_bound else ("the principal itself has no permissions boundary",)
        case PathKind.SELF if not path.needs:
            return _of_itself(principal, granted)
        case _:
            return (f"it takes {path.needs}",) if path.needs else ("it depends on what the target may do",)


def _of_itself(principal: Principal, granted: Mapping[str, tuple[Scope, ...]]) -> tuple[str, ...]:
    """Say why a principal of which the ARN is known cannot change itself; nothing where it can."""
    kind = principal.kind
    if kind not in {"role", "user"}:
        return ()
    for action, ways in granted.items():
        target = next((name for name in ("Role", "User", "Group") if name in action.partition(":")[2]), "")
        if action.lower() == _GROUP_OF_ANYBODY:
            reached = kind == "user"
        elif target == "Group":
            reached = kind == "user" and _reaches_group(principal, ways)
        elif target:
            reached = target.lower() == kind and any(way.reaches(principal.arn) for way in ways)
        else:
            reached = True
        if not reached:
            return (f"{action} does not reach the {kind} itself, only others",)
    return ()


def _reaches_group(principal: Principal, ways: tuple[Scope, ...]) -> bool:
    groups = tuple(f":group/*{group}" for group in principal.groups)
    return any(overlaps(way.pattern, f"arn:*:iam::*{group}") for way in ways for group in groups)


def _may_do_everything(reach: Reach) -> bool:
    return all(any(_is_everything(box) for box in level) for level in (reach.identity, *reach.limits))


def _is_everything(box: Box) -> bool:
    has_all = "*" in box.resources.words and not box.resources.is_except
    return not box.statement.conditions and has_all and covers_actions(box.actions, _EVERYTHING)


def _administrator(principal: Principal, reach: Reach) -> Escalation:
    places = [f"{box.policy}#{box.statement.index}" for box in reach.identity if _is_everything(box)]
    return Escalation(
        principal=principal.name,
        path=ADMINISTRATOR,
        severity=5,
        certainty=Certainty.CERTAIN.value,
        actions=("*",),
        grants=(f"*: {', '.join(places)}",),
        resources=("* on *",),
        name="may do everything",
        kind=ADMINISTRATOR,
    )
