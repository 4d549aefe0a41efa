"""Says on whom the managed policies of Terraform code hang, and how roles are called.

Source: Terraform AWS provider, `aws_iam_role_policy_attachment`, `aws_iam_policy_attachment`, `aws_iam_role`, `aws_iam_role_policy_attachments_exclusive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Call, Expression, Heredoc
from setsquare.powers.iam.infrastructure.nodes import TextNode, words_of
from setsquare.powers.iam.infrastructure.terraform_module import REFERENCE, Home, Scope, Written, followed, output_of, text_of, turned
from setsquare.text.paths import RelPath

_IDENTITY = frozenset({"name", "id", "arn", "unique_id"})
ATTACHED: Mapping[str, tuple[str, ...]] = {
    "aws_iam_role_policy_attachment": ("role",),
    "aws_iam_user_policy_attachment": ("user",),
    "aws_iam_group_policy_attachment": ("group",),
    "aws_iam_policy_attachment": ("roles", "users", "groups"),
}
"""Blocks that hang a managed policy on somebody, and the words that say on whom."""
_LIMIT_STEPS = 6

Scopes = Mapping[tuple[str, str], Scope]


class Attachments(Struct, frozen=True):
    """Who has a managed policy, and whom it bounds, by the prefix and the label of its block; `scopes` are the modules' by their caller's prefix and label."""

    attached: Mapping[tuple[str, str], tuple[str, ...]]
    bounded: Mapping[tuple[str, str], tuple[str, ...]]
    scopes: Scopes


def attachments_of(scopes: Iterable[Scope]) -> Attachments:
    """Read the attachments of all modules."""
    listed = tuple(scopes)
    by_call = {_call_key(each): each for each in listed if each.call is not None}
    attached: dict[tuple[str, str], list[str]] = {}
    bounded: dict[tuple[str, str], list[str]] = {}
    for scope in listed:
        for home in scope.module.resources.values():
            for turn in turned(scope, home):
                for key, owner, is_bound in _of_block(by_call, turn, home):
                    (bounded if is_bound else attached).setdefault(key, []).append(owner)
    return Attachments(
        {key: tuple(dict.fromkeys(each)) for key, each in attached.items()},
        {key: tuple(dict.fromkeys(each)) for key, each in bounded.items()},
        by_call,
    )


def _call_key(scope: Scope) -> tuple[str, str]:
    """Name a scope by its caller's prefix and its own label."""
    outer = scope.outer.prefix if scope.outer else ""
    label = scope.call.name_of_call if scope.call else ""
    return outer, label


def _of_block(scopes: Scopes, scope: Scope, home: Home) -> Iterator[tuple[tuple[str, str], str, bool]]:
    """Give the policies that a block hangs on somebody, on whom, and whether as a boundary."""
    block = home.block
    for key in ATTACHED.get(block.labels[0], ()):
        target = managed(scopes, scope, home.path, block.value("policy_arn"))
        for each in words(block.value(key)) if target else ():
            yield target or ("", ""), owner_of(scopes, scope, each), False
    if block.labels[0] == "aws_iam_role":
        owner = owner_of(scopes, scope, None, home)
        for each in words(block.value("managed_policy_arns")):
            target = managed(scopes, scope, home.path, each)
            if target:
                yield target, owner, False
        target = managed(scopes, scope, home.path, block.value("permissions_boundary"))
        if target:
            yield target, owner, True
    if block.labels[0] == "aws_iam_role_policy_attachments_exclusive":
        owner = owner_of(scopes, scope, block.value("role_name"))
        for each in words(block.value("policy_arns")):
            target = managed(scopes, scope, home.path, each)
            if target:
                yield target, owner, False


def owner_of(scopes: Scopes, scope: Scope, value: Expression | None, home: Home | None = None, steps: int = 0) -> str:
    """Name a role, user or group: as it is written, or as the block that a reference leads to names it."""
    if home is not None:
        named = text_of(scope, home.block.value("name"))
        prefix = text_of(scope, home.block.value("name_prefix"))
        return named or (f"{prefix}${{…}}" if prefix else "")
    if value is None or steps > _LIMIT_STEPS:
        return ""
    where, written = followed(scope, Written(RelPath(""), value))
    value = written.value
    if not isinstance(value, TextNode):
        return ""
    given = output_of(scopes, where, value)
    if given is not None:
        return owner_of(scopes, given[0], given[1].value, None, steps + 1)
    found = REFERENCE.match(value.value) if value.is_whole else None
    if found is None or found["what"] not in _IDENTITY:
        return text_of(where, value)
    kind = where.module.data if found["data"] else where.module.resources
    target = kind.get((found["type"], found["name"]))
    if target is None:
        return ""
    return owner_of(scopes, _turn_of(where, target, found["index"]), None, target)


def _turn_of(scope: Scope, home: Home, index: str | None) -> Scope:
    """Give the turn of a loop that a reference means."""
    turns = turned(scope, home)
    key = (index or "").strip("[]")
    if key.startswith("each.") and scope.turn:
        key = scope.turn.key
    named = [each for each in turns if each.turn and each.turn.key == key.strip('"')]
    return named[0] if named else turns[0] if len(turns) == 1 else scope


def managed(scopes: Scopes, scope: Scope, path: RelPath, value: Expression | None, steps: int = 0) -> tuple[str, str] | None:
    """Give prefix and label of the policy that a reference names; `None` for another's."""
    if value is None or steps > _LIMIT_STEPS:
        return None
    where, written = followed(scope, Written(path, value))
    given = output_of(scopes, where, written.value)
    if given is not None:
        return managed(scopes, given[0], given[1].path, given[1].value, steps + 1)
    found = REFERENCE.match(written.value.value) if isinstance(written.value, TextNode) else None
    return (where.prefix, found["name"]) if found and found["type"] == "aws_iam_policy" and not found["data"] else None


def words(value: Expression | None) -> tuple[TextNode, ...]:
    """Give the strings of a string or a list."""
    return () if isinstance(value, (Call, Heredoc)) else words_of(value)
