"""How large policies may be.

Source: AWS, IAM User Guide, "IAM and AWS STS quotas". White space does not count.
"""

from __future__ import annotations

from setsquare.powers.iam.recommendation.model import PolicyKind

LIMIT_MANAGED = 6144
"""Characters of one managed policy."""
LIMIT_INLINE = 10_240
"""Characters of all inline policies of one role together."""
LIMIT_ATTACHED = 10
"""Managed policies on one role, unless AWS has raised it."""
LIMIT_NAME = 128
"""Characters of a policy's name."""


def limit_of(kind: PolicyKind) -> int:
    """Give the characters that a policy may have; inline policies share theirs. A copy of a policy of AWS is an ordinary managed one.

    >>> limit_of(PolicyKind.INLINE), limit_of(PolicyKind.AWS_MANAGED)
    (10240, 6144)
    """
    return LIMIT_INLINE if kind is PolicyKind.INLINE else LIMIT_MANAGED
