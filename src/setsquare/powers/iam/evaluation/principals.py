"""Tells whom a statement of a resource, trust or key policy names.

Source: AWS, IAM User Guide, "AWS JSON policy elements: Principal" and "AWS JSON policy elements: NotPrincipal".
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.evaluation.caller import Caller, CallerKind, caller_of
from setsquare.powers.iam.evaluation.truth import FAILS, HOLDS, MAYBE, NO, YES, Tested, any_of
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Principals

_ARN = "aws:principalarn"
_ID = "aws:userid"
_ID_PREFIXES = ("AROA", "AIDA")
_UNKNOWN_CALLER = Tested(MAYBE, "the principal of the request is not known", (_ARN,))
_UNKNOWN_USER = Tested(MAYBE, "which user federated is not known", (_ARN,))
_UNKNOWN_SESSION = Tested(MAYBE, "the session of the role is not known", (_ID,))


class Named(Struct, frozen=True):
    """How a `Principal` element names a caller.

    `direct`: by everyone, the user, the session, the service or the provider: what it allows is allowed whatever the caller's own policies leave out. `role`: by the ARN of
    the role: boundary and session policies limit it. `account`: by its account, which lets the account's identity policies decide.
    """

    direct: Tested = FAILS
    role: Tested = FAILS
    account: Tested = FAILS

    @property
    def whole(self) -> Tested:
        """Tell whether the caller is named at all."""
        return any_of((self.direct, self.role, self.account))


def named(principals: tuple[Principals, ...], view: View) -> Named:
    """Tell how an element names the caller of a request.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> view = View(Request(action="s3:GetObject", principal="arn:aws:sts::111122223333:assumed-role/app/s"))
    >>> found = named((Principals("AWS", ("arn:aws:iam::111122223333:role/path/app", "111122223333")),), view)
    >>> found.direct.truth.value, found.role.truth.value, found.account.truth.value
    ('no', 'yes', 'yes')
    """
    direct: list[Tested] = []
    role: list[Tested] = []
    account: list[Tested] = []
    for each in principals:
        for value in each.values:
            if each.kind == "*" or (each.kind == "AWS" and value == "*"):
                direct.append(HOLDS)
            elif each.kind != "AWS":
                direct.append(_of_kind(each.kind, value, view))
            elif _account_of(value):
                account.append(_in_account(_account_of(value), view))
            else:
                _add(value, view, direct, role)
    return Named(any_of(direct), any_of(role), any_of(account))


def not_named(principals: tuple[Principals, ...], view: View) -> Tested:
    """Tell whether `NotPrincipal` reaches the caller.

    A caller is left out only where it and all that it belongs to are listed: its account, and for a session also its role. AWS says of a list that names a part
    of them that it may reach the caller, depending on the service.
    """
    if view.caller.kind is CallerKind.UNKNOWN:
        return HOLDS if not any(each.values for each in principals) else _UNKNOWN_CALLER
    listed = [each.truth for each in _listings(principals, view)]
    if all(truth is YES for truth in listed):
        return Tested(NO, '"NotPrincipal" lists the principal')
    if all(truth is NO for truth in listed):
        return HOLDS
    return Tested(MAYBE, '"NotPrincipal" lists a part of principal, role and account, and AWS says that it may deny then')


def _listings(principals: tuple[Principals, ...], view: View) -> list[Tested]:
    """Tell of the caller and of each that it belongs to whether it is listed."""
    found = named(principals, view)
    if found.direct.truth is YES and any(each.kind == "*" or "*" in each.values for each in principals):
        return [HOLDS]
    match view.caller.kind:
        case CallerKind.USER | CallerKind.FEDERATED_USER:
            return [found.direct, found.account]
        case CallerKind.ROLE:
            return [found.role, found.account]
        case CallerKind.SESSION:
            return [found.direct, found.role, found.account]
        case _:
            return [found.whole]


def _of_kind(kind: str, value: str, view: View) -> Tested:
    """Compare a service, an identity provider or a canonical user."""
    caller = view.caller
    if caller.kind is CallerKind.UNKNOWN:
        return _UNKNOWN_CALLER
    wanted = {"Service": CallerKind.SERVICE, "Federated": CallerKind.PROVIDER, "CanonicalUser": CallerKind.CANONICAL}.get(kind)
    if caller.kind is wanted and (value in {caller.arn, "*"}):
        return HOLDS
    return FAILS


def _account_of(value: str) -> str:
    """Give the account that a value names as a whole, empty where it names something else."""
    if len(value) == 12 and value.isascii() and value.isdigit():
        return value
    parts = value.split(":")
    return parts[4] if len(parts) == 6 and parts[5] == "root" and parts[2] == "iam" else ""


def _in_account(account: str, view: View) -> Tested:
    caller = view.caller
    if caller.account:
        return HOLDS if caller.account == account else FAILS
    return _UNKNOWN_CALLER if caller.kind is CallerKind.UNKNOWN else FAILS


def _add(value: str, view: View, direct: list[Tested], role: list[Tested]) -> None:
    """Compare the ARN or the unique id of a user, role or session; no wildcard is known there."""
    caller = view.caller
    if caller.kind is CallerKind.UNKNOWN:
        direct.append(_UNKNOWN_CALLER)
        return
    if value.startswith(_ID_PREFIXES) and ":" not in value:
        (direct if value.startswith("AIDA") else role).append(_of_id(value, view))
        return
    other = caller_of(value)
    if other.kind is CallerKind.ROLE:
        role.append(_is_role(other, caller))
    elif value == caller.arn:
        direct.append(HOLDS)
    elif (
        other.kind is CallerKind.SESSION and caller.kind is CallerKind.ROLE and (other.account, other.name) == (caller.account, caller.name)
    ):
        direct.append(_UNKNOWN_SESSION)
    elif other.kind is CallerKind.USER and caller.kind is CallerKind.FEDERATED_USER and other.account == caller.account:
        # What is granted to the user who federated reaches the session, limited by boundary and session policies; the session's ARN does not name the user.
        role.append(_UNKNOWN_USER)


def _is_role(other: Caller, caller: Caller) -> Tested:
    """Compare a role with a caller: the ARN of a session lacks the role's path, and names of roles are unique in an account."""
    if caller.kind is CallerKind.ROLE:
        return HOLDS if other.arn == caller.arn else FAILS
    is_session = caller.kind is CallerKind.SESSION and (other.account, other.name) == (caller.account, caller.name)
    return HOLDS if is_session else FAILS


def _of_id(value: str, view: View) -> Tested:
    """Compare the unique id that AWS shows for a principal that was deleted."""
    ids = view.values(_ID)
    if ids is None:
        return Tested(MAYBE, "the unique id of the principal is not known", (_ID,))
    return HOLDS if any(each.partition(":")[0] == value for each in ids) else FAILS
