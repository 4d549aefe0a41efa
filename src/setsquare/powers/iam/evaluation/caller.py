"""Who makes a request: what its ARN says about it."""

from __future__ import annotations

import enum

from msgspec import Struct

ANONYMOUS = "anonymous"
"""The principal of a request that is not signed."""
_LINKED_NAME = "AWSServiceRoleFor"


class CallerKind(enum.Enum):
    """What kind of principal makes the request."""

    USER = "user"
    ROLE = "role"
    SESSION = "session of a role"
    FEDERATED_USER = "federated user"
    ROOT = "account"
    SERVICE = "service"
    PROVIDER = "identity provider"
    CANONICAL = "canonical user"
    ANONYMOUS = "anonymous"
    UNKNOWN = "unknown"


class Caller(Struct, frozen=True, kw_only=True):
    """The principal of a request. `account` are 12 digits or empty; `name` is that of the user or role without its path, `session` the session's."""

    kind: CallerKind
    arn: str
    account: str = ""
    name: str = ""
    session: str = ""

    @property
    def is_service_linked(self) -> bool:
        """Tell whether it is a role that a service owns: no service or resource control policy affects it.

        Source: AWS, Organizations User Guide, "Service control policies", "Tasks and entities not restricted by SCPs"; "Resource control policies".
        """
        if self.kind is CallerKind.ROLE:
            return is_linked_role(self.arn)
        return self.kind is CallerKind.SESSION and self.name.startswith(_LINKED_NAME)

    @property
    def has_identity_policies(self) -> bool:
        """Tell whether policies of its own may allow it something."""
        return self.kind in {
            CallerKind.USER,
            CallerKind.ROLE,
            CallerKind.SESSION,
            CallerKind.FEDERATED_USER,
            CallerKind.ROOT,
            CallerKind.UNKNOWN,
        }


def is_linked_role(arn: str) -> bool:
    """Tell whether an ARN is that of a role that is linked to a service.

    >>> is_linked_role("arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
    True
    """
    return ":role/aws-service-role/" in arn


def caller_of(principal: str) -> Caller:
    """Read the principal of a request: an ARN, a service's name, the name of an identity provider, a canonical user id, `anonymous`, or empty.

    >>> caller_of("arn:aws:sts::111122223333:assumed-role/app/i-1").name, caller_of("ec2.amazonaws.com").kind.value
    ('app', 'service')
    """
    kind = CallerKind
    if principal in {"", ANONYMOUS}:
        return Caller(kind=kind.ANONYMOUS if principal else kind.UNKNOWN, arn=principal)
    if not principal.startswith("arn:"):
        return Caller(kind=_kind_of_name(principal), arn=principal)
    parts = principal.split(":", 5)
    account, resource = (parts[4], parts[5]) if len(parts) == 6 else ("", "")
    type_, _, rest = resource.partition("/")
    name = rest.rpartition("/")[2]
    match type_:
        case "root":
            return Caller(kind=kind.ROOT, arn=principal, account=account)
        case "user":
            return Caller(kind=kind.USER, arn=principal, account=account, name=name)
        case "role":
            return Caller(kind=kind.ROLE, arn=principal, account=account, name=name)
        case "assumed-role":
            role, _, session = rest.partition("/")
            return Caller(kind=kind.SESSION, arn=principal, account=account, name=role, session=session)
        case "federated-user":
            return Caller(kind=kind.FEDERATED_USER, arn=principal, account=account, name=name)
        case "saml-provider" | "oidc-provider":
            return Caller(kind=kind.PROVIDER, arn=principal, account=account)
        case _:
            return Caller(kind=kind.UNKNOWN, arn=principal, account=account)


def _kind_of_name(principal: str) -> CallerKind:
    if principal.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")) and not principal.startswith(
        ("cognito-identity.", "www.")
    ):
        return CallerKind.SERVICE
    if len(principal) == 64 and set(principal) <= set("0123456789abcdef"):
        return CallerKind.CANONICAL
    return CallerKind.PROVIDER if "." in principal else CallerKind.UNKNOWN
