"""A policy found in source code."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class Form(enum.Enum):
    """How the source writes a policy."""

    JSON = "json"
    TERRAFORM_JSONENCODE = "terraform-jsonencode"
    TERRAFORM_HEREDOC = "terraform-heredoc"
    TERRAFORM_DOCUMENT = "terraform-policy-document"
    CLOUDFORMATION_JSON = "cloudformation-json"
    CLOUDFORMATION_YAML = "cloudformation-yaml"


class SourcePolicy(Struct, frozen=True, kw_only=True):
    """A policy in a file.

    `owner` is the role (or user, group) it hangs on as far as the source says, `name` the policy's own name; `address` is the resource's address in its
    language (`aws_iam_role_policy.ecs`, `Resources.EcsRole`). `span` covers the policy's text. `unresolved` are words that only the language's engine can resolve
    (`${var.bucket}`, `!Ref X`): what holds them is kept and never judged as unused by resource.
    """

    path: RelPath
    form: Form
    policy: Policy
    span: Span
    owner: str = ""
    name: str = ""
    address: str = ""
    is_trust: bool = False
    is_boundary: bool = False
    unresolved: tuple[str, ...] = ()
