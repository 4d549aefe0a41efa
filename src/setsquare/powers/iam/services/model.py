"""A service and the role that it runs as, as a file says."""

from __future__ import annotations

from msgspec import Struct

from setsquare.text.paths import RelPath


class ServiceRole(Struct, frozen=True, kw_only=True, order=True):
    """One service with its role. `names` are all words by which the file calls the service; `role` is the role's name, empty where only AWS's tools make it up.

    `kind` says what runs: `ecs-task`, `lambda`, `step-functions`, `batch-job`, `ec2-instance`, `app-runner`, `eks-service-account`, `eks-pod-identity`, `glue-job`,
    `codebuild`; `address` is the place in the file's own language; `unresolved` what the file says instead of a name.
    """

    names: tuple[str, ...]
    role: str
    kind: str
    path: RelPath
    line: int
    address: str = ""
    unresolved: str = ""


def role_in(arn: str) -> str:
    """Give the role's name in its ARN, or the word itself where it is a name; empty where it is neither.

    >>> role_in("arn:aws:iam::123456789012:role/apps/ecs-auth"), role_in("ecs-auth"), role_in("${var.role}")
    ('ecs-auth', 'ecs-auth', '')
    """
    last = arn.rpartition("/")[2] if ":role/" in arn else "" if ":" in arn else arn
    return "" if not last or any(char in last for char in "${}[] !") else last
