"""Reads edited code again and holds it against what was meant: the policies that were edited say it, and every other policy says what it said before."""

from __future__ import annotations

from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.comparing import pairs_with
from setsquare.powers.iam.infrastructure.nodes import Found, Located
from setsquare.powers.iam.policy.document import Policy
from setsquare.powers.iam.policy.printing import printed

Key = tuple[str, str, str, str, str, bool, bool]


def misread(found: Found, before: Found, located: Located, after: Policy) -> str:
    """Say how what edited files say differs from what was meant of one policy of `before`; empty where it does not."""
    if len(found.located) != len(before.located) or len(found.unread) > len(before.unread):
        return "another number of policies is found there"
    for old, new in zip(before.located, found.located, strict=True):
        if key_of(old) != key_of(new):
            return f"{_name(old)} is not found there"
        if old.source == located.source:
            pairs = pairs_with(new, after)
            if isinstance(pairs, str):
                return pairs
        elif said(old) != said(new):
            return f"{_name(old)} would change too"
    return ""


def key_of(each: Located) -> Key:
    """Name a policy by all but its words and its place in the file."""
    source = each.source
    return source.path, source.form.value, source.owner, source.name, source.address, source.is_trust, source.is_boundary


def said(each: Located) -> str:
    """Write what a policy says, without its places."""
    policy = each.source.policy
    plain = replace(policy, statements=tuple([replace(one, scalars=()) for one in policy.statements]))
    return "\n".join((printed(plain), *sorted(f"{one.path} {one.reason}" for one in each.loose)))


def _name(each: Located) -> str:
    return each.source.address or each.source.name or each.source.path
