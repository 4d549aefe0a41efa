"""A request and the policies that meet it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy


class NamedPolicy(Struct, frozen=True):
    """A policy with the name that traces show: an ARN, or `inline:NAME`."""

    name: str
    policy: Policy


class Request(Struct, frozen=True, kw_only=True):
    """One request. `context` maps lower-case condition keys to their values; one value for a single-valued key.

    A key that is not in `context` is absent when `is_context_complete`, or when it is in `absent`; otherwise it may have any value and the answer may
    be unknown. `resource` is one ARN, `*` for actions without resources, or empty where it is not known. `principal` is the ARN of the role, user, session, account
    root or identity provider, the name of a service, a canonical user id, `anonymous`, or empty where it is not known.
    """

    action: str
    resource: str = "*"
    principal: str = ""
    context: Mapping[str, tuple[str, ...]] = {}
    absent: frozenset[str] = frozenset()
    is_context_complete: bool = True


class PublicAccessBlock(Struct, frozen=True, kw_only=True):
    """The settings that hold for a bucket: those of the bucket, its account, its organisation and the access point together, each on where one of them has it on."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


class Layers(Struct, frozen=True, kw_only=True):
    """What decides on a request: each layer is `None` where it does not apply.

    `identity` are all policies of the principal, groups' included. `service_control` and `resource_control` hold one tuple of policies per level, root first:
    each level must allow. `session` are session policies: their union must allow. `resource` is the resource's own policy; `is_same_account` says whether it
    lies in the principal's account. `is_delegating` is false for resources that give no access to identity policies unless their own policy says so
    (roles' trust, KMS keys). `endpoint` is the policy of the VPC endpoint that the request goes through, `public_access` what blocks public access to the S3 bucket.
    """

    identity: tuple[NamedPolicy, ...] = ()
    boundary: NamedPolicy | None = None
    service_control: tuple[tuple[NamedPolicy, ...], ...] | None = None
    resource_control: tuple[tuple[NamedPolicy, ...], ...] | None = None
    session: tuple[NamedPolicy, ...] | None = None
    resource: NamedPolicy | None = None
    is_same_account: bool = True
    is_delegating: bool = True
    endpoint: NamedPolicy | None = None
    public_access: PublicAccessBlock | None = None
