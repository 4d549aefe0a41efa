"""Who acted, as far as IAM's permissions are concerned.

Source: AWS, CloudTrail User Guide, "CloudTrail userIdentity element".
"""

from __future__ import annotations

import msgspec

from setsquare.powers.iam.usage.events import Identity, Issuer, issuer_decoder
from setsquare.powers.iam.usage.model import Principal

_KINDS = {
    "IAMUser": "user",
    "Role": "role",
    "FederatedUser": "federated",
    "WebIdentityUser": "federated",
    "SAMLUser": "federated",
    "IdentityCenterUser": "federated",
    "Directory": "federated",
    "AWSService": "service",
    "AWSAccount": "account",
    "Root": "root",
}


def principal_of(identity: Identity) -> Principal | None:
    """Name who acted; `None` when nothing in the record names anyone.

    A session of a role is the role: with its path, which the session's own ARN does not carry, and with its unique id.

    >>> principal_of(Identity(type="AWSService", invokedBy="ecs.amazonaws.com"))
    Principal(kind='service', arn='ecs.amazonaws.com', unique_id='')
    >>> principal_of(Identity(type="AssumedRole", arn="arn:aws:sts::123456789012:assumed-role/app/i-1", principalId="AROAEXAMPLE:i-1"))
    Principal(kind='role', arn='arn:aws:iam::123456789012:role/app', unique_id='AROAEXAMPLE')
    >>> principal_of(Identity()) is None
    True
    """
    match identity.type:
        case "AssumedRole":
            return _role(identity)
        case "IAMUser":
            account, name = identity.accountId or "", identity.userName or ""
            arn = identity.arn or (f"arn:aws:iam::{account}:user/{name}" if account and name else "")
        case "AWSService":
            arn = identity.invokedBy or ""
        case "AWSAccount":
            arn = identity.arn or identity.accountId or ""
        case "Root":
            arn = identity.arn or (f"arn:aws:iam::{identity.accountId}:root" if identity.accountId else "")
        case "IdentityCenterUser":
            user = identity.onBehalfOf
            arn = identity.arn or (f"{user.identityStoreArn or ''}/user/{user.userId}" if user is not None and user.userId else "")
        case None:
            # Events of a service itself name no type.
            return Principal("service", identity.invokedBy) if identity.invokedBy else None
        case _:
            arn = identity.arn or ""
    arn = arn or identity.principalId or identity.userName or ""
    unique = (identity.principalId or "").partition(":")[0]
    return Principal(_KINDS.get(identity.type, "unknown"), arn, unique if unique != arn else "") if arn else None


def role_name(principal: Principal) -> str:
    """Give the name of a role, the last part of its ARN; empty for others.

    >>> role_name(Principal("role", "arn:aws:iam::123456789012:role/team/app"))
    'app'
    """
    return principal.arn.rpartition("/")[2] if principal.kind == "role" else ""


def _role(identity: Identity) -> Principal | None:
    issuer = _issuer(identity)
    if issuer is not None and issuer.arn and issuer.type in (None, "Role"):
        return Principal("role", issuer.arn, issuer.principalId or "")
    parts = (identity.arn or "").split(":", 5)
    unique = (identity.principalId or "").partition(":")[0]
    if len(parts) == 6 and parts[5].startswith("assumed-role/"):
        name = parts[5].split("/")[1]
        return Principal("role", f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{name}", unique) if name else None
    return Principal("role", unique, unique) if unique else None


def _issuer(identity: Identity) -> Issuer | None:
    context = identity.sessionContext
    if context is None or not bytes(context.sessionIssuer):
        return None
    try:
        return issuer_decoder().decode(context.sessionIssuer)
    except msgspec.MsgspecError:
        return None
