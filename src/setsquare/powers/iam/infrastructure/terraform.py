"""Finds the policies of Terraform files: what hangs on which role, however the policy is written, through the modules whose code is at hand.

Source: Terraform AWS provider, `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_policy`, `aws_iam_role_policy_attachment`, `aws_iam_policy_document`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.assembling import assembled
from setsquare.powers.iam.infrastructure.hcl import Block, NotHcl
from setsquare.powers.iam.infrastructure.json_code import json_blocks
from setsquare.powers.iam.infrastructure.model import Form
from setsquare.powers.iam.infrastructure.nodes import Found, Located, Origin, Place, Unit, UnitKind, Unread
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.terraform_attachments import Attachments, attachments_of, owner_of
from setsquare.powers.iam.infrastructure.terraform_module import Home, Module, Scope, Written, text_of, turned
from setsquare.powers.iam.infrastructure.terraform_policy import Following
from setsquare.powers.iam.infrastructure.terraform_sheet import Cannot, Walk
from setsquare.powers.iam.infrastructure.terraform_uses import with_uses
from setsquare.text.paths import RelPath, parent, path_from

LIMIT_CALLS = 6
"""How deep modules may call each other."""
LIMIT_SCOPES = 2_000
_INLINE: Mapping[str, str] = {"aws_iam_role_policy": "role", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
_OWN_CODE = ("./", "../")


class _About(Struct, frozen=True, kw_only=True):
    """What the blocks around a policy say about it."""

    address: str
    unit: Unit
    owner: str = ""
    name: str = ""
    is_trust: bool = False
    is_boundary: bool = False


def terraform_policies(files: Mapping[RelPath, bytes], others: Mapping[RelPath, bytes], known: Known | None = None) -> Found:
    r"""Read Terraform files, of which each folder is a module; `others` are those that `file("…")` may name.

    >>> text = b'resource "aws_iam_role_policy" "x" {\n role = "ecs"\n policy = jsonencode({Statement = [{Effect = "Allow", Action = "s3:*", Resource = "*"}]})\n}'
    >>> [(each.source.owner, each.source.address) for each in terraform_policies({RelPath("a.tf"): text}, {}).located]
    [('ecs', 'aws_iam_role_policy.x')]
    """
    modules, unread = modules_of(files, known)
    scopes = tuple(scopes_of(modules))
    attachments = attachments_of(scopes)
    following = Following(Walk(others, set(), attachments.scopes))
    found = [each for scope in scopes for each in _policies(scope, following, attachments)]
    located = [each for each in found if isinstance(each, Located)]
    unread += [each for each in found if isinstance(each, Unread)]
    return Found(tuple(with_uses(located, modules, following.walk.steps)), tuple(dict.fromkeys(unread)))


def modules_of(files: Mapping[RelPath, bytes], known: Known | None = None) -> tuple[dict[str, Module], list[Unread]]:
    """Read the blocks of Terraform files, by their folders; say what cannot be read."""
    known = known or Known()
    modules: dict[str, Module] = {}
    unread: list[Unread] = []
    for path, raw in sorted(files.items()):
        module = modules.setdefault(parent(path), Module(parent(path)))
        try:
            module.take(path, raw, json_blocks(raw) if path.endswith(".json") else known.blocks(path, raw))
        except NotHcl as error:
            module.raws[path] = raw
            unread.append(Unread(path=path, start=error.start, reason=error.reason))
    return modules, unread


def scopes_of(modules: Mapping[str, Module]) -> Iterator[Scope]:
    """Give every module as each of its callers uses it; one that nobody calls as it is."""
    called = {target for module in modules.values() for home in module.calls.values() if (target := _target(module, home)) in modules}
    waiting = [(Scope(module), 0) for folder, module in modules.items() if folder not in called]
    given = 0
    seen: set[str] = set()
    while waiting and given < LIMIT_SCOPES:
        scope, depth = waiting.pop(0)
        given += 1
        seen.add(scope.module.folder)
        yield scope
        for label, home in scope.module.calls.items():
            target = _target(scope.module, home)
            if target is None or target not in modules or depth >= LIMIT_CALLS:
                continue
            for turn in turned(scope, home):
                key = f'["{turn.turn.key}"]' if turn.turn and turn is not scope else ""
                prefix = f"{scope.prefix}module.{label}{key}."
                inner = Scope(modules[target], home, turn, prefix, is_repeated=turn.is_repeated, is_blurred=turn.is_blurred)
                waiting.append((inner, depth + 1))
    # Modules that only call each other are used by nobody who is known.
    yield from [Scope(module) for folder, module in modules.items() if folder not in seen]


def _target(module: Module, home: Home) -> str | None:
    """Give the folder of a called module whose code is at hand."""
    source = text_of(Scope(module), home.block.value("source"))
    return path_from(module.folder, source) if source.startswith(_OWN_CODE) else None


def _policies(scope: Scope, following: Following, attachments: Attachments) -> Iterator[Located | Unread]:
    """Give every policy of a module, in the order of its files; one that hangs on several is given for each."""
    for (type_, name), home in scope.module.resources.items():
        for turn in turned(scope, home):
            where = f"{scope.prefix}{type_}.{name}" + (f'["{turn.turn.key}"]' if turn.turn and turn is not scope else "")
            unit = _unit(home, where, turn)
            about = _About(address=where, unit=unit, name=text_of(turn, home.block.value("name")))
            if type_ in _INLINE:
                owner = owner_of(attachments.scopes, turn, home.block.value(_INLINE[type_]))
                yield from _one(turn, following, home, "policy", replace(about, owner=owner))
            elif type_ == "aws_iam_policy":
                owners, bounded = attachments.attached.get((scope.prefix, name), ()), attachments.bounded.get((scope.prefix, name), ())
                for owner in owners or (() if bounded else ("",)):
                    yield from _one(turn, following, home, "policy", replace(about, owner=owner))
                for owner in bounded:
                    yield from _one(turn, following, home, "policy", replace(about, owner=owner, is_boundary=True))
            elif type_ == "aws_iam_role":
                yield from _of_role(turn, following, home, replace(about, owner=owner_of(attachments.scopes, turn, None, home)))
    for label, home in scope.module.calls.items():
        if not text_of(scope, home.block.value("source")).startswith(_OWN_CODE):
            yield from _handed(scope, following, home, f"{scope.prefix}module.{label}")


def _of_role(scope: Scope, following: Following, home: Home, about: _About) -> Iterator[Located | Unread]:
    yield from _one(scope, following, home, "assume_role_policy", replace(about, name="", is_trust=True))
    for inner in home.block.each("inline_policy"):
        at = Home(home.path, inner)
        unit = replace(_unit(at, about.address, scope), kind=UnitKind.ENTRY)
        yield from _one(scope, following, at, "policy", replace(about, name=text_of(scope, inner.value("name")), unit=unit))


def _handed(scope: Scope, following: Following, home: Home, address: str) -> Iterator[Located | Unread]:
    """Give the policies that a module is handed whose code is not at hand."""
    for attribute in home.block.attributes:
        if "policy" not in attribute.name or "assume" in attribute.name or "trust" in attribute.name:
            continue
        unit = replace(_unit(home, address, scope), is_repeated=True)
        names = [text_of(scope, home.block.value(key)) for key in ("policy_name", "name")]
        about = _About(address=address, unit=unit, name=next((each for each in names if each), ""))
        for each in _one(scope, following, home, attribute.name, about):
            if isinstance(each, Located):
                yield each


def _one(scope: Scope, following: Following, home: Home, key: str, about: _About) -> Iterator[Located | Unread]:
    value = home.block.value(key)
    if value is None:
        return
    origin = Origin(home.path, value.span, scope.prefix, scope.turn.key if scope.turn else "")
    sheet = following.sheet(scope, Written(home.path, value))
    if isinstance(sheet, Cannot):
        meant = _place(about, sheet.path, Form.TERRAFORM_DOCUMENT, about.unit)
        yield Unread(
            path=sheet.path, start=sheet.start, reason=sheet.reason, address=about.address, owner=about.owner, origin=origin, place=meant
        )
        return
    unit = replace(about.unit, is_blurred=about.unit.is_blurred or sheet.is_blurred)
    place = _place(about, sheet.path, sheet.form, unit)
    found = replace(assembled(place, sheet.head, sheet.layers, sheet.span), origin=origin)
    yield found if isinstance(found, Located) else replace(found, place=place)
    if isinstance(found, Located):
        for each in found.loose:
            yield Unread(
                path=each.path, start=each.start, reason=each.reason, address=about.address, owner=about.owner, origin=origin, place=place
            )


def _place(about: _About, path: RelPath, form: Form, unit: Unit) -> Place:
    return Place(
        path=path,
        form=form,
        owner=about.owner,
        name=about.name,
        address=about.address,
        is_trust=about.is_trust,
        is_boundary=about.is_boundary,
        unit=unit,
    )


def _unit(home: Home, address: str, scope: Scope) -> Unit:
    block: Block = home.block
    return Unit(
        path=home.path,
        kind=UnitKind.RESOURCE,
        address=address,
        span=block.span,
        is_repeated=scope.is_repeated,
        is_blurred=scope.is_blurred,
    )
