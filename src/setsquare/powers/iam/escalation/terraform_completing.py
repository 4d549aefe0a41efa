"""Works out the policies of Terraform's code that its reading leaves open: expressions in them, and documents that are put together elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.terraform_values import CodeValues
from setsquare.powers.iam.escalation.valued_policies import Valued, anything_open, valued_policy
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Found, Located, Origin, Place, Unread
from setsquare.powers.iam.infrastructure.terraform_module import Home, Module, Scope, turned
from setsquare.powers.iam.policy.document import Policy, Statement
from setsquare.text.paths import parent
from setsquare.text.span import Span


class Completed(Struct, frozen=True):
    """The policies, and what of them could not be read."""

    policies: tuple[SourcePolicy, ...] = ()
    unread: tuple[Unread, ...] = ()


def completed(found: Found, values: CodeValues, modules: Mapping[str, Module]) -> Completed:
    """Work out what is open in the policies that were found, and those that could not be read."""
    completing = _Completing(values, modules)
    policies: list[SourcePolicy] = []
    unread: list[Unread] = []
    settled: set[tuple[Origin, str]] = set()
    for each in found.located:
        source, more, is_settled = completing.located(each)
        policies.append(source)
        unread += more
        if is_settled and each.origin:
            settled.add((each.origin, each.source.address))
    known = {(each.origin, each.source.address) for each in found.located if each.origin}
    for rest in found.unread:
        key = (rest.origin, rest.address) if rest.origin else None
        if key in settled:
            continue
        made = completing.unread(rest) if key is not None and key not in known else None
        if made is None:
            unread.append(rest)
        else:
            policies += made.policies
            unread += made.unread
    return Completed(tuple(policies), tuple(dict.fromkeys(unread)))


class _Completing:
    def __init__(self, values: CodeValues, modules: Mapping[str, Module]) -> None:
        self._values = values
        self._modules = modules
        self._known: dict[Origin, Valued | None] = {}

    def located(self, each: Located) -> tuple[SourcePolicy, list[Unread], bool]:
        """Give a policy with what is open in it worked out, what is not known, and whether that says all of it."""
        source = each.source
        left = tuple(anything_open(source.policy))
        if not left and not each.loose and (source.policy.has_variables or not source.unresolved):
            return source, [], False
        valued = self._valued(each.origin) if each.origin else None
        if valued is None or valued.policy is None:
            place = Unread(path=source.path, start=source.span.start, reason="", address=source.address, owner=source.owner)
            return _with_variables(source), [replace(place, reason=reason) for reason in left], False
        policy = valued.policy if not valued.unknown else _united(valued.policy, source.policy)
        return replace(source, policy=policy), list(_named(valued, source)), True

    def unread(self, each: Unread) -> Completed | None:
        """Give the policy of a place that could not be read."""
        valued = self._valued(each.origin) if each.origin else None
        if valued is None or each.place is None or each.origin is None or (valued.policy is None and not valued.unknown):
            return None
        if valued.policy is None:
            return None
        source = _source(each.place, valued.policy, each.origin)
        return Completed((source,), tuple(_named(valued, source)))

    def _valued(self, origin: Origin) -> Valued | None:
        if origin not in self._known:
            self._known[origin] = self._worked_out(origin)
        return self._known[origin]

    def _worked_out(self, origin: Origin) -> Valued | None:
        scope = self._values.scope(origin.prefix, parent(origin.path))
        home = self._home(origin)
        if scope is None or home is None:
            return None
        return valued_policy(self._values.at(_in_turn(scope, home, origin.turn), origin.path, origin.span, home))

    def _home(self, origin: Origin) -> Home | None:
        """Find the block that a place stands in."""
        module = self._modules.get(parent(origin.path))
        homes: Iterable[Home] = (*module.resources.values(), *module.calls.values()) if module else ()
        start = origin.span.start
        return next((each for each in homes if each.path == origin.path and each.block.span.start <= start < each.block.span.end), None)


def _in_turn(scope: Scope, home: Home, key: str) -> Scope:
    return next((each for each in turned(scope, home) if each.turn is not None and each.turn.key == key), scope)


def _with_variables(source: SourcePolicy) -> SourcePolicy:
    """Let the words of the engine stand for anything, whatever version the policy names: they are no literal text."""
    return replace(source, policy=replace(source.policy, version="2012-10-17")) if source.unresolved else source


def _united(policy: Policy, other: Policy) -> Policy:
    """Add the statements of a reading that the other one lacks."""
    known = [_bare(each) for each in policy.statements]
    more = [each for each in other.statements if _bare(each) not in known and not any("${" in word for word in each.actions or ())]
    listed = (*policy.statements, *more)
    return replace(policy, statements=tuple([replace(each, index=index) for index, each in enumerate(listed)]))


def _bare(statement: Statement) -> Statement:
    return replace(statement, index=0, span=Span(0, 0), scalars=())


def _named(valued: Valued, source: SourcePolicy) -> Iterator[Unread]:
    for reason in valued.unknown:
        yield Unread(path=source.path, start=source.span.start, reason=reason, address=source.address, owner=source.owner)


def _source(place: Place, policy: Policy, origin: Origin) -> SourcePolicy:
    return SourcePolicy(
        path=origin.path,
        form=place.form,
        policy=policy,
        span=origin.span,
        owner=place.owner,
        name=place.name,
        address=place.address,
        is_trust=place.is_trust,
        is_boundary=place.is_boundary,
    )
