"""Reads what roles are granted from a file that a person named; from a file that cannot be followed nothing is claimed."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.errors import Unreadable, Usage
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.policy.document import PolicyProblem
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.powers.iam.recommendation.granting import grants_of
from setsquare.powers.iam.recommendation.granting_large import Scoped, of_role, of_roles
from setsquare.powers.iam.recommendation.model import Grant
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

_MOST_NAMED = 5


class GrantFile(Struct, frozen=True):
    """The grants of a file, by role, with what is odd about them and does not forbid a claim.

    `unread` are roles of which a policy is missing or cannot be read: nothing is claimed of them. `others` are those that were not read, by name and path.
    """

    grants: tuple[Grant, ...]
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    others: tuple[tuple[str, str], ...] = ()


def read_grants(named: Callable[[str], bytes], path: str, role: str = "", is_meant: Callable[[str, str], bool] | None = None) -> GrantFile:
    """Read a file of grants; policies that name no role are those of `role`. Of a large file only that role is read, or those that are meant, told by name and path.

    Raises:
        Unreadable: the file cannot be read, or what it says of the role (of every role, where none is named) cannot be followed.
    """
    cut = Scoped(of_role(named(path), role)) if role or is_meant is None else of_roles(named(path), is_meant)
    read = grants_of(scan(RelPath(path), cut.raw), role)
    fatal = [_told(path, problem) for problem in read.problems if problem.is_fatal]
    if fatal and (read.grant(role) is None if role else not read.grants):
        more = f"; and {len(fatal) - _MOST_NAMED} more" if len(fatal) > _MOST_NAMED else ""
        message = f"`{path}` cannot be followed, so nothing is claimed from it: {'; '.join(fatal[:_MOST_NAMED])}{more}."
        raise Unreadable(message, "Save it again, such as with `aws iam get-account-authorization-details`.")
    return GrantFile(read.grants, tuple(_told(path, problem) for problem in read.problems), read.unread, cut.others)


def grant_for(found: GrantFile, path: str, role: str, arn: str = "") -> Grant:
    """Find the grants of one role; `arn` tells it from those of the same name in other accounts.

    Raises:
        Usage: the file has none of it, or has roles of that name in several accounts and no ARN was named.
    """
    named = [grant for grant in found.grants if role in {grant.role, grant.arn}]
    meant = [grant for grant in named if grant.arn in {"", arn}] if arn else named
    others = sorted({grant.arn for grant in named})
    if len(meant) > 1 and len(others) > 1:
        raise Usage(f"`{path}` has the role {role} more than once: {', '.join(others[:_MOST_NAMED])}.", f"Name the ARN: {others[-1]}")
    if meant:
        return meant[0]
    if named:
        raise Usage(f"`{path}` has the role {role} as {', '.join(others[:_MOST_NAMED])}, not as {arn}.", "Name the ARN that it has there.")
    known = ", ".join(grant.role for grant in found.grants[:_MOST_NAMED]) or "no role"
    raise Usage(f"`{path}` says nothing about the role {role}; it has {known}.", "Name one of its roles, or another file.")


def one_policy(named: Callable[[str], bytes], path: str) -> NamedPolicy:
    """Read a file with one policy document.

    Raises:
        Unreadable: the file cannot be read, or holds no policy that can be followed whole.
    """
    policy, problems = read_policy(scan(RelPath(path), named(path)))
    fatal = [_told(path, problem) for problem in problems if problem.is_fatal]
    if policy is None or fatal:
        raise Unreadable(f"`{path}` holds no policy that can be followed: {'; '.join(fatal[:_MOST_NAMED])}.", "Name a policy document.")
    return NamedPolicy(path, policy)


def _told(path: str, problem: PolicyProblem) -> str:
    reason = problem.reason.removeprefix(f"{path}: ")
    return f"line {problem.line}: {reason}" if problem.line else reason
