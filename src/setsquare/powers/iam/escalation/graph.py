"""What principals of one account gain through one another: which roles they may assume, which they may pass, whose keys they may make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.effective import Scope, held, reach_of
from setsquare.powers.iam.escalation.finding import ADMINISTRATOR, PASS_ROLE, Found, found_of
from setsquare.powers.iam.escalation.model import Certainty, Escalation, EscalationPath, PathKind
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import NamedPolicy, Request
from setsquare.powers.iam.policy.document import Effect
from setsquare.powers.iam.policy.patterns import covers
from setsquare.powers.iam.universe import Universe
from setsquare.text.lazy_pattern import LazyPattern

_MOST_HOPS = 6
_MOST_TARGETS = 12
_ASSUMING = "sts:AssumeRole"
_ASSUME_PATH = "sts-001"
_OTHER = ""
_PLAIN = LazyPattern(r"(?:\*|\d{12}|arn:[\w-]+:iam::\d{12}:(?:root|(?:role|user)/[^*?]*))\Z")
_DOUBT = "the code names several accounts, which are taken for one"
_ACCOUNT = LazyPattern(r"(?:\A|::)(\d{12})(?:\Z|:)")


class _Edge(Struct, frozen=True):
    """A role that a principal may assume; `doubt` says why that is no more than possible."""

    role: str
    is_conditional: bool
    doubt: str = ""


_Step: TypeAlias = tuple[str, tuple[str, ...], bool, str]


def account_escalations(
    principals: Iterable[Principal], paths: Iterable[EscalationPath], universe: Universe
) -> Mapping[str, tuple[Escalation, ...]]:
    """Find the escalations of all principals of an account, by name, those through other roles included.

    >>> account_escalations((), (), Universe(version="1", dated="2026-01-01", actions={}, resource_types={}))
    {}
    """
    return _Account(tuple(principals), tuple(paths), universe).judged()


def code_escalations(
    principals: Iterable[Principal], meeting: Mapping[str, Principal], paths: Iterable[EscalationPath], universe: Universe
) -> Mapping[str, tuple[Escalation, ...]]:
    """Find the escalations of the principals of infrastructure code, by name, those through other roles of the code included.

    The code is a part of an account: what is not in it may be there all the same. `meeting` holds the principals, by name, as they may assume one another.

    >>> code_escalations((), {}, (), Universe(version="1", dated="2026-01-01", actions={}, resource_types={}))
    {}
    """
    return _Account(tuple(principals), tuple(paths), universe, meeting).judged()


class _Account:
    """The principals of an account, or of code where `meeting` is given, with what was found of each."""

    def __init__(
        self,
        principals: tuple[Principal, ...],
        paths: tuple[EscalationPath, ...],
        universe: Universe,
        meeting: Mapping[str, Principal] | None = None,
    ) -> None:
        self._principals = principals
        self._paths = {path.id: path for path in paths}
        self._found = {_id(each): found_of(each, paths, universe) for each in principals}
        self._roles = {_id(each): each for each in principals if each.trust is not None}
        self._universe = universe
        self._is_whole = meeting is None
        self._meeting = {_id(each): each if meeting is None else meeting.get(each.name, each) for each in principals}
        self._has_several = meeting is not None and len({each for role in self._roles.values() for each in _accounts_of(role)}) > 1
        met = [(name, self._meeting[name]) for name in self._roles]
        self._trusting = tuple([(name, role, _names_of(role)) for name, role in met if role.arn and _names_of(role)])
        self._named: dict[str, list[int]] = {}
        for at, (_, _, words) in enumerate(self._trusting):
            for word in words:
                self._named.setdefault(word if _PLAIN.match(word) else _OTHER, []).append(at)

    def judged(self) -> dict[str, tuple[Escalation, ...]]:
        """Give what each principal gains by itself and through others."""
        edges = {_id(each): tuple(self._assumable(each)) for each in self._principals}
        judged: dict[str, tuple[Escalation, ...]] = {}
        for each in self._principals:
            found = self._found[_id(each)]
            told = [
                self._with_targets(found, one, edges[_id(each)])
                for one in found.escalations
                if not _leads_nowhere(found, self._paths.get(one.path), self._roles)
            ]
            own = tuple(
                [
                    one
                    for one in told
                    if one.targets or not (self._meeting[_id(each)].arn and _is_closed(found, one, self._roles, edges[_id(each)]))
                ]
            )
            through = () if found.is_administrator else tuple(self._through(found, edges))
            judged[each.name] = (*judged.get(each.name, ()), *sorted((*own, *through), key=lambda found: -found.severity))
        return judged

    def _assumable(self, principal: Principal) -> Iterator[_Edge]:
        """Find the roles that a principal may assume: by its own policies and the roles' trust, or by a trust that names it."""
        if not principal.arn:
            return
        own, principal = _id(principal), self._meeting[_id(principal)]
        reach = self._found[own].reach if self._is_whole else reach_of(principal)
        ways = held(_ASSUMING, reach, self._universe)
        for at in self._naming(principal):
            name, role, named = self._trusting[at]
            if name == own or not (principal.arn in named or "*" in named or any(way.reaches(role.arn) for way in ways)):
                continue
            request = Request(action=_ASSUMING, resource=role.arn, principal=principal.arn, is_context_complete=False)
            trust = NamedPolicy(f"trust:{role.name}", role.trust) if role.trust else None
            answer = evaluate(request, replace(principal.layers, resource=trust, is_delegating=False)).answer
            if answer is not Answer.DENY:
                is_doubted = self._has_several and bool(_accounts_of(self._roles[name]))
                yield _Edge(name, answer is Answer.UNKNOWN, _DOUBT if is_doubted else "")

    def _naming(self, principal: Principal) -> list[int]:
        """Give the places of the roles whose trust may name a principal: by its ARN, by its account, or by words that are neither."""
        account = principal.account
        words = (principal.arn, account, f"arn:{principal.arn.split(':', 2)[1]}:iam::{account}:root", "*", _OTHER)
        return sorted({at for word in words for at in self._named.get(word, ())})

    def _with_targets(self, found: Found, each: Escalation, edges: tuple[_Edge, ...]) -> Escalation:
        """Name the principals through which a path gains rights; without one it is no more than possible, with one it is certain."""
        path = self._paths.get(each.path)
        if path is None or path.kind is PathKind.SELF:
            return each
        if not self._is_whole and path.kind is not PathKind.PRINCIPAL_ACCESS:
            return each
        if path.kind is PathKind.WITH_NEW_RESOURCE:
            if PASS_ROLE not in path.actions:
                return each
            targets = tuple(self._passable(found, path))
            if not targets:
                note = f"no known role that it may pass trusts {' or '.join(path.services)}"
                return replace(each, certainty=_no_more_than_possible(each), notes=(*each.notes, note))
            return replace(each, targets=targets[:_MOST_TARGETS])
        if path.kind is PathKind.PRINCIPAL_ACCESS:
            targets = tuple(self._reached(found, path, edges))
            if targets:
                certainty = Certainty.CERTAIN.value if each.certainty == Certainty.POSSIBLE.value else each.certainty
                return replace(each, certainty=certainty, severity=each.severity + 1, targets=targets[:_MOST_TARGETS], notes=())
            return each
        trusting = [role.name for role in self._roles.values() if _trusts_service(role, path.services) and self._gains(found, role)]
        return replace(each, targets=tuple(sorted(trusting))[:_MOST_TARGETS])

    def _passable(self, found: Found, path: EscalationPath) -> Iterator[str]:
        ways = found.ways[path.id][PASS_ROLE]
        for role in sorted(self._roles.values(), key=_id):
            if _trusts_service(role, path.services) and any(not role.arn or way.reaches(role.arn) for way in ways):
                yield role.name

    def _reached(self, found: Found, path: EscalationPath, edges: tuple[_Edge, ...]) -> Iterator[str]:
        """List the principals that a path of the kind principal-access takes over and that may do more."""
        assumable = {edge.role for edge in edges}
        for other in sorted(self._principals, key=_id):
            if other.name == found.principal.name or not other.arn or not self._gains(found, other):
                continue
            if path.id == _ASSUME_PATH:
                if _id(other) in assumable:
                    yield other.name
            elif self._is_taken_over(found, path, other) and (_ASSUMING not in path.actions or _id(other) in assumable):
                yield other.name

    def _is_taken_over(self, found: Found, path: EscalationPath, other: Principal) -> bool:
        """Tell whether every action of a path that takes a role or user may be of another principal."""
        wanted = {action: kind for action in path.actions if (kind := _target_kind(action))}
        ways = found.ways[path.id]
        return bool(wanted) and all(
            kind == other.kind and any(_reaches(way, other) for way in ways[action]) for action, kind in wanted.items()
        )

    def _gains(self, found: Found, other: Principal) -> bool:
        """Tell whether another principal has a path that this one has not."""
        mine = {each.path for each in found.escalations}
        return any(each.path not in mine for each in self._found[_id(other)].escalations) and not found.is_administrator

    def _through(self, found: Found, edges: Mapping[str, tuple[_Edge, ...]]) -> Iterator[Escalation]:
        """Walk the roles that may be assumed one after another, nearest first, and give each path once that the principal lacks itself."""
        start = _id(found.principal)
        seen, known = {start}, {each.path for each in found.escalations}
        level: list[_Step] = [(start, (), False, "")]
        for _ in range(_MOST_HOPS):
            following: list[_Step] = []
            for name, via, is_conditional, doubt in level:
                for edge in edges.get(name, ()):
                    if edge.role in seen:
                        continue
                    seen.add(edge.role)
                    step = (edge.role, (*via, self._roles[edge.role].name), is_conditional or edge.is_conditional, doubt or edge.doubt)
                    following.append(step)
                    yield from self._gained(found.principal, step, known)
            level = following

    def _gained(self, principal: Principal, step: _Step, known: set[str]) -> Iterator[Escalation]:
        name, via, is_conditional, doubt = step
        role = self._found[name]
        for each in role.escalations[:1] if role.is_administrator else role.escalations:
            if each.path in known or (each.path != ADMINISTRATOR and ADMINISTRATOR in known):
                continue
            known.add(each.path)
            certainty = Certainty.CONDITIONAL.value if is_conditional else _no_more_than_possible(each) if doubt else each.certainty
            conditions = (
                (*each.conditions, f"the trust of {' or '.join(via)} holds only under conditions") if is_conditional else each.conditions
            )
            notes = (*each.notes, doubt) if doubt else each.notes
            yield replace(each, principal=principal.name, via=via, certainty=certainty, conditions=conditions, notes=notes)


def _leads_nowhere(found: Found, path: EscalationPath | None, roles: Mapping[str, Principal]) -> bool:
    """Tell whether a path passes only roles that are known, each named exactly, whose trust keeps the path's services out."""
    ways = found.ways.get(path.id, {}).get(PASS_ROLE, ()) if path else ()
    if path is None or not path.services or not ways:
        return False
    named = [_exactly(way, roles) for way in ways]
    return all(role is not None and not _trusts_service(role, path.services) for role in named)


def _is_closed(found: Found, each: Escalation, roles: Mapping[str, Principal], edges: tuple[_Edge, ...]) -> bool:
    """Tell whether a path assumes only roles that are known, each named exactly, and none of them lets the principal in."""
    ways = found.ways.get(each.path, {}).get(_ASSUMING, ()) if each.path == _ASSUME_PATH else ()
    named = [_exactly(way, roles) for way in ways]
    assumable = {edge.role for edge in edges}
    return bool(ways) and all(role is not None and _id(role) not in assumable for role in named)


def _exactly(way: Scope, roles: Mapping[str, Principal]) -> Principal | None:
    """Give the known role that a way names by its ARN and by nothing else."""
    role = roles.get(way.pattern)
    return role if role is not None and way.word == way.pattern == role.arn else None


def _id(principal: Principal) -> str:
    return principal.arn or principal.name


def _reaches(way: Scope, other: Principal) -> bool:
    """Tell whether a way is of another principal; of one whose name the code leaves open, whatever the name will be."""
    resource = other.arn.split(":", 5)[-1]
    is_covered = "${" not in resource or way.pattern == "*" or covers(way.pattern.split(":", 5)[-1], resource)
    return is_covered and way.reaches(other.arn)


def _target_kind(action: str) -> str:
    """Say what kind of principal an action changes or becomes, empty for none."""
    name = action.partition(":")[2]
    if "Role" in name:
        return "role"
    return "user" if any(word in name for word in ("User", "AccessKey", "LoginProfile")) else ""


def _no_more_than_possible(each: Escalation) -> str:
    return each.certainty if each.certainty == Certainty.CONDITIONAL.value else Certainty.POSSIBLE.value


def _names_of(role: Principal) -> frozenset[str]:
    """Give the principals, services aside, that a trust may let in as they are written; `*` where it names those that it does not mean."""
    found: set[str] = set()
    for statement in role.trust.statements if role.trust else ():
        if statement.effect is Effect.ALLOW:
            found |= {"*"} if statement.not_principals is not None else set()
            found |= {value for each in statement.principals or () if each.kind in {"AWS", "*"} for value in each.values}
    return frozenset(found)


def _accounts_of(role: Principal) -> frozenset[str]:
    """Give the accounts that a trust names by their numbers."""
    return frozenset(found[1] for value in _names_of(role) if (found := _ACCOUNT.search(value)) is not None)


def _trusts_service(role: Principal, services: tuple[str, ...]) -> bool:
    """Tell whether a trust lets one of some services assume the role."""
    for statement in role.trust.statements if role.trust else ():
        if statement.effect is Effect.ALLOW and statement.not_principals is not None:
            return True
        for each in statement.principals or () if statement.effect is Effect.ALLOW else ():
            if (
                each.kind == "*"
                or "*" in each.values
                or (each.kind == "Service" and any(_is_service(value, services) for value in each.values))
            ):
                return True
    return False


def _is_service(value: str, services: tuple[str, ...]) -> bool:
    named = value.lower().removesuffix(".cn")
    return named in services or any(named.partition(".")[0] == service.partition(".")[0] and named.count(".") > 2 for service in services)
