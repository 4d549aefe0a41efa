"""Tells whether a statement applies to a request, and which element decides.

Source: AWS, IAM User Guide, "IAM JSON policy element reference".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from setsquare.powers.iam.evaluation.conditions import condition_holds
from setsquare.powers.iam.evaluation.principals import Named, named, not_named
from setsquare.powers.iam.evaluation.truth import FAILS, HOLDS, MAYBE, NO, YES, Tested, all_of
from setsquare.powers.iam.evaluation.variables import has_variable, resolved
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Effect, Statement
from setsquare.powers.iam.policy.glob import compiled, in_segments
from setsquare.powers.iam.policy.patterns import action_glob, arn_glob

_UNKNOWN_RESOURCE = Tested(MAYBE, "the resource of the request is not known", ("resource",))
_EVERYONE = Named(direct=HOLDS)


class Applied(Struct, frozen=True, gc=False):
    """Whether a statement applies, and how it names the caller where it names principals."""

    tested: Tested
    named: Named = _EVERYONE


class _Words(Struct, frozen=True):
    """The patterns of an element, compiled: those without wildcards as a set, the others, and those with variables."""

    exact: frozenset[str]
    globs: tuple[Callable[[str], bool], ...]
    variables: tuple[str, ...] = ()

    def holds(self, text: str) -> bool:
        """Tell whether a pattern without variables matches."""
        if text in self.exact:
            return True
        for matches in self.globs:  # noqa: SIM110  (a generator costs twice the loop, and this is the innermost one)
            if matches(text):
                return True
        return False


def applied(statement: Statement, view: View, *, has_variables: bool, has_principals: bool, is_bounded: bool) -> Applied:
    """Test a statement. `has_principals` is true in policies of resources; `is_bounded` tells that the caller has a permissions boundary.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> statement = Statement(effect=Effect.ALLOW, actions=("s3:Get*",), resources=("arn:aws:s3:::b/*",))
    >>> view = View(Request(action="s3:GetObject", resource="arn:aws:s3:::c/k"))
    >>> applied(statement, view, has_variables=True, has_principals=False, is_bounded=False).tested.reason
    '"Resource" does not name arn:aws:s3:::c/k'
    """
    action = _action(statement, view)
    if action.truth is NO:
        return Applied(action)
    found, principal = _principal(statement, view, is_bounded) if has_principals else (_EVERYONE, _no_principal(statement))
    if principal.truth is NO:
        return Applied(principal)
    tests = [principal, _resource(statement, view, has_variables, has_principals)]
    if tests[-1].truth is not NO:
        tests += [condition_holds(condition, view, has_variables=has_variables) for condition in statement.conditions]
    return Applied(all_of(tests), found)


def _action(statement: Statement, view: View) -> Tested:
    if statement.not_actions is not None:
        held = _actions(statement.not_actions).holds(view.action)
        return Tested(NO, f'"NotAction" names {view.shown_action}') if held else HOLDS
    if _actions(statement.actions or ()).holds(view.action):
        return HOLDS
    return Tested(NO, f'"Action" does not name {view.shown_action}')


def _principal(statement: Statement, view: View, is_bounded: bool) -> tuple[Named, Tested]:
    if statement.not_principals is not None:
        if is_bounded and statement.effect is Effect.DENY:
            # AWS, "Permissions boundaries for IAM entities": such a statement always denies a principal with a boundary.
            return _EVERYONE, HOLDS
        tested = not_named(statement.not_principals, view)
        return Named(direct=tested), tested
    found = named(statement.principals or (), view)
    whole = found.whole
    return found, Tested(NO, '"Principal" does not name the principal') if whole.truth is NO else whole


def _no_principal(statement: Statement) -> Tested:
    """Refuse a principal in a policy that cannot have one: it allows nothing, and what it denies stays denied."""
    if (statement.principals is None and statement.not_principals is None) or statement.effect is Effect.DENY:
        return HOLDS
    return Tested(NO, "AWS knows no principal in a policy of an identity")


def _resource(statement: Statement, view: View, has_variables: bool, has_principals: bool) -> Tested:
    if statement.not_resources is not None:
        return _not_resource(statement.not_resources, view, has_variables)
    if statement.resources is None:
        # A trust policy names no resource: it is the role that it hangs on.
        return HOLDS if has_principals or statement.effect is Effect.DENY else Tested(NO, 'the statement has no "Resource"')
    words = _resources(statement.resources, has_variables)
    if not view.resource:
        return HOLDS if "*" in statement.resources else _UNKNOWN_RESOURCE
    if words.holds(view.resource):
        return HOLDS
    unknown = _variables(words, view)
    if unknown.truth is YES:
        return HOLDS
    if unknown.truth is MAYBE and unknown.keys:
        return unknown
    lacking = f"; {unknown.reason}" if unknown.reason else ""
    return Tested(NO, f'"Resource" does not name {view.resource}{lacking}')


def _not_resource(patterns: tuple[str, ...], view: View, has_variables: bool) -> Tested:
    words = _resources(patterns, has_variables)
    if not view.resource:
        return Tested(NO, '"NotResource" names every resource') if "*" in patterns else _UNKNOWN_RESOURCE
    if words.holds(view.resource):
        return Tested(NO, f'"NotResource" names {view.resource}')
    open_ = _variables(words, view)
    if open_.truth is YES:
        return Tested(NO, f'"NotResource" names {view.resource}')
    # AWS says of a variable that cannot be resolved that it might make the statement invalid: whether it then reaches the resource is not known.
    return open_ if open_.truth is MAYBE else HOLDS


def _variables(words: _Words, view: View) -> Tested:
    """Test patterns with variables: maybe with keys where a value is not known, maybe without where the request lacks it."""
    keys: list[str] = []
    lacking = ""
    for pattern in words.variables:
        resolution = resolved(pattern, view)
        if resolution.atoms is not None:
            if compiled(in_segments(resolution.atoms)).matches(view.resource):
                return HOLDS
        elif resolution.unknown:
            keys += resolution.unknown
        else:
            lacking = f"the request lacks the variable {resolution.missing[0]}"
    if keys:
        return Tested(MAYBE, f"the variable {keys[0]} is not known", tuple(sorted(set(keys))))
    return Tested(MAYBE, lacking) if lacking else FAILS


@lru_cache(maxsize=16384)
def _actions(patterns: tuple[str, ...]) -> _Words:
    lowered = [pattern.lower() for pattern in patterns]
    exact = [pattern for pattern in lowered if "*" not in pattern and "?" not in pattern]
    wild = [pattern for pattern in lowered if "*" in pattern or "?" in pattern]
    return _Words(frozenset(exact), tuple([action_glob(pattern).matches for pattern in wild]))


@lru_cache(maxsize=16384)
def _resources(patterns: tuple[str, ...], has_variables: bool) -> _Words:
    variable = tuple([pattern for pattern in patterns if has_variables and has_variable(pattern)])
    plain = [pattern for pattern in patterns if pattern not in variable]
    exact = [pattern for pattern in plain if "*" not in pattern and "?" not in pattern]
    wild = [pattern for pattern in plain if "*" in pattern or "?" in pattern]
    return _Words(frozenset(exact), tuple([arn_glob(pattern).matches for pattern in wild]), variable)
