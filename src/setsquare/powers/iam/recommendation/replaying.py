"""Replays what was used against the policies before and after: whatever was allowed must still be.

A request is put to the statements that can apply to it alone; all others would be tested and found not to.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from setsquare.powers.iam.box_index import WordIndex
from setsquare.powers.iam.evaluation.answer import Answer
from setsquare.powers.iam.evaluation.evaluating import evaluate
from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy, Request
from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.patterns import action_matches
from setsquare.powers.iam.recommendation.evidence import mapped_uses
from setsquare.powers.iam.recommendation.judging import Basis
from setsquare.powers.iam.usage.model import Outcome

_ORDER = {Answer.DENY: 0, Answer.UNKNOWN: 1, Answer.ALLOW: 2}


def lost(basis: Basis, old: tuple[NamedPolicy, ...], new: tuple[NamedPolicy, ...]) -> Iterator[str]:
    """Replay every use, and name those that the old policies allow, or may allow, and the new ones do not as surely."""
    before, after = ReplayIndex(old), ReplayIndex(new)
    for action, resource in sorted(_replayed(basis, old)):
        request = Request(action=action, resource=resource, principal=basis.grant.arn, is_context_complete=False)
        was = evaluate(request, Layers(identity=before.about(action, resource))).answer
        now = was if was is Answer.DENY else evaluate(request, Layers(identity=after.about(action, resource))).answer
        if _ORDER[now] < _ORDER[was]:
            yield f"{action} on {resource} was used; the old policies answer {was.value}, the new ones {now.value}"


class ReplayIndex:
    """The statements of a role's policies, found by what a request names. One that names other actions or resources than a request says nothing about it."""

    __slots__ = ("_acting", "_actions", "_on_any", "_policies", "_resources", "_with_any")

    def __init__(self, policies: tuple[NamedPolicy, ...]) -> None:
        """Take policies of an identity."""
        self._policies = policies
        actions: dict[str, int] = {}
        resources: dict[str, int] = {}
        self._with_any = self._on_any = 0
        place = 1
        for statement in [statement for named in policies for statement in named.policy.statements]:
            if statement.not_actions is not None or statement.actions is None:
                self._with_any |= place
            for word in statement.actions or ():
                actions[word.lower()] = actions.get(word.lower(), 0) | place
            if _is_of_any(statement):
                self._on_any |= place
            for word in statement.resources or ():
                resources[word] = resources.get(word, 0) | place
            place <<= 1
        self._actions, self._resources = WordIndex(actions), WordIndex(resources)
        self._acting: dict[str, int] = {}

    def about(self, action: str, resource: str) -> tuple[NamedPolicy, ...]:
        """Give the policies with the statements alone that may apply to an action on a resource.

        >>> from setsquare.powers.iam.policy.document import Policy
        >>> statements = tuple(Statement(effect=Effect.ALLOW, actions=(f"{name}:*",), resources=("*",)) for name in ("s3", "sqs"))
        >>> found = ReplayIndex((NamedPolicy("p", Policy(statements=statements)),)).about("s3:GetObject", "*")
        >>> [statement.actions for statement in found[0].policy.statements]
        [('s3:*',)]
        """
        chosen = self._of(action.lower())
        # Of a resource that is not known nothing tells which statements reach it.
        if resource:
            on = self._on_any
            for _word, places in self._resources.matching(resource):
                on |= places
            chosen &= on
        found = []
        place = 0
        for named in self._policies:
            statements = named.policy.statements
            kept = tuple([each for at, each in enumerate(statements, place) if chosen >> at & 1])
            place += len(statements)
            if kept:
                found.append(NamedPolicy(named.name, replace(named.policy, statements=kept)))
        return tuple(found)

    def _of(self, action: str) -> int:
        """Give the statements that may name an action, or that say all but some."""
        found = self._acting.get(action)
        if found is None:
            found = self._with_any
            for word, places in self._actions.matching(action):
                if action_matches(word, action):
                    found |= places
            self._acting[action] = found
        return found


def _is_of_any(statement: Statement) -> bool:
    """Tell whether a statement's resources do not say by their plain text which ones they are: none is named, all but some, or by a variable."""
    return statement.resources is None or statement.not_resources is not None or any("$" in word for word in statement.resources)


def _replayed(basis: Basis, old: tuple[NamedPolicy, ...]) -> set[tuple[str, str]]:
    """Give each used action with its resource; where the event names none, with all the resources that the action was granted on."""
    found: set[tuple[str, str]] = set()
    for use, mapped in mapped_uses(basis.usage, basis.tables, basis.universe):
        if use.outcome is Outcome.DENIED or (mapped.action, use.resource) in found:
            continue
        found.add((mapped.action, use.resource))
        if use.resource == "*":
            found.update((mapped.action, resource) for resource in _granted_on(mapped.action, old))
    return found


def _granted_on(action: str, old: tuple[NamedPolicy, ...]) -> Iterator[str]:
    """Give the resource words that an action was granted on: a word is an ARN that it matches itself."""
    for named in old:
        for statement in named.policy.statements:
            if statement.effect is Effect.ALLOW and any(action_matches(word, action) for word in statement.actions or ()):
                yield from statement.resources or ()
