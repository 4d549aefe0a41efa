"""What a principal may do with one action, over all its policies: Allow of each layer, less Deny of any.

Nothing is expanded: an action is looked up in statements as patterns, and resources are compared with the ARN templates of the kinds that the action takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.boxes import Box, Words, box_of, covers_actions
from setsquare.powers.iam.escalation.principal import Principal
from setsquare.powers.iam.evaluation.conditions import condition_holds
from setsquare.powers.iam.evaluation.request import NamedPolicy, Request
from setsquare.powers.iam.evaluation.truth import HOLDS, NO, YES, Tested, all_of
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Statement
from setsquare.powers.iam.policy.patterns import arn_matches, covers, overlaps
from setsquare.powers.iam.universe import Universe
from setsquare.text.lazy_pattern import LazyPattern

_PLACEHOLDER = LazyPattern(r"\$\{[^}]*\}")
_KIND = LazyPattern(r"arn:[\w*-]+:iam::(?:\d{12}|\*|\$\{[^}]*\})?:(?P<kind>[\w-]+)/")
_ALL = "*"
_PARTITIONS = ("aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc")
_MOST_SCOPES = 64
_MOST_VALUES = 3


class Scope(Struct, frozen=True, kw_only=True):
    """One way in which an action is granted. `word` is the resource as written, `pattern` what of it fits the action; `place` is `POLICY#INDEX`.

    `conditions` are in words; it is unconditional where there are none. `without` are resources that are taken out of the pattern again.
    """

    word: str
    pattern: str
    place: str
    conditions: tuple[str, ...] = ()
    has_variables: bool = True
    without: tuple[Words, ...] = ()

    def reaches(self, arn: str) -> bool:
        """Tell whether the way is of one resource.

        >>> way = Scope(word="a*", pattern="a*", place="p#0", without=(Words(("ab*",)),))
        >>> way.reaches("ac"), way.reaches("abc"), way.reaches("b")
        (True, False, False)
        """
        taken = any(any(arn_matches(word, arn) for word in words.words) is not words.is_except for words in self.without)
        return not taken and overlaps(self.pattern, arn)


class Reach(Struct, frozen=True, kw_only=True):
    """A principal's policies, read once: what grants, layer by layer what limits, and what denies."""

    identity: tuple[Box, ...]
    limits: tuple[tuple[Box, ...], ...]
    denies: tuple[Box, ...]
    arn: str
    partition: str
    account: str


def reach_of(principal: Principal) -> Reach:
    """Read a principal's policies for looking actions up.

    >>> reach_of(Principal(name="a")).partition
    'aws'
    """
    layers = principal.layers
    levels: list[tuple[NamedPolicy, ...]] = [] if layers.boundary is None else [(layers.boundary,)]
    levels += [*(layers.service_control or ()), *(() if layers.session is None else (layers.session,))]
    identity = _boxes(layers.identity)
    limits = tuple([_boxes(level) for level in levels])
    return Reach(
        identity=tuple([box for box in identity if box.is_allowing]),
        limits=tuple([tuple([box for box in level if box.is_allowing]) for level in limits]),
        denies=tuple([box for level in (identity, *limits) for box in level if not box.is_allowing]),
        arn=principal.arn,
        partition=_partition(principal.arn, identity),
        account=principal.account,
    )


def held(action: str, reach: Reach, universe: Universe, service: str = "") -> tuple[Scope, ...]:
    """List the ways in which an action is granted; empty where it is not. `service` is the one to which a role would be passed.

    A way stands where the identity policies allow it, every limit allows it too, and no Deny takes all of it away. A condition that fails whatever else holds
    ends a way; any other is told in words.

    >>> from setsquare.powers.iam.evaluation.request import Layers
    >>> from setsquare.powers.iam.policy.document import Effect, Policy
    >>> empty = Universe(version="1", dated="2026-01-01", actions={}, resource_types={})
    >>> def grants(*statements: Statement) -> tuple[str, ...]:
    ...     policy = NamedPolicy("p", Policy(statements=statements))
    ...     return tuple(way.word for way in held("iam:PassRole", reach_of(Principal(name="a", layers=Layers(identity=(policy,)))), empty))
    >>> allow = Statement(effect=Effect.ALLOW, not_actions=("s3:*",), resources=("*",))
    >>> grants(allow), grants(allow, Statement(effect=Effect.DENY, actions=("iam:Pass*",), resources=("*",)))
    (('*',), ())
    """
    context = {"iam:passedtoservice": (service,)} if service else {}
    view = View(Request(action=action, resource="", principal=reach.arn, context=context, is_context_complete=False))
    wanted = Words((action,))
    templates = _templates(action, reach, universe)
    ways = tuple(_ways(reach.identity, wanted, templates, view))
    for level in reach.limits:
        ways = tuple(_limited(ways, tuple(_ways(level, wanted, templates, view))))[:_MOST_SCOPES]
    denying = [box for box in reach.denies if covers_actions(box.actions, wanted)]
    left = [each for way in ways if (each := _undenied(way, denying, view)) is not None]
    return tuple(dict.fromkeys(left))


def meet(one: Scope, other: Scope) -> bool:
    """Tell whether two ways may be of the same resource.

    >>> [meet(Scope(word=w, pattern=w, place="p#0"), Scope(word="a*", pattern="a*", place="p#1")) for w in ("ab", "b")]
    [True, False]
    """
    return overlaps(one.pattern, other.pattern)


def kinds_of(action: str, universe: Universe) -> tuple[str, ...]:
    """Give the ARN templates of the resources that an action takes, none where it takes `*` alone or is not documented.

    >>> kinds_of("a:B", Universe(version="1", dated="2026-01-01", actions={}, resource_types={}))
    ()
    """
    facts = universe.actions.get(action.lower())
    if facts is None:
        return ()
    types = universe.resource_types.get(action.lower().partition(":")[0], {})
    return tuple(dict.fromkeys([types[kind].arn for kind in facts.resource_types if kind in types]))


def _boxes(policies: Iterable[NamedPolicy]) -> tuple[Box, ...]:
    return tuple([box_of(named.name, statement, named.policy) for named in policies for statement in named.policy.statements])


def _partition(arn: str, boxes: tuple[Box, ...]) -> str:
    """Give the partition of AWS: that of the principal, else one that the policies name besides `aws`."""
    if arn:
        return arn.split(":", 2)[1] if arn.count(":") > 1 else "aws"
    for box in boxes:
        for word in box.resources.words:
            for partition in _PARTITIONS:
                if word.startswith(f"arn:{partition}:"):
                    return partition
    return "aws"


def _templates(action: str, reach: Reach, universe: Universe) -> tuple[str, ...] | None:
    """Give the patterns of what the action takes, nothing where it takes `*` alone, `None` where it is not documented."""
    if action.lower() not in universe.actions:
        return None
    return tuple([_pattern(template, reach) for template in kinds_of(action, universe)])


def _pattern(template: str, reach: Reach) -> str:
    filled = template.replace("${Partition}", reach.partition)
    # Policies of AWS and resources of nobody's account stand where the account would.
    filled = filled.replace("${Account}", reach.account or "*")
    return _PLACEHOLDER.sub("*", filled)


def _ways(boxes: Iterable[Box], wanted: Words, templates: tuple[str, ...] | None, view: View) -> Iterator[Scope]:
    for box in boxes:
        if not covers_actions(box.actions, wanted):
            continue
        holds = _holding(box, view)
        if holds.truth is NO:
            continue
        words = tuple(condition_words(box.statement))
        place = f"{box.policy}#{box.statement.index}"
        without = (Words(box.resources.words),) if box.resources.is_except else ()
        for word, pattern in _fitting(box, templates):
            yield Scope(word=word, pattern=pattern, place=place, conditions=words, has_variables=box.has_variables, without=without)


def _fitting(box: Box, templates: tuple[str, ...] | None) -> Iterator[tuple[str, str]]:
    """Give the words of a statement's resources that fit the action, each with what of it fits."""
    words, are_variables = box.resources.words, box.has_variables
    if templates == () or (templates is None and box.resources.is_except):
        matching = [word for word in words if arn_matches(word, _ALL)]
        if bool(matching) is not box.resources.is_except:
            yield (matching[0] if matching else box.resources.shown("NotResource")), _ALL
        return
    if templates is None:
        yield from ((word, word) for word in words)
        return
    for template in templates:
        if box.resources.is_except:
            if not any(covers(word, template, has_variables=are_variables) for word in words):
                yield box.resources.shown("NotResource"), template
            continue
        for word in words:
            if covers(word, template, has_variables=are_variables):
                yield word, template
            elif overlaps(word, template, has_variables=are_variables):
                yield word, word


def _limited(ways: tuple[Scope, ...], limits: tuple[Scope, ...]) -> Iterator[Scope]:
    """Keep of each way what a limit allows as well: whole and without a condition where one statement does that, else piece by piece."""
    for way in ways:
        whole = [limit for limit in limits if covers(limit.pattern, way.pattern)]
        if any(not limit.conditions for limit in whole):
            yield way
            continue
        for limit in limits:
            if not meet(way, limit):
                continue
            conditions = tuple(dict.fromkeys((*way.conditions, *limit.conditions)))
            is_narrower = limit not in whole and covers(way.pattern, limit.pattern)
            pattern, word = (limit.pattern, limit.word) if is_narrower else (way.pattern, way.word)
            yield replace(way, pattern=pattern, word=word, conditions=conditions, without=(*way.without, *limit.without))


def _undenied(way: Scope, denying: Iterable[Box], view: View) -> Scope | None:
    """Give what Deny statements leave of a way; one that takes a part of its resources away leaves it, one under a condition makes it conditional."""
    conditions, without = list(way.conditions), list(way.without)
    for box in denying:
        holds = _holding(box, view)
        if holds.truth is NO:
            continue
        if holds.truth is YES and _denies_all(box, way):
            return None
        if holds.truth is YES:
            without.append(box.resources)
        elif _touches(box, way):
            conditions.append(f"denied where {' and '.join(condition_words(box.statement))}")
    return replace(way, conditions=tuple(dict.fromkeys(conditions)), without=tuple(dict.fromkeys(without)))


def _denies_all(box: Box, way: Scope) -> bool:
    if way.pattern == _ALL:
        return any(arn_matches(word, _ALL) for word in box.resources.words) is not box.resources.is_except
    if box.resources.is_except:
        return not any(
            overlaps(word, way.pattern, has_variables=box.has_variables) and not _are_of_other_kinds(word, way.pattern)
            for word in box.resources.words
        )
    return any(covers(word, way.pattern, has_variables=box.has_variables) for word in box.resources.words)


def _are_of_other_kinds(word: str, pattern: str) -> bool:
    """Tell whether both are of IAM and name the kind, `user/` and `policy/`: the wildcard of an account holds no other kind."""
    one, other = _KIND.match(word), _KIND.match(pattern)
    return one is not None and other is not None and one["kind"] != other["kind"]


def _touches(box: Box, way: Scope) -> bool:
    if way.pattern == _ALL:
        return _denies_all(box, way)
    if box.resources.is_except:
        return not any(covers(word, way.pattern, has_variables=box.has_variables) for word in box.resources.words)
    return any(overlaps(word, way.pattern, has_variables=box.has_variables) for word in box.resources.words)


def _holding(box: Box, view: View) -> Tested:
    conditions = box.statement.conditions
    if not conditions:
        return HOLDS
    return all_of([condition_holds(condition, view, has_variables=box.has_variables) for condition in conditions])


def condition_words(statement: Statement) -> Iterator[str]:
    """Say each condition of a statement.

    >>> from setsquare.powers.iam.policy.document import Condition, Effect
    >>> list(condition_words(Statement(effect=Effect.ALLOW, conditions=(Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)),))))
    ['Bool aws:MultiFactorAuthPresent true']
    """
    for condition in statement.conditions:
        shown = ", ".join(condition.values[:_MOST_VALUES])
        more = f" and {len(condition.values) - _MOST_VALUES} more" if len(condition.values) > _MOST_VALUES else ""
        yield f"{condition.operator} {condition.key} {shown}{more}"
