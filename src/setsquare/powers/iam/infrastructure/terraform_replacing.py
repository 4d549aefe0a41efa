"""Puts a policy of the role's own in the place of one of AWS's in Terraform code: the new block stands beside what attached the other.

Source: Terraform AWS provider, `aws_iam_policy`, `aws_iam_role_policy_attachment`, `aws_iam_role` (`managed_policy_arns`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from setsquare.powers.iam.infrastructure.hcl import Block
from setsquare.powers.iam.infrastructure.list_edits import newline
from setsquare.powers.iam.infrastructure.policy_writing import hcl_of, plain_of
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_attachments import words
from setsquare.powers.iam.infrastructure.terraform_detaching import Site, terraform_detachment
from setsquare.powers.iam.infrastructure.terraform_places import FolderCode, code_of
from setsquare.powers.iam.policy.document import Policy
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Edit, Span

_ATTACHMENT = "aws_iam_role_policy_attachment"
_NOT_WORD = re.compile(r"[^A-Za-z0-9_]+")


def terraform_replacement(
    files: Mapping[RelPath, bytes], sites: Sequence[Site], name: str, policy: Policy
) -> tuple[dict[RelPath, list[Edit]], str]:
    """Give the edits that attach a new policy where the sites attach another; and the new policy's label.

    Raises:
        Refusal: it is attached in a way that cannot be taken over.
    """
    first = sites[0]
    if len({parent(site.home.path) for site in sites}) > 1:
        raise Refusal(first.at, "it is attached in several modules")
    code = code_of(files, parent(first.home.path))
    label = _free(code, name)
    arn = f"aws_iam_policy.{label}.arn".encode()
    edits: dict[RelPath, list[Edit]] = {}
    texts = [_policy(first.home.block, code.raws[first.home.path], label, name, policy)]
    for site in sites:
        path, block = site.home.path, site.home.block
        if block.value("count") is not None or (block.value("for_each") is not None and not site.is_turn):
            raise Refusal(site.at, "what attaches it is made in a loop")
        if site.is_turn:
            for where, gone in terraform_detachment(files, (site,)).items():
                edits.setdefault(where, []).extend(gone)
            texts.append(_attachment(code.raws[path], block, label, arn))
        elif block.labels[0] == _ATTACHMENT:
            value = block.value("policy_arn")
            if value is None:
                raise Refusal(site.at, "what attaches it names no policy")
            edits.setdefault(path, []).append(Edit(value.span, arn))
        elif site.attribute is not None and block.labels[0] != "aws_iam_policy_attachment":
            item = _item(site)
            edits.setdefault(path, []).append(Edit(item, arn))
        else:
            raise Refusal(site.at, f"{'.'.join(block.labels)} attaches it to others too")
    raw, end = code.raws[first.home.path], first.home.block.span.end
    gap = newline(raw)
    text = b"".join(gap + gap + each.replace("\n", gap.decode()).encode() for each in texts)
    before = edits.setdefault(first.home.path, [])
    overlapping = next(
        (each for each in before if each.span.start < end <= each.span.end and each.span.start <= first.home.block.span.start), None
    )
    if overlapping is not None:
        # The block goes as a whole: what takes its place stands where it stood.
        before.remove(overlapping)
        before.append(Edit(overlapping.span, text.removeprefix(gap) + gap))
    else:
        before.append(Edit(Span(end, end), text))
    return edits, label


def _item(site: Site) -> Span:
    """Give the item of a list that names the policy."""
    for each in words(site.attribute.value) if site.attribute else ():
        if each.span.start == site.at:
            return each.span
    raise Refusal(site.at, "the list that attaches it cannot be read")


def _free(code: FolderCode, name: str) -> str:
    """Make a label that no policy of the folder has."""
    taken = {block.labels[1] for _, block in code.each() if block.type == "resource" and len(block.labels) > 1}
    made = _NOT_WORD.sub("_", name).strip("_").lower()[:60] or "policy"
    made = made if made[0].isalpha() else f"p_{made}"
    while made in taken:
        made += "_"
    return made


def _provider(raw: bytes, block: Block) -> str:
    """Take over the provider that a block names: that of another account or region."""
    value = block.value("provider")
    return f"  provider = {raw[value.span.start : value.span.end].decode('utf-8', 'replace')}\n\n" if value is not None else ""


def _policy(block: Block, raw: bytes, label: str, name: str, policy: Policy) -> str:
    body = hcl_of(plain_of(policy), "  ")
    return f'resource "aws_iam_policy" "{label}" {{\n{_provider(raw, block)}  name = {hcl_of(name)}\n\n  policy = jsonencode({body})\n}}'


def _attachment(raw: bytes, block: Block, label: str, arn: bytes) -> str:
    value = block.value("role")
    written = raw[value.span.start : value.span.end].decode("utf-8", "replace") if value is not None else ""
    if not written or "each." in written or "\n" in written:
        raise Refusal(block.span.start, "the role that it is attached to is named by a loop")
    return f'resource "{_ATTACHMENT}" "{label}" {{\n{_provider(raw, block)}  role       = {written}\n  policy_arn = {arn.decode()}\n}}'
