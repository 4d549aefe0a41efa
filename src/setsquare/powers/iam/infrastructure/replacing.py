"""Puts a policy with the needed part in the place of one of AWS's, which nobody can edit: written beside what attaches the other, and attached in its stead.

The files are read again afterwards: the role has the new policy and no more the other, and every policy that stands in the code says what it said.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.cloudformation_detaching import read_template
from setsquare.powers.iam.infrastructure.cloudformation_replacing import template_replacement
from setsquare.powers.iam.infrastructure.comparing import pairs_with
from setsquare.powers.iam.infrastructure.detaching import attaching
from setsquare.powers.iam.infrastructure.nodes import Found
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.reproving import Key, key_of, said
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_detaching import Meant, sites_of
from setsquare.powers.iam.infrastructure.terraform_replacing import terraform_replacement
from setsquare.powers.iam.infrastructure.yaml_anchors import repeating
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, apply_edits


class Replaced(Struct, frozen=True):
    """The files that change, what they say then, and the key of the new policy."""

    contents: Mapping[RelPath, bytes]
    found: Found
    key: Key


# req: iam-autopilot/6.1
def replaced(
    files: Mapping[RelPath, bytes], before: Found, meant: Meant, new: tuple[str, Policy], known: Known | None = None
) -> Replaced | str:
    """Plan what takes the place of a policy; `new` is a name and what it says. Why not, in words."""
    name, policy = new
    if any(each.source.name == name for each in before.located):
        return f"a policy {name} stands in the code already"
    try:
        edits, address = _edits(files, meant, name, policy)
        contents = {path: apply_edits(files[path], each) for path, each in edits.items()}
    except Refusal as refusal:
        return refusal.reason
    except ValueError:
        return "what attaches it is too entangled to be edited"
    if not contents:
        return "what attaches it to the role is not found in the code"
    now = {**files, **contents}
    after = found_in(now, known=known)
    return _proven(now, before, after, meant, address, policy) or Replaced(contents, after, _key(after, address))


def _edits(files: Mapping[RelPath, bytes], meant: Meant, name: str, policy: Policy) -> tuple[dict[RelPath, list[Edit]], str]:
    """Give the edits, and the end of the new policy's address."""
    sites = sites_of(files, meant)
    if sites:
        edits, label = terraform_replacement(files, sites, name, policy)
        return edits, f"aws_iam_policy.{label}"
    found: list[tuple[RelPath, list[Edit], str]] = []
    for path, raw in files.items():
        template = read_template(path, raw) if not path.endswith(".tf") and b"AWS::IAM::Role" in raw else None
        if template is not None:
            made, address = template_replacement(template, raw, meant, name, policy)
            if made and (alias := repeating(raw, [made[0].span])):
                raise Refusal(made[0].span.start, f"{path}: {alias}")
            found += [(path, made, address)] if made else []
    if len(found) > 1:
        raise Refusal(0, f"several templates attach it ({', '.join(path for path, _, _ in found)})")
    return ({found[0][0]: found[0][1]}, found[0][2]) if found else ({}, "")


def _proven(files: Mapping[RelPath, bytes], before: Found, after: Found, meant: Meant, address: str, policy: Policy) -> str:
    """Say how the code differs from what was meant; empty where it does not."""
    new = [each for each in after.located if _is_at(each.source.address, address)]
    if len(new) != 1 or isinstance(pairs_with(new[0], policy), str) or new[0].source.is_boundary or not new[0].source.owner:
        return "the new policy would not say what was meant, or not hang on the role"
    if attaching(files, meant):
        return "what attaches it would still stand there"
    left = sorted((key_of(each), said(each)) for each in before.located)
    there = sorted((key_of(each), said(each)) for each in after.located if each is not new[0])
    if left != there or len(after.unread) > len(before.unread):
        return "other policies would not be what they were"
    return ""


def _is_at(address: str, end: str) -> bool:
    return address == end or address.endswith(f".{end}")


def _key(after: Found, address: str) -> Key:
    return next(key_of(each) for each in after.located if _is_at(each.source.address, address))
