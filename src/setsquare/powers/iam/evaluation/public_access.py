"""What S3's Block Public Access changes: whom a bucket's policy still reaches, and which calls are rejected.

Source: AWS, Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage" with "The meaning of public".
"""

from __future__ import annotations

import ipaddress

from setsquare.powers.iam.evaluation.caller import CallerKind
from setsquare.powers.iam.evaluation.request import PublicAccessBlock
from setsquare.powers.iam.evaluation.truth import FAILS, HOLDS, MAYBE, YES, Tested, all_of, any_of, negated
from setsquare.powers.iam.evaluation.view import View
from setsquare.powers.iam.policy.document import Condition, Effect, Policy, Statement

_NARROWING = frozenset(
    {
        *("aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:userid"),
        *("s3:dataaccesspointarn", "s3:dataaccesspointaccount", "aws:principalorgid", "aws:principalarn", "aws:principalaccount"),
    }
)
_EQUAL = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"})
_ANY_VALUE = "foranyvalue:"
_ACL_KEY = "s3:x-amz-acl"
_GRANT_KEYS = tuple(f"s3:x-amz-grant-{what}" for what in ("read", "write", "read-acp", "write-acp", "full-control"))
_PUBLIC_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_PUBLIC_GROUPS = ("/global/AllUsers", "/global/AuthenticatedUsers")
_PUT_POLICY = frozenset({"s3:putbucketpolicy", "s3:putaccesspointpolicy"})
_PUT_ACL = frozenset({"s3:putbucketacl", "s3:putobjectacl", "s3:putobjectversionacl"})
_WITH_ACL = frozenset({"s3:putobject", "s3:createbucket", *_PUT_ACL})
_WIDEST_4, _WIDEST_6 = 8, 32


def is_of_s3(view: View) -> bool:
    """Tell whether a request is one that the settings are about."""
    return view.action.startswith("s3:")


def shut_out(block: PublicAccessBlock, policy: Policy | None, view: View, *, is_same_account: bool) -> Tested:
    """Tell whether what a bucket's policy allows does not count for this caller: the policy is public and the caller of no service and not of the bucket's account.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> from setsquare.powers.iam.policy.document import Principals
    >>> public = Policy(statements=(Statement(effect=Effect.ALLOW, actions=("s3:*",), principals=(Principals("*", ("*",)),)),))
    >>> view = View(Request(action="s3:GetObject", principal="anonymous"))
    >>> shut_out(PublicAccessBlock(restrict_public_buckets=True), public, view, is_same_account=True).truth.value
    'yes'
    """
    kind = view.caller.kind
    is_outside = kind is not CallerKind.SERVICE and (not is_same_account or kind is CallerKind.ANONYMOUS)
    if policy is None or not block.restrict_public_buckets or not is_outside:
        return FAILS
    public = is_public(policy)
    if public.truth is MAYBE:
        return Tested(MAYBE, f"RestrictPublicBuckets: {public.reason}")
    return Tested(public.truth, "RestrictPublicBuckets: the policy is public, so that it reaches nobody outside of the bucket's account")


def rejected(block: PublicAccessBlock, view: View) -> Tested:
    """Tell whether S3 rejects the call itself, whoever may make it.

    >>> from setsquare.powers.iam.evaluation.request import Request
    >>> view = View(Request(action="s3:PutObject", context={"s3:x-amz-acl": ("public-read",)}))
    >>> rejected(PublicAccessBlock(block_public_acls=True), view).truth.value
    'yes'
    """
    if block.block_public_policy and view.action in _PUT_POLICY:
        return Tested(MAYBE, "BlockPublicPolicy rejects a policy that is public, and the new policy is not known")
    if not block.block_public_acls or view.action not in _WITH_ACL:
        return FAILS
    return any_of([_canned(view), *[_granted(view, key) for key in _GRANT_KEYS], _in_body(view)])


def _canned(view: View) -> Tested:
    values = view.values(_ACL_KEY)
    if values is None:
        return Tested(MAYBE, f"BlockPublicAcls rejects a public ACL, and {_ACL_KEY} is not known", (_ACL_KEY,))
    public = next((value for value in values if value.lower() in _PUBLIC_ACLS), "")
    return Tested(YES, f"BlockPublicAcls rejects the ACL {public}") if public else FAILS


def _granted(view: View, key: str) -> Tested:
    """Test a grant in a header; one that nobody speaks of is taken not to be there."""
    public = next((value for value in view.values(key) or () if any(group in value for group in _PUBLIC_GROUPS)), "")
    return Tested(YES, f"BlockPublicAcls rejects what {key} grants to everyone") if public else FAILS


def _in_body(view: View) -> Tested:
    if view.action not in _PUT_ACL or any(view.values(key) for key in (_ACL_KEY, *_GRANT_KEYS)):
        return FAILS
    return Tested(MAYBE, "BlockPublicAcls rejects a public ACL, and the ACL is not known")


def is_public(policy: Policy) -> Tested:
    """Tell whether a bucket's policy is public: one of its Allow statements is not limited to fixed principals, networks, accounts or the like.

    >>> from setsquare.powers.iam.policy.document import Principals
    >>> def public(*conditions: Condition, who: str = "*") -> str:
    ...     statement = Statement(effect=Effect.ALLOW, actions=("s3:*",), principals=(Principals("AWS", (who,)),), conditions=conditions)
    ...     return is_public(Policy(statements=(statement,))).truth.value
    >>> public(), public(who="111122223333"), public(Condition("StringEquals", "aws:SourceVpc", ("vpc-1",)))
    ('yes', 'no', 'no')
    >>> public(Condition("StringLike", "aws:SourceVpc", ("vpc-*",))), public(Condition("IpAddress", "aws:SourceIp", ("0.0.0.0/1",)))
    ('yes', 'yes')
    """
    return any_of([_is_public(each) for each in policy.statements if each.effect is Effect.ALLOW])


def _is_public(statement: Statement) -> Tested:
    if statement.not_principals is None and not any(each.kind == "*" or "*" in each.values for each in statement.principals or ()):
        return FAILS
    return all_of([negated(_narrows(condition)) for condition in statement.conditions])


def _narrows(condition: Condition) -> Tested:
    """Tell whether a condition limits a statement to fixed values of a key that counts."""
    operator, key = condition.operator.lower().removeprefix(_ANY_VALUE), condition.key.lower()
    if key == "aws:sourceip" and operator == "ipaddress":
        return HOLDS if condition.values and all(_is_narrow(value) for value in condition.values) else FAILS
    if key not in _NARROWING or operator not in _EQUAL or not condition.values:
        return FAILS
    if key == "aws:userid" and any(value.endswith(":*") and value.count("*") == 1 for value in condition.values):
        return Tested(MAYBE, "whether a role's id with every session makes a policy public is not documented clearly")
    return HOLDS if all(_is_fixed(value, key) for value in condition.values) else FAILS


def _is_fixed(value: str, key: str) -> bool:
    if key == "s3:dataaccesspointarn" and value.count(":") >= 5:
        # The name of the access point may be anything as long as its account is fixed.
        value = value.split(":")[4]
    return bool(value) and not any(mark in value for mark in ("*", "?", "${"))


def _is_narrow(network: str) -> bool:
    """Tell whether a network is narrow enough not to count as everybody's: /8 of IPv4, /32 of IPv6, or private."""
    try:
        found = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    return found.prefixlen >= (_WIDEST_4 if found.version == 4 else _WIDEST_6)
