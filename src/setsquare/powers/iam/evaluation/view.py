"""A request as the tests of statements see it: what its context holds, lacks, or may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from setsquare.powers.iam.evaluation.caller import Caller, CallerKind, caller_of, is_linked_role
from setsquare.powers.iam.evaluation.request import Request

ABSENT: Final[tuple[str, ...]] = ()
"""The values of a key that the request does not have."""


class View:
    """One request, read once."""

    __slots__ = ("_absent", "_context", "_is_complete", "action", "caller", "resource", "shown_action")

    def __init__(self, request: Request) -> None:
        """Take a request; keys of its context are compared without case."""
        self.action = request.action.lower()
        self.shown_action = request.action
        self.resource = request.resource
        self.caller = caller_of(request.principal)
        self._context: Mapping[str, tuple[str, ...]] = {key.lower(): values for key, values in request.context.items()}
        self._absent = {key.lower() for key in request.absent}
        self._is_complete = request.is_context_complete

    @property
    def is_service_linked(self) -> bool:
        """Tell whether the caller is a role that a service owns; the role's ARN in the context is surer than the name in a session's."""
        arns = self._context.get("aws:principalarn", ())
        return is_linked_role(arns[0]) if len(arns) == 1 else self.caller.is_service_linked

    def values(self, key: str) -> tuple[str, ...] | None:
        """Give the values of a lower-case key, `ABSENT` where the request lacks it, `None` where nothing is known of it."""
        known = self._context.get(key)
        if known is not None:
            return known
        if self._is_complete or key in self._absent:
            return ABSENT
        return _of_caller(key, self.caller)


def _of_caller(key: str, caller: Caller) -> tuple[str, ...] | None:
    """Derive what a principal's ARN says about the keys that AWS sets from it.

    Source: AWS, IAM User Guide, "AWS global condition context keys", "Properties of the principal".
    """
    if not caller.account:
        return None
    if key == "aws:principalaccount":
        return (caller.account,)
    if key == "aws:principalarn" and caller.kind in {CallerKind.USER, CallerKind.ROLE}:
        return (caller.arn,)
    if key == "aws:username":
        if caller.kind is CallerKind.USER:
            return (caller.name,)
        return ABSENT if caller.kind in {CallerKind.ROLE, CallerKind.SESSION} else None
    return None
