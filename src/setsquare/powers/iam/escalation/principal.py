"""A principal as a whole: everything that decides on what it may do."""

from __future__ import annotations

from msgspec import Struct

from setsquare.powers.iam.evaluation.request import Layers, NamedPolicy
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.recommendation.model import Grant


class PolicyPlace(Struct, frozen=True):
    """Where a policy of a principal was read, and where it is attached, `FILE:LINE` or empty."""

    policy: str
    read: str = ""
    attached: str = ""


class Principal(Struct, frozen=True, kw_only=True):
    """A role, user or policy that is judged. `arn` is empty where it is not known; `trust` is a role's; `groups` are those of a user.

    `is_policy`: it is a policy of which nobody knows whom it is given to. `place` says where it was read, `FILE:LINE` or empty, `places` the same of its policies.
    """

    name: str
    arn: str = ""
    layers: Layers = Layers()
    trust: Policy | None = None
    groups: tuple[str, ...] = ()
    is_policy: bool = False
    place: str = ""
    places: tuple[PolicyPlace, ...] = ()

    @property
    def kind(self) -> str:
        """Give `role`, `user` or `group` as the ARN says, empty where it says nothing.

        >>> Principal(name="a", arn="arn:aws:iam::123456789012:role/apps/a").kind, Principal(name="a").kind
        ('role', '')
        """
        return self.arn.split(":", 5)[5].partition("/")[0] if self.arn.count(":") >= 5 else ""

    @property
    def account(self) -> str:
        """Give the 12 digits of the account, empty where they are not known."""
        return self.arn.split(":", 5)[4] if self.arn.count(":") >= 5 else ""


def principal_of(grant: Grant) -> Principal:
    """Take a role with all its policies and its boundary as one principal.

    >>> principal_of(Grant(role="ecs-api")).name
    'ecs-api'
    """
    identity = tuple([NamedPolicy(each.name, each.policy) for each in grant.policies])
    return Principal(name=grant.role, arn=grant.arn, layers=Layers(identity=identity, boundary=grant.boundary), trust=grant.trust)
