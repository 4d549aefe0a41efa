"""What AWS's own managed policies grant, as far as escalation paths need it.

Source: AWS, AWS Managed Policy Reference.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy
from setsquare.text.lazy_pattern import LazyPattern

_ARN = LazyPattern(r":iam::aws:policy/(?:[\w+=,.@-]+/)*(?P<name>[\w+=,.@-]+)\Z")


def _nothing(_name: str) -> Policy | None:
    return None


class AwsPolicies(Struct, frozen=True, kw_only=True):
    """AWS's managed policies. `named` gives one by its name, without the statements that no path needs, and `None` for one that is not known.

    `dated` is the day of which the knowledge is, `YYYY-MM-DD`, empty where there is none.
    """

    dated: str = ""
    named: Callable[[str], Policy | None] = _nothing

    def unknown(self, name: str) -> str:
        """Say that nothing is known of a policy.

        >>> AwsPolicies(dated="2026-01-01").unknown("NewFullAccess")
        "what AWS's policy NewFullAccess grants is not known: the table of 2026-01-01 lacks it"
        """
        return f"what AWS's policy {name} grants is not known: the table of {self.dated or 'no day'} lacks it"

    def of_arn(self, arn: str) -> Policy | None:
        """Give the policy of an ARN; `None` for one that is not AWS's, or not known.

        >>> AwsPolicies().of_arn("arn:aws:iam::aws:policy/AdministratorAccess") is None
        True
        """
        name = aws_name(arn)
        return self.named(name) if name else None


def aws_name(arn: str) -> str:
    """Give the name of AWS's policy that an ARN names, in whichever partition; empty for another's.

    >>> aws_name("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"), aws_name("arn:aws:iam::1:policy/x")
    ('AWSLambdaBasicExecutionRole', '')
    """
    found = _ARN.search(arn)
    return found["name"] if found else ""
