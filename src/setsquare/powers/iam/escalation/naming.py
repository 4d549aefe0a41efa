"""Gives the principals of infrastructure code their ARNs, as far as the code says them, and puts these where policies refer to the principals.

Source: Terraform language, "References to Named Values"; AWS CloudFormation User Guide, "Ref" and "Fn::GetAtt".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.escalation.code import HOLE, Owner
from setsquare.powers.iam.policy.document import Condition, Policy, Principals, Statement
from setsquare.text.lazy_pattern import LazyPattern

ANY_ACCOUNT = "*"
ONE_ACCOUNT = "000000000000"
"""Stands for the account that the code is for, which it seldom names."""
_INDEX = LazyPattern(r"\[[^\]]*\]")
_ACCOUNT = LazyPattern(r"\A(?P<head>arn:(?:\$\{[^}]*\}|[\w*-]+):(?:iam|sts)::)(?:\$\{[^}]*\}|\d{12}|\*?)(?=:)")
_WHOLE_ACCOUNT = LazyPattern(r"\A(?:\d{12}|\$\{AWS::AccountId\}|\$\{data\.aws_caller_identity\.[\w-]+\.account_id\})\Z")
_UNFIT = LazyPattern(r"[^\w.@-]")
_PARTITION = LazyPattern(r"\$\{(?:AWS::Partition|data\.aws_partition\.[\w-]+\.partition)\}")


class Names(Struct, frozen=True):
    """What stands for the holes of a text, by the home of the code and by what is between the brackets; with `is_one_account` all accounts are taken for one."""

    words: Mapping[str, Mapping[str, str]] = {}
    everywhere: Mapping[str, str] = {}
    is_one_account: bool = False

    def text(self, written: str, home: str) -> str:
        """Fill the holes of a text.

        >>> Names({"": {"aws_iam_role.x.arn": "arn:aws:iam::*:role/x"}}).text("${aws_iam_role.x[0].arn}", "")
        'arn:aws:iam::*:role/x'
        """
        if self.is_one_account:
            if _WHOLE_ACCOUNT.match(written):
                return ONE_ACCOUNT
            written = _ACCOUNT.sub(rf"\g<head>{ONE_ACCOUNT}", _PARTITION.sub("aws", written))
        if "${" not in written:
            return written
        known = self.words.get(home, {})

        def filled(found: re.Match[str]) -> str:
            inside = _INDEX.sub("", found["inside"])
            return known.get(inside) or self.everywhere.get(inside) or found[0]

        return HOLE.sub(filled, written)

    def policy(self, policy: Policy, home: str) -> Policy:
        """Fill the holes of a policy's resources, principals and conditions.

        >>> Names().policy(Policy(statements=()), "").statements
        ()
        """
        return replace(policy, statements=tuple([self._statement(each, lambda text: self.text(text, home)) for each in policy.statements]))

    @staticmethod
    def _statement(statement: Statement, fill: Callable[[str], str]) -> Statement:
        return replace(
            statement,
            resources=_filled(statement.resources, fill),
            not_resources=_filled(statement.not_resources, fill),
            principals=_principals(statement.principals, fill),
            not_principals=_principals(statement.not_principals, fill),
            conditions=tuple([Condition(each.operator, each.key, _filled(each.values, fill) or ()) for each in statement.conditions]),
        )


def patterns_of(owners: Iterable[Owner]) -> Names:
    """Give the names under which the principals are shown: the account, which the code seldom names, is `*`.

    >>> owner = Owner(name="x", scope="", kind="role", path="/apps/", given="${var.a}-x", arn_words=("aws_iam_role.x.arn",))
    >>> patterns_of((owner,)).text("${aws_iam_role.x.arn}", "")
    'arn:aws:iam::*:role/apps/${var.a}-x'
    """
    return Names(_words(owners, lambda owner: (arn_of(owner, ANY_ACCOUNT, given_name(owner)), given_name(owner))))


def given_name(owner: Owner) -> str:
    """Give the name that it will have, with what the code leaves open as it is written; the engine's own invention matches nothing that people write.

    >>> (
    ...     given_name(Owner(name="aws_iam_role.x", scope="a", kind="role")),
    ...     given_name(Owner(name="x", scope="", kind="role", given="${var.a}-x")),
    ... )
    ('aws_iam_role.x', '${var.a}-x')
    """
    return owner.given or owner.name


def fixed_of(owners: Iterable[Owner]) -> Names:
    """Give names without holes, under which principals meet: what the code leaves open has the same stand-in wherever it is written, and all accounts are one.

    >>> owner = Owner(name="x", scope="", kind="role", given="${var.a}-x", arn_words=("aws_iam_role.x.arn",))
    >>> fixed_of((owner,)).text("arn:aws:iam::111122223333:role/${var.a}-x", "")
    'arn:aws:iam::000000000000:role/var.a-x'
    """
    listed = tuple(owners)
    holes = {found["inside"]: _stand_in(found["inside"]) for owner in listed for found in HOLE.finditer(owner.given + owner.path)}
    return Names(_words(listed, lambda owner: (arn_of(owner, ONE_ACCOUNT, fixed_name(owner)), fixed_name(owner))), holes, True)


def fixed_name(owner: Owner) -> str:
    """Give a name without holes.

    >>> fixed_name(Owner(name="aws_iam_role.x", scope="a", kind="role"))
    'aws_iam_role.x'
    """
    return _closed(given_name(owner))


def arn_of(owner: Owner, account: str, name: str, partition: str = "aws") -> str:
    """Give an ARN.

    >>> arn_of(Owner(name="x", scope="", kind="role", path="/a/"), "*", "x")
    'arn:aws:iam::*:role/a/x'
    """
    path = _closed(owner.path) if account == ONE_ACCOUNT else owner.path
    return f"arn:{partition}:iam::{account}:{owner.kind}/{path.strip('/')}{'/' if path.strip('/') else ''}{name}"


def _closed(text: str) -> str:
    return HOLE.sub(lambda found: _stand_in(found["inside"]), text)


def _stand_in(inside: str) -> str:
    return _UNFIT.sub("_", inside)


def _words(owners: Iterable[Owner], made: Callable[[Owner], tuple[str, str]]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for owner in owners:
        arn, name = made(owner)
        known = found.setdefault(owner.home, {})
        known |= dict.fromkeys(owner.arn_words, arn) | dict.fromkeys(owner.name_words, name)
    return found


def _filled(words: tuple[str, ...] | None, fill: Callable[[str], str]) -> tuple[str, ...] | None:
    return None if words is None else tuple([fill(word) for word in words])


def _principals(listed: tuple[Principals, ...] | None, fill: Callable[[str], str]) -> tuple[Principals, ...] | None:
    return None if listed is None else tuple([Principals(each.kind, tuple([fill(value) for value in each.values])) for each in listed])
