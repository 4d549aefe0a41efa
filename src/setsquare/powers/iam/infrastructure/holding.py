"""Finds who else has a managed policy, or is bounded by it, as far as code says it: by a reference, by a data source, or by its ARN written out.

What an account says of a policy's attachments is as old as the answer; the code may attach it to others since. An ARN that stands in a place that is not understood
counts as somebody else's.

Source: Terraform AWS provider, `permissions_boundary` of `aws_iam_role` and `aws_iam_user`; AWS CloudFormation, `ManagedPolicyArns`, `PermissionsBoundary`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.cloudformation_detaching import is_item, read_template
from setsquare.powers.iam.infrastructure.cloudformation_handing import handed_on_by
from setsquare.powers.iam.infrastructure.finding import could_be
from setsquare.powers.iam.infrastructure.hcl import Expression
from setsquare.powers.iam.infrastructure.nodes import Found, MapNode, TextNode, Unit, words_of
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.terraform import modules_of, scopes_of
from setsquare.powers.iam.infrastructure.terraform_attachments import ATTACHED, Scopes, attachments_of, managed, owner_of, words
from setsquare.powers.iam.infrastructure.terraform_detaching import LISTS, Meant, is_policy
from setsquare.powers.iam.infrastructure.terraform_handing import handed_on
from setsquare.powers.iam.infrastructure.terraform_module import Home, Module, Scope, text_of, turned
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

_PRINCIPALS = frozenset({"AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"})
_OF_SETS = ("aws_ssoadmin_customer_managed_policy_attachment", "aws_ssoadmin_permissions_boundary_attachment")
_BOUNDED = ("aws_iam_role", "aws_iam_user")


class Holder(Struct, frozen=True):
    """Somebody who has the policy: the name as it is written, empty where nobody can tell; the file and the bytes that say so."""

    owner: str
    path: RelPath
    span: Span
    is_bound: bool = False

    @property
    def span_in(self) -> tuple[RelPath, Span]:
        """Give the file and the bytes."""
        return self.path, self.span


def other_holders(
    files: Mapping[RelPath, bytes], found: Found, unit: Unit | None, meant: Meant, known: Known | None = None
) -> tuple[str, ...]:
    """Say in words who has the policy besides the role that is meant; `found` is what was read of the files, `unit` what declares the policy."""
    code = {path: raw for path, raw in files.items() if path.endswith(".tf")}
    holders = (*_in_terraform(modules_of(code, known)[0], unit, meant), *_in_templates(files, meant))
    told = [_told(files, each) for each in holders if each.is_bound or not _is_role(each.owner, meant.role)]
    passed = [each.span_in for each in holders]
    passed += [(part.path, part.span) for each in found.located for part in each.parts]
    for path, at in _written_out(files, meant):
        if not any(where == path and span.start <= at < span.end for where, span in passed):
            told.append(f"whoever its ARN is written for at {_place(files, path, at)}")
    if unit is not None:
        told += [f"whoever has it by {_place(files, path, at)}" for path, at in handed_on_by(files, unit)]
        told += [f"whoever has it by {_place(files, path, at)}" for path, at in handed_on(files, unit, [each.span_in for each in holders])]
    return tuple(dict.fromkeys(told))


def _is_role(owner: str, role: str) -> bool:
    return owner == role or could_be(owner, role)


def _told(files: Mapping[RelPath, bytes], each: Holder) -> str:
    bounding = "the boundary of " if each.is_bound else ""
    return f"{bounding}{each.owner or 'somebody'} at {_place(files, each.path, each.span.start)}"


def _place(files: Mapping[RelPath, bytes], path: RelPath, at: int) -> str:
    line = files[path].count(b"\n", 0, at) + 1
    return f"{path}:{line}"


class _Wanted(Struct, frozen=True):
    """The policy that is looked for: as the account has it, and as its own code calls it, empty where no block of code declares it."""

    meant: Meant
    address: str
    scopes: Scopes

    def is_at(self, scope: Scope, path: RelPath, value: Expression | None) -> bool:
        """Tell whether an expression is the policy's ARN."""
        target = managed(self.scopes, scope, path, value)
        if target is not None and f"{target[0]}aws_iam_policy.{target[1]}" == self.address:
            return True
        return is_policy(self.scopes, scope, path, value, self.meant)


def _in_terraform(modules: dict[str, Module], unit: Unit | None, meant: Meant) -> Iterator[Holder]:
    scopes = tuple(scopes_of(modules))
    attachments = attachments_of(scopes)
    address = unit.address if unit is not None and unit.path.endswith(".tf") else ""
    wanted = _Wanted(meant, address.rpartition("[")[0] if address.endswith("]") else address, attachments.scopes)
    for scope in scopes:
        for home in scope.module.resources.values():
            for turn in turned(scope, home):
                yield from _of_block(wanted, turn, home)


def _of_block(wanted: _Wanted, scope: Scope, home: Home) -> Iterator[Holder]:
    """Say whom a block gives the policy, or bounds by it."""
    block, path, scopes = home.block, home.path, wanted.scopes
    kind = block.labels[0]
    for key in ATTACHED.get(kind, ()):
        if wanted.is_at(scope, path, block.value("policy_arn")):
            value = block.value(key)
            for each in words(value) or ((None,) if value is not None else ()):
                yield Holder(owner_of(scopes, scope, each) if each else "", path, block.span)
    if kind in LISTS:
        owner = owner_of(scopes, scope, block.value("role_name"), home if kind == "aws_iam_role" else None)
        for each in words(block.value(LISTS[kind])):
            if wanted.is_at(scope, path, each):
                yield Holder(owner, path, each.span)
    inner = [each for outer in block.blocks for each in (outer, *outer.blocks)] if kind in _OF_SETS else []
    if any(text_of(scope, each.value("name")) == wanted.meant.name for each in inner):
        yield Holder(f"the permission set of {'.'.join(block.labels)}", path, block.span, is_bound="boundary" in kind)
    if kind in _BOUNDED and wanted.is_at(scope, path, block.value("permissions_boundary")):
        value = block.value("permissions_boundary")
        yield Holder(owner_of(scopes, scope, None, home), path, value.span if value else block.span, is_bound=True)


def _in_templates(files: Mapping[RelPath, bytes], meant: Meant) -> Iterator[Holder]:
    for path, raw in files.items():
        template = read_template(path, raw) if not path.endswith(".tf") and b"AWS::IAM::" in raw else None
        for id_, resource in template.resources.items() if template else ():
            kind, properties = resource.value("Type"), resource.value("Properties")
            if template is None or not isinstance(kind, TextNode) or kind.value not in _PRINCIPALS or not isinstance(properties, MapNode):
                continue
            for key in ("ManagedPolicyArns", "PermissionsBoundary"):
                for each in words_of(properties.value(key)):
                    if is_item(template, each, meant.arn, meant.name):
                        yield Holder(template.name_of(id_), path, each.span, is_bound=key == "PermissionsBoundary")


def _written_out(files: Mapping[RelPath, bytes], meant: Meant) -> Iterator[tuple[RelPath, int]]:
    """Give the places where the policy's ARN stands, in remarks too: a stranger's grammar decides what is one."""
    account = meant.arn.split(":")[4] if meant.arn.count(":") >= 5 else ""
    name = re.escape(meant.name.encode("utf-8", "surrogateescape"))
    pattern = re.compile(rb"arn:[^\s\"']{0,200}:policy/(?:[\w+=,.@-]{1,128}/){0,16}" + name + rb"(?![\w+=,.@/-])")
    for path, raw in files.items():
        if b":policy/" not in raw:
            continue
        for found in pattern.finditer(raw):
            parts = found[0].split(b":")
            owner = parts[4].decode("utf-8", "replace") if len(parts) == 6 else ""
            is_others = owner == "aws" or (account.isdigit() and owner.isdigit() and owner != account)
            if not is_others and not _is_remark(raw, found.start()):
                yield path, found.start()


def _is_remark(raw: bytes, at: int) -> bool:
    """Tell whether a line is nothing but a remark, in the languages that are read."""
    return raw[raw.rfind(b"\n", 0, at) + 1 : at].lstrip().startswith((b"#", b"//"))
