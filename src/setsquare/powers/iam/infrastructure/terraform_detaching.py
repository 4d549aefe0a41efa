"""Finds what hangs a managed policy on one role in Terraform code, and takes it away; the policy itself stays.

Source: Terraform AWS provider, `aws_iam_role_policy_attachment`, `aws_iam_role` (`managed_policy_arns`), `aws_iam_role_policy_attachments_exclusive`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.finding import could_be
from setsquare.powers.iam.infrastructure.hcl import Attribute, Expression
from setsquare.powers.iam.infrastructure.nodes import ListNode, TextNode
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform import modules_of, scopes_of
from setsquare.powers.iam.infrastructure.terraform_attachments import Attachments, Scopes, attachments_of, managed, owner_of, words
from setsquare.powers.iam.infrastructure.terraform_module import REFERENCE, Home, Scope, Written, followed, text_of, turned
from setsquare.powers.iam.infrastructure.terraform_places import Standing, code_of
from setsquare.powers.iam.infrastructure.terraform_removing import Removing
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Edit

_BLOCK = "aws_iam_role_policy_attachment"
LISTS = {"aws_iam_role": "managed_policy_arns", "aws_iam_role_policy_attachments_exclusive": "policy_arns"}


class Meant(Struct, frozen=True):
    """The policy and the role that are meant."""

    role: str
    arn: str
    name: str


class Site(Struct, frozen=True):
    """A place that attaches the policy: a block, a turn of its loop, or an item of one of its lists; `at` is where that stands."""

    scope: Scope
    home: Home
    at: int
    owner: str
    attribute: Attribute | None = None
    is_turn: bool = False


def sites_of(files: Mapping[RelPath, bytes], meant: Meant) -> tuple[Site, ...]:
    """List the places that hang a policy on a role.

    Raises:
        Refusal: one of them may do so for others too.
    """
    modules, _ = modules_of({path: raw for path, raw in files.items() if path.endswith(".tf")})
    scopes = tuple(scopes_of(modules))
    attachments = attachments_of(scopes)
    near = tuple(site for scope in scopes for home in scope.module.resources.values() for site in _sites(attachments, scope, home, meant))
    # Who is named outright is meant before whose name only fits.
    sites = tuple(site for site in near if site.owner == meant.role) or near
    if len({site.owner for site in sites}) > 1:
        raise Refusal(
            sites[0].at, f"several roles of the code can be the one that is meant: {', '.join(sorted({site.owner for site in sites}))}"
        )
    for site in sites:
        twins = [each for each in scopes if each.module is site.scope.module and each.prefix != site.scope.prefix]
        if twins or site.scope.is_blurred or (site.scope.is_repeated and not site.is_turn):
            raise Refusal(site.at, f"what attaches it ({site.home.path}) is made in a loop or by a module, for others too")
    return sites


def _sites(attachments: Attachments, scope: Scope, home: Home, meant: Meant) -> Iterator[Site]:
    block = home.block
    kind = block.labels[0]
    for turn in turned(scope, home):
        if kind == _BLOCK:
            owner = owner_of(attachments.scopes, turn, block.value("role"))
            if not _is_owner(owner, meant.role):
                continue
            if is_policy(attachments.scopes, turn, home.path, block.value("policy_arn"), meant):
                is_turn = turn.turn is not None and turn is not scope
                value = turn.turn.value if turn.turn and is_turn else None
                yield Site(turn, home, value.span.start if value else block.span.start, owner, is_turn=is_turn)
        elif kind == "aws_iam_policy_attachment" and is_policy(attachments.scopes, turn, home.path, block.value("policy_arn"), meant):
            attribute = next((each for each in block.attributes if each.name == "roles"), None)
            for item in words(attribute.value) if attribute else ():
                owner = owner_of(attachments.scopes, turn, item)
                if _is_owner(owner, meant.role):
                    yield Site(turn, home, item.span.start, owner, attribute)
        elif kind in LISTS:
            owner = owner_of(attachments.scopes, turn, block.value("role_name"), home if kind == "aws_iam_role" else None)
            attribute = next((each for each in block.attributes if each.name == LISTS[kind]), None)
            for item in words(attribute.value) if attribute and _is_owner(owner, meant.role) else ():
                if is_policy(attachments.scopes, turn, home.path, item, meant):
                    yield Site(turn, home, item.span.start, owner, attribute)


def _is_owner(owner: str, role: str) -> bool:
    return owner == role or could_be(owner, role)


def is_policy(scopes: Scopes, scope: Scope, path: RelPath, value: Expression | None, meant: Meant) -> bool:
    """Tell whether an expression is the policy's ARN."""
    if value is None:
        return False
    target = managed(scopes, scope, path, value)
    where, written = followed(scope, Written(path, value))
    if target is not None:
        home = where.module.resources.get(("aws_iam_policy", target[1]))
        named = text_of(where, home.block.value("name")) if home else ""
        return ":aws:policy/" not in meant.arn and (named == meant.name or could_be(named, meant.name))
    found = REFERENCE.match(written.value.value) if isinstance(written.value, TextNode) else None
    if found and found["data"] and found["type"] == "aws_iam_policy":
        source = where.module.data.get(("aws_iam_policy", found["name"]))
        arn, named = (text_of(where, source.block.value(key)) for key in ("arn", "name")) if source else ("", "")
        return (arn.endswith(f"/{meant.name}") and could_be(arn, meant.arn)) or (bool(named) and named == meant.name)
    text = text_of(where, written.value)
    return text == meant.arn or (text.endswith(f"/{meant.name}") and could_be(text, meant.arn))


def _is_all(site: Site, attribute: Attribute) -> bool:
    """Tell whether a block hangs the policy on the role alone."""
    block = site.home.block
    is_sole = isinstance(attribute.value, ListNode) and len(attribute.value.items) == 1
    return block.labels[0] == "aws_iam_policy_attachment" and is_sole and not block.value("users") and not block.value("groups")


def terraform_detachment(files: Mapping[RelPath, bytes], sites: tuple[Site, ...]) -> dict[RelPath, list[Edit]]:
    """Give the edits that take the attachments away.

    Raises:
        Refusal: something else names one of them, or they stand in several modules.
    """
    folders = {parent(site.home.path) for site in sites}
    if len(folders) > 1:
        raise Refusal(sites[0].at, f"it is attached in several modules ({', '.join(sorted(folders))})")
    removing = Removing(code_of(files, folders.pop()))
    for site in sites:
        path, block = site.home.path, site.home.block
        if site.attribute is not None and not _is_all(site, site.attribute):
            removing.take_item(Standing(path, site.at, block, site.attribute), site.attribute.value)
        elif site.is_turn:
            removing.take_turn(Standing(path, site.at, block, None))
        else:
            removing.take_block(path, block)
    return removing.edits()
