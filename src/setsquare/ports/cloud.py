"""What an account says about its roles and policies. Nothing here can change one."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from setsquare.powers.iam.recommendation.model import Grant


class RoleEntry(Struct, frozen=True, kw_only=True, order=True):
    """One role of an account. `created` is a day, `YYYY-MM-DD`, empty where unknown."""

    name: str
    path: str = "/"
    arn: str = ""
    unique_id: str = ""
    created: str = ""


class Cloud(Protocol):
    """Reads one account."""

    def identity(self) -> str:
        """Give the ARN of the credentials in use.

        Raises:
            setsquare.errors.CloudFailed: there are none, they have expired, or the account cannot be reached.
        """
        ...

    def roles(self) -> tuple[RoleEntry, ...]:
        """List the roles of the account, sorted by name.

        Raises:
            setsquare.errors.CloudFailed: as above.
        """
        ...

    def grant(self, role: str) -> Grant | None:
        """Give all that a role is granted; `None` when it does not exist.

        Raises:
            setsquare.errors.CloudFailed: as above.
        """
        ...
